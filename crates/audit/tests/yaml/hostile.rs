//! Files that were made to hurt.

use serde_json::json;
use warder_audit::document::{KeyPath, Patch, Value};
use warder_audit::edit::splice;

use crate::{read, verdict};

#[test]
fn depth_is_refused_not_followed() {
    for (text, expected) in [
        ("[".repeat(100_000), "unreadable 1:256 the file is nested more than 255 brackets deep"),
        ("{a: ".repeat(100_000), "unreadable 1:1021 the file is nested more than 255 brackets deep"),
        ("- ".repeat(100_000), "unreadable 1:1025 the file is nested more than 512 levels deep"),
        ("? ".repeat(100_000), "unreadable 1:1025 the file is nested more than 512 levels deep"),
        (
            (0..2000).map(|n| format!("{}k:\n", " ".repeat(n))).collect(),
            "unreadable 513:513 the file is nested more than 512 levels deep",
        ),
    ] {
        assert_eq!(verdict(&text), expected, "{:?}", &text[..8]);
    }
    let deep = (0..511).map(|n| format!("{}k:\n", " ".repeat(n))).collect::<String>();
    assert_eq!(verdict(&deep), "ok");
}

#[test]
fn aliases_cannot_grow_a_file() {
    let bomb = |levels: usize| -> String {
        let first = "a0: &a0 [lol, lol, lol]\n".to_owned();
        (1..levels).fold(first, |text, level| {
            let alias = format!("*a{}, ", level - 1);
            text + &format!("a{level}: &a{level} [{}]\n", alias.repeat(9))
        })
    };
    assert_eq!(verdict(&bomb(4)), "ok");
    assert_eq!(verdict(&bomb(30)), "unreadable 6:45 what the aliases stand for is too large");
    let wide = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), "*a, ".repeat(100));
    assert_eq!(verdict(&wide), "unreadable 2:61 what the aliases stand for is too large");
    // Each inside the one before.
    let nested: String = (0..500).map(|n| format!("{}k: &a{n}\n", " ".repeat(n))).collect();
    assert_eq!(
        verdict(&(nested + &" ".repeat(500) + &"x".repeat(1 << 20))),
        "unreadable 486:486 what the anchors name is too large"
    );
    let deep: String = (1..300).map(|n| format!("b{n}: &b{n} [*b{}]\n", n - 1)).collect();
    assert_eq!(verdict(&format!("b0: &b0 []\n{deep}")), "ok");
    let deep: String = (1..600).map(|n| format!("b{n}: &b{n} [*b{}]\n", n - 1)).collect();
    assert_eq!(verdict(&format!("b0: &b0 []\n{deep}")), "unreadable 512:14 what the aliases stand for is too large");
}

/// Found with random texts: the colon behind a name that is nothing was taken for
/// the name's, and the next one for its value's.
#[test]
fn a_name_may_be_nothing() {
    let set = |name: &str, value| Patch::Set(KeyPath::default().name(name), value);
    let odd = "a: \r\n\n  : \r\n: - : ";
    let document = read(odd, &[]).expect("readable");
    for patch in [set("", json!("b")), set("a", json!("b")), Patch::Remove(KeyPath::default().name("b"))] {
        let _no_panic = document.edits(&[patch]);
    }

    let text = "a:\n  :\n  b: 1\n: c\n";
    let document = read(text, &[]).expect("readable");
    let edits = document.edits(&[set("", json!("d")), set("e", json!(2))]).expect("can be said");
    let result = splice(text, &edits).expect("the edits do not overlap");
    assert_eq!(result, "a:\n  :\n  b: 1\n: d\ne: 2\n");
}

/// Found by fuzzing: `&ul:` is an anchor `ul:` on nothing, or for libyaml an
/// anchor `ul` on an empty name.
#[test]
fn anchors_that_end_elsewhere_for_other_readers_are_not_read() {
    let said = "readers do not agree on where the name of this anchor ends";
    assert_eq!(verdict("&ul:"), format!("unreadable 1:4 {said}"));
    assert_eq!(verdict("a: &x.y 1\nb: 2\n"), format!("unreadable 1:6 {said}"));
    assert_eq!(verdict("a: &x 1\nb: *x\n"), "ok");
}

/// Found by fuzzing: for libyaml the text has no line end, for others it has one.
#[test]
fn nothing_is_put_behind_a_block_text_without_its_last_line_end() {
    let set =
        |text: &str| read(text, &[]).expect("readable").edits(&[Patch::Set(KeyPath::default().name("b"), json!(1))]);
    assert!(set("a: |\n  x").is_err());
    assert!(set("a: >2\n  x").is_err());
    assert!(set("a: |\n  x\n  ").is_err());
    assert!(set("a: |-\n  x").is_ok());
    assert!(set("a: >-\n x\n  ").is_err(), "the blank becomes a part of it");
    assert!(set("a: |-\n x\n \t").is_err());
    assert!(set("a: |\n  x\n").is_ok());
    assert!(set("b: 2\na: |\n  x").is_ok());
}

/// Found by fuzzing: libyaml wants a name and its colon on one line.
#[test]
fn a_name_of_several_lines_gets_no_colon() {
    let set = |text: &str| {
        let at = KeyPath::default().name("en t");
        read(text, &[]).expect("readable").edits(&[Patch::Set(at, json!(1))])
    };
    assert!(set("{a, en\n t}\n").is_err());
    assert!(set("{a, \"en\n t\"}\n").is_err());
    assert!(set("{a, en t}\n").is_ok());
}

/// Found by fuzzing: names without a single byte stand one behind the other.
#[test]
fn entries_without_a_name_are_no_reason_to_panic() {
    for text in [": : ", ": : : 1\n", "- : \n  - : ", "? \n: \n", "{: {: }}", "[: , : ]"] {
        let Ok(document) = read(text, &[]) else { continue };
        let mut places = vec![KeyPath::default()];
        for _ in 0..3 {
            let deeper: Vec<KeyPath> =
                places.iter().flat_map(|at| [at.name(""), at.index(0), at.name("null")]).collect();
            places.extend(deeper);
        }
        for at in places {
            for patch in
                [Patch::Set(at.clone(), json!("x")), Patch::Set(at.name("new"), json!(["x"])), Patch::Remove(at)]
            {
                let _ = document.edits(&[patch]);
            }
        }
    }
}

#[test]
fn large_files_are_read_and_edited() {
    let keys: String = (0..100_000).map(|n| format!("k{n}: v\n")).collect();
    let document = read(&keys, &[]).expect("readable");
    assert_eq!(document.root.members().len(), 100_000);
    assert_eq!(verdict(&(keys + "k7: v\n")), "invalid 100001:1 this name stands twice in one mapping");

    let keys: String = (0..10_000).map(|n| format!("k{n}: v\n")).collect();
    let edits = read(&keys, &[]).expect("readable").edits(&[Patch::Set(KeyPath::default().name("k9999"), json!("w"))]);
    assert!(splice(&keys, &edits.expect("written")).expect("fits").ends_with("k9999: w\n"));

    let long = "é".repeat(500_000);
    for text in [format!("a: {long}"), format!("a: '{long}'"), format!("a: \"{long}\""), format!("a: |-\n  {long}")] {
        let document = read(&text, &[]).expect("readable");
        assert_eq!(document.root.member("a").and_then(|node| node.as_str()), Some(long.as_str()));
    }
    assert_eq!(verdict(&" ".repeat(3 << 20)), "unreadable 1:1 a YAML file of more than 2 MiB is not read");
}

#[test]
fn odd_bytes_have_one_meaning_or_none() {
    for (text, expected) in [
        ("\ta: 1", "ok"),
        ("a:\n\t- 1", "invalid 2:2 a tab is not allowed as indentation"),
        ("a:\n  - 1\n\t- 2", "invalid 2:5 a tab is not allowed as indentation"),
        ("a:\t1\t# c", "ok"),
        ("a: 1\n\u{feff}b: 2", "invalid 2:1 a byte order mark is not allowed inside a document"),
        ("a: \"x\0\"", "invalid 1:4 the file ends inside a quoted text"),
        ("# \0", "invalid 1:3 there is a character that does not belong here"),
        ("\0", "invalid 1:1 there is a character that does not belong here"),
        ("a: x\u{2028}b: y", "invalid 1:7 a colon with a value is not allowed here"),
        ("a: 1\rb: 2\r", "ok"),
        ("a:\tx\nb: \":\t\"", "ok"),
    ] {
        assert_eq!(verdict(text), expected, "{text:?}");
    }
    let document = read("a: 'x\u{2028}\u{85}\u{7f}y'", &[]).expect("readable");
    assert_eq!(
        document.root.member("a").map(|node| &node.value),
        Some(&Value::String("x\u{2028}\u{85}\u{7f}y".to_owned()))
    );
}

/// Found by fuzzing: what came in between cut them off.
#[test]
fn lines_of_blanks_at_the_end_of_a_block_text_stay_its_own() {
    let o = || KeyPath::default().name("o");
    for (text, at, after) in [
        ("o:\n  a: |\n    x\n     \nb: 1\n", o().name("k"), "o:\n  a: |\n    x\n     \n  k: p\nb: 1\n"),
        ("o:\n  a: |\n    x\n     \n", o().name("k"), "o:\n  a: |\n    x\n     \n  k: p\n"),
        ("a: >-\n  x\n   \n", o(), "a: >-\n  x\n   \no: p\n"),
        ("a: |\n  x\n   \r\n", o(), "a: |\n  x\n   \no: p\r\n"),
        ("a: |1\n  x\n \t\n", o(), "a: |1\n  x\n \t\no: p\n"),
        // Empty ones are nobody's.
        ("a: |\n  x\n  \n", o(), "a: |\n  x\no: p\n  \n"),
        ("a: |-\n  x\n\n\nb: 1\n", KeyPath::default().name("b"), "a: |-\n  x\n\n\nb: p\n"),
    ] {
        let document = read(text, &[]).expect("readable");
        let edits = document.edits(&[Patch::Set(at, json!("p"))]).expect("possible");
        let written = splice(text, &edits).expect("apart");
        assert_eq!(written, after, "{text:?}");
        let a = |document: &warder_audit::document::Document| document.root.members()[0].clone();
        let [old, new] = [a(&document), a(&read(&written, &[]).expect("readable"))];
        let text_of = |node: &warder_audit::document::Node| {
            let value = node.members().first().map_or(&node.value, |inner| &inner.value);
            let Value::String(text) = value else { panic!("{value:?}") };
            text.clone()
        };
        assert_eq!(text_of(&old), text_of(&new), "{text:?}");
    }
}

/// Found by fuzzing: the blanks behind the member came to be the end of the text before it.
#[test]
fn nothing_is_taken_out_where_what_is_left_would_belong_to_a_text() {
    let remove = |text: &str| {
        let document = read(text, &[]).expect("readable");
        document.edits(&[Patch::Remove(KeyPath::default().name("b"))]).map(|edits| splice(text, &edits).expect("apart"))
    };
    assert!(remove("a: >-\n 2.3\nb: >-\n 3\n\n    ").is_err());
    assert!(remove("a: >-\n 2.3\nb: >-\n 3\n\n").is_ok());
    assert!(remove("a: x\nb: >-\n 3\n\n    ").is_ok());
}
