//! The table: who makes which keys, and what they look like. Notation: `formats`.
//!
//! Sources are the providers' own pages; where those do not say what a key
//! looks like, the lists of others. A new row goes into the file of its letter.

mod a_to_c;
mod d_to_h;
mod i_to_o;
mod p_to_s;
mod t_to_z;

use super::Provider;

/// Where a format is taken from when its maker documents none.
pub(super) const GITHUBS_LIST: &str =
    "https://docs.github.com/en/code-security/reference/secret-security/supported-secret-scanning-patterns";
/// Formats that public rule sets agree on; of those only the facts.
pub(super) const RULE_SETS: &str = "https://github.com/mongodb/kingfisher";

pub(super) fn providers() -> impl Iterator<Item = &'static Provider> {
    [a_to_c::PROVIDERS, d_to_h::PROVIDERS, i_to_o::PROVIDERS, p_to_s::PROVIDERS, t_to_z::PROVIDERS]
        .into_iter()
        .flatten()
}

/// Keys made to be seen: they identify, and give no right by themselves.
pub(super) const PUBLIC: &[&str] = &[
    "pk_live_",
    "pk_test_",
    "pk-lf-",
    "pk.eyJ",
    "sb_publishable_",
    "phc_",
    "FLWPUBK",
    "ssh-rsa ",
    "ssh-ed25519 ",
    "ecdsa-sha2-",
    "-----BEGIN PUBLIC KEY",
    "-----BEGIN CERTIFICATE",
    "-----BEGIN RSA PUBLIC KEY",
    "-----BEGIN SSH2 PUBLIC",
    "-----BEGIN PGP PUBLIC",
];
