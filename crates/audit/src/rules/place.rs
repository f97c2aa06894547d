//! Where a finding points.

use std::ops::Range;

use crate::document::KeyPath;
use crate::finding::{FileIndex, Place};
use crate::machine::{FileState, Machine};
use crate::server::{Server, Text};

/// The place of bytes in a file.
pub(super) fn bytes(machine: &Machine, file: FileIndex, at: &KeyPath, span: &Range<usize>) -> Place {
    let position = match &machine.files[file.0].state {
        FileState::Read(document) => Some(document.position(span.start)),
        _ => None,
    };
    Place { file, at: at.clone(), position, length: span.len() }
}

/// The place of a text of an entry.
pub(super) fn text(machine: &Machine, server: &Server, text: &Text) -> Place {
    bytes(machine, server.file, &text.at, &text.span)
}

/// The place of an entry: its name.
pub(super) fn entry(server: &Server) -> Place {
    // The quotes belong to the name.
    let length = server.name.len() + 2;
    Place { file: server.file, at: server.at.clone(), position: Some(server.position), length }
}
