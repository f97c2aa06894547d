//! Providers from A to C.

use super::{GITHUBS_LIST, RULE_SETS};
use crate::secret::Reach::{Admin, Chosen, Endless, Everything, Passing};
use crate::secret::formats::{Provider, key, named, provider};

#[rustfmt::skip]
pub(super) const PROVIDERS: &[Provider] = &[
    provider("", "", "https://www.rfc-editor.org/rfc/rfc8959", "", &[
        key("a secret token", "secret-token:<s16-300>"),
    ]),
    provider("", "", "https://github.com/FiloSottile/age", "", &[
        key("an age private key", "AGE-SECRET-KEY-1<u58>"),
    ]),
    provider("", "", "https://www.rfc-editor.org/rfc/rfc7468", "", &[
        key("an encoded private key", "LS0tLS1CRUdJTiBQUklWQVRF<s100-4000>"),
        key("an encoded private key", "LS0tLS1CRUdJTiBSU0EgUFJJVkFUR<s100-4000>"),
        key("an encoded private key", "LS0tLS1CRUdJTiBPUEVOU1NIIFBSSVZBVEUg<s100-4000>"),
        key("an encoded private key", "LS0tLS1CRUdJTiBFQyBQUklWQVRF<s60-4000>"),
    ]),
    provider("", "", "https://man7.org/linux/man-pages/man5/crypt.5.html", "", &[
        key("a password hash", "$2a$<d2>$<p53>"),
        key("a password hash", "$2b$<d2>$<p53>"),
        key("a password hash", "$2y$<d2>$<p53>"),
        key("a password hash", "$1$<p2-8>$<p22>"),
        key("a password hash", "$5$<p8-16>$<p43>"),
        key("a password hash", "$6$<p8-16>$<p86>"),
        key("a password hash", "$argon2id$v=19$m=<d1-9>,t=<d1-3>,p=<d1-3>$<p11-64>$<p22-86>"),
    ]),
    provider("1Password", "onepassword 1password op", "https://developer.1password.com/docs/service-accounts/", "https://my.1password.com", &[
        key("a 1Password service account token", "ops_eyJ<b100-1500>"),
        key("a 1Password secret key", "A3-<u6>-<u6>-<u5>-<u5>-<u5>-<u5>"),
        key("a 1Password secret key", "A3-<u6>-<u11>-<u5>-<u5>-<u5>"),
    ]),
    provider("21st.dev", "twentyfirst magic", "https://21st.dev/magic", "https://21st.dev/magic/console", &[
        named("a 21st.dev key", "<h64>"),
        key("a 21st.dev key", "21st_sk_<a40-80>"),
    ]),
    provider("AbuseIPDB", "abuseipdb", "https://docs.abuseipdb.com", "https://www.abuseipdb.com/account/api", &[
        named("an AbuseIPDB key", "<h80>"),
    ]),
    provider("Adafruit", "adafruit", GITHUBS_LIST, "", &[
        key("an Adafruit IO key", "aio_<a28>"),
    ]),
    provider("Adobe", "adobe", GITHUBS_LIST, "https://developer.adobe.com/console", &[
        key("an Adobe client secret", "p8e-<b32>"),
        named("an Adobe client secret", "p8e-<b28-40>"),
    ]),
    provider("AI21", "ai21", RULE_SETS, "https://studio.ai21.com/account/api-key", &[
        named("an AI21 key", "<a32>"),
    ]),
    provider("Airbrake", "airbrake", RULE_SETS, "", &[
        named("an Airbrake key", "<h32>"),
        named("an Airbrake user key", "<h40>"),
    ]),
    provider("Airtable", "airtable", "https://airtable.com/developers/web/api/authentication", "https://airtable.com/create/tokens", &[
        key("an Airtable token", "pat<a14>.<h64>"),
    ]),
    provider("Aiven", "aiven", "https://aiven.io/docs/platform/concepts/authentication-tokens", "https://console.aiven.io/profile/tokens", &[
        key("an Aiven service password", "AVNS_<b15-25>"),
    ]),
    provider("Alchemy", "alchemy", "https://www.alchemy.com/docs", "https://dashboard.alchemy.com", &[
        key("an Alchemy key", "g.alchemy.com/v2/<b32>"),
        named("an Alchemy key", "<b32>"),
    ]),
    provider("Algolia", "algolia", "https://www.algolia.com/doc/guides/security/api-keys/", "https://dashboard.algolia.com/account/api-keys/", &[
        named("an Algolia key", "<h32>"),
    ]),
    provider("Alibaba Cloud", "alibaba aliyun", GITHUBS_LIST, "", &[
        key("an Alibaba Cloud access key", "LTAI<a16-24>").reach(Endless),
    ]),
    provider("Alpaca", "alpaca apca", "https://docs.alpaca.markets", "https://app.alpaca.markets", &[
        named("an Alpaca key", "PK<u18-24>"),
        named("an Alpaca key", "AK<u18-24>"),
        named("an Alpaca secret key", "<a40-44>"),
    ]),
    provider("Alpha Vantage", "alphavantage", "https://www.alphavantage.co/documentation/", "https://www.alphavantage.co/support/", &[
        named("an Alpha Vantage key", "<u16>"),
    ]),
    provider("AMap", "amap gaode", "https://lbs.amap.com/api/webservice/create-project-and-key", "https://console.amap.com/dev/key/app", &[
        named("an AMap key", "<h32>"),
    ]),
    provider("Amplitude", "amplitude", "https://amplitude.com/docs/apis/authentication", "", &[
        named("an Amplitude key", "<h32>"),
    ]),
    provider("Anthropic", "anthropic", "https://docs.claude.com/en/api/overview", "https://console.anthropic.com/settings/keys", &[
        key("an Anthropic admin key", "sk-ant-admin01-<b60-140>").reach(Admin),
        key("an Anthropic API key", "sk-ant-api03-<b60-140>"),
        key("an Anthropic OAuth token", "sk-ant-oat01-<b60-140>"),
        key("an Anthropic key", "sk-ant-<b40-200>"),
    ]),
    provider("Anyscale", "anyscale", RULE_SETS, "", &[
        key("an Anyscale key", "esecret_<l20-40>"),
    ]),
    provider("Apify", "apify", "https://docs.apify.com/platform/integrations/api", "https://console.apify.com/settings/integrations", &[
        key("an Apify token", "apify_api_<a30-40>"),
        named("an Apify token", "<a25-40>"),
    ]),
    provider("Apollo", "apollo", "https://docs.apollo.io/docs/create-api-key", "https://app.apollo.io", &[
        named("an Apollo key", "<b22>"),
    ]),
    provider("Asana", "asana", GITHUBS_LIST, "https://app.asana.com/0/my-apps", &[
        key("an Asana token", "1/<d15-17>:<h32>"),
        key("an Asana token", "2/<d15-17>/<d15-17>:<h32>"),
    ]),
    provider("AssemblyAI", "assemblyai", "https://www.assemblyai.com/docs", "https://www.assemblyai.com/app", &[
        named("an AssemblyAI key", "<l32>"),
    ]),
    provider("Atera", "atera", RULE_SETS, "", &[
        named("an Atera key", "<l32>"),
    ]),
    provider("Atlassian", "atlassian jira confluence", "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/", "https://id.atlassian.com/manage-profile/security/api-tokens", &[
        key("an Atlassian API token", "ATATT3<b100-300>="),
        key("an Atlassian API token", "ATATT3<b180-300>"),
        key("an Atlassian admin key", "ATCTT3<b150-300>=").reach(Admin),
    ]),
    provider("Auth0", "auth0", "https://auth0.com/docs/get-started/applications/application-settings", "https://manage.auth0.com", &[
        named("an Auth0 client secret", "<b64>"),
    ]),
    provider("Authress", "authress", "https://authress.io/knowledge-base/", "https://authress.io", &[
        key("an Authress service key", "sc_<l5-30>.<l4-6>.acc_<b10-32>.<s30-120>"),
        key("an Authress service key", "authress_<l5-30>.<l4-6>.acc_<b10-32>.<s30-120>"),
    ]),
    provider("AWS", "aws", "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids", "https://console.aws.amazon.com/iam/home#/security_credentials", &[
        key("an AWS access key", "AKIA<u16>").reach(Endless),
        key("a temporary AWS access key", "ASIA<u16>").reach(Passing),
        key("an AWS Bedrock key", "ABSK<s100-300>"),
        key("an AWS Bedrock key", "bedrock-api-key-<s60-2000>"),
        named("an AWS secret key", "<s40>"),
    ]),
    provider("Axiom", "axiom", "https://axiom.co/docs/reference/tokens", "https://app.axiom.co/settings/api-tokens", &[
        key("an Axiom token", "xaat-<guid>"),
        key("an Axiom personal token", "xapt-<guid>").reach(Everything),
    ]),
    provider("Azure", "azure ado", "https://learn.microsoft.com/azure/key-vault/", "https://portal.azure.com", &[
        named("an Azure key", "<h32>"),
        named("an Azure key", "<a84>"),
        named("an Azure DevOps token", "<l52>"),
    ]),
    provider("Baidu Qianfan", "qianfan baidu", "https://cloud.baidu.com/doc/qianfan-docs/index.html", "https://console.bce.baidu.com/iam/#/iam/apikey/list", &[
        key("a Baidu Qianfan key", "bce-v3/ALTAK-<a21>/<h40>"),
    ]),
    provider("Baremetrics", "baremetrics", RULE_SETS, "", &[
        named("a Baremetrics key", "<l20-25>"),
        key("a Baremetrics key", "lk_<a22>"),
    ]),
    provider("Beamer", "beamer", RULE_SETS, "", &[
        named("a Beamer key", "b_<b44>"),
    ]),
    provider("Better Stack", "betterstack logtail", "https://betterstack.com/docs/uptime/api/getting-started-with-uptime-api/", "", &[
        named("a Better Stack token", "<a24>"),
    ]),
    provider("Binance", "binance", "https://developers.binance.com/docs", "https://www.binance.com/en/my/settings/api-management", &[
        named("a Binance key", "<a64>"),
    ]),
    provider("Bitbucket", "bitbucket", GITHUBS_LIST, "https://id.atlassian.com/manage-profile/security/api-tokens", &[
        key("a Bitbucket app password", "ATBB<a32>").reach(Chosen),
    ]),
    provider("Bitly", "bitly", "https://dev.bitly.com/docs/getting-started/authentication/", "https://app.bitly.com/settings/api", &[
        named("a Bitly token", "<l40>"),
    ]),
    provider("Bitwarden", "bitwarden bws", "https://bitwarden.com/help/access-tokens/", "https://vault.bitwarden.com", &[
        key("a Bitwarden access token", "0.<guid>.<a30>:<s24>"),
    ]),
    provider("Box", "box", "https://developer.box.com/guides/authentication/", "https://app.box.com/developers/console", &[
        named("a Box key", "<a32>"),
    ]),
    provider("Braintree", "braintree", RULE_SETS, "", &[
        key("a Braintree token", "access_token$production$<l16>$<h32>"),
        key("a Braintree sandbox token", "access_token$sandbox$<l16>$<h32>"),
    ]),
    provider("Brave", "brave", "https://api-dashboard.search.brave.com/app/documentation", "https://api-dashboard.search.brave.com/app/keys", &[
        key("a Brave Search key", "BSA<b28>"),
    ]),
    provider("Brevo", "brevo sendinblue", GITHUBS_LIST, "https://app.brevo.com/settings/keys/api", &[
        key("a Brevo key", "xkeysib-<h64>-<a16>"),
    ]),
    provider("Bright Data", "brightdata bright", "https://docs.brightdata.com/api-reference/authentication", "https://brightdata.com/cp/setting/users", &[
        named("a Bright Data token", "<h64>"),
        named("a Bright Data token", "<guid>"),
    ]),
    provider("Browserbase", "browserbase", "https://docs.browserbase.com", "https://www.browserbase.com/settings", &[
        key("a Browserbase key", "bb_live_<b20-60>"),
    ]),
    provider("Browserless", "browserless", "https://docs.browserless.io", "https://account.browserless.io", &[
        named("a Browserless token", "<guid>"),
        named("a Browserless token", "<a40-60>"),
    ]),
    provider("BrowserStack", "browserstack", "https://www.browserstack.com/docs", "https://www.browserstack.com/accounts/profile", &[
        named("a BrowserStack access key", "<a20>"),
    ]),
    provider("Buildkite", "buildkite", GITHUBS_LIST, "https://buildkite.com/user/api-access-tokens", &[
        key("a Buildkite token", "bkua_<h40>"),
    ]),
    provider("ButterCMS", "buttercms", RULE_SETS, "", &[
        named("a ButterCMS token", "<l40>"),
    ]),
    provider("Cal.com", "calcom", "https://cal.com/docs/api-reference/v2/introduction", "https://app.cal.com/settings/developer/api-keys", &[
        key("a Cal.com key", "cal_live_<h32>"),
    ]),
    provider("Canny", "canny", RULE_SETS, "", &[
        named("a Canny key", "<guid>"),
    ]),
    provider("Cartesia", "cartesia", "https://docs.cartesia.ai", "https://play.cartesia.ai/keys", &[
        key("a Cartesia key", "sk_car_<a20-40>"),
    ]),
    provider("Cerebras", "cerebras", GITHUBS_LIST, "https://cloud.cerebras.ai", &[
        key("a Cerebras key", "csk-<l48>"),
    ]),
    provider("ChartMogul", "chartmogul", RULE_SETS, "", &[
        named("a ChartMogul key", "<l32>"),
    ]),
    provider("Chroma", "chroma", "https://docs.trychroma.com/cloud/getting-started", "https://www.trychroma.com", &[
        key("a Chroma Cloud key", "ck-<a40-60>"),
    ]),
    provider("CircleCI", "circleci circle", "https://circleci.com/docs/managing-api-tokens/", "https://app.circleci.com/settings/user/tokens", &[
        key("a CircleCI personal token", "CCIPAT_<a22>_<h40>").reach(Everything),
        key("a CircleCI project token", "CCIPRJ_<a22>_<h40>").reach(Chosen),
        named("a CircleCI token", "<h40>"),
    ]),
    provider("Clearbit", "clearbit", RULE_SETS, "", &[
        named("a Clearbit key", "sk_<h32>"),
        named("a Clearbit key", "<l35>"),
    ]),
    provider("ClickHouse", "clickhouse", "https://clickhouse.com/docs/cloud/manage/openapi", "https://console.clickhouse.cloud", &[
        key("a ClickHouse Cloud key", "4b1d<a38>"),
    ]),
    provider("ClickUp", "clickup", GITHUBS_LIST, "https://app.clickup.com/settings/apps", &[
        key("a ClickUp token", "pk_<d5-10>_<u32>"),
    ]),
    provider("Clockify", "clockify", "https://docs.clockify.me", "https://app.clockify.me/user/settings", &[
        named("a Clockify key", "<a48>"),
    ]),
    provider("Clojars", "clojars", GITHUBS_LIST, "", &[
        key("a Clojars token", "CLOJARS_<l60>"),
    ]),
    provider("Cloudflare", "cloudflare", "https://developers.cloudflare.com/fundamentals/api/get-started/create-token/", "https://dash.cloudflare.com/profile/api-tokens", &[
        key("a Cloudflare origin CA key", "v1.0-<h24>-<h146>"),
        named("a Cloudflare token", "<b40>"),
        named("a Cloudflare global key", "<h37>"),
    ]),
    provider("Cloudinary", "cloudinary", GITHUBS_LIST, "https://console.cloudinary.com/settings/api-keys", &[
        key("a Cloudinary secret", "cloudinary://<d10-20>:<b20-40>"),
    ]),
    provider("Cloudsmith", "cloudsmith", "https://help.cloudsmith.io/docs/api-key", "https://cloudsmith.io/user/settings/api/", &[
        named("a Cloudsmith key", "<h40>"),
    ]),
    provider("CockroachDB", "cockroach", "https://www.cockroachlabs.com/docs/cockroachcloud/managing-access", "https://cockroachlabs.cloud", &[
        key("a CockroachDB Cloud key", "CCDB1_<a22>_<a40>"),
    ]),
    provider("Coda", "coda", "https://coda.io/developers/apis/v1", "https://coda.io/account", &[
        named("a Coda token", "<guid>"),
    ]),
    provider("Codacy", "codacy", RULE_SETS, "", &[
        named("a Codacy token", "<a20>"),
    ]),
    provider("Codecov", "codecov", "https://docs.codecov.com/docs/codecov-tokens", "https://app.codecov.io", &[
        named("a Codecov token", "<guid>"),
        named("a Codecov token", "<h32>"),
    ]),
    provider("Cohere", "cohere", "https://docs.cohere.com", "https://dashboard.cohere.com/api-keys", &[
        named("a Cohere key", "<a40>"),
    ]),
    provider("CoinAPI", "coinapi", RULE_SETS, "", &[
        named("a CoinAPI key", "<guid>"),
    ]),
    provider("Coinbase", "coinbase", "https://docs.cdp.coinbase.com", "https://portal.cdp.coinbase.com", &[
        named("a Coinbase key", "<b64>"),
        named("a Coinbase key", "<a32>"),
    ]),
    provider("CoinGecko", "coingecko gecko", "https://docs.coingecko.com", "https://www.coingecko.com/en/developers/dashboard", &[
        key("a CoinGecko key", "CG-<a24>"),
    ]),
    provider("CoinMarketCap", "coinmarketcap cmc", "https://coinmarketcap.com/api/documentation/v1/", "https://pro.coinmarketcap.com/account", &[
        named("a CoinMarketCap key", "<guid>"),
    ]),
    provider("Composio", "composio", "https://docs.composio.dev", "https://platform.composio.dev", &[
        named("a Composio key", "ak_<b20-40>"),
        key("a Composio key", "mcp.composio.dev/composio/server/<guid>"),
        key("a Composio key", "uak_<b20>"),
    ]),
    provider("ConfigCat", "configcat", "https://configcat.com/docs/", "https://app.configcat.com", &[
        key("a ConfigCat SDK key", "configcat-sdk-1/<b22>/<b22>"),
    ]),
    provider("Confluent", "confluent", "https://docs.confluent.io/cloud/current/security/authenticate/", "https://confluent.cloud/settings/api-keys", &[
        named("a Confluent key", "<u16>"),
        named("a Confluent secret", "<s64>"),
    ]),
    provider("Contentful", "contentful", GITHUBS_LIST, "https://app.contentful.com/account/profile/cma_tokens", &[
        key("a Contentful token", "CFPAT-<b43>"),
    ]),
    provider("Context7", "context7", "https://github.com/upstash/context7", "https://context7.com/dashboard", &[
        key("a Context7 key", "ctx7sk-<b36>"),
    ]),
    provider("Coralogix", "coralogix", "https://coralogix.com/docs/", "", &[
        key("a Coralogix key", "cxtp_<a30>"),
        key("a Coralogix key", "cxup_<a30>"),
    ]),
    provider("Courier", "courier", "https://www.courier.com/docs/", "https://app.courier.com/settings/api-keys", &[
        key("a Courier key", "pk_prod_<u28>"),
    ]),
    provider("Coveralls", "coveralls", "https://docs.coveralls.io", "", &[
        named("a Coveralls token", "<a37>"),
    ]),
    provider("Coze", "coze", "https://www.coze.com/docs", "https://www.coze.com/open/oauth/pats", &[
        named("a Coze token", "pat_<a60-70>"),
    ]),
    provider("crates.io", "cratesio crates cargo", GITHUBS_LIST, "https://crates.io/settings/tokens", &[
        key("a crates.io token", "cio<a32>"),
    ]),
    provider("Cursor", "cursor", "https://cursor.com/docs/account/teams/admin-api", "https://cursor.com/dashboard", &[
        key("a Cursor key", "crsr_<h64>"),
        named("a Cursor key", "key_<h64>"),
    ]),
];
