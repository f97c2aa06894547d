//! asdf: a shim names the plugins that have its program in comments, and
//! `.tool-versions` says which version of them.

use std::path::{Path, PathBuf};

use super::{Place, Shim, program_in, text, tool_versions};

const FILE: &str = ".tool-versions";

pub(super) fn find(place: &Place<'_>, shim: &Shim<'_>) -> Option<PathBuf> {
    let script = text(shim.path);
    let mut plugins: Vec<&str> =
        script.lines().filter_map(|line| line.strip_prefix("# asdf-plugin: ")?.split(' ').next()).collect();
    plugins.dedup();
    plugins.into_iter().find_map(|plugin| {
        let installs = shim.root.join("installs").join(plugin);
        wanted(place, plugin)?.iter().find_map(|version| match version.split_once(':') {
            _ if version == "system" => place.besides(shim.path.parent()?, shim.name),
            // From which folder a relative one counts is not known here.
            Some(("path", folder)) if Path::new(folder).is_absolute() => program_in(Path::new(folder), shim.name),
            Some(("ref", name)) => program_in(&installs.join(format!("ref-{name}")), shim.name),
            Some(_) => None,
            None if version.contains('/') || version.starts_with('.') => None,
            None => program_in(&installs.join(version), shim.name),
        })
    })
}

fn wanted(place: &Place<'_>, plugin: &str) -> Option<Vec<String>> {
    let variable = format!("ASDF_{}_VERSION", plugin.to_ascii_uppercase().replace('-', "_"));
    if let Some(named) = place.variables.get(&variable) {
        return Some(named.split_whitespace().map(str::to_owned).collect());
    }
    let names = [FILE];
    let files: Vec<PathBuf> = place.upward(&names).chain([place.env.home.join(FILE)]).collect();
    files
        .iter()
        .find_map(|file| tool_versions(&text(file)).into_iter().find(|(tool, _)| tool == plugin))
        .map(|(_, all)| all)
}
