//! Where the code comes from.

pub mod unpinned_package;

use crate::rules::Rule;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] = &[&unpinned_package::RULE];
