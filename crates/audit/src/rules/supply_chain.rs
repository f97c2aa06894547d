//! Where the code comes from.

pub mod custom_registry;
pub mod git_or_url_source;
pub mod indirect_launcher;
pub mod install_script;
pub mod known_malicious;
pub mod known_vulnerability;
pub mod unpinned_package;

use crate::rules::Rule;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] = &[
    &custom_registry::RULE,
    &git_or_url_source::RULE,
    &indirect_launcher::RULE,
    &install_script::RULE,
    &known_malicious::RULE,
    &known_vulnerability::RULE,
    &unpinned_package::RULE,
];
