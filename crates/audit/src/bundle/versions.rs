//! Versions and ranges as each ecosystem orders them.

use crate::server::command::Ecosystem;

/// A version; two are compared only within an ecosystem.
#[derive(PartialEq, PartialOrd)]
enum Version {
    Npm(nodejs_semver::Version),
    Pypi(pep440_rs::Version),
}

impl Version {
    fn parse(ecosystem: Ecosystem, text: &str) -> Option<Version> {
        let text = text.trim().trim_start_matches(['=', 'v']);
        Some(match ecosystem {
            Ecosystem::Npm => Version::Npm(nodejs_semver::Version::parse(text).ok()?),
            Ecosystem::Pypi => Version::Pypi(text.parse().ok()?),
            _ => return None,
        })
    }

    /// What may change without notice within one line: `1`, and `0.3` below 1.
    fn line(&self) -> [u64; 2] {
        let (first, second) = match self {
            Version::Npm(version) => (version.major(), version.minor()),
            Version::Pypi(version) => {
                let numbers = version.release();
                (numbers.first().copied().unwrap_or(0), numbers.get(1).copied().unwrap_or(0))
            }
        };
        if first == 0 { [0, second] } else { [first, 0] }
    }
}

/// The alternative of `range` (`>=1.2 <2 || =3.0.1`) that holds `version`. Versions are only ordered: a first
/// release candidate lies below its release, unlike in a range that npm is given.
pub fn within<'a>(ecosystem: Ecosystem, range: &'a str, version: &str) -> Option<&'a str> {
    let version = Version::parse(ecosystem, version)?;
    let holds = |bound: &str| {
        let split = bound.find(|c: char| !"<>=".contains(c)).unwrap_or(bound.len());
        let (sign, number) = bound.split_at(split);
        let Some(limit) = Version::parse(ecosystem, number) else { return false };
        match sign {
            "<" => version < limit,
            "<=" => version <= limit,
            ">" => version > limit,
            ">=" => version >= limit,
            _ => version == limit,
        }
    };
    range.split("||").map(str::trim).find(|bounds| *bounds == "*" || bounds.split_whitespace().all(holds))
}

/// Whether `later` comes after `earlier` and promises to behave like it: the same major version.
pub fn same_line(ecosystem: Ecosystem, earlier: &str, later: &str) -> bool {
    let pair = Version::parse(ecosystem, earlier).zip(Version::parse(ecosystem, later));
    pair.is_some_and(|(earlier, later)| earlier <= later && earlier.line() == later.line())
}
