//! Providers from I to O.

use super::{GITHUBS_LIST, RULE_SETS};
use crate::secret::Reach::{Admin, Unsaid};
use crate::secret::formats::{Provider, key, named, provider};

#[rustfmt::skip]
pub(super) const PROVIDERS: &[Provider] = &[
    provider("Infisical", "infisical", GITHUBS_LIST, "", &[
        key("an Infisical token", "st.<h24>.<h32>.<h32>"),
    ]),
    provider("Infracost", "infracost", "https://www.infracost.io/docs/", "https://dashboard.infracost.io", &[
        key("an Infracost key", "ico-<a32>"),
    ]),
    provider("Infura", "infura", "https://docs.metamask.io/services/", "https://developer.metamask.io", &[
        key("an Infura key", "infura.io/v3/<h32>"),
        named("an Infura key", "<h32>"),
    ]),
    provider("Intercom", "intercom", GITHUBS_LIST, "https://app.intercom.com", &[
        named("an Intercom token", "<s60>"),
    ]),
    provider("Intra42", "intra42", RULE_SETS, "https://profile.intra.42.fr/oauth/applications", &[
        key("an Intra42 secret", "s-s4t2ud-<h64>"),
        key("an Intra42 secret", "s-s4t2af-<h64>"),
    ]),
    provider("Ionic", "ionic", RULE_SETS, "", &[
        key("an Ionic token", "ion_<l42>"),
    ]),
    provider("ipinfo", "ipinfo", "https://ipinfo.io/developers", "https://ipinfo.io/account/token", &[
        named("an ipinfo token", "<h14>"),
    ]),
    provider("JFrog", "jfrog artifactory", GITHUBS_LIST, "", &[
        key("a JFrog key", "AKCp<a69-73>"),
        key("a JFrog token", "cmVmdGtuOj<a54>"),
    ]),
    provider("Jina", "jina", "https://jina.ai", "https://jina.ai/api-dashboard/key-manager", &[
        key("a Jina key", "jina_<b60>"),
    ]),
    provider("JumpCloud", "jumpcloud", "https://jumpcloud.com/support/get-started-with-jumpcloud-apis", "https://console.jumpcloud.com", &[
        key("a JumpCloud key", "jca_<a36>"),
        named("a JumpCloud key", "<a40>"),
    ]),
    provider("Kagi", "kagi", "https://help.kagi.com/kagi/api/overview.html", "https://kagi.com/settings?p=api", &[
        named("a Kagi key", "<b30-100>"),
    ]),
    provider("Klaviyo", "klaviyo", "https://developers.klaviyo.com/en/docs/authenticate_", "https://www.klaviyo.com/settings/account/api-keys", &[
        named("a Klaviyo private key", "pk_<h34>"),
    ]),
    provider("Kong", "konnect kong", "https://developer.konghq.com", "https://cloud.konghq.com/global/account/tokens", &[
        key("a Kong token", "kpat_<a40-60>"),
        key("a Kong system token", "spat_<a40-60>"),
    ]),
    provider("Kraken", "kraken", "https://docs.kraken.com/api/", "https://www.kraken.com/u/security/api", &[
        named("a Kraken secret", "<s88>"),
        named("a Kraken key", "<s56>"),
    ]),
    provider("Langfuse", "langfuse", "https://langfuse.com/docs", "", &[
        key("a Langfuse key", "sk-lf-<h8>-<h4>-<h4>-<h4>-<h12>"),
    ]),
    provider("LangSmith", "langsmith", "https://docs.langchain.com/langsmith", "https://smith.langchain.com/settings", &[
        key("a LangSmith key", "lsv2_pt_<h32>_<h10>"),
        key("a LangSmith key", "lsv2_sk_<h32>_<h10>"),
    ]),
    provider("LaunchDarkly", "launchdarkly", GITHUBS_LIST, "https://app.launchdarkly.com/settings/authorization", &[
        key("a LaunchDarkly key", "sdk-<h8>-<h4>-<h4>-<h4>-<h12>"),
        key("a LaunchDarkly token", "api-<h8>-<h4>-<h4>-<h4>-<h12>"),
    ]),
    provider("Letta", "letta", "https://docs.letta.com", "https://app.letta.com/api-keys", &[
        key("a Letta key", "sk-let-<s60-120>"),
    ]),
    provider("Linear", "linear", "https://linear.app/developers/graphql", "https://linear.app/settings/api", &[
        key("a Linear key", "lin_api_<a40>"),
        key("a Linear OAuth token", "lin_oauth_<h64>"),
        key("a Linear webhook secret", "lin_wh_<a20-60>"),
    ]),
    provider("LinkedIn", "linkedin", "https://learn.microsoft.com/linkedin/shared/authentication/authentication", "https://www.linkedin.com/developers/apps", &[
        key("a LinkedIn token", "WPL_AP1.<a16>.<s8-20>"),
        named("a LinkedIn client secret", "<a16>"),
    ]),
    provider("Linkup", "linkup", "https://docs.linkup.so", "https://app.linkup.so", &[
        named("a Linkup key", "<guid>"),
    ]),
    provider("Linode", "linode akamai", "https://techdocs.akamai.com/linode-api/reference/get-started", "https://cloud.linode.com/profile/tokens", &[
        named("a Linode token", "<h64>"),
    ]),
    provider("LlamaCloud", "llama llamacloud llamaindex", "https://docs.cloud.llamaindex.ai", "https://cloud.llamaindex.ai/api-key", &[
        key("a LlamaCloud key", "llx-<a48>"),
    ]),
    provider("Lob", "lob", "https://docs.lob.com", "https://dashboard.lob.com/settings/api-keys", &[
        named("a Lob key", "live_<h35>"),
        named("a Lob test key", "test_<h35>"),
    ]),
    provider("Logfire", "logfire", "https://logfire.pydantic.dev/docs/", "https://logfire.pydantic.dev", &[
        key("a Logfire token", "pylf_v1_<l2>_<a43>"),
    ]),
    provider("Lokalise", "lokalise", "https://developers.lokalise.com/reference/api-authentication", "https://app.lokalise.com/profile", &[
        named("a Lokalise token", "<h40>"),
    ]),
    provider("Mailchimp", "mailchimp", GITHUBS_LIST, "", &[
        key("a Mailchimp key", "<h32>-us<d1-2>"),
    ]),
    provider("Mailgun", "mailgun", GITHUBS_LIST, "https://app.mailgun.com/settings/api_security", &[
        key("a Mailgun key", "key-<h32>"),
    ]),
    provider("Mailjet", "mailjet", "https://dev.mailjet.com", "https://app.mailjet.com/account/apikeys", &[
        named("a Mailjet key", "<h32>"),
    ]),
    provider("Make", "makecom", "https://developers.make.com", "https://www.make.com", &[
        key("a Make webhook", "make.com/<l28-40>"),
    ]),
    provider("Mapbox", "mapbox", "https://docs.mapbox.com/accounts/guides/tokens/", "https://console.mapbox.com/account/access-tokens", &[
        key("a Mapbox secret token", "sk.eyJ<b50-120>.<b20-25>"),
    ]),
    provider("Mattermost", "mattermost mm", "https://developers.mattermost.com/integrate/reference/personal-access-token/", "", &[
        named("a Mattermost token", "<l26>"),
    ]),
    provider("MaxMind", "maxmind geoip", "https://support.maxmind.com", "https://www.maxmind.com/en/accounts/current/license-key", &[
        named("a MaxMind license key", "<a6>_<a29>_mmk"),
    ]),
    provider("Mem0", "mem0", GITHUBS_LIST, "https://app.mem0.ai/dashboard/api-keys", &[
        key("a Mem0 key", "m0-<a40>"),
    ]),
    provider("MessageBird", "messagebird", RULE_SETS, "", &[
        named("a MessageBird key", "<l25>"),
    ]),
    provider("Microsoft Teams", "teams", "https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook", "", &[
        key("a Microsoft Teams webhook", ".webhook.office.com/webhookb2/<guid>@<guid>/IncomingWebhook/<h32>/<guid>"),
    ]),
    provider("Mistral", "mistral", "https://docs.mistral.ai", "https://console.mistral.ai/api-keys", &[
        named("a Mistral key", "<a32>"),
    ]),
    provider("Mixedbread", "mixedbread mxbai", "https://www.mixedbread.com/docs", "https://www.platform.mixedbread.com", &[
        key("a Mixedbread key", "mxb_<a30-60>"),
    ]),
    provider("Mixpanel", "mixpanel", "https://developer.mixpanel.com/reference/project-secret", "https://mixpanel.com/settings/project", &[
        named("a Mixpanel secret", "<h32>"),
    ]),
    provider("Modal", "modal", "https://modal.com/docs", "https://modal.com/settings/tokens", &[
        named("a Modal token id", "ak-<a22>"),
        named("a Modal token secret", "as-<a22>"),
    ]),
    provider("MongoDB", "mongodb", GITHUBS_LIST, "https://cloud.mongodb.com", &[
        key("a MongoDB service account secret", "mdb_sa_sk_<b40>"),
    ]),
    provider("Moonshot", "moonshot kimi", "https://platform.moonshot.ai/docs", "https://platform.moonshot.ai/console/api-keys", &[
        named("a Moonshot key", "sk-<a48>"),
    ]),
    provider("Mux", "mux", "https://docs.mux.com", "https://dashboard.mux.com/settings/access-tokens", &[
        named("a Mux token secret", "<s75>"),
    ]),
    provider("n8n", "n8n", "https://docs.n8n.io/api/authentication/", "", &[
        named("an n8n key", "<guid>"),
        key("an n8n key", "n8n_api_<h80>"),
    ]),
    provider("Nasdaq Data Link", "nasdaq quandl", "https://docs.data.nasdaq.com", "https://data.nasdaq.com/account/profile", &[
        named("a Nasdaq Data Link key", "<b20>"),
    ]),
    provider("Neon", "neon", "https://neon.com/docs/manage/api-keys", "https://console.neon.tech/app/settings/api-keys", &[
        key("a Neon key", "napi_<l40-70>"),
    ]),
    provider("Netlify", "netlify", GITHUBS_LIST, "https://app.netlify.com/user/applications", &[
        key("a Netlify token", "nfp_<b36-40>"),
        named("a Netlify token", "<b40-46>"),
    ]),
    provider("New Relic", "newrelic", "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/", "https://one.newrelic.com/api-keys", &[
        key("a New Relic user key", "NRAK-<u27>"),
        key("a New Relic ingest key", "NRII-<b32>"),
        key("a New Relic license key", "NRAL-<u27>"),
        key("a New Relic query key", "NRIQ-<b32>"),
    ]),
    provider("NewsAPI", "newsapi", "https://newsapi.org/docs", "https://newsapi.org/account", &[
        named("a NewsAPI key", "<h32>"),
    ]),
    provider("ngrok", "ngrok", GITHUBS_LIST, "https://dashboard.ngrok.com/api-keys", &[
        named("an ngrok key", "ak_<a27>"),
    ]),
    provider("Nightfall", "nightfall", RULE_SETS, "", &[
        key("a Nightfall key", "NF-<a32>"),
    ]),
    provider("Nomic", "nomic", "https://docs.nomic.ai", "https://atlas.nomic.ai", &[
        key("a Nomic key", "nk-<b43>"),
    ]),
    provider("Notion", "notion", "https://developers.notion.com/docs/authorization", "https://www.notion.so/profile/integrations", &[
        key("a Notion token", "ntn_<d11><a35>"),
        key("a Notion token", "secret_<a43>"),
    ]),
    provider("Novita", "novita", "https://novita.ai/docs", "https://novita.ai/settings/key-management", &[
        named("a Novita key", "sk_<b43>"),
    ]),
    provider("npm", "npm", "https://docs.npmjs.com/about-access-tokens", "https://www.npmjs.com/settings/~/tokens", &[
        key("an npm token", "npm_<a36>").crc32().reach(Unsaid),
        named("an npm token", "<guid>"),
    ]),
    provider("ntfy", "ntfy", "https://docs.ntfy.sh/publish/#access-tokens", "https://ntfy.sh/account", &[
        key("an ntfy token", "tk_<l29>"),
    ]),
    provider("NuGet", "nuget", GITHUBS_LIST, "https://www.nuget.org/account/apikeys", &[
        key("a NuGet key", "oy2<l43>"),
    ]),
    provider("NVIDIA", "nvidia", GITHUBS_LIST, "https://build.nvidia.com/settings/api-keys", &[
        key("an NVIDIA key", "nvapi-<b60-70>"),
    ]),
    provider("Obsidian", "obsidian", "https://github.com/coddingtonbear/obsidian-local-rest-api", "", &[
        named("an Obsidian REST key", "<h64>"),
    ]),
    provider("Octopus Deploy", "octopus", "https://octopus.com/docs/octopus-rest-api/how-to-create-an-api-key", "", &[
        key("an Octopus Deploy key", "API-<u25-36>"),
    ]),
    provider("Okta", "okta", GITHUBS_LIST, "", &[
        key("an Okta token", "SSWS 00<b40>"),
    ]),
    provider("OneSignal", "onesignal", "https://documentation.onesignal.com/docs/keys-and-ids", "https://dashboard.onesignal.com", &[
        key("a OneSignal app key", "os_v2_app_<l60-120>"),
        key("a OneSignal organization key", "os_v2_org_<l60-120>").reach(Admin),
        named("a OneSignal key", "<guid>"),
    ]),
    provider("OpenAI", "openai", "https://platform.openai.com/docs/api-reference/authentication", "https://platform.openai.com/api-keys", &[
        key("an OpenAI project key", "sk-proj-<b40-180>"),
        key("an OpenAI service key", "sk-svcacct-<b40-180>"),
        key("an OpenAI admin key", "sk-admin-<b40-180>").reach(Admin),
        key("an OpenAI key", "sk-<a20>T3BlbkFJ<a20>"),
        key("an OpenAI key", "sk-None-<b40-180>"),
    ]),
    provider("OpenRouter", "openrouter", "https://openrouter.ai/docs/api-reference/authentication", "https://openrouter.ai/settings/keys", &[
        key("an OpenRouter key", "sk-or-v1-<h64>"),
        key("an OpenRouter key", "sk-or-<b40-80>"),
    ]),
    provider("OpenShift", "openshift", RULE_SETS, "", &[
        key("an OpenShift token", "sha256~<b43>"),
    ]),
    provider("OpenWeather", "openweather openweathermap owm", "https://openweathermap.org/appid", "https://home.openweathermap.org/api_keys", &[
        named("an OpenWeather key", "<h32>"),
    ]),
    provider("Opsgenie", "opsgenie", "https://docs.opsgenie.com/docs/api-overview", "", &[
        named("an Opsgenie key", "<guid>"),
    ]),
];
