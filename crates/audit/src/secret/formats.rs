//! Vendors' key formats as facts, in a notation of our own, and the matcher.
//!
//! `ghp_<a36>` is the text `ghp_` and 36 letters or digits. Classes: `d`
//! digits, `h` lower-case hex, `H` hex, `u` capitals and digits, `l` small
//! letters and digits, `a` letters and digits, `w` the same and `_`, `b` the
//! same and `-`, `s` base64 (`+/=`). `<b20-200>` gives both lengths. Every
//! format begins with letters of its own, by which it is found.

use std::sync::LazyLock;

/// One format.
pub(super) struct Format {
    /// Completes "X holds …".
    pub(super) kind: &'static str,
    pub(super) provider: &'static str,
    shape: &'static str,
}

const fn format(provider: &'static str, kind: &'static str, shape: &'static str) -> Format {
    Format { kind, provider, shape }
}

/// Sources: the vendors' own pages on token formats; GitHub's list of secret
/// scanning patterns for those without one.
#[rustfmt::skip]
const FORMATS: &[Format] = &[
    format("1Password", "a 1Password service account token", "ops_eyJ<b100-1500>"),
    format("Adafruit", "an Adafruit IO key", "aio_<a28>"),
    format("Airtable", "an Airtable token", "pat<a14>.<h64>"),
    format("Anthropic", "an Anthropic admin key", "sk-ant-admin01-<b60-140>"),
    format("Anthropic", "an Anthropic API key", "sk-ant-api03-<b60-140>"),
    format("Anthropic", "an Anthropic OAuth token", "sk-ant-oat01-<b60-140>"),
    format("Anthropic", "an Anthropic key", "sk-ant-<b40-200>"),
    format("Apify", "an Apify token", "apify_api_<a30-40>"),
    format("Asana", "an Asana token", "1/<d15-17>:<h32>"),
    format("Asana", "an Asana token", "2/<d15-17>/<d15-17>:<h32>"),
    format("Atlassian", "an Atlassian API token", "ATATT3<b100-300>="),
    format("Atlassian", "an Atlassian API token", "ATATT3<b180-300>"),
    format("Atlassian", "an Atlassian admin key", "ATCTT3<b150-300>="),
    format("Bitbucket", "a Bitbucket app password", "ATBB<a32>"),
    format("AWS", "an AWS access key", "AKIA<u16>"),
    format("AWS", "a temporary AWS access key", "ASIA<u16>"),
    format("AWS", "an AWS Bedrock key", "ABSK<s100-300>"),
    format("AWS", "an AWS Bedrock key", "bedrock-api-key-<s60-2000>"),
    format("Brave", "a Brave Search key", "BSA<b28>"),
    format("Browserbase", "a Browserbase key", "bb_live_<b20-60>"),
    format("Buildkite", "a Buildkite token", "bkua_<h40>"),
    format("Cerebras", "a Cerebras key", "csk-<l48>"),
    format("Clerk", "a Clerk key", "sk_live_<a40-50>"),
    format("Clojars", "a Clojars token", "CLOJARS_<l60>"),
    format("Cloudflare", "a Cloudflare origin CA key", "v1.0-<h24>-<h146>"),
    format("Cloudinary", "a Cloudinary URL with its secret", "cloudinary://<d10-20>:<b20-40>"),
    format("Context7", "a Context7 key", "ctx7sk-<b36>"),
    format("Contentful", "a Contentful token", "CFPAT-<b43>"),
    format("Databricks", "a Databricks token", "dapi<h32>"),
    format("Databricks", "a Databricks token", "dapi<h32>-<d1>"),
    format("Datadog", "a Datadog application key", "ddapp_<a34>"),
    format("Datadog", "a Datadog token", "ddp_<a36>"),
    format("DigitalOcean", "a DigitalOcean token", "dop_v1_<h64>"),
    format("DigitalOcean", "a DigitalOcean OAuth token", "doo_v1_<h64>"),
    format("DigitalOcean", "a DigitalOcean refresh token", "dor_v1_<h64>"),
    format("Docker", "a Docker access token", "dckr_pat_<b27>"),
    format("Docker", "a Docker organization token", "dckr_oat_<b27-40>"),
    format("Doppler", "a Doppler token", "dp.pt.<a40-44>"),
    format("Doppler", "a Doppler token", "dp.st.<b2-35>.<a40-44>"),
    format("Doppler", "a Doppler token", "dp.st.<a40-44>"),
    format("Doppler", "a Doppler token", "dp.ct.<a40-44>"),
    format("Doppler", "a Doppler token", "dp.sa.<a40-44>"),
    format("Doppler", "a Doppler token", "dp.scim.<a40-44>"),
    format("Doppler", "a Doppler token", "dp.audit.<a40-44>"),
    format("Dropbox", "a Dropbox token", "sl.<b130-152>"),
    format("Dropbox", "a Dropbox token", "sl.u.<b130-1300>"),
    format("Duffel", "a Duffel token", "duffel_live_<b43>"),
    format("Dynatrace", "a Dynatrace token", "dt0c01.<u24>.<u64>"),
    format("E2B", "an E2B key", "e2b_<h40>"),
    format("EasyPost", "an EasyPost key", "EZAK<a54>"),
    format("ElevenLabs", "an ElevenLabs key", "sk_<h48>"),
    format("Facebook", "a Facebook token", "EAAC<a60-300>"),
    format("Figma", "a Figma token", "figd_<b38-48>"),
    format("Figma", "a Figma OAuth token", "figu_<b38-48>"),
    format("Firecrawl", "a Firecrawl key", "fc-<h32>"),
    format("Flutterwave", "a Flutterwave key", "FLWSECK-<a32>-X"),
    format("Fly.io", "a Fly.io token", "fo1_<b43>"),
    format("Fly.io", "a Fly.io token", "FlyV1 <s80-2000>"),
    format("Frame.io", "a Frame.io token", "fio-u-<b64>"),
    format("GitHub", "a GitHub token", "ghp_<a36>"),
    format("GitHub", "a fine-grained GitHub token", "github_pat_<w82>"),
    format("GitHub", "a fine-grained GitHub token", "github_pat_<a22>_<a50-70>"),
    format("GitHub", "a GitHub OAuth token", "gho_<a36>"),
    format("GitHub", "a GitHub app token", "ghu_<a36>"),
    format("GitHub", "a GitHub app token", "ghs_<a36>"),
    format("GitHub", "a GitHub refresh token", "ghr_<a36-76>"),
    format("GitLab", "a GitLab token", "glpat-<b20>"),
    format("GitLab", "a GitLab token", "glpat-<b27-300>.<b2>.<b7>"),
    format("GitLab", "a GitLab token", "glpat-<b27-300>.<b9>"),
    format("GitLab", "a GitLab deploy token", "gldt-<b20>"),
    format("GitLab", "a GitLab runner token", "glrt-<b20-30>"),
    format("GitLab", "a GitLab runner token", "glrt-t<d1>_<b20>"),
    format("GitLab", "a GitLab runner registration token", "GR1348941<b20>"),
    format("GitLab", "a GitLab trigger token", "glptt-<h40>"),
    format("GitLab", "a GitLab job token", "glcbt-<b20-40>"),
    format("GitLab", "a GitLab application secret", "gloas-<b64>"),
    format("GitLab", "a GitLab feed token", "glft-<b20>"),
    format("GitLab", "a GitLab mail token", "glimt-<b25>"),
    format("GitLab", "a GitLab agent token", "glagent-<b50>"),
    format("GitLab", "a GitLab SCIM token", "glsoat-<b20>"),
    format("GitLab", "a GitLab feature flag token", "glffct-<b20>"),
    format("GitLab", "a GitLab session", "_gitlab_session=<h32>"),
    format("Google", "a Google API key", "AIza<b35>"),
    format("Google", "a Google API key", "AQ.Ab8<b45-60>"),
    format("Google", "a Google OAuth secret", "GOCSPX-<b28>"),
    format("Google", "a Google access token", "ya29.<b30-1000>"),
    format("Google", "a Google refresh token", "1//0<b40-120>"),
    format("Grafana", "a Grafana service account token", "glsa_<a32>_<H8>"),
    format("Grafana", "a Grafana Cloud token", "glc_<s32-400>"),
    format("Groq", "a Groq key", "gsk_<a52>"),
    format("HashiCorp", "a Terraform Cloud token", "<a14>.atlasv1.<b60-70>"),
    format("HashiCorp", "a Vault token", "hvs.<b24-300>"),
    format("HashiCorp", "a Vault batch token", "hvb.<b130-320>"),
    format("Helicone", "a Helicone key", "sk-helicone-<b20-60>"),
    format("Heroku", "a Heroku key", "HRKU-<b36-70>"),
    format("HubSpot", "a HubSpot token", "pat-na1-<H8>-<H4>-<H4>-<H4>-<H12>"),
    format("HubSpot", "a HubSpot token", "pat-na2-<H8>-<H4>-<H4>-<H4>-<H12>"),
    format("HubSpot", "a HubSpot token", "pat-eu1-<H8>-<H4>-<H4>-<H4>-<H12>"),
    format("Hugging Face", "a Hugging Face token", "hf_<a34>"),
    format("Hugging Face", "a Hugging Face organization token", "api_org_<a34>"),
    format("Hyperbrowser", "a Hyperbrowser key", "hb_<h28>"),
    format("Infisical", "an Infisical token", "st.<h24>.<h32>.<h32>"),
    format("JFrog", "a JFrog key", "AKCp<a69>"),
    format("JFrog", "a JFrog token", "cmVmdGtuOj<a54>"),
    format("Jina", "a Jina key", "jina_<b60>"),
    format("LangSmith", "a LangSmith key", "lsv2_pt_<h32>_<h10>"),
    format("LangSmith", "a LangSmith key", "lsv2_sk_<h32>_<h10>"),
    format("Langfuse", "a Langfuse key", "sk-lf-<h8>-<h4>-<h4>-<h4>-<h12>"),
    format("LaunchDarkly", "a LaunchDarkly key", "sdk-<h8>-<h4>-<h4>-<h4>-<h12>"),
    format("LaunchDarkly", "a LaunchDarkly token", "api-<h8>-<h4>-<h4>-<h4>-<h12>"),
    format("Linear", "a Linear key", "lin_api_<a40>"),
    format("Linear", "a Linear OAuth token", "lin_oauth_<h64>"),
    format("Linear", "a Linear webhook secret", "lin_wh_<a20-60>"),
    format("Mailchimp", "a Mailchimp key", "<h32>-us<d1-2>"),
    format("Mailgun", "a Mailgun key", "key-<h32>"),
    format("Mapbox", "a Mapbox secret token", "sk.eyJ<b50-120>.<b20-25>"),
    format("Mem0", "a Mem0 key", "m0-<a40>"),
    format("MongoDB", "a MongoDB service account secret", "mdb_sa_sk_<b40>"),
    format("Neon", "a Neon key", "napi_<l40-70>"),
    format("Netlify", "a Netlify token", "nfp_<b36-40>"),
    format("New Relic", "a New Relic user key", "NRAK-<u27>"),
    format("New Relic", "a New Relic ingest key", "NRII-<b32>"),
    format("New Relic", "a New Relic license key", "NRAL-<u27>"),
    format("Notion", "a Notion token", "ntn_<a40-50>"),
    format("Notion", "a Notion token", "secret_<a43>"),
    format("npm", "an npm token", "npm_<a36>"),
    format("NuGet", "a NuGet key", "oy2<l43>"),
    format("NVIDIA", "an NVIDIA key", "nvapi-<b60-70>"),
    format("Okta", "an Okta token", "SSWS 00<b40>"),
    format("OpenAI", "an OpenAI project key", "sk-proj-<b40-180>"),
    format("OpenAI", "an OpenAI service key", "sk-svcacct-<b40-180>"),
    format("OpenAI", "an OpenAI admin key", "sk-admin-<b40-180>"),
    format("OpenAI", "an OpenAI key", "sk-<a20>T3BlbkFJ<a20>"),
    format("OpenAI", "an OpenAI key", "sk-None-<b40-180>"),
    format("OpenRouter", "an OpenRouter key", "sk-or-v1-<h64>"),
    format("OpenRouter", "an OpenRouter key", "sk-or-<b40-80>"),
    format("PagerDuty", "a PagerDuty key", "pdus+<b20-40>"),
    format("Perplexity", "a Perplexity key", "pplx-<a32-60>"),
    format("Pinecone", "a Pinecone key", "pcsk_<a5-8>_<a60-66>"),
    format("PlanetScale", "a PlanetScale password", "pscale_pw_<b32-64>"),
    format("PlanetScale", "a PlanetScale token", "pscale_tkn_<b32-64>"),
    format("PlanetScale", "a PlanetScale OAuth token", "pscale_oauth_<b32-64>"),
    format("PostHog", "a PostHog personal key", "phx_<b40-50>"),
    format("Postman", "a Postman key", "PMAK-<h24>-<h34>"),
    format("Prefect", "a Prefect key", "pnu_<a36>"),
    format("Pulumi", "a Pulumi token", "pul-<h40>"),
    format("PyPI", "a PyPI token", "pypi-AgEIcHlwaS5vcmc<b50-1000>"),
    format("PyPI", "a PyPI test token", "pypi-AgENdGVzdC5weXBpLm9yZw<b50-1000>"),
    format("ReadMe", "a ReadMe key", "rdme_<l70>"),
    format("Replicate", "a Replicate token", "r8_<a37-40>"),
    format("Resend", "a Resend key", "re_<a8-9>_<a20-28>"),
    format("RubyGems", "a RubyGems key", "rubygems_<h48>"),
    format("Scaleway", "a Scaleway key", "SCW<u17>"),
    format("SendGrid", "a SendGrid key", "SG.<b22>.<b43>"),
    format("Sendinblue", "a Brevo key", "xkeysib-<h64>-<a16>"),
    format("Sentry", "a Sentry user token", "sntryu_<h64>"),
    format("Sentry", "a Sentry organization token", "sntrys_<s80-500>"),
    format("Shippo", "a Shippo token", "shippo_live_<h40>"),
    format("Shippo", "a Shippo test token", "shippo_test_<h40>"),
    format("Shopify", "a Shopify token", "shpat_<H32>"),
    format("Shopify", "a Shopify token", "shpca_<H32>"),
    format("Shopify", "a Shopify token", "shppa_<H32>"),
    format("Shopify", "a Shopify secret", "shpss_<H32>"),
    format("Slack", "a Slack bot token", "xoxb-<d8-14>-<b18-70>"),
    format("Slack", "a Slack user token", "xoxp-<d8-14>-<b18-90>"),
    format("Slack", "a Slack token", "xoxa-<b20-90>"),
    format("Slack", "a Slack refresh token", "xoxr-<b20-90>"),
    format("Slack", "a Slack session token", "xoxs-<b20-90>"),
    format("Slack", "a Slack browser token", "xoxc-<b30-120>"),
    format("Slack", "a Slack browser cookie", "xoxd-<s60-250>"),
    format("Slack", "a Slack configuration token", "xoxe-<b50-250>"),
    format("Slack", "a Slack configuration token", "xoxe.xoxb-<b50-250>"),
    format("Slack", "a Slack configuration token", "xoxe.xoxp-<b50-250>"),
    format("Slack", "a Slack app token", "xapp-<d1>-<u5-15>-<d5-20>-<l40-80>"),
    format("Slack", "a Slack webhook", "hooks.slack.com/services/T<u5-15>/B<u5-15>/<a18-26>"),
    format("Discord", "a Discord webhook", "discord.com/api/webhooks/<d15-22>/<b50-90>"),
    format("Discord", "a Discord webhook", "discordapp.com/api/webhooks/<d15-22>/<b50-90>"),
    format("Snyk", "a Snyk token", "snyk_uat.<b20-30>.<b20-600>.<b20-100>"),
    format("SonarQube", "a SonarQube token", "squ_<h40>"),
    format("SonarQube", "a SonarQube token", "sqp_<h40>"),
    format("SonarQube", "a SonarQube token", "sqa_<h40>"),
    format("Sourcegraph", "a Sourcegraph token", "sgp_<b40-64>"),
    format("Square", "a Square token", "EAAA<b60>"),
    format("Square", "a Square token", "sq0atp-<b22>"),
    format("Square", "a Square secret", "sq0csp-<b43>"),
    format("Stripe", "a Stripe live key", "sk_live_<a20-120>"),
    format("Stripe", "a Stripe test key", "sk_test_<a20-120>"),
    format("Stripe", "a restricted Stripe key", "rk_live_<a20-120>"),
    format("Stripe", "a restricted Stripe test key", "rk_test_<a20-120>"),
    format("Stripe", "a Stripe webhook secret", "whsec_<a30-64>"),
    format("Supabase", "a Supabase access token", "sbp_<h40>"),
    format("Supabase", "a Supabase secret key", "sb_secret_<b22>_<b8>"),
    format("Supabase", "a Supabase OAuth token", "sbp_oauth_<h40>"),
    format("Tailscale", "a Tailscale key", "tskey-auth-<a10-20>-<a20-40>"),
    format("Tailscale", "a Tailscale key", "tskey-api-<a10-20>-<a20-40>"),
    format("Tailscale", "a Tailscale key", "tskey-client-<a10-20>-<a20-40>"),
    format("Tavily", "a Tavily key", "tvly-dev-<b28-60>"),
    format("Tavily", "a Tavily key", "tvly-prod-<b28-60>"),
    format("Tavily", "a Tavily key", "tvly-<a28-40>"),
    format("Telegram", "a Telegram bot token", "bot<d8-10>:AA<b33>"),
    format("Together AI", "a Together AI key", "tgp_v1_<b43>"),
    format("Twilio", "a Twilio API key", "SK<h32>"),
    format("Typeform", "a Typeform token", "tfp_<b40-60>"),
    format("Val Town", "a Val Town token", "vtwn_<a20-60>"),
    format("Vercel", "a Vercel token", "vcp_<a56>"),
    format("Vercel", "a Vercel AI Gateway key", "vck_<a56>"),
    format("Vercel", "a Vercel Blob token", "vercel_blob_rw_<a16>_<a28-34>"),
    format("Weights & Biases", "a Weights & Biases key", "wandb_v1_<b40-90>"),
    format("xAI", "an xAI key", "xai-<a80>"),
    format("Yandex", "a Yandex Cloud key", "AQVN<b35-38>"),
    format("Zapier", "a Zapier key", "sk-ak-<b20-60>"),
    format("Zuplo", "a Zuplo key", "zpka_<w30-50>"),
    format("age", "an age private key", "AGE-SECRET-KEY-1<u58>"),
];

/// Formats that say nothing without a name that fits.
pub(super) struct Named {
    pub(super) kind: &'static str,
    pub(super) provider: &'static str,
    /// One of these words stands in the name.
    words: &'static [&'static str],
    shape: &'static str,
}

const fn named(provider: &'static str, kind: &'static str, words: &'static [&'static str], shape: &'static str) -> Named {
    Named { kind, provider, words, shape }
}

#[rustfmt::skip]
const NAMED: &[Named] = &[
    named("Algolia", "an Algolia key", &["algolia"], "<h32>"),
    named("Apify", "an Apify token", &["apify"], "<a25-40>"),
    named("AWS", "an AWS secret key", &["aws"], "<s40>"),
    named("Azure", "an Azure key", &["azure"], "<h32>"),
    named("Azure", "an Azure key", &["azure"], "<a84>"),
    named("Azure", "an Azure DevOps token", &["azure", "ado", "devops"], "<l52>"),
    named("Cloudflare", "a Cloudflare token", &["cloudflare", "cf"], "<b40>"),
    named("Cloudflare", "a Cloudflare global key", &["cloudflare", "cf"], "<h37>"),
    named("Cohere", "a Cohere key", &["cohere", "co"], "<a40>"),
    named("Composio", "a Composio key", &["composio"], "ak_<b20-40>"),
    named("ngrok", "an ngrok key", &["ngrok"], "ak_<a27>"),
    named("Voyage AI", "a Voyage AI key", &["voyage"], "pa-<b43>"),
    named("Datadog", "a Datadog application key", &["datadog", "dd"], "<h40>"),
    named("Datadog", "a Datadog key", &["datadog", "dd"], "<h32>"),
    named("DeepSeek", "a DeepSeek key", &["deepseek"], "sk-<h32>"),
    named("Discord", "a Discord bot token", &["discord"], "<b24-28>.<b6>.<b27-40>"),
    named("Exa", "an Exa key", &["exa"], "<h8>-<h4>-<h4>-<h4>-<h12>"),
    named("Fireworks", "a Fireworks key", &["fireworks"], "fw_<a20-40>"),
    named("Intercom", "an Intercom token", &["intercom"], "<s60>"),
    named("Mistral", "a Mistral key", &["mistral"], "<a32>"),
    named("Netlify", "a Netlify token", &["netlify"], "<b40-46>"),
    named("Pinecone", "a Pinecone key", &["pinecone"], "<h8>-<h4>-<h4>-<h4>-<h12>"),
    named("SerpApi", "a SerpApi key", &["serpapi", "serp"], "<h64>"),
    named("Serper", "a Serper key", &["serper"], "<h40>"),
    named("Smithery", "a Smithery key", &["smithery"], "<h8>-<h4>-<h4>-<h4>-<h12>"),
    named("Snyk", "a Snyk token", &["snyk"], "<h8>-<h4>-<h4>-<h4>-<h12>"),
    named("Telegram", "a Telegram bot token", &["telegram", "tg", "bot"], "<d8-10>:AA<b33>"),
    named("Todoist", "a Todoist token", &["todoist"], "<h40>"),
    named("Trello", "a Trello token", &["trello"], "<h32>"),
    named("Trello", "a Trello token", &["trello"], "ATTA<H64>"),
    named("Twilio", "a Twilio auth token", &["twilio"], "<h32>"),
    named("Vercel", "a Vercel token", &["vercel"], "<a24>"),
    named("n8n", "an n8n key", &["n8n"], "<h8>-<h4>-<h4>-<h4>-<h12>"),
];

/// Keys made to be seen: they identify, and give no right by themselves.
const PUBLIC: &[&str] = &[
    "pk_live_", "pk_test_", "pk-lf-", "pk.eyJ", "sb_publishable_", "phc_", "FLWPUBK", "ssh-rsa ", "ssh-ed25519 ",
    "ecdsa-sha2-", "age1", "-----BEGIN PUBLIC KEY", "-----BEGIN CERTIFICATE", "-----BEGIN RSA PUBLIC KEY", "-----BEGIN SSH2 PUBLIC",
    "-----BEGIN PGP PUBLIC",
];

pub(super) fn is_public(value: &str) -> bool {
    PUBLIC.iter().any(|start| value.starts_with(start))
}

/// A piece of a compiled shape.
#[derive(Clone, Copy)]
enum Piece {
    Text(&'static str),
    Class { class: u8, least: usize, most: usize },
}

fn compile(shape: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = shape;
    while !rest.is_empty() {
        let open = rest.find('<').unwrap_or(rest.len());
        if open > 0 {
            pieces.push(Piece::Text(&rest[..open]));
        }
        let Some((class, behind)) = rest.get(open + 1..).and_then(|inner| inner.split_once('>')) else { break };
        let (least, most) = class[1..].split_once('-').unwrap_or((&class[1..], &class[1..]));
        let number = |text: &str| text.parse().expect("a test reads every shape");
        pieces.push(Piece::Class { class: class.as_bytes()[0], least: number(least), most: number(most) });
        rest = behind;
    }
    pieces
}

fn is_in(class: u8, byte: u8) -> bool {
    match class {
        b'd' => byte.is_ascii_digit(),
        b'h' => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        b'H' => byte.is_ascii_hexdigit(),
        b'u' => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        b'l' => byte.is_ascii_digit() || byte.is_ascii_lowercase(),
        b'a' => byte.is_ascii_alphanumeric(),
        b'w' => byte.is_ascii_alphanumeric() || byte == b'_',
        b'b' => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
        _ => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-' | b'%'),
    }
}

/// Where a match that begins at `at` ends. The last class takes all it can;
/// a token that goes on behind it is another one.
fn ends(pieces: &[Piece], text: &[u8], at: usize) -> Option<usize> {
    let Some((piece, behind)) = pieces.split_first() else { return Some(at) };
    match *piece {
        Piece::Text(literal) => text[at..].starts_with(literal.as_bytes()).then(|| ends(behind, text, at + literal.len()))?,
        Piece::Class { class, least, most } => {
            let run = text[at..].iter().take(most + 1).take_while(|byte| is_in(class, **byte)).count();
            if behind.is_empty() {
                let open = text.get(at + run).is_some_and(|byte| byte.is_ascii_alphanumeric());
                return (run >= least && run <= most && !open).then_some(at + run);
            }
            // Only a class in front of a text can stop early.
            (least..=run.min(most)).rev().find_map(|length| ends(behind, text, at + length))
        }
    }
}

struct Compiled {
    formats: Vec<Vec<Piece>>,
    named: Vec<Vec<Piece>>,
    /// The formats that can begin with a byte, longest text first.
    by_first: Vec<Vec<usize>>,
    /// Those that begin with a class.
    open: Vec<usize>,
}

static COMPILED: LazyLock<Compiled> = LazyLock::new(|| {
    let formats: Vec<Vec<Piece>> = FORMATS.iter().map(|format| compile(format.shape)).collect();
    let mut by_first = vec![Vec::new(); 256];
    let mut open = Vec::new();
    for (index, pieces) in formats.iter().enumerate() {
        match pieces.first() {
            Some(Piece::Text(text)) => by_first[usize::from(text.as_bytes()[0])].push(index),
            _ => open.push(index),
        }
    }
    // `sk-ant-api03-…` is more than `sk-ant-…`.
    for list in &mut by_first {
        list.sort_by_key(|&index| std::cmp::Reverse(match formats[index].first() {
            Some(Piece::Text(text)) => text.len(),
            _ => 0,
        }));
    }
    Compiled { formats, named: NAMED.iter().map(|format| compile(format.shape)).collect(), by_first, open }
});

/// A key of a known vendor that begins at `at`, and where it ends.
pub(super) fn at(text: &str, at: usize) -> Option<(usize, &'static Format)> {
    let bytes = text.as_bytes();
    let first = *bytes.get(at)?;
    if at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
        return None;
    }
    let compiled = &*COMPILED;
    let open = if first.is_ascii_alphanumeric() { compiled.open.as_slice() } else { &[] };
    compiled.by_first[usize::from(first)].iter().chain(open).find_map(|&index| {
        let end = ends(&compiled.formats[index], bytes, at)?;
        Some((end, &FORMATS[index]))
    })
}

/// A value that its name makes a vendor's key; `words` are the name's.
pub(super) fn by_name(words: &[String], value: &str) -> Option<&'static Named> {
    NAMED.iter().enumerate().find_map(|(index, named)| {
        let fits = named.words.iter().any(|word| words.iter().any(|have| have == word));
        (fits && ends(&COMPILED.named[index], value.as_bytes(), 0) == Some(value.len())).then_some(named)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A made-up value of a shape.
    fn sample(shape: &'static str) -> String {
        let letters = |class| (0..=255u8).filter(move |byte| byte.is_ascii_alphanumeric() && is_in(class, *byte)).collect::<Vec<_>>();
        let mut text = String::new();
        for piece in compile(shape) {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Class { class, least, .. } => {
                    let letters = letters(class);
                    text.extend((0..least).map(|at| char::from(letters[(at * 7 + 3) % letters.len()])));
                }
            }
        }
        text
    }

    #[test]
    fn every_format_finds_its_own_sample() {
        for format in FORMATS {
            let text = sample(format.shape);
            let found = at(&text, 0).map(|(end, found)| (end, found.provider));
            assert_eq!(found.map(|found| found.0), Some(text.len()), "{} {}", format.kind, format.shape);
        }
        for named in NAMED {
            let words = vec![named.words[0].to_owned()];
            assert!(by_name(&words, &sample(named.shape)).is_some(), "{}", named.kind);
        }
    }

    #[test]
    fn a_longer_token_is_another_one() {
        let text = format!("{}0", sample("ghp_<a36>"));
        assert!(at(&text, 0).is_none());
        assert!(at(&format!("x{}", sample("ghp_<a36>")), 1).is_none());
    }
}
