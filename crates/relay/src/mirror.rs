//! What 2026-07-28 wants to see of a message in the headers as well.
//!
//! `Mcp-Method`, `Mcp-Name` and, for the arguments that a tool's schema marks,
//! `Mcp-Param-…`. Source: the revision's page on Streamable HTTP, "Request
//! Metadata". Only messages that name this revision or a later one get them.

use std::collections::HashMap;

use data_encoding::BASE64;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::message::{Message, text};

/// What stands in a header for one argument: the way to it, and the header.
type Marked = Vec<(Vec<String>, HeaderName)>;

/// The arguments that the tools met so far want mirrored, by the tool's name.
/// `None`: its marks break the rules, and so it must not be called.
#[derive(Default)]
pub(crate) struct Tools(HashMap<String, Option<Marked>>);

#[derive(Deserialize)]
struct Listed {
    tools: Vec<Tool>,
}

#[derive(Deserialize)]
struct Tool {
    name: String,
    #[serde(rename = "inputSchema", default)]
    schema: Value,
}

/// The mark in a schema.
const MARK: &str = "x-mcp-header";

impl Tools {
    /// Remembers what a result of `tools/list` says.
    pub(crate) fn learn(&mut self, result: &str) {
        if let Ok(listed) = serde_json::from_str::<Listed>(result) {
            self.0.extend(listed.tools.into_iter().map(|tool| (tool.name, marked(&tool.schema))));
        }
    }

    /// The headers of one request; a sentence if it must not be sent.
    pub(crate) fn headers(&self, message: &Message, version: &str) -> Result<HeaderMap, &'static str> {
        let method = message.method.as_deref().unwrap_or_default();
        let mut headers = HeaderMap::new();
        let mut set = |name: HeaderName, value: &str| {
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| "a value cannot stand in a header")?;
            headers.insert(name, value);
            Ok::<(), &'static str>(())
        };
        set(HeaderName::from_static("mcp-protocol-version"), version)?;
        set(HeaderName::from_static("mcp-method"), method)?;
        let named = match method {
            "tools/call" | "prompts/get" => message.param("name"),
            "resources/read" => message.param("uri"),
            _ => None,
        };
        let Some(name) = named.and_then(text) else { return Ok(headers) };
        set(HeaderName::from_static("mcp-name"), &safe(name.clone()))?;
        let marked = match self.0.get(&name).filter(|_| method == "tools/call") {
            Some(Some(marked)) if !marked.is_empty() => marked,
            Some(None) => return Err("the server marks this tool's arguments in a way that is not allowed"),
            _ => return Ok(headers),
        };
        let arguments = message.param("arguments").and_then(|raw| serde_json::from_str(raw.get()).ok());
        let arguments: Value = arguments.unwrap_or_default();
        for (way, header) in marked {
            let value = way.iter().try_fold(&arguments, |value, step| value.get(step));
            let value = match value {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Bool(yes)) => yes.to_string(),
                Some(Value::Number(number)) => number.to_string(),
                _ => continue,
            };
            set(header.clone(), &safe(value))?;
        }
        Ok(headers)
    }
}

/// The marks of one schema; `None` if one of them is not allowed. Only what is
/// reached through `properties` alone may be marked.
fn marked(schema: &Value) -> Option<Marked> {
    let mut found: Marked = Vec::new();
    let mut allowed = 0;
    let mut open: Vec<(Vec<String>, &Map<String, Value>)> = Vec::new();
    open.extend(schema.get("properties").and_then(Value::as_object).map(|properties| (Vec::new(), properties)));
    while let Some((way, properties)) = open.pop() {
        for (name, property) in properties {
            let way = [way.as_slice(), std::slice::from_ref(name)].concat();
            if let Some(mark) = property.get(MARK) {
                let mark = mark.as_str().filter(|mark| !mark.is_empty())?;
                let kind = property.get("type").and_then(Value::as_str);
                if !matches!(kind, Some("string" | "integer" | "boolean")) {
                    return None;
                }
                let header = HeaderName::from_bytes(format!("mcp-param-{mark}").as_bytes()).ok()?;
                if found.iter().any(|(_, other)| *other == header) {
                    return None;
                }
                allowed += 1;
                found.push((way.clone(), header));
            }
            open.extend(property.get("properties").and_then(Value::as_object).map(|inner| (way, inner)));
        }
    }
    (marks(schema) == allowed).then_some(found)
}

/// All marks in a schema, wherever they stand. A property that is only called
/// like the mark is none.
fn marks(schema: &Value) -> usize {
    let mut count = 0;
    let mut open = vec![(schema, false)];
    while let Some((value, names)) = open.pop() {
        match value {
            Value::Object(object) => {
                count += usize::from(!names && object.contains_key(MARK));
                open.extend(object.iter().map(|(key, value)| (value, !names && key == "properties")));
            }
            Value::Array(items) => open.extend(items.iter().map(|item| (item, false))),
            _ => {}
        }
    }
    count
}

/// The value as a header can carry it.
fn safe(value: String) -> String {
    let plain = value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    let padded = value.starts_with([' ', '\t']) || value.ends_with([' ', '\t']);
    let taken = value.starts_with("=?base64?") && value.ends_with("?=");
    if plain && !padded && !taken { value } else { format!("=?base64?{}?=", BASE64.encode(value.as_bytes())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::read;

    fn headers(tools: &Tools, method: &str, params: &str) -> Result<Vec<String>, &'static str> {
        let text = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
        let headers = tools.headers(&read(&text).unwrap()[0], "2026-07-28")?;
        assert_eq!(headers["mcp-protocol-version"], "2026-07-28");
        let line = |(name, value): (&HeaderName, &HeaderValue)| format!("{name}: {}", value.to_str().unwrap());
        let mut lines: Vec<String> = headers.iter().map(line).collect();
        lines.retain(|line| !line.starts_with("mcp-protocol-version"));
        lines.sort();
        Ok(lines)
    }

    #[test]
    fn values_are_encoded_as_the_specification_shows() {
        for (value, expected) in [
            ("us-west1", "us-west1"),
            ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
            (" padded ", "=?base64?IHBhZGRlZCA=?="),
            ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
            ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
            ("", ""),
        ] {
            assert_eq!(safe(value.to_owned()), expected);
        }
    }

    #[test]
    fn a_request_is_mirrored_with_what_its_tool_marks() {
        let mut tools = Tools::default();
        let schema = r#"{"properties":{"region":{"type":"string","x-mcp-header":"Region"},"query":{"type":"string"},
            "in":{"properties":{"deep":{"type":"integer","x-mcp-header":"Deep"}}}}}"#;
        tools.learn(&format!(r#"{{"tools":[{{"name":"sql","inputSchema":{schema}}}],"nextCursor":"x"}}"#));
        let call = headers(&tools, "tools/call", r#"{"name":"sql","arguments":{"region":" é","in":{"deep":42}}}"#);
        let expected =
            ["mcp-method: tools/call", "mcp-name: sql", "mcp-param-deep: 42", "mcp-param-region: =?base64?IMOp?="];
        assert_eq!(call.unwrap(), expected);
        let call = headers(&tools, "tools/call", r#"{"name":"sql","arguments":{"region":null}}"#);
        assert_eq!(call.unwrap(), ["mcp-method: tools/call", "mcp-name: sql"]);
        let read = headers(&tools, "resources/read", r#"{"uri":"file:///a","name":"sql"}"#);
        assert_eq!(read.unwrap(), ["mcp-method: resources/read", "mcp-name: file:///a"]);
        assert_eq!(headers(&tools, "tools/list", "{}").unwrap(), ["mcp-method: tools/list"]);
        assert!(headers(&tools, "bad\\nmethod", "{}").is_err());
    }

    #[test]
    fn a_tool_with_marks_that_are_not_allowed_is_not_called() {
        for schema in [
            r#"{"properties":{"a":{"type":"number","x-mcp-header":"A"}}}"#,
            r#"{"properties":{"a":{"type":"string","x-mcp-header":""}}}"#,
            r#"{"properties":{"a":{"type":"string","x-mcp-header":"A B"}}}"#,
            r#"{"properties":{"a":{"type":"string","x-mcp-header":"X"},"b":{"type":"string","x-mcp-header":"x"}}}"#,
            r#"{"properties":{"a":{"type":"array","items":{"type":"string","x-mcp-header":"A"}}}}"#,
            r#"{"anyOf":[{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}]}"#,
        ] {
            let mut tools = Tools::default();
            tools.learn(&format!(r#"{{"tools":[{{"name":"t","inputSchema":{schema}}}]}}"#));
            assert!(headers(&tools, "tools/call", r#"{"name":"t"}"#).is_err(), "{schema}");
        }
        let mut tools = Tools::default();
        tools.learn(r#"{"tools":[{"name":"t","inputSchema":{"properties":{"x-mcp-header":{"type":"string"}}}}]}"#);
        assert!(headers(&tools, "tools/call", r#"{"name":"t"}"#).is_ok());
    }
}
