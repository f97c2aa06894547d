//! What the parser refuses and clients take: what stands in brackets or quotes
//! and no further in than the name before it, and a tab behind a colon.
//!
//! ```yaml
//! args: [
//!   -y
//! ]
//! ```
//!
//! YAML 1.2 wants the bracket further in, but `yaml` only warns; libyaml and
//! js-yaml let everything in brackets and quotes stand anywhere. The tab is fine in
//! YAML 1.2 too. For libyaml a dash in brackets is a text (`[a, -]`). The parser is
//! given a text with more spaces before these, and another sign for that dash.

use std::ops::Range;

use crate::document::blanks::{line_start, skip_blanks};

/// How far a reader goes beyond YAML 1.2.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lenience {
    /// What stands in brackets or quotes may stand as far out as it likes.
    pub(super) outdented: bool,
    /// A dash alone in brackets is a text.
    pub(super) dash: bool,
}

/// Stands for a dash. (A text that holds one of these is read by no client.)
const DASH: char = '\u{1}';

/// A text for the parser, and how it differs from the real one.
pub(super) struct Spaced {
    pub(super) text: String,
    pads: Vec<Pad>,
}

/// Spaces that only the parser sees.
struct Pad {
    /// Where in the real text they were put in.
    at: usize,
    count: usize,
    /// How many were put in before these.
    before: usize,
}

/// `None` if there is nothing to put in, or too much.
pub(super) fn spaced(text: &str, lenience: Lenience, most: usize) -> Option<Spaced> {
    let marked = text.contains(DASH);
    let mut walk = Walk { text, lenience, ..Walk::default() };
    walk.run();
    let Walk { pads, dashes, .. } = walk;
    let put_in = pads.last().map_or(0, |pad| pad.before + pad.count);
    if pads.is_empty() && dashes.is_empty() || marked || text.len() + put_in > most {
        return None;
    }
    let mut spaced = String::with_capacity(text.len() + put_in);
    let (mut copied, mut dashes) = (0, dashes.into_iter().peekable());
    let ends = pads.iter().map(|pad| (pad.at, pad.count)).chain([(text.len(), 0)]);
    for (end, count) in ends {
        while let Some(dash) = dashes.next_if(|dash| *dash < end) {
            spaced.push_str(&text[copied..dash]);
            spaced.push(DASH);
            copied = dash + 1;
        }
        spaced.push_str(&text[copied..end]);
        spaced.extend(std::iter::repeat_n(' ', count));
        copied = end;
    }
    Some(Spaced { text: spaced, pads })
}

impl Spaced {
    /// The place in the real text of a place in the other one.
    pub(super) fn real(&self, at: usize) -> usize {
        match self.pads.partition_point(|pad| pad.at + pad.before < at).checked_sub(1) {
            None => at,
            Some(last) => {
                let pad = &self.pads[last];
                (at - pad.before).saturating_sub(pad.count).max(pad.at)
            }
        }
    }

    /// The first spaces inside these bytes of the real text that would be read as
    /// a part of them: in quotes and words all do that stand behind something else.
    pub(super) fn read_in(&self, text: &str, block: bool, span: &Range<usize>) -> Option<usize> {
        let first = self.pads.partition_point(|pad| pad.at <= span.start);
        let mut inside = self.pads[first..].iter().map(|pad| pad.at).take_while(|at| *at < span.end);
        let leads = |at: usize| text[line_start(text, at)..at].bytes().all(|byte| byte == b' ');
        inside.find(|at| block || !leads(*at))
    }

    /// A text as it really stands.
    pub(super) fn undashed(text: &str) -> Option<String> {
        text.contains(DASH).then(|| text.replace(DASH, "-"))
    }
}

/// One way through a text, far enough in its grammar to know where brackets,
/// quotes and block texts are. What it gets wrong the parser sees.
#[derive(Default)]
struct Walk<'a> {
    text: &'a str,
    lenience: Lenience,
    at: usize,
    /// Where the line begins.
    line: usize,
    /// The column from which on a value of the entry that was named last may stand.
    need: usize,
    /// The column where the entry begins whose name may come.
    entry: usize,
    /// Only dashes and the like have stood on this line.
    fresh: bool,
    /// Brackets that are open.
    depth: usize,
    /// Inside words without quotes.
    plain: bool,
    /// Right behind something that a colon without a blank may follow.
    adjacent: bool,
    pads: Vec<Pad>,
    dashes: Vec<usize>,
}

impl Walk<'_> {
    fn run(&mut self) {
        self.at = if self.text.starts_with('\u{feff}') { 3 } else { 0 };
        self.begin_line();
        while self.at < self.text.len() {
            self.step();
        }
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn column(&self) -> usize {
        self.at - self.line
    }

    /// Whether what is behind the next byte ends an indicator.
    fn ends(&self) -> bool {
        matches!(self.byte(1), None | Some(b' ' | b'\t' | b'\n' | b'\r'))
    }

    fn flow_sign(&self) -> bool {
        matches!(self.byte(1), Some(b',' | b'[' | b']' | b'{' | b'}'))
    }

    fn step(&mut self) {
        let adjacent = std::mem::take(&mut self.adjacent);
        let Some(byte) = self.byte(0) else { return };
        let after_blank = self.at == self.line || matches!(self.text.as_bytes()[self.at - 1], b' ' | b'\t');
        let flow = self.depth > 0;
        match byte {
            b'\n' | b'\r' => return self.next_line(),
            b' ' | b'\t' => {}
            b'#' if after_blank || !self.plain => {
                self.plain = false;
                return self.rest_of_line();
            }
            b':' if self.ends() || flow && (self.flow_sign() || adjacent) => return self.colon(),
            b',' | b'[' | b']' | b'{' | b'}' if flow => self.sign(byte),
            b'-' if flow && (after_blank || self.after_sign()) && self.flow_sign() => {
                if self.plain || self.lenience.dash {
                    self.dashes.push(self.at);
                }
                self.plain = true;
            }
            _ if self.plain => {}
            b'-' | b'?' if self.ends() => {
                if !flow && self.fresh {
                    self.need = self.column() + 1;
                    self.at += 1;
                    self.at += self.text[self.at..].bytes().take_while(|byte| *byte == b' ').count();
                    self.entry = self.column();
                    return;
                }
            }
            b'[' | b'{' => self.sign(byte),
            b'\'' | b'"' => return self.quoted(byte),
            b'&' | b'!' | b'*' => {
                self.fresh = false;
                return self.property();
            }
            b'|' | b'>' if !flow => return self.block_text(),
            _ => self.plain = true,
        }
        self.fresh &= matches!(byte, b' ');
        self.at += 1;
    }

    /// Whether a sign before this byte says that something begins here.
    fn after_sign(&self) -> bool {
        let before = self.text.as_bytes()[self.at - 1];
        matches!(before, b',' | b'[' | b']' | b'{' | b'}') || before == b':' && !self.plain
    }

    /// Past an anchor, a tag or an alias.
    fn property(&mut self) {
        let rest = &self.text[self.at..];
        let exact = rest.starts_with("!<");
        let end = |c: char| c.is_ascii_whitespace() || if exact { c == '>' } else { ",[]{}".contains(c) };
        let length = rest.find(end).unwrap_or(rest.len());
        self.at += length + usize::from(rest[length..].starts_with('>'));
    }

    fn sign(&mut self, byte: u8) {
        self.plain = false;
        match byte {
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => {
                self.depth = self.depth.saturating_sub(1);
                self.adjacent = true;
            }
            _ => {}
        }
    }

    fn colon(&mut self) {
        self.at += 1;
        if self.byte(0) == Some(b'\t') {
            self.pad(self.at, 1);
        }
        if self.depth == 0 {
            self.need = self.entry + 1;
        }
        (self.plain, self.fresh) = (false, false);
    }

    fn quoted(&mut self, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\n' | b'\r' => {
                    self.end_line();
                    self.move_in(false);
                    continue;
                }
                b'\\' if quote == b'"' && !matches!(self.byte(1), Some(b'\n' | b'\r')) => self.at += 1,
                b'\'' if quote == b'\'' && self.byte(1) == Some(b'\'') => self.at += 1,
                _ if byte == quote => {
                    self.at += 1;
                    break;
                }
                _ => {}
            }
            self.at += 1;
        }
        (self.adjacent, self.fresh) = (self.depth > 0, false);
    }

    /// Past a `|` or `>` and the lines that belong to it.
    fn block_text(&mut self) {
        loop {
            self.rest_of_line();
            if self.at >= self.text.len() {
                return;
            }
            self.end_line();
            let first = skip_spaces(self.text, self.at);
            let blank = matches!(self.text.as_bytes().get(first), None | Some(b'\n' | b'\r'));
            if !blank && (first - self.line < self.need || self.is_mark()) {
                return self.begin_line();
            }
        }
    }

    fn rest_of_line(&mut self) {
        self.at += self.text[self.at..].find(['\n', '\r']).unwrap_or(self.text.len() - self.at);
    }

    /// Past a line end.
    fn end_line(&mut self) {
        self.at += if self.text[self.at..].starts_with("\r\n") { 2 } else { 1 };
        self.line = self.at;
    }

    fn next_line(&mut self) {
        self.end_line();
        if self.depth > 0 {
            return self.move_in(true);
        }
        let first = skip_blanks(self.text, self.at);
        let blank = matches!(self.text.as_bytes().get(first), None | Some(b'\n' | b'\r'));
        // Words go on further in; blank lines decide nothing.
        if !blank {
            self.plain &= first - self.line >= self.need && !self.is_mark();
            if !self.plain {
                self.begin_line();
            }
        }
    }

    fn begin_line(&mut self) {
        self.line = self.at;
        self.fresh = true;
        self.plain = false;
        self.entry = skip_spaces(self.text, self.at) - self.at;
        if self.is_mark() {
            self.need = 0;
            self.at += 3;
        } else if self.byte(0) == Some(b'%') {
            self.rest_of_line();
        }
    }

    /// `---` or `...`, which end everything.
    fn is_mark(&self) -> bool {
        let rest = &self.text[self.line..];
        (rest.starts_with("---") || rest.starts_with("..."))
            && matches!(rest.as_bytes().get(3), None | Some(b' ' | b'\t' | b'\n' | b'\r'))
    }

    /// Puts spaces before what a line inside brackets or quotes begins with.
    fn move_in(&mut self, brackets: bool) {
        let first = skip_blanks(self.text, self.at);
        let missing = self.need.saturating_sub(skip_spaces(self.text, self.at) - self.at);
        match self.text.as_bytes().get(first) {
            None | Some(b'\n' | b'\r') => {}
            _ if self.is_mark() => {}
            Some(b'#') if brackets => {}
            _ if self.lenience.outdented => self.pad(skip_spaces(self.text, self.at), missing),
            // At the column of the name, where `yaml` only warns.
            Some(b']' | b'}') if brackets && missing == 1 => self.pad(first, 1),
            _ => {}
        }
    }

    fn pad(&mut self, at: usize, count: usize) {
        if count > 0 {
            let before = self.pads.last().map_or(0, |pad| pad.before + pad.count);
            self.pads.push(Pad { at, count, before });
        }
    }
}

fn skip_spaces(text: &str, at: usize) -> usize {
    at + text.as_bytes()[at..].iter().take_while(|byte| **byte == b' ').count()
}
