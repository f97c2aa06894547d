//! Keys and passwords.

pub mod broad_token;
mod known_variables;
pub(crate) mod literals;
mod open_inputs;
pub(crate) mod plain;
pub mod secret_file_permissions;
pub mod secret_in_args;
pub mod secret_in_env;
pub mod secret_in_git;
pub mod secret_in_header;
pub mod secret_in_synced_folder;
pub mod secret_in_url;
pub mod secret_reused;
mod ways;

use crate::rules::Rule;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] = &[
    &broad_token::RULE,
    &secret_file_permissions::RULE,
    &secret_in_args::RULE,
    &secret_in_env::RULE,
    &secret_in_git::RULE,
    &secret_in_header::RULE,
    &secret_in_synced_folder::RULE,
    &secret_in_url::RULE,
    &secret_reused::RULE,
];
