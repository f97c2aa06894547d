//! One bad entry never hides another, and no file ends a scan.

use anyhow::Result;
use serde_json::{Value, json};
use warder_audit::clients;
use warder_audit::env::Env;
use warder_audit::machine::Machine;

use crate::collection::File;
use crate::tree;

/// What an entry is replaced by.
fn faults() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(7),
        json!(""),
        json!("npx -y x"),
        json!([]),
        json!([[[[]]]]),
        json!({}),
        json!({"command": null}),
        json!({"command": ""}),
        json!({"command": 5}),
        json!({"command": ["npx", 5, null]}),
        json!({"command": {"path": "npx"}}),
        json!({"command": "npx", "args": "x"}),
        json!({"command": "npx", "args": [null, {"a": 1}]}),
        json!({"command": "npx", "args": {"0": "x"}}),
        json!({"command": "npx", "env": ["A=b"]}),
        json!({"command": "npx", "env": {"A": {"b": null}}}),
        json!({"command": "npx", "url": "https://example.com", "type": 3}),
        json!({"url": 9}),
        json!({"url": "::::", "headers": "x"}),
        json!({"command": "sh", "args": ["-c", "$(`'\"\\"]}),
        json!({"command": "\u{0}\u{202e}", "args": ["\u{feff}"]}),
    ]
}

/// Prints the counts; whether all others were found each time.
pub(crate) fn measure(files: &[File]) -> Result<bool> {
    let home = tempfile::tempdir()?;
    let Some(env) = Env::current(Some(home.path())) else { anyhow::bail!("no home") };
    let (mut looks, mut servers, mut mutations, mut hidden) = (0, 0, 0, Vec::new());
    for file in files {
        let Some((client, row)) = clients::named(&file.client, &file.path) else { continue };
        let look = |path| Machine::look(Env { only: Some((path, client, row)), ..env.clone() });
        let machine = look(file.path.clone());
        looks += 1;
        servers += machine.servers.len();
        let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let json = name.ends_with("json") || name.ends_with("jsonc");
        let text = tree::text(&std::fs::read(&file.path)?);
        // Some clients take a file as a whole: what they refuse Warder still has to show.
        let (2..100, true, Ok(text)) = (machine.servers.len(), json, text) else { continue };
        let Ok(old) = tree::parse(&name, &text) else { continue };
        for (number, fault) in faults().into_iter().enumerate() {
            let victim = &machine.servers[number % machine.servers.len()];
            let mut new = old.clone();
            let steps = serde_json::to_value(&victim.at)?;
            tree::set(&mut new, steps.as_array().map_or(&[], Vec::as_slice), Some(fault))?;
            let path = home.path().join(&name);
            std::fs::write(&path, new.to_string())?;
            let after = look(path);
            mutations += 1;
            let others = machine.servers.iter().filter(|server| server.at != victim.at);
            for lost in others.filter(|one| !after.servers.iter().any(|server| server.at == one.at)) {
                hidden.push(format!("{} fault {number} in {} hides {}", file.name, victim.name, lost.name));
            }
        }
    }
    println!("one process: {looks} files looked at, {servers} servers");
    println!("broken entries: {mutations} files with one, {} other servers hidden", hidden.len());
    hidden.iter().take(50).for_each(|line| println!("  {line}"));
    Ok(hidden.is_empty() && mutations > 0)
}
