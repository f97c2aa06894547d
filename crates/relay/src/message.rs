//! A JSON-RPC message, read no further than passing it on needs.
//!
//! Whose it is and which answer belongs to it; everything else stays the bytes
//! it came as, so that what this program does not know goes through unharmed.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// The id of a request: as it was written, and as it is compared.
#[derive(Clone, Debug)]
pub(crate) struct Id {
    written: String,
    key: String,
}

impl Id {
    /// A number or a text; nothing else is an id.
    pub(crate) fn read(raw: &RawValue) -> Option<Id> {
        let key = match serde_json::from_str(raw.get()).ok()? {
            serde_json::Value::String(text) => format!("\"{text}"),
            // A server may well answer 1.0 to 1.
            serde_json::Value::Number(number) => match number.as_f64() {
                Some(float) if float.abs() < 9e15 => float.to_string(),
                _ => number.to_string(),
            },
            _ => return None,
        };
        Some(Id { written: raw.get().to_owned(), key })
    }

    /// Equal for equal ids, however they are written.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

/// What a message is in a conversation.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Request(Id),
    Notification,
    Response(Id),
    /// A fault with the message as a whole, which belongs to no request.
    Fault,
}

/// One message; a batch (2025-03-26) holds several.
pub(crate) struct Message<'a> {
    pub(crate) kind: Kind,
    pub(crate) method: Option<Cow<'a, str>>,
    pub(crate) params: Option<&'a RawValue>,
    pub(crate) result: Option<&'a RawValue>,
    pub(crate) error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    jsonrpc: Cow<'a, str>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

impl<'a> Message<'a> {
    fn of(envelope: Envelope<'a>) -> Option<Message<'a>> {
        let Envelope { jsonrpc, id, method, params, result, error } = envelope;
        let written = id.is_some();
        let id = id.and_then(Id::read);
        let kind = match (id, &method) {
            _ if jsonrpc != "2.0" => return None,
            (Some(id), Some(_)) => Kind::Request(id),
            (None, Some(_)) if !written => Kind::Notification,
            (Some(id), None) if result.is_some() || error.is_some() => Kind::Response(id),
            (None, None) if error.is_some() => Kind::Fault,
            _ => return None,
        };
        Some(Message { kind, method, params, result, error })
    }

    pub(crate) fn request(&self) -> Option<&Id> {
        if let Kind::Request(id) = &self.kind { Some(id) } else { None }
    }

    /// The id of the request that it answers.
    pub(crate) fn response(&self) -> Option<&Id> {
        if let Kind::Response(id) = &self.kind { Some(id) } else { None }
    }

    pub(crate) fn is(&self, method: &str) -> bool {
        self.method.as_deref() == Some(method)
    }

    /// One member of `params`, as it is written.
    pub(crate) fn param(&self, name: &str) -> Option<&'a RawValue> {
        member(self.params?, name)
    }

    /// The revision a request names for itself, as those from 2026-07-28 on do;
    /// earlier ones are agreed on once, by `initialize`.
    pub(crate) fn own_version(&self) -> Option<String> {
        const MEMBER: &str = "io.modelcontextprotocol/protocolVersion";
        let params = self.params?;
        // A look at the bytes first: most messages are spared a second reading.
        memchr::memmem::find(params.get().as_bytes(), b"io.modelcontextprotocol")?;
        text(member(member(params, "_meta")?, MEMBER)?)
    }
}

/// The messages in this text; `None` if it is anything else.
pub(crate) fn read(text: &str) -> Option<Vec<Message<'_>>> {
    let batch = text.bytes().find(|byte| !byte.is_ascii_whitespace()) == Some(b'[');
    let envelopes: Vec<Envelope> =
        if batch { serde_json::from_str(text).ok()? } else { vec![serde_json::from_str(text).ok()?] };
    let messages: Option<Vec<Message>> = envelopes.into_iter().map(Message::of).collect();
    messages.filter(|messages| !messages.is_empty())
}

/// One member of an object; `None` for anything that has none.
pub(crate) fn member<'a>(object: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    struct Members<'n>(&'n str);
    impl<'de> serde::de::Visitor<'de> for Members<'_> {
        type Value = Option<&'de RawValue>;

        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = None;
            while let Some(key) = map.next_key::<Text>()? {
                if key.0 == self.0 {
                    // As every reader of JSON that servers use: the last one counts.
                    found = Some(map.next_value()?);
                } else {
                    map.next_value::<serde::de::IgnoredAny>()?;
                }
            }
            Ok(found)
        }
    }
    let mut reader = serde_json::Deserializer::from_str(object.get());
    serde::Deserializer::deserialize_map(&mut reader, Members(name)).ok()?
}

/// A text, borrowed where nothing in it is escaped.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The text that a JSON string stands for.
pub(crate) fn text(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

/// Makes the message one line. Line breaks stand only between the parts of a
/// JSON text, never inside one, so a blank does as well.
pub(crate) fn one_line(message: impl Into<Vec<u8>>) -> Vec<u8> {
    let mut message = message.into();
    let mut from = 0;
    while let Some(at) = memchr::memchr2(b'\n', b'\r', &message[from..]) {
        message[from + at] = b' ';
        from += at + 1;
    }
    message
}

/// The relay's own fault, in the range that JSON-RPC leaves to implementations.
pub(crate) const TRANSPORT: i32 = -32000;
const NOT_JSON: i32 = -32700;

/// The answer to a request that got none.
pub(crate) fn failure(id: &Id, said: &str) -> Vec<u8> {
    answer(&id.written, &fault(TRANSPORT, said))
}

/// The answer to a request whose server said what was wrong, but not to whom.
pub(crate) fn passed_on(id: &Id, error: &RawValue) -> Vec<u8> {
    answer(&id.written, error.get())
}

/// The answer to what is no message, or is none that can be read to its end.
pub(crate) fn unreadable(id: Option<&Id>, said: &str) -> Vec<u8> {
    answer(id.map_or("null", |id| &id.written), &fault(NOT_JSON, said))
}

fn fault(code: i32, said: &str) -> String {
    serde_json::json!({ "code": code, "message": said }).to_string()
}

fn answer(id: &str, error: &str) -> Vec<u8> {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#).into_bytes()
}

/// The id of a message that is cut off: in what there is of its beginning, or
/// as the last member of all. A nested one does not count.
pub(crate) fn id_of_cut(head: &[u8], tail: &[u8]) -> Option<Id> {
    first_id(head).or_else(|| last_id(tail))
}

fn first_id(head: &[u8]) -> Option<Id> {
    struct First<'s>(&'s mut Option<Id>);
    impl<'de> serde::de::Visitor<'de> for First<'_> {
        type Value = ();

        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key::<String>()? {
                if key == "id" {
                    *self.0 = Id::read(&map.next_value::<Box<RawValue>>()?);
                    return Ok(());
                }
                map.next_value::<serde::de::IgnoredAny>()?;
            }
            Ok(())
        }
    }
    let mut found = None;
    let mut reader = serde_json::Deserializer::from_slice(head);
    // It ends in an error, as the message does not end; what was met counts.
    let _ = serde::Deserializer::deserialize_map(&mut reader, First(&mut found));
    found
}

fn last_id(tail: &[u8]) -> Option<Id> {
    let tail = std::str::from_utf8(&tail[tail.iter().position(u8::is_ascii)?..]).ok()?;
    let before = tail.trim_end().strip_suffix('}')?.trim_end();
    let from = match before.strip_suffix('"') {
        // A quote or a backslash inside could hide where the text begins.
        Some(text) => text.rfind('"').filter(|from| !text[..*from].ends_with('\\'))?,
        None => before.rfind(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))? + 1,
    };
    let name = before[..from].trim_end().strip_suffix(':')?.trim_end();
    let named = name.strip_suffix("\"id\"")?.trim_end().ends_with(['{', ',']);
    let raw: &RawValue = serde_json::from_str(&before[from..]).ok()?;
    named.then(|| Id::read(raw))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Option<Vec<String>> {
        let kind = |message: &Message| match &message.kind {
            Kind::Request(id) => format!("request {}", id.written),
            Kind::Response(id) => format!("response {}", id.written),
            Kind::Notification => "notification".to_owned(),
            Kind::Fault => "fault".to_owned(),
        };
        read(text).map(|messages| messages.iter().map(kind).collect())
    }

    #[test]
    fn messages_are_told_apart() {
        for (text, expected) in [
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, "request 1"),
            (r#" {"method":"x","params":{"id":2},"jsonrpc":"2.0","id":"a\"b"}"#, r#"request "a\"b""#),
            (r#"{"jsonrpc":"2.0","method":"x","new":[{}]}"#, "notification"),
            (r#"{"jsonrpc":"2.0","id":1.5,"result":null,"error":{}}"#, "response 1.5"),
            (r#"{"jsonrpc":"2.0","id":-7,"result":{}}"#, "response -7"),
            (r#"{"jsonrpc":"2.0","id":null,"error":{}}"#, "fault"),
            (r#"{"jsonrpc":"2.0","error":{"code":1}}"#, "fault"),
        ] {
            assert_eq!(kinds(text), Some(vec![expected.to_owned()]), "{text}");
        }
        let batch = r#"[{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","method":"b"}]"#;
        assert_eq!(kinds(batch), Some(vec!["request 1".to_owned(), "notification".to_owned()]));
        for text in [
            "",
            "{",
            "[]",
            "1",
            "null",
            "<html>",
            r#"{"id":1,"method":"x"}"#,
            r#"{"jsonrpc":"1.0","id":1,"method":"x"}"#,
            r#"{"jsonrpc":"2.0","id":1}"#,
            r#"{"jsonrpc":"2.0","id":{},"method":"x"}"#,
            r#"{"jsonrpc":"2.0","method":"x"} more"#,
            r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"x"}"#,
        ] {
            assert_eq!(kinds(text), None, "{text}");
        }
        let deep = format!(r#"{{"jsonrpc":"2.0","method":"x","params":{}1{}}}"#, "[".repeat(9999), "]".repeat(9999));
        assert_eq!(kinds(&deep), Some(vec!["notification".to_owned()]));
    }

    #[test]
    fn an_id_is_the_same_however_it_is_written() {
        let id = |text: &str| Id::read(serde_json::from_str(text).unwrap()).map(|id| id.key);
        assert_eq!(id("1"), id("1.0"));
        assert_eq!(id(r#""a""#), id(r#""\u0061""#));
        assert_ne!(id("1"), id(r#""1""#));
        assert_ne!(id("18446744073709551615"), id("18446744073709551614"));
        assert_eq!(id("null"), None);
    }

    #[test]
    fn the_own_revision_is_found_where_it_belongs() {
        let version = |params: &str| {
            let text = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"x","params":{params}}}"#);
            read(&text).unwrap()[0].own_version()
        };
        let meta = r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#;
        assert_eq!(version(meta).as_deref(), Some("2026-07-28"));
        assert_eq!(version(&format!(r#"{{"arguments":{meta}}}"#)), None);
        assert_eq!(version(r#"["io.modelcontextprotocol/protocolVersion"]"#), None);
    }

    #[test]
    fn a_message_becomes_one_line_of_the_same_value() {
        assert_eq!(one_line("{\r\n \"a\\n\":\n1}"), b"{   \"a\\n\": 1}");
    }

    #[test]
    fn the_id_of_a_cut_message_is_told_where_it_can_be() {
        let id = |head: &str, tail: &str| id_of_cut(head.as_bytes(), tail.as_bytes()).map(|id| id.written);
        assert_eq!(id(r#"{"jsonrpc":"2.0","id":7,"params":{"a":"xx"#, "xx").as_deref(), Some("7"));
        assert_eq!(id(r#"{"params":{"id":7,"a":"xx"#, "xx").as_deref(), None);
        assert_eq!(id(r#"{"params":"xx"#, r#"é xx"},"jsonrpc":"2.0","id":12}"#).as_deref(), Some("12"));
        assert_eq!(id(r#"{"params":"xx"#, r#"xx"}, "id" : "ab" } "#).as_deref(), Some(r#""ab""#));
        assert_eq!(id(r#"{"params":"xx"#, r#"xx","id":3}}"#).as_deref(), None);
        assert_eq!(id(r#"{"params":"xx"#, r#"xx,\"id\":\"3"}"#).as_deref(), None);
        assert_eq!(id("", "").as_deref(), None);
    }
}
