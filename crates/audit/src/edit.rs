//! Byte edits and the lines of a diff.
//!
//! An edit replaces one byte range of a text. Everything a fix changes in a
//! config is a list of these, so preview and write can never differ.

use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices, group_diff_ops};

/// Replace `range` (bytes of the old text, on character boundaries) by `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub range: Range<usize>,
    pub text: String,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpliceError {
    #[error("two edits touch the same bytes")]
    Overlap,
    #[error("an edit lies outside the text")]
    OutOfRange,
}

/// Applies `edits` (any order, not overlapping). Bytes outside never change.
/// Edits may touch end to start; two insertions at one place have no order
/// and are an `Overlap`.
pub fn splice(text: &str, edits: &[Edit]) -> Result<String, SpliceError> {
    let mut order: Vec<&Edit> = edits.iter().collect();
    order.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let grown: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut result = String::with_capacity(text.len() + grown);
    let mut done = 0;
    let mut previous: Option<&Edit> = None;
    for edit in order {
        let twice = previous.is_some_and(|other| other.range.is_empty() && other.range == edit.range);
        if twice || edit.range.start < done {
            return Err(SpliceError::Overlap);
        }
        let (Some(kept), Some(_)) = (text.get(done..edit.range.start), text.get(edit.range.clone())) else {
            return Err(SpliceError::OutOfRange);
        };
        result.push_str(kept);
        result.push_str(&edit.text);
        done = edit.range.end;
        previous = Some(edit);
    }
    result.push_str(&text[done..]);
    Ok(result)
}

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct DiffLine {
    pub kind: LineKind,
    /// Line number in the old text, from 1; null for what is added, and for a gap. News that were kept before have none.
    #[serde(default)]
    pub old: Option<usize>,
    /// The same in the new text; null for what is removed, and for a gap.
    #[serde(default)]
    pub new: Option<usize>,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    Kept,
    Removed,
    Added,
    /// Unchanged lines left out here; `text` is empty.
    Gap,
}

/// The unified difference of two texts with three lines of context, unchanged
/// rest folded to a `Gap`. Of a very long line (a file without line breaks) only
/// what changed is shown, whole, and what stands around it; `…` stands for the rest.
pub fn diff(before: &str, after: &str) -> Vec<DiffLine> {
    let (old, new) = (lines(before), lines(after));
    // Equal ends are set aside first: a small change in a large file is
    // compared as the few lines it is.
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let from = head.saturating_sub(CONTEXT);
    let (old_end, new_end) = (old.len() - tail.saturating_sub(CONTEXT), new.len() - tail.saturating_sub(CONTEXT));
    let ops = capture_diff_slices(Algorithm::Myers, &old[from..old_end], &new[from..new_end]);
    let mut result = Vec::new();
    let mut shown = 0;
    for group in group_diff_ops(ops, CONTEXT) {
        let start = from + group.first().map_or(0, |op| op.old_range().start);
        if start > shown {
            result.push(line(LineKind::Gap, None, None, ""));
        }
        for op in group {
            let (gone, come) = (op.old_range(), op.new_range());
            shown = from + gone.end;
            if op.tag() == DiffTag::Equal {
                let kept = |(at, now): (usize, usize)| {
                    let text = shortened(old[from + at].0, false, true);
                    line(LineKind::Kept, Some(from + at), Some(from + now), &text)
                };
                result.extend(gone.zip(come).map(kept));
            } else {
                let pairs = gone.clone().zip(come.clone());
                let pairs: Vec<(String, String)> =
                    pairs.map(|(was, is)| cut_out(old[from + was].0, new[from + is].0)).collect();
                let was = |(nth, at): (usize, usize)| pairs.get(nth).map_or(old[from + at].0, |(was, _)| was);
                let is = |(nth, at): (usize, usize)| pairs.get(nth).map_or(new[from + at].0, |(_, is)| is);
                result.extend(gone.enumerate().map(|one| line(LineKind::Removed, Some(from + one.1), None, was(one))));
                result.extend(come.enumerate().map(|one| line(LineKind::Added, None, Some(from + one.1), is(one))));
            }
        }
    }
    if !result.is_empty() && shown < old.len() {
        result.push(line(LineKind::Gap, None, None, ""));
    }
    result
}

const CONTEXT: usize = 3;

/// Bytes of the longest line that is shown whole.
const LONGEST: usize = 300;

/// Characters of a longer line shown on each side of a change.
const AROUND: usize = 60;

/// Two versions of one line: what they share is shortened where it is long.
fn cut_out(old: &str, new: &str) -> (String, String) {
    if old.len().max(new.len()) <= LONGEST {
        return (old.to_owned(), new.to_owned());
    }
    let pieces = |text| str::split_inclusive(text, [',', '{', '[', ' ']).collect::<Vec<_>>();
    let (old, new) = (pieces(old), pieces(new));
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    let (mut was, mut is) = (String::new(), String::new());
    for (at, op) in ops.iter().enumerate() {
        let (gone, come) = (old[op.old_range()].concat(), new[op.new_range()].concat());
        if op.tag() == DiffTag::Equal {
            let shared = shortened(&gone, at == 0, at + 1 == ops.len());
            was += &shared;
            is += &shared;
        } else {
            was += &gone;
            is += &come;
        }
    }
    (was, is)
}

/// A text with its middle left out, or its beginning (`first`) or end (`last`), where it is long.
fn shortened(text: &str, first: bool, last: bool) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let head = text.char_indices().nth(if first { 0 } else { AROUND }).map_or(text.len(), |(at, _)| at);
    let tail = if last { 0 } else { AROUND };
    let tail = text.char_indices().rev().take(tail).last().map_or(text.len(), |(at, _)| at);
    if head >= tail { text.to_owned() } else { format!("{}…{}", &text[..head], &text[tail..]) }
}

/// `old`, `new`: where it stands in each text, from 0.
fn line(kind: LineKind, old: Option<usize>, new: Option<usize>, text: &str) -> DiffLine {
    let number = |at: usize| at + 1;
    DiffLine { kind, old: old.map(number), new: new.map(number), text: text.to_owned() }
}

/// The lines of a text, each with the terminator it had.
fn lines(text: &str) -> Vec<(&str, &str)> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(['\n', '\r']) {
        let length = if rest[end..].starts_with("\r\n") { 2 } else { 1 };
        lines.push((&rest[..end], &rest[end..end + length]));
        rest = &rest[end + length..];
    }
    if !rest.is_empty() {
        lines.push((rest, ""));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(range: Range<usize>, text: &str) -> Edit {
        Edit { range, text: text.to_owned() }
    }

    #[test]
    fn splice_takes_edits_in_any_order() {
        let edits = [edit(4..5, "E"), edit(0..1, ""), edit(2..2, "--"), edit(2..3, "C")];
        assert_eq!(splice("abcde", &edits), Ok("b--CdE".to_owned()));
        assert_eq!(splice("", &[]), Ok(String::new()));
    }

    #[test]
    fn splice_refuses_what_has_no_single_meaning() {
        assert_eq!(splice("abc", &[edit(0..2, ""), edit(1..3, "")]), Err(SpliceError::Overlap));
        assert_eq!(splice("abc", &[edit(1..1, "x"), edit(1..1, "y")]), Err(SpliceError::Overlap));
        assert_eq!(splice("abc", &[edit(2..4, "")]), Err(SpliceError::OutOfRange));
        assert_eq!(splice("é", &[edit(1..2, "")]), Err(SpliceError::OutOfRange));
    }

    fn show(before: &str, after: &str) -> String {
        let number = |at: Option<usize>| at.map_or_else(String::new, |at| at.to_string());
        let mark = |line: DiffLine| {
            let sign = match line.kind {
                LineKind::Kept => ' ',
                LineKind::Removed => '-',
                LineKind::Added => '+',
                LineKind::Gap => return "...\n".to_owned(),
            };
            format!("{sign} {:>2} {:>2} {}\n", number(line.old), number(line.new), line.text)
        };
        diff(before, after).into_iter().map(mark).collect()
    }

    #[test]
    fn diff_shows_three_lines_around_each_change() {
        let before: String = (1..=30).map(|n| format!("{n}\r\n")).collect();
        let after = before.replace("10\r\n", "ten\r\nand a half\r\n").replace("25\r\n", "");
        insta::assert_snapshot!(show(&before, &after), @r"
        ...
           7  7 7
           8  8 8
           9  9 9
        - 10    10
        +    10 ten
        +    11 and a half
          11 12 11
          12 13 12
          13 14 13
        ...
          22 23 22
          23 24 23
          24 25 24
        - 25    25
          26 26 26
          27 27 27
          28 28 28
        ...
        ");
    }

    #[test]
    fn of_a_file_in_one_line_what_changed_is_shown() {
        let entry = |n: usize| format!(r#"{{"command":"npx","args":["-y","server-{n}"],"env":{{"KEY":"é{n}"}}}}"#);
        let entries: Vec<String> = (0..500).map(entry).collect();
        let before = entries.join(",");
        let after = before.replace("\"é17\"", "\"moved\"").replace("\"server-400\"", "\"server-400\",\"--new\"");
        insta::assert_snapshot!(show(&before, &after), @r#"
        -  1    …":"é16"}},{"command":"npx","args":["-y","server-17"],"env":{"KEY":"é17"}},{"command":"npx","args":["-y","server-18"],"env":{"KEY":"é18…r-399"],"env":{"KEY":"é399"}},{"command":"npx","args":["-y","server-400"],"env":{"KEY":"é400"}},{"command":"npx","args":["-y","server-…
        +     1 …":"é16"}},{"command":"npx","args":["-y","server-17"],"env":{"KEY":"moved"}},{"command":"npx","args":["-y","server-18"],"env":{"KEY":"é18…r-399"],"env":{"KEY":"é399"}},{"command":"npx","args":["-y","server-400","--new"],"env":{"KEY":"é400"}},{"command":"npx","args":["-y","server-…
        "#);
        // What is new is never cut, what stays is.
        let kept = "x".repeat(2000);
        assert_eq!(diff("a", &kept)[1].text, kept);
        assert_eq!(diff(&format!("a\n{kept}"), &format!("b\n{kept}"))[2].text, format!("{}…", "x".repeat(60)));
    }

    #[test]
    fn diff_of_equal_texts_is_empty_and_of_ends_has_no_gap() {
        assert_eq!(show("a\nb", "a\nb"), "");
        assert_eq!(show("a", "b"), "-  1    a\n+     1 b\n");
        assert_eq!(show("", "b\n"), "+     1 b\n");
        assert_eq!(show("a", "a\n"), "-  1    a\n+     1 a\n");
    }
}
