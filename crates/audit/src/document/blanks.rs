//! Blanks and line starts: where things stand on their lines, in every format.

/// Where the line of `at` begins, behind a byte order mark. A line end belongs to
/// the line it ends.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    let before = &text[..at];
    let before = before.strip_suffix('\r').filter(|_| text[at..].starts_with('\n')).unwrap_or(before);
    let start = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    if text[start..at].starts_with('\u{feff}') { start + '\u{feff}'.len_utf8() } else { start }
}

/// The blanks that the line of `at` begins with.
pub(super) fn indent(text: &str, at: usize) -> &str {
    let line = &text[line_start(text, at)..at];
    &line[..skip_blanks(line, 0)]
}

/// The indent of what stands at `at`, if nothing else stands before it on its
/// line. Looks no further back than that: a line can be as long as the file.
pub(super) fn opens_line(text: &str, at: usize) -> Option<&str> {
    let before = text[..at].trim_end_matches([' ', '\t']);
    let opens = before.is_empty() || before == "\u{feff}" || before.ends_with(['\n', '\r']);
    opens.then(|| &text[before.len()..at])
}

/// The first byte from `at` on that is neither space nor tab.
pub(super) fn skip_blanks(text: &str, at: usize) -> usize {
    at + text.as_bytes()[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Whether there is nothing but white space.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}
