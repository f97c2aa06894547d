//! Each row: a text, patches, the text that must come out.

use serde_json::{Value as Json, json};

use super::super::*;

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
    let document = Document::parse(Path::new("x"), text.as_bytes().to_vec(), Format::Jsonc, &[]).expect("readable");
    document.edits(patches).map(|edits| splice(text, &edits).expect("edits do not overlap"))
}

fn becomes(text: &str, patches: &[Patch], expected: &str) {
    let result = edit(text, patches);
    assert_eq!(result.as_deref(), Ok(expected), "{text:?} {patches:?}");
    assert_eq!(
        edit(
            expected,
            &patches
                .iter()
                .filter(|patch| matches!(patch, Patch::Set(at, _) if !matches!(at.0.last(), Some(Key::Index(_)))))
                .cloned()
                .collect::<Vec<_>>()
        )
        .as_deref(),
        Ok(expected),
        "twice"
    );
}

#[test]
fn a_value_is_replaced_in_place() {
    becomes("{\"a\" :\t\"x\",}// c", &[set("/a", json!("é\"\n"))], "{\"a\" :\t\"é\\\"\\n\",}// c");
    becomes("[1, 2.50, 3]", &[set("/1", json!(null))], "[1, null, 3]");
    becomes("{\"a\": 1.0, \"b\": 1e2}", &[set("", json!({"a": 1.0, "b": 100.0}))], "{\"a\": 1.0, \"b\": 1e2}");
    becomes(
        "{\r\n\t\"a\": 1\r\n}",
        &[set("/a", json!({"k": ["x", 1], "o": {}}))],
        "{\r\n\t\"a\": {\r\n\t\t\"k\": [\"x\", 1],\r\n\t\t\"o\": {}\r\n\t}\r\n}",
    );
    becomes("{\"a\":{\"b\":1}}", &[set("/a/b", json!({"k": ["x", 1]}))], "{\"a\":{\"b\":{\"k\":[\"x\",1]}}}");
    becomes("// only this\n", &[set("", json!({"a": 1}))], "// only this\n{\n  \"a\": 1\n}");
    becomes("\u{feff}{\"a\": 1}", &[set("/a", json!(2))], "\u{feff}{\"a\": 2}");
}

#[test]
fn a_member_is_added_after_the_last_one() {
    for (text, expected) in [
        ("{}", "{\n  \"n\": [1]\n}"),
        ("{\"o\":{}}", "{\"o\":{},\"n\":[1]}"),
        ("{ \"a\": 1 }", "{ \"a\": 1, \"n\": [1] }"),
        ("{\"a\":1}", "{\"a\":1,\"n\":[1]}"),
        ("{\"a\":1 , }", "{\"a\":1 ,\"n\":[1], }"),
        ("{\n    \"a\" : 1\n}", "{\n    \"a\" : 1,\n    \"n\" : [1]\n}"),
        ("{\r\n\t\"a\": 1\r\n}\r\n", "{\r\n\t\"a\": 1,\r\n\t\"n\": [1]\r\n}\r\n"),
        ("{\r\t\"a\": 1\r}", "{\r\t\"a\": 1,\r\t\"n\": [1]\r}"),
        ("{\n  \"a\": 1 // note\n}", "{\n  \"a\": 1, // note\n  \"n\": [1]\n}"),
        ("{\n  \"a\": 1, // note\n}", "{\n  \"a\": 1, // note\n  \"n\": [1],\n}"),
        ("{\n  \"a\": 1 /* x */ /* y */\n  // end\n}", "{\n  \"a\": 1, /* x */ /* y */\n  \"n\": [1]\n  // end\n}"),
        ("{\n  \"a\": 1 /* x\n  y */\n}", "{\n  \"a\": 1,\n  \"n\": [1] /* x\n  y */\n}"),
        ("{\n  \"a\": 1 }", "{\n  \"a\": 1,\n  \"n\": [1] }"),
        ("{\"a\": 1 // x\n}", "{\"a\": 1, \"n\": [1] // x\n}"),
        ("{ // none\n}", "{ // none\n  \"n\": [1]\n}"),
        ("{ /* none */ }", "{ /* none */\n  \"n\": [1]\n }"),
    ] {
        becomes(text, &[set("/n", json!([1]))], expected);
    }
    becomes("{\n    \"s\": {}\n}", &[set("/s/n", json!(1))], "{\n    \"s\": {\n        \"n\": 1\n    }\n}");
    becomes("{\n  \"s\": { \"e\": {} }\n}", &[set("/s/e/n", json!(1))], "{\n  \"s\": { \"e\": { \"n\": 1 } }\n}");
    becomes(
        "{\n  \"s\": [\n    \"a\"\n  ]\n}",
        &[set("/n", json!(["x"]))],
        "{\n  \"s\": [\n    \"a\"\n  ],\n  \"n\": [\n    \"x\"\n  ]\n}",
    );
}

#[test]
fn lists_change_only_in_the_middle() {
    let list = |pointer: &str, items: Json| [set(pointer, items)];
    becomes(
        "{\"a\": [\"y\",  \"z\"]}",
        &list("/a", json!(["n", "m", "y", "z"])),
        "{\"a\": [\"n\",  \"m\",  \"y\",  \"z\"]}",
    );
    becomes(
        "[\n  \"y\", // why\n  \"z\"\n]",
        &list("", json!(["n", "m", "y", "z"])),
        "[\n  \"n\",\n  \"m\",\n  \"y\", // why\n  \"z\"\n]",
    );
    becomes(
        "[\n  \"y\", // why\n  \"z\" // zet\n]",
        &list("", json!(["y", "n", "z", "m"])),
        "[\n  \"y\", // why\n  \"n\",\n  \"z\", // zet\n  \"m\"\n]",
    );
    becomes("[1, 2, 3, 4]", &list("", json!([1, 9, 8, 4])), "[1, 9, 8, 4]");
    becomes("[1, 2, 3, 4]", &list("", json!([1, 9, 4])), "[1, 9, 4]");
    becomes("[1, 2, 3, 4]", &list("", json!([2, 4])), "[2, 4]");
    becomes("[1, 2, 3, 4]", &list("", json!([1])), "[1]");
    becomes("[1, 2 ]", &list("", json!([])), "[]");
    becomes("[]", &list("", json!([1, 2])), "[1, 2]");
    becomes("[\"a\"]", &list("", json!(["b", "a"])), "[\"b\", \"a\"]");
    becomes("{\"x\":[\"a\"]}", &list("/x", json!(["b", "a"])), "{\"x\":[\"b\",\"a\"]}");
    becomes("[{\"k\":1 /* kept */}, 2]", &list("", json!([{"k": 1, "l": 2}, 2])), "[{\"k\":1,\"l\":2 /* kept */}, 2]");
    becomes("[1, 2]", &[set("/2", json!(3)), set("/3", json!(4))], "[1, 2, 3, 4]");
    becomes("[1,\n 2]", &list("", json!([0, 1, 2])), "[0, 1,\n 2]");
    becomes(
        "[\"run\" /* docker's */, \"x\"]",
        &list("", json!(["run", "--", "docker", "run", "x"])),
        "[\"run\", \"--\", \"docker\", \"run\" /* docker's */, \"x\"]",
    );
}

#[test]
fn a_member_goes_with_one_comma() {
    let three = "{\n  \"a\": 1, // one\n  // two\n  \"b\": 2, // zwei\n  \"c\": 3 // drei\n}";
    becomes(three, &[remove("/a")], "{\n  // two\n  \"b\": 2, // zwei\n  \"c\": 3 // drei\n}");
    becomes(three, &[remove("/b")], "{\n  \"a\": 1, // one\n  // two\n  \"c\": 3 // drei\n}");
    becomes(three, &[remove("/c")], "{\n  \"a\": 1, // one\n  // two\n  \"b\": 2 // zwei\n}");
    becomes(three, &[remove("/c"), remove("/b")], "{\n  \"a\": 1 // one\n  // two\n}");
    becomes("{\"a\": 1, \"b\": 2, \"c\": 3}", &[remove("/a")], "{\"b\": 2, \"c\": 3}");
    becomes("{\"a\": 1, \"b\": 2, \"c\": 3}", &[remove("/b")], "{\"a\": 1, \"c\": 3}");
    becomes("{\"a\": 1, \"b\": 2, \"c\": 3}", &[remove("/c")], "{\"a\": 1, \"b\": 2}");
    becomes("{\"a\": 1, \"b\": 2, \"c\": 3}", &[remove("/a"), remove("/c")], "{\"b\": 2}");
    becomes("{ \"a\": 1 }", &[remove("/a")], "{}");
    becomes("{\r\n  \"a\": 1,\r\n  \"b\": 2\r\n}", &[remove("/b")], "{\r\n  \"a\": 1\r\n}");
    becomes("{\"a\": 1, \"b\": 2, }", &[remove("/b")], "{\"a\": 1, }");
    becomes("{\n\"a\": 1,\n\"b\": 2,\n}", &[remove("/b")], "{\n\"a\": 1,\n}");
    becomes("{ // head\n  \"a\": 1 // own\n}", &[remove("/a")], "{ // head\n   // own\n}");
    becomes("{\"a\": 1, /* b */ \"b\": 2}", &[remove("/a")], "{/* b */ \"b\": 2}");
    becomes("{\"a\": 1 /* a */, /* b */ \"b\": 2}", &[remove("/b")], "{\"a\": 1 /* a */ /* b */}");
    becomes("{\n \"a\": 1\n ,\"b\": 2\n}", &[remove("/a")], "{\n \"b\": 2\n}");
    becomes("{\n \"a\": 1\n ,\"b\": 2\n}", &[remove("/b")], "{\n \"a\": 1\n \n}");
    becomes("[[1], [2], [3]]", &[remove("/0"), remove("/0")], "[[3]]");
    // The first, ineffective one would come to life.
    becomes("{\"a\": 1, \"b\": 2, \"a\": 3}", &[remove("/a")], "{\"b\": 2}");
}

#[test]
fn several_patches_meet_in_one_object() {
    becomes(
        "{\n  \"a\": 1,\n  \"b\": 2\n}",
        &[remove("/b"), set("/c", json!(3)), set("/a", json!(0))],
        "{\n  \"a\": 0,\n  \"c\": 3\n}",
    );
    becomes(
        "{\"a\": 1, \"b\": 2}",
        &[remove("/a"), remove("/b"), set("/c", json!(3)), set("/d", json!(4))],
        "{\"c\": 3, \"d\": 4}",
    );
    becomes("{\"a\": 1}", &[set("/b", json!({})), set("/b/c", json!(1))], "{\"a\": 1, \"b\": {\"c\": 1}}");
    becomes(
        "{\"s\": {\"command\": \"npx\", \"args\": [\"-y\"], \"env\": {\"T\": \"x\"}}}",
        &[
            set("/s/command", json!("w")),
            set("/s/args", json!(["--", "npx", "-y"])),
            set("/s/env/T", json!("k")),
            set("/s/env/U", json!("k")),
        ],
        "{\"s\": {\"command\": \"w\", \"args\": [\"--\", \"npx\", \"-y\"], \"env\": {\"T\": \"k\", \"U\": \"k\"}}}",
    );
    becomes("{\"a\": 1, \"a\": 2}", &[set("/a", json!(3))], "{\"a\": 1, \"a\": 3}");
    assert_eq!(
        edit("{\"a\": 1, \"b\": 2}", &[remove("/a"), set("/a", json!(1))]).as_deref(),
        Ok("{\"a\": 1, \"b\": 2}")
    );
}

#[test]
fn what_is_not_there_is_not_guessed() {
    for (patch, error) in [
        (remove(""), EditError::NotFound(at(""))),
        (remove("/x"), EditError::NotFound(at("/x"))),
        (remove("/l/1"), EditError::NotFound(at("/l/1"))),
        (set("/l/2", json!(1)), EditError::NotFound(at("/l/2"))),
        (set("/l/name", json!(1)), EditError::NotFound(at("/l/name"))),
        (set("/x/y", json!(1)), EditError::NotFound(at("/x"))),
        (set("/s/y", json!(1)), EditError::NotAContainer(at("/s"))),
        (set("/s/y/z", json!(1)), EditError::NotAContainer(at("/s"))),
    ] {
        assert_eq!(edit("{\"l\": [1], \"s\": \"t\"}", std::slice::from_ref(&patch)), Err(error), "{patch:?}");
    }
    assert_eq!(edit("// comment", &[set("", json!(1))]), Err(EditError::Unfaithful(at(""))));
}

#[test]
fn skipped_parts_can_be_edited_and_are_left_alone() {
    let text = "{\"skipped\": {\"x\": [1]}, \"servers\": {}}";
    let document =
        Document::parse(Path::new("x"), text.as_bytes().to_vec(), Format::Json, &[&["servers"]]).expect("readable");
    let edited = |patch| document.edits(&[patch]).map(|edits| splice(text, &edits).expect("fits"));
    assert_eq!(
        edited(set("/servers/a", json!(1))).as_deref(),
        Ok("{\"skipped\": {\"x\": [1]}, \"servers\": {\"a\": 1}}")
    );
    assert_eq!(edited(set("/skipped/x/1", json!(2))).as_deref(), Ok("{\"skipped\": {\"x\": [1, 2]}, \"servers\": {}}"));
    assert_eq!(
        edited(set("/new", json!(2))).as_deref(),
        Ok("{\"skipped\": {\"x\": [1]}, \"servers\": {}, \"new\": 2}")
    );
    assert_eq!(edited(remove("/skipped")).as_deref(), Ok("{\"servers\": {}}"));
    assert_eq!(document.edits(&[]), Ok(Vec::new()));
}

#[test]
fn deep_files_are_edited_and_never_made_too_deep() {
    let deep = |levels: usize, inner: &str| format!("{}{inner}{}", "{\"k\":[".repeat(levels), "]}".repeat(levels));
    let mut bottom = KeyPath::default();
    for _ in 0..256 {
        bottom = bottom.name("k").index(0);
    }
    let text = deep(256, "1");
    becomes(&text, &[Patch::Set(bottom.clone(), json!("x"))], &deep(256, "\"x\""));
    becomes(&text, &[Patch::Remove(bottom.clone())], &deep(256, ""));
    becomes(&text, &[set("/new", json!(1))], &format!("{},\"new\":1}}", &text[..text.len() - 1]));
    assert!(matches!(edit(&text, &[Patch::Set(bottom, json!({}))]), Err(EditError::Unfaithful(_))));
}

#[test]
fn a_file_of_one_long_line_is_edited_in_linear_time() {
    // Looking back to the line's beginning for each of them would take minutes.
    let servers: Vec<String> = (0..10_000).map(|n| format!(r#""s{n}":{{"command":"x","args":["-y"]}}"#)).collect();
    let text = format!(r#"{{"servers":{{{}}}}}"#, servers.join(","));
    let document = Document::parse(Path::new("x"), text.clone().into_bytes(), Format::Json, &[]).expect("readable");
    let at = KeyPath::default().name("servers");
    let gone = (0..10_000).step_by(2).map(|n| Patch::Remove(at.name(format!("s{n}"))));
    let edits =
        document.edits(&gone.take(200).chain([Patch::Set(at.name("s1").name("cwd"), "/".into())]).collect::<Vec<_>>());
    let after = splice(&text, &edits.expect("possible")).expect("in range");
    assert!(after.starts_with(r#"{"servers":{"s1":{"command":"x","args":["-y"],"cwd":"/"},"s3":"#), "{}", &after[..80]);
}
