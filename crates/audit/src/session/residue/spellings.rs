//! How one value may be written in a file: as it is, or as some format writes it.

use std::fmt::Write;

use data_encoding::{BASE64, BASE64URL};
use zeroize::Zeroizing;

/// A way of writing a value, as bytes to look for.
pub(super) struct Spelling {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// It stands inside a run of base64, of which it is only a part.
    pub(super) inside: bool,
}

/// Bytes that a piece of base64 has at least: shorter ones stand everywhere.
const LEAST_BASE64: usize = 12;

/// Every spelling of a value, each once.
pub(super) fn spellings(value: &str) -> Vec<Spelling> {
    let json = json(value, false);
    let twice = self::json(&json, false);
    // Between single quotes, as in a shell.
    let quoted = value.replace('\'', r"'\''");
    let texts = [
        value.to_owned(),
        json.replace('/', "\\/"),
        // A config inside a log of JSON lines, and that as a text inside another one.
        twice.clone(),
        self::json(&twice, false),
        self::json(value, true),
        xml(value),
        quoted.clone(),
        percent(value, false, "%20"),
        percent(value, true, "%20"),
        percent(value, false, "+"),
        json.clone(),
    ];
    let mut found: Vec<Spelling> = Vec::new();
    let mut add = |bytes: Vec<u8>, inside| {
        if !found.iter().any(|one| *one.bytes == bytes) {
            found.push(Spelling { bytes: Zeroizing::new(bytes), inside });
        }
    };
    // Windows' editors write such.
    let wide = |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    for text in [value, &json] {
        add(wide(text, u16::to_le_bytes), false);
        add(wide(text, u16::to_be_bytes), false);
    }
    add(metafied(value), false);
    add(metafied(&quoted), false);
    texts.into_iter().for_each(|text| add(text.into_bytes(), false));
    for encoding in [BASE64, BASE64URL] {
        (0..3).filter_map(|shift| base64(&encoding, value, shift)).for_each(|bytes| add(bytes, true));
    }
    found
}

/// The inside of a JSON string; `ascii`: with everything else as `\u….`, as Python writes it.
fn json(value: &str, ascii: bool) -> String {
    let quoted = serde_json::to_string(value).expect("a text is JSON");
    let inside = &quoted[1..quoted.len() - 1];
    if !ascii {
        return inside.to_owned();
    }
    let mut text = String::with_capacity(inside.len());
    for c in inside.chars() {
        match c.is_ascii() {
            true => text.push(c),
            false => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                write!(text, "\\u{unit:04x}").expect("writing to a string cannot fail");
            }),
        }
    }
    text
}

fn xml(value: &str) -> String {
    let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    value.replace('"', "&quot;").replace('\'', "&apos;")
}

/// As part of a URL or a form, with the letters of its digits in one case.
fn percent(value: &str, small: bool, blank: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(byte)),
            b' ' => text.push_str(blank),
            _ if small => write!(text, "%{byte:02x}").expect("writing to a string cannot fail"),
            _ => write!(text, "%{byte:02X}").expect("writing to a string cannot fail"),
        }
    }
    text
}

/// As zsh keeps its history: some bytes behind a mark, with one bit turned (zsh, `Src/utils.c`).
fn metafied(value: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            0x83..=0xa2 => bytes.extend([0x83, byte ^ 32]),
            _ => bytes.push(byte),
        }
    }
    bytes
}

/// What of a text's base64 says the value alone, where `shift` bytes of a group
/// of three come before it: `user:key` and `Bearer key` have it inside.
fn base64(encoding: &data_encoding::Encoding, value: &str, shift: usize) -> Option<Vec<u8>> {
    let shifted = Zeroizing::new([&[0; 2][..shift], value.as_bytes()].concat());
    let text = encoding.encode(&shifted);
    // The first letters say something of what stands before, the last ones of what follows.
    let start = (shift * 8).div_ceil(6);
    let end = shifted.len() * 8 / 6;
    let piece = text.as_bytes().get(start..end)?;
    (piece.len() >= LEAST_BASE64).then(|| piece.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(value: &str, text: impl AsRef<[u8]>) -> bool {
        let text = text.as_ref();
        spellings(value).iter().any(|one| text.windows(one.bytes.len()).any(|window| window == one.bytes.as_slice()))
    }

    #[test]
    fn a_value_is_seen_in_every_spelling() {
        let value = "k/\"ä\\ z+'&<7b4e-91";
        for text in [
            "T=k/\"ä\\ z+'&<7b4e-91",
            r#"{"T": "k/\"ä\\ z+'&<7b4e-91"}"#,
            r#"{"T": "k\/\"ä\\ z+'&<7b4e-91"}"#,
            r#"{"T": "k/\"\u00e4\\ z+'&<7b4e-91"}"#,
            r#"{"line": "{\"T\": \"k/\\\"ä\\\\ z+'&<7b4e-91\"}"}"#,
            "?t=k%2F%22%C3%A4%5C%20z%2B%27%26%3C7b4e-91&x",
            "?t=k%2f%22%c3%a4%5c%20z%2b%27%26%3c7b4e-91&x",
            "t=k%2F%22%C3%A4%5C+z%2B%27%26%3C7b4e-91",
            r#"<a v="k/&quot;ä\ z+&apos;&amp;&lt;7b4e-91"/>"#,
            r"export T='k/''ä\ z+'\''&<7b4e-91'; T='k/\'ä",
        ] {
            let expected = !text.starts_with("export");
            assert_eq!(holds(value, text), expected, "{text}");
        }
        assert!(holds(value, "'k/\"ä\\ z+'\\''&<7b4e-91'"));
        let wide: Vec<u8> = format!("x{value}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(holds(value, wide));
        assert!(holds("Ärger-7b4e-91", [&[0xc3, 0x83, 0xa4], b"rger-7b4e-91".as_slice()].concat()));
    }

    #[test]
    fn a_value_is_seen_in_base64_wherever_it_stands() {
        let value = "s3cr3t-0f-th3-t3st?>";
        for before in ["", "a", "an", "ana:", "Bearer ", "x-access-token:"] {
            for after in ["", "\n", "&&", ":x"] {
                let text = format!("{before}{value}{after}");
                assert!(holds(value, BASE64.encode(text.as_bytes())), "{text}");
                assert!(holds(value, BASE64URL.encode(text.as_bytes())), "{text}");
            }
        }
        assert!(!holds(value, BASE64.encode(b"s3cr3t-0f-th3-t3sT?>")));
    }
}
