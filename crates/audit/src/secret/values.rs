//! What is certainly no secret: references, public tokens, ordinary values.

use data_encoding::BASE64URL_NOPAD;

use super::names::listed;
use super::{Reach, Verdict};
use crate::dialect::is_variable;
use crate::finding::Confidence;

/// What stands before the value of an `Authorization` header.
pub(super) const SCHEMES: &[&str] =
    &["Bearer", "Basic", "Token", "ApiKey", "Api-Key", "Key", "GenieKey", "Bot", "SSWS", "PRIVATE-TOKEN"];

/// A reference of any client, shell, template or vault.
pub(super) fn is_reference(value: &str) -> bool {
    const VAULTS: &[&str] = &[
        "op://",
        "keychain:",
        "keyring:",
        "vault:",
        "vault://",
        "doppler:",
        "doppler://",
        "infisical:",
        "infisical://",
        "aws-sm:",
        "aws-ssm:",
        "awssm:",
        "ssm:",
        "gcp-sm:",
        "gcpsm:",
        "azure-kv:",
        "azurekv:",
        "akv:",
        "bw:",
        "bws:",
        "bitwarden:",
        "1password:",
        "onepassword:",
        "lastpass:",
        "pass:",
        "secret://",
        "secrets:",
        "secretref:",
        "sops:",
        "ref+",
        "env:",
        "env.",
        "process.env.",
        "import.meta.env.",
        "os.environ",
        "arn:aws:secretsmanager:",
        "arn:aws:ssm:",
        "@Microsoft.KeyVault(",
        "file:",
        "input:",
        "keepass:",
        "dashlane:",
        "dl://",
        "proton-pass:",
        "pass://",
        "secretsmanager:",
        "projects/",
        "valueFrom:",
        "secretKeyRef:",
        "lpass:",
        "gopass:",
        "gsm:",
        "credstore:",
        "wincred:",
        "akeyless:",
        "chamber:",
        "berglas:",
        "teller:",
        "cyberark:",
        "conjur:",
        "ENC[",
        "ENV[",
        "System.getenv(",
        "Deno.env.",
        "!secret",
        "!env",
        "@secret",
        "@env",
    ];
    let bare = strip_scheme(value);
    VAULTS.iter().any(|start| bare.starts_with(start))
        || ["${", "$(", "{{", "{env:", "{file:", "{cmd:", "<%", "#{", "{secret", "{keychain"]
            .iter()
            .any(|mark| value.contains(mark))
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
        Some((scheme, rest)) if SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) => rest.trim_start(),
        _ => value,
    }
}

/// Values that a secret-like name may have and that are none.
pub(super) fn is_ordinary(value: &str, password: bool) -> bool {
    const WORDS: &str = "true false yes no on off none null auto default basic bearer oauth oauth2 token apikey \
        jwt disabled enabled required optional anonymous public private session cookie header \
        query env file stdin password keychain keyring local memory redis inherit interactive \
        browser iam sso saml ldap api_key api-key";
    let lower = value.to_ascii_lowercase();
    // Nothing is counted in sixteen digits.
    let number = value.len() < 16 && value.parse::<f64>().is_ok() || is_version(value);
    if is_package(value) || is_path(value) || is_email(value) && !password || is_place(value) {
        return true;
    }
    if password {
        return value.len() < 3
            || matches!(
                lower.as_str(),
                "true" | "false" | "none" | "null" | "yes" | "no" | "stdin" | "prompt" | "allow" | "deny" | "ask"
            )
            || value.contains('\n') && value.len() > 200;
    }
    value.len() < 6
        || number
        || listed(WORDS, &lower) && lower != "password"
        || is_list(value)
        || is_identifier(value)
        || is_prose(value)
}

/// What no name, path or sentence looks like: long, letters and digits mixed,
/// not made of words.
pub(super) fn is_keylike(value: &str) -> bool {
    let mixed = |run: &&str| run.bytes().any(|b| b.is_ascii_digit()) && run.bytes().any(|b| b.is_ascii_alphabetic());
    let runs = value.split(|c: char| !c.is_ascii_alphanumeric());
    let first = value.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or(value);
    value.len() >= 16
        && runs.filter(mixed).map(str::len).sum::<usize>() >= 12
        // `report-4f5e6d7c8b9a` is a name with a number.
        && (first.len() >= 16 || first.bytes().any(|byte| byte.is_ascii_digit()))
        && entropy(value) >= 3.0
        && !is_ordinary(value, false)
}

/// Mixed as no word is: letters and digits, or capitals and small letters in turns.
pub(super) fn is_drawn(word: &str) -> bool {
    let mixed = |run: &&str| {
        run.bytes().filter(u8::is_ascii_digit).count() >= 2 && run.bytes().filter(u8::is_ascii_alphabetic).count() >= 2
    };
    let turns = |run: &&str| {
        let turn =
            |two: &[u8]| two[0].is_ascii_alphabetic() && two[1].is_ascii_uppercase() != two[0].is_ascii_uppercase();
        run.len() >= 16 && run.as_bytes().windows(2).filter(|two| turn(two)).count() * 4 > run.len()
    };
    let runs = || word.split(|c: char| !c.is_ascii_alphanumeric());
    word.len() >= 12
        && (runs().filter(mixed).map(str::len).sum::<usize>() >= 10 || runs().any(|run| turns(&run)))
        && entropy(word) >= 2.8
}

/// Key-like, and in capitals, small letters and digits at once.
pub(super) fn is_random(value: &str) -> bool {
    is_keylike(value)
        && value.bytes().any(|byte| byte.is_ascii_uppercase())
        && value.bytes().any(|byte| byte.is_ascii_lowercase())
        && entropy(value) >= 4.0
}

/// `abc123def456…`, `1a2b3c4d…`: counted up by a person who needed an example,
/// though some keys in use were made that way too.
pub(super) fn is_counted(value: &str) -> bool {
    let bytes = value.as_bytes();
    let next = |from: u8, to: u8| to.eq_ignore_ascii_case(&from.wrapping_add(1)) || from == b'9' && to == b'0';
    let steps = bytes.windows(3).filter(|three| next(three[0], three[1]) || next(three[0], three[2])).count();
    bytes.len() >= 12 && steps * 2 > bytes.len()
}

/// Below this a key says nothing; a word is a word.
fn is_prose(value: &str) -> bool {
    const WEAK: &[&str] =
        &["password", "secret", "admin", "postgres", "root", "changeit", "letmein", "guest", "qwerty"];
    let letters = value.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '_' | ' ' | '.' | ',' | ':' | '/'));
    let mixed =
        value.contains(|c: char| c.is_ascii_lowercase()) && value.chars().skip(1).any(|c| c.is_ascii_uppercase());
    !WEAK.contains(&value.to_ascii_lowercase().as_str())
        && (value.len() < 8 && letters
            || letters && !mixed && value.len() < 24
            || letters && value.contains(['-', '_', ' ']) && entropy(value) < 4.0)
}

/// `jetbrains.mps.v8_elimination`, `prod-eu-12`: words with marks between.
fn is_identifier(value: &str) -> bool {
    let word = |part: &str| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = part.len() - letters.len();
        part.len() <= 20
            && letters.chars().all(char::is_alphabetic)
            && (digits <= 5 && letters.len() >= 2 || letters.is_empty() || letters.len() == 1 && digits <= 2)
    };
    let parts = value.split(['.', '_', '-']);
    parts.clone().count() >= 2
        && parts.clone().all(word)
        && parts.clone().any(|part| part.len() >= 3 && part.chars().all(char::is_alphabetic))
}

fn is_list(value: &str) -> bool {
    let items: Vec<&str> = value.split([',', ';']).take(20).collect();
    items.len() >= 2
        && items.iter().all(|item| {
            let item = item.trim();
            item.len() < 24
                && !item.is_empty()
                && item.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '_' | '.' | ' ' | ':' | '*'))
        })
}

/// `host=db user=sa password=q8Zr2L`: at least two names, each with a value.
pub(super) fn is_settings(value: &str) -> bool {
    let named = |word: &str| word.split_once('=').is_some_and(|(name, value)| is_variable(name) && !value.is_empty());
    value.split_whitespace().count() >= 2 && value.split_whitespace().all(named)
}

fn is_version(value: &str) -> bool {
    let value = value.strip_prefix('v').unwrap_or(value);
    value.len() <= 24
        && value.contains('.')
        && value.split('.').all(|part| !part.is_empty() && part.len() <= 5 && part.bytes().all(|b| b.is_ascii_digit()))
}

/// Twelve to twenty-four words, as wallets are written down (BIP 39).
pub(super) fn is_mnemonic(value: &str) -> bool {
    let words: Vec<&str> = value.split_ascii_whitespace().take(25).collect();
    matches!(words.len(), 12 | 15 | 18 | 21 | 24)
        && words.iter().all(|word| (3..=8).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase()))
}

/// A file, folder or relative path by its text.
fn is_path(value: &str) -> bool {
    let starts = ["/", "~/", "./", "../", "~\\", ".\\", "..\\", "\\\\"].iter().any(|start| value.starts_with(start));
    let drive = matches!(value.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    // Base64 may begin with a slash, but does not hold several short steps.
    let steps = value.len() < 40
        || value.matches(['/', '\\']).count() >= 2 && value.split(['/', '\\']).all(|step| step.len() < 40);
    let file =
        [".json", ".pem", ".key", ".txt", ".env", ".p12", ".pfx", ".crt", ".yaml", ".yml", ".toml", ".py", ".js"]
            .iter()
            .any(|ending| value.ends_with(ending));
    // Nor do names of files hold several of what a shell reads as its own; `<user>` and `*` stand in for names.
    let plain = value.matches(|c| r##"!"#&';=[]^`|"##.contains(c)).count() < 3;
    starts && steps && plain || drive || file && !value.contains(' ') && value.len() < 260
}

/// `@scope/name`, `@scope/name@1.2.3`, `@scope/name@latest`: a package of npm's.
fn is_package(value: &str) -> bool {
    let letters = |text: &str| {
        let is_one =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
        !text.is_empty() && text.len() <= 64 && text.bytes().all(is_one) && !is_drawn(text)
    };
    let Some((scope, rest)) = value.strip_prefix('@').and_then(|rest| rest.split_once('/')) else { return false };
    let (name, version) = rest.split_once('@').map_or((rest, None), |(name, version)| (name, Some(version)));
    let is_version = |version: &str| matches!(version, "latest" | "next") || is_version(version);
    letters(scope) && letters(name) && version.is_none_or(is_version)
}

fn is_email(value: &str) -> bool {
    value.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty()
            && host.contains('.')
            && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
            && !value.contains(' ')
    })
}

/// `host:5432`, `eu-west-1`, `db.example.com`.
fn is_place(value: &str) -> bool {
    let host = value.rsplit_once(':').map_or(value, |(host, port)| {
        if port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit()) { host } else { value }
    });
    let domains = ["com", "org", "net", "io", "dev", "ai", "local", "localhost", "internal", "cloud", "app"];
    let named = host.contains('.')
        && host.rsplit('.').next().is_some_and(|top| domains.contains(&top))
        && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    let parts: Vec<&str> = value.splitn(4, '-').collect();
    let region = matches!(parts.as_slice(), [area, side, number] if area.len() == 2 && side.bytes().all(|b| b.is_ascii_lowercase())
        && number.len() <= 2 && number.bytes().all(|b| b.is_ascii_digit()) && side.len() >= 4);
    named || region || host == "localhost"
}

/// Passwords that come with a program or a tutorial.
pub(super) fn is_weak(password: &str) -> bool {
    const WEAK: &str = "postgres password pass passwd admin root toor mysql guest test secret minio minioadmin redis \
        mongo mongodb example 1234 12345 123456 1234567 12345678 123456789 neo4j changeit letmein qwerty \
        administrator default sa rabbitmq elastic user demo password1 password123 admin123 test123 secret123 \
        root123 postgres123 mypassword passw0rd p@ssw0rd p@ssword";
    listed(WEAK, &password.to_ascii_lowercase())
}

/// Whether a host, with or without its port, is this computer.
pub(super) fn is_own_host(host: &str) -> bool {
    let name = if host.starts_with('[') { host.split(']').next() } else { host.split(':').next() };
    let name = name.unwrap_or(host).trim_start_matches('[').to_ascii_lowercase();
    matches!(name.as_str(), "localhost" | "::1" | "0.0.0.0" | "host.docker.internal") || name.starts_with("127.")
}

/// What the claims of a web token make of it; `None`: it is made to be seen.
pub(super) fn token(claims: &serde_json::Value) -> Option<Verdict> {
    let role = claims.get("role").and_then(serde_json::Value::as_str);
    let supabase = claims.get("iss").and_then(serde_json::Value::as_str).is_some_and(|iss| iss.contains("supabase"));
    let (kind, provider, reach) = match role {
        Some("anon") => return None,
        Some("service_role") => ("a Supabase service key", Some("Supabase"), Reach::Everything),
        _ if claims.get("exp").is_some() => ("a web token", None, Reach::Passing),
        _ => ("a web token", None, Reach::Endless),
    };
    let provider = provider.or(supabase.then_some("Supabase"));
    Some(Verdict { provider, reach: Some(reach), ..Verdict::new(kind, Confidence::Confirmed) })
}

/// A Supabase key for browsers: the role in its claims is `anon`.
pub(super) fn is_public_jwt(value: &str) -> bool {
    claims(value).is_some_and(|claims| token(&claims).is_none())
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
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = count as f64 / length;
            -share * share.log2()
        })
        .sum()
}
