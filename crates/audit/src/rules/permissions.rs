//! What a server may reach and do.

pub(crate) mod approved;
pub mod auto_approve_tools;
pub mod broad_filesystem_root;
pub mod client_bypass_mode;
pub mod container_host_takeover;
pub mod container_weak_isolation;
pub mod elevated_launch;
pub(crate) mod fences;
mod options;
pub(crate) mod reach;
pub mod runtime_allow_all;
pub mod sensitive_path_access;
mod stores;
pub mod unsandboxed_server;
mod verbs;

use crate::rules::Rule;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] = &[
    &auto_approve_tools::RULE,
    &broad_filesystem_root::RULE,
    &client_bypass_mode::RULE,
    &container_host_takeover::RULE,
    &container_weak_isolation::RULE,
    &elevated_launch::RULE,
    &runtime_allow_all::RULE,
    &sensitive_path_access::RULE,
    &unsandboxed_server::RULE,
];
