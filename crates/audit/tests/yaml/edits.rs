//! Each row: a text, patches, the text that must come out.

use serde_json::{Value as Json, json};
use warder_audit::document::{EditError, Key, KeyPath, Patch};
use warder_audit::edit::splice;

use crate::read;

fn at(pointer: &str) -> KeyPath {
    let key = |step: &str| match step.parse() {
        Ok(index) => Key::Index(index),
        Err(_) => Key::Name(step.to_owned()),
    };
    KeyPath(pointer.split('/').skip(1).map(key).collect())
}

fn set(pointer: &str, value: Json) -> Patch {
    Patch::Set(at(pointer), value)
}

fn remove(pointer: &str) -> Patch {
    Patch::Remove(at(pointer))
}

fn edit(text: &str, patches: &[Patch]) -> Result<String, EditError> {
    let document = read(text, &[]).expect("readable");
    document.edits(patches).map(|edits| splice(text, &edits).expect("edits do not overlap"))
}

#[track_caller]
fn becomes(text: &str, patches: &[Patch], expected: &str) {
    assert_eq!(edit(text, patches).as_deref(), Ok(expected), "{text:?} {patches:?}");
    // The same in a file with other line ends, and in one that does not end its last line.
    let crlf = text.replace('\n', "\r\n");
    assert_eq!(edit(&crlf, patches).as_deref(), Ok(expected.replace('\n', "\r\n").as_str()), "CRLF {patches:?}");
    if let (Some(text), Some(expected)) = (text.strip_suffix('\n'), expected.strip_suffix('\n')) {
        assert_eq!(edit(text, patches).as_deref(), Ok(expected), "no final line end: {text:?} {patches:?}");
    }
}

#[track_caller]
fn refused(text: &str, patches: &[Patch]) {
    let got = edit(text, patches);
    assert!(matches!(got, Err(EditError::Unfaithful(_) | EditError::Tied(_))), "{got:?}");
}

#[test]
fn a_text_that_comes_last_keeps_the_end_of_its_line() {
    for (text, expected) in [
        ("a: |\n  x\nb: 1", "a: |\n  x\n"),
        ("k:\n  a: >\n    x\n  b: 1\n  c: 2\nb: 1", "k:\n  a: >\n    x\n  b: 1\n  c: 2"),
        ("a: |\r\n  x\r\nb: 1", "a: |\r\n  x\r\n"),
        ("a: |-\n  x\nb: 1", "a: |-\n  x"),
        ("a: |\n  x\nb: 1\n", "a: |\n  x\n"),
    ] {
        assert_eq!(edit(text, &[remove("/b")]).as_deref(), Ok(expected));
    }
}

#[test]
fn a_scalar_keeps_its_quotes_where_they_can_hold_the_new_text() {
    for (value, plain, single, double) in [
        (json!("npx"), "npx", "'npx'", "\"npx\""),
        (json!("/usr/bin/x y"), "/usr/bin/x y", "'/usr/bin/x y'", "\"/usr/bin/x y\""),
        (json!("-y"), "-y", "'-y'", "\"-y\""),
        (json!("https://h:80/p#f?q"), "https://h:80/p#f?q", "'https://h:80/p#f?q'", "\"https://h:80/p#f?q\""),
        (json!("it's"), "it's", "'it''s'", "\"it's\""),
        (json!(""), "''", "''", "\"\""),
        (json!("a: b"), "'a: b'", "'a: b'", "\"a: b\""),
        (json!("a #b"), "'a #b'", "'a #b'", "\"a #b\""),
        (json!("a:"), "'a:'", "'a:'", "\"a:\""),
        (json!(" a"), "' a'", "' a'", "\" a\""),
        (json!("a "), "'a '", "'a '", "\"a \""),
        (json!("- a"), "'- a'", "'- a'", "\"- a\""),
        (json!("-"), "'-'", "'-'", "\"-\""),
        (json!("---"), "'---'", "'---'", "\"---\""),
        (json!("*a"), "'*a'", "'*a'", "\"*a\""),
        (json!("&a"), "'&a'", "'&a'", "\"&a\""),
        (json!("!a"), "'!a'", "'!a'", "\"!a\""),
        (json!("%a"), "'%a'", "'%a'", "\"%a\""),
        (json!("@a"), "'@a'", "'@a'", "\"@a\""),
        (json!("`a"), "'`a'", "'`a'", "\"`a\""),
        (json!("[a"), "'[a'", "'[a'", "\"[a\""),
        (json!("\"a"), "'\"a'", "'\"a'", "\"\\\"a\""),
        (json!("No"), "'No'", "'No'", "\"No\""),
        (json!("on"), "'on'", "'on'", "\"on\""),
        (json!("y"), "'y'", "'y'", "\"y\""),
        (json!("null"), "'null'", "'null'", "\"null\""),
        (json!("<<"), "'<<'", "'<<'", "\"<<\""),
        (json!("0x1"), "'0x1'", "'0x1'", "\"0x1\""),
        (json!("1_000"), "'1_000'", "'1_000'", "\"1_000\""),
        (json!("12:30"), "'12:30'", "'12:30'", "\"12:30\""),
        (json!("017"), "'017'", "'017'", "\"017\""),
        (json!("1e3"), "'1e3'", "'1e3'", "\"1e3\""),
        (json!("-.5"), "'-.5'", "'-.5'", "\"-.5\""),
        (json!(".NaN"), "'.NaN'", "'.NaN'", "\".NaN\""),
        (json!("2001-12-14 21:59:43"), "'2001-12-14 21:59:43'", "'2001-12-14 21:59:43'", "\"2001-12-14 21:59:43\""),
        (json!("8080:80/tcp"), "8080:80/tcp", "'8080:80/tcp'", "\"8080:80/tcp\""),
        (json!("a\nb\t\\"), "\"a\\nb\\t\\\\\"", "\"a\\nb\\t\\\\\"", "\"a\\nb\\t\\\\\""),
        (
            json!("\u{1}\u{7f}\u{85}\u{2028}\u{feff}"),
            "\"\\u0001\\u007f\\u0085\\u2028\\ufeff\"",
            "\"\\u0001\\u007f\\u0085\\u2028\\ufeff\"",
            "\"\\u0001\\u007f\\u0085\\u2028\\ufeff\"",
        ),
        (json!("é😀"), "é😀", "'é😀'", "\"é😀\""),
        (json!(5), "5", "5", "5"),
        (json!(null), "null", "null", "null"),
        (json!(true), "true", "true", "true"),
        (json!({}), "{}", "{}", "{}"),
    ] {
        for (old, new) in
            [("old", plain), ("'old'", single), ("\"old\"", double), ("|\n    old", plain), ("two\n    lines", plain)]
        {
            let file = |value: &str| format!("# head\nx:\n  k: {value}\n  l: 1 # c\n");
            becomes(&file(old), &[set("/x/k", value.clone())], &file(new));
        }
    }
}

#[test]
fn in_brackets_more_has_to_be_quoted() {
    for (value, written) in [("a", "a"), ("a,b", "'a,b'"), ("a]", "'a]'"), ("http://h", "'http://h'"), ("-y", "-y")] {
        becomes("k: {a: x, b: [y]}\n", &[set("/k/a", json!(value))], &format!("k: {{a: {written}, b: [y]}}\n"));
        becomes("k: {a: x, b: [y]}\n", &[set("/k/b/0", json!(value))], &format!("k: {{a: x, b: [{written}]}}\n"));
    }
}

#[test]
fn a_member_is_added_behind_the_last_one() {
    for (text, expected) in [
        ("a: 1\n", "a: 1\nnew: [x]\n"),
        ("s:\n  a: 1\n", "s:\n  a: 1\n"),
        ("# head\na: 1 # one\n# end\n", "# head\na: 1 # one\nnew: [x]\n# end\n"),
        ("---\na: 1\n...\n", "---\na: 1\nnew: [x]\n...\n"),
        ("l: [1]\na: |-\n  t\n", "l: [1]\na: |-\n  t\nnew: [x]\n"),
        ("a: |+\n  t\n\n", "a: |+\n  t\n\nnew: [x]\n"),
        ("a: >-\n  t\n\n# end\n", "a: >-\n  t\nnew: [x]\n\n# end\n"),
        ("a:\n", "a:\nnew: [x]\n"),
        ("a: &x\n", "a: &x\nnew: [x]\n"),
        ("{a: 1}\n", "{a: 1, new: [x]}\n"),
        ("{a: 1,}\n", "{a: 1, new: [x],}\n"),
        ("{\n  a: 1, # c\n  b: 2 # d\n}\n", "{\n  a: 1, # c\n  b: 2, # d\n  new: [x]\n}\n"),
        ("{\n  a: 1,\n  b: 2, # d\n  # end\n}\n", "{\n  a: 1,\n  b: 2, # d\n  new: [x],\n  # end\n}\n"),
    ] {
        let (pointer, expected) = if text.starts_with("s:") {
            ("/s/new", "s:\n  a: 1\n  new:\n    - x\n".to_owned())
        } else if text.starts_with(['{', 'l']) {
            ("/new", expected.to_owned())
        } else {
            ("/new", expected.replace("new: [x]", "new:\n  - x"))
        };
        if text.contains("|+") {
            // Its last empty line is a part of the text, so the file's end counts.
            assert_eq!(edit(text, &[set(pointer, json!(["x"]))]).as_deref(), Ok(expected.as_str()));
        } else {
            becomes(text, &[set(pointer, json!(["x"]))], &expected);
        }
    }
    // Before the comments and members of the outer level.
    becomes(
        "s:\n    a:\n        k: v\n    # about b\n    b:\n        k: v\n\n# end\nt: 1\n",
        &[set("/s/a/new", json!({"x": {"z": 1}, "l": ["p"], "e": {}})), set("/s/new", json!("v"))],
        "s:\n    a:\n        k: v\n        new:\n            x:\n                z: 1\n            l:\n                - p\n            e: {}\n    # about b\n    b:\n        k: v\n    new: v\n\n# end\nt: 1\n",
    );
    becomes("- k: v\n- m: w\n", &[set("/0/new", json!(1))], "- k: v\n  new: 1\n- m: w\n");
    becomes("- - k: v\n", &[set("/0/0/new", json!(1))], "- - k: v\n    new: 1\n");
    becomes("-   k: v # c\n", &[set("/0/new", json!(1))], "-   k: v # c\n    new: 1\n");
    becomes("-\n  k: v\n", &[set("/0/new", json!(1))], "-\n  k: v\n  new: 1\n");
    becomes("s: &x\n  a: 1\n", &[set("/s/new", json!(1))], "s: &x\n  a: 1\n  new: 1\n");
    becomes("s: !!map\n  a: 1\n", &[set("/s/new", json!(1))], "s: !!map\n  a: 1\n  new: 1\n");
    becomes("? a\n: 1\n", &[set("/new", json!(1))], "? a\n: 1\nnew: 1\n");
    becomes("'a': 'x'\n", &[set("/n: m", json!("y"))], "'a': 'x'\n'n: m': 'y'\n");
}

#[test]
fn an_empty_container_is_filled() {
    let env = || [set("/s/env", json!({"K": "v"}))];
    for (text, expected) in [
        ("s:\n  env: {}\n", "s:\n  env:\n    K: v\n"),
        ("s:\n  env: {} # none\n  b: 1\n", "s:\n  env:\n    K: v # none\n  b: 1\n"),
        ("s:\n  env:\n  b: 1\n", "s:\n  env:\n    K: v\n  b: 1\n"),
        ("s:\n  env: # none\n", "s:\n  env:\n    K: v # none\n"),
        ("s:\n  env: null\n", "s:\n  env:\n    K: v\n"),
        ("s:\n  env: ~ # none\n", "s:\n  env:\n    K: v # none\n"),
        ("s: {env: {}}\n", "s: {env: {K: v}}\n"),
        ("s: {env: , b: 1}\n", "s: {env: {K: v} , b: 1}\n"),
        ("s: {env}\n", "s: {env: {K: v}}\n"),
        ("s:\n  env: &e {}\n", "s:\n  env: &e\n    K: v\n"),
        ("s:\n  env: &e\n", "s:\n  env: &e\n    K: v\n"),
        ("s:\n  env: [a, b]\n", "s:\n  env:\n    K: v\n"),
        ("s:\n  env:\n  - a\n", "s:\n  env:\n    K: v\n"),
        ("s:\n  env: |\n    t\n", "s:\n  env:\n    K: v\n"),
    ] {
        becomes(text, &env(), expected);
    }
    becomes("s: []\n", &[set("/s", json!(["a", "b"]))], "s:\n  - a\n  - b\n");
    becomes("s: []\nt:\n- x\n", &[set("/s", json!(["a"]))], "s:\n- a\nt:\n- x\n");
    becomes("s: []\nt: [x]\n", &[set("/s", json!(["a", "b"]))], "s: [a, b]\nt: [x]\n");
    becomes("-\n- {}\n", &[set("/0", json!({"a": 1, "b": [1]}))], "- a: 1\n  b:\n    - 1\n- {}\n");
    becomes("- {}\n", &[set("/0", json!({"a": 1, "b": 2}))], "- a: 1\n  b: 2\n");
    assert_eq!(edit("# c\n", &[set("", json!({"a": 1}))]).as_deref(), Ok("# c\na: 1"));
    assert_eq!(edit("---\n", &[set("", json!({"a": 1}))]).as_deref(), Ok("---\na: 1\n"));
}

#[test]
fn lists_change_only_in_the_middle() {
    let wrapped = || [set("/args", json!(["run", "--", "npx", "-y", "p@1"]))];
    for (text, expected) in [
        (
            "args: # all\n  # yes\n  - -y # why\n  # pin\n  - p@1 # one\n# end\n",
            "args: # all\n  # yes\n  - run\n  - --\n  - npx\n  - -y # why\n  # pin\n  - p@1 # one\n# end\n",
        ),
        ("args:\n- -y\n- p@1\nb: 1\n", "args:\n- run\n- --\n- npx\n- -y\n- p@1\nb: 1\n"),
        ("args:\n-   -y\n-   p@1\n", "args:\n- run\n- --\n- npx\n-   -y\n-   p@1\n"),
        ("args: [\"-y\", \"p@1\"]\n", "args: [\"run\", \"--\", \"npx\", \"-y\", \"p@1\"]\n"),
        ("args: [\n  '-y', # why\n  'p@1',\n]\n", "args: [\n  'run',\n  '--',\n  'npx',\n  '-y', # why\n  'p@1',\n]\n"),
        ("args:\n  [ -y, p@1 ]\n", "args:\n  [ run, --, npx, -y, p@1 ]\n"),
        ("args: []\n", "args:\n  - run\n  - --\n  - npx\n  - -y\n  - p@1\n"),
        ("args: -y\n", "args:\n  - run\n  - --\n  - npx\n  - -y\n  - p@1\n"),
    ] {
        becomes(text, &wrapped(), expected);
    }
    becomes("- a\n- b\n- c\n- d\n", &[set("", json!(["a", "x", "z", "d"]))], "- a\n- x\n- z\n- d\n");
    becomes("- a\n- b # b\n- c\n- d\n", &[set("", json!(["a", "x", "d"]))], "- a\n- x # b\n- d\n");
    becomes("[a, b, c, d]\n", &[set("", json!(["b", "d"]))], "[b, d]\n");
    becomes("[a, b, c, d]\n", &[set("", json!(["a"]))], "[a]\n");
    becomes("[a, b, ]\n", &[set("", json!(["a"]))], "[a, ]\n");
    becomes("[a, b ]\n", &[set("", json!([]))], "[]\n");
    becomes("- a\n- b\n", &[set("", json!([]))], "[]\n");
    becomes("k:\n  # c\n  - a # a\n  - b # b\n", &[set("/k", json!([]))], "k: []\n  # c # b\n");
    becomes("- a\n", &[set("/1", json!("b")), set("/2", json!({"c": 1, "d": 2}))], "- a\n- b\n- c: 1\n  d: 2\n");
    becomes("- - a\n  - b\n", &[set("/0", json!(["x", "a", "b"]))], "- - x\n  - a\n  - b\n");
    becomes("- - a\n  - b\n", &[set("/0", json!(["b"]))], "- - b\n");
}

#[test]
fn a_member_goes_with_its_lines() {
    let three = "s:\n  a: 1 # one\n  # two\n  b: # zwei\n    x: [1,\n      2]\n\n  c: |\n    drei\n# end\n";
    becomes(three, &[remove("/s/a")], &three.replace("  a: 1 # one\n", ""));
    becomes(three, &[remove("/s/b")], "s:\n  a: 1 # one\n  # two\n\n  c: |\n    drei\n# end\n");
    becomes(three, &[remove("/s/c")], &three.replace("  c: |\n    drei\n", ""));
    becomes(three, &[remove("/s/c"), remove("/s/b")], "s:\n  a: 1 # one\n  # two\n# end\n");
    becomes(three, &[remove("/s")], "{}\n# end\n");
    becomes("s:\n  a: 1\nt: 2\n", &[remove("/s/a")], "s: {}\nt: 2\n");
    becomes("s: # servers\n  # a\n  a: 1\nt: 2\n", &[remove("/s/a")], "s: {} # servers\n  # a\nt: 2\n");
    becomes("- a: 1\n", &[remove("/0/a")], "- {}\n");
    becomes("- a: 1\n  b: 2\n", &[remove("/0/a")], "- b: 2\n");
    becomes("- a: 1 # a\n  # b\n  b: 2\n", &[remove("/0/a")], "-\n  # b\n  b: 2\n");
    becomes("- a: 1\n  b: 2\n- c\n", &[remove("/0/b")], "- a: 1\n- c\n");
    becomes("- a: 1\n  b: 2\n- c\n", &[remove("/0")], "- c\n");
    becomes("- a\n- b: 2\n  c: 3\n", &[remove("/1")], "- a\n");
    becomes("{a: 1, b: {c: 2}, d: 3}\n", &[remove("/b")], "{a: 1, d: 3}\n");
    becomes("{a: 1, b: {c: 2}, d: 3}\n", &[remove("/b/c")], "{a: 1, b: {}, d: 3}\n");
    becomes("{a: 1, b: 2}\n", &[remove("/b"), set("/c", json!(3))], "{a: 1, c: 3}\n");
    becomes("{\n  a: 1, # a\n  b: 2\n}\n", &[remove("/a")], "{\n  b: 2\n}\n");
    becomes("{\n  a: 1, # a\n  b: 2 # b\n}\n", &[remove("/b")], "{\n  a: 1, # a\n}\n");
    becomes("? a\n: 1\n? b\n: 2\n", &[remove("/b")], "? a\n: 1\n");
    becomes("a: 1\nb: &x 2\n", &[remove("/b"), set("/c", json!(3)), set("/a", json!(0))], "a: 0\nc: 3\n");
    assert_eq!(edit("a: 1\nb: 2", &[remove("/b"), set("/c", json!(3))]).as_deref(), Ok("a: 1\nc: 3"));
}

#[test]
fn what_an_alias_stands_for_is_left_alone() {
    let text = "base: &b\n  x: 1\n  l: [p]\nfree: &f {y: 1}\na: *b\nb: {c: *b, d: &d 1}\ne: *d\nkey: &k v\n";
    becomes(text, &[set("/free/y", json!(2))], &text.replace("y: 1", "y: 2"));
    becomes(text, &[set("/key", json!("w"))], &text.replace("&k v", "&k w"));
    becomes(text, &[remove("/a")], &text.replace("a: *b\n", ""));
    becomes(text, &[set("/b/c", json!(1))], &text.replace("c: *b", "c: 1"));
    becomes(text, &[set("/b/new", json!(1))], &text.replace("&d 1}", "&d 1, new: 1}"));
    for patch in [
        set("/a/x", json!(2)),
        set("/a/new", json!(2)),
        remove("/a/x"),
        set("/a/l/0", json!("q")),
        set("/base/x", json!(2)),
        set("/base/new", json!(2)),
        remove("/base/x"),
        remove("/base"),
        set("/base/l", json!(["q", "p"])),
        set("/b/d", json!(2)),
        remove("/b/d"),
        set("/b", json!(1)),
    ] {
        refused(text, &[patch]);
    }
    // The second one would speak for the first.
    refused("a: &x 1\nb: &x 2\nc: *x\n", &[remove("/b")]);
}

#[test]
fn what_cannot_be_written_is_refused() {
    refused("[a: 1]\n", &[set("/0/new", json!(1))]);
    refused("? a\n? b\n", &[set("/a", json!(1))]);
    refused("a: 1\n", &[set(&format!("/{}", "k".repeat(2000)), json!(1))]);
}

#[test]
fn a_closing_bracket_below_its_name_stays_there() {
    let text = "s:\n  t: |\n    x {\n    }\n  args: [\n    a, # a\n  ]\n  é: {\n  } # c\nk: {a: [\n  ]\n}\n";
    becomes(text, &[set("/s/args/1", json!("b"))], &text.replace("a, # a", "a, # a\n    b,"));
    becomes(text, &[set("/s/args/0", json!("b"))], &text.replace("a, # a", "b, # a"));
    becomes(text, &[set("/k/a", json!([1]))], &text.replace("a: [\n  ]", "a: [1]"));
}

#[test]
fn tabs_behind_colons_stay() {
    becomes("a:\tx\t# c\nb:\t[1]\n", &[set("/a", json!("z")), set("/b/0", json!(2))], "a: z\t# c\nb:\t[2]\n");
}
