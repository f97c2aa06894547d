//! How a server is started, and with what.

pub mod download_and_execute;
mod shell_line;
pub mod unexpanded_variable;

use crate::rules::Rule;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] = &[&download_and_execute::RULE, &unexpanded_variable::RULE];
