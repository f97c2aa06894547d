//! Tables of domains, with the source of each row in the file.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Who offers servers below a domain.
pub(super) fn vendor(host: &str) -> Option<&'static str> {
    below(host, &VENDORS)
}

/// Every domain of a vendor.
pub(super) fn vendors() -> impl Iterator<Item = (&'static str, &'static str)> {
    rows(include_str!("vendors.tsv"))
}

/// What names below a domain are for, where anybody gets one at once.
pub(super) fn passing(host: &str) -> Option<Passing> {
    match below(host, &PASSING)? {
        "tunnel" => Some(Passing::Tunnel),
        "dynamic" => Some(Passing::Dynamic),
        _ => Some(Passing::Hosted),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passing {
    /// Leads to somebody's own computer while a program runs there.
    Tunnel,
    /// Follows a number that changes.
    Dynamic,
    /// A deployment that anybody can make without saying who they are.
    Hosted,
}

static VENDORS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| vendors().collect());
static PASSING: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| rows(include_str!("passing.tsv")).collect());

/// The row of a name, or of the narrowest domain that it is in.
fn below(host: &str, table: &HashMap<&'static str, &'static str>) -> Option<&'static str> {
    // A name has 253 characters at most, so at most 127 labels.
    const LONGEST: usize = 253;
    if host.len() > LONGEST {
        return None;
    }
    let mut name = host;
    loop {
        if let Some(value) = table.get(name) {
            return Some(value);
        }
        name = name.split_once('.')?.1;
    }
}

/// The first two columns.
fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|row| {
        let (domain, rest) = row.split_once('\t')?;
        Some((domain, rest.split('\t').next()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_name_their_sources() {
        for table in [include_str!("vendors.tsv"), include_str!("passing.tsv")] {
            let rows: Vec<&str> = table.lines().filter(|line| !line.starts_with('#')).collect();
            assert!(rows.is_sorted_by_key(|row| row.split('\t').next()));
            for row in rows {
                let columns: Vec<&str> = row.split('\t').collect();
                assert!(columns.len() == 3 && columns[2].starts_with("https://"), "{row}");
            }
        }
        let kinds = rows(include_str!("passing.tsv")).map(|row| row.1);
        assert!(kinds.into_iter().all(|kind| ["tunnel", "dynamic", "hosted"].contains(&kind)));
    }

    #[test]
    fn a_name_belongs_to_the_narrowest_domain() {
        assert_eq!(vendor("mcp.linear.app"), Some("Linear"));
        assert_eq!(vendor("linear.app"), Some("Linear"));
        assert_eq!(vendor("mylinear.app"), None);
        assert_eq!(vendor("linear.app.example.com"), None);
        assert_eq!(passing("a-b.trycloudflare.com"), Some(Passing::Tunnel));
        assert_eq!(passing("x.workers.dev"), Some(Passing::Hosted));
        assert_eq!(passing("example.com"), None);
    }
}
