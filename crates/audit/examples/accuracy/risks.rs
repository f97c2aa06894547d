//! Faults of whole entries, by the findings of the report: real entries with
//! labels, and the hand-written cases of what is rare among those.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::collection::File;
use crate::report::{is_entry, scan};
use crate::tally::{Disputed, Lines, Tally};

const AIM: f64 = 0.98;

/// A class, the rules that report it, and the least severity that counts as
/// reported: what a label calls a shell or plain HTTP is said in every case,
/// how bad it is is another question. A whole commit is named too (low), but
/// stands still.
const CLASSES: &[(&str, &[&str], &str)] = &[
    ("overbroad roots", &["broad-filesystem-root", "sensitive-path-access"], "medium"),
    ("docker risks", &["container-host-takeover", "container-weak-isolation"], "medium"),
    ("shells", &["shell-wrapper", "download-and-execute", "obfuscated-command"], "info"),
    ("plain http", &["cleartext-http"], "low"),
    ("unpinned", &["unpinned-package", "git-or-url-source"], "medium"),
];

const SEVERITIES: [&str; 5] = ["info", "low", "medium", "high", "critical"];

type Tallies = BTreeMap<&'static str, Tally>;

/// Prints the table; whether the aims are met.
pub(crate) fn measure(warder: &Path, folder: &Path, files: &[File], list: bool, disputed: &Disputed) -> Result<bool> {
    let home = tempfile::tempdir()?;
    let mut tallies = Tallies::new();
    let mut lines = Lines::new(disputed);
    for file in files.iter().filter(|file| file.mutation.is_none() && file.readable) {
        let Ok(report) = scan(warder, home.path(), &file.path, &file.client)? else { continue };
        for label in &file.labels {
            let name = label["server"].as_str().unwrap_or_default();
            let mut servers = report["servers"].as_array().into_iter().flatten();
            let Some(server) = servers.find(|server| is_entry(label, server, name)) else { continue };
            let place = format!("{}\t{name}", file.name);
            count(&mut tallies, &mut lines, &place, &of_label(label), &report, server);
        }
    }
    let cases = folder.join("configs/risk_cases.jsonl");
    if cases.exists() {
        let text = fs::read_to_string(&cases).context("risk_cases.jsonl")?;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let case: Value = serde_json::from_str(line)?;
            let file = home.path().join("case.json");
            fs::write(&file, json!({"mcpServers": {"case": case["server"]}}).to_string())?;
            let report = scan(warder, home.path(), &file, "generic")?.map_err(anyhow::Error::msg)?;
            let place = format!("risk_cases\t{}", case["id"].as_str().unwrap_or_default());
            let server = &report["servers"][0];
            count(&mut tallies, &mut lines, &place, &of_case(&case["expect"]), &report, server);
        }
    }
    println!("risks, by the findings of the report:");
    let mut good = true;
    for (class, ..) in CLASSES {
        good &= tallies.get(class).copied().unwrap_or_default().row(class, AIM, AIM);
    }
    if list {
        lines.print();
    }
    Ok(good)
}

fn count(
    tallies: &mut Tallies,
    lines: &mut Lines,
    place: &str,
    wanted: &[(&'static str, bool)],
    report: &Value,
    server: &Value,
) {
    for (class, rules, least) in CLASSES {
        let Some((_, wanted)) = wanted.iter().find(|(name, _)| name == class) else { continue };
        let found = report["findings"].as_array().into_iter().flatten().any(|finding| {
            finding["server"] == server["id"]
                && SEVERITIES.iter().skip_while(|name| *name != least).any(|name| finding["severity"] == *name)
                && finding["rule"].as_str().is_some_and(|rule| rules.contains(&rule))
        });
        let tally = tallies.entry(class).or_default();
        tally.count(*wanted, found, lines, |what| format!("risks\t{class}\t{place}\t{what}"));
    }
}

/// Which classes a label puts an entry into; one that is unsure says nothing.
fn of_label(label: &Value) -> Vec<(&'static str, bool)> {
    let mut wanted = Vec::new();
    let roots: Vec<&str> =
        label["fs_roots"].as_array().into_iter().flatten().filter_map(|root| root["overbroad"].as_str()).collect();
    if roots.contains(&"yes") || !roots.contains(&"unsure") {
        wanted.push(("overbroad roots", roots.contains(&"yes")));
    }
    let docker = label["docker"].as_object();
    let is_set = |value: &Value| !(value.is_null() || value == false || value.as_array().is_some_and(Vec::is_empty));
    let risky = |docker: &serde_json::Map<String, Value>| {
        let mut risks =
            docker.iter().filter(|(name, _)| !["image", "image_pin", "env_inline"].contains(&name.as_str()));
        risks.any(|(_, value)| is_set(value))
    };
    wanted.push(("docker risks", docker.is_some_and(risky)));
    wanted.extend(shell(&label["shell"]));
    wanted.extend(http(&label["http_plain"]));
    wanted.extend(unpinned(&label["unpinned"]));
    wanted
}

/// The same of a hand-written case, which says only what it is about.
fn of_case(expect: &Value) -> Vec<(&'static str, bool)> {
    let mut wanted = Vec::new();
    match expect["fs_overbroad"].as_str() {
        Some("yes") => wanted.push(("overbroad roots", true)),
        Some("no") => wanted.push(("overbroad roots", false)),
        _ => {}
    }
    if let Some(kinds) = expect["docker"].as_array() {
        wanted.push(("docker risks", !kinds.is_empty()));
    }
    wanted.extend(shell(&expect["shell"]));
    if !expect["http_plain"].is_null() {
        wanted.extend(http(&expect["http_plain"]));
    }
    wanted.extend(unpinned(&expect["unpinned"]));
    wanted
}

fn shell(label: &Value) -> Option<(&'static str, bool)> {
    let label = label.as_str().filter(|label| *label != "unsure")?;
    Some(("shells", matches!(label, "shell-exec" | "download-exec")))
}

fn http(label: &Value) -> Option<(&'static str, bool)> {
    match label.as_str() {
        Some("unsure") => None,
        label => Some(("plain http", matches!(label, Some("private" | "public")))),
    }
}

fn unpinned(label: &Value) -> Option<(&'static str, bool)> {
    let label = label.as_str().filter(|label| *label != "unsure")?;
    Some(("unpinned", label == "yes"))
}
