//! Providers from P to S.

use super::{GITHUBS_LIST, RULE_SETS};
use crate::secret::Reach::{Chosen, Everything, Unsaid};
use crate::secret::formats::{Provider, key, named, provider};

#[rustfmt::skip]
pub(super) const PROVIDERS: &[Provider] = &[
    provider("packagecloud", "packagecloud", "https://packagecloud.io/docs/api", "", &[
        named("a packagecloud token", "<h48>"),
    ]),
    provider("Pagar.me", "pagarme", RULE_SETS, "", &[
        key("a Pagar.me key", "ak_live_<a30>"),
    ]),
    provider("PagerDuty", "pagerduty", "https://developer.pagerduty.com/docs/authentication", "", &[
        key("a PagerDuty key", "pdus+<b20-40>"),
        named("a PagerDuty key", "<b20>"),
        key("a PagerDuty key", "u+<b18>"),
    ]),
    provider("PandaDoc", "pandadoc", RULE_SETS, "", &[
        named("a PandaDoc key", "<a40>"),
    ]),
    provider("PayPal", "paypal", "https://developer.paypal.com/api/rest/authentication/", "https://developer.paypal.com/dashboard/applications", &[
        key("a PayPal token", "A21AA<b90-100>"),
        named("a PayPal client secret", "E<b79>"),
    ]),
    provider("Paystack", "paystack", "https://paystack.com/docs/api/authentication/", "https://dashboard.paystack.com/#/settings/developers", &[
        key("a Paystack live key", "sk_live_<h40>").reach(Everything),
        key("a Paystack test key", "sk_test_<h40>"),
    ]),
    provider("Perplexity", "perplexity", "https://docs.perplexity.ai", "https://www.perplexity.ai/settings/api", &[
        key("a Perplexity key", "pplx-<a32-60>"),
    ]),
    provider("Persona", "persona", "https://docs.withpersona.com", "", &[
        key("a Persona key", "persona_production_<b30-50>"),
    ]),
    provider("Pexels", "pexels", "https://www.pexels.com/api/documentation/", "https://www.pexels.com/api/", &[
        named("a Pexels key", "<a56>"),
    ]),
    provider("Pinecone", "pinecone", "https://docs.pinecone.io", "https://app.pinecone.io", &[
        key("a Pinecone key", "pcsk_<a5-8>_<a60-66>"),
        named("a Pinecone key", "<guid>"),
    ]),
    provider("Plaid", "plaid", "https://plaid.com/docs/api/", "https://dashboard.plaid.com/developers/keys", &[
        key("a Plaid token", "access-production-<guid>"),
        key("a Plaid sandbox token", "access-sandbox-<guid>"),
        named("a Plaid secret", "<h30>"),
    ]),
    provider("PlanetScale", "planetscale", "https://planetscale.com/docs", "https://app.planetscale.com", &[
        key("a PlanetScale password", "pscale_pw_<b32-64>"),
        key("a PlanetScale token", "pscale_tkn_<b32-64>"),
        key("a PlanetScale OAuth token", "pscale_oauth_<b32-64>"),
    ]),
    provider("Polygon", "polygon polygonio massive", "https://polygon.io/docs", "https://polygon.io/dashboard/keys", &[
        named("a Polygon key", "<b32>"),
    ]),
    provider("PostHog", "posthog", GITHUBS_LIST, "", &[
        key("a PostHog personal key", "phx_<b40-50>"),
    ]),
    provider("Postman", "postman", "https://learning.postman.com/docs/developer/postman-api/authentication/", "https://go.postman.co/settings/me/api-keys", &[
        key("a Postman key", "PMAK-<h24>-<h34>"),
    ]),
    provider("Postmark", "postmark", "https://postmarkapp.com/developer/api/overview", "https://account.postmarkapp.com/servers", &[
        named("a Postmark token", "<guid>"),
    ]),
    provider("Prefect", "prefect", GITHUBS_LIST, "", &[
        key("a Prefect key", "pnu_<a36>"),
    ]),
    provider("PubNub", "pubnub", "https://www.pubnub.com/docs/general/setup/account-setup", "https://admin.pubnub.com", &[
        key("a PubNub secret key", "sec-c-<a40-60>"),
        key("a PubNub publish key", "pub-c-<guid>"),
    ]),
    provider("Pulumi", "pulumi", GITHUBS_LIST, "https://app.pulumi.com/account/tokens", &[
        key("a Pulumi token", "pul-<h40>"),
    ]),
    provider("Pushbullet", "pushbullet", "https://docs.pushbullet.com", "https://www.pushbullet.com/#settings/account", &[
        named("a Pushbullet token", "<a34>"),
        key("a Pushbullet token", "o.<a32>"),
    ]),
    provider("Pushover", "pushover", "https://pushover.net/api", "https://pushover.net", &[
        named("a Pushover token", "<l30>"),
    ]),
    provider("PyPI", "pypi", "https://pypi.org/help/#apitoken", "https://pypi.org/manage/account/token/", &[
        key("a PyPI token", "pypi-AgEIcHlwaS5vcmc<b50-1000>").reach(Unsaid),
        key("a PyPI test token", "pypi-AgENdGVzdC5weXBpLm9yZw<b50-1000>").reach(Unsaid),
    ]),
    provider("QuickNode", "quicknode", "https://www.quicknode.com/docs", "https://dashboard.quicknode.com", &[
        key("a QuickNode key", ".quiknode.pro/<h40>"),
    ]),
    provider("Qwen", "qwen dashscope bailian", "https://help.aliyun.com/zh/model-studio/get-api-key", "https://bailian.console.aliyun.com", &[
        named("a DashScope key", "sk-<h32>"),
    ]),
    provider("Railway", "railway", "https://docs.railway.com/reference/public-api", "https://railway.com/account/tokens", &[
        named("a Railway token", "<guid>"),
    ]),
    provider("Ramp", "ramp", "https://docs.ramp.com", "", &[
        key("a Ramp client secret", "ramp_sec_<a48>"),
    ]),
    provider("RapidAPI", "rapidapi rapid", "https://docs.rapidapi.com", "https://rapidapi.com/developer/apps", &[
        key("a RapidAPI key", "<l10>msh<l15>p1<l6>jsn<l12>"),
        named("a RapidAPI key", "<a50>"),
    ]),
    provider("Razorpay", "razorpay", "https://razorpay.com/docs/api/authentication/", "https://dashboard.razorpay.com/app/website-app-settings/api-keys", &[
        named("a Razorpay secret", "<a24>"),
    ]),
    provider("ReadMe", "readme", GITHUBS_LIST, "", &[
        key("a ReadMe key", "rdme_<l70>"),
    ]),
    provider("reCAPTCHA", "recaptcha", "https://developers.google.com/recaptcha/docs/v3", "https://www.google.com/recaptcha/admin", &[
        named("a reCAPTCHA secret", "6L<b38>"),
    ]),
    provider("Reddit", "reddit", "https://github.com/reddit-archive/reddit/wiki/OAuth2", "https://www.reddit.com/prefs/apps", &[
        named("a Reddit client secret", "<b27>"),
        named("a Reddit client secret", "<b30>"),
    ]),
    provider("Render", "render", "https://render.com/docs/api", "https://dashboard.render.com/u/settings#api-keys", &[
        key("a Render key", "rnd_<a32>"),
    ]),
    provider("Replicate", "replicate", "https://replicate.com/docs/topics/security/api-tokens", "https://replicate.com/account/api-tokens", &[
        key("a Replicate token", "r8_<a37-40>"),
    ]),
    provider("Resend", "resend", "https://resend.com/docs", "https://resend.com/api-keys", &[
        key("a Resend key", "re_<a8-9>_<a20-28>"),
    ]),
    provider("Retool", "retool", "https://docs.retool.com", "", &[
        key("a Retool token", "retool_01<b24-40>"),
    ]),
    provider("Rollbar", "rollbar", "https://docs.rollbar.com/docs/access-tokens", "", &[
        named("a Rollbar token", "<h32>"),
    ]),
    provider("Rootly", "rootly", "https://docs.rootly.com", "", &[
        key("a Rootly token", "rootly_<h64>"),
    ]),
    provider("RubyGems", "rubygems", "https://guides.rubygems.org/api-key-scopes/", "https://rubygems.org/profile/api_keys", &[
        key("a RubyGems key", "rubygems_<h48>"),
    ]),
    provider("RunPod", "runpod", "https://docs.runpod.io/get-started/api-keys", "https://console.runpod.io/user/settings", &[
        key("a RunPod key", "rpa_<u40-60>"),
    ]),
    provider("Runway", "runway runwayml", "https://docs.dev.runwayml.com", "https://dev.runwayml.com", &[
        key("a Runway key", "key_<h128>"),
    ]),
    provider("Salesforce", "salesforce sfdc", "https://help.salesforce.com", "", &[
        key("a Salesforce session", "00D<a12-15>!<p80-200>"),
    ]),
    provider("Samsara", "samsara", RULE_SETS, "", &[
        key("a Samsara token", "samsara_api_<a30>"),
    ]),
    provider("Sanity", "sanity", "https://www.sanity.io/docs/http-auth", "https://www.sanity.io/manage", &[
        named("a Sanity token", "sk<a80-200>"),
    ]),
    provider("Scaleway", "scaleway scw", GITHUBS_LIST, "https://console.scaleway.com/iam/api-keys", &[
        key("a Scaleway key", "SCW<u17>"),
    ]),
    provider("Scalingo", "scalingo", RULE_SETS, "", &[
        key("a Scalingo token", "tk-us-<b48>"),
    ]),
    provider("Scrapfly", "scrapfly", "https://scrapfly.io/docs", "https://scrapfly.io/dashboard", &[
        key("a Scrapfly key", "scp-live-<h32>"),
    ]),
    provider("SearchAPI", "searchapi", "https://www.searchapi.io/docs", "https://www.searchapi.io", &[
        named("a SearchAPI key", "<a24>"),
    ]),
    provider("Segment", "segment", "https://segment.com/docs/api/public-api/", "https://app.segment.com", &[
        key("a Segment token", "sgp_<a64>"),
    ]),
    provider("Sendbird", "sendbird", RULE_SETS, "https://dashboard.sendbird.com", &[
        named("a Sendbird token", "<h40>"),
    ]),
    provider("SendGrid", "sendgrid", "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys", "https://app.sendgrid.com/settings/api_keys", &[
        key("a SendGrid key", "SG.<b22>.<b43>"),
    ]),
    provider("Sentry", "sentry", "https://docs.sentry.io/account/auth-tokens/", "https://sentry.io/settings/account/api/auth-tokens/", &[
        key("a Sentry user token", "sntryu_<h64>"),
        key("a Sentry organization token", "sntrys_<s80-500>"),
    ]),
    provider("SerpApi", "serpapi", "https://serpapi.com", "https://serpapi.com/manage-api-key", &[
        named("a SerpApi key", "<h64>"),
    ]),
    provider("Serper", "serper", "https://serper.dev", "https://serper.dev/api-key", &[
        named("a Serper key", "<h40>"),
    ]),
    provider("SettleMint", "settlemint", RULE_SETS, "", &[
        key("a SettleMint token", "sm_aat_<a16>"),
        key("a SettleMint personal token", "sm_pat_<a16>"),
        key("a SettleMint service token", "sm_sat_<a16>"),
    ]),
    provider("Shippo", "shippo", GITHUBS_LIST, "", &[
        key("a Shippo token", "shippo_live_<h40>"),
        key("a Shippo test token", "shippo_test_<h40>"),
    ]),
    provider("Shodan", "shodan", "https://developer.shodan.io", "https://account.shodan.io", &[
        named("a Shodan key", "<a32>"),
    ]),
    provider("Shopify", "shopify", "https://shopify.dev/docs/apps/build/authentication-authorization", "https://admin.shopify.com", &[
        key("a Shopify token", "shpat_<H32>"),
        key("a Shopify token", "shpca_<H32>"),
        key("a Shopify token", "shppa_<H32>"),
        key("a Shopify secret", "shpss_<H32>"),
    ]),
    provider("Sidekiq", "sidekiq bundle gems contribsys", RULE_SETS, "", &[
        named("a Sidekiq credential", "<h8>:<h8>"),
    ]),
    provider("SiliconFlow", "siliconflow", "https://docs.siliconflow.cn", "https://cloud.siliconflow.cn/account/ak", &[
        named("a SiliconFlow key", "sk-<l48>"),
    ]),
    provider("Slack", "slack", "https://docs.slack.dev/authentication/tokens", "https://api.slack.com/apps", &[
        key("a Slack bot token", "xoxb-<d8-14>-<b18-70>"),
        key("a Slack user token", "xoxp-<d8-14>-<b18-90>").reach(Everything),
        key("a Slack token", "xoxa-<b20-90>"),
        key("a Slack refresh token", "xoxr-<b20-90>"),
        key("a Slack session token", "xoxs-<b20-90>").reach(Everything),
        key("a Slack browser token", "xoxc-<b30-120>").reach(Everything),
        key("a Slack browser cookie", "xoxd-<s60-250>"),
        key("a Slack configuration token", "xoxe-<b50-250>"),
        key("a Slack configuration token", "xoxe.xoxb-<b50-250>"),
        key("a Slack configuration token", "xoxe.xoxp-<b50-250>"),
        key("a Slack webhook", "hooks.slack.com/services/<p40-56>"),
        key("a Slack webhook", "hooks.slack.com/workflows/<p40-80>"),
        key("a Slack webhook", "hooks.slack.com/triggers/<p40-80>"),
        key("a Slack app token", "xapp-<d1>-<u5-15>-<d5-20>-<l40-80>"),
        key("a Slack token", "xoxb-<b40-90>"),
    ]),
    provider("Smartsheet", "smartsheet smartsheets", "https://developers.smartsheet.com", "https://app.smartsheet.com", &[
        named("a Smartsheet token", "<a37>"),
        named("a Smartsheet token", "<l26>"),
    ]),
    provider("Smithery", "smithery", "https://smithery.ai/docs", "https://smithery.ai/account/api-keys", &[
        named("a Smithery key", "<guid>"),
    ]),
    provider("Snyk", "snyk", GITHUBS_LIST, "https://app.snyk.io/account", &[
        key("a Snyk token", "snyk_uat.<b20-30>.<b20-600>.<b20-100>"),
        named("a Snyk token", "<guid>"),
    ]),
    provider("SonarQube", "sonar sonarqube sonarcloud", "https://docs.sonarsource.com/sonarqube-server/latest/user-guide/managing-tokens/", "", &[
        key("a SonarQube token", "squ_<h40>"),
        key("a SonarQube token", "sqp_<h40>"),
        key("a SonarQube token", "sqa_<h40>"),
        named("a SonarQube token", "<h40>"),
    ]),
    provider("Sourcegraph", "sourcegraph", "https://sourcegraph.com/docs/cli/how-tos/creating_an_access_token", "https://sourcegraph.com", &[
        key("a Sourcegraph license key", "slk_<h64>"),
        key("a Sourcegraph token", "sgp_<b40-64>"),
        key("a Sourcegraph token", "sgp_<h16>_<h40>"),
        key("a Sourcegraph token", "sgp_local_<h40>"),
        named("a Sourcegraph token", "<H40>"),
    ]),
    provider("Spotify", "spotify", "https://developer.spotify.com/documentation/web-api", "https://developer.spotify.com/dashboard", &[
        named("a Spotify secret", "<h32>"),
        named("a Spotify secret", "<a32>"),
    ]),
    provider("Square", "square", "https://developer.squareup.com/docs/build-basics/access-tokens", "https://developer.squareup.com/apps", &[
        key("a Square token", "EAAA<b60>"),
        key("a Square token", "sq0atp-<b22>"),
        key("a Square secret", "sq0csp-<b43>"),
    ]),
    provider("Squarespace", "squarespace", "https://developers.squarespace.com", "", &[
        named("a Squarespace key", "<guid>"),
    ]),
    provider("Stability AI", "stability", "https://platform.stability.ai/docs", "https://platform.stability.ai/account/keys", &[
        named("a Stability AI key", "sk-<a48>"),
    ]),
    provider("StackHawk", "stackhawk hawk", "https://docs.stackhawk.com", "https://app.stackhawk.com", &[
        key("a StackHawk key", "hawk.<b20>.<b20>"),
    ]),
    provider("Statsig", "statsig", "https://docs.statsig.com", "https://console.statsig.com", &[
        key("a Statsig server key", "secret-<a40-46>"),
        key("a Statsig console key", "console-<a40-46>"),
    ]),
    provider("Statuspage", "statuspage", "https://developer.statuspage.io", "https://manage.statuspage.io", &[
        named("a Statuspage key", "<guid>"),
    ]),
    provider("Storyblok", "storyblok", "https://www.storyblok.com/docs/api", "", &[
        named("a Storyblok token", "<a22>tt"),
    ]),
    provider("Stripe", "stripe", "https://docs.stripe.com/keys", "https://dashboard.stripe.com/apikeys", &[
        key("a Stripe live key", "sk_live_<a20-120>").reach(Everything),
        key("a Stripe test key", "sk_test_<a20-120>"),
        key("a restricted Stripe key", "rk_live_<a20-120>").reach(Chosen),
        key("a restricted Stripe test key", "rk_test_<a20-120>"),
        key("a Stripe webhook secret", "whsec_<a30-64>"),
    ]),
    provider("Stytch", "stytch", "https://stytch.com/docs", "https://stytch.com/dashboard/api-keys", &[
        key("a Stytch secret", "secret-live-<s36-60>"),
        key("a Stytch test secret", "secret-test-<s36-60>"),
    ]),
    provider("Sumo Logic", "sumo sumologic", RULE_SETS, "", &[
        named("a Sumo Logic access id", "su<a12>"),
        named("a Sumo Logic access key", "<a64>"),
    ]),
    provider("Supabase", "supabase", "https://supabase.com/docs/guides/api/api-keys", "https://supabase.com/dashboard/account/tokens", &[
        key("a Supabase access token", "sbp_<h40>").reach(Everything),
        key("a Supabase secret key", "sb_secret_<b22>_<b8>").reach(Everything),
        key("a Supabase OAuth token", "sbp_oauth_<h40>").reach(Everything),
    ]),
    provider("Supermemory", "supermemory", "https://supermemory.ai/docs", "https://console.supermemory.ai", &[
        key("a Supermemory key", "sm_<a20-24>_<b40-100>"),
    ]),
];
