//! Is this value a secret?
//!
//! Vendor formats first (confirmed), then names and entropy, and before both
//! all that is certainly none: references, placeholders, paths, counts,
//! publishable keys. Definition: rules-and-scoring §2.0 item 4.

use crate::clients::Dialect;
use crate::finding::Confidence;

/// What a literal value was recognised as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// `a GitHub token`, `a key or password`; completes "X holds …".
    pub kind: String,
    /// The vendor's name and page for replacing the key, where known.
    pub provider: Option<&'static str>,
    pub confidence: Confidence,
}

/// `None`: not a secret. `name`: the variable, header or flag; empty when
/// there is none. References of any dialect, `keychain:…` and `op://…` are
/// never secrets.
pub fn judge(_name: &str, _value: &str) -> Option<Verdict> {
    unimplemented!()
}

/// Whether the client would replace some of this text before the start.
pub fn is_reference(_dialect: Dialect, _value: &str) -> bool {
    unimplemented!()
}

/// A secret inside a longer text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub range: std::ops::Range<usize>,
    pub verdict: Verdict,
}

pub fn find(_text: &str) -> Vec<Found> {
    unimplemented!()
}

pub fn flag_takes_secret(_flag: &str) -> bool {
    unimplemented!()
}
