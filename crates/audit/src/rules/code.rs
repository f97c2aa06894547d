//! How a server is started, and with what.

pub mod debug_or_exposed_port;
pub mod download_and_execute;
pub mod env_code_injection;
mod flow;
pub mod obfuscated_command;
pub mod path_hijack;
mod powershell;
pub mod risky_local_code;
mod shell_line;
pub mod shell_wrapper;
pub mod unexpanded_variable;
pub mod writable_script;

use crate::rules::Rule;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] = &[
    &debug_or_exposed_port::RULE,
    &download_and_execute::RULE,
    &env_code_injection::RULE,
    &obfuscated_command::RULE,
    &path_hijack::RULE,
    &risky_local_code::RULE,
    &shell_wrapper::RULE,
    &unexpanded_variable::RULE,
    &writable_script::RULE,
];
