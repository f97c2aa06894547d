//! `cargo xtask lists DIR`: the dated lists that ship with Warder, from a collection of packages.
//!
//! `DIR` holds `known_good.tsv` and `known_bad.tsv`. A row on bad versions is shipped only if its range was read at
//! its source: the collection says so itself, or `xtask/lists/confirmed.tsv` names where. The same rows on the same
//! day give the same bytes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use crate::{Outcome, root};

/// Words of the column `verified` that mean that range and package were read at the source.
const READ: &[&str] = &["ossf-record-read", "two repositories agree", "advisory file read (AI-Infra-Guard)"];
const WRITTEN: &str = "crates/audit/src/bundle";
const CONFIRMED: &str = "xtask/lists/confirmed.tsv";

/// A list being written: its rows, told apart and ordered by what they are about.
type Rows = BTreeMap<[String; 3], String>;

pub(crate) fn lists(dir: &str) -> Outcome {
    let dir = Path::new(dir);
    let day = today()?;
    let good = read(&dir.join("known_good.tsv"))?;
    let bad = read(&dir.join("known_bad.tsv"))?;
    let confirmed = read(&root().join(CONFIRMED))?;

    let mut names = Rows::new();
    for row in rows(&good, 7)? {
        let key = [row[0], row[1], ""].map(str::to_owned);
        names.insert(key, [row[0], row[1], row[3], row[4]].join("\t"));
    }
    let (mut malicious, mut vulnerable) = (Rows::new(), Rows::new());
    for row in rows(&bad, 8)?.into_iter().filter(|row| READ.contains(&row[7]) && matches!(row[0], "npm" | "pypi")) {
        let key = [row[0], row[1], row[2]].map(str::to_owned);
        match row[6] {
            "malicious" => malicious.insert(key, [row[0], row[1], row[2], row[4]].join("\t")),
            _ => vulnerable.insert(key, [row[0], row[1], row[2], row[3], row[4], row[5], "any"].join("\t")),
        };
    }
    for row in rows(&confirmed, 8)? {
        vulnerable.insert([row[0], row[1], row[2]].map(str::to_owned), row[..7].join("\t"));
    }

    let osv = "ossf/malicious-packages (Apache-2.0)";
    let advisories = "GitHub and CVE advisories, AI-Infra-Guard (Apache-2.0)";
    let registries = "modelcontextprotocol/registry (MIT), docker/mcp-registry (MIT), toolhive-registry (Apache-2.0)";
    write("malicious.tsv", day, osv, "ecosystem\tpackage\tid\trange", &malicious)?;
    let columns = "ecosystem\tpackage\tid\talias\trange\tseverity\treach";
    write("vulnerable.tsv", day, advisories, columns, &vulnerable)?;
    write("names.tsv", day, registries, "ecosystem\tpackage\ttier\tdownloads a month", &names)
}

fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|source| format!("cannot read {}: {source}", path.display()))
}

/// The rows of a table without its heading, each with at least so many columns.
fn rows(text: &str, columns: usize) -> Outcome<Vec<Vec<&str>>> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.starts_with("ecosystem\t"));
    let rows = lines.map(|line| {
        let row: Vec<&str> = line.split('\t').map(str::trim).collect();
        if row.len() < columns { Err(format!("this row has too few columns: {line}")) } else { Ok(row) }
    });
    rows.collect()
}

fn write(name: &str, day: u64, sources: &str, columns: &str, rows: &Rows) -> Outcome {
    let mut text = format!(
        "# Written by `cargo xtask lists`; not to be edited.\n# day {day} {}\n# from {sources}\n# {columns}\n",
        date(day)
    );
    for row in rows.values() {
        text += row;
        text.push('\n');
    }
    let path = root().join(WRITTEN).join(name);
    fs::write(&path, text).map_err(|source| format!("cannot write {}: {source}", path.display()))?;
    println!("{WRITTEN}/{name}: {} rows", rows.len());
    Ok(())
}

/// Days since 1970-01-01; `SOURCE_DATE_EPOCH` gives another day.
fn today() -> Outcome<u64> {
    let given = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_secs());
    given.or_else(now).map(|seconds: u64| seconds / 86_400).ok_or_else(|| "this clock stands before 1970".to_owned())
}

/// `2026-11-21`, after H. Hinnant's `civil_from_days`.
fn date(day: u64) -> String {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{of_month:02}")
}
