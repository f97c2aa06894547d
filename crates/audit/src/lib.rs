//! Finds MCP servers, explains their risks, mends them.
//!
//! Rules are pure; every disk write is in `session` and `store` (through
//! `disk`). Knows no window, no terminal, no network.

pub mod api;
pub mod approval;
pub mod bundle;
pub mod catalogue;
pub mod clients;
pub mod count;
pub mod day;
pub mod dialect;
pub mod disk;
pub mod document;
pub mod edit;
pub mod env;
pub mod facts;
pub mod finding;
pub mod id;
pub mod machine;
pub(crate) mod programs;
pub mod redact;
pub mod report;
pub mod rules;
pub mod secret;
pub mod server;
pub mod session;
pub mod store;
pub mod verify;
pub mod writing;
