//! Characters that nobody sees, where they do nothing that a reader wants.

use crate::finding::Severity;
use crate::redact::invisible;

/// What is hidden in a text.
pub(super) struct Hidden {
    /// The first few, each once.
    some: Vec<char>,
    /// Whether there are more.
    more: bool,
    /// What tag characters spell (U+E0020 to U+E007E stand for ASCII).
    pub(super) spelled: Option<String>,
    pub(super) harm: Harm,
}

/// Ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Harm {
    /// Pasted along at the edge of a text, or a backslash too few (`C:\bin`).
    Slip,
    /// In the midst of a text, or able to change how it is shown.
    Hides,
}

impl Harm {
    pub(super) fn severity(self) -> Severity {
        match self {
            Harm::Slip => Severity::Low,
            Harm::Hides => Severity::High,
        }
    }
}

impl Hidden {
    /// `U+200B, U+202E`.
    pub(super) fn shown(&self) -> String {
        let mut shown: Vec<String> = self.some.iter().map(|c| format!("U+{:04X}", u32::from(*c))).collect();
        if self.more {
            shown.push("and more".to_owned());
        }
        shown.join(", ")
    }
}

/// What is hidden in `text`; `None` where all is seen or has its use.
pub(super) fn hidden(text: &str) -> Option<Hidden> {
    const SHOWN: usize = 3;
    const SPELLED: usize = 200;
    let (mut some, mut more, mut spelled, mut harm) = (Vec::new(), false, String::new(), Harm::Slip);
    for (at, c) in found(text) {
        if some.len() < SHOWN && !some.contains(&c) {
            some.push(c);
        } else {
            more |= !some.contains(&c);
        }
        if let Some(letter) = untagged(c).filter(|_| spelled.len() < SPELLED) {
            spelled.push(letter);
        }
        if !is_slip(text, at, c) {
            harm = Harm::Hides;
        }
    }
    let spelled = Some(spelled).filter(|spelled| !spelled.is_empty());
    (!some.is_empty()).then_some(Hidden { some, more, spelled, harm })
}

/// The text without what is hidden in it.
pub(super) fn without(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for (at, c) in found(text) {
        out += &text[end..at];
        end = at + c.len_utf8();
    }
    out + &text[end..]
}

/// Every hidden character and where it stands.
fn found(text: &str) -> impl Iterator<Item = (usize, char)> {
    // Nearly every text is plain ASCII.
    let plain = text.bytes().all(|byte| (b' '..0x7f).contains(&byte));
    let rtl = !plain && text.chars().any(is_rtl);
    let mut before = None;
    // In the sequence of a flag: a black flag, tags, and the tag that ends it.
    let mut flag = false;
    let mut letters = if plain { "" } else { text }.char_indices().peekable();
    std::iter::from_fn(move || {
        loop {
            let (at, c) = letters.next()?;
            let after = letters.peek().map(|(_, c)| *c);
            let last = before.replace(c);
            flag = c == '\u{1f3f4}' || flag && is_tag(c);
            if invisible(c) && !(flag && is_tag(c)) && !is_of_use(last, c, after, rtl) {
                return Some((at, c));
            }
        }
    })
}

/// Whether a character that is not seen does what readers want where it stands.
fn is_of_use(before: Option<char>, c: char, after: Option<char>, rtl: bool) -> bool {
    let is = |c: Option<char>, kind: fn(char) -> bool| c.is_some_and(kind);
    match c {
        '\r' => after == Some('\n'),
        // Joins emoji, and joins or parts letters of scripts that are joined.
        '\u{200d}' if is(before, is_emoji) && is(after, is_emoji) => true,
        '\u{200c}' | '\u{200d}' => is(before, is_joined) && is(after, is_joined),
        // Says how the character before is drawn.
        '\u{fe0e}' | '\u{fe0f}' => {
            is(before, |c| is_emoji(c) || c.is_ascii_digit() || matches!(c, '#' | '*' | '\u{a9}' | '\u{ae}'))
        }
        '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' => is(before, is_han),
        '\u{180b}'..='\u{180f}' => is(before, |c| ('\u{1800}'..'\u{18b0}').contains(&c)),
        '\u{200e}' | '\u{200f}' | '\u{61c}' => rtl,
        // Signs in front of numbers and verses: they are drawn.
        '\u{600}'..='\u{605}'
        | '\u{6dd}'
        | '\u{70f}'
        | '\u{890}'
        | '\u{891}'
        | '\u{8e2}'
        | '\u{110bd}'
        | '\u{110cd}' => true,
        _ => false,
    }
}

/// Whether it came there by mistake and can mislead nobody.
fn is_slip(text: &str, at: usize, c: char) -> bool {
    match c {
        // `"C:\bin"` and `"D:\files"` in JSON.
        '\u{8}' | '\u{c}' | '\r' => true,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{feff}' => {
            let blank = |part: &str| part.chars().all(|c| c.is_whitespace() || invisible(c));
            at == 0 || at + c.len_utf8() == text.len() || at < 8 && blank(&text[..at])
        }
        _ => false,
    }
}

fn is_tag(c: char) -> bool {
    ('\u{e0020}'..='\u{e007f}').contains(&c)
}

fn untagged(c: char) -> Option<char> {
    u8::try_from(u32::from(c).checked_sub(0xe0000)?).ok().filter(|byte| (b' '..0x7f).contains(byte)).map(char::from)
}

fn is_emoji(c: char) -> bool {
    matches!(
        c,
        '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'
            ..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{fe0f}'
    ) || ('\u{1f000}'..='\u{1faff}').contains(&c)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{2fdf}' | '\u{3000}'..='\u{303f}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn is_rtl(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
        && !invisible(c)
}

/// Arabic, Syriac and their kin, the scripts of India and its neighbours, Mongolian, Khmer.
fn is_joined(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{f00}'..='\u{109f}' | '\u{1700}'..='\u{18af}'
        | '\u{1a20}'..='\u{1b7f}' | '\u{a8e0}'..='\u{a8ff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{11000}'..='\u{11fff}')
        && !invisible(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_told_from_a_slip() {
        for (text, expected) in [
            ("plain", None),
            ("two\nlines\tand a tab", None),
            ("two\r\nlines", None),
            ("\u{feff}key", Some(Harm::Slip)),
            ("key\u{200b}", Some(Harm::Slip)),
            ("key\r", Some(Harm::Slip)),
            ("C:\u{8}in", Some(Harm::Slip)),
            ("ke\u{200b}y", Some(Harm::Hides)),
            ("\u{202e}yek", Some(Harm::Hides)),
            ("\u{2066}key", Some(Harm::Hides)),
            ("\u{1b}[1mkey", Some(Harm::Hides)),
            ("key\u{e0061}", Some(Harm::Hides)),
            ("a\u{fe0f}\u{fe0e}\u{fe01}", Some(Harm::Hides)),
            ("a\u{0}b", Some(Harm::Hides)),
        ] {
            assert_eq!(hidden(text).map(|hidden| hidden.harm), expected, "{text:?}");
        }
    }

    #[test]
    fn emoji_and_scripts_keep_what_they_need() {
        for text in [
            "\u{1f469}\u{200d}\u{1f4bb}",
            "\u{1f469}\u{1f3fd}\u{200d}\u{1f680}",
            "\u{2764}\u{fe0f}\u{200d}\u{1f525}",
            "1\u{fe0f}\u{20e3}",
            // The flag of Scotland.
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            // Persian, Hindi, and Hebrew with a mark.
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
            "\u{915}\u{94d}\u{200d}\u{937}",
            "\u{5d0}\u{5d1}\u{200f}!",
            "\u{8fba}\u{e0100}",
        ] {
            assert_eq!(found(text).count(), 0, "{text:?}");
        }
        for text in ["a\u{200d}b", "a\u{200c}b", "\u{200d}\u{1f4bb}", "\u{1f4bb}\u{e0061}", "abc\u{200e}d"] {
            assert_ne!(found(text).count(), 0, "{text:?}");
        }
    }

    #[test]
    fn a_long_text_is_read_once() {
        let text = "a\u{200b}".repeat(200_000);
        let hidden = hidden(&text).expect("it hides");
        assert_eq!(hidden.shown(), "U+200B");
        assert_eq!(without(&text).len(), 200_000);
    }
}
