//! rbenv and those made after it: `$ROOT/shims/X` starts
//! `$ROOT/versions/V/bin/X`, and a file of one name says which V.

use std::path::{Path, PathBuf};

use super::{Place, Shim, program_in, text, version};

pub(super) struct Row {
    pub(super) name: &'static str,
    /// Comes before all files.
    variable: &'static str,
    file: &'static str,
    /// May stand before a version.
    prefixes: &'static [&'static str],
    /// Its shims look beside the script first (`RBENV_DIR`, `NODENV_DIR`).
    beside_script: bool,
}

const ROWS: &[Row] = &[
    Row {
        name: "pyenv",
        variable: "PYENV_VERSION",
        file: ".python-version",
        prefixes: &["python-"],
        beside_script: false,
    },
    Row { name: "rbenv", variable: "RBENV_VERSION", file: ".ruby-version", prefixes: &["ruby-"], beside_script: true },
    Row {
        name: "nodenv",
        variable: "NODENV_VERSION",
        file: ".node-version",
        prefixes: &["v", "node-v", "node-"],
        beside_script: true,
    },
    Row { name: "goenv", variable: "GOENV_VERSION", file: ".go-version", prefixes: &["go"], beside_script: false },
];

/// By what the shim's last line starts, `exec "/home/u/.pyenv/libexec/pyenv" exec …`; else by its folder.
pub(super) fn row(root: &Path, shim: &str) -> Option<&'static Row> {
    let started = shim.lines().filter_map(|line| line.trim().strip_prefix("exec ")).find_map(|rest| {
        let program = rest.trim_start_matches('"').split(['"', ' ']).next()?;
        Path::new(program).file_name()?.to_str()
    });
    let folder = root.file_name().and_then(|name| name.to_str()).map(|name| name.trim_start_matches('.'));
    [started, folder].into_iter().flatten().find_map(|name| ROWS.iter().find(|row| row.name == name))
}

pub(super) fn find(place: &Place<'_>, shim: &Shim<'_>, row: &Row) -> Option<PathBuf> {
    let versions = shim.root.join("versions");
    let wanted = wanted(place, shim, row);
    let mut names = wanted.split(|c: char| c.is_whitespace() || c == ':').filter(|name| !name.is_empty()).peekable();
    let system = || place.besides(shim.path.parent()?, shim.name);
    if names.peek().is_none() {
        return system();
    }
    names.find_map(|name| {
        if name == "system" {
            return system();
        }
        let without = row.prefixes.iter().filter_map(|prefix| name.strip_prefix(prefix));
        let found = std::iter::once(name).chain(without).find_map(|name| version(&versions, name))?;
        program_in(&found, shim.name)
    })
}

/// The versions as they are written.
fn wanted(place: &Place<'_>, shim: &Shim<'_>, row: &Row) -> String {
    if let Some(named) = place.variables.get(row.variable).filter(|named| !named.is_empty()) {
        return named.clone();
    }
    let beside = place.script.filter(|_| row.beside_script).and_then(Path::parent);
    let near = Place { cwd: beside, ..*place };
    let names = [row.file];
    let file = near.upward(&names).next().or_else(|| place.upward(&names).next());
    let text = text(&file.unwrap_or_else(|| shim.root.join("version")));
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}
