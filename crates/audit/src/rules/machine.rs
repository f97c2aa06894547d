//! The whole computer and its clients, not one server.

pub mod invalid_config;
pub mod missing_command;

use crate::rules::Rule;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] = &[&invalid_config::RULE, &missing_command::RULE];
