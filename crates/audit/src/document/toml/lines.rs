//! Where things stand on their lines. TOML ends a line at LF or CRLF.

use std::ops::Range;

use crate::document::blanks::line_start;
use crate::document::commas::Rest;

/// The first byte after the BOM.
pub(super) fn first(text: &str) -> usize {
    if text.starts_with('\u{feff}') { 3 } else { 0 }
}

/// The end of the line of `at`, and where the next one begins.
pub(super) fn line_end(text: &str, at: usize) -> Range<usize> {
    match text[at..].find('\n') {
        Some(length) if text[..at + length].ends_with('\r') && length > 0 => at + length - 1..at + length + 1,
        Some(length) => at + length..at + length + 1,
        None => text.len()..text.len(),
    }
}

/// Looks from `from`, which lies between two items, to the end of the line.
pub(super) fn rest_of_line(text: &str, from: usize) -> Rest {
    let line = line_end(text, from);
    let rest = text[from..line.start].trim_start_matches([' ', '\t']);
    match rest.starts_with('#') {
        true => Rest { end: line.start, line_break: Some(line).filter(|line| !line.is_empty()) },
        false => Rest { end: from, line_break: Some(line).filter(|line| rest.is_empty() && !line.is_empty()) },
    }
}

/// The comma after an item that ends at `end`, comments between them passed over.
pub(super) fn comma(text: &str, end: usize) -> Option<usize> {
    let mut at = end;
    loop {
        match text.as_bytes().get(at)? {
            b',' => return Some(at),
            b'#' => at = line_end(text, at).start,
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            _ => return None,
        }
    }
}

/// Where the comment lines begin that stand right above the line that begins
/// at `start`, not above `after`, where what stands before has ended: a line of
/// a long text can look like one. What stands at the top of a file is about the file.
pub(super) fn with_comments(text: &str, after: Option<usize>, start: usize) -> usize {
    let mut top = start;
    while top > after.unwrap_or(first(text)) {
        let above = line_start(text, top - 1);
        if !text[above..top].trim_start().starts_with('#') {
            return top;
        }
        top = above;
    }
    if after.is_some() { top } else { start }
}
