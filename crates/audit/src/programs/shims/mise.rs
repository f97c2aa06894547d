//! mise: every shim is a link to mise itself; its settings name tools with
//! versions, nearest first, and one of those tools has the program.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::{Place, Shim, program_in, text, tool_versions, version};

/// In one folder, the first one first.
const FILES: &[&str] =
    &["mise.local.toml", ".mise.local.toml", "mise.toml", ".mise.toml", ".config/mise.toml", ".tool-versions"];

pub(super) fn find(place: &Place<'_>, shim: &Shim<'_>) -> Option<PathBuf> {
    let mut tools: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let home = &place.env.home;
    let own = [home.join(".config/mise/config.toml"), home.join(".tool-versions")];
    for file in place.upward(FILES).chain(own) {
        for (tool, versions) in read(&file) {
            tools.entry(tool).or_insert(versions);
        }
    }
    let mut found = tools.into_iter().filter_map(|(tool, versions)| {
        let variable = format!("MISE_{}_VERSION", tool.to_ascii_uppercase().replace('-', "_"));
        let versions = place.variables.get(&variable).map_or(versions, |named| vec![named.clone()]);
        // `npm:@scope/tool` lies in `npm-scope-tool`.
        let folder = tool.replace([':', '/'], "-").replace('@', "");
        let all = shim.root.join("installs").join(folder);
        versions.into_iter().find_map(|wanted| program_in(&version(&all, &wanted)?, shim.name))
    });
    let first = found.next()?;
    // Of two tools with one program it is not written which comes first.
    found.next().is_none().then_some(first)
}

fn read(file: &Path) -> Vec<(String, Vec<String>)> {
    let text = text(file);
    if file.ends_with(".tool-versions") {
        // asdf's names for two of its own.
        let own = |tool: String| match tool.as_str() {
            "nodejs" => "node".to_owned(),
            "golang" => "go".to_owned(),
            _ => tool,
        };
        return tool_versions(&text).into_iter().map(|(tool, versions)| (own(tool), versions)).collect();
    }
    let Ok(table) = DeTable::parse(&text) else { return Vec::new() };
    let Some(DeValue::Table(tools)) = table.get_ref().get("tools").map(|tools| tools.get_ref()) else {
        return Vec::new();
    };
    tools.iter().map(|(tool, value)| (tool.get_ref().to_string(), versions(value.get_ref()))).collect()
}

/// `"20"`, `["20", "18"]` or `{ version = "20" }`.
fn versions(value: &DeValue<'_>) -> Vec<String> {
    match value {
        DeValue::String(one) => vec![one.trim_start_matches("prefix:").to_owned()],
        DeValue::Array(all) => all.iter().flat_map(|one| versions(one.get_ref())).collect(),
        DeValue::Table(table) => table.get("version").map(|one| versions(one.get_ref())).unwrap_or_default(),
        _ => Vec::new(),
    }
}
