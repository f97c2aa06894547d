//! Random TOML files in random hands, changed at random. Judged by `toml` 0.8,
//! a parser that shares no code with the one Warder reads with and knows only
//! TOML 1.0: what is written must be readable for the strictest client.

mod step;

use std::path::Path;

use proptest::prelude::*;
use serde_json::{Map, Value};
use step::{files, step};
use warder_audit::document::{Document, Format, Key, Patch};
use warder_audit::edit::splice;

proptest! {
    #![proptest_config(files(600))]

    #[test]
    fn an_edited_file_means_the_old_tree_and_the_patches(tree in table(), hand in hand(), steps in prop::collection::vec(step(value()), 1..5)) {
        let text = hand.clone().file(&tree);
        let before = meaning(&text);
        prop_assert_eq!(before.as_ref(), Some(&Value::Object(tree)), "the hand wrote something else: {}", text);
        let mut after = before.expect("just checked");
        let patches: Vec<Patch> = steps.iter().filter_map(|step| step.on(&mut after, Value::is_object)).collect();
        let document = Document::parse(Path::new("x"), text.clone().into_bytes(), Format::Toml, &[]).expect("readable");
        let edits = document.edits(&patches);
        prop_assert!(edits.is_ok(), "{:?}: {patches:?}\n{text}", edits.err());
        let result = splice(&text, &edits.expect("just checked")).expect("the edits do not overlap");
        prop_assert_eq!(meaning(&result), Some(after), "{:?}\n{}\n{}", patches, text, result);
        prop_assert_eq!(text.starts_with('\u{feff}'), result.starts_with('\u{feff}'));
        if hand.newline == "\r\n" && text.contains('\n') {
            prop_assert_eq!(result.matches('\n').count(), result.matches("\r\n").count(), "{}", result);
        }
        let only_new = |patch: &Patch| matches!(patch, Patch::Set(at, _) if matches!(at.0.last(), Some(Key::Name(name)) if name.starts_with("new")));
        if patches.iter().all(only_new) {
            // Each comment has a number of its own.
            for comment in text.split(['\r', '\n']).filter_map(|line| line.split_once("# no ").map(|(_, comment)| comment)) {
                prop_assert!(result.contains(comment), "{comment} is gone\n{text}\n{result}");
            }
            // Names with dots inside braces are written anew; all else only grows.
            let mut grown = result.chars();
            prop_assert!(hand.dots > 0 || text.chars().all(|c| grown.any(|other| other == c)), "{text}\n{result}");
        }
    }
}

proptest! {
    #![proptest_config(files(2_000))]

    #[test]
    fn any_text_is_judged_as_its_reader_does(text in r#"([\[\]{}=,.#'"\\a-c0-2eE+_ \n]|\r\n){0,16}|(\[\[?a(\.[ab])?\]\]?\n|[ab](\.[ab]){0,2} ?= ?([0-9_]{1,3}|"a?"|\[1?,?\]|\{ ?(a(\.b)?=1)?,? ?\})\n){0,5}"#) {
        let ours = Document::parse(Path::new("x"), text.clone().into_bytes(), Format::Toml, &[]);
        match (ours, text.parse::<toml::Table>()) {
            (Ok(ours), Ok(theirs)) => {
                let json = ours.root.to_json();
                let said = json.is_none() || json == serde_json::to_value(theirs).ok();
                prop_assert!(said, "{text:?}: {:?}", ours.root);
            }
            (ours, theirs) => prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?}: {:?} {:?}", text, ours.err(), theirs.err()),
        }
    }
}

/// What an independent reader makes of a text.
fn meaning(text: &str) -> Option<Value> {
    let table = text.strip_prefix('\u{feff}').unwrap_or(text).parse::<toml_1_0::Table>().ok()?;
    serde_json::to_value(table).ok()
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i16>().prop_map(Value::from),
        Just(Value::from(1.5)),
        "[a-c#=,.{}\\[\\]\"'\\\\\n\r\té😀\u{1}]{0,6}".prop_map(Value::from),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![Just("a"), Just("b"), Just("c"), Just("d.e"), Just("0"), Just("k\"\\'"), Just("é\n"), Just("")]
        .prop_map(str::to_owned)
}

fn members(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec((name(), value), 0..6).prop_map(|members| members.into_iter().collect())
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            members(inner.clone()).prop_map(Value::from),
            prop::collection::vec(members(inner).prop_map(Value::from), 1..4).prop_map(Value::from),
        ]
    })
}

fn table() -> impl Strategy<Value = Map<String, Value>> {
    members(value())
}

/// Somebody who writes TOML by hand, with habits and whims.
#[derive(Clone, Debug)]
struct Hand {
    newline: &'static str,
    indent: &'static str,
    bom: bool,
    /// How often a comment is left, a value stands in braces (of 256).
    comments: u8,
    braces: u8,
    dots: u8,
    whims: Vec<u8>,
    asked: usize,
}

fn hand() -> impl Strategy<Value = Hand> {
    let rates = prop::sample::select(vec![0u8, 40, 120, 250]);
    let habits = (prop::sample::select(vec!["\n", "\r\n"]), prop::sample::select(vec!["", "  ", "\t"]), any::<bool>());
    (habits, (rates.clone(), rates.clone(), rates), prop::collection::vec(any::<u8>(), 1..64)).prop_map(
        |((newline, indent, bom), (comments, braces, dots), whims)| Hand {
            newline,
            indent,
            bom,
            comments: comments / 2,
            braces,
            dots,
            whims,
            asked: 0,
        },
    )
}

impl Hand {
    fn whim(&mut self) -> u8 {
        self.asked += 1;
        self.whims[self.asked % self.whims.len()].wrapping_add((self.asked * 37) as u8)
    }

    fn file(mut self, tree: &Map<String, Value>) -> String {
        let mut pieces = Vec::new();
        let mut root = String::new();
        self.body(&mut root, &mut pieces, tree, "", 0);
        // Tables may stand anywhere, one in another or not; elements keep their order.
        for at in (1..pieces.len()).rev() {
            let free = |piece: &(bool, String)| !piece.0;
            if free(&pieces[at]) && free(&pieces[at - 1]) && self.whim() < 60 {
                pieces.swap(at, at - 1);
            }
        }
        let mut text = if self.bom { "\u{feff}".to_owned() } else { String::new() };
        text += &root;
        pieces.iter().for_each(|(_, piece)| text += piece);
        if self.whim() < 60 { text.trim_end_matches(['\r', '\n']).to_owned() } else { text }
    }

    /// The pairs of a table, and the pieces that follow it.
    fn body(
        &mut self,
        text: &mut String,
        pieces: &mut Vec<(bool, String)>,
        table: &Map<String, Value>,
        path: &str,
        depth: usize,
    ) {
        let mut later = Vec::new();
        for (name, value) in table {
            let is_tables = |items: &Vec<Value>| !items.is_empty() && items.iter().all(Value::is_object);
            match value {
                Value::Object(members) if !members.is_empty() && self.whim() < self.dots => {
                    let key = self.key(name);
                    self.dotted(text, &key, members, depth);
                }
                Value::Object(_) if self.whim() >= self.braces => later.push((name, value)),
                Value::Array(items) if is_tables(items) && self.whim() >= self.braces => later.push((name, value)),
                _ => {
                    let key = self.key(name);
                    self.pair(text, &key, value, depth);
                }
            }
        }
        for (name, value) in later {
            let key = self.key(name);
            let path = if path.is_empty() {
                key
            } else {
                format!("{path}{}{key}", if self.whim() < 30 { " . " } else { "." })
            };
            match value {
                Value::Object(members) => {
                    let only_tables = !members.is_empty() && members.values().all(|value| value.is_object());
                    let mut own = String::new();
                    let mut inner = Vec::new();
                    self.body(&mut own, &mut inner, members, &path, depth + 1);
                    if !(only_tables && own.is_empty() && !inner.is_empty() && self.whim() < 128) {
                        let head = self.line(&format!("[{path}]"), depth);
                        pieces.push((false, head + &own));
                    }
                    pieces.extend(inner);
                }
                Value::Array(items) => {
                    for item in items {
                        let mut own = String::new();
                        let mut inner = Vec::new();
                        self.body(&mut own, &mut inner, item.as_object().expect("a table"), &path, depth + 1);
                        let head = self.line(&format!("[[{path}]]"), depth);
                        pieces.push((true, head + &own));
                        pieces.extend(inner.into_iter().map(|(_, piece)| (true, piece)));
                    }
                }
                _ => unreachable!("only tables come later"),
            }
        }
    }

    fn dotted(&mut self, text: &mut String, path: &str, members: &Map<String, Value>, depth: usize) {
        for (name, value) in members {
            let key = format!("{path}{}{}", if self.whim() < 30 { " . " } else { "." }, self.key(name));
            match value {
                Value::Object(members) if !members.is_empty() && self.whim() < self.dots => {
                    self.dotted(text, &key, members, depth)
                }
                _ => self.pair(text, &key, value, depth),
            }
        }
    }

    fn pair(&mut self, text: &mut String, key: &str, value: &Value, depth: usize) {
        let equals = ["=", " = ", "\t= "][usize::from(self.whim() % 3)];
        let value = self.value(value, depth, true);
        *text += &self.line(&format!("{key}{equals}{value}"), depth);
    }

    /// A line with what stands above and behind it.
    fn line(&mut self, line: &str, depth: usize) -> String {
        let (indent, newline) = (self.indent.repeat(depth), self.newline);
        let mut text = String::new();
        if self.whim() < 60 {
            text += newline;
        }
        if self.whim() < self.comments {
            text += &format!("{indent}# no {}{newline}", self.asked);
        }
        text += &format!("{indent}{line}");
        if self.whim() < self.comments {
            text += &format!(" # no {} [x]", self.asked);
        }
        text + newline
    }

    fn key(&mut self, name: &str) -> String {
        let bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match self.whim() % 4 {
            0 if name.chars().all(|c| c != '\'' && !c.is_control()) => format!("'{name}'"),
            1..4 if bare => name.to_owned(),
            _ => quoted(name),
        }
    }

    fn value(&mut self, value: &Value, depth: usize, lines: bool) -> String {
        match value {
            Value::String(text) => match self.whim() % 4 {
                0 if text.chars().all(|c| c != '\'' && !c.is_control()) => format!("'{text}'"),
                1 if lines && text.chars().all(|c| c != '\'' && !c.is_control()) => {
                    format!("'''{}{text}'''", self.newline)
                }
                2 if lines => format!(
                    "\"\"\"\\{}  {}\"\"\"",
                    self.newline,
                    quoted(text).trim_matches('"').to_owned() + if text.ends_with('"') { "\"" } else { "" }
                ),
                _ => quoted(text),
            },
            Value::Number(number) if number.is_u64() => match self.whim() % 4 {
                0 => format!("{:#x}", number.as_u64().expect("just asked")),
                1 => format!("+{number}"),
                _ => number.to_string(),
            },
            Value::Array(items) => {
                let many = lines && self.whim() < 100;
                let mut text = "[".to_owned();
                for (at, item) in items.iter().enumerate() {
                    if many {
                        text += &self.gap(depth + 1);
                    }
                    text += &self.value(item, depth + 1, lines);
                    if at + 1 < items.len() || self.whim() < 60 {
                        text += if self.whim() < 60 { " ," } else { "," };
                    }
                    text += [" ", ""][usize::from(self.whim() % 2)];
                }
                if many {
                    text += &self.gap(depth);
                }
                text + "]"
            }
            Value::Object(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(name, value)| match value.as_object().and_then(|inner| inner.iter().next()) {
                        Some((inner, value))
                            if value.as_object().is_none()
                                && members_of(members, name) == 1
                                && self.whim() < self.dots =>
                        {
                            format!("{}.{} = {}", self.key(name), self.key(inner), self.value(value, depth, false))
                        }
                        _ => format!("{} = {}", self.key(name), self.value(value, depth, false)),
                    })
                    .collect();
                let pad = if self.whim() < 128 { " " } else { "" };
                format!("{{{pad}{}{pad}}}", members.join(if self.whim() < 128 { ", " } else { " ,\t" }))
            }
            other => other.to_string(),
        }
    }

    /// A line break between two items, perhaps with a comment.
    fn gap(&mut self, depth: usize) -> String {
        let comment = if self.whim() < self.comments { format!(" # no {} ], \"", self.asked) } else { String::new() };
        format!("{comment}{}{}", self.newline, self.indent.repeat(depth))
    }
}

fn members_of(members: &Map<String, Value>, name: &str) -> usize {
    members[name].as_object().map_or(0, Map::len)
}

fn quoted(text: &str) -> String {
    // JSON's escapes are TOML's, but for the delete character, which no name or value here has.
    Value::from(text).to_string()
}
