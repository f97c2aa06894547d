//! What every reader gives: a tree, or the place where it stopped.

use std::borrow::Cow;

use super::{KeyPath, Node};

/// Containers inside containers; deeper files are read by clients, not by us.
pub(super) const DEEPEST: usize = 512;

/// The tree of a text and the overshadowed members in it (path, offset of the name).
pub(super) struct Tree {
    pub(super) root: Node,
    pub(super) duplicates: Vec<(KeyPath, usize)>,
}

/// What stopped the reading, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) message: Cow<'static, str>,
    pub(super) offset: usize,
    /// The client may well read on from here; only Warder does not.
    pub(super) only_ours: bool,
}

impl Fault {
    pub(super) fn new(message: impl Into<Cow<'static, str>>, offset: usize) -> Fault {
        Fault { message: message.into(), offset, only_ours: false }
    }

    /// A limit of Warder, not of the format.
    pub(super) fn ours(message: impl Into<Cow<'static, str>>, offset: usize) -> Fault {
        Fault { only_ours: true, ..Fault::new(message, offset) }
    }
}
