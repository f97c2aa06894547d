//! Keys and passwords.

pub mod secret_in_args;
pub mod secret_in_env;

use crate::rules::Rule;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] = &[&secret_in_args::RULE, &secret_in_env::RULE];
