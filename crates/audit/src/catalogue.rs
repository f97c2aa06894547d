//! What well-known servers need to run inside a fence: the hosts they call, the
//! files they keep, and which of them cannot be fenced at all.
//!
//! Each row was read in the package itself, or in its documentation, in the
//! version that it names. It is only proposed: a person sees it before it
//! counts. What is not known is left out, never guessed. How to add a row:
//! docs/permissions.md.

mod rows;

use crate::server::command::Ecosystem;

/// One package.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub ecosystem: Ecosystem,
    pub package: &'static str,
    /// The version that was read; a later one may call other hosts, which are
    /// then refused and shown.
    pub version: &'static str,
    pub source: Source,
    pub calls: Calls,
    pub keeps: Keeps,
    /// Folders it reads besides, below the home: `~/.cache/ms-playwright`.
    pub reads: &'static [&'static str],
    /// None of its tools writes in the folders that it is given.
    pub only_reads: bool,
    /// Starts a browser that fences its own parts.
    pub user_namespaces: bool,
    pub cannot: Option<Cannot>,
}

/// Where a row was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// In the code of the package.
    Code,
    /// In its own documentation.
    Documentation,
}

/// What a server reaches on the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    Nothing,
    These(&'static [Call]),
    /// Only what its entry names: a database, a self-hosted service.
    Entry,
    /// Whatever it is asked to fetch: nothing can be proposed.
    Anything,
}

/// A host, as [`warder_launch::sandbox::Host`] reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    pub host: &'static str,
    /// The variables and flags that name another one in its stead.
    pub unless: &'static [&'static str],
}

/// What a server writes that has to be there at its next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    Nothing,
    /// Files in its home.
    Home,
    /// One file, which `variable` can put into its home.
    File {
        variable: &'static str,
        name: &'static str,
        /// Where it is without that variable, below the package; the first that
        /// is there.
        usual: &'static [&'static str],
    },
}

/// Why a server does not work inside a fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cannot {
    /// Full sentences.
    pub why: &'static str,
    /// The flags that together make it work all the same; none: nothing does.
    pub unless: &'static [&'static str],
}

/// The row of a package; `None` for one that is not known.
pub fn known(ecosystem: Ecosystem, package: &str) -> Option<&'static Known> {
    let plain = |name: &str| crate::bundle::plain(ecosystem, name).into_owned();
    let wanted = plain(package);
    rows::KNOWN.iter().find(|known| known.ecosystem == ecosystem && plain(known.package) == wanted)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use warder_launch::sandbox::Host;

    use super::rows::KNOWN;
    use super::*;
    use crate::bundle::within;

    #[test]
    fn every_row_is_a_package_of_its_own_with_real_hosts() {
        let names: BTreeSet<_> = KNOWN.iter().map(|known| (known.ecosystem, known.package)).collect();
        assert_eq!(names.len(), KNOWN.len());
        assert!(KNOWN.len() >= 40, "{}", KNOWN.len());
        for row in KNOWN {
            let name = row.package;
            assert!(within(row.ecosystem, row.version, row.version).is_some(), "{name} {}", row.version);
            assert!(std::ptr::eq(known(row.ecosystem, name).unwrap(), row));
            if let Calls::These(calls) = row.calls {
                assert!(!calls.is_empty(), "{name}");
                for call in calls {
                    assert_eq!(call.host.parse::<Host>().unwrap().to_string(), call.host, "{name}");
                    let is_name = |name: &&str| name.starts_with("--") || crate::dialect::is_variable(name);
                    assert!(call.unless.iter().all(is_name), "{name}");
                }
            }
            if let Keeps::File { variable, name: file, .. } = row.keeps {
                assert!(crate::dialect::is_variable(variable) && !file.contains('/'), "{name}");
            }
            assert!(row.reads.iter().all(|path| path.starts_with("~/")), "{name}");
            assert!(row.cannot.is_none_or(|cannot| cannot.why.ends_with('.')), "{name}");
        }
    }

    #[test]
    fn a_package_is_known_by_all_its_spellings() {
        assert!(known(Ecosystem::Pypi, "mcp_server_Fetch").is_some());
        assert!(known(Ecosystem::Npm, "@modelcontextprotocol/server-memory").is_some());
        assert!(known(Ecosystem::Npm, "mcp-server-fetch").is_none());
        assert!(known(Ecosystem::Pypi, "some-mcp").is_none());
    }
}
