//! The way to a server.

pub mod cleartext_http;

use crate::rules::Rule;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] = &[&cleartext_http::RULE];
