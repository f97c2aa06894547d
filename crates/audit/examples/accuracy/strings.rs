//! The classifier alone, on strings: examples of providers' keys, and texts
//! that are none.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use warder_audit::secret;

use crate::tally::{Disputed, Lines, Tally, share};

/// What gitleaks' rules reach on the same strings (its baseline, measured on
/// the developers' half): the share found has to be higher.
const BASELINE: &[(&str, usize, usize)] = &[("mcp-config", 26, 38), ("kingfisher", 264, 540)];
/// The share of ordinary texts of a source that may be called a secret.
const ALARMS: &[(&str, usize, usize)] = &[("mcp-config", 0, 476), ("handwritten-placeholder", 4, 108)];

/// Prints the table; whether the aims are met. `half`: only those rows whose
/// id's hash is even (0) or odd (1), to tune on one half and look at the other.
pub(crate) fn measure(folder: &Path, list: bool, half: Option<u32>, disputed: &Disputed) -> Result<bool> {
    let text = fs::read_to_string(folder.join("secrets/secrets.jsonl")).context("secrets/secrets.jsonl")?;
    let mut tallies: BTreeMap<String, (Tally, Tally)> = BTreeMap::new();
    let mut lines = Lines::new(disputed);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let row: Value = serde_json::from_str(line)?;
        let word = |field: &str| row[field].as_str().unwrap_or_default();
        let hash = word("id").bytes().fold(0u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        if half.is_some_and(|half| (hash >> 16) % 2 != half) {
            continue;
        }
        let (key, value) = (word("key"), word("value"));
        let verdict = secret::judge(key, value)
            .or_else(|| secret::find(value).into_iter().map(|one| one.verdict).max_by_key(|one| one.confidence));
        let wanted = row["expect"] == "secret";
        let (hard, soft) = tallies.entry(word("rule_source").to_owned()).or_default();
        let tally = if row["soft"] == true { soft } else { hard };
        tally.count(wanted, verdict.is_some(), &mut lines, |what| {
            let why = verdict.as_ref().map(|verdict| format!("{} ({:?})", verdict.kind, verdict.confidence));
            let soft = if row["soft"] == true { "soft" } else { "" };
            // Never the value: what it is and where it came from.
            let rule = if word("rule").is_empty() { word("kind") } else { word("rule") };
            let why = why.unwrap_or_default();
            format!("strings\t{}\t{what}\t{soft}\t{}\t{rule}\t{key}\t{why}", word("id"), word("rule_source"))
        });
    }
    println!("strings, by the classifier alone:");
    let mut good = true;
    for (source, (tally, soft)) in &tallies {
        let secrets = tally.right + tally.missed;
        let ordinary = tally.wrong + tally.quiet;
        let baseline = BASELINE.iter().find(|(name, ..)| name == source);
        let beaten = baseline.is_none_or(|(_, part, whole)| secrets == 0 || tally.recall() > share(*part, *whole));
        let allowed = ALARMS.iter().find(|(name, ..)| name == source);
        let silent = allowed.is_none_or(|(_, part, whole)| share(tally.wrong, ordinary.max(1)) <= share(*part, *whole));
        let than = baseline.map_or_else(String::new, |(_, part, whole)| format!("  (baseline {part} of {whole})"));
        println!(
            "  {source:<24} found {:>4} of {secrets:<4}{than:<26} false {:>3} of {ordinary:<4} malformed, reported \
             all the same {:>3} of {:<4}{}",
            tally.right,
            tally.wrong,
            soft.wrong,
            soft.wrong + soft.quiet,
            if beaten && silent { "" } else { "  below the aim" }
        );
        good &= beaten && silent;
    }
    if list {
        lines.print();
    }
    Ok(good)
}
