//! What a server may reach and do.

pub mod broad_filesystem_root;
pub mod client_bypass_mode;
pub mod container_host_takeover;
pub(crate) mod reach;
pub mod unsandboxed_server;

use crate::rules::Rule;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] = &[
    &broad_filesystem_root::RULE,
    &client_bypass_mode::RULE,
    &container_host_takeover::RULE,
    &unsandboxed_server::RULE,
];
