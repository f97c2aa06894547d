//! PowerShell's encoded texts.

use data_encoding::{BASE64, BASE64_NOPAD};

use crate::server::Command;

/// The text behind `-EncodedCommand`, which may be shortened down to `-e`.
pub(super) fn encoded(command: &Command) -> Option<&str> {
    let words = command.words();
    let starts = |word: &str| {
        let base = word.rsplit(['/', '\\']).next().unwrap_or(word).to_ascii_lowercase();
        matches!(base.strip_suffix(".exe").unwrap_or(&base), "powershell" | "pwsh")
    };
    let is_option = |word: &str| {
        let option = word.strip_prefix(['-', '/', '\u{2013}']).map(str::to_ascii_lowercase);
        option.is_some_and(|option| option == "ec" || !option.is_empty() && "encodedcommand".starts_with(&option))
    };
    // In one word, or as words of their own.
    let split = words.iter().flat_map(|word| word.value.split_whitespace());
    let mut rest = split.skip_while(|word| !starts(word)).skip(1);
    // A command or a file ends PowerShell's own options.
    let ends = |word: &&str| matches!(word.to_ascii_lowercase().as_str(), "-c" | "-command" | "-f" | "-file");
    rest.by_ref().take_while(|word| !ends(word)).find(|word| is_option(word))?;
    rest.next().map(|text| text.trim_matches(['"', '\'']))
}

/// Text in base64, as UTF-8 or, as PowerShell takes it, UTF-16; `None` for anything that is no text.
pub(super) fn decoded(text: &str) -> Option<String> {
    let text = text.trim_end_matches('=');
    let bytes = BASE64_NOPAD.decode(text.as_bytes()).ok().or_else(|| {
        let padded = format!("{text}{}", &"==="[..(4 - text.len() % 4) % 4]);
        BASE64.decode(padded.as_bytes()).ok()
    })?;
    let (pairs, rest) = bytes.as_chunks::<2>();
    let wide =
        rest.is_empty() && !pairs.is_empty() && pairs.iter().filter(|pair| pair[1] == 0).count() * 2 > pairs.len();
    let plain = if wide {
        let units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
        String::from_utf16(&units).ok()?
    } else {
        String::from_utf8(bytes).ok()?
    };
    let printable = |letter: char| !letter.is_control() || letter.is_whitespace();
    (!plain.is_empty() && plain.chars().all(printable)).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_in_both_encodings() {
        for (text, plain) in [
            ("Y3VybA==", Some("curl")),
            ("Y3VybA", Some("curl")),
            ("YwB1AHIAbAA=", Some("curl")),
            ("AAECAwQF", None),
            ("no base64!", None),
            ("", None),
        ] {
            assert_eq!(decoded(text).as_deref(), plain, "{text}");
        }
    }
}
