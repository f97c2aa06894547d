//! Starts one MCP server safely: profile, secrets, sandbox, server.
//!
//! The library half is shared with the auditor, which writes profiles and
//! keychain items; the binary half is what MCP clients start. Holds secrets,
//! so it knows no TLS, no parser beyond its own profile, and of the network only
//! what decides by name (`sandbox/egress.rs`).

pub mod command;
pub mod compare;
mod content;
mod disk;
pub mod environment;
mod host;
mod id;
pub mod made;
pub mod permit;
pub mod profile;
pub mod reference;
pub mod refused;
pub mod release;
pub mod sandbox;
pub mod state;
pub mod stderr;
pub mod tried;
pub mod vault;
pub mod wrap;
