//! Words and parts of words, each knowing where it stands in the line as the
//! config has it, so that a fix can replace exactly that text.

use std::ops::Range;

/// A word, or a part of one.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    /// The word of the given line it stands in.
    pub(super) at: usize,
    /// Where its bytes stand in that word: pairs of an offset in `text` and
    /// one there, one for each unbroken piece. More than one where quotes or
    /// escapes are between; none when it is not known.
    pieces: Vec<(usize, usize)>,
}

impl Word {
    /// A word as it was given.
    pub(super) fn given(text: &str, at: usize) -> Word {
        Word { text: text.to_owned(), at, pieces: vec![(0, 0)] }
    }

    /// The bytes of this word.
    pub(super) fn part(&self, range: Range<usize>) -> Word {
        let mut pieces = Vec::new();
        self.add_pieces(&range, 0, &mut pieces);
        Word { text: self.text[range].to_owned(), at: self.at, pieces }
    }

    /// Adds where `range` stands, for a text that takes it in at `to`.
    fn add_pieces(&self, range: &Range<usize>, to: usize, pieces: &mut Vec<(usize, usize)>) {
        let first = self.pieces.partition_point(|piece| piece.0 <= range.start).saturating_sub(1);
        for &(text, there) in self.pieces.iter().skip(first).take_while(|piece| piece.0 < range.end) {
            let skipped = range.start.saturating_sub(text);
            pieces.push((to + (text + skipped) - range.start, there + skipped));
        }
    }

    pub(super) fn from(&self, start: usize) -> Word {
        self.part(start..self.text.len())
    }

    /// What follows `prefix`.
    pub(super) fn after(&self, prefix: &str) -> Option<Word> {
        self.text.starts_with(prefix).then(|| self.from(prefix.len()))
    }

    /// Both sides of the first `mark`.
    pub(super) fn split(&self, mark: char) -> Option<(Word, Word)> {
        let at = self.text.find(mark)?;
        Some((self.part(0..at), self.from(at + mark.len_utf8())))
    }

    /// The same text in the given word; empty when it is spelled differently there.
    pub(super) fn range(&self) -> Range<usize> {
        match self.pieces.as_slice() {
            [(0, start)] => *start..*start + self.text.len(),
            _ => 0..0,
        }
    }

    /// `NAME=value` with a name a shell would take.
    pub(super) fn assignment(&self) -> Option<(String, Word)> {
        let (name, value) = self.split('=')?;
        let mut letters = name.text.bytes();
        let first = letters.next()?;
        let sound =
            (first.is_ascii_alphabetic() || first == b'_') && letters.all(|b| b.is_ascii_alphanumeric() || b == b'_');
        sound.then_some((name.text, value))
    }
}

/// A file name without folders and without what Windows adds, in lower case
/// when it had such an ending.
pub(super) fn base(program: &str) -> String {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    for ending in [".exe", ".cmd", ".bat", ".ps1", ".com"] {
        let cut = name.len().wrapping_sub(ending.len());
        if cut > 0 && name.get(cut..).is_some_and(|tail| tail.eq_ignore_ascii_case(ending)) {
            return name[..cut].to_ascii_lowercase();
        }
    }
    name.to_owned()
}

/// What a POSIX shell makes of a line that is one simple command:
/// its assignments and words. `None` when it is more than that.
pub(super) fn simple_command(line: &Word) -> Option<Vec<Word>> {
    let words = Shell { line, bytes: line.text.as_bytes(), at: 0 }.words()?;
    let first = words.iter().find(|word| word.assignment().is_none());
    const RESERVED: &[&str] = &[
        "!", "{", "}", "[[", "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in",
        "select", "then", "time", "until", "while", ".", "source", "eval", "cd", "export", "set", "trap", "alias",
    ];
    (!first.is_some_and(|word| RESERVED.contains(&word.text.as_str()))).then_some(words)
}

struct Shell<'a> {
    line: &'a Word,
    bytes: &'a [u8],
    at: usize,
}

impl Shell<'_> {
    fn words(mut self) -> Option<Vec<Word>> {
        let mut words: Vec<Word> = Vec::new();
        let mut in_front = true;
        loop {
            while matches!(self.peek(0), Some(b' ' | b'\t')) || self.bytes[self.at..].starts_with(b"\\\n") {
                self.at += if self.peek(0) == Some(b'\\') { 2 } else { 1 };
            }
            match self.peek(0) {
                None => return Some(words),
                Some(b'#') => return self.rest_is_blank_after_line().then_some(words),
                Some(b';' | b'\n') => {
                    let rest = &self.bytes[self.at + 1..];
                    return rest.iter().all(u8::is_ascii_whitespace).then_some(words);
                }
                Some(b'&') if self.peek(1) == Some(b'>') => self.redirection()?,
                Some(b'<' | b'>') => self.redirection()?,
                Some(b'&' | b'|' | b'(' | b')') => return None,
                Some(_) => {
                    let word = self.word(in_front)?;
                    in_front &= word.assignment().is_some();
                    // `2>file`: the digit belongs to the redirection.
                    let redirected = matches!(self.peek(0), Some(b'<' | b'>'));
                    if !(redirected && word.text.bytes().all(|b| b.is_ascii_digit())) {
                        words.push(word);
                    }
                }
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn rest_is_blank_after_line(&self) -> bool {
        let rest = &self.bytes[self.at..];
        let line = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        rest[line..].iter().all(u8::is_ascii_whitespace)
    }

    /// `> file`, `2>&1`, `&>> file`; here-documents and process substitution
    /// are more than a simple command.
    fn redirection(&mut self) -> Option<()> {
        let start = self.at;
        while matches!(self.peek(0), Some(b'<' | b'>' | b'&' | b'|')) {
            self.at += 1;
        }
        let sign = &self.bytes[start..self.at];
        if sign.starts_with(b"<<") || self.peek(0) == Some(b'(') {
            return None;
        }
        while matches!(self.peek(0), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        self.peek(0)?;
        self.word(false).map(|_| ())
    }

    /// One word without its quotes. A command may be substituted only in the
    /// value of a leading assignment: elsewhere nobody knows what will run.
    fn word(&mut self, in_front: bool) -> Option<Word> {
        let start = self.at;
        let mut text = Vec::new();
        // Where the text came from: one range for each unbroken piece.
        let mut pieces: Vec<Range<usize>> = Vec::new();
        let mut push = |text: &mut Vec<u8>, range: Range<usize>, bytes: &[u8]| {
            text.extend_from_slice(&bytes[range.clone()]);
            match pieces.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => pieces.push(range),
            }
        };
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => break,
                b'\'' => {
                    let open = self.at + 1;
                    let close = open + self.bytes[open..].iter().position(|&b| b == b'\'')?;
                    push(&mut text, open..close, self.bytes);
                    self.at = close + 1;
                }
                b'"' => {
                    self.at += 1;
                    loop {
                        match self.peek(0)? {
                            b'"' => break,
                            b'\\' if matches!(self.peek(1), Some(b'"' | b'\\' | b'$' | b'`')) => {
                                push(&mut text, self.at + 1..self.at + 2, self.bytes);
                                self.at += 2;
                            }
                            b'`' => return None,
                            b'$' if self.peek(1) == Some(b'(') => {
                                let range = self.substitution(in_front && text.contains(&b'='))?;
                                push(&mut text, range, self.bytes);
                            }
                            _ => {
                                push(&mut text, self.at..self.at + 1, self.bytes);
                                self.at += 1;
                            }
                        }
                    }
                    self.at += 1;
                }
                b'\\' => {
                    let next = self.peek(1)?;
                    if next != b'\n' {
                        push(&mut text, self.at + 1..self.at + 2, self.bytes);
                    }
                    self.at += 2;
                }
                b'`' => return None,
                b'$' if self.peek(1) == Some(b'(') => {
                    let range = self.substitution(in_front && text.contains(&b'='))?;
                    push(&mut text, range, self.bytes);
                }
                _ => {
                    push(&mut text, self.at..self.at + 1, self.bytes);
                    self.at += 1;
                }
            }
        }
        if self.at == start {
            return None;
        }
        let mut word = Word { text: String::from_utf8(text).ok()?, at: self.line.at, pieces: Vec::new() };
        let mut to = 0;
        for piece in pieces {
            self.line.add_pieces(&piece, to, &mut word.pieces);
            to += piece.len();
        }
        Some(word)
    }

    /// `$(…)`, with what it holds.
    fn substitution(&mut self, allowed: bool) -> Option<Range<usize>> {
        let start = self.at;
        if !allowed {
            return None;
        }
        let mut depth = 0usize;
        let mut quote = None;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match (quote, byte) {
                (Some(open), close) if open == close => quote = None,
                (Some(_), _) => {}
                (None, b'\'' | b'"') => quote = Some(byte),
                (None, b'(') => depth += 1,
                (None, b')') => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(start..self.at);
                    }
                }
                (None, _) => {}
            }
        }
        None
    }
}

/// The words of a Windows command line: blanks part them, double quotes hold
/// them together.
pub(super) fn windows_words(line: &Word) -> Vec<Word> {
    let bytes = line.text.as_bytes();
    let mut words = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let start = at;
        let mut quoted = false;
        while at < bytes.len() && (quoted || !bytes[at].is_ascii_whitespace()) {
            quoted ^= bytes[at] == b'"';
            at += 1;
        }
        let word = line.part(start..at);
        let inner = word.text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        words.push(match inner {
            Some(inner) if !inner.contains('"') => word.part(1..1 + inner.len()),
            _ if word.text.contains('"') => Word { text: word.text.replace('"', ""), at: word.at, pieces: Vec::new() },
            _ => word,
        });
    }
    words
}
