//! Bytes to text and back: UTF-8, or UTF-16 where a byte order mark says so.
//!
//! The text keeps its byte order mark, so writing it gives the same bytes again.

use std::borrow::Cow;

use super::lines::Lines;
use super::{Problem, ReadError};

/// How a file's characters are written as bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    #[default]
    Utf8,
    /// Little endian, as Windows editors write it.
    Utf16Le,
    Utf16Be,
}

impl Encoding {
    /// The text of a file's bytes, a byte order mark included. What has no exact
    /// text (no UTF-8, half a character) is `Unreadable` with its place.
    pub(super) fn decode(bytes: Vec<u8>) -> Result<(Encoding, String), ReadError> {
        let (encoding, unit): (_, fn([u8; 2]) -> u16) = match bytes.as_slice() {
            [0xff, 0xfe, ..] => (Encoding::Utf16Le, u16::from_le_bytes),
            [0xfe, 0xff, ..] => (Encoding::Utf16Be, u16::from_be_bytes),
            _ => return Ok((Encoding::Utf8, utf8(bytes)?)),
        };
        let (pairs, rest) = bytes.as_chunks();
        let mut text = String::with_capacity(bytes.len());
        for character in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
            match character {
                Ok(character) => text.push(character),
                Err(_) => return Err(not_text("the file holds half a character (a lone surrogate)", &text)),
            }
        }
        if !rest.is_empty() {
            return Err(not_text("the file ends within a character", &text));
        }
        Ok((encoding, text))
    }

    /// The bytes of a text: of a decoded one, those it was decoded from.
    pub fn encode(self, text: &str) -> Cow<'_, [u8]> {
        match self {
            Encoding::Utf8 => Cow::Borrowed(text.as_bytes()),
            Encoding::Utf16Le => Cow::Owned(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Encoding::Utf16Be => Cow::Owned(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        }
    }
}

fn utf8(bytes: Vec<u8>) -> Result<String, ReadError> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        not_text("the file is not UTF-8", &String::from_utf8_lossy(&error.as_bytes()[..good]))
    })
}

/// Text ends after `before`.
fn not_text(message: &str, before: &str) -> ReadError {
    let at = Lines::of(before).position(before, before.len());
    ReadError::Unreadable(Problem { message: message.to_owned(), at: Some(at) })
}
