//! What a variable, header or flag calls its value.

use std::collections::HashSet;
use std::sync::LazyLock;

/// A list of words, in small letters.
pub(super) type Words = LazyLock<HashSet<&'static str>>;

pub(super) fn words(list: &'static str) -> HashSet<&'static str> {
    list.split_ascii_whitespace().collect()
}

/// A name, read once.
pub(super) struct Name {
    words: Vec<String>,
    /// Each word with the next one.
    pairs: Vec<String>,
    secret: bool,
    password: bool,
}

/// The last word when the value is about a secret, but is none.
static ABOUT: Words = LazyLock::new(|| {
    words(
        "id ids name names file files filename path paths dir directory folder url urls uri \
    endpoint host hostname port prefix suffix limit limits count max min maximum minimum ttl \
    size length len type format mode enabled enable disabled disable required timeout expiry \
    expires expiration interval version algorithm alg region location issuer audience scope \
    scopes header headers param parameter field env var variable store storage provider method \
    strategy rotation days hours minutes seconds ms usage budget cost window model encoding \
    encoder hint label alias list column separator delimiter pair chars columns policy \
    template pattern regex service backend source command cmd helper manager vault class flow \
    server domain user username email page callback redirect cache check validation retries \
    attempts status state ref reference arn fingerprint thumbprint kid symbol address mint \
    contract threshold price ratio per stdin through thru args arguments \
    date time timestamp created updated",
    )
});

/// Words that are a secret by themselves.
static SECRET: Words = LazyLock::new(|| {
    words(
        "phrase token secret secrets password passwd passphrase passcode pwd pass credential credentials \
    creds auth authorization apikey apikeys pat cookie session bearer jwt accesskey secretkey \
    privatekey accesstoken authtoken clientsecret apitoken authkey masterkey signature sig pin \
    mnemonic seedphrase appsecret pw userpass refreshtoken bottoken authentication \
    webhooksecret dbpassword basicauth",
    )
});

static PASSWORD: Words =
    LazyLock::new(|| words("password passwd passphrase passcode pwd pass pw pin userpass dbpassword"));

/// Wherever they stand, the value is a count or made to be seen.
static NEVER: Words = LazyLock::new(|| words("max min public publishable num"));

/// Ends of words written together.
const GLUED: &str = "apikey appkey authkey signingkey encryptionkey licensekey servicekey \
    secretkey accesskey token secret password passwd";

/// A key that opens nothing.
static PLAIN_KEY: Words = LazyLock::new(|| {
    words(
        "anon public publishable pub primary foreign sort partition cache row object map hot shortcut \
    group index lookup translation idempotency dedup routing site sitekey column field project \
    space issue board schema registry config json dict item record locale i18n message label \
    tag feature flag arrow any enter escape tab",
    )
});

/// Whether a list of words has this one.
pub(super) fn listed(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|entry| entry == word)
}

impl Name {
    pub(super) fn read(name: &str) -> Name {
        let words = split(name);
        let has = |list: &Words| words.iter().any(|word| list.contains(word.as_str()));
        // `TOKEN_2`, `API_KEY_PROD`: the ending says which, not what.
        let last = words.iter().rev().find(|word| !word.bytes().all(|b| b.is_ascii_digit()));
        let about = last.is_some_and(|word| ABOUT.contains(word.as_str())) || has(&NEVER);
        let key = words.iter().enumerate().any(|(at, word)| {
            matches!(word.as_str(), "key" | "keys")
                && !at.checked_sub(1).is_some_and(|at| PLAIN_KEY.contains(words[at].as_str()))
        });
        // `API_TOKENS` holds tokens, `MAX_TOKENS` counts them.
        let hash = words.windows(2).any(|pair| pair == ["api", "hash"]);
        let tokens = words
            .windows(2)
            .any(|pair| pair[1] == "tokens" && ["api", "auth", "access", "bot", "refresh"].contains(&pair[0].as_str()));
        let glued = words.iter().any(|word| stem(word).is_some());
        Name {
            secret: (glued || has(&SECRET) || key || tokens || hash) && !about,
            password: (has(&PASSWORD) || words.iter().any(|word| word.ends_with("password"))) && !about,
            pairs: words.windows(2).map(|pair| pair.concat()).collect(),
            words,
        }
    }

    /// Whether a value of this name is expected to be a secret.
    pub(super) fn is_secret(&self) -> bool {
        self.secret
    }

    pub(super) fn is_password(&self) -> bool {
        self.password
    }

    /// Whether it is to hold the words that a wallet is made from.
    pub(super) fn is_phrase(&self) -> bool {
        self.words.iter().any(|word| matches!(word.as_str(), "mnemonic" | "phrase" | "seed" | "seedphrase"))
    }

    pub(super) fn words(&self) -> &[String] {
        &self.words
    }

    /// The words that may mean a provider: each, what stands before a glued
    /// `apikey`, and two together (`ALPHA_VANTAGE_KEY`).
    pub(super) fn providers(&self) -> impl Iterator<Item = &str> {
        let alone = self.words.iter().map(String::as_str);
        alone.chain(self.words.iter().filter_map(|word| stem(word))).chain(self.pairs.iter().map(String::as_str))
    }
}

/// `openweather` of `openweatherapikey`: written together.
fn stem(word: &str) -> Option<&str> {
    GLUED.split_ascii_whitespace().find_map(|end| word.strip_suffix(end))
}

/// Whether a text ends in a word that announces a secret: `stripe SECRET`,
/// `codakey`, `web3 ACCESS`.
pub(super) fn last_is_secret(text: &str) -> bool {
    let run = text.rsplit(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))).next().unwrap_or("");
    let name = Name::read(run);
    let Some(last) = name.words.last() else { return false };
    let opens = matches!(last.as_str(), "access" | "private" | "key");
    (opens || SECRET.contains(last.as_str()) || stem(last).is_some() || last.ends_with("key"))
        && (name.secret || last != "key")
        && !name.words.iter().any(|word| PLAIN_KEY.contains(word.as_str()))
}

/// `apiKey2`, `API_KEY-2` -> `api`, `key`, `2`: parted at marks, at
/// lower-to-upper steps, before the last capital of a run (`APIKey`), and in
/// front of trailing digits.
fn split(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
        let letters: Vec<char> = part.chars().collect();
        let mut word = String::new();
        for (at, letter) in letters.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| letters[at]);
            let after = letters.get(at + 1);
            let step = before.is_some_and(|before| {
                before.is_lowercase() && letter.is_uppercase()
                    || before.is_uppercase() && letter.is_uppercase() && after.is_some_and(|after| after.is_lowercase())
            });
            if step {
                words.push(std::mem::take(&mut word));
            }
            word.extend(letter.to_lowercase());
        }
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        if letters > 0 && letters < word.len() {
            let digits = word.split_off(letters);
            words.push(word);
            word = digits;
        }
        words.push(word);
    }
    words
}
