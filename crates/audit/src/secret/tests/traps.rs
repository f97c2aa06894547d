//! What is no secret: a table for each class of trap.

use super::*;

/// Judged under names that make everything a secret that can be one.
fn none(values: &[&str]) {
    let mut wrong = Vec::new();
    for value in values {
        for name in ["API_TOKEN", "SERVICE_API_KEY", "DB_PASSWORD", "Authorization", "clientSecret"] {
            if let Some(verdict) = judge(name, value) {
                wrong.push(format!("{name}={value}: {}", verdict.kind));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[rustfmt::skip]
#[test]
fn references_of_clients() {
    none(&[
        "${X}", "${env:X}", "${input:x}", "${X:-}", "${X:-default}", "${X:?missing}", "${X-}", "$GITHUB_TOKEN",
        "$env:GITHUB_TOKEN", "Bearer $TOKEN", "Bearer ${TOKEN}", "Bearer ${env:TOKEN}", "Bearer {env:T}", "{env:T}",
        "{file:~/k}", "{file:./secrets/key.txt}", "%TOKEN%", "Bearer %TOKEN%", "{{ secrets.T }}", "{{TOKEN}}",
        "${{ inputs.T }}", "${{ secrets.GITHUB_TOKEN }}", "${config:x.token}", "${command:x.getToken}",
        "${user_config.api_key}", "${workspaceFolder}/key", "$(pass show key)", "$(cat /run/secrets/key)", "`cat key`",
        "env.KEY", "process.env.KEY", "import.meta.env.VITE_KEY", "os.environ['KEY']", "os.environ[\"KEY\"]",
        "System.getenv(\"KEY\")", "ENV['KEY']", "<%= ENV['KEY'] %>", "{{ .Values.token }}", "#{token}", "@@TOKEN@@",
        "https://x.dev/mcp?apiKey=${KEY}", "https://x.dev/mcp?token=$TOKEN", "postgres://me:${PW}@h/db",
        "postgres://$USER:$PASSWORD@h/db", "postgresql://{user}:{password}@{host}/db",
    ]);
}

#[rustfmt::skip]
#[test]
fn references_of_vaults() {
    none(&[
        "op://vault/item/field", "op://Private/OpenAI/credential", "{{ op://vault/item/field }}", "keychain:x-1",
        "keychain://x", "keyring:service/user", "vault:secret/data#key", "vault://secret/data/app#key",
        "vault:v1:secret/app", "doppler:KEY", "doppler://project/config/KEY", "infisical://project/dev/KEY",
        "infisical:KEY", "ENC[AES256_GCM,data:p673w==,iv:YY=,aad:UQ=,tag:A=]", "sops:secrets.yaml#key",
        "ref+awsssm://path", "ref+vault://secret/x#y", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-AbCdEf",
        "arn:aws:ssm:eu-west-1:123456789012:parameter/x", "aws-sm://prod/key", "aws-ssm:/prod/key",
        "gcp-sm://projects/p/secrets/s", "projects/123/secrets/key/versions/latest", "gsm://p/s",
        "azure-kv://vault/key", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/s/)",
        "https://v.vault.azure.net/secrets/key", "bw://item", "bws:id", "bitwarden://item/password", "1password:item",
        "pass:web/github", "pass://vault/item", "lpass:item", "gopass:web/github", "keepassxc://entry", "dl://item",
        "secret://name", "secretref:name", "secretKeyRef:name", "file:///run/secrets/key", "file:/run/secrets/key",
        "/run/secrets/openai_key", "~/.config/openai/key", "C:\\Users\\me\\key.txt", "env:GITHUB_TOKEN",
        "!secret github_token", "!env GITHUB_TOKEN", "credstore:github", "wincred:github", "akeyless:/path/key",
        "chamber:prod/key", "berglas://bucket/key", "teller:KEY", "cyberark:safe/object", "conjur:app/key",
    ]);
}

#[rustfmt::skip]
#[test]
fn placeholders_in_many_languages() {
    none(&[
        "", " ", "your-api-key", "YOUR_API_KEY", "<your key>", "<YOUR_API_KEY_HERE>", "[TOKEN]", "{API_KEY}", "((token))",
        "«token»", "xxxx", "sk-xxxxxxxxxxxx", "XXXX-XXXX", "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "changeme",
        "change-me", "CHANGE_ME", "change_me_please", "ChangeThis", "change-this-to-your-key", "…", "ghp_…", "sk-ant-...",
        "sk-...", "***", "********", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "ghp_XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
        "sk-your-key-here", "sk-proj-your-openai-api-key", "replace_me", "REPLACE_WITH_TOKEN", "replace-with-your-key",
        "TODO", "FIXME", "TBD", "insert-key", "insert-your-token-here", "INSERT_KEY_HERE", "enter your key here",
        "put-your-key-here", "paste-token-here", "add-your-key", "fill-me-in", "fill_in_your_key", "set-me", "my-token",
        "my_api_key", "myapikey", "api_key_goes_here", "api-key-here", "key-goes-here", "your.token.here", "FAKE_TOKEN",
        "dummy-key", "dummy", "fake-key-for-tests", "not-a-real-key", "not_a_real_token", "placeholder", "null", "none",
        "undefined", "N/A", "__TOKEN__", "__REPLACE_ME__", "0000000000", "1234567890", "123456789012345678901234",
        "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz0123456789", "00000000-0000-0000-0000-000000000000",
        "redacted", "REDACTED", "<redacted>", "[REDACTED]", "(hidden)", "removed-for-security", "see 1Password",
        "ask-your-admin", "get-from-dashboard", "obtain_from_console", "YOUR-KEY-FROM-https://x.dev/keys",
        // German
        "DEIN_API_KEY", "dein-schluessel", "ihr-schluessel", "ihr_api_schlüssel", "deinen-token-hier", "HIER_EINFUEGEN",
        "hier-eintragen", "schluessel-hier-einfuegen", "bitte-ersetzen", "beispiel-schluessel", "geheim-hier-eintragen",
        // French
        "votre-cle", "votre_clé_api", "VOTRE_CLE_API_ICI", "ta-cle-api", "REMPLACEZ_PAR_VOTRE_TOKEN", "a-remplacer",
        "a_completer", "mettez-votre-cle", "inserez-votre-cle-ici", "cle_ici", "exemple-de-cle",
        // Spanish
        "tu_clave", "tu_clave_aqui", "TU_API_KEY", "su-clave-api", "reemplazar_con_tu_clave", "coloca-tu-token-aqui",
        "inserta_tu_clave", "pon-tu-clave-aqui", "ingresa-tu-token", "clave-de-ejemplo", "cambiar-esto",
        // Portuguese
        "sua-chave", "SUA_CHAVE_API", "seu_token_aqui", "insira-sua-chave", "coloque_sua_chave_aqui", "substitua-isto",
        "chave-de-exemplo", "cole-seu-token-aqui",
        // Italian
        "la-tua-chiave", "LA_TUA_CHIAVE_API", "inserisci-la-tua-chiave", "il_tuo_token", "tuo-token-qui",
        "sostituisci-con-il-tuo-token", "chiave_qui",
        // Dutch, Swedish, Danish, Norwegian, Finnish
        "jouw-sleutel", "uw_api_sleutel", "vul-hier-in", "din-nyckel", "din_nyckel_här", "din-nøgle", "din_nøkkel_her",
        "indsæt-din-nøgle", "sinun-avaimesi",
        // Polish, Czech, Slovak, Hungarian, Romanian, Turkish
        "twoj-klucz", "TWÓJ_KLUCZ_API", "wstaw_swoj_klucz", "wpisz-tutaj", "vas-klic", "váš_klíč", "vlozte-klic-sem",
        "az-ön-kulcsa", "cheia-ta", "cheia_ta_aici", "sizin-anahtariniz", "anahtarınız", "anahtar_buraya",
        // Russian, Ukrainian, Greek
        "ваш_ключ", "ВАШ_ТОКЕН", "вставьте_ключ_сюда", "ключ-сюда", "ваш-токен-здесь", "ваш_ключ_тут", "το_κλειδί_σας",
        // Chinese, Japanese, Korean
        "在此填写", "你的密钥", "您的API密钥", "你的API_KEY", "请替换", "填入你的token", "ここにキー", "あなたのAPIキー", "여기에_키",
        "API_KEY_여기에", "your_密钥",
        // Vietnamese, Indonesian, Thai, Arabic, Hebrew, Hindi
        "khoa-cua-ban", "khóa_của_bạn", "kunci-anda", "masukkan-kunci-anda", "คีย์ของคุณ", "مفتاحك_هنا", "המפתח_שלך",
        "आपकी_कुंजी",
    ]);
}

#[rustfmt::skip]
#[test]
fn ordinary_values() {
    let mut wrong = Vec::new();
    for (name, value) in [
        // Counts, limits, times.
        ("MAX_TOKENS", "4096"), ("MAX_TOKENS", "q7Zk29dLm4Xw81Pz"), ("TOKEN_LIMIT", "200000"), ("TOKEN_TTL", "3600"),
        ("TOKEN_BUDGET", "8k"), ("MAX_OUTPUT_TOKENS", "25000"), ("maxTokens", "8192"), ("NUM_TOKENS", "5"),
        ("SESSION_TIMEOUT", "30m"), ("TOKEN_EXPIRY", "24h"), ("AUTH_RETRIES", "3"), ("firstTokenDate", "2025-07-23T03:27:24.018678Z"), ("pwd", "allow"), ("PWD", "/home/me"), ("LED_PIN", "13"), ("PASSWORD_MIN_LENGTH", "12"),
        ("PIN_COUNT", "4"), ("PASSWORD_ROTATION_DAYS", "90"),
        ("API_KEY", "@evil/server-github@6.6.6"), ("A_PASSWORD", "@scope/some-mcp@latest"), ("A_SECRET", "@scope/some_mcp"),
        // Prefixes, names, fields and other words about secrets.
        ("CACHE_KEY_PREFIX", "q7Zk29dLm4Xw81Pz"), ("REDIS_KEY_PREFIX", "app:v2:prod:cache:"), ("SECRET_NAME", "prod/db"),
        ("KEY_ALIAS", "alias/prod-2024-signing"), ("API_KEY_HEADER", "X-Api-Key"), ("TOKEN_HEADER_NAME", "X-Auth-Token"),
        ("PASSWORD_FIELD", "user_password_field_1"), ("TOKEN_ENV_VAR", "GITHUB_TOKEN_2024_PROD"), ("AUTH_MODE", "q7Zk29dLm4Xw81Pz"),
        ("AUTH_TYPE", "oauth2"), ("KEY_ALGORITHM", "ed25519"), ("SORT_KEY", "q7Zk29dLm4Xw81Pz"), ("PRIMARY_KEY", "id"),
        ("PARTITION_KEY", "tenant#2024"), ("JIRA_PROJECT_KEY", "PROJ2024ABCDEFGH"), ("KEY_VAULT_NAME", "kv-prod-weu-001"),
        ("SECRET_ARN", "q7Zk29dLm4Xw81Pz"), ("KEYCLOAK_REALM", "q7Zk29dLm4Xw81Pz"), ("TOKENIZER", "q7Zk29dLm4Xw81Pz"),
        ("TOKENIZERS_PARALLELISM", "false"), ("MONKEY", "q7Zk29dLm4Xw81Pz"), ("KEYBOARD_LAYOUT", "q7Zk29dLm4Xw81Pz"),
        ("HOTKEY", "Ctrl+Shift+F12"), ("AUTHOR", "Ana Q7Zk29 dLm4Xw81Pz"), ("PASSENGER_ID", "q7Zk29dLm4Xw81Pz"),
        ("COMPASS_MODE", "q7Zk29dLm4Xw81Pz"), ("BYPASS", "q7Zk29dLm4Xw81Pz"),
        // Ids.
        ("CLIENT_ID", "q7Zk29dLm4Xw81Pz"), ("GOOGLE_CLIENT_ID", "123456789012-q7zk29dlm4xw81pz.apps.googleusercontent.com"),
        ("AWS_ACCESS_KEY_ID_ALIAS", "main"), ("TENANT_ID", "8f14e45f-ceea-467f-a0e6-0123456789ab"), ("KEY_ID", "q7Zk29dLm4Xw81Pz"),
        ("TOKEN_ID", "8f14e45f-ceea-467f-a0e6-0123456789ab"), ("SECRET_ID", "8f14e45f-ceea-467f-a0e6-0123456789ab"),
        ("ACCOUNT_ID", "0123456789abcdef0123456789abcdef"), ("APP_ID", "123456"), ("PROJECT_REF", "abcdwxyzefghstuvijkl"),
        ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"), ("TOKEN_ADDRESS", "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"),
        ("COMMIT", "4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2"), ("IMAGE", "x@sha256:4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d24f5e6d7c8b9a0f1e2d3c4b5a"),
        // Paths, places, URLs without userinfo.
        ("SSH_KEY_FILE", "/home/me/.ssh/id_ed25519"), ("PRIVATE_KEY", "~/.ssh/key.pem"), ("PRIVATE_KEY_PATH", "keys/prod.pem"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/home/me/service-account-8f14e45f.json"), ("SSH_KEY", "C:\\Users\\me\\.ssh\\id_rsa"),
        ("TOKEN_FILE", "x"), ("PASSWORD_FILE", "x"), ("TOKEN_URL", "https://auth.dev/token"), ("AUTH_URL", "https://auth.dev/oauth2/authorize?client_id=q7Zk29dLm4Xw81Pz"),
        ("API_KEY_URL", "https://x.dev/keys"), ("SENTRY_DSN", "https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.io/4"),
        ("DATABASE_URL", "postgresql://localhost:5432/app"), ("MONGODB_URI", "mongodb://localhost:27017/db"), ("DATABASE_URL", "sqlite:///data/app.db"),
        ("REDIS_URL", "redis://cache:6379/0"), ("GIT_URL", "git+ssh://git@github.com/o/r.git"), ("DOCS", "https://docs.google.com/document/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit"),
        ("URL", "https://mcp.example.com/mcp?project_ref=abcdwxyzefghstuvijkl&features=docs"), ("REGION", "eu-west-1"),
        ("AUTH_HOST", "auth.internal:8443"), ("AUTH", "me@mail.dev"), ("PORT", "8080"),
        // Publishable keys.
        ("PUBLIC_KEY", "q7Zk29dLm4Xw81Pz"), ("STRIPE_KEY", "pk_live_q7Zk29dLm4Xw81Pz"), ("STRIPE_PUBLISHABLE_KEY", "pk_test_q7Zk29dLm4Xw81Pz"),
        ("LANGFUSE_PUBLIC_KEY", "pk-lf-8f14e45f-ceea-467f-a0e6-0123456789ab"), ("POSTHOG_API_KEY", "phc_q7Zk29dLm4Xw81PzTnKc4JdYp91Wm2Xr5Vb8Lq"),
        ("SUPABASE_KEY", "sb_publishable_q7Zk29dLm4Xw81PzTnKc4J_dYp91Wm2"), ("MAPBOX_TOKEN", "pk.eyJ1IjoibWUiLCJhIjoiY2x4In0.q7Zk29dLm4Xw81PzTnKc4J"),
        ("RECAPTCHA_SITE_KEY", "6Lq7Zk29dLm4Xw81PzTnKc4JdYp91Wm2Xr5Vb8Lq"), ("SSH_PUBLIC_KEY", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIQ7Zk29dLm4Xw81PzTnKc4JdYp91Wm2Xr5Vb8Lq me@host"),
        ("NEXT_PUBLIC_API_KEY", "q7Zk29dLm4Xw81Pz"), ("SUPABASE_ANON_KEY", "q7Zk29dLm4Xw81Pz"),
        // Booleans, models, versions, kinds.
        ("USE_TOKEN", "true"), ("AUTH", "none"), ("AUTH", "bearer"), ("REQUIRE_PASSWORD", "no"), ("MODEL", "claude-3-7-sonnet-20250219"),
        ("TOKEN_MODEL", "gpt-4o-mini-2024-07-18"), ("API_VERSION", "2024-06-01"), ("AUTH_VERSION", "v2.14.0"), ("SECRET_BACKEND", "keychain"),
        ("PASSWORD_STORE", "gnome-libsecret"), ("KEYRING_BACKEND", "q7Zk29dLm4Xw81Pz"), ("OAUTH_SCOPES", "read:jira-work,write:jira-work"),
        ("AUTH_PROVIDER", "azuread-openidconnect"), ("LOG_LEVEL", "debug"), ("NODE_ENV", "production"), ("TOOLS", "a1,b2,c3,search,fetch"),
    ] {
        if let Some(verdict) = judge(name, value) {
            wrong.push(format!("{name}={value}: {}", verdict.kind));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[rustfmt::skip]
#[test]
fn words_of_a_launch_line() {
    let mut wrong = Vec::new();
    for word in [
        "@modelcontextprotocol/server-github@2025.4.8", "mcp-server-git==2025.1.14", "git+https://github.com/o/r@4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2",
        "ghcr.io/github/github-mcp-server:0.20.1", "mcp/time@sha256:4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d24f5e6d7c8b9a0f1e2d3c4b5a",
        "--api-key-env=MY_SERVICE_API_KEY", "--token-file=/run/secrets/token", "--max-tokens=4096", "--key-prefix=prod:v2:",
        "--header=Authorization:${AUTH}", "Authorization: Bearer ${TOKEN}", "-eGITHUB_TOKEN", "GITHUB_TOKEN", "1000:1000",
        "/home/me/secret-projects/key-2024-report-v12/data", "C:\\keys\\prod\\token-store\\v2", "--user-data-dir=/tmp/token-cache-8f14e45f",
        "token-optimizer-mcp@1.2.3", "@x/secret-scanner-mcp@2024.10.3", "key-value-store-mcp", "--scope=repo:read,token:write",
        "--project-ref=abcdwxyzefghstuvijkl", "--session-name=dev-2024-10-03-a1b2", "figma-developer-mcp", "--transport=stdio",
        "https://mcp.example.com/mcp", "https://mcp.example.com/sse?client_id=q7Zk29dLm4Xw81Pz", "postgresql://localhost/db",
        "{\"mode\":\"token\",\"keyId\":\"8f14e45f-ceea-467f-a0e6-0123456789ab\"}", "import secret_manager; secret_manager.main()", ":param password: New password of the user", "`password: true`",
        "commit 4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2", "github.com/o/r/blob/4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2/x.py",
    ] {
        wrong.extend(find(word).into_iter().map(|found| format!("{word}: {}", found.verdict.kind)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
