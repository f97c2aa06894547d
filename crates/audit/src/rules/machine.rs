//! The whole computer and its clients, not one server.

mod capabilities;
pub mod duplicate_server;
pub mod invalid_config;
pub mod lethal_trifecta;
pub mod missing_command;
pub mod name_shadowing;
pub mod stale_server;
pub mod untrusted_project_config;

use crate::rules::Rule;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] = &[
    &duplicate_server::RULE,
    &invalid_config::RULE,
    &lethal_trifecta::RULE,
    &missing_command::RULE,
    &name_shadowing::RULE,
    &stale_server::RULE,
    &untrusted_project_config::RULE,
];
