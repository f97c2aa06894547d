use super::*;

fn read(text: &str, format: Format, roots: Roots) -> Result<Document, ReadError> {
    Document::parse(Path::new("mcp.json"), text.as_bytes().to_vec(), format, roots)
}

/// The verdict in one line: `ok`, or kind, line:column and sentence.
fn verdict(text: &str, format: Format) -> String {
    let place = |problem: Problem| match problem.at {
        Some(at) => format!("{}:{} {}", at.line, at.column, problem.message),
        None => problem.message,
    };
    match read(text, format, &[]) {
        Ok(Document { refused: Some(problem), .. }) => format!("refused {}", place(problem)),
        Ok(_) => "ok".to_owned(),
        Err(ReadError::Missing) => "missing".to_owned(),
        Err(ReadError::Unreadable(problem)) => format!("unreadable {}", place(problem)),
        Err(ReadError::Invalid(problem)) => format!("invalid {}", place(problem)),
    }
}

#[test]
fn strict_json_is_what_json_parse_takes() {
    for text in [
        "null",
        " {} ",
        "[1,-0,1.5e+3,0E1]",
        r#"{"":"\ud800 \u00e9 \/"}"#,
        "\"\u{7f}\u{2028}\"",
        r#"{"a":1,"a":2}"#,
        "1e400",
    ] {
        assert_eq!(verdict(text, Format::Json), "ok", "{text}");
        assert_eq!(verdict(text, Format::Jsonc), "ok", "{text}");
    }
    // What Warder can make out in spite of it is read, with the client's verdict.
    for (text, said) in [
        ("", "invalid 1:1 the file is empty"),
        ("\r\n \r\n", "invalid 3:1 the file is empty"),
        ("// {}", "invalid 1:1 a comment is not allowed here"),
        ("\u{feff}{}", "refused 1:1 the file starts with a byte order mark, which JSON does not allow"),
        ("{\n // x\n}", "refused 2:2 a comment is not allowed here"),
        ("/* x */{}", "refused 1:1 a comment is not allowed here"),
        ("[1,]", "refused 1:4 a comma is not allowed before a closing bracket"),
        ("{\"a\":1,\r}", "refused 2:1 a comma is not allowed before a closing bracket"),
        ("\u{a0}{}", "refused 1:1 there is a character that does not belong here"),
        ("\u{b}{}", "refused 1:1 there is a character that does not belong here"),
        ("[1 /**/ 2]", "invalid 1:4 a comment is not allowed here"),
    ] {
        assert_eq!(verdict(text, Format::Json), said, "{text:?}");
    }
    // Claude Code takes a byte order mark off, and nothing else.
    assert_eq!(verdict("\u{feff}{}", Format::JsonBom), "ok");
    // Gemini CLI takes comments off, and nothing else.
    assert_eq!(verdict("// a\n{ /* b */ } // c", Format::JsonComments), "ok");
    for (text, said) in [
        ("{\"a\":1, // b\n}", "refused 2:1 a comma is not allowed before a closing bracket"),
        ("\u{feff}{}", "refused 1:1 the file starts with a byte order mark, which JSON does not allow"),
        ("// a", "invalid 1:5 the file is empty"),
    ] {
        assert_eq!(verdict(text, Format::JsonComments), said, "{text:?}");
    }
    assert_eq!(
        verdict("\u{feff} \u{feff}{}", Format::JsonBom),
        "refused 1:2 there is a character that does not belong here"
    );
}

#[test]
fn neither_format_takes_what_is_no_json_at_all() {
    // Places as V8's `JSON.parse` and VS Code's `jsonc-parser` give them.
    // The second is left out where both say the same.
    for (text, strict, tolerant) in [
        ("{\"a\" 1}", "1:6 expected a colon", ""),
        ("{\"a\":1 \"b\":2}", "1:8 expected a comma", ""),
        ("{\"a\":1,,\"b\":2}", "1:8 expected a name in double quotes", ""),
        ("{,}", "1:2 expected a name in double quotes", ""),
        ("[,]", "1:2 expected a value", ""),
        ("[1,,]", "1:4 expected a value", ""),
        ("[1}", "1:3 this is the wrong closing bracket", ""),
        ("{]", "1:2 expected a name in double quotes", ""),
        ("{\"a\":}", "1:6 expected a value", ""),
        ("{'a':1}", "1:2 expected a name in double quotes", ""),
        ("{a:1}", "1:2 expected a name in double quotes", ""),
        ("{\u{201c}a\u{201d}:1}", "1:2 expected a name in double quotes", ""),
        ("[\"é\", tru]", "1:10 text needs double quotes", "1:7 text needs double quotes"),
        ("[nullx]", "1:6 expected a comma", "1:2 text needs double quotes"),
        ("[NaN]", "1:2 text needs double quotes", ""),
        ("[01]", "1:3 this is not a number", ""),
        ("[1.]", "1:4 this is not a number", "1:2 this is not a number"),
        ("[.5]", "1:2 there is a character that does not belong here", ""),
        ("[+1]", "1:2 there is a character that does not belong here", ""),
        ("[0x1F]", "1:3 expected a comma", ""),
        ("[1e]", "1:4 this is not a number", "1:2 this is not a number"),
        ("[-]", "1:3 this is not a number", "1:2 this is not a number"),
        ("[1-1]", "1:3 expected a comma", ""),
        ("[1 2]", "1:4 expected a comma", ""),
        ("[\"a\tb\"]", "1:4 a string holds a raw control character", "1:2 a string holds a raw control character"),
        ("[\"a\nb\"]", "1:4 a string is not closed", "1:2 a string is not closed"),
        ("[\"\\x41\"]", "1:4 a string holds an unknown escape", "1:2 a string holds an unknown escape"),
        ("[\"\\u12g4\"]", "1:7 a string holds an unknown escape", "1:2 a string holds an unknown escape"),
        ("[\"abc", "1:6 a string is not closed", "1:2 a string is not closed"),
        ("[\"abc\\", "1:7 a string is not closed", "1:2 a string is not closed"),
        ("{\"a\":[1\r\n", "2:1 the file ends inside a list", ""),
        ("{", "1:2 the file ends inside an object", ""),
        ("{} x", "1:4 text needs double quotes", ""),
        ("{}\r{}", "2:1 expected the end of the file", ""),
        ("{}/", "1:3 a slash does not belong here", ""),
        ("\0", "1:1 there is a character that does not belong here", ""),
        ("[1\"abc", "1:3 expected a comma", ""),
        ("{\"a\":1 \"b", "1:8 expected a comma", ""),
        ("[\"\\u12", "1:7 a string is not closed", "1:2 a string is not closed"),
        ("[tr", "1:4 text needs double quotes", "1:2 text needs double quotes"),
        ("[-x]", "1:3 this is not a number", "1:2 this is not a number"),
        ("[1.5.2]", "1:5 expected a comma", ""),
        ("[00]", "1:3 this is not a number", ""),
        ("[1 /", "1:4 a slash does not belong here", ""),
        ("[\"a\u{1}", "1:4 a string holds a raw control character", "1:2 a string holds a raw control character"),
        ("{\"a\":", "1:6 the file ends where a value belongs", ""),
        ("{\"a\"", "1:5 expected a colon", ""),
        ("[nul\u{feff}", "1:5 text needs double quotes", "1:2 text needs double quotes"),
    ] {
        let tolerant = if tolerant.is_empty() { strict } else { tolerant };
        assert_eq!(verdict(text, Format::Json), format!("invalid {strict}"), "{text:?}");
        assert_eq!(verdict(text, Format::JsonBom), format!("invalid {strict}"), "{text:?}");
        assert_eq!(verdict(text, Format::Jsonc), format!("invalid {tolerant}"), "{text:?}");
    }
}

#[test]
fn jsonc_is_what_vs_code_takes() {
    for text in [
        "\u{feff}{}",
        "",
        "// all\n/* of it */",
        "{\"a\":1,}",
        "[1,/**/]",
        "//\r{}",
        "{\u{a0}\"a\":1\u{2028}}",
        "/***/1//",
    ] {
        assert_eq!(verdict(text, Format::Jsonc), "ok", "{text:?}");
    }
    assert_eq!(verdict("{/*}", Format::Jsonc), "invalid 1:2 a comment is not closed");
    assert_eq!(
        verdict("//\u{2028}{}\n{}", Format::Jsonc),
        "unreadable 1:3 a comment holds an invisible line separator"
    );
    assert_eq!(read(" // x", Format::Jsonc, &[]).expect("readable").root.value, Value::Null);
}

#[test]
fn depth_is_a_limit_of_ours_and_never_a_crash() {
    let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(verdict(&nested(512), Format::Json), "ok");
    for depth in [513, 10_000, 1_000_000] {
        let said = verdict(&nested(depth), Format::Json);
        assert_eq!(said, "unreadable 1:513 the file is nested more than 512 levels deep");
    }
    let objects = "{\"a\":".repeat(1_000_000);
    assert!(verdict(&objects, Format::Jsonc).starts_with("unreadable"));
}

#[test]
fn strings_are_unescaped_once() {
    let document =
        read(r#"["\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83dx\ude00","日\u672c"]"#, Format::Json, &[]).expect("readable");
    let strings: Vec<_> = document.root.items().iter().filter_map(Node::as_str).collect();
    assert_eq!(strings, ["\"\\/\u{8}\u{c}\n\r\té😀\u{fffd}x\u{fffd}", "日本"]);
}

#[test]
fn only_wanted_subtrees_are_kept() {
    let text = r#"{"a": {"x": [1, {}]}, "b": {"servers": {"s": {"k": [true]}}, "other": {"s": 1}}, "c": "v", "n": [{"a": 1}]}"#;
    let document = read(text, Format::Json, &[&["b", "servers"], &["n", "a"], &["missing"]]).expect("readable");
    let at = |path: &[&str]| {
        let path = KeyPath(path.iter().map(|name| Key::Name((*name).to_owned())).collect());
        document.get(&path).map(|node| (node.value.clone(), &text[node.span.clone()]))
    };
    for path in [&["a"][..], &["c"], &["b", "other"]] {
        assert_eq!(at(path), None, "{path:?}");
    }
    let list = document.get(&KeyPath::default().name("b").name("servers").name("s").name("k")).expect("kept");
    assert_eq!(list.items()[0].value, Value::Bool(true));
    assert_eq!(document.root.members().len(), 2);
    assert_eq!(at(&["n"]), Some((Value::Array(Vec::new()), r#"[{"a": 1}]"#)));
    assert!(read(r#"{"a": {"x": 01}}"#, Format::Json, &[&["b"]]).is_err());
}

#[test]
fn the_last_of_equal_names_counts() {
    let text = "{\"s\": {\"x\": 1},\n \"l\": [0, {\"y\": 1, \"z\": 0, \"y\": 2, \"\\u0079\": 3}],\n\"s\": {\"x\": 2}}";
    let document = read(text, Format::Json, &[]).expect("readable");
    let found: Vec<_> = document.duplicates.iter().map(|d| (d.at.to_string(), d.first.line, d.first.column)).collect();
    assert_eq!(found, [("/l/1/y".to_owned(), 2, 12), ("/l/1/y".to_owned(), 2, 28), ("/s".to_owned(), 1, 2)]);
    assert_eq!(
        document.get(&KeyPath::default().name("s").name("x")).map(|node| &node.value),
        Some(&Value::Number("2".to_owned()))
    );
    let object = document.get(&KeyPath::default().name("l").index(1)).expect("there");
    assert_eq!(object.members().len(), 2);
}

#[test]
fn many_members_with_equal_names_stay_fast() {
    let members: Vec<String> = (0..100_000).map(|n| format!("\"k{}\":{n}", n % 60_000)).collect();
    let document = read(&format!("{{{}}}", members.join(",")), Format::Json, &[]).expect("readable");
    assert_eq!(document.root.members().len(), 60_000);
    assert_eq!(document.duplicates.len(), 40_000);
    assert_eq!(document.root.member("k7").map(|node| &node.value), Some(&Value::Number("60007".to_owned())));
}

#[test]
fn positions_count_characters_and_every_line_end() {
    let text = "\u{feff}é\r\nb\rc\n\n";
    let document = read("{}", Format::Json, &[]).map(|document| Document {
        lines: OnceLock::new(),
        encoding: Encoding::Utf8,
        refused: None,
        text: text.to_owned(),
        ..document
    });
    let document = document.expect("readable");
    let at = |offset| (document.position(offset).line, document.position(offset).column);
    assert_eq!(
        [0, 3, 5, 6, 7, 8, 9, 10, 11, 12].map(at),
        [(1, 1), (1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (3, 1), (3, 2), (4, 1), (5, 1)]
    );
    assert_eq!(at(99), (5, 1));
}

#[test]
fn other_encodings_are_told_apart() {
    let parse = |bytes: &[u8]| {
        Document::parse(Path::new("x"), bytes.to_vec(), Format::Jsonc, &[]).map(|document| document.text)
    };
    let at = Some(Position { offset: 6, line: 2, column: 4 });
    assert_eq!(
        parse(b"{\n \"\xc3\xa9\xe9\"}"),
        Err(ReadError::Unreadable(Problem { message: "the file is not UTF-8".to_owned(), at }))
    );
}

/// A text as UTF-16, of this byte order, with its mark.
fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(bytes).collect()
}

#[test]
fn utf16_is_read_and_written_as_it_was() {
    let text = "{\r\n  \"a\": { \"k\": \"é😀\" }\r\n}";
    let k = KeyPath::default().name("a").name("k");
    for (bytes, encoding) in [
        (utf16(text, u16::to_le_bytes), Encoding::Utf16Le),
        (utf16(text, u16::to_be_bytes), Encoding::Utf16Be),
        (format!("\u{feff}{text}").into_bytes(), Encoding::Utf8),
    ] {
        let document = Document::parse(Path::new("x"), bytes.clone(), Format::Jsonc, &[]).expect("readable");
        assert_eq!((document.encoding, &document.stamp), (encoding, &Stamp::of(&bytes)));
        let value = document.position(document.get(&k).expect("there").span.start);
        assert_eq!((value.line, value.column), (2, 15));
        assert_eq!(*encoding.encode(&document.text), bytes);
        let edits = document.edits(&[Patch::Set(k.clone(), "ü".into())]).expect("possible");
        let after = encoding.encode(&splice(&document.text, &edits).expect("in range")).into_owned();
        let (head, tail) = (encoding.encode("\u{feff}{\r\n  \"a\": { \"k\": \""), encoding.encode("\" }\r\n}"));
        assert_eq!(after, [&head, &encoding.encode("ü"), &tail].map(|part| part.to_vec()).concat());
    }
}

#[test]
fn what_has_no_exact_text_is_unreadable_with_its_place() {
    let lone: Vec<u8> = [0xfeff, 0x7b, 0xa, 0x20, 0xd800, 0x7d].into_iter().flat_map(u16::to_le_bytes).collect();
    let odd = [utf16("{}", u16::to_be_bytes), vec![0]].concat();
    let parse = |bytes: Vec<u8>| match Document::parse(Path::new("x"), bytes, Format::Jsonc, &[]) {
        Err(ReadError::Unreadable(Problem { message, at: Some(at) })) => (message, at.line, at.column),
        other => panic!("{other:?}"),
    };
    assert_eq!(parse(lone), ("the file holds half a character (a lone surrogate)".to_owned(), 2, 2));
    assert_eq!(parse(odd), ("the file ends within a character".to_owned(), 1, 3));
}

#[test]
fn clients_that_want_utf8_refuse_utf16() {
    let bytes = utf16("{}", u16::to_le_bytes);
    for format in [Format::Json, Format::JsonBom] {
        let document = Document::parse(Path::new("x"), bytes.clone(), format, &[]).expect("readable");
        let problem = document.refused.expect("refused");
        assert_eq!(problem.message, "the file is written in UTF-16, not UTF-8");
    }
    assert!(matches!(Document::parse(Path::new("x"), bytes, Format::Toml, &[]), Err(ReadError::Invalid(_))));
}

#[test]
fn a_file_its_client_refuses_is_not_edited() {
    let document = read("{ \"a\": 1, // one\n}", Format::Json, &[]).expect("readable");
    assert_eq!(document.root.member("a").map(|node| &node.value), Some(&Value::Number("1".to_owned())));
    let result = document.edits(&[Patch::Set(KeyPath::default().name("a"), 2.into())]);
    let Err(EditError::Refused(Problem { at: Some(at), .. })) = result else { panic!("{result:?}") };
    assert_eq!((at.line, at.column), (1, 11));
}

#[test]
fn positions_are_the_same_near_and_far() {
    // Every kind of line end and of character, on and around each mark.
    let text = "é\r\n😀\n\n\ra\r".repeat(2000);
    let lines = Lines::of(&text);
    let (mut line, mut column) = (1, 1);
    let mut chars = text.char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        assert_eq!(lines.position(&text, offset), Position { offset, line, column });
        let ends = c == '\n' || c == '\r' && chars.peek().is_none_or(|next| next.1 != '\n');
        (line, column) = if ends { (line + 1, 1) } else { (line, column + 1) };
    }
}

#[test]
fn only_regular_files_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let read =
        |name: &str| Document::read(&folder.path().join(name), Format::Json, &[]).map(|document| document.stamp.0);
    fs::write(folder.path().join("a.json"), "{}").expect("written");
    assert_eq!(read("a.json"), Ok("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a".to_owned()));
    assert_eq!(read("."), Err(unreadable("this is a folder")));
    assert_eq!(read("none"), Err(ReadError::Missing));
    assert_eq!(read("a.json/b"), Err(ReadError::Missing));
    let remote = Document::read(Path::new(r"\\server\share\mcp.json"), Format::Json, &[]).map(|_| ());
    assert_eq!(remote, Err(unreadable("a file on another computer is not read")));
    assert!(!is_remote(Path::new(r"\\?\C:\x")) && is_remote(Path::new(r"\\?\UNC\s\x")) && !is_remote(Path::new("/x")));
    fs::File::create(folder.path().join("big")).and_then(|file| file.set_len(LARGEST + 1)).expect("a sparse file");
    assert_eq!(read("big"), Err(unreadable("the file is larger than 64 MiB")));
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_pipes_never_waited_for() {
    use rustix::fs::{CWD, Mode, mkfifoat};
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("real"), "[]").expect("written");
    std::os::unix::fs::symlink("real", at("link")).expect("linked");
    std::os::unix::fs::symlink("nowhere", at("dangling")).expect("linked");
    mkfifoat(CWD, at("pipe"), Mode::RUSR).expect("a pipe");
    let read = |name: &str| Document::read(&at(name), Format::Json, &[]).map(|document| document.text);
    assert_eq!(read("link"), Ok("[]".to_owned()));
    assert_eq!(read("dangling"), Err(ReadError::Missing));
    assert_eq!(read("pipe"), Err(unreadable("this is not a regular file")));
}

mod edits;
