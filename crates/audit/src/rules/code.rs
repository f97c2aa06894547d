//! How a server is started, and with what.

pub mod debug_or_exposed_port;
pub mod download_and_execute;
pub mod env_code_injection;
mod flow;
pub mod obfuscated_command;
mod powershell;
mod shell_line;
pub mod shell_wrapper;
pub mod unexpanded_variable;

use crate::rules::Rule;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] = &[
    &debug_or_exposed_port::RULE,
    &download_and_execute::RULE,
    &env_code_injection::RULE,
    &obfuscated_command::RULE,
    &shell_wrapper::RULE,
    &unexpanded_variable::RULE,
];
