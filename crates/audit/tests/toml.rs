//! TOML files read and changed: each row a text, patches, and what must come out.

use std::path::Path;

use serde_json::{Value as Json, json};
use warder_audit::document::{Document, EditError, Format, Key, KeyPath, Patch, ReadError, Roots, Value};
use warder_audit::edit::splice;

fn at(pointer: &str) -> KeyPath {
    let key = |step: &str| match step.parse() {
        Ok(index) => Key::Index(index),
        Err(_) => Key::Name(step.replace("~1", "/")),
    };
    KeyPath(pointer.split('/').skip(1).map(key).collect())
}

fn set(pointer: &str, value: Json) -> Patch {
    Patch::Set(at(pointer), value)
}

fn remove(pointer: &str) -> Patch {
    Patch::Remove(at(pointer))
}

fn read(text: &str, roots: Roots) -> Result<Document, ReadError> {
    Document::parse(Path::new("config.toml"), text.as_bytes().to_vec(), Format::Toml, roots)
}

fn edit(text: &str, patches: &[Patch]) -> Result<String, EditError> {
    let document = read(text, &[]).expect("readable");
    document.edits(patches).map(|edits| splice(text, &edits).expect("edits do not overlap"))
}

fn becomes(text: &str, patches: &[Patch], expected: &str) {
    let result = edit(text, patches);
    assert_eq!(result.as_deref(), Ok(expected), "{patches:?}\n{text}\n{}", result.as_deref().unwrap_or(""));
    // A text without any line break shows no habit.
    if text.contains('\n') {
        let crlf = |text: &str| text.replace('\n', "\r\n");
        let result = edit(&crlf(text), patches);
        assert_eq!(result.as_deref(), Ok(crlf(expected).as_str()), "CRLF {patches:?}\n{text}");
    }
    let result = edit(&format!("\u{feff}{text}"), patches);
    assert_eq!(result.as_deref(), Ok(format!("\u{feff}{expected}").as_str()), "BOM {patches:?}\n{text}");
}

#[test]
fn a_value_is_replaced_in_place() {
    for (text, pointer, value, expected) in [
        ("a = 1 # why\n", "/a", json!(2), "a = 2 # why\n"),
        ("a\t=\t\"x\"", "/a", json!("é\"\n\u{1}"), "a\t=\t\"é\\\"\\n\\u0001\""),
        ("a = 'C:\\x'", "/a", json!("C:\\y"), "a = 'C:\\y'"),
        ("a = 'C:\\x'", "/a", json!("it's"), "a = \"it's\""),
        ("a = 0xff\nb = 1_0\n", "/a", json!(1.5), "a = 1.5\nb = 1_0\n"),
        ("a = 0xff", "/a", json!(255), "a = 0xff"),
        ("a = 1_000.5", "/a", json!(1000.5), "a = 1_000.5"),
        ("a = 1979-05-27", "/a", json!(true), "a = true"),
        ("a = { b = 1 }\n", "/a/b", json!("x"), "a = { b = \"x\" }\n"),
        ("[a]\nb.c = 1\n", "/a/b/c", json!("x"), "[a]\nb.c = \"x\"\n"),
        ("[[a]]\nb = 1\n[[a]]\nb = 2\n", "/a/1/b", json!(3), "[[a]]\nb = 1\n[[a]]\nb = 3\n"),
        ("\"a.b\".'c d' = 1\n", "/a.b/c d", json!(2), "\"a.b\".'c d' = 2\n"),
        ("a = 1\n", "/a", json!({"b": {"c d": [1, "x"]}}), "a = { b = { \"c d\" = [1, \"x\"] } }\n"),
        ("a = [1]\n", "/a", json!("x"), "a = \"x\"\n"),
        ("a = \"\"\"\nx\ny\"\"\"\nb = 1\n", "/b", json!(2), "a = \"\"\"\nx\ny\"\"\"\nb = 2\n"),
        ("a = \"\"\"\nx\"\"\"\nb = 1\n", "/a", json!("y"), "a = \"y\"\nb = 1\n"),
    ] {
        becomes(text, &[set(pointer, value)], expected);
    }
    let long = "a = '''\nx\ny'''\n";
    assert_eq!(edit(long, &[set("/a", json!("v\\\n\"w\""))]).as_deref(), Ok("a = \"\"\"\nv\\\\\n\\\"w\\\"\"\"\"\n"));
}

#[test]
fn the_last_line_of_a_long_text_is_no_comment() {
    let text = "[[x]]\na = '''\n# b'''\n[y]\nb = 1\n";
    becomes(text, &[set("/x/1", json!(false))], "x = [{ a = \"# b\" }, false]\n\n[y]\nb = 1\n");
}

#[test]
fn a_pair_of_the_file_comes_above_a_new_first_element() {
    let patches = [set("", json!({"c": [{}, {}], "d": false}))];
    becomes("[[c]]\n", &patches, "d = false\n\n[[c]]\n\n[[c]]\n");
}

#[test]
fn a_list_changes_only_where_its_items_do() {
    let many = "args = [\n  \"-y\", # yes\n  # the package\n  'pkg',\n]\n";
    for (text, items, expected) in [
        ("args = [\"-y\", \"pkg\"]\n", json!(["w", "-y", "pkg"]), "args = [\"w\", \"-y\", \"pkg\"]\n"),
        ("args = ['-y',  'pkg']", json!(["-y", "pkg", "C:\\x"]), "args = ['-y',  'pkg',  'C:\\x']"),
        ("args = []", json!(["x"]), "args = [\"x\"]"),
        ("args = [ # none\n]", json!(["x"]), "args = [ # none\n    \"x\"\n]"),
        ("args = [ \"x\" ]", json!([]), "args = []"),
        ("args = [1, 2, 3]", json!([1, 3]), "args = [1, 3]"),
        ("args = [1, 2, 3]", json!([1, 9, 3]), "args = [1, 9, 3]"),
        ("args = [[1], {a = 1}]", json!([[1, 2], {"a": 1, "b": 2}]), "args = [[1, 2], {a = 1, b = 2}]"),
        (
            many,
            json!(["run", "--", "-y", "pkg"]),
            "args = [\n  \"run\",\n  \"--\",\n  \"-y\", # yes\n  # the package\n  'pkg',\n]\n",
        ),
        (many, json!(["-y"]), "args = [\n  \"-y\", # yes\n  # the package\n]\n"),
        (many, json!(["-y", "pkg", "z"]), "args = [\n  \"-y\", # yes\n  # the package\n  'pkg',\n  \"z\",\n]\n"),
        ("args = [\n  1,\n  2 # two\n]", json!([1, 2, 3]), "args = [\n  1,\n  2, # two\n  3\n]"),
        ("args = [\n  1,\n  2 # two\n]", json!([1]), "args = [\n  1\n]"),
    ] {
        becomes(text, &[set("/args", items)], expected);
    }
}

#[test]
fn what_is_written_about_an_element_stays_with_it() {
    let text = "[[a]] # one\n[[a]] # two\n[[a]]\n# three\nb = 1\n";
    becomes(
        text,
        &[set("/a/0/n", json!(1)), set("/a/2/n", json!(3))],
        "[[a]] # one\nn = 1\n[[a]] # two\n[[a]]\n# three\nb = 1\nn = 3\n",
    );
}

#[test]
fn a_key_is_added_to_a_table_of_any_spelling() {
    for (text, pointer, value, expected) in [
        ("", "/n", json!(1), "n = 1\n"),
        ("# only this", "/n", json!(1), "# only this\nn = 1"),
        ("a = 1\n\n[t]\nb = 2\n", "/n", json!(1), "a = 1\nn = 1\n\n[t]\nb = 2\n"),
        ("# top\n\n# t\n[t]\nb = 2\n", "/n", json!(1), "# top\n\nn = 1\n\n# t\n[t]\nb = 2\n"),
        ("# top\n[t]\nb = 2", "/n", json!(1), "# top\nn = 1\n\n[t]\nb = 2"),
        ("[t]", "/t/n", json!(1), "[t]\nn = 1"),
        ("[t] # t\n\n[u]\n", "/t/n", json!(1), "[t] # t\nn = 1\n\n[u]\n"),
        ("[t]\n  a=1 # a\n  # end\n[u]\n", "/t/n", json!(1), "[t]\n  a=1 # a\n  n=1\n  # end\n[u]\n"),
        ("[t]\na = 1\n[t.u]\nb = 1\n", "/t/n", json!("x"), "[t]\na = 1\nn = \"x\"\n[t.u]\nb = 1\n"),
        ("[t.u]\nb = 1\n", "/t/n", json!("x"), "[t]\nn = \"x\"\n\n[t.u]\nb = 1\n"),
        ("a = 1\n\n# u\n[t.u]\nb = 1\n", "/t/n", json!(1), "a = 1\n\n[t]\nn = 1\n\n# u\n[t.u]\nb = 1\n"),
        ("[s]\nt.a = 1\nt.b = 2\nz = 3\n", "/s/t/n", json!(1), "[s]\nt.a = 1\nt.b = 2\nt.n = 1\nz = 3\n"),
        ("t . 'x'.a = 1", "/t/x/n", json!({"o": 1}), "t . 'x'.a = 1\nt . 'x'.n = { o = 1 }"),
        ("t = {}", "/t/n", json!(1), "t = { n = 1 }"),
        ("t = { a = 1 }", "/t/n", json!(1), "t = { a = 1, n = 1 }"),
        ("t = {a=1,b=2}", "/t/n", json!(1), "t = {a=1,b=2,n = 1}"),
        ("t = { 'a'.b = 1, c = 2 }", "/t/n", json!(1), "t = { a = { b = 1 }, c = 2, n = 1 }"),
        ("t = { a.b = 1 }", "/t/a/n", json!(1), "t = { a = { b = 1, n = 1 } }"),
        ("[[t]]\na = 1\n\n[[t]]\na = 2\n", "/t/0/n", json!(1), "[[t]]\na = 1\nn = 1\n\n[[t]]\na = 2\n"),
        ("[t]\na = 1\n", "/t/n", json!({"K": "v"}), "[t]\na = 1\nn = { K = \"v\" }\n"),
        ("[t]\na = 1\n\n[t.u]\nb = 1\n", "/t/n", json!({"K": "v"}), "[t]\na = 1\n\n[t.u]\nb = 1\n\n[t.n]\nK = \"v\"\n"),
        (
            "[m.a]\nc = 1\n# old\n\n[z]\n",
            "/m/n",
            json!({"c": 1, "e": {"K": "v"}}),
            "[m.a]\nc = 1\n# old\n\n[m.n]\nc = 1\n\n[m.n.e]\nK = \"v\"\n\n[z]\n",
        ),
        ("a = 1", "/m", json!({"x": {"c": 1}}), "a = 1\n\n[m.x]\nc = 1"),
        ("# why\n", "/m", json!({"x": {"c": 1}}), "# why\n\n[m.x]\nc = 1\n"),
        ("a = 1\n", "/m", json!({}), "a = 1\n\n[m]\n"),
        ("[m]\n", "/m/n", json!({"c": 1}), "[m]\n\n[m.n]\nc = 1\n"),
        ("[[m]]\nc = 1\n", "/m/1", json!({"c": 2}), "[[m]]\nc = 1\n\n[[m]]\nc = 2\n"),
        ("[m.a]\n", "/m/a.b", json!({"c": 1}), "[m.a]\n\n[m.\"a.b\"]\nc = 1\n"),
        ("[m]\na = 1\n", "/m/q\"\n", json!(1), "[m]\na = 1\n\"q\\\"\\n\" = 1\n"),
        ("[m]\na = 1\n", "/m/", json!(1), "[m]\na = 1\n\"\" = 1\n"),
        ("[m]\na = 1\n", "/m/é", json!(1), "[m]\na = 1\n\"é\" = 1\n"),
    ] {
        becomes(text, &[set(pointer, value)], expected);
    }
}

#[test]
fn a_key_goes_with_its_line_and_nothing_else() {
    for (text, pointer, expected) in [
        ("# a\na = 1 # one\n# b\nb = 2\n", "/a", "# a\n# b\nb = 2\n"),
        ("a = 1\nb = 2", "/b", "a = 1"),
        ("a = 1\nb = [\n  1,\n  2,\n] # end\nc = 3\n", "/b", "a = 1\nc = 3\n"),
        ("[t]\na = 1\n", "/t/a", "[t]\n"),
        ("[s]\nt.a = 1\nt.b = 2\n", "/s/t/a", "[s]\nt.b = 2\n"),
        ("[s]\nt.a = 1 # why\n", "/s/t/a", "[s]\nt = {} # why\n"),
        ("[s]\nt.a.x = 1\nz = 1\nt.a.y = 1\n", "/s/t/a", "[s]\nt = {}\nz = 1\n"),
        ("t = { a = 1, b = 2 }", "/t/a", "t = { b = 2 }"),
        ("t = { a = 1, b = 2 }", "/t/b", "t = { a = 1 }"),
        ("t = { a = 1 }", "/t/a", "t = {}"),
    ] {
        becomes(text, &[remove(pointer)], expected);
    }
}

#[test]
fn a_table_goes_with_all_its_pieces() {
    let three = "# one\n[m.a]\nx = 1\n# in a\ny = 1\n\n[m.a.env]\nK = 1\n\n# two\n[m.b]\nx = 1\n\n[m.c]\nx = 1\n";
    for (text, pointer, expected) in [
        (three, "/m/a", "# one\n\n# two\n[m.b]\nx = 1\n\n[m.c]\nx = 1\n"),
        (three, "/m/b", "# one\n[m.a]\nx = 1\n# in a\ny = 1\n\n[m.a.env]\nK = 1\n\n# two\n\n[m.c]\nx = 1\n"),
        (three, "/m/c", "# one\n[m.a]\nx = 1\n# in a\ny = 1\n\n[m.a.env]\nK = 1\n\n# two\n[m.b]\nx = 1\n"),
        (three, "/m", "# one\n"),
        ("z = 1\n\n[a]\nx = 1\n\n[b]\n", "/a", "z = 1\n\n[b]\n"),
        ("z = 1\n\n[a]\nx = 1", "/a", "z = 1"),
        ("[a]\nx = 1\n[b]\ny = 1\n[a.c]\nz = 1\n", "/a", "[b]\ny = 1\n"),
        ("[m.a]\nx = 1\n", "/m/a", "[m]\n"),
        ("[m.a]\nx = 1\n\n[b]\n", "/m/a", "[m]\n\n[b]\n"),
        ("[m]\na.x = 1\n# why\nb.x = 1\n", "/m/a", "[m]\n# why\nb.x = 1\n"),
        ("m = { a = { x = 1 }, b = {} }", "/m/a", "m = { b = {} }"),
        ("[[m]]\nx = 1\n\n[[m]]\nx = 2\n", "/m/0", "[[m]]\nx = 2\n"),
        ("[[m]]\nx = 1\n\n[[m]]\nx = 2\n", "/m/1", "[[m]]\nx = 1\n"),
        ("a = 1\n\n[[m]]\nx = 1\n", "/m/0", "a = 1\nm = []\n"),
    ] {
        becomes(text, &[remove(pointer)], expected);
    }
}

#[test]
fn a_fix_is_several_patches() {
    let wrapped = |name: &str| {
        [
            set(&format!("/mcp_servers/{name}/command"), json!("/opt/w")),
            set(&format!("/mcp_servers/{name}/args"), json!(["run", "--", "npx", "-y", "pkg"])),
            set(&format!("/mcp_servers/{name}/env/T"), json!("keychain:T")),
        ]
    };
    becomes(
        "[mcp_servers.a]\ncommand = \"npx\"\nargs = [\"-y\", \"pkg\"]\nenv = { T = \"s\" }\n",
        &wrapped("a"),
        "[mcp_servers.a]\ncommand = \"/opt/w\"\nargs = [\"run\", \"--\", \"npx\", \"-y\", \"pkg\"]\nenv = { T = \"keychain:T\" }\n",
    );
    becomes(
        "[mcp_servers]\n\"a.b\" = { command = 'npx', args = ['-y', 'pkg'], env.T = 's' }\n",
        &wrapped("a.b"),
        "[mcp_servers]\n\"a.b\" = { command = \"/opt/w\", args = [\"run\", \"--\", \"npx\", \"-y\", \"pkg\"], env = { T = \"keychain:T\" } }\n",
    );
    becomes(
        "[a]\nx = 1\ny = 2\n",
        &[remove("/a/x"), remove("/a/y"), set("/a/n", json!(1)), set("/a/o", json!(2))],
        "[a]\nn = 1\no = 2\n",
    );
    becomes("[a]\nx = 1\n\n[b]\ny = 1\n", &[set("/a", json!("s"))], "a = \"s\"\n\n[b]\ny = 1\n");
    becomes(
        "[m.a]\nx = 1\n\n[m.b]\ny = 1\n",
        &[remove("/m/a"), set("/m/c", json!({"z": 1}))],
        "[m.b]\ny = 1\n\n[m.c]\nz = 1\n",
    );
    becomes("[m.a]\nx = 1\n", &[remove("/m/a"), set("/m/c", json!({"z": 1}))], "[m.c]\nz = 1\n");
}

#[test]
fn what_toml_has_no_word_for_is_refused() {
    for (text, patch) in [
        ("a = 1", set("/a", json!(null))),
        ("a = 1", set("/b", json!([null]))),
        ("a = 1", set("", json!([1]))),
        ("a = 1", set("/a", json!(u64::MAX))),
    ] {
        assert!(matches!(edit(text, std::slice::from_ref(&patch)), Err(EditError::Unfaithful(_))), "{patch:?}");
    }
    assert_eq!(edit("a = 1", &[remove("/b")]), Err(EditError::NotFound(at("/b"))));
    assert_eq!(edit("a = 1", &[set("/a/b", json!(1))]), Err(EditError::NotAContainer(at("/a"))));
}

#[test]
fn a_tree_is_put_together_from_its_pieces() {
    let text = "\u{feff}d = 1979-05-27\nf = [inf, 0xFF, 1_0.5, +1, -0]\n[a.b]\nc = 'x'\n[z]\n[a]\n\"e.f\" = true\n[[l]]\n[l.m]\nn.o = 1\n";
    let document = read(text, &[]).expect("readable");
    let get = |pointer: &str| document.get(&at(pointer)).expect("there");
    let numbers = ["255", "10.5", "1", "0"].map(|number| Value::Number(number.to_owned()));
    assert_eq!(get("/f").items()[1..].iter().map(|item| item.value.clone()).collect::<Vec<_>>(), numbers);
    assert_eq!(get("/d").value, Value::Other("1979-05-27".to_owned()));
    assert_eq!(get("/f/0").value, Value::Other("inf".to_owned()));
    assert_eq!(get("/a/e.f").as_bool(), Some(true));
    assert_eq!(&text[get("/a/b/c").span.clone()], "'x'");
    assert_eq!(&text[get("/a/b").span.clone()], "[a.b]\nc = 'x'");
    assert_eq!(&text[get("/a").span.clone()], "[a.b]\nc = 'x'\n[z]\n[a]\n\"e.f\" = true");
    assert_eq!(&text[get("/a/b").key.clone().expect("named").span], "b");
    assert_eq!(&text[get("/l").span.clone()], "[[l]]\n[l.m]\nn.o = 1");
    assert_eq!(&text[get("/l/0/m/n").span.clone()], "o = 1");
    assert_eq!(&text[get("/l/0/m/n/o").span.clone()], "1");
}

#[test]
fn what_nobody_asked_for_is_skipped() {
    let text = "x = [1, [2]]\n[m.a]\nc = { d = 1 }\n[n.a]\nc = { d = 1 }\n[o]\nm.a.c = 1\n";
    let document = read(text, &[&["m", "*"], &["o", "m"]]).expect("readable");
    let value = |pointer: &str| &document.get(&at(pointer)).expect("there").value;
    assert_eq!(value("/x"), &Value::Skipped);
    assert_eq!(value("/n/a/c"), &Value::Skipped);
    assert_eq!(value("/m/a/c/d"), &Value::Number("1".to_owned()));
    assert_eq!(value("/o/m/a/c"), &Value::Number("1".to_owned()));
    let edits = document.edits(&[set("/n/a/c/e", json!(2)), set("/m/a/c/d", json!(3))]).expect("can be written");
    let expected = text.replacen("d = 1", "d = 3", 1).replacen("{ d = 1 }", "{ d = 1, e = 2 }", 1);
    assert_eq!(splice(text, &edits).as_deref(), Ok(expected.as_str()));
}

#[test]
fn an_invalid_file_is_judged_as_its_reader_does() {
    for (text, line, column) in [
        ("a = 1\nb 2\n", 2, 3),
        ("a = \n", 1, 5),
        ("[a]\nx = 1\n[a]\n", 3, 2),
        ("a = 1\na = 2\n", 2, 1),
        ("a = 1\n[a.b]\n", 2, 2),
        ("é = 1\n", 1, 1),
        ("a = \"x\n", 1, 7),
        ("a = 1\rb = 2\n", 2, 1),
        ("# a\u{1}\n", 1, 4),
        ("a = { b = 1 }\na.c = 2\n", 2, 1),
        ("a = 2021-13-01\n", 1, 5),
        ("a = tru\n", 1, 5),
        ("a = 9223372036854775808\n", 1, 5),
        ("a = [1e999]\n", 1, 6),
    ] {
        for bom in ["", "\u{feff}"] {
            let text = format!("{bom}{text}");
            let Err(ReadError::Invalid(problem)) = read(&text, &[]) else { panic!("{text:?} is invalid") };
            let place = problem.at.expect("a place");
            assert_eq!((place.line, place.column), (line, column), "{text:?} {problem:?}");
            let error = text.parse::<toml::Table>().expect_err("invalid");
            assert_eq!(error.span().map(|span| span.start), Some(place.offset), "{text:?} {error:?}");
            // Warder says itself what a number is, for that message would hold it.
            let number = problem.message.contains("64 bits");
            assert!(problem.message == error.message() || number, "{text:?} {problem:?} {error:?}");
        }
    }
}

#[test]
fn hostile_files_are_read_or_refused() {
    let wide = "[t]\nx = 1\n".repeat(2);
    let tables = |count: usize| (0..count).map(|at| format!("[m.s{at}]\nc = {at}\n")).collect::<String>();
    let line = format!("a = \"{}\"\nb = [{}]\n", "x".repeat(1 << 20), "1, ".repeat(1 << 18));
    for (text, invalid) in [
        ("[".repeat(10_000), true),
        (format!("a = {}", "[".repeat(10_000)), true),
        (format!("a = {}{}", "[".repeat(10_000), "]".repeat(10_000)), true),
        (format!("a = {}", "{b=".repeat(10_000)), true),
        (format!("{}x = 1", "a.".repeat(100_000)), true),
        (format!("[{}x]", "a.".repeat(100_000)), true),
        (wide, true),
        (tables(100_000), false),
        (line, false),
    ] {
        let read = read(&text, &[]);
        assert_eq!(matches!(read, Err(ReadError::Invalid(_))), invalid, "{:.40}", text);
        assert_eq!(read.is_ok(), !invalid, "{:.40}", text);
    }
    let names = "a.".repeat(70);
    let deep = format!("[{names}a]\n{names}a = {}1{}", format!("{{{names}a = ").repeat(20), "}".repeat(20));
    assert!(matches!(read(&deep, &[]), Err(ReadError::Unreadable(_))));
    let many = tables(10_000);
    let result = edit(&many, &[set("/m/s5000/c", json!("x")), remove("/m/s7")]).expect("can be written");
    assert_eq!(result, many.replace("c = 5000\n", "c = \"x\"\n").replace("[m.s7]\nc = 7\n", ""));
}
