//! What is certainly no secret: references, placeholders, ordinary values.

use data_encoding::BASE64URL_NOPAD;

/// `NAME` as a shell takes it.
pub(super) fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What the editors put in for `${…}`.
pub(super) fn is_editor_variable(inner: &str, prefixes: &[&str]) -> bool {
    let plain = ["userHome", "workspaceFolder", "workspaceFolderBasename", "pathSeparator", "/", "cwd"];
    match inner.split_once(':') {
        Some((prefix, rest)) => (prefixes.contains(&prefix) || prefix == "workspaceFolder") && !rest.is_empty(),
        None => plain.contains(&inner),
    }
}

/// A reference of any client, shell, template or vault.
pub(super) fn is_reference(value: &str) -> bool {
    const VAULTS: &[&str] = &[
        "op://", "keychain:", "keyring:", "vault:", "vault://", "doppler:", "doppler://", "infisical:", "infisical://", "aws-sm:", "aws-ssm:",
        "awssm:", "ssm:", "gcp-sm:", "gcpsm:", "azure-kv:", "azurekv:", "akv:", "bw:", "bws:", "bitwarden:", "1password:", "onepassword:",
        "lastpass:", "pass:", "secret://", "secrets:", "secretref:", "sops:", "ref+", "env:", "env.", "process.env.", "import.meta.env.",
        "os.environ", "arn:aws:secretsmanager:", "arn:aws:ssm:", "@Microsoft.KeyVault(", "file:", "input:", "keepass:", "dashlane:", "dl://",
        "proton-pass:", "pass://", "secretsmanager:", "projects/", "valueFrom:", "!secret", "!env", "@secret", "@env",
    ];
    let bare = strip_scheme(value);
    VAULTS.iter().any(|start| bare.starts_with(start))
        || ["${", "$(", "{{", "{env:", "{file:", "{cmd:", "<%", "#{", "{secret", "{keychain"].iter().any(|mark| value.contains(mark))
        || bare.strip_prefix('$').is_some_and(is_shouted)
        || bare.strip_prefix("$env:").is_some_and(is_variable)
        || bare.len() > 2 && bare.starts_with('%') && bare.ends_with('%') && is_variable(&bare[1..bare.len() - 1])
        || bare.len() > 1 && bare.starts_with('`') && bare.ends_with('`')
}

/// `$ecret` may be a password, `$SECRET` is a name.
fn is_shouted(name: &str) -> bool {
    is_variable(name) && !name.contains(|c: char| c.is_ascii_lowercase()) || is_variable(name) && name.contains('_')
}

/// The value behind `Bearer`, `Basic`, `Token`.
pub(super) fn strip_scheme(value: &str) -> &str {
    match value.split_once(char::is_whitespace) {
        Some((scheme, rest)) if super::text::SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) => rest.trim_start(),
        _ => value,
    }
}

/// A text that asks for a value, or stands for one.
pub(super) fn is_placeholder(value: &str, password: bool) -> bool {
    let value = strip_scheme(value).trim_matches(['"', '\'']);
    let (Some(first), Some(last)) = (value.chars().next(), value.chars().last()) else { return true };
    let enclosed = matches!((first, last), ('<', '>') | ('[', ']') | ('{', '}') | ('(', ')') | ('«', '»') | ('【', '】'))
        || value.len() > 4 && value.starts_with("__") && value.ends_with("__");
    enclosed && value.len() > 1 && !value.contains('"')
        || value.contains("...")
        || value.contains(['…', '•', '●'])
        || value.contains("***")
        || is_filler(value)
        || is_run(value)
        || value.chars().any(is_ideograph)
        || asks(value, password)
}

/// Han, kana, Hangul: no key has them, and a hint in those scripts does.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{ff00}'..='\u{ffef}')
}

/// `xxxx`, `xxx-xxx`, `sk-xxxxxxxx`, `ghp_0000…`, `---`.
fn is_filler(value: &str) -> bool {
    let body = value.rsplit_once(['_', '-']).map_or(value, |(_, body)| body);
    let same = |text: &str| {
        let mut letters = text.chars().filter(|c| c.is_alphanumeric() || *c == '*');
        let first = letters.next();
        first.is_none_or(|first| letters.all(|letter| letter.eq_ignore_ascii_case(&first)))
    };
    let run = |text: &str, least: usize| {
        let bytes = text.as_bytes();
        bytes.windows(least).any(|window| window.iter().all(|b| matches!(b, b'x' | b'X')))
    };
    value.chars().count() >= 3 && same(value) || body.len() >= 4 && same(body) || run(value, 6)
}

/// `1234567890`, `abcdefghijklmnopqrstuvwxyz`: the whole value counts up.
fn is_run(value: &str) -> bool {
    let bytes = value.as_bytes();
    let up = |pair: &[u8]| pair[1] == pair[0].wrapping_add(1) || pair[0] == b'9' && pair[1] == b'0' || pair[0] == b'Z' && pair[1] == b'a'
        || pair[0] == b'z' && pair[1] == b'0' || pair[0] == b'9' && pair[1].eq_ignore_ascii_case(&b'a') || pair[0] == b'0' && pair[1].eq_ignore_ascii_case(&b'a');
    bytes.len() >= 9 && bytes.windows(2).all(up)
}

/// Words of a request in several languages.
fn asks(value: &str, password: bool) -> bool {
    /// Nobody writes these into a key.
    const ASKING: &[&str] = &[
        "your", "yours", "yourkey", "yourtoken", "changeme", "replaceme", "replace", "placeholder", "example", "redacted", "insert", "dummy", "fake", "sample",
        "removed", "todo", "fixme", "undefined", "masked", "hidden", "omitted", "notset", "unset", "deine", "deinen", "dein", "ihren", "ihre", "votre", "remplacez",
        "remplacer", "ersetzen", "ersetze", "eintragen", "coloque", "reemplazar", "reemplaza", "inserire", "inserisci", "insira", "substitua", "sostituisci",
        "mettre", "mettez", "paste", "vervang", "wstaw", "vstavte", "сюда", "ваш", "вставьте", "замените", "tu-clave", "put", "placeholder", "configure",
    ];
    /// Those that make a sentence or a mere name of a thing.
    const PLAIN: &[&str] = &[
        "my", "the", "some", "a", "an", "this", "that", "is", "in", "to", "of", "for", "and", "or", "if", "goes", "here", "api", "key", "keys", "token",
        "secret", "access", "auth", "value", "string", "test", "testing", "enter", "add", "change", "me", "it", "none", "null", "nil", "na", "tbd", "xxx",
        "personal", "bot", "app", "client", "private", "public", "sk", "pk", "ghp", "xoxb", "xoxp", "ant", "not", "real", "set", "empty", "any", "foo",
        "bar", "baz", "see", "from", "get", "use", "new", "user", "username", "hier", "ici", "aqui", "ton", "tu", "su", "sua", "seu", "mon", "mein", "cle",
        "clave", "chave", "chiave", "schluessel", "schlüssel", "clé", "aquí", "contraseña", "jeton", "invalid", "demo", "mock", "stub", "default",
        "blank", "required", "optional", "local", "dev", "development",
    ];
    let lower = value.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    if words.peek().is_none() {
        return true;
    }
    let glued = ["yourapi", "your_", "your-", "yourkey", "yourtoken", "yoursecret", "yourpassword", "mytoken", "mykey", "mysecret", "myapikey", "insertyour", "enteryour", "apikeyhere", "keyhere", "tokenhere"];
    if words.clone().any(|word| ASKING.contains(&word) || is_padded(word)) || glued.iter().any(|start| lower.starts_with(start)) {
        return true;
    }
    // `test` is what some people have as a password.
    let plain = words.clone().all(|word| PLAIN.contains(&word));
    if plain && !(password && !lower.contains(|c: char| !c.is_alphanumeric()) && !["none", "null", "nil", "na", "tbd"].contains(&lower.as_str())) {
        return true;
    }
    // A sentence; passwords may have blanks, keys do not.
    !password && value.split_whitespace().count() >= 2 && words.any(|word| PLAIN.contains(&word)) && entropy(value) < 4.2
}

/// `FAKE0000000`: a word of the kind with a run behind it.
fn is_padded(word: &str) -> bool {
    ["fake", "dummy", "example", "test", "placeholder"].iter().any(|start| {
        word.strip_prefix(start).is_some_and(|rest| {
            rest.len() >= 4 && rest.bytes().all(|byte| Some(byte) == rest.bytes().next())
        })
    })
}

/// Values that a secret-like name may have and that are none.
pub(super) fn is_ordinary(value: &str, password: bool) -> bool {
    const WORDS: &[&str] = &[
        "true", "false", "yes", "no", "on", "off", "none", "null", "auto", "default", "basic", "bearer", "oauth", "oauth2", "token", "apikey", "jwt",
        "disabled", "enabled", "required", "optional", "anonymous", "public", "private", "session", "cookie", "header", "query", "env", "file", "stdin",
        "password", "keychain", "keyring", "local", "memory", "redis", "inherit", "interactive", "browser", "iam", "sso", "saml", "ldap", "api_key", "api-key",
    ];
    let lower = value.to_ascii_lowercase();
    let number = value.parse::<f64>().is_ok() || is_version(value);
    if is_path(value) || is_email(value) && !password || is_place(value) {
        return true;
    }
    if password {
        return matches!(lower.as_str(), "true" | "false" | "none" | "null" | "yes" | "no" | "stdin" | "prompt") || value.contains('\n') && value.len() > 200;
    }
    number
        || WORDS.contains(&lower.as_str()) && lower != "password"
        || is_list(value)
        || is_prose(value)
}

/// Below this a key says nothing; a word is a word.
fn is_prose(value: &str) -> bool {
    const WEAK: &[&str] = &["password", "secret", "admin", "postgres", "root", "changeit", "letmein", "guest", "qwerty"];
    let letters = value.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '_' | ' ' | '.' | ',' | ':' | '/'));
    let mixed = value.contains(|c: char| c.is_ascii_lowercase()) && value[1..].contains(|c: char| c.is_ascii_uppercase());
    !WEAK.contains(&value.to_ascii_lowercase().as_str())
        && (value.len() < 8 && letters || letters && !mixed && value.len() < 24 || letters && value.contains(['-', '_', ' ']) && entropy(value) < 4.0)
}

fn is_list(value: &str) -> bool {
    let items: Vec<&str> = value.split([',', ';']).take(20).collect();
    items.len() >= 2 && items.iter().all(|item| {
        let item = item.trim();
        item.len() < 24 && !item.is_empty() && item.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '_' | '.' | ' ' | ':' | '*'))
    })
}

fn is_version(value: &str) -> bool {
    let value = value.strip_prefix('v').unwrap_or(value);
    value.len() <= 24 && value.contains('.') && value.split('.').all(|part| !part.is_empty() && part.len() <= 5 && part.bytes().all(|b| b.is_ascii_digit()))
}

/// A file, folder or relative path by its text.
fn is_path(value: &str) -> bool {
    let starts = ["/", "~/", "./", "../", "~\\", ".\\", "..\\", "\\\\"].iter().any(|start| value.starts_with(start));
    let drive = matches!(value.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    // Base64 may begin with a slash, but does not hold several short steps.
    let steps = value.len() < 40 || value.matches(['/', '\\']).count() >= 2 && value.split(['/', '\\']).all(|step| step.len() < 40);
    let file = [".json", ".pem", ".key", ".txt", ".env", ".p12", ".pfx", ".crt", ".yaml", ".yml", ".toml", ".py", ".js"].iter().any(|ending| value.ends_with(ending));
    starts && steps || drive || file && !value.contains(' ') && value.len() < 260
}

fn is_email(value: &str) -> bool {
    value.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && host.contains('.') && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')) && !value.contains(' ')
    })
}

/// `host:5432`, `eu-west-1`, `db.example.com`.
fn is_place(value: &str) -> bool {
    let host = value.rsplit_once(':').map_or(value, |(host, port)| if port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit()) { host } else { value });
    let domains = ["com", "org", "net", "io", "dev", "ai", "local", "localhost", "internal", "cloud", "app"];
    let named = host.contains('.') && host.rsplit('.').next().is_some_and(|top| domains.contains(&top))
        && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    let parts: Vec<&str> = value.splitn(4, '-').collect();
    let region = matches!(parts.as_slice(), [area, side, number] if area.len() == 2 && side.bytes().all(|b| b.is_ascii_lowercase())
        && number.len() <= 2 && number.bytes().all(|b| b.is_ascii_digit()) && side.len() >= 4);
    named || region || host == "localhost"
}

/// A Supabase key for browsers: the role in its claims is `anon`.
pub(super) fn is_public_jwt(value: &str) -> bool {
    claims(value).is_some_and(|claims| claims.get("role").and_then(|role| role.as_str()) == Some("anon"))
}

/// The claims of a JSON Web Token.
pub(super) fn claims(value: &str) -> Option<serde_json::Value> {
    // Longer ones are no tokens; the bound keeps decoding cheap.
    const LONGEST: usize = 16_384;
    let mut parts = value.split('.');
    let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    if value.len() > LONGEST || parts.next().is_some() || signature.len() < 8 {
        return None;
    }
    let read = |part: &str| -> Option<serde_json::Value> {
        serde_json::from_slice(&BASE64URL_NOPAD.decode(part.trim_end_matches('=').as_bytes()).ok()?).ok()
    };
    read(header).filter(|header| header.get("alg").is_some())?;
    read(claims).filter(serde_json::Value::is_object)
}

/// Shannon entropy in bits for each byte.
pub(super) fn entropy(value: &str) -> f64 {
    let mut counts = [0usize; 256];
    for byte in value.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = value.len() as f64;
    counts.iter().filter(|&&count| count > 0).map(|&count| {
        let share = count as f64 / length;
        -share * share.log2()
    }).sum()
}
