//! Dated lists that ship with Warder: versions known to be malicious or
//! vulnerable, and the names of well-known packages.
//!
//! Written by `cargo xtask lists`. A list that is missing or too old is said
//! to be so by `is_fresh`; what it still finds stays true. A name on the list
//! is known, not trusted.

mod versions;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use crate::env::Day;
use crate::finding::Severity;
use crate::server::command::Ecosystem;

pub use versions::{same_line, within};

/// Days after which nothing is concluded from a list that says nothing.
const VALID: Day = 21;

/// A known malicious package.
#[derive(Debug)]
pub struct Malware {
    /// `MAL-2025-47604`.
    pub id: &'static str,
    range: &'static str,
}

/// A published vulnerability of a package.
#[derive(Debug)]
pub struct Advisory {
    /// `CVE-2025-6514`.
    pub id: &'static str,
    /// The same elsewhere: `GHSA-…`; may be empty.
    pub alias: &'static str,
    pub severity: Severity,
    /// It concerns only servers that others can reach over HTTP.
    pub over_http: bool,
    range: &'static str,
}

/// A well-known package.
#[derive(Debug)]
pub struct Known {
    pub ecosystem: Ecosystem,
    pub name: &'static str,
    /// From the protocol's own project.
    pub official: bool,
    /// From that, or from a vendor's own scope.
    pub of_vendor: bool,
    /// One of the 200 most fetched of its ecosystem; where nobody counts, vetted or widely used.
    pub popular: bool,
    /// In the last month; `None`: not counted there.
    pub downloads: Option<u64>,
}

/// How a package stands on the list of malicious ones.
#[derive(Clone, Copy, Debug)]
pub enum Listed {
    /// This version, or every one.
    This(&'static Malware),
    /// Other versions of it.
    Others(&'static Malware),
}

/// Rows by the name of the package.
type ByName<T> = HashMap<&'static str, Vec<(Ecosystem, T)>>;

struct Lists {
    /// The day on which the older of the two lists of bad versions was written.
    built: Option<Day>,
    malicious: ByName<Malware>,
    vulnerable: ByName<Advisory>,
    known: Vec<Known>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let (malicious, vulnerable) = (include_str!("bundle/malicious.tsv"), include_str!("bundle/vulnerable.tsv"));
    let mut lists = Lists {
        built: built(malicious).zip(built(vulnerable)).map(|(one, other)| one.min(other)),
        malicious: HashMap::new(),
        vulnerable: HashMap::new(),
        known: Vec::new(),
    };
    for (ecosystem, [name, id, range]) in rows(malicious) {
        lists.malicious.entry(name).or_default().push((ecosystem, Malware { id, range }));
    }
    for (ecosystem, [name, id, alias, range, severity, reach]) in rows(vulnerable) {
        let severity = match severity {
            "critical" => Severity::Critical,
            "high" => Severity::High,
            "low" => Severity::Low,
            _ => Severity::Medium,
        };
        let advisory = Advisory { id, alias, severity, over_http: reach == "http", range };
        lists.vulnerable.entry(name).or_default().push((ecosystem, advisory));
    }
    for (ecosystem, [name, tier, downloads]) in rows(include_str!("bundle/names.tsv")) {
        let official = tier == "official";
        let of_vendor = official || tier == "vendor";
        let popular = ecosystem != Ecosystem::Npm && (of_vendor || tier == "community-top");
        let downloads = downloads.parse().ok();
        lists.known.push(Known { ecosystem, name, official, of_vendor, popular, downloads });
    }
    let mut counted: Vec<&mut Known> = lists.known.iter_mut().filter(|known| known.downloads.is_some()).collect();
    counted.sort_by_key(|known| std::cmp::Reverse(known.downloads));
    counted.into_iter().take(200).for_each(|known| known.popular = true);
    lists
});

/// `# day 20778 2026-11-21`.
fn built(text: &str) -> Option<Day> {
    let line = text.lines().find_map(|line| line.strip_prefix("# day "))?;
    line.split(' ').next()?.parse().ok()
}

/// The rows of a list, without those of ecosystems that are not known here.
fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = (Ecosystem, [&'static str; N])> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut parts = line.split('\t');
        let ecosystem = match parts.next()? {
            "npm" => Ecosystem::Npm,
            "pypi" => Ecosystem::Pypi,
            "docker" => Ecosystem::Docker,
            _ => return None,
        };
        Some((ecosystem, parts.collect::<Vec<_>>().try_into().ok()?))
    })
}

/// Whether the lists of bad versions say enough today: what is not on them is good as far as they know.
pub fn is_fresh(today: Option<Day>) -> bool {
    LISTS.built.zip(today).is_some_and(|(built, today)| (built..=built + VALID).contains(&today))
}

/// The rows of one package.
fn of<T>(list: &'static ByName<T>, ecosystem: Ecosystem, name: &str) -> impl Iterator<Item = &'static T> {
    let listed = list.get(plain(ecosystem, name).as_ref()).map(Vec::as_slice).unwrap_or_default();
    listed.iter().filter(move |(other, _)| *other == ecosystem).map(|(_, row)| row)
}

/// Whether a package is listed as malicious, in `version` or, where that is not known, in any.
pub fn malicious(ecosystem: Ecosystem, name: &str, version: Option<&str>) -> Option<Listed> {
    let is_this = |one: &&Malware| {
        one.range == "*" || version.is_some_and(|version| within(ecosystem, one.range, version).is_some())
    };
    let this = of(&LISTS.malicious, ecosystem, name).find(is_this).map(Listed::This);
    this.or_else(|| of(&LISTS.malicious, ecosystem, name).next().map(Listed::Others))
}

/// The vulnerabilities of one version, and for each the first version without it, where that is known.
pub fn vulnerabilities(
    ecosystem: Ecosystem,
    name: &str,
    version: &str,
) -> impl Iterator<Item = (&'static Advisory, Option<&'static str>)> {
    of(&LISTS.vulnerable, ecosystem, name).filter_map(move |one| {
        let range = within(ecosystem, one.range, version)?;
        // `<1.2` names the first good version, `<=1.2` none.
        let fixed = range.split_whitespace().find_map(|bound| bound.strip_prefix('<'));
        Some((one, fixed.filter(|fixed| !fixed.starts_with('='))))
    })
}

/// Whether one version may be proposed: it is not known to be bad.
pub fn is_clean(ecosystem: Ecosystem, name: &str, version: &str) -> bool {
    !matches!(malicious(ecosystem, name, Some(version)), Some(Listed::This(_)))
        && vulnerabilities(ecosystem, name, version).all(|(advisory, _)| advisory.over_http)
}

/// Every well-known package.
pub fn known() -> &'static [Known] {
    &LISTS.known
}

/// A name as its index tells names apart: PyPI takes `-`, `_` and `.` and both cases for the same.
pub fn plain(ecosystem: Ecosystem, name: &str) -> Cow<'_, str> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if ecosystem != Ecosystem::Pypi || name.bytes().all(is_plain) && !name.contains("--") {
        return Cow::Borrowed(name);
    }
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    Cow::Owned(parts.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-"))
}

#[cfg(test)]
mod tests;
