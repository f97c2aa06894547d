//! How many of something there are, in words.

/// `1 server`, `12 servers`.
pub fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
