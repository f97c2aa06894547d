//! Providers from T to Z.

use super::{GITHUBS_LIST, RULE_SETS};
use crate::secret::Reach::{Endless, Passing};
use crate::secret::formats::{Provider, key, named, provider};

#[rustfmt::skip]
pub(super) const PROVIDERS: &[Provider] = &[
    provider("Tailscale", "tailscale", "https://tailscale.com/kb/1277/key-prefixes", "https://login.tailscale.com/admin/settings/keys", &[
        key("a Tailscale key", "tskey-auth-<a10-20>-<a20-40>"),
        key("a Tailscale key", "tskey-api-<a10-20>-<a20-40>"),
        key("a Tailscale key", "tskey-client-<a10-20>-<a20-40>"),
    ]),
    provider("Tavily", "tavily", "https://docs.tavily.com", "https://app.tavily.com/home", &[
        key("a Tavily key", "tvly-dev-<b28-60>"),
        key("a Tavily key", "tvly-prod-<b28-60>"),
        key("a Tavily key", "tvly-<a28-40>"),
    ]),
    provider("Telegram", "telegram", "https://core.telegram.org/bots/api#authorizing-your-bot", "https://t.me/BotFather", &[
        key("a Telegram bot token", "bot<d8-10>:AA<b32-33>"),
        key("a Telegram bot token", "<d8-10>:AA<b32-33>"),
        named("a Telegram bot token", "<d8-10>:<b35>"),
    ]),
    provider("Telnyx", "telnyx", "https://developers.telnyx.com", "https://portal.telnyx.com", &[
        key("a Telnyx key", "KEY<H32>_<b22>"),
        named("a Telnyx key", "KEY<b50-60>"),
    ]),
    provider("Tencent Cloud", "tencent tencentcloud", "https://cloud.tencent.com/document/product/598", "https://console.cloud.tencent.com/cam/capi", &[
        key("a Tencent Cloud secret id", "AKID<a32>").reach(Endless),
    ]),
    provider("ThingsBoard", "thingsboard", RULE_SETS, "", &[
        key("a ThingsBoard device key", "thingsboard.cloud/api/v1/<l20>"),
    ]),
    provider("Tiingo", "tiingo", "https://www.tiingo.com/documentation", "https://www.tiingo.com/account/api/token", &[
        named("a Tiingo token", "<h40>"),
    ]),
    provider("Tines", "tines", "https://www.tines.com/docs", "", &[
        key("a Tines webhook", ".tines.com/webhook/<h32>/<h32>"),
    ]),
    provider("Tinybird", "tinybird", "https://www.tinybird.co/docs", "https://app.tinybird.co", &[
        key("a Tinybird token", "p.eyJ<b40-300>.<b20-100>"),
    ]),
    provider("TMDB", "tmdb", "https://developer.themoviedb.org/docs", "https://www.themoviedb.org/settings/api", &[
        named("a TMDB key", "<h32>"),
    ]),
    provider("Todoist", "todoist", "https://developer.todoist.com", "https://app.todoist.com/app/settings/integrations/developer", &[
        named("a Todoist token", "<h40>"),
    ]),
    provider("Together AI", "together", GITHUBS_LIST, "https://api.together.ai/settings/api-keys", &[
        key("a Together AI key", "tgp_v1_<b43>"),
    ]),
    provider("TomTom", "tomtom", "https://developer.tomtom.com", "https://developer.tomtom.com/user/me/apps", &[
        named("a TomTom key", "<a32>"),
    ]),
    provider("Travis CI", "travis", RULE_SETS, "", &[
        named("a Travis CI token", "<b22>"),
    ]),
    provider("Trello", "trello", "https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/", "https://trello.com/power-ups/admin", &[
        named("a Trello token", "<h32>"),
        named("a Trello token", "ATTA<H64>"),
        key("a Trello token", "ATTA<H64>"),
        named("a Trello key", "<l32>"),
    ]),
    provider("Trigger.dev", "trigger", "https://trigger.dev/docs/apikeys", "https://cloud.trigger.dev", &[
        key("a Trigger.dev key", "tr_prod_<a20-24>"),
        key("a Trigger.dev key", "tr_dev_<a20-24>"),
        key("a Trigger.dev personal token", "tr_pat_<l30-50>"),
    ]),
    provider("TrueNAS", "truenas", RULE_SETS, "", &[
        named("a TrueNAS key", "<d1-3>-<a64>"),
    ]),
    provider("TwelveData", "twelvedata", "https://twelvedata.com/docs", "https://twelvedata.com/account/api-keys", &[
        named("a TwelveData key", "<h32>"),
    ]),
    provider("Twilio", "twilio", "https://www.twilio.com/docs/iam/api-keys", "https://console.twilio.com", &[
        key("a Twilio API key", "SK<h32>"),
        named("a Twilio auth token", "<h32>"),
    ]),
    provider("Twitch", "twitch", "https://dev.twitch.tv/docs/authentication/", "https://dev.twitch.tv/console/apps", &[
        key("a Twitch stream key", "live_<d6-12>_<a30>"),
        named("a Twitch secret", "<l30>"),
    ]),
    provider("Typeform", "typeform", GITHUBS_LIST, "https://admin.typeform.com/user/tokens", &[
        key("a Typeform token", "tfp_<b40-60>"),
    ]),
    provider("Unkey", "unkey", "https://www.unkey.com/docs", "https://app.unkey.com", &[
        key("an Unkey root key", "unkey_<a20-40>"),
    ]),
    provider("Unsplash", "unsplash", "https://unsplash.com/documentation", "https://unsplash.com/oauth/applications", &[
        named("an Unsplash key", "<b43>"),
    ]),
    provider("Upstash", "upstash", "https://upstash.com/docs", "https://console.upstash.com", &[
        named("an Upstash token", "A<b50-80>"),
    ]),
    provider("UptimeRobot", "uptimerobot", "https://uptimerobot.com/api/", "https://dashboard.uptimerobot.com/integrations", &[
        named("an UptimeRobot key", "<a8-10>-<a20-24>"),
    ]),
    provider("urlscan.io", "urlscan", "https://urlscan.io/docs/api/", "https://urlscan.io/user/profile/", &[
        named("a urlscan.io key", "<guid>"),
    ]),
    provider("Val Town", "valtown", GITHUBS_LIST, "", &[
        key("a Val Town token", "vtwn_<a20-60>"),
    ]),
    provider("Vapi", "vapi", "https://docs.vapi.ai", "https://dashboard.vapi.ai", &[
        named("a Vapi key", "<guid>"),
    ]),
    provider("Vercel", "vercel", "https://vercel.com/docs/rest-api", "https://vercel.com/account/settings/tokens", &[
        key("a Vercel token", "vcp_<a56>"),
        key("a Vercel AI Gateway key", "vck_<a56>"),
        key("a Vercel Blob token", "vercel_blob_rw_<a16>_<a28-34>"),
        named("a Vercel token", "<a24>"),
        key("a Vercel integration token", "vci_<a24-60>"),
        key("a Vercel token", "vca_<a24-60>"),
        key("a Vercel refresh token", "vcr_<a24-60>"),
    ]),
    provider("VirusTotal", "virustotal vt", "https://docs.virustotal.com", "https://www.virustotal.com/gui/my-apikey", &[
        named("a VirusTotal key", "<h64>"),
    ]),
    provider("Volcengine", "volcengine volc ark doubao", "https://www.volcengine.com/docs", "https://console.volcengine.com/iam/keymanage/", &[
        key("a Volcengine access key", "AKLT<s40-50>").reach(Endless),
        named("a Volcengine Ark key", "<guid>"),
    ]),
    provider("Voyage AI", "voyage voyageai", "https://docs.voyageai.com", "https://dashboard.voyageai.com", &[
        named("a Voyage AI key", "pa-<b43>"),
    ]),
    provider("Vultr", "vultr", "https://www.vultr.com/api/", "https://my.vultr.com/settings/#settingsapi", &[
        named("a Vultr key", "<u36>"),
    ]),
    provider("WeatherAPI", "weatherapi", "https://www.weatherapi.com/docs/", "https://www.weatherapi.com/my/", &[
        named("a WeatherAPI key", "<h31>"),
    ]),
    provider("Webflow", "webflow", "https://developers.webflow.com/data/reference/authentication", "https://webflow.com/dashboard/workspace/integrations", &[
        named("a Webflow token", "<h64>"),
    ]),
    provider("WeCom", "wecom", "https://developer.work.weixin.qq.com/document", "https://work.weixin.qq.com", &[
        key("a WeCom webhook", "qyapi.weixin.qq.com/cgi-bin/webhook/send?key=<guid>"),
    ]),
    provider("Weights & Biases", "wandb", "https://docs.wandb.ai/platform/hosting/iam/api-keys", "https://wandb.ai/authorize", &[
        key("a Weights & Biases key", "wandb_v1_<b40-90>"),
        named("a Weights & Biases key", "<h40>"),
    ]),
    provider("WireGuard", "wireguard wg", "https://www.wireguard.com/quickstart/", "", &[
        named("a WireGuard key", "<s43>="),
    ]),
    provider("Wolfram", "wolfram wolframalpha", "https://products.wolframalpha.com/api/documentation", "https://developer.wolframalpha.com", &[
        named("a Wolfram app id", "<u6>-<u10>"),
    ]),
    provider("X", "twitter", "https://docs.x.com/resources/fundamentals/authentication", "https://developer.x.com/en/portal/dashboard", &[
        key("an X bearer token", "AAAAAAAAAAAAAAAAAAAAA<s80-110>"),
        named("an X access token secret", "<a45>"),
        named("an X consumer secret", "<a50>"),
    ]),
    provider("xAI", "xai grok", GITHUBS_LIST, "https://console.x.ai", &[
        key("an xAI key", "xai-<a80>"),
    ]),
    provider("Xata", "xata", "https://xata.io/docs", "https://app.xata.io/settings", &[
        key("a Xata key", "xau_<a40-50>"),
    ]),
    provider("Yandex", "yandex", "https://yandex.cloud/docs/iam/concepts/authorization/", "https://console.yandex.cloud", &[
        key("a Yandex Cloud key", "AQVN<b35-38>"),
        key("a Yandex OAuth token", "y0_<b50-70>"),
        key("a Yandex Cloud IAM token", "t1.<b100-300>.<b86>=").reach(Passing),
        key("a Yandex Cloud secret key", "YC<b38>"),
    ]),
    provider("Yelp", "yelp", "https://docs.developer.yelp.com", "https://www.yelp.com/developers/v3/manage_app", &[
        named("a Yelp key", "<b128>"),
    ]),
    provider("Zapier", "zapier", "https://docs.zapier.com/mcp/home", "https://mcp.zapier.com", &[
        key("a Zapier webhook", "hooks.zapier.com/hooks/catch/<d4-12>/<l5-12>"),
        key("a Zapier key", "sk-ak-<b20-60>"),
        key("a Zapier key", "mcp.zapier.com/api/mcp/s/<s30-200>"),
    ]),
    provider("Zendesk", "zendesk", "https://developer.zendesk.com/api-reference/introduction/security-and-auth/", "", &[
        named("a Zendesk token", "<a40>"),
    ]),
    provider("ZeroTier", "zerotier", "https://docs.zerotier.com/api/tokens/", "https://my.zerotier.com/account", &[
        named("a ZeroTier token", "<a32>"),
    ]),
    provider("Zhipu", "zhipu zhipuai glm bigmodel zai", "https://docs.bigmodel.cn", "https://bigmodel.cn/usercenter/proj-mgmt/apikeys", &[
        named("a Zhipu key", "<h32>.<a16>"),
    ]),
    provider("Zoho", "zoho", "https://www.zoho.com/accounts/protocol/oauth.html", "https://api-console.zoho.com", &[
        key("a Zoho token", "1000.<h32>.<h32>"),
    ]),
    provider("Zuplo", "zuplo", GITHUBS_LIST, "", &[
        key("a Zuplo key", "zpka_<w30-50>"),
    ]),
];
