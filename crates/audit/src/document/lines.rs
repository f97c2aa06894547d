//! Line and column of any byte, without a list of all lines.

use std::ops::Range;

use memchr::memchr2_iter;

use super::Position;

/// What is known at every so many bytes: a position costs a look at no more
/// than these, in a file of one line as in one of a million.
const STRIDE: usize = 4096;

/// The line and the characters in it before each `STRIDE`th byte of a text.
#[derive(Clone, Debug)]
pub(super) struct Lines(Vec<Mark>);

#[derive(Clone, Copy, Debug)]
struct Mark {
    /// From 1.
    line: usize,
    /// Characters since the line began.
    column: usize,
}

impl Lines {
    pub(super) fn of(text: &str) -> Lines {
        let start = Mark { line: 1, column: 0 };
        let strides = (STRIDE..=text.len()).step_by(STRIDE);
        let marks = strides.scan(start, |mark, end| {
            *mark = mark.advance(text.as_bytes(), end - STRIDE..end);
            Some(*mark)
        });
        Lines([start].into_iter().chain(marks).collect())
    }

    /// Line and column of a byte of the text these are the lines of. A byte
    /// order mark has no column.
    pub(super) fn position(&self, text: &str, offset: usize) -> Position {
        let offset = offset.min(text.len());
        let here = text.floor_char_boundary(offset);
        let stride = here / STRIDE;
        let Mark { line, column } = self.0[stride].advance(text.as_bytes(), stride * STRIDE..here);
        let marked = line == 1 && here > 0 && text.starts_with('\u{feff}');
        Position { offset, line, column: column + 1 - usize::from(marked) }
    }
}

impl Mark {
    /// The mark at the end of `range`, which begins at this one.
    fn advance(mut self, text: &[u8], range: Range<usize>) -> Mark {
        let mut start = range.start;
        for end in memchr2_iter(b'\n', b'\r', &text[range.clone()]) {
            let next = range.start + end + 1;
            if text[next - 1] == b'\r' && text.get(next) == Some(&b'\n') {
                continue;
            }
            self = Mark { line: self.line + 1, column: 0 };
            start = next;
        }
        // Every character has one byte that does not continue another.
        self.column += text[start..range.end].iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
        self
    }
}
