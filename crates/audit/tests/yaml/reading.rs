//! What a text means, and what is said of one that means nothing.

use warder_audit::document::{Key, KeyPath, Node, Roots, Value};

use crate::{read, verdict};

/// The tree in one line; what JSON has no word for in angle brackets.
fn show(node: &Node) -> String {
    let list = |nodes: &[Node]| nodes.iter().map(show_child).collect::<Vec<_>>().join(", ");
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.clone(),
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) => format!("[{}]", list(items)),
        Value::Object(members) => format!("{{{}}}", list(members)),
        Value::Other(written) => format!("<{written}>"),
        Value::Skipped => "...".to_owned(),
    }
}

fn show_child(node: &Node) -> String {
    match &node.key {
        Some(key) => format!("{}: {}", key.text, show(node)),
        None => show(node),
    }
}

fn means(text: &str, expected: &str) {
    match read(text, &[]) {
        Ok(document) => assert_eq!(show(&document.root), expected, "{text:?}"),
        Err(error) => panic!("{error}: {text:?}"),
    }
}

fn at(pointer: &str) -> KeyPath {
    let key = |step: &str| step.parse().map_or_else(|_| Key::Name(step.to_owned()), Key::Index);
    KeyPath(pointer.split('/').skip(1).map(key).collect())
}
#[test]
fn scalars_are_those_of_the_core_schema() {
    for (text, expected) in [
        ("~", "null"),
        ("Null", "null"),
        ("TRUE", "true"),
        ("yes", "\"yes\""),
        ("-12", "-12"),
        ("+12", "12"),
        ("0x1F", "31"),
        ("0o17", "15"),
        ("1e3", "1e3"),
        (".5", "0.5"),
        ("1.", "1.0"),
        ("017", "<017>"),
        ("0b11", "<0b11>"),
        ("-0x1F", "<-0x1F>"),
        (".inf", "<.inf>"),
        ("1e999", "<1e999>"),
        ("1_000", "\"1_000\""),
        ("12:30", "\"12:30\""),
        ("2001-12-14", "\"2001-12-14\""),
        ("0xZ", "\"0xZ\""),
        (".", "\".\""),
        ("-", "[null]"),
        ("\"\\x41\\u00e9\\U0001F600\\/\\n\"", "\"Aé😀/\\n\""),
        ("'it''s'", "\"it's\""),
        ("!!str 5", "\"5\""),
        ("! 5", "\"5\""),
        ("!secret x", "<!secret x>"),
        ("!!binary aGk=", "<!!binary aGk=>"),
        ("!x {a: 1}", "<!x {a: 1}>"),
        ("!!map {a: 1}", "{a: 1}"),
        ("&a x", "\"x\""),
        ("two\n words\n\n here # c", "\"two words\\nhere\""),
        ("|\n a\n  b\n\n", "\"a\\n b\\n\""),
        ("|+\n a\n\n", "\"a\\n\\n\""),
        (">-\n a\n b\n", "\"a b\""),
        ("# only this", "null"),
        ("", "null"),
        ("\u{feff}a: 1", "{a: 1}"),
        ("%YAML 1.2\n---\na: 1\n...\n", "{a: 1}"),
        ("--- |\n text\n", "\"text\\n\""),
    ] {
        means(text, expected);
    }
}

#[test]
fn containers_are_read_in_every_spelling() {
    for (text, expected) in [
        ("a: 1\nb:\n- x\n-\n- - y\n  - z\nc:", "{a: 1, b: [\"x\", null, [\"y\", \"z\"]], c: null}"),
        ("a: {b: [1, {c: }], d, \"e\":2}", "{a: {b: [1, {c: null}], d: null, e: 2}}"),
        ("[a: 1, b]", "[{a: 1}, \"b\"]"),
        ("? a\n: 1\n? b\n", "{a: 1, b: null}"),
        ("? [a, b]\n: 1\n[c]: 2", "{[a, b]: 1, [c]: 2}"),
        ("1: a\n~: b\n'q ''': c", "{1: \"a\", ~: \"b\", q ': \"c\"}"),
        ("a: &x\n  k: [1]\nb: *x\nc: [*x, &y 2, *y]", "{a: {k: [1]}, b: {k: [1]}, c: [{k: [1]}, 2, 2]}"),
        ("&k a: 1\n*k : 2\nb: *k", "invalid"),
        ("&k a: 1\nb:\n  *k : 2", "{a: 1, b: {a: 2}}"),
        ("base: &b {x: 1}\nc:\n  <<: *b\n  y: 2", "{base: {x: 1}, c: {<<: {x: 1}, y: 2}}"),
        ("é: [ü, 'ß'] # ä\nö: |\n  日本\n語: x", "{é: [\"ü\", \"ß\"], ö: \"日本\\n\", 語: \"x\"}"),
    ] {
        if expected == "invalid" {
            assert_eq!(verdict(text), "invalid 2:1 this name stands twice in one mapping");
        } else {
            means(text, expected);
        }
    }
}

#[test]
fn every_span_is_the_value_and_nothing_else() {
    let text = "\u{feff}é: x # c\n'k' : \"a\" # c\nl: &a [ 1, 2 ] # c\nb: |- # c\n  t\n\n# c\nm:\n  - p q\n  -  z : 1\n     y: 'v'\nt: !!str &q 5\nn:\no: *a\np: >\n  f\n";
    let document = read(text, &[]).expect("readable");
    let written = |pointer: &str| document.get(&at(pointer)).map(|node| &text[node.span.clone()]);
    for (pointer, expected) in [
        ("/é", "x"),
        ("/k", "\"a\""),
        ("/l", "[ 1, 2 ]"),
        ("/l/1", "2"),
        ("/b", "|- # c\n  t"),
        ("/m", "- p q\n  -  z : 1\n     y: 'v'"),
        ("/m/0", "p q"),
        ("/m/1", "z : 1\n     y: 'v'"),
        ("/t", "!!str &q 5"),
        ("/n", ""),
        ("/o", "*a"),
        ("/p", ">\n  f"),
    ] {
        assert_eq!(written(pointer), Some(expected), "{pointer}");
    }
    let names: Vec<&str> =
        document.root.members().iter().filter_map(|node| Some(&text[node.key.as_ref()?.span.clone()])).collect();
    assert_eq!(names, ["é", "'k'", "l", "b", "m", "t", "n", "o", "p"]);
}

#[test]
fn what_is_no_yaml_is_told_with_its_place() {
    for (text, expected) in [
        ("a: 1\na: 2", "invalid 2:1 this name stands twice in one mapping"),
        ("a:\n  - {b: 1, 'b': 2}", "invalid 2:12 this name stands twice in one mapping"),
        ("a: 1\n---\nb: 2", "invalid 2:1 a second document begins here, and only one is read"),
        ("a: 1\n...\nb: 2", "invalid 3:1 a second document begins here, and only one is read"),
        ("a:\n\tb: 1", "invalid 2:2 a tab is not allowed as indentation"),
        ("a: b: c", "invalid 1:5 a colon with a value is not allowed here"),
        ("a: [1, 2", "invalid 1:9 expected a comma or a closing bracket"),
        ("a: {b: 1", "invalid 1:9 expected a comma or a closing brace"),
        ("a: 'x", "invalid 1:4 the file ends inside a quoted text"),
        ("a: \"\\q\"", "invalid 1:4 this text has an escape that YAML does not know"),
        ("é: @x", "invalid 1:4 a text without quotes cannot begin with this character"),
        ("a: *x", "invalid 1:4 this alias stands for nothing"),
        ("a: 1\n b: 2", "invalid 2:3 a colon with a value is not allowed here"),
        ("a\nb: 1", "invalid 2:2 a colon with a value is not allowed here"),
        ("a: ]", "invalid 1:4 this bracket closes nothing"),
        ("a: x\0y", "invalid 1:5 there is a character that does not belong here"),
        ("a: \"b\" c", "invalid 1:8 nothing may follow a quoted text"),
        ("%YAML 1.1\n---\na: yes", "unreadable 1:1 the file asks for a YAML other than 1.2"),
        ("a: &x [*x]", "unreadable 1:8 this alias stands for something it is part of"),
    ] {
        assert_eq!(verdict(text), expected, "{text:?}");
    }
}

#[test]
fn only_the_roots_are_looked_into() {
    let text = "base: &b {env: {T: x}}\nservers:\n  a: *b\n  b: {c: [1]}\nother: [1, {a: 2}]\nlist: &l [1]\n";
    let shown = |roots: Roots| show(&read(text, roots).expect("readable").root);
    assert_eq!(
        shown(&[&["servers", "a"]]),
        "{base: ..., servers: {a: {env: {T: \"x\"}}, b: ...}, other: ..., list: ...}"
    );
    assert_eq!(
        shown(&[&["servers", "*", "c"], &["list"]]),
        "{base: ..., servers: {a: {env: {T: \"x\"}}, b: {c: [1]}}, other: ..., list: [1]}"
    );
    assert_eq!(verdict("skipped: {a: 1, a: 2}"), "invalid 1:17 this name stands twice in one mapping");
    assert!(read("skipped: {a: 1, a: 2}", &[&["x"]]).is_err());
}

#[test]
fn a_closing_bracket_may_stand_below_its_name() {
    let text = "s:\n  t: |\n    x {\n    }\n  args: [\n    a, # a\n  ]\n  é: {\n  } # c\nk: {a: [\n  ]\n}\n";
    means(text, "{s: {t: \"x {\\n}\\n\", args: [\"a\"], é: {}}, k: {a: []}}");
    assert_eq!(verdict("k:\n  a: [\n]\n"), "invalid 3:1 this line is indented too little");
    assert_eq!(
        verdict("k: [\n]\nl: {\n}\nm: @\n"),
        "invalid 5:4 a text without quotes cannot begin with this character"
    );
    assert_eq!(verdict("k: [\nx]\n"), "invalid 2:1 this line is indented too little");
}

#[test]
fn a_tab_may_stand_behind_a_colon() {
    means("é:\tx\nl:\t[a, {b:\tc}]\nt: |\n  a:\tb\n", "{é: \"x\", l: [\"a\", {b: \"c\"}], t: \"a:\\tb\\n\"}");
}
