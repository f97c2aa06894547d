//! Texts that ask for a value or stand for one, in the languages people write
//! their examples in.

use std::sync::LazyLock;

use super::names::{Words, words};
use super::values::{entropy, strip_scheme};

/// One of these asks for a value, wherever it stands: nobody writes them into
/// a key. "Your", "here", "replace", "example" and their like.
static ASKING: Words = LazyLock::new(|| {
    words(
        "your yours yourkey yourtoken yourapikey changeme changethis changeit replaceme replace placeholder example \
         redacted insert dummy fake sample removed todo fixme undefined masked hidden omitted notset unset put \
         configure fillme fillin \
         deine deinen dein ihren ihre ersetzen ersetze eintragen einfuegen einfügen beispiel \
         votre remplacez remplacer mettre mettez inserez insérez exemple \
         coloque coloca reemplazar reemplaza inserta ingresa ejemplo \
         insira substitua exemplo cole inserire inserisci sostituisci esempio \
         jouw vervang voorbeeld vul indsæt ersätt \
         twoj twój wstaw wpisz przyklad przykład vlozte vložte \
         anahtariniz anahtarınız buraya sizin masukkan \
         ваш ваша ваше вставьте замените введите пример сюда \
         σας βάλτε παράδειγμα",
    )
});

/// A text of nothing but these makes a request or a mere name of a thing.
static PLAIN: Words = LazyLock::new(|| {
    words(
        "my the some a an this that is in to of for and or if goes here api key keys token secret access auth value \
         string test testing enter paste add change me it none null nil na n tbd xxx personal bot app client private \
         public sk pk ghp xoxb xoxp ant not real set empty any foo bar baz see from get obtain use new user username \
         invalid demo mock stub default blank required optional local dev development please fill ask admin dashboard \
         console 1password password pass pwd code id email name \
         ihr hier schluessel schlüssel geheim bitte mein \
         ta ton mon cle clé de la le les ici jeton a à remplacer completer compléter par \
         tu su pon con clave contraseña aqui aquí cambiar esto \
         sua seu chave senha isto com \
         tua tuo il lo chiave qui \
         uw je sleutel in \
         din ditt nyckel nøgle nøkkel här her indsaet sinun avaimesi \
         swoj swój klucz tutaj vas váš vase klic klíč sem az ön kulcsa kulcs cheia aici anahtar \
         ключ токен пароль здесь тут твой το κλειδί \
         khoa khóa cua của ban bạn kunci anda",
    )
});

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
        || value.chars().any(|c| is_foreign(c, password))
        || asks(value, password)
}

/// No key is written in a script of its own, and a hint often is. Passwords
/// may be, but not in those that are typed with an input method.
fn is_foreign(c: char, password: bool) -> bool {
    let latin = c.is_ascii() || matches!(c, '\u{80}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}');
    match password {
        true => {
            matches!(c, '\u{590}'..='\u{10ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{ff00}'..='\u{ffef}')
        }
        false => c.is_alphabetic() && !latin,
    }
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
    let lower = value.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    if words.peek().is_none() {
        return true;
    }
    const GLUED: &[&str] = &[
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
    if words.clone().any(|word| ASKING.contains(word) || is_padded(word))
        || GLUED.iter().any(|start| lower.starts_with(start))
    {
        return true;
    }
    // `test` is what some people have as a password.
    let plain = words.clone().all(|word| PLAIN.contains(word));
    if plain
        && !(password
            && !lower.contains(|c: char| !c.is_alphanumeric())
            && !["none", "null", "nil", "na", "tbd"].contains(&lower.as_str()))
    {
        return true;
    }
    // A sentence; passwords may have blanks, keys do not.
    !password && value.split_whitespace().count() >= 2 && words.any(|word| PLAIN.contains(word)) && entropy(value) < 4.2
}

/// `FAKE0000000`: a word of the kind with a run behind it.
fn is_padded(word: &str) -> bool {
    ["fake", "dummy", "example", "test", "placeholder"].iter().any(|start| {
        word.strip_prefix(start)
            .is_some_and(|rest| rest.len() >= 4 && rest.bytes().all(|byte| Some(byte) == rest.bytes().next()))
    })
}
