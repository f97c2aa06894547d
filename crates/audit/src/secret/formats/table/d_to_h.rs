//! Providers from D to H.

use super::{GITHUBS_LIST, RULE_SETS};
use crate::secret::Reach::{Chosen, Everything, Passing, Unsaid};
use crate::secret::formats::{Provider, key, named, provider};

#[rustfmt::skip]
pub(super) const PROVIDERS: &[Provider] = &[
    provider("Dashlane", "dashlane", RULE_SETS, "", &[
        key("a Dashlane team key", "DASH_<s60-300>"),
    ]),
    provider("Databricks", "databricks", "https://docs.databricks.com/aws/en/dev-tools/auth/pat", "", &[
        key("a Databricks token", "dapi<h32>"),
        key("a Databricks token", "dapi<h32>-<d1>"),
    ]),
    provider("Datadog", "datadog dd", GITHUBS_LIST, "https://app.datadoghq.com/organization-settings/api-keys", &[
        key("a Datadog application key", "ddapp_<a34>"),
        named("a Datadog application key", "<h40>"),
        named("a Datadog key", "<h32>"),
    ]),
    provider("Daytona", "daytona", "https://www.daytona.io/docs", "https://app.daytona.io/dashboard/keys", &[
        key("a Daytona key", "dtn_<h64>"),
    ]),
    provider("Deepgram", "deepgram", "https://developers.deepgram.com/docs/create-additional-api-keys", "https://console.deepgram.com", &[
        named("a Deepgram key", "<h40>"),
    ]),
    provider("DeepInfra", "deepinfra", "https://deepinfra.com/docs", "https://deepinfra.com/dash/api_keys", &[
        named("a DeepInfra key", "<a32>"),
    ]),
    provider("DeepL", "deepl", "https://developers.deepl.com/docs/getting-started/auth", "https://www.deepl.com/your-account/keys", &[
        named("a DeepL key", "<guid>:fx"),
        named("a DeepL key", "<guid>"),
    ]),
    provider("DeepSeek", "deepseek", "https://api-docs.deepseek.com", "https://platform.deepseek.com/api_keys", &[
        named("a DeepSeek key", "sk-<h32>"),
    ]),
    provider("Defined Networking", "definednetworking", RULE_SETS, "", &[
        key("a Defined Networking token", "dnkey-<b26>-<b52>"),
    ]),
    provider("Deno", "deno", "https://docs.deno.com/deploy/", "https://dash.deno.com/account#access-tokens", &[
        key("a Deno Deploy token", "ddp_<a36>"),
        key("a Deno Deploy organization token", "ddo_<a36>"),
    ]),
    provider("Diffbot", "diffbot", RULE_SETS, "https://app.diffbot.com", &[
        named("a Diffbot token", "<l32>"),
    ]),
    provider("DigitalOcean", "digitalocean", "https://docs.digitalocean.com/reference/api/create-personal-access-token/", "https://cloud.digitalocean.com/account/api/tokens", &[
        key("a DigitalOcean token", "dop_v1_<h64>").reach(Unsaid),
        key("a DigitalOcean OAuth token", "doo_v1_<h64>"),
        key("a DigitalOcean refresh token", "dor_v1_<h64>"),
    ]),
    provider("DingTalk", "dingtalk", "https://open.dingtalk.com/document", "https://open-dev.dingtalk.com", &[
        key("a DingTalk webhook", "oapi.dingtalk.com/robot/send?access_token=<h64>"),
    ]),
    provider("Discord", "discord", "https://discord.com/developers/docs/reference#authentication", "https://discord.com/developers/applications", &[
        key("a Discord webhook", "discord.com/api/webhooks/<d15-22>/<b50-90>"),
        key("a Discord webhook", "discordapp.com/api/webhooks/<d15-22>/<b50-90>"),
        key("a Discord bot token", "M<b22-25>.<b6>.<b27-38>"),
        key("a Discord bot token", "N<b22-25>.<b6>.<b27-38>"),
        key("a Discord bot token", "O<b22-25>.<b6>.<b27-38>"),
        named("a Discord bot token", "<b24-28>.<b6>.<b27-40>"),
    ]),
    provider("Docker", "docker", "https://docs.docker.com/security/access-tokens/", "https://app.docker.com/settings/personal-access-tokens", &[
        key("a Docker access token", "dckr_pat_<b27>"),
        key("a Docker organization token", "dckr_oat_<b27-40>"),
    ]),
    provider("Doppler", "doppler", "https://docs.doppler.com/docs/service-tokens", "", &[
        key("a Doppler token", "dp.pt.<a40-44>"),
        key("a Doppler token", "dp.st.<b2-35>.<a40-44>"),
        key("a Doppler token", "dp.st.<a40-44>"),
        key("a Doppler token", "dp.ct.<a40-44>"),
        key("a Doppler token", "dp.sa.<a40-44>"),
        key("a Doppler token", "dp.scim.<a40-44>"),
        key("a Doppler token", "dp.audit.<a40-44>"),
    ]),
    provider("Dropbox", "dropbox", GITHUBS_LIST, "https://www.dropbox.com/developers/apps", &[
        key("a Dropbox token", "sl.<b130-152>"),
        key("a Dropbox token", "sl.u.<b130-1300>"),
    ]),
    provider("Duffel", "duffel", GITHUBS_LIST, "", &[
        key("a Duffel token", "duffel_live_<b43>"),
    ]),
    provider("Dune", "dune", "https://docs.dune.com", "https://dune.com/settings/api", &[
        named("a Dune key", "<a32>"),
    ]),
    provider("Dynatrace", "dynatrace", "https://docs.dynatrace.com/docs/manage/identity-access-management/access-tokens-and-oauth-clients/access-tokens", "", &[
        key("a Dynatrace token", "dt0c01.<u24>.<u64>"),
        key("a Dynatrace client secret", "dt0s02.<u8>.<u64>"),
        key("a Dynatrace platform token", "dt0s16.<u8>.<u64>"),
    ]),
    provider("E2B", "e2b", "https://e2b.dev/docs", "https://e2b.dev/dashboard", &[
        key("an E2B key", "e2b_<h40>"),
    ]),
    provider("EasyPost", "easypost", "https://docs.easypost.com", "", &[
        key("an EasyPost key", "EZAK<a54>"),
        key("an EasyPost test key", "EZTK<a54>"),
    ]),
    provider("ElevenLabs", "elevenlabs", "https://elevenlabs.io/docs", "https://elevenlabs.io/app/settings/api-keys", &[
        key("an ElevenLabs key", "sk_<h48>"),
    ]),
    provider("Etherscan", "etherscan", "https://docs.etherscan.io", "https://etherscan.io/myapikey", &[
        named("an Etherscan key", "<u34>"),
    ]),
    provider("Eventbrite", "eventbrite", "https://www.eventbrite.com/platform/api", "https://www.eventbrite.com/account-settings/apps", &[
        named("an Eventbrite token", "<u20>"),
    ]),
    provider("Exa", "exa", "https://docs.exa.ai", "https://dashboard.exa.ai/api-keys", &[
        named("an Exa key", "<guid>"),
    ]),
    provider("Facebook", "facebook meta fb instagram whatsapp", "https://developers.facebook.com/docs/facebook-login/guides/access-tokens", "https://developers.facebook.com/apps", &[
        key("a Facebook token", "EAA<a80-400>"),
        named("a Facebook app secret", "<h32>"),
    ]),
    provider("fal", "fal", "https://docs.fal.ai", "https://fal.ai/dashboard/keys", &[
        named("a fal key", "<guid>:<h32>"),
    ]),
    provider("Fastly", "fastly", "https://www.fastly.com/documentation/guides/account-info/user-and-account-management/using-api-tokens/", "https://manage.fastly.com/account/tokens", &[
        named("a Fastly token", "<b32>"),
    ]),
    provider("Fauna", "fauna", RULE_SETS, "", &[
        key("a Fauna key", "fnA<b37-50>"),
    ]),
    provider("Feishu", "feishu lark", "https://open.feishu.cn/document", "https://open.feishu.cn/app", &[
        key("a Feishu webhook", "open.feishu.cn/open-apis/bot/v2/hook/<guid>"),
        key("a Lark webhook", "open.larksuite.com/open-apis/bot/v2/hook/<guid>"),
        named("a Feishu app secret", "<a32>"),
    ]),
    provider("Figma", "figma", "https://developers.figma.com/docs/rest-api/authentication/", "https://www.figma.com/settings", &[
        key("a Figma token", "figd_<b38-48>").reach(Chosen),
        key("a Figma OAuth token", "figu_<b38-48>"),
    ]),
    provider("Financial Modeling Prep", "fmp financialmodelingprep", "https://site.financialmodelingprep.com/developer/docs", "", &[
        named("a Financial Modeling Prep key", "<a32>"),
    ]),
    provider("Finicity", "finicity", RULE_SETS, "", &[
        named("a Finicity key", "<h32>"),
    ]),
    provider("Finnhub", "finnhub", "https://finnhub.io/docs/api", "https://finnhub.io/dashboard", &[
        named("a Finnhub key", "<l20>"),
        named("a Finnhub key", "<l40>"),
    ]),
    provider("Firecrawl", "firecrawl", "https://docs.firecrawl.dev", "https://www.firecrawl.dev/app/api-keys", &[
        key("a Firecrawl key", "fc-<h32>"),
    ]),
    provider("Fireworks", "fireworks", GITHUBS_LIST, "https://app.fireworks.ai/settings/users/api-keys", &[
        named("a Fireworks key", "fw_<a20-40>"),
    ]),
    provider("Fleetbase", "fleetbase", RULE_SETS, "", &[
        key("a Fleetbase key", "flb_live_<a20>"),
    ]),
    provider("Flutterwave", "flutterwave", "https://developer.flutterwave.com/docs", "", &[
        key("a Flutterwave key", "FLWSECK-<a32>-X"),
        key("a Flutterwave test key", "FLWSECK_TEST-<a12-32>"),
    ]),
    provider("Fly.io", "fly flyio", "https://fly.io/docs/security/tokens/", "https://fly.io/user/personal_access_tokens", &[
        key("a Fly.io token", "fo1_<b43>"),
        key("a Fly.io token", "FlyV1 <s80-2000>"),
    ]),
    provider("Foursquare", "foursquare", "https://docs.foursquare.com", "https://foursquare.com/developers/apps", &[
        key("a Foursquare key", "fsq3<s44>"),
        named("a Foursquare secret", "<u48>"),
    ]),
    provider("Frame.io", "frameio", GITHUBS_LIST, "", &[
        key("a Frame.io token", "fio-u-<b64>"),
    ]),
    provider("Freshdesk", "freshdesk freshservice", "https://developers.freshdesk.com/api/", "", &[
        named("a Freshdesk key", "<a20>"),
    ]),
    provider("Ghost", "ghost", "https://ghost.org/docs/admin-api/", "", &[
        named("a Ghost admin key", "<h24>:<h64>"),
    ]),
    provider("Giphy", "giphy", "https://developers.giphy.com", "https://developers.giphy.com/dashboard", &[
        named("a Giphy key", "<a32>"),
    ]),
    provider("Gitea", "gitea forgejo codeberg", "https://docs.gitea.com/development/api-usage", "", &[
        named("a Gitea token", "<h40>"),
    ]),
    provider("GitHub", "github gh", "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats", "https://github.com/settings/tokens", &[
        key("a GitHub token", "ghp_<a36>").crc32().reach(Everything),
        key("a fine-grained GitHub token", "github_pat_<w82>").reach(Chosen),
        key("a fine-grained GitHub token", "github_pat_<a22>_<a50-70>").reach(Chosen),
        key("a GitHub OAuth token", "gho_<a36>").crc32(),
        key("a GitHub app token", "ghu_<a36>").crc32().reach(Passing),
        key("a GitHub app token", "ghs_<a36>").crc32().reach(Passing),
        key("a GitHub refresh token", "ghr_<a36-76>"),
    ]),
    provider("GitLab", "gitlab", "https://docs.gitlab.com/security/tokens/#token-prefixes", "https://gitlab.com/-/user_settings/personal_access_tokens", &[
        key("a GitLab token", "glpat-<b20>").reach(Unsaid),
        key("a GitLab token", "glpat-<b27-300>.<b2>.<b7>").reach(Unsaid),
        key("a GitLab token", "glpat-<b27-300>.<b9>").reach(Unsaid),
        key("a GitLab deploy token", "gldt-<b20>"),
        key("a GitLab runner token", "glrt-<b20-30>"),
        key("a GitLab runner token", "glrt-t<d1>_<b20>"),
        key("a GitLab runner registration token", "GR1348941<b20>"),
        key("a GitLab trigger token", "glptt-<h40>"),
        key("a GitLab job token", "glcbt-<b20-40>"),
        key("a GitLab application secret", "gloas-<b64>"),
        key("a GitLab feed token", "glft-<b20>"),
        key("a GitLab mail token", "glimt-<b25>"),
        key("a GitLab agent token", "glagent-<b50>"),
        key("a GitLab SCIM token", "glsoat-<b20>"),
        key("a GitLab feature flag token", "glffct-<b20>"),
        key("a GitLab session", "_gitlab_session=<h32>"),
    ]),
    provider("GoCardless", "gocardless", "https://developer.gocardless.com", "https://manage.gocardless.com/developers", &[
        named("a GoCardless token", "live_<b40>"),
        named("a GoCardless token", "sandbox_<b40>"),
    ]),
    provider("Google", "google gemini gcp youtube", "https://cloud.google.com/docs/authentication/api-keys", "https://console.cloud.google.com/apis/credentials", &[
        key("a Google API key", "AIza<b35>"),
        key("a Google API key", "AQ.Ab8<b45-60>"),
        key("a Google OAuth secret", "GOCSPX-<b28>"),
        key("a Google access token", "ya29.<b30-1000>").reach(Passing),
        key("a Google refresh token", "1//0<b40-120>"),
        key("a Google Cloud Storage key", "GOOG1E<u57>"),
        key("a Google Cloud Storage key", "GOOG<u20>"),
        named("a Google OAuth secret", "<b24>"),
    ]),
    provider("Grafana", "grafana", "https://grafana.com/docs/grafana/latest/administration/service-accounts/", "", &[
        key("a Grafana service account token", "glsa_<a32>_<H8>"),
        key("a Grafana Cloud token", "glc_<s32-400>"),
    ]),
    provider("Groq", "groq", "https://console.groq.com/docs", "https://console.groq.com/keys", &[
        key("a Groq key", "gsk_<a52>"),
    ]),
    provider("Gumroad", "gumroad", RULE_SETS, "", &[
        named("a Gumroad token", "<b43>"),
    ]),
    provider("Harness", "harness", "https://developer.harness.io/docs/platform/automation/api/add-and-manage-api-keys/", "", &[
        key("a Harness token", "pat.<b22>.<h24>.<a20>"),
        key("a Harness service token", "sat.<b22>.<h24>.<a20>"),
    ]),
    provider("HashiCorp", "vault tfe", "https://developer.hashicorp.com/vault/docs/concepts/tokens", "", &[
        key("a Terraform Cloud token", "<a14>.atlasv1.<b60-70>"),
        key("a Vault token", "hvs.<b24-300>"),
        key("a Vault batch token", "hvb.<b130-320>").reach(Passing),
    ]),
    provider("Helicone", "helicone", "https://docs.helicone.ai", "https://us.helicone.ai/settings/api-keys", &[
        key("a Helicone key", "sk-helicone-<b20-60>"),
    ]),
    provider("Heroku", "heroku", GITHUBS_LIST, "https://dashboard.heroku.com/account", &[
        key("a Heroku key", "HRKU-<b36-70>"),
    ]),
    provider("Hetzner", "hetzner hcloud", "https://docs.hetzner.cloud", "https://console.hetzner.cloud", &[
        named("a Hetzner token", "<a64>"),
    ]),
    provider("Honeycomb", "honeycomb", "https://docs.honeycomb.io/configure/environments/manage-api-keys/", "https://ui.honeycomb.io/account", &[
        key("a Honeycomb ingest key", "hcaik_<l58>"),
        key("a Honeycomb management key", "hcamk_<l58>"),
        named("a Honeycomb key", "<a22>"),
        named("a Honeycomb key", "<h32>"),
    ]),
    provider("HubSpot", "hubspot", GITHUBS_LIST, "https://app.hubspot.com", &[
        key("a HubSpot token", "pat-na1-<H8>-<H4>-<H4>-<H4>-<H12>"),
        key("a HubSpot token", "pat-na2-<H8>-<H4>-<H4>-<H4>-<H12>"),
        key("a HubSpot token", "pat-eu1-<H8>-<H4>-<H4>-<H4>-<H12>"),
    ]),
    provider("Hugging Face", "huggingface hf", "https://huggingface.co/docs/hub/security-tokens", "https://huggingface.co/settings/tokens", &[
        key("a Hugging Face token", "hf_<a34>").reach(Unsaid),
        key("a Hugging Face organization token", "api_org_<a34>"),
    ]),
    provider("Hunter", "hunter", "https://hunter.io/api-documentation", "https://hunter.io/api-keys", &[
        named("a Hunter key", "<l40>"),
    ]),
    provider("Hyperbrowser", "hyperbrowser", GITHUBS_LIST, "", &[
        key("a Hyperbrowser key", "hb_<h28>"),
    ]),
];
