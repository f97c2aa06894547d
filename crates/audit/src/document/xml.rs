//! XML as IntelliJ keeps its settings, to the tree of a JSON file. Read only.
//!
//! `<component name="C">` is a member C; `<option name="n" value="v"/>` a member
//! n, its value in an attribute, a `<list>` or a `<map>`; other elements are
//! lists under their tags. The line of arguments (`arguments`) is taken apart
//! as the IDE does it.

use std::ops::Range;

use roxmltree::{Document, Node as Element, ParsingOptions};

use super::tree::{Fault, Tree};
use super::{Name, Node, Value};

/// Elements inside elements; settings are far below.
const DEEPEST: usize = 64;
/// Elements, attributes and texts of one file.
const MOST: u32 = 1_000_000;

/// Reads `text`. Everything is kept: these files are small.
pub(super) fn parse(text: &str) -> Result<Tree, Fault> {
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Err(Fault::new("the file is empty", text.len()));
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let at = error.pos();
        let line = text.split_inclusive('\n').take(at.row.saturating_sub(1) as usize).map(str::len).sum::<usize>();
        let column =
            text[line..].char_indices().nth(at.col.saturating_sub(1) as usize).map_or(text.len() - line, |(at, _)| at);
        Fault::new("this is no well-formed XML", line + column)
    })?;
    let top = document.root_element();
    // Counted first, so that what follows may call itself.
    if let Some(deep) = top.descendants().find(|element| element.ancestors().nth(DEEPEST).is_some()) {
        return Err(Fault::ours("the file is nested more than 64 levels deep", deep.range().start));
    }
    Ok(Tree { root: Node { key: None, ..object(top) }, duplicates: Vec::new() })
}

fn children<'a>(element: Element<'a, 'a>) -> impl Iterator<Item = Element<'a, 'a>> {
    element.children().filter(Element::is_element)
}

/// An element whose children have names.
fn object(element: Element) -> Node {
    let mut members: Vec<Node> = Vec::new();
    for child in children(element) {
        let named = child.attribute_node("name").filter(|_| matches!(child.tag_name().name(), "option" | "component"));
        let tag = child.tag_name().name();
        let (key, value) = match named {
            Some(name) => {
                (Name { text: name.value().to_owned(), span: name.range_value() }, member(child, name.value()))
            }
            None if is_container(tag) => (tag_name(child), container(child)),
            // Any number of these may follow each other.
            None => {
                if let Some(Node { value: Value::Array(items), .. }) =
                    members.iter_mut().find(|node| node.key.as_ref().is_some_and(|key| key.text == tag))
                {
                    items.push(object(child));
                    continue;
                }
                let span = child.range();
                (tag_name(child), Node { value: Value::Array(vec![object(child)]), span, key: None })
            }
        };
        members.push(Node { key: Some(key), ..value });
    }
    Node { value: Value::Object(members), span: element.range(), key: None }
}

fn tag_name(element: Element) -> Name {
    let start = element.range().start + 1;
    Name { text: element.tag_name().name().to_owned(), span: start..start + element.tag_name().name().len() }
}

fn is_container(tag: &str) -> bool {
    matches!(tag, "list" | "set" | "map" | "envs" | "commands" | "urls")
}

/// The value of an option, or what a component holds.
fn member(element: Element, name: &str) -> Node {
    if element.tag_name().name() == "component" {
        return object(element);
    }
    match (element.attribute_node("value"), children(element).next()) {
        (Some(value), _) if name == "arguments" => words(value.value(), value.range_value()),
        (Some(value), _) => scalar(value.value(), value.range_value()),
        (None, Some(child)) if is_container(child.tag_name().name()) => container(child),
        (None, Some(child)) => object(child),
        (None, None) => Node { value: Value::Null, span: element.range(), key: None },
    }
}

/// A list, or a map of `<entry key="…" value="…"/>` or `<env name="…" value="…"/>`.
fn container(element: Element) -> Node {
    let span = element.range();
    if matches!(element.tag_name().name(), "map" | "envs") {
        let pair = |child: Element| {
            let key = child.attribute_node("key").or(child.attribute_node("name"))?;
            let value = child.attribute_node("value")?;
            let name = Name { text: key.value().to_owned(), span: key.range_value() };
            let text = Value::String(value.value().to_owned());
            Some(Node { value: text, span: value.range_value(), key: Some(name) })
        };
        return Node { value: Value::Object(children(element).filter_map(pair).collect()), span, key: None };
    }
    let item = |child: Element| match child.attribute_node("value") {
        Some(value) if child.tag_name().name() == "option" => {
            Node { value: Value::String(value.value().to_owned()), span: value.range_value(), key: None }
        }
        _ => object(child),
    };
    Node { value: Value::Array(children(element).map(item).collect()), span, key: None }
}

fn scalar(text: &str, span: Range<usize>) -> Node {
    let value = match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => Value::String(text.to_owned()),
    };
    Node { value, span, key: None }
}

/// The words of a line: blanks part them, double quotes hold them together
/// (IntelliJ's `ParametersListUtil`).
fn words(line: &str, span: Range<usize>) -> Node {
    let mut words: Vec<String> = Vec::new();
    let (mut word, mut quoted) = (None::<String>, false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'"') => {
                chars.next();
                word.get_or_insert_default().push('"');
            }
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    let item = |text| Node { value: Value::String(text), span: span.clone(), key: None };
    Node { value: Value::Array(words.into_iter().map(item).collect()), span: span.clone(), key: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> serde_json::Value {
        parse(text).expect("well-formed").root.to_json().expect("nothing else in it")
    }

    #[test]
    fn options_lists_and_maps_become_members() {
        let text = "\u{feff}<application>\n <component name=\"C\" x=\"1\">\n  <Server><option name=\"enabled\" value=\"false\"/>\
                    <option name=\"arguments\" value=\"-y &quot;a b&quot; c\"/><option name=\"none\"/>\
                    <envs><env name=\"K\" value=\"v &amp; w\"/></envs></Server>\n  <Server/>\n  \
                    <commands><P><option name=\"args\"><list><option value=\"true\"/></list></option>\
                    <option name=\"env\"><map><entry key=\"A\" value=\"1\"/></map></option></P></commands>\n </component>\n</application>";
        assert_eq!(
            json(text),
            serde_json::json!({ "C": {
                "Server": [
                    { "enabled": false, "arguments": ["-y", "a b", "c"], "none": null, "envs": { "K": "v & w" } },
                    {}
                ],
                "commands": [{ "args": ["true"], "env": { "A": "1" } }],
            } })
        );
        let tree = parse(text).expect("well-formed");
        let env = tree
            .root
            .get(&["C", "Server"].into_iter().fold(super::super::KeyPath::default(), |at, step| at.name(step)));
        let value = &env.expect("it is there").items()[0].member("envs").expect("it is there").members()[0];
        assert_eq!(&text[value.span.clone()], "v &amp; w");
    }

    #[test]
    fn what_is_no_settings_file_has_a_place() {
        for (text, offset) in [("", 0), ("<a>\n  <b></a>", 12), ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", 0)] {
            let fault = parse(text).err().expect("it is broken");
            assert!(
                fault.offset <= text.len() && (offset == 0 || fault.offset.abs_diff(offset) <= 8),
                "{text} {}",
                fault.offset
            );
        }
        let deep = "<a>".repeat(100_000);
        assert!(parse(&deep).is_err());
        assert!(parse(&format!("{}{}", "<a>".repeat(1000), "</a>".repeat(1000))).is_err_and(|fault| fault.only_ours));
    }
}
