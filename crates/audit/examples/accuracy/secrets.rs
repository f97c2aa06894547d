//! Which leaves of real entries are reported as secrets, against their labels.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use crate::collection::File;
use crate::report::{is_entry, scan};
use crate::tally::{Disputed, Lines, Tally};

const PRECISION: f64 = 0.98;
const RECALL: f64 = 0.97;

/// Prints the table; whether the aims are met. A leaf that is not labelled is no secret.
pub(crate) fn measure(warder: &Path, files: &[File], list: bool, disputed: &Disputed) -> Result<bool> {
    let home = tempfile::tempdir()?;
    let mut tally = Tally::default();
    let mut lines = Lines::new(disputed);
    for file in files.iter().filter(|file| file.mutation.is_none() && file.readable) {
        let Ok(report) = scan(warder, home.path(), &file.path, &file.client)? else { continue };
        let mut labelled = BTreeSet::new();
        for label in &file.labels {
            let name = label["server"].as_str().unwrap_or_default();
            let servers = report["servers"].as_array().into_iter().flatten();
            let server = servers.clone().find(|server| is_entry(label, server, name));
            let found = server.map(|server| leaves(&report, server)).unwrap_or_default();
            for secret in label["secrets"].as_array().into_iter().flatten() {
                let path = secret["path"].as_str().unwrap_or_default();
                labelled.extend(server.map(|server| (server["id"].as_str(), path.to_owned())));
                if secret["label"] == "unsure" {
                    continue;
                }
                let wanted = secret["label"] == "plaintext";
                tally.count(wanted, found.contains(path), &mut lines, |what| {
                    format!("secrets\t{}\t{name}\t{path}\t{what}\t{}", file.name, secret["label"])
                });
            }
        }
        for server in report["servers"].as_array().into_iter().flatten() {
            for path in leaves(&report, server) {
                if !labelled.contains(&(server["id"].as_str(), path.clone())) {
                    let name = server["name"].as_str().unwrap_or_default();
                    tally.count(false, true, &mut lines, |what| {
                        format!("secrets\t{}\t{name}\t{path}\t{what}\tnot labelled", file.name)
                    });
                }
            }
        }
    }
    println!("secrets of config labels, by the findings of the report:");
    let good = tally.row("secrets", PRECISION, RECALL);
    if list {
        lines.print();
    }
    Ok(good)
}

/// The leaves of an entry that a rule calls a secret, as labels write them: `env.NAME`, `args.3`.
fn leaves(report: &Value, server: &Value) -> BTreeSet<String> {
    let entry = server["pointer"].as_str().unwrap_or_default();
    let findings = report["findings"].as_array().into_iter().flatten();
    findings
        .filter(|finding| finding["rule"].as_str().is_some_and(|rule| rule.starts_with("secret-in-")))
        .filter(|finding| finding["server"] == server["id"])
        .filter_map(|finding| finding["pointer"].as_str()?.strip_prefix(entry)?.strip_prefix('/'))
        .map(|path| path.replace('/', ".").replace("~1", "/").replace("~0", "~"))
        .collect()
}
