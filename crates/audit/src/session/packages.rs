//! Warder's own package store: an npx or uvx entry is installed once, at its
//! exact version, and runs from there without a network.
//!
//! npm's and uv's own clients do the work, without install scripts, in an empty
//! folder of ours and with a short environment, so no project's settings are
//! read; the user's own (`~/.npmrc`, proxies, CAs) are. Measured: a
//! pre-installed server starts in 0.24 s where `npx` takes 1 s.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use warder_launch::command::is_loader;
use warder_launch::profile::Package;

use crate::api::{Code, Failure};
use crate::env::Env;
use crate::server::command::{Ecosystem, Launch, Launcher, Payload};

use super::failures::refused;
use crate::programs::{resolve, search_path};

/// A package in the store and how it is started.
pub(super) struct Installed {
    pub(super) program: PathBuf,
    /// Before the entry's own arguments.
    pub(super) args: Vec<String>,
    pub(super) package: Package,
}

/// What is to be installed.
pub(super) struct Wanted {
    ecosystem: Ecosystem,
    pub(super) name: String,
    /// As written; `None` takes the newest.
    pub(super) version: Option<String>,
    /// The program inside, where the launch line names one.
    bin: Option<String>,
    installer: &'static str,
    /// The launch line's program; the installer stands beside it.
    beside: String,
}

/// What a fenced entry needs installed first: `None` when nothing does.
pub(super) fn wanted(words: &[String], launch: &Launch) -> Result<Option<Wanted>, Failure> {
    let installer = match launch.launcher {
        Launcher::Npx => "npm",
        Launcher::Uvx => "uv",
        Launcher::Bunx | Launcher::PnpmDlx | Launcher::YarnDlx | Launcher::Pipx | Launcher::Npm | Launcher::UvRun => {
            return Err(refused(format!(
                "a sandboxed entry cannot fetch packages at its start, and Warder cannot install for {} yet",
                words[0]
            )));
        }
        _ => return Ok(None),
    };
    let Payload::Package(package) = &launch.payload else {
        return Err(refused("the package this entry starts is not clear from its launch line".to_owned()));
    };
    if !matches!(package.ecosystem, Ecosystem::Npm | Ecosystem::Pypi) {
        return Err(refused("a package from a repository cannot be installed at an exact version".to_owned()));
    }
    let options = &words[1..launch.arguments.min(words.len())];
    let flag = |names: &[&str]| {
        options.iter().any(|word| names.iter().any(|name| word == name || word.starts_with(&format!("{name}="))))
    };
    if flag(&["--with", "-w", "--with-editable", "--with-requirements"]) {
        return Err(refused("a uvx entry with additional packages cannot be put in a sandbox yet".to_owned()));
    }
    let named = match launch.launcher {
        Launcher::Npx => flag(&["-p", "--package"]),
        _ => flag(&["--from"]),
    };
    let bin = named.then(|| words.get(launch.arguments.saturating_sub(1)).cloned()).flatten();
    Ok(Some(Wanted {
        ecosystem: package.ecosystem,
        name: package.name.clone(),
        version: package.version.clone(),
        bin,
        installer,
        beside: words[0].clone(),
    }))
}

/// Installs into the store, or takes what is there at that exact version.
/// May take minutes and needs the network.
pub(super) fn install(env: &Env, wanted: &Wanted) -> Result<Installed, Failure> {
    let store = env.state().packages();
    let failed = |error: std::io::Error| refused(format!("cannot write the package store: {error}"));
    let mut random = [0u8; 8];
    getrandom::fill(&mut random).expect("the system gives random bytes");
    let suffix = data_encoding::HEXLOWER.encode(&random);
    let safe: String =
        wanted.name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect();
    let dir = store.join(wanted.installer).join(format!("{}-{suffix}", safe.trim_start_matches(['.', '-'])));
    fs::create_dir_all(&dir).map_err(failed)?;
    let dir = dir.canonicalize().map_err(failed)?;
    let result = match wanted.ecosystem {
        Ecosystem::Npm => npm(env, wanted, &dir),
        _ => uv(env, wanted, &dir),
    };
    if result.is_err() {
        // Nothing half installed may be taken for a package later.
        let _ = fs::remove_dir_all(&dir);
    }
    result
}

fn npm(env: &Env, wanted: &Wanted, dir: &Path) -> Result<Installed, Failure> {
    fs::write(dir.join("package.json"), "{\"private\":true}\n").map_err(|error| refused(error.to_string()))?;
    let spec = format!("{}@{}", wanted.name, wanted.version.as_deref().unwrap_or("latest"));
    let arguments =
        ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", "--no-update-notifier", "--", &spec];
    let installer = run(env, wanted, dir, &arguments, &[])?;
    let root = dir.join("node_modules").join(&wanted.name);
    let manifest = fs::read_to_string(root.join("package.json")).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap_or_default();
    let version = manifest["version"].as_str().ok_or_else(|| refused(format!("{} did not install", wanted.name)))?;
    let bins: BTreeMap<String, String> = match &manifest["bin"] {
        serde_json::Value::String(path) => [(unscoped(&wanted.name).to_owned(), path.clone())].into(),
        serde_json::Value::Object(bins) => {
            bins.iter().filter_map(|(name, path)| Some((name.clone(), path.as_str()?.to_owned()))).collect()
        }
        _ => BTreeMap::new(),
    };
    let only = || (bins.len() == 1).then(|| bins.values().next()).flatten();
    let chosen = match &wanted.bin {
        Some(bin) => bins.get(bin),
        None => bins.get(unscoped(&wanted.name)).or_else(only),
    };
    let bin = chosen.ok_or_else(|| refused(format!("{} has no single program to start", wanted.name)))?;
    // A manifest is foreign text: its program must lie inside the package.
    let real = root.canonicalize().and_then(|root| Ok((root.join(bin).canonicalize()?, root)));
    let bin = match real {
        Ok((bin, root)) if bin.starts_with(&root) && bin.is_file() => bin,
        _ => return Err(refused(format!("the program of {} lies outside the package", wanted.name))),
    };
    let node = installer.with_file_name(if cfg!(windows) { "node.exe" } else { "node" });
    let node = if node.is_file() { Some(node) } else { resolve(env, "node", None) };
    let node = node.ok_or_else(|| refused("node is not installed where Warder looks for programs".to_owned()))?;
    Ok(Installed {
        program: node,
        args: vec![bin.to_string_lossy().into_owned()],
        package: package("npm", wanted, version, dir),
    })
}

fn uv(env: &Env, wanted: &Wanted, dir: &Path) -> Result<Installed, Failure> {
    let spec = match wanted.version.as_deref() {
        None | Some("latest") => wanted.name.clone(),
        Some(version) if version.starts_with(|c: char| c.is_ascii_digit()) => format!("{}=={version}", wanted.name),
        Some(range) => format!("{}{range}", wanted.name),
    };
    let (tools, bins) = (dir.join("tools"), dir.join("bin"));
    let places = [
        ("UV_TOOL_DIR", tools.to_string_lossy().into_owned()),
        ("UV_TOOL_BIN_DIR", bins.to_string_lossy().into_owned()),
        ("UV_PYTHON_DOWNLOADS", "never".to_owned()),
    ];
    run(
        env,
        wanted,
        dir,
        &["tool", "install", "--no-build", "--compile-bytecode", "--no-config", "--", &spec],
        &places,
    )?;
    let tool = fs::read_dir(&tools)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.is_dir());
    let tool = tool.ok_or_else(|| refused(format!("{} did not install", wanted.name)))?;
    let name = wanted.bin.as_deref().unwrap_or(&wanted.name);
    let program = tool.join("bin").join(name);
    if !program.canonicalize().is_ok_and(|real| real.starts_with(dir)) {
        return Err(refused(format!("{} has no program {}", wanted.name, crate::redact::line(name))));
    }
    let version = dist_info(&tool, &wanted.name).ok_or_else(|| refused(format!("{} did not install", wanted.name)))?;
    let python = tool.join("bin/python");
    Ok(Installed {
        program: python,
        args: vec![program.to_string_lossy().into_owned()],
        package: package("pypi", wanted, &version, dir),
    })
}

/// The version in the name of `<name>-<version>.dist-info`.
fn dist_info(tool: &Path, name: &str) -> Option<String> {
    let plain = |name: &str| name.to_lowercase().replace(['-', '.'], "_");
    let libs = fs::read_dir(tool.join("lib")).ok()?.filter_map(|entry| Some(entry.ok()?.path().join("site-packages")));
    libs.flat_map(|dir| fs::read_dir(dir).into_iter().flatten()).find_map(|entry| {
        let file = entry.ok()?.file_name().into_string().ok()?;
        let (found, version) = file.strip_suffix(".dist-info")?.rsplit_once('-')?;
        (plain(found) == plain(name)).then(|| version.to_owned())
    })
}

fn package(ecosystem: &str, wanted: &Wanted, version: &str, dir: &Path) -> Package {
    Package {
        ecosystem: ecosystem.to_owned(),
        name: wanted.name.clone(),
        version: version.to_owned(),
        dir: dir.to_owned(),
        content: None,
    }
}

fn unscoped(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Runs the installer in `dir`; returns where it stands.
fn run(
    env: &Env,
    wanted: &Wanted,
    dir: &Path,
    arguments: &[&str],
    places: &[(&str, String)],
) -> Result<PathBuf, Failure> {
    let launcher = resolve(env, &wanted.beside, None);
    let beside = launcher.map(|path| path.with_file_name(wanted.installer)).filter(|path| path.is_file());
    let installer = beside.or_else(|| resolve(env, wanted.installer, None)).ok_or_else(|| {
        let hint = Some(format!("Install {} and try again.", wanted.installer));
        Failure {
            code: Code::Refused,
            message: format!("{} is needed to install {} for the sandbox", wanted.installer, wanted.name),
            hint,
        }
    })?;
    // The user's own proxies, CAs and registry settings; nothing of a project's.
    let own = env.vars.iter().filter(|(name, _)| {
        is_loader(name) && !name.starts_with("LD_") && !name.starts_with("DYLD_") && *name != "NODE_OPTIONS"
    });
    let output = Command::new(&installer)
        .args(arguments)
        .current_dir(dir)
        .env_clear()
        .envs(own)
        .env("HOME", &env.home)
        .env("USERPROFILE", &env.home)
        .env("PATH", search_path(env, &installer))
        .envs(places.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| refused(format!("cannot start {}: {error}", wanted.installer)))?;
    if output.status.success() {
        return Ok(installer);
    }
    let talk = String::from_utf8_lossy(&output.stderr);
    let last = talk.lines().filter(|line| !line.trim().is_empty()).take(3).collect::<Vec<_>>().join(" · ");
    let message = format!("{} could not install {}", wanted.installer, crate::redact::line(&wanted.name));
    Err(Failure { code: Code::Refused, message, hint: Some(crate::redact::line(&last)) })
}
