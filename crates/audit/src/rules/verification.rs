//! Whether a package is the one that is meant.

pub mod no_licence;
pub mod no_source_repository;
pub mod scope_confusion;
pub mod typosquat_name;

use crate::rules::Rule;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] =
    &[&no_licence::RULE, &no_source_repository::RULE, &scope_confusion::RULE, &typosquat_name::RULE];
