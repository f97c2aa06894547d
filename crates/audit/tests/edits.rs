//! Two promises about every edit: bytes outside it never change, and the file
//! means afterwards exactly what it meant, plus the patch. The second is judged
//! by readers that share nothing with the code under test.

mod step;

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use step::{files, step};
use warder_audit::document::{Document, EditError, Format, Key, KeyPath, Patch};
use warder_audit::edit::{Edit, splice};

proptest! {
    #![proptest_config(files(600))]

    #[test]
    fn splice_changes_nothing_outside_its_ranges(text in ".{0,60}", cuts in prop::collection::vec((any::<Index>(), ".{0,5}"), 0..8)) {
        let borders: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let mut cuts: Vec<(usize, String)> = cuts.into_iter().map(|(at, new)| (*at.get(&borders), new)).collect();
        cuts.sort();
        cuts.dedup_by_key(|(at, _)| *at);
        let edits: Vec<Edit> = cuts.chunks_exact(2).map(|pair| Edit { range: pair[0].0..pair[1].0, text: pair[0].1.clone() }).collect();
        let shuffled: Vec<Edit> = edits.iter().rev().cloned().collect();
        let result = splice(&text, &shuffled).expect("the edits do not overlap");
        let (mut old, mut new) = (0, 0);
        for edit in &edits {
            let kept = edit.range.start - old;
            prop_assert_eq!(&result[new..new + kept], &text[old..edit.range.start]);
            prop_assert_eq!(&result[new + kept..new + kept + edit.text.len()], &edit.text);
            (old, new) = (edit.range.end, new + kept + edit.text.len());
        }
        prop_assert_eq!(&result[new..], &text[old..]);
    }

    #[test]
    fn an_edited_file_means_the_old_tree_and_the_patches(tree in tree(), hand in hand(), steps in prop::collection::vec(step(tree().prop_map(|tree| plain(&tree))), 1..5)) {
        let text = hand.clone().file(&tree);
        let before = meaning(&text, hand.format);
        let Some(mut after) = before else { return Err(TestCaseError::fail(format!("the hand wrote no JSON: {text}"))) };
        let patches: Vec<Patch> = steps.iter().filter_map(|step| step.on(&mut after, |_| true)).collect();
        let document = Document::parse(Path::new("x"), text.clone().into_bytes(), hand.format, &[]).expect("readable");
        let edits = document.edits(&patches);
        prop_assert!(edits.is_ok(), "{:?}: {patches:?}\n{text}", edits.err());
        let result = splice(&text, &edits.expect("just checked")).expect("the edits do not overlap");
        prop_assert_eq!(meaning(&result, hand.format), Some(after), "{:?}\n{}\n{}", patches, text, result);
        prop_assert_eq!(text.starts_with('\u{feff}'), result.starts_with('\u{feff}'));
        if patches.iter().all(|patch| matches!(patch, Patch::Set(at, _) if matches!(at.0.last(), Some(Key::Name(name)) if name.starts_with("new")))) {
            // Each comment has a number of its own.
            for comment in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.starts_with(['l', 'm', 'b']) && word.len() > 1) {
                prop_assert!(result.contains(comment), "{comment} is gone\n{text}\n{result}");
            }
        }
    }

    #[test]
    fn any_text_is_judged_as_the_reference_reader_does(text in r#"[\[\]{}:,"\\a-c0-2eE+.u/*\- \n\t]{0,14}|[\[{]?("[a\\u0"n]{0,6}"|-?[0-9.eE+-]{1,5}|true|nul)[,:\]} ]{0,3}"#) {
        let ours = Document::parse(Path::new("x"), text.clone().into_bytes(), Format::Json, &[]).is_ok_and(|document| document.refused.is_none());
        let theirs = serde_json::from_str::<Value>(&text);
        // serde_json wants whole surrogate pairs and numbers that fit; JavaScript does not.
        let stricter = theirs.as_ref().is_err_and(|error| error.to_string().contains("surrogate") || error.to_string().contains("out of range") || error.to_string().contains("hex escape"));
        prop_assert!(ours == theirs.is_ok() || stricter, "{text:?}: {theirs:?}");
    }
}

/// What an independent reader makes of a text.
fn meaning(text: &str, format: Format) -> Option<Value> {
    match format {
        Format::Json => serde_json::from_str(text).ok(),
        Format::JsonBom | Format::JsonComments | Format::Jsonc => serde_json::from_str(&strip(text)).ok(),
        _ => None,
    }
}

/// JSONC without what JSON does not have.
fn strip(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find(['\n', '\r']).unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").expect("closed") + 2
        } else if c == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            let length = end.expect("closed") + 2;
            plain.push_str(&rest[..length]);
            length
        } else {
            if matches!(c, ']' | '}') && plain.trim_end().ends_with(',') {
                plain.truncate(plain.trim_end().len() - 1);
            }
            plain.push(c);
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    plain
}

/// A tree that may name a member twice, as files can.
#[derive(Clone, Debug)]
enum Tree {
    Leaf(Value),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i16>().prop_map(Value::from),
        Just(Value::from(1.5)),
        "[a-d/*,:{}\\[\\]\"\\\\\né😀\u{1}]{0,6}".prop_map(Value::from),
    ]
}

fn member() -> impl Strategy<Value = String> {
    prop_oneof![Just("a"), Just("b"), Just("c"), Just("d/e"), Just("0"), Just("k\"\\"), Just("é"), Just("")]
        .prop_map(str::to_owned)
}

fn tree() -> impl Strategy<Value = Tree> {
    leaf().prop_map(Tree::Leaf).prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::List),
            prop::collection::vec((member(), inner), 0..6).prop_map(Tree::Object),
        ]
    })
}

/// Somebody who writes JSON by hand, with habits and whims.
#[derive(Clone, Debug)]
struct Hand {
    format: Format,
    newline: &'static str,
    indent: &'static str,
    bom: bool,
    /// How often a container goes on one line, a comment is left, a comma stays (of 256).
    one_line: u8,
    comments: u8,
    trailing: bool,
    whims: Vec<u8>,
    asked: usize,
}

fn hand() -> impl Strategy<Value = Hand> {
    let habits = (
        any::<bool>(),
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
        prop::sample::select(vec!["", "  ", "    ", "\t"]),
    );
    let rates = (
        any::<bool>(),
        prop::sample::select(vec![0u8, 60, 128, 255]),
        prop::sample::select(vec![0u8, 30, 120]),
        any::<bool>(),
    );
    (habits, rates, prop::collection::vec(any::<u8>(), 1..64)).prop_map(
        |((json, newline, indent), (bom, one_line, comments, trailing), whims)| {
            let format = if json { Format::Json } else { Format::Jsonc };
            Hand {
                format,
                newline,
                indent,
                bom: bom && !json,
                one_line,
                comments: if json { 0 } else { comments },
                trailing: trailing && !json,
                whims,
                asked: 0,
            }
        },
    )
}

impl Hand {
    fn whim(&mut self) -> u8 {
        self.asked += 1;
        self.whims[self.asked % self.whims.len()].wrapping_add((self.asked * 37) as u8)
    }

    fn file(mut self, tree: &Tree) -> String {
        let mut text = if self.bom { "\u{feff}".to_owned() } else { String::new() };
        self.gap(&mut text);
        self.value(&mut text, tree, 0);
        self.gap(&mut text);
        if self.whim() < 128 {
            text += self.newline;
        }
        text
    }

    /// Between two tokens: nothing, blanks or a comment.
    fn gap(&mut self, text: &mut String) {
        if self.whim() < 40 {
            text.push(' ');
        }
        if self.whim() < self.comments {
            let (number, newline) = (self.asked, self.newline);
            *text += &match self.whim() % 4 {
                0 => format!("// \"l{number}\", }} {newline}"),
                1 => format!("/* m{number} {newline} , */"),
                _ => format!("/* \"b{number}\": [ */"),
            };
        }
    }

    fn value(&mut self, text: &mut String, tree: &Tree, depth: usize) {
        let (open, close, children): (_, _, Vec<(Option<&String>, &Tree)>) = match tree {
            Tree::Leaf(value) => return *text += &value.to_string(),
            Tree::List(items) => ('[', ']', items.iter().map(|item| (None, item)).collect()),
            Tree::Object(members) => ('{', '}', members.iter().map(|(name, value)| (Some(name), value)).collect()),
        };
        let one_line = self.whim() <= self.one_line;
        text.push(open);
        for (at, (name, child)) in children.iter().enumerate() {
            if !one_line {
                *text += self.newline;
                *text += &self.indent.repeat(depth + 1);
            }
            self.gap(text);
            if let Some(name) = name {
                *text += &Value::from(name.as_str()).to_string();
                self.gap(text);
                text.push(':');
                self.gap(text);
            }
            self.value(text, child, depth + 1);
            self.gap(text);
            if at + 1 < children.len() || self.trailing {
                text.push(',');
            }
            self.gap(text);
        }
        if !one_line && !children.is_empty() {
            *text += self.newline;
            *text += &self.indent.repeat(depth);
        }
        text.push(close);
    }
}

fn plain(tree: &Tree) -> Value {
    match tree {
        Tree::Leaf(value) => value.clone(),
        Tree::List(items) => items.iter().map(plain).collect(),
        Tree::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
        }
    }
}

#[test]
fn an_edit_that_would_change_more_is_refused() {
    let text = "// the last line is a comment";
    let document = Document::parse(Path::new("x"), text.into(), Format::Jsonc, &[]).expect("readable");
    let result = document.edits(&[Patch::Set(KeyPath::default(), Value::from(1))]);
    assert_eq!(result, Err(EditError::Unfaithful(KeyPath::default())));
}

/// Found by fuzzing: a number of many digits has to be read to its last bit, or
/// another one is taken for the same.
#[test]
fn numbers_are_compared_to_the_last_bit() {
    let text = r#"{ "n": [222244444444444444446, 1] }"#;
    let document = Document::parse(Path::new("x"), text.into(), Format::Json, &[]).expect("readable");
    let set = |number: &str| {
        let number: Value = serde_json::from_str(number).expect("a number");
        document
            .edits(&[Patch::Set(KeyPath::default().name("n"), serde_json::json!([number, 1]))])
            .expect("it can be set")
    };
    assert!(set("222244444444444444446").is_empty());
    assert_eq!(set("2.2224444444444443e+20").len(), 1);
    assert!(set("2.2224444444444446e+20").is_empty());
}
