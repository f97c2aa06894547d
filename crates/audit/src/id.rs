//! Ids of files, servers and findings: short, stable, made of what a thing is.

use sha2::{Digest as _, Sha256};

/// The first 16 hex characters of SHA-256 over the parts, NUL after each.
/// Never give it a secret: a short one could be guessed from its hash.
pub fn short_hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize()[..8])
}
