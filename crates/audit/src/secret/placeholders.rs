//! Texts that ask for a value or stand for one, in the languages people write
//! their examples in.

use super::names::listed;
use super::values::{entropy, strip_scheme};

/// A text that asks for a value, or stands for one.
pub(super) fn is_placeholder(value: &str, password: bool) -> bool {
    let value = strip_scheme(value).trim_matches(['"', '\'']);
    let (Some(first), Some(last)) = (value.chars().next(), value.chars().last()) else {
        return true;
    };
    let enclosed =
        matches!((first, last), ('<', '>') | ('[', ']') | ('{', '}') | ('(', ')') | ('«', '»') | ('【', '】'))
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
    let up = |pair: &[u8]| {
        pair[1] == pair[0].wrapping_add(1)
            || pair[0] == b'9' && pair[1] == b'0'
            || pair[0] == b'Z' && pair[1] == b'a'
            || pair[0] == b'z' && pair[1] == b'0'
            || pair[0] == b'9' && pair[1].eq_ignore_ascii_case(&b'a')
            || pair[0] == b'0' && pair[1].eq_ignore_ascii_case(&b'a')
    };
    bytes.len() >= 9 && bytes.windows(2).all(up)
}

/// Words of a request in several languages.
fn asks(value: &str, password: bool) -> bool {
    /// Nobody writes these into a key.
    const ASKING: &str = "your yours yourkey yourtoken changeme replaceme replace placeholder example redacted \
        insert dummy fake sample removed todo fixme undefined masked hidden omitted notset \
        unset deine deinen dein ihren ihre votre remplacez remplacer ersetzen ersetze \
        eintragen coloque reemplazar reemplaza inserire inserisci insira substitua sostituisci \
        mettre mettez paste vervang wstaw vstavte сюда ваш вставьте замените tu-clave put \
        configure";
    /// Those that make a sentence or a mere name of a thing.
    const PLAIN: &str = "my the some a an this that is in to of for and or if goes here api key keys token \
        secret access auth value string test testing enter add change me it none null nil na \
        tbd xxx personal bot app client private public sk pk ghp xoxb xoxp ant not real set \
        empty any foo bar baz see from get use new user username hier ici aqui ton tu su sua \
        seu mon mein cle clave chave chiave schluessel schlüssel clé aquí contraseña jeton \
        invalid demo mock stub default blank required optional local dev development";
    let lower = value.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    if words.peek().is_none() {
        return true;
    }
    let glued = [
        "yourapi",
        "your_",
        "your-",
        "yourkey",
        "yourtoken",
        "yoursecret",
        "yourpassword",
        "mytoken",
        "mykey",
        "mysecret",
        "myapikey",
        "insertyour",
        "enteryour",
        "apikeyhere",
        "keyhere",
        "tokenhere",
    ];
    if words.clone().any(|word| listed(ASKING, word) || is_padded(word))
        || glued.iter().any(|start| lower.starts_with(start))
    {
        return true;
    }
    // `test` is what some people have as a password.
    let plain = words.clone().all(|word| listed(PLAIN, word));
    if plain
        && !(password
            && !lower.contains(|c: char| !c.is_alphanumeric())
            && !["none", "null", "nil", "na", "tbd"].contains(&lower.as_str()))
    {
        return true;
    }
    // A sentence; passwords may have blanks, keys do not.
    !password && value.split_whitespace().count() >= 2 && words.any(|word| listed(PLAIN, word)) && entropy(value) < 4.2
}

/// `FAKE0000000`: a word of the kind with a run behind it.
fn is_padded(word: &str) -> bool {
    ["fake", "dummy", "example", "test", "placeholder"].iter().any(|start| {
        word.strip_prefix(start)
            .is_some_and(|rest| rest.len() >= 4 && rest.bytes().all(|byte| Some(byte) == rest.bytes().next()))
    })
}
