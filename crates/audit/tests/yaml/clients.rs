//! What the reader of each client takes: `yaml` (Continue), libyaml (Goose), js-yaml 4 (LibreChat).
//!
//! The tables were held against `yaml` 2.9.1, libyaml 0.2.5 and js-yaml 4.3.2.

use std::path::Path;

use serde_json::{Value as Json, json};
use warder_audit::document::{Document, EditError, Format, Key, KeyPath, Patch, Roots};
use warder_audit::edit::splice;

fn read(text: &str, format: Format, roots: Roots) -> Document {
    let document = Document::parse(Path::new("x.yaml"), text.as_bytes().to_vec(), format, roots);
    document.unwrap_or_else(|error| panic!("{error}: {:?}", &text[..text.len().min(99)]))
}

fn means(text: &str, format: Format) -> Json {
    read(text, format, &[]).root.to_json().expect("JSON has a word for it")
}

fn refuses(text: &str, format: Format) -> bool {
    Document::parse(Path::new("x.yaml"), text.as_bytes().to_vec(), format, &[])
        .map_or(true, |document| document.refused.is_some())
}

fn at(pointer: &str) -> KeyPath {
    let key = |step: &str| step.parse().map_or_else(|_| Key::Name(step.to_owned()), Key::Index);
    KeyPath(pointer.split('/').skip(1).map(key).collect())
}

fn edit(text: &str, format: Format, patch: Patch) -> Result<String, EditError> {
    let edits = read(text, format, &[]).edits(&[patch])?;
    Ok(splice(text, &edits).expect("edits do not overlap"))
}

/// The sentence that a change is refused with, and where that stands.
fn tied(text: &str, format: Format, patch: Patch) -> String {
    match edit(text, format, patch) {
        Err(EditError::Tied(problem)) => {
            let at = problem.at.expect("there is a place");
            format!("{}:{} {}", at.line, at.column, problem.message)
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn what_stands_in_brackets_or_quotes_may_stand_further_out() {
    for (text, meant) in [
        ("k:\n  args: [\n  x,\n  y\n  ]\n", json!({"k": {"args": ["x", "y"]}})),
        ("args: [\nx\n]\n", json!({"args": ["x"]})),
        ("args: [x,\ny]\nb: 1\n", json!({"args": ["x", "y"], "b": 1})),
        ("s:\n  a: {k: 1,\nm: 2}\n  b: 1\n", json!({"s": {"a": {"k": 1, "m": 2}, "b": 1}})),
        ("s:\n  a: [x,\n#c\ny]\n", json!({"s": {"a": ["x", "y"]}})),
        ("s:\n  a: [\n]\n", json!({"s": {"a": []}})),
        ("s:\n  - a: [\nx]\n  - b\n", json!({"s": [{"a": ["x"]}, "b"]})),
        ("s:\n  - - [\n  x]\n    - b\n", json!({"s": [[["x"], "b"]]})),
        ("s:\n  a: [\n\tx\n  ]\n", json!({"s": {"a": ["x"]}})),
        ("s:\n  a: [\n\t]\n", json!({"s": {"a": []}})),
        ("a: {\n\"x\": 1,\n'y':\n2}\n", json!({"a": {"x": 1, "y": 2}})),
        ("b: &b 1\na: [\n*b\n]\n", json!({"b": 1, "a": [1]})),
        ("a: [\n!!str 5, &x y\n]\n", json!({"a": ["5", "y"]})),
        ("a: [x, # c\ny # d\n]\n", json!({"a": ["x", "y"]})),
        ("a: [x,\n\ny\n\n]\n", json!({"a": ["x", "y"]})),
        ("a: [\n--\n]\n", json!({"a": ["--"]})),
        ("k: \"a\nb\"\n", json!({"k": "a b"})),
        ("s:\n  k: 'a\n\nb'\n  c: 1\n", json!({"s": {"k": "a\nb", "c": 1}})),
        ("s:\n  k: \"a\\\n\tb\"\n", json!({"s": {"k": "ab"}})),
        ("s:\n  \"k\": [\"a\nb\", 'c\nd']\n", json!({"s": {"k": ["a b", "c d"]}})),
        // None of these begins brackets or quotes.
        ("a: |\n  [\n  'x\nb: [\nx]\n", json!({"a": "[\n'x\n", "b": ["x"]})),
        ("a: b [ 'c\n  'd [\nb: [\nx]\n", json!({"a": "b [ 'c 'd [", "b": ["x"]})),
        ("a: b#[ # ['\nc: it's\nb: [\nx]\n", json!({"a": "b#[", "c": "it's", "b": ["x"]})),
        ("- >-\n  \"\n- - |\n    [\n  - [\nx]\n", json!(["\"", ["[\n", ["x"]]])),
        (
            "é: [\nü,\n'ß']\nö:\n- k: {\"a\":\"[\"}\n  l: [\nx]\n",
            json!({"é": ["ü", "ß"], "ö": [{"k": {"a": "["}, "l": ["x"]}]}),
        ),
    ] {
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            assert_eq!(means(&text, Format::YamlLoose), meant, "{text:?}");
            assert_eq!(means(&text, Format::YamlMerging), meant, "{text:?}");
            assert_eq!(serde_norway::from_str::<Json>(&text).expect("libyaml reads it"), meant, "{text:?}");
            // Continue refuses it, and what is in it is shown all the same.
            assert_eq!(means(&text, Format::Yaml), meant, "{text:?}");
            assert!(refuses(&text, Format::Yaml), "{text:?}");
            assert!(!refuses(&text, Format::YamlLoose) && !refuses(&text, Format::YamlMerging), "{text:?}");
        }
    }
    for text in ["a: [\n- x\n]\n", "a: [\n---\n]\n", "a: 'x\n--- y'\n", "a: [\n%x\n]\n", "[\nx]: 1\n", "k:\nx\n"] {
        assert!(serde_norway::from_str::<Json>(text).is_err(), "{text:?}");
        assert!(refuses(text, Format::YamlLoose), "{text:?}");
    }
}

#[test]
fn a_dash_alone_in_brackets_is_a_text_for_libyaml_only() {
    for (text, meant) in [
        ("args: [a, -, b]\n", json!({"args": ["a", "-", "b"]})),
        ("args: [-]\n", json!({"args": ["-"]})),
        ("args: [{a: -}, '-', x-, - ]\n", Json::Null),
        ("args: [{a: -}, '-', x-, -]\né: [é, -]\n", json!({"args": [{"a": "-"}, "-", "x-", "-"], "é": ["é", "-"]})),
        ("args: [\n-, x\n]\n", json!({"args": ["-", "x"]})),
    ] {
        let libyaml = serde_norway::from_str::<Json>(text).unwrap_or_default();
        assert_eq!(libyaml, meant, "{text:?}");
        assert_eq!(refuses(text, Format::YamlLoose), meant.is_null(), "{text:?}");
        assert!(refuses(text, Format::Yaml) && refuses(text, Format::YamlMerging), "{text:?}");
        if !meant.is_null() {
            assert_eq!(means(text, Format::YamlLoose), meant, "{text:?}");
        }
    }
    // Behind other words it is a part of them for everybody.
    for format in [Format::Yaml, Format::YamlLoose, Format::YamlMerging] {
        assert_eq!(means("args: [a -, b -]\n", format), json!({"args": ["a -", "b -"]}));
        assert!(!refuses("args: [a -, b -]\n", format));
    }
    assert!(refuses("a: [-]\nb: \u{1}\n", Format::YamlLoose));
}

#[test]
fn what_stands_further_out_is_changed_in_its_place() {
    let becomes = |text: &str, pointer: &str, value: Json, expected: &str| {
        let got = edit(text, Format::YamlLoose, Patch::Set(at(pointer), value));
        assert_eq!(got.as_deref(), Ok(expected), "{text:?}");
    };
    becomes("args: [\nx,\ny\n]\nb: 1\n", "/args/1", json!("z"), "args: [\nx,\nz\n]\nb: 1\n");
    becomes("args: [\nx,\ny\n]\nb: 1\n", "/args/2", json!("z"), "args: [\nx,\ny,\nz\n]\nb: 1\n");
    becomes("k: \"a\nb\"\nl: 1\n", "/k", json!("c"), "k: \"c\"\nl: 1\n");
    becomes("k: \"a\nb\"\nl: [-, a]\n", "/l/1", json!("c"), "k: \"a\nb\"\nl: [-, c]\n");
    let refused = edit("args: [\nx\n]\n", Format::Yaml, Patch::Set(at("/args/0"), json!("z")));
    assert!(matches!(refused, Err(EditError::Refused(_))), "{refused:?}");
}

#[test]
fn only_some_spaces_are_put_in() {
    let far = format!("{}k: [\n{}]\n", " ".repeat(100_000), "x,\n".repeat(100_000));
    let verdict = Document::parse(Path::new("x"), far.into_bytes(), Format::YamlLoose, &[]);
    assert!(verdict.is_err(), "a hundred thousand lines moved in by as many columns");
    let wide = format!("k: [\n{}]\n", "x,\n".repeat(100_000));
    assert_eq!(read(&wide, Format::YamlLoose, &[]).root.member("k").map(|node| node.items().len()), Some(100_000));
    let tags = format!("k: [\nx]\nl: {}", "!<a ".repeat(200_000));
    assert!(refuses(&tags, Format::YamlLoose));
}

#[test]
fn members_are_taken_in_as_js_yaml_does() {
    for (text, meant) in [
        ("b: &b {x: 1}\nc:\n  <<: *b\n  <<: {y: 1}\n", json!({"b": {"x": 1}, "c": {"x": 1, "y": 1}})),
        (
            "b: &b {x: 1}\nc:\n  y: 2\n  <<: [*b, {x: 3, z: 4}]\n  x: 9\n",
            json!({"b": {"x": 1}, "c": {"y": 2, "x": 9, "z": 4}}),
        ),
        ("c: {'<<': {x: 1}}", json!({"c": {"<<": {"x": 1}}})),
        ("c: {'<<': {x: 1}, <<: {y: 1}}", json!({"c": {"<<": {"x": 1}, "y": 1}})),
        ("c: {!!str <<: {x: 1}}", json!({"c": {"<<": {"x": 1}}})),
        ("b: &b {<<: {x: 1}, y: 2}\nc: {<<: *b}", json!({"b": {"x": 1, "y": 2}, "c": {"x": 1, "y": 2}})),
        ("c: {<<: {x: 1}, x: 2}", json!({"c": {"x": 2}})),
        ("c: {x: 2, <<: {x: 1}}", json!({"c": {"x": 2}})),
        ("<<: {a: 1}\nb: 2", json!({"a": 1, "b": 2})),
        ("c: {<<: {x: {p: 1}}, x: {q: 2}}", json!({"c": {"x": {"q": 2}}})),
        ("c: {? << : {x: 1}}", json!({"c": {"x": 1}})),
        ("b: &b <<\nc: {*b : {x: 1}}", json!({"b": "<<", "c": {"<<": {"x": 1}}})),
        ("c: {<<: []}", json!({"c": {}})),
        ("c: {<<: &x {x: 1}, z: *x}", json!({"c": {"x": 1, "z": {"x": 1}}})),
        ("c: {<<: {<<: {x: 1}}}", json!({"c": {"x": 1}})),
        ("c: {<<: {'<<': {x: 1}}}", json!({"c": {"<<": {"x": 1}}})),
        ("c: {&k << : {x: 1}}", json!({"c": {"x": 1}})),
    ] {
        assert_eq!(means(text, Format::YamlMerging), meant, "{text:?}");
    }
    for text in ["c: {<<: }", "c: {<<: 5}", "c: {<<: [5]}", "c: {<<: {x: 1}, x: 2, x: 3}"] {
        assert!(refuses(text, Format::YamlMerging), "{text:?}");
    }
    assert_eq!(means("c: {<<: {x: 1}}", Format::YamlLoose), json!({"c": {"<<": {"x": 1}}}));
}

#[test]
fn what_is_taken_in_is_found_below_the_roots_too() {
    let text = "x: &x {mcpServers: {a: {command: c}}}\ny: &y {b: {command: d}}\n<<: *x\nz: {<<: *y}\n";
    let document = read(text, Format::YamlMerging, &[&["mcpServers"]]);
    let command = document.get(&at("/mcpServers/a/command")).expect("it is there");
    // It keeps its bytes.
    assert_eq!(&text[command.span.clone()], "c");
    assert!(document.is_merged(document.get(&at("/mcpServers")).expect("it is there")));
    assert!(!document.is_merged(command));
}

#[test]
fn what_is_taken_in_cannot_grow_a_file() {
    let bomb: String = (1..60).map(|n| format!("a{n}: &a{n} {{l: *a{0}, r: *a{0}}}\n", n - 1)).collect();
    let text = format!("a0: &a0 {{x: 1}}\n{bomb}b: {{<<: *a59}}\n");
    assert!(refuses(&text, Format::YamlMerging));
    let merged: String = (1..100).map(|n| format!("a{n}: &a{n} {{<<: *a{}, k{n}: 1}}\n", n - 1)).collect();
    let document = read(&format!("a0: &a0 {{x: 1}}\n{merged}"), Format::YamlMerging, &[]);
    assert_eq!(document.root.member("a99").map(|node| node.members().len()), Some(100));
}

#[test]
fn a_change_that_is_tied_to_another_place_says_to_which() {
    let text = "base: &b\n  x: 1\na: *b\nc: {env: *b, d: 1}\n";
    let set = |pointer: &str| Patch::Set(at(pointer), json!("new"));
    let alias = "an alias stands here for what is written elsewhere in the file: write that out in its place first";
    let anchored = "an alias elsewhere in the file stands for this too: write it out there first";
    let taken = "`<<` takes this in from elsewhere in the file: write it out in the entry first";
    assert_eq!(tied(text, Format::Yaml, set("/a/x")), format!("3:4 {alias}"));
    assert_eq!(tied(text, Format::YamlLoose, set("/c/env/new")), format!("4:10 {alias}"));
    assert_eq!(tied(text, Format::Yaml, set("/base/x")), format!("2:3 {anchored}"));
    assert_eq!(tied(text, Format::Yaml, Patch::Remove(at("/base"))), format!("2:3 {anchored}"));
    assert_eq!(edit(text, Format::Yaml, set("/c/d")).as_deref(), Ok(&*text.replace("d: 1", "d: new")));

    let text = "base: &b {x: 1}\nc:\n  <<: *b\n  y: 2\n  e: {z: 1}\n";
    // One of its own counts instead.
    assert_eq!(edit(text, Format::YamlMerging, set("/c/x")), Ok(text.to_owned() + "  x: new\n"));
    assert_eq!(tied(text, Format::YamlMerging, Patch::Remove(at("/c/x"))), format!("3:3 {taken}"));
    let put = |old: &str, new: &str| text.replace(old, new);
    assert_eq!(edit(text, Format::YamlMerging, set("/c/y")), Ok(put("y: 2", "y: new")));
    assert_eq!(edit(text, Format::YamlMerging, set("/c/e/z")), Ok(put("z: 1", "z: new")));
    assert_eq!(edit(text, Format::YamlMerging, Patch::Remove(at("/c/y"))), Ok(put("  y: 2\n", "")));
    // What stood behind it would come to life.
    let text = "base: &b {x: 1}\nc:\n  <<: *b\n  x: 2\n  y: 3\n";
    assert!(edit(text, Format::YamlMerging, Patch::Remove(at("/c/x"))).is_err());
}

/// Found by fuzzing: libyaml takes a tab on an empty line behind words without
/// quotes, and nowhere else.
#[test]
fn nothing_is_changed_around_a_tab_that_some_readers_refuse() {
    let said = "readers do not agree on a tab in a line that is empty or a comment: take the tab out first";
    let push = Patch::Set(at("/1"), json!({}));
    assert_eq!(tied("- dpSeers:TRUE  a\r \t\r", Format::YamlLoose, push.clone()), format!("2:2 {said}"));
    assert_eq!(tied("- a\n\t# c\n", Format::YamlLoose, push.clone()), format!("2:1 {said}"));
    let mark = "readers do not agree on a byte order mark within the file: take it out first";
    let add = Patch::Set(at("/b"), json!(1));
    assert_eq!(tied("# c\n\u{feff}a: 1", Format::YamlLoose, add.clone()), format!("2:1 {mark}"));
    assert!(edit("\u{feff}# c\na: '\u{feff}'\n", Format::YamlLoose, add).is_ok());
    // Others take it everywhere.
    assert_eq!(edit("- a\n \t\n", Format::Yaml, push).as_deref(), Ok("- a\n- {}\n \t\n"));
}
