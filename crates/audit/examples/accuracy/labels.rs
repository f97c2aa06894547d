//! What `warder scan --json` says of each entry, against its label.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use crate::collection::File;
use crate::report::{is_entry, scan};

/// The share that has to agree, of each field named here.
const AIM: f64 = 0.99;
const AIMED: &[&str] = &["servers", "transport", "launcher", "package", "version", "pinned"];

/// Mutations after which an entry is no longer what its label says.
const OTHER_ENTRIES: &[&str] = &["duplicate-key"];

/// One field of one entry: what the label says and what the report says; `None` is "nothing".
type Field = (&'static str, Option<String>, Option<String>);

#[derive(Default)]
struct Tally {
    agree: usize,
    total: usize,
}

/// Prints the tables; whether the aims are met.
pub(crate) fn measure(warder: &Path, files: &[File], list: bool) -> Result<bool> {
    let home = tempfile::tempdir()?;
    let mut lines = Vec::new();
    let mut verdicts = Vec::new();
    let mut good = true;
    for (title, made) in [("real files", false), ("made files", true)] {
        let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
        let (mut read, mut readable) = (0, 0);
        for file in files.iter().filter(|file| file.mutation.is_some() == made) {
            let report = match scan(warder, home.path(), &file.path, &file.client)? {
                Ok(report) => report,
                Err(message) => {
                    readable += usize::from(file.readable);
                    lines.push(format!("{}\t\tfile\treadable\t{message}", file.name));
                    continue;
                }
            };
            let found = &report["files"][0];
            let state = found["state"].as_str().unwrap_or_default();
            if !file.readable {
                let at = (&found["error"]["line"], &found["error"]["column"]);
                let message = found["error"]["message"].as_str().unwrap_or_default();
                verdicts.push(format!("{}\t{state}\t{}:{}\t{message}", file.name, at.0, at.1));
                let taken = state == "read" && !made && report["servers"].as_array().is_some_and(Vec::is_empty);
                good &= taken || state == "invalid" && at.0.is_u64() && at.1.is_u64();
                continue;
            }
            readable += 1;
            read += usize::from(state == "read");
            if state != "read" {
                lines.push(format!("{}\t\tfile\treadable\t{state} {}", file.name, found["error"]));
            }
            if made && (file.labels.is_empty() || OTHER_ENTRIES.contains(&file.mutation.as_deref().unwrap_or(""))) {
                continue;
            }
            for (server, (field, label, ours)) in compare(file, &report, made) {
                let tally = tallies.entry(field).or_default();
                tally.total += 1;
                tally.agree += usize::from(label == ours);
                if label != ours {
                    let show = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
                    lines.push(format!("{}\t{server}\t{field}\t{}\t{}", file.name, show(label), show(ours)));
                }
            }
        }
        println!("{title}: {read} of {readable} readable files are read");
        good &= read == readable;
        for (field, tally) in &tallies {
            #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
            let share = tally.agree as f64 / tally.total.max(1) as f64;
            let aimed = AIMED.contains(field);
            good &= !aimed || share >= AIM;
            let mark = if aimed && share < AIM { "  below the aim" } else { "" };
            println!("  {field:<14} {:>5} / {:>5}  {:>6.2} %{mark}", tally.agree, tally.total, share * 100.0);
        }
    }
    println!("files labelled invalid:");
    verdicts.iter().for_each(|line| println!("  {line}"));
    println!("disagreements: {}", lines.len());
    if list {
        println!("file\tserver\tfield\tlabel\twarder");
        lines.iter().for_each(|line| println!("{line}"));
    }
    Ok(good)
}

/// Every compared field of every entry that the label or the report knows.
fn compare(file: &File, report: &Value, made: bool) -> Vec<(String, Field)> {
    let mut ours: Vec<&Value> = report["servers"].as_array().map(|list| list.iter().collect()).unwrap_or_default();
    let mut fields = Vec::new();
    for label in &file.labels {
        let name = label["server"].as_str().unwrap_or_default();
        let found = ours.iter().position(|server| is_entry(label, server, name));
        let server = found.map(|at| ours.remove(at));
        let there = server.map(|_| name.to_owned());
        fields.push((name.to_owned(), ("servers", Some(name.to_owned()), there)));
        if let Some(server) = server {
            fields.extend(entry(label, server).into_iter().map(|field| (name.to_owned(), field)));
        }
    }
    // A made file may hold entries that were added to it.
    for server in ours.into_iter().filter(|_| !made) {
        let name = server["name"].as_str().unwrap_or_default().to_owned();
        fields.push((name.clone(), ("servers", None, Some(name))));
    }
    fields
}

fn entry(label: &Value, server: &Value) -> Vec<Field> {
    let package = &server["package"];
    let mut fields: Vec<Field> = Vec::new();
    if label["transport"] != "unsure" {
        fields.push(("transport", text(&label["transport"]), text(&server["transport"])));
        let launcher = text(&server["launcher"]).unwrap_or_else(|| "remote".to_owned());
        // The label keeps how Python was spelled.
        let labelled = text(&label["launcher"]).map(|name| if name == "python3" { "python".to_owned() } else { name });
        fields.push(("launcher", labelled, Some(launcher)));
    }
    fields.push(("wrapper", text(&label["wrapper"]), text(&server["wrappers"][0])));
    fields.push(("package", text(&label["package"]), text(&package["name"])));
    fields.push(("ecosystem", text(&label["ecosystem"]), text(&package["ecosystem"])));
    fields.push(("version", text(&label["version"]), text(&package["version"])));
    fields.push(("pinned", pin(label), package["pinned"].as_bool().map(|yes| yes.to_string())));
    let off = server["enabled"].as_bool().map(|yes| (!yes).to_string());
    fields.push(("disabled", label["disabled"].as_bool().map(|yes| yes.to_string()), off));
    let (url, shown) = (text(&label["url"]), text(&server["url"]));
    let same = matches!((&url, &shown), (Some(url), Some(shown)) if is_masked(url, shown));
    fields.push(("url", url.clone(), if same { url } else { shown }));
    fields.push(("remote_via", text(&label["remote_via"]), text(&server["remote_via"])));
    fields.push(("inner_package", text(&label["inner_package"]), text(&server["inner_package"])));
    fields
}

/// Whether the label's package is one exact version: an exact one or a digest,
/// and of a repository only a whole commit (the label's `git` says that it is one).
fn pin(label: &Value) -> Option<String> {
    let commit = || {
        let spec = label["package"].as_str().unwrap_or_default();
        let tail = spec.rsplit(['#', '@']).next().unwrap_or_default();
        tail.len() == 40 && tail.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    match label["pinned"].as_str()? {
        "exact" | "digest" => Some("true".to_owned()),
        "git" => Some(commit().to_string()),
        "path" | "n/a" => None,
        _ => Some("false".to_owned()),
    }
}

/// Whether `shown` is `value`, with parts of it masked or escaped.
fn is_masked(value: &str, shown: &str) -> bool {
    let mut rest = value;
    let mut pieces = shown.split("••••");
    if !rest.starts_with(pieces.next().unwrap_or_default()) {
        return false;
    }
    rest = &rest[shown.split("••••").next().unwrap_or_default().len()..];
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.is_empty() || shown.ends_with("••••")
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
