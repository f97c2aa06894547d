//! What a server says while it runs, and what its entry says that nobody sees.

mod hidden;
pub mod hidden_characters;

use crate::rules::Rule;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] = &[&hidden_characters::RULE];
