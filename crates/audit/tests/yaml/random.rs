//! An edited YAML file means what it meant, plus the patch, and keeps its
//! comments: random trees in random hands, judged by libyaml, which shares
//! nothing with the parser under test and is what Goose reads with.

use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;
use warder_audit::document::{Document, Format, Key, KeyPath, Patch};
use warder_audit::edit::splice;

use crate::step::{files, step};

proptest! {
    #![proptest_config(files(400))]

    #[test]
    fn an_edited_file_means_the_old_tree_and_the_patches(tree in tree(), hand in hand(), steps in prop::collection::vec(step(prop_oneof![tree(), leaf()]), 1..5)) {
        let text = hand.file(&tree);
        let mut after = tree;
        prop_assert_eq!(meaning(&text), Ok(after.clone()), "the hand wrote something else: {}", text);
        let patches: Vec<Patch> = steps.iter().filter_map(|step| step.on(&mut after, |_| true)).collect();
        let document = Document::parse(Path::new("x"), text.clone().into_bytes(), Format::YamlLoose, &[]);
        prop_assert!(document.is_ok(), "{:?}\n{text}", document.err());
        let edits = document.expect("just checked").edits(&patches);
        prop_assert!(edits.is_ok(), "{:?}: {patches:?}\n{text}", edits.err());
        let result = splice(&text, &edits.expect("just checked")).expect("the edits do not overlap");
        prop_assert_eq!(meaning(&result), Ok(after), "{:?}\n{}\n{}", patches, text, result);
        prop_assert_eq!(text.starts_with('\u{feff}'), result.starts_with('\u{feff}'));
        let crlf = text.contains("\r\n");
        prop_assert!(!if crlf { result.replace("\r\n", "").contains('\n') } else { result.contains('\r') }, "{result}");
        if patches.iter().all(|patch| matches!(patch, Patch::Set(at, _) if matches!(at.0.last(), Some(Key::Name(name)) if name.starts_with("new")))) {
            // Each comment and each anchor has a number of its own.
            for mark in text.split([' ', '\n', '\r']).filter(|word| is_mark(word)) {
                prop_assert!(result.split([' ', '\n', '\r', ',', '}', ']']).any(|word| word == mark), "{mark} is gone\n{text}\n{result}");
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in r#"([ab:\-?\[\]{},&*!|>'"%@#~ \n\t]|: |\n  |- |\r\n|é){0,24}"#) {
        for format in [Format::Yaml, Format::YamlLoose, Format::YamlMerging] {
            if let Ok(document) = Document::parse(Path::new("x"), text.clone().into_bytes(), format, &[]) {
                let patch = Patch::Set(KeyPath::default().name("a"), Value::from("b"));
                let _: Result<_, _> = document.edits(&[patch, Patch::Remove(KeyPath::default().name("b"))]);
            }
        }
    }
}

/// What libyaml and serde make of a text.
fn meaning(text: &str) -> Result<Value, String> {
    // serde tells libyaml the encoding, and so it does not look for the mark.
    let text = text.trim_start_matches('\u{feff}');
    let value: serde_norway::Value = serde_norway::from_str(text).map_err(|error| error.to_string())?;
    serde_json::to_value(value).map_err(|error| error.to_string())
}

/// Whether this is a comment or an anchor of the hand's. (No text looks so.)
fn is_mark(word: &str) -> bool {
    let number = ["#t", "#l", "&a"].iter().find_map(|mark| word.strip_prefix(mark));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i16>().prop_map(Value::from),
        Just(Value::from(1.5)),
        "[a-d/*,:{}\\[\\]\"\\\\\né😀\u{1} #'&!-]{0,6}".prop_map(Value::from),
        prop::sample::select(vec![
            "npx",
            "-y",
            "--",
            "no",
            "0x1",
            "1_0",
            "12:30",
            "~",
            "<<",
            "a b",
            "http://h:1/#x",
            "two\nlines\n"
        ])
        .prop_map(Value::from),
    ]
}

fn member() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "d/e", "0", "k\"\\", "é", "", "no", "x: y", "- z", "#h"])
        .prop_map(str::to_owned)
}

fn tree() -> impl Strategy<Value = Value> {
    let inner = leaf().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((member(), inner), 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    });
    prop::collection::vec((member(), inner), 1..6).prop_map(|members| members.into_iter().collect())
}

/// Somebody who writes YAML by hand, with habits and whims.
#[derive(Clone, Debug)]
struct Hand {
    newline: &'static str,
    unit: usize,
    /// Columns from a name to the dashes of its list.
    list: usize,
    /// Lines in brackets begin at the margin.
    outdented: bool,
    bom: bool,
    marks: bool,
    /// How often there are brackets, a comment, an anchor, quotes (of 256).
    brackets: u8,
    comments: u8,
    quotes: u8,
    whims: Vec<u8>,
    asked: usize,
    /// The line that ends is one of a block text, where nothing is a comment.
    block: bool,
}

fn hand() -> impl Strategy<Value = Hand> {
    let habits =
        (prop::sample::select(vec!["\n", "\r\n"]), prop::sample::select(vec![1usize, 2, 4]), any::<(bool, bool)>());
    let rates = (
        any::<bool>(),
        any::<bool>(),
        prop::sample::select(vec![0u8, 40, 200]),
        prop::sample::select(vec![0u8, 30, 120]),
        prop::sample::select(vec![0u8, 60, 255]),
    );
    (habits, rates, prop::collection::vec(any::<u8>(), 1..64)).prop_map(
        |((newline, unit, (indented, outdented)), (bom, marks, brackets, comments, quotes), whims)| Hand {
            newline,
            unit,
            list: if indented { unit } else { 0 },
            outdented,
            bom,
            marks,
            brackets,
            comments,
            quotes,
            whims,
            asked: 0,
            block: false,
        },
    )
}

impl Hand {
    fn whim(&mut self) -> u8 {
        self.asked += 1;
        self.whims[self.asked % self.whims.len()].wrapping_add((self.asked * 37) as u8)
    }

    fn file(mut self, tree: &Value) -> String {
        let mut text = if self.bom { "\u{feff}".to_owned() } else { String::new() };
        if self.marks {
            text += "---";
            self.line(&mut text);
        }
        self.lines(&mut text, tree, 0);
        let newline = self.newline;
        if self.marks && self.whim() < 128 {
            text += newline;
            text += "...";
        }
        // Without it a block text at the end would have no line end of its own.
        if self.whim() < 128 || self.block {
            text += newline;
        }
        text
    }

    /// The rest of a line, and perhaps lines that say nothing.
    fn line(&mut self, text: &mut String) {
        if std::mem::take(&mut self.block) {
            *text += self.newline;
            return;
        }
        if self.whim() < self.comments {
            *text += &format!(" #t{}", self.asked);
        }
        *text += self.newline;
        if self.whim() < self.comments {
            let blanks = usize::from(self.whim() % 5);
            *text += &format!("{}#l{}{}", " ".repeat(blanks), self.asked, self.newline);
        } else if self.whim() < 20 {
            *text += self.newline;
        }
    }

    /// The entries of a filled container; the first where the text ends.
    fn lines(&mut self, text: &mut String, tree: &Value, column: usize) {
        let list: Vec<(Option<&String>, &Value)> = match tree {
            Value::Array(items) => items.iter().map(|item| (None, item)).collect(),
            Value::Object(members) => members.iter().map(|(name, value)| (Some(name), value)).collect(),
            _ => unreachable!("only containers have lines"),
        };
        for (at, (name, value)) in list.into_iter().enumerate() {
            if at > 0 {
                self.line(text);
                *text += &" ".repeat(column);
            }
            match name {
                None => text.push('-'),
                Some(name) => {
                    *text += &self.word(name);
                    text.push(':');
                }
            }
            self.value(text, value, column, name.is_some());
        }
    }

    /// A value behind a dash or colon.
    fn value(&mut self, text: &mut String, value: &Value, column: usize, named: bool) {
        let anchored = self.whim() < self.comments / 4;
        if anchored {
            *text += &format!(" &a{}", self.asked);
        }
        let filled = match value {
            Value::Array(items) => !items.is_empty(),
            Value::Object(members) => !members.is_empty(),
            _ => false,
        };
        if filled && self.whim() >= self.brackets {
            let dashes = value.is_array();
            // Behind a dash the first entry can stand on the same line.
            if !named && !anchored && self.whim() < 200 {
                let blanks = 1 + usize::from(self.whim() < 20);
                *text += &" ".repeat(blanks);
                return self.lines(text, value, column + 1 + blanks);
            }
            self.line(text);
            let inner = column + if named && dashes { self.list } else { self.unit };
            *text += &" ".repeat(inner);
            return self.lines(text, value, inner);
        }
        if value.is_null() && self.whim() < 80 {
            return;
        }
        text.push(' ');
        match value.as_str() {
            Some(word)
                if word.ends_with('\n')
                    && is_simple(word.trim_end_matches('\n'))
                    && word.matches('\n').count() == 1
                    && self.whim() < 128 =>
            {
                *text += if self.whim() < 128 { "|" } else { ">" };
                *text += &format!("{}{}{}", self.newline, " ".repeat(column + self.unit), word.trim_end());
                self.block = true;
            }
            _ => self.flow(text, value, column + 1),
        }
    }

    /// A scalar, or a container in brackets whose lines stand in this column or behind it.
    fn flow(&mut self, text: &mut String, value: &Value, column: usize) {
        let (open, close, list): (_, _, Vec<(Option<&String>, &Value)>) = match value {
            Value::String(word) => {
                *text += &self.word(word);
                return;
            }
            Value::Array(items) => ('[', ']', items.iter().map(|item| (None, item)).collect()),
            Value::Object(members) => ('{', '}', members.iter().map(|(name, value)| (Some(name), value)).collect()),
            Value::Null if self.whim() < 128 => {
                text.push('~');
                return;
            }
            other => {
                *text += &other.to_string();
                return;
            }
        };
        let lines = self.whim() < 60;
        text.push(open);
        let count = list.len();
        for (at, (name, value)) in list.into_iter().enumerate() {
            if lines {
                self.line(text);
                *text += &" ".repeat(if self.outdented { 0 } else { column + self.unit });
            } else if at > 0 || self.whim() < 60 {
                text.push(' ');
            }
            if let Some(name) = name {
                *text += &self.word(name);
                *text += ": ";
            }
            self.flow(text, value, column + self.unit);
            if at + 1 < count || self.whim() < 60 {
                text.push(',');
            }
        }
        if lines && count > 0 {
            self.line(text);
            *text += &" ".repeat(if self.outdented { 0 } else { column });
        }
        text.push(close);
    }

    fn word(&mut self, word: &str) -> String {
        if is_simple(word) && self.whim() >= self.quotes {
            word.to_owned()
        } else if !word.contains(|c: char| c.is_control()) && self.whim() < 128 {
            format!("'{}'", word.replace('\'', "''"))
        } else {
            Value::from(word).to_string()
        }
    }
}

/// A text that needs no quotes anywhere.
fn is_simple(word: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase();
    word.starts_with(letter)
        && word.ends_with(letter)
        && word.chars().all(|c| letter(c) || c == '/' || c == '-' || c == ' ')
        && !matches!(word, "no" | "null" | "true" | "false")
}
