use proptest::prelude::*;

use super::*;

fn confidence(name: &str, value: &str) -> Option<Confidence> {
    judge(name, value).map(|verdict| verdict.confidence)
}

/// Letters and digits that follow no pattern; the same for the same seed.
fn noise(length: usize, mut seed: u64) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::new();
    for _ in 0..length {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push(char::from(LETTERS[(seed >> 33) as usize % LETTERS.len()]));
    }
    text
}

mod traps;

#[test]
fn what_begins_with_a_slash_is_a_path_only_if_it_reads_like_one() {
    for (value, secret) in [
        ("/home/ana/keys/service account (old).json", false),
        ("/run/secrets/api_key", false),
        ("~/.config/app/key", false),
        ("/Aygu/P3[zid'N-3V)Z#", true),
        ("/7q'Lm[Zx#9vRt&2wKe", true),
    ] {
        assert_eq!(confidence("API_KEY", value).is_some(), secret, "{value}");
    }
}

#[test]
fn a_reference_to_a_moved_key_is_no_secret_wherever_it_stands() {
    for label in ["KEY", "API_KEY", "GITHUB_TOKEN", "PASSWORD"] {
        let reference = warder_launch::vault::Handle::new(label, [0x5a; 16]).reference();
        for text in [
            reference.clone(),
            format!("--api-key={reference}"),
            format!("Authorization: Bearer {reference}"),
            format!("https://mcp.example.com/mcp?api_key={reference}&a=b"),
            format!("https://mcp.example.com/token/{reference}"),
            format!("postgresql://app:{reference}@db.example.com/app?sslmode=require"),
            format!("{{\"api_key\": \"{reference}\", \"n\": 1}}"),
            format!("GITHUB_TOKEN={reference}"),
        ] {
            assert_eq!(find(&text), [], "{text}");
            assert_eq!(judge("token", &text), None, "{text}");
        }
        let beside = format!("--token={} --other={reference}", noise(40, 7));
        assert_eq!(find(&beside).len(), 1, "{beside}");
    }
}

#[test]
fn vendors_keys_are_confirmed_under_any_name() {
    for (value, kind, provider) in [
        (format!("github_pat_{}_{}", noise(22, 1), noise(59, 1)), "a fine-grained GitHub token", "GitHub"),
        (format!("sk-proj-{}", noise(120, 2)), "an OpenAI project key", "OpenAI"),
        (format!("sk-ant-api03-{}AA", noise(93, 3)), "an Anthropic API key", "Anthropic"),
        (format!("xoxb-123456789012-{}", noise(40, 4)), "a Slack bot token", "Slack"),
        (format!("AIza{}", noise(35, 5)), "a Google API key", "Google"),
        (format!("Bearer ghr_{}", noise(36, 6)), "a GitHub refresh token", "GitHub"),
    ] {
        let verdict = judge("ANYTHING", &value).expect("a key of a vendor");
        assert_eq!(
            (verdict.kind.as_str(), verdict.provider, verdict.confidence),
            (kind, Some(provider), Confidence::Confirmed)
        );
        assert!(!format!("{verdict:?}").contains(&value));
    }
}

#[test]
fn the_name_and_the_entropy_decide_the_rest() {
    let random = noise(24, 7);
    assert_eq!(confidence("SERVICE_API_KEY", &random), Some(Confidence::High));
    assert_eq!(confidence("apiKey", &random), Some(Confidence::High));
    assert_eq!(confidence("X-Api-Key", &random), Some(Confidence::High));
    assert_eq!(confidence("SERVICE_MODE", &random), None);
    assert_eq!(confidence("", &random), None);
    assert_eq!(confidence("DB_PASSWORD", "hunter2"), Some(Confidence::Medium));
    for weak in ["postgres", "password", "admin", "1234"] {
        assert_eq!(confidence("POSTGRES_PASSWORD", weak), Some(Confidence::Medium), "{weak}");
    }
    assert_eq!(confidence("DATADOG_API_KEY", "7d9f8b6c05e31f2a4c6b8d0e92a7f513"), Some(Confidence::Confirmed));
}

#[test]
fn a_text_of_settings_is_judged_part_by_part() {
    for value in [
        "host=db user=sa password=Gr8Passw0rd!77",
        "Server=db.x.io;User Id=sa;Password=Gr8Passw0rd!77;",
        "-Ddb.password=Gr8Passw0rd!77",
    ] {
        assert!(judge("CONN", value).is_some(), "{value}");
    }
    for value in ["host=db user=sa password=your-password", "a=1 b=2"] {
        assert_eq!(judge("CONN", value), None, "{value}");
    }
    // In a line of words a flag is as good as an argument of its own.
    let line = "TOKEN=q8Zr2LmW0xVb7TnKc4JdYp91 node /srv/a.js --key=kkkk9999jjjj8888ll";
    let found: Vec<&str> = find(line).into_iter().map(|found| &line[found.range]).collect();
    assert_eq!(found, ["q8Zr2LmW0xVb7TnKc4JdYp91", "kkkk9999jjjj8888ll"]);
}

#[test]
fn the_name_of_a_keychain_item_is_no_secret() {
    for text in
        ["keychain:API_TOKEN-wmjvfooxju5htgpsurdhiuode4", "A='keychain:my/API_TOKEN-wmjvfooxju5htgpsurdhiuode4'"]
    {
        assert_eq!(find(text), [], "{text}");
    }
    assert_eq!(find("API_TOKEN-wmjvfooxju5htgpsurdhiuode4").len(), 1);
}

/// Names that servers document for their keys.
#[rustfmt::skip]
#[test]
fn names_that_announce_a_secret() {
    let key = noise(40, 30);
    let mut silent = Vec::new();
    for name in [
        "GITHUB_PERSONAL_ACCESS_TOKEN", "GITLAB_PERSONAL_ACCESS_TOKEN", "NOTION_INTERNAL_INTEGRATION_TOKEN", "CONFLUENCE_PAT",
        "DD_APP_KEY", "DD_API_KEY", "TWITTER_API_SECRET_KEY", "X_BEARER_TOKEN", "SNOWFLAKE_PASSWORD", "OPENAI_KEY", "MAPS_APIKEY",
        "SLACK_MCP_XOXC_TOKEN", "HA_TOKEN", "LINKEDIN_COOKIE", "AIRTABLE_PAT", "DB_PASS", "DB_PWD", "MYSQL_PWD", "PGPASSWORD",
        "REDIS_PW", "STRAVA_REFRESH_TOKEN", "SESSION_COOKIE", "AUTH_TOKEN", "BASIC_AUTH", "JWT_SECRET", "NEXTAUTH_SECRET",
        "SECRET_KEY_BASE", "ENCRYPTION_KEY", "SIGNING_KEY", "MASTER_KEY", "SERVICE_ROLE_KEY", "LICENSE_KEY", "WEBHOOK_SECRET",
        "CLIENT_SECRET", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AZURE_CLIENT_SECRET", "STORAGE_ACCOUNT_KEY", "ACCOUNT_KEY",
        "SUBSCRIPTION_KEY", "Ocp-Apim-Subscription-Key", "x-api-key", "X-Auth-Token", "X-Goog-Api-Key", "PRIVATE-TOKEN", "Api-Token",
        "apikey", "apiToken", "accessToken", "clientSecret", "privateKey", "bot_token", "userPassword", "smtpPass", "GH_TOKEN",
        "API_KEY_2", "TOKEN2", "KEY", "TOKEN", "PASSWORD", "SECRET", "api.key", "my.service.token", "OPENAIAPIKEY", "dbpassword",
        "FIGMA_API_KEY", "exaApiKey", "tavilyApiKey", "API_TOKENS", "AUTHORIZATION", "Proxy-Authorization",
        "VAULT_TOKEN", "KUBE_TOKEN", "JENKINS_API_TOKEN", "ES_API_KEY", "WIX_API_KEY", "SENTRY_AUTH_TOKEN", "SF_SECURITY_TOKEN",
        "WALLET_PRIVATE_KEY", "ETH_PRIVATE_KEY", "SOLANA_PRIVATE_KEY", "DEPLOYER_KEY", "SSH_PASSPHRASE", "GPG_PASSPHRASE",
        "SEED_PHRASE", "SERVICE_KEY", "APP_SECRET", "APP_PASSWORD", "GMAIL_APP_PASSWORD", "EMAIL_PASSWORD", "IMAP_PASS",
    ] {
        silent.extend(judge(name, &key).is_none().then_some(name));
    }
    assert_eq!(silent, Vec::<&str>::new());
}

#[test]
fn web_tokens_are_read_not_guessed() {
    let token = |claims: &str| {
        let encode = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
        format!("{}.{}.{}", encode(r#"{"alg":"HS256","typ":"JWT"}"#), encode(claims), noise(43, 8))
    };
    assert_eq!(confidence("SUPABASE_KEY", &token(r#"{"role":"service_role"}"#)), Some(Confidence::Confirmed));
    assert_eq!(confidence("SUPABASE_KEY", &token(r#"{"role":"anon"}"#)), None);
    assert_eq!(confidence("Authorization", &format!("Bearer {}", token(r#"{"role":"anon"}"#))), None);
}

#[test]
fn keys_hide_in_all_kinds_of_places() {
    let key = noise(32, 20);
    let basic = data_encoding::BASE64.encode(format!("me@mail.dev:{}", noise(12, 21)).as_bytes());
    let seed = "army van defense carry jealous true garbage claim echo media make crunch";
    let pem = |body: &str| format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----");
    let encoded = data_encoding::BASE64.encode(pem(&noise(300, 22)).as_bytes());
    for (name, value) in [
        ("", format!(r#"{{"apiKey":"{key}","mode":"your-mode"}}"#)),
        ("CONFIG", format!(r#"{{"auth":{{"token":"{key}"}}}}"#)),
        ("", format!(r#""{{\"API_KEY\":\"{key}\"}}""#)),
        ("", format!("--header=X-Api-Key: {key}")),
        ("Authorization", format!("Basic {basic}")),
        ("", format!("Authorization: Basic {basic}")),
        ("", format!("https://mcp.dev/mcp?apiKey={key}")),
        ("", format!("https://mcp.dev/token/{key}/sse")),
        ("URL", format!("https://mcp.dev/s/{key}/mcp")),
        ("", format!("https://eth-mainnet.g.alchemy.com/v2/{key}")),
        ("CONNECTION", format!("Server=db.dev;Database=app;User Id=me;Password={key};")),
        ("CONNECTION", format!("host=db.dev user=me password={key} dbname=app")),
        ("STORAGE", format!("DefaultEndpointsProtocol=https;AccountName=a;AccountKey={key}{key}==;")),
        ("DSN", format!("amqps://me:{key}@queue.dev/vhost")),
        ("CLONE", format!("https://oauth2:{key}@git.dev/o/r.git")),
        ("FALLBACK", format!("${{API_KEY:-{key}}}")),
        ("MNEMONIC", seed.to_owned()),
        ("SSH_KEY", pem(&noise(200, 23))),
        ("SSH_KEY", pem(&noise(200, 23)).replace('\n', "\\n")),
        ("KEY_BASE64", encoded),
        ("", format!("curl -u me:{key} https://x.dev")),
        ("", format!("stripe SECRET {key}")),
        ("", format!("wandb {}", "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2")),
    ] {
        assert!(judge(name, &value).is_some(), "{name}={value}");
        assert!(!format!("{:?}", find(&value)).contains(&key));
    }
}

#[test]
fn the_form_says_how_far_a_key_reaches() {
    let token = |claims: &str| {
        let encode = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
        format!("{}.{}.{}", encode(r#"{"alg":"HS256","typ":"JWT"}"#), encode(claims), noise(43, 8))
    };
    for (value, reach) in [
        (format!("ghp_{}", noise(36, 1)), Some(Reach::Everything)),
        (format!("github_pat_{}_{}", noise(22, 2), noise(59, 3)), Some(Reach::Chosen)),
        (format!("AKIA{}", noise(16, 4).to_uppercase()), Some(Reach::Endless)),
        (format!("ASIA{}", noise(16, 5).to_uppercase()), Some(Reach::Passing)),
        (format!("xoxp-123456789012-{}", noise(40, 6)), Some(Reach::Everything)),
        (format!("sk_live_{}", noise(24, 7)), Some(Reach::Everything)),
        (format!("rk_live_{}", noise(24, 8)), Some(Reach::Chosen)),
        (format!("glpat-{}", noise(20, 9)), Some(Reach::Unsaid)),
        (format!("sk-admin-{}", noise(120, 10)), Some(Reach::Admin)),
        (format!("sk-ant-admin01-{}", noise(93, 11)), Some(Reach::Admin)),
        (token(r#"{"role":"service_role","exp":2000000000}"#), Some(Reach::Everything)),
        (token(r#"{"sub":"1"}"#), Some(Reach::Endless)),
        (token(r#"{"sub":"1","exp":2000000000}"#), Some(Reach::Passing)),
        (noise(32, 12), None),
    ] {
        let verdict = judge("API_KEY", &value).expect("a secret");
        assert_eq!(verdict.reach, reach, "{}", verdict.kind);
    }
}

#[test]
fn examples_that_count_up_are_less_sure() {
    for (name, value) in [
        ("API_KEY", "abc123def456ghi789jkl012mno345pqr678stu901vwx234"),
        ("API_KEY", "1a2b3c4d5e6f7g8h9i0j1k2l3m4n5o6p"),
        ("GITHUB_TOKEN", "ghp_aBcDeFgHiJkLmNoPqRsTuVwXyZ1234567890"),
    ] {
        assert_eq!(confidence(name, value), Some(Confidence::Medium), "{value}");
    }
    assert_eq!(confidence("API_KEY", &noise(40, 31)), Some(Confidence::High));
}

#[test]
fn defaults_and_passwords_of_this_computer_are_weak() {
    for (name, value, weak) in [
        ("DB_PASSWORD", "postgres", true),
        ("DB_PASSWORD", "hunter2-and-more", false),
        ("DATABASE_URL", "postgresql://postgres:postgres@db.dev/app", true),
        ("DATABASE_URL", "postgresql://app:Xk29dLm4@localhost:5432/app", true),
        ("DATABASE_URL", "postgresql://app:Xk29dLm4@127.0.0.1/app", true),
        ("DATABASE_URL", "postgresql://app:Xk29dLm4@[::1]:5432/app", true),
        ("DATABASE_URL", "postgresql://app:Xk29dLm4@db.dev:5432/app", false),
    ] {
        assert_eq!(judge(name, value).map(|verdict| verdict.weak_default), Some(weak), "{name}={value}");
    }
}

#[test]
fn passwords_in_urls() {
    for (url, expected) in [
        ("postgresql://app:Xk29dLm4@db.dev:5432/app", Some(Confidence::Confirmed)),
        ("postgresql://postgres:postgres@localhost/app", Some(Confidence::Medium)),
        ("postgresql://user:password@localhost/db", None),
        ("postgresql://USER:PASSWORD@HOST/db", None),
        ("postgresql://ai:***@localhost/ai", None),
        ("postgres://app:Xk29dLm4@${HOST}/db", Some(Confidence::Confirmed)),
        ("redis://:Xk29dLm4@cache:6379", Some(Confidence::Confirmed)),
        ("https://mcp.dev/sse?api_key=Xk29dLm4Qw81PzTn", Some(Confidence::High)),
        ("https://mcp.dev/sse?project_ref=Xk29dLm4Qw81PzTn", None),
        ("mongodb://localhost:27017/db", None),
    ] {
        assert_eq!(confidence("DATABASE_URL", url), expected, "{url}");
    }
}

#[test]
fn a_value_in_json_goes_to_its_own_end() {
    let key = noise(24, 7);
    for end in [r"\n\tz8", r#"\"x\\"#, r"\u00fc"] {
        let written = format!("{key}{end}");
        let text = format!("{{\"mode\": \"fast\", \"apiKey\": \"{written}\", \"more\": \"\"}}");
        let found: Vec<&str> = find(&text).into_iter().map(|found| &text[found.range]).collect();
        assert_eq!(found, [written.as_str()], "{text}");
    }
}

#[test]
fn find_gives_the_value_alone() {
    let key = noise(32, 9);
    for (before, after) in [
        ("--api-key=", ""),
        ("Authorization: Bearer ", ""),
        ("authorization:Bearer ", ""),
        ("Authorization: Token ", ""),
        ("https://mcp.dev/sse?apiKey=", "&x=1"),
        ("postgres://me:", "@host/db"),
        (r#"{"apiKey":""#, r#""}"#),
        (r#""{\"API_KEY\":\""#, r#"\"}""#),
        ("TOKEN=", " npx -y pkg"),
        ("Server=x;Password=", ";"),
    ] {
        let text = format!("{before}{key}{after}");
        let found: Vec<_> = find(&text).into_iter().map(|found| found.range).collect();
        assert_eq!(found.as_slice(), std::slice::from_ref(&(before.len()..before.len() + key.len())), "{before}");
    }
    let basic = r#""Authorization": "Basic bWU6cG9zdGdyZXM=""#;
    assert_eq!(find(basic).iter().map(|one| one.verdict.weak_default).collect::<Vec<_>>(), [true]);
    assert_eq!(find("Authorization:${TOKEN}"), []);
    assert_eq!(find(r#"{"key":"ctrl+shift+p"}"#), []);
    assert_eq!(find("Bearer of news, basic training"), []);
}

#[test]
fn a_reference_of_ours_is_no_secret_wherever_it_stands() {
    let ours = "keychain:SOME_TOKEN-lynzyqwxa35ih3lqwuxgqwkma4";
    for (name, value) in [
        ("TOKEN", ours.to_owned()),
        ("Authorization", format!("Bearer {ours}")),
        ("Cookie", format!("session={ours}")),
        ("", format!("https://mcp.example.com/mcp?api_key={ours}&set=all")),
        ("", format!("https://ana:{ours}@mcp.example.com/mcp")),
        ("", format!("https://mcp.example.com/token/{ours}/mcp")),
    ] {
        assert_eq!((judge(name, &value), find(&value).len()), (None, 0), "{value}");
    }
    let beside = format!("https://ana:{ours}@mcp.example.com/mcp?token=q8Zr2LmW0xVb7TnKc4JdYp91");
    assert!(judge("", &beside).is_some());
    assert_eq!(&beside[find(&beside)[0].range.clone()], "q8Zr2LmW0xVb7TnKc4JdYp91");
}

#[test]
fn a_private_key_is_found_whole() {
    let block = format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----", noise(128, 10));
    let text = format!("key: {block}\n");
    let found = find(&text);
    assert_eq!(found.len(), 1);
    assert_eq!(&text[found[0].range.clone()], block);
    assert_eq!(
        judge("KEY", "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----"),
        None
    );
}

#[test]
fn flags_that_take_secrets() {
    for flag in [
        "--token",
        "--api-key",
        "--access-token",
        "--password",
        "-password",
        "--figma-api-key=x",
        "--key",
        "--apiKey",
        "--client-secret",
    ] {
        assert!(flag_takes_secret(flag), "{flag}");
    }
    for flag in [
        "--api-key-env",
        "--token-limit",
        "--max-tokens",
        "--key-file",
        "-k",
        "token",
        "--tokenizer",
        "--auth-mode",
        "--url",
        "--public-key",
    ] {
        assert!(!flag_takes_secret(flag), "{flag}");
    }
}

#[test]
fn long_hostile_texts_take_linear_time() {
    for piece in [
        "key=",
        "eyJ.",
        "-----BEGIN PRIVATE KEY-----",
        "Bearer ",
        "://a:b@",
        "ghp_",
        "glpat-",
        "?key=a&",
        "\u{e9}=",
        "\"token\":\"",
        "${",
        "a.atlasv1.",
        "key-",
        "key a1b2c3d4e5f6a7b8 ",
        "x-y_z.",
        "curl -u ",
        "/token/mcp/",
        "bedrock-api-key-",
        "MTAyOTQ4MTN5OTU5MTDwMEcx.",
        "$argon2id$v=19$m=1,t=1,p=1$",
    ] {
        let text = piece.repeat(20_000 / piece.len());
        find(&text);
        judge("API_KEY", &text);
    }
}

proptest! {
    #[test]
    fn any_text_is_judged_and_ranges_hold(name in ".{0,20}", value in "(\\PC|key=|://|Bearer |eyJ|[{}$\"'@:?&\\\\]){0,60}") {
        judge(&name, &value);
        flag_takes_secret(&name);
        let mut end = 0;
        for found in find(&value) {
            prop_assert!(found.range.start >= end && value.get(found.range.clone()).is_some());
            end = found.range.end;
        }
    }
}
