//! uv's part of the store.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::wanted::Wanted;
use super::{Part, Started, installer};
use crate::api::Failure;
use crate::env::Env;
use crate::programs::below;
use crate::redact::line;
use crate::session::failures::refused;

/// Installs into an empty folder, without building anything.
pub(super) fn install(env: &Env, wanted: &Wanted, dir: &Path) -> Result<(), Failure> {
    let uv = installer::find(env, wanted)?;
    let (tools, bins) = (dir.join("tools"), dir.join("bin"));
    let places = [
        ("UV_TOOL_DIR", tools.to_string_lossy().into_owned()),
        ("UV_TOOL_BIN_DIR", bins.to_string_lossy().into_owned()),
        ("UV_CACHE_DIR", "/tmp/uv".to_owned()),
        ("UV_PYTHON_DOWNLOADS", "never".to_owned()),
        // Linked files would be those of a cache.
        ("UV_LINK_MODE", "copy".to_owned()),
    ];
    let mut arguments = vec!["tool", "install", "--no-build", "--compile-bytecode", "--no-config", "--no-progress"];
    arguments.extend(wanted.options.iter().map(String::as_str));
    let (first, further) = wanted.specs.split_first().expect("a package is wanted");
    arguments.extend(further.iter().flat_map(|spec| ["--with", spec]));
    arguments.extend(["--", first]);
    installer::run(env, wanted, &uv, dir, &arguments, &places)?;
    // It says how to update, which is Warder's part, and may name an index with its password.
    for tool in below(&tools) {
        let _ = fs::remove_file(tool.join("uv-receipt.toml"));
    }
    Ok(())
}

/// How the program of an installed package is started.
pub(super) fn started(wanted: &Wanted, dir: &Path) -> Result<Started, Failure> {
    let missing = || refused(format!("the package {} did not install", line(&wanted.name)));
    let tool = tool(dir).ok_or_else(missing)?;
    let name = wanted.bin.as_deref().unwrap_or(&wanted.name);
    let program = tool.join("bin").join(name);
    let plain = !name.is_empty() && !name.contains('/') && name != "." && name != "..";
    if !plain || !program.canonicalize().is_ok_and(|real| real.starts_with(dir) && real.is_file()) {
        return Err(refused(format!("the package {} has no program {}", line(&wanted.name), line(name))));
    }
    let wanted_name = bare(&wanted.name);
    let own = parts(dir).into_iter().find(|part| bare(&part.name) == wanted_name).ok_or_else(missing)?;
    let args = vec![program.to_string_lossy().into_owned()];
    Ok(Started { program: tool.join("bin/python"), args, version: own.version })
}

fn tool(dir: &Path) -> Option<PathBuf> {
    below(&dir.join("tools")).into_iter().find(|tool| tool.join("pyvenv.cfg").is_file())
}

/// PEP 503: case, `-`, `_` and `.` make no difference.
fn bare(name: &str) -> String {
    name.to_lowercase().replace(['-', '.'], "_")
}

/// Everything that was installed, by `<name>-<version>.dist-info`.
pub(super) fn parts(dir: &Path) -> Vec<Part> {
    let libraries = tool(dir).map(|tool| below(&tool.join("lib"))).unwrap_or_default();
    let found = libraries.iter().flat_map(|lib| below(&lib.join("site-packages")));
    let mut parts: Vec<Part> = found
        .filter_map(|info| {
            let file = info.file_name()?.to_str()?;
            let (name, version) = file.strip_suffix(".dist-info")?.rsplit_once('-')?;
            let record = fs::read_to_string(info.join("RECORD")).unwrap_or_default();
            // Programs name the folder they were installed into, and bytecode the time.
            let same = |line: &&str| !line.starts_with("../") && !line.contains(".pyc,");
            let lines: Vec<&str> = record.lines().filter(same).collect();
            Some(Part {
                place: file.to_owned(),
                name: name.to_owned(),
                version: version.to_owned(),
                proof: data_encoding::HEXLOWER.encode(&Sha256::digest(lines.join("\n"))),
                scripts: false,
                builds: false,
            })
        })
        .collect();
    parts.sort();
    parts
}
