//! `cargo xtask package`: what people install.
//!
//! Tauri's own bundler makes the files (it makes those of macOS and Windows too,
//! and writes rpm without rpmbuild); what it is given is staged here: programs,
//! manual, completions, licences. It ends with a look at what was made. On
//! Linux launcher and relay lie in `/usr/lib/warder`, a path without a version.

mod check;
mod elf;
mod licences;
mod stage;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::shell::{cargo, command, output, run};
use crate::{Outcome, launcher, node, root, system};

/// What was built, ready to be packed.
struct Built {
    /// `target/release`, or `target/debug`.
    folder: PathBuf,
    /// Launcher and relay as they are shipped.
    launcher: PathBuf,
    relay: PathBuf,
}

/// What stands beside the window's program on macOS and Windows.
const SIDECARS: [&str; 3] = ["warder", "warder-launch", "warder-relay"];

pub(crate) fn package(words: &[&str]) -> Outcome {
    let debug = match words {
        [] => false,
        ["--debug"] => true,
        _ => return Err("`cargo xtask package` takes --debug, and nothing else".to_owned()),
    };
    system::for_package()?;
    node::check()?;
    node::install("ui")?;
    node::install("src-tauri/packaging")?;
    node::npm("ui", &["run", "build"])?;
    // Left-overs of another run are not what this one made.
    let out = root().join("target/package");
    if out.exists() {
        fs::remove_dir_all(&out).map_err(|source| format!("cannot remove {}: {source}", out.display()))?;
    }
    let made = if cfg!(target_os = "linux") { linux(&out, debug)? } else { elsewhere(&out, debug)? };
    println!("\nMade:");
    for file in &made {
        let size = fs::metadata(file).map_err(|source| format!("cannot read {}: {source}", file.display()))?.len();
        println!("  {}  {:.1} MB  sha256 {}", file.display(), size as f64 / 1e6, digest(file)?);
    }
    Ok(())
}

fn linux(out: &Path, debug: bool) -> Outcome<Vec<PathBuf>> {
    let built = build(debug)?;
    stage::stage(out, &built)?;
    let extra = json!({ "bundle": { "linux": {
        "deb": { "depends": elf::debian(&built, out)? },
        "rpm": { "depends": elf::rpm(&built)? },
    } } });
    bundle("bundle", &["deb,rpm"], &["src-tauri/packaging/linux.json", &extra.to_string()], debug)?;
    let made = ["deb", "rpm"].map(|kind| collect(&built.folder.join("bundle").join(kind), kind, out));
    let [deb, rpm] = made;
    let (deb, rpm) = (deb?, rpm?);
    check::check(out, &deb, &rpm, debug)?;
    Ok(vec![deb, rpm])
}

/// The window and the command line as they are shipped, with the launcher beside them.
fn build(debug: bool) -> Outcome<Built> {
    let launcher = launcher::build()?;
    // One after the other: together, the command line would get what only the window asks of shared libraries.
    for package in ["warder-cli", "warder-app"] {
        let mut compile = cargo(&["build", "-p", package]);
        run(if debug { &mut compile } else { compile.arg("--release") })?;
    }
    let folder = root().join("target").join(if debug { "debug" } else { "release" });
    Ok(Built { folder, relay: launcher.with_file_name("warder-relay"), launcher })
}

/// macOS and Windows: the bundler starts cargo itself, for each processor of macOS, and puts the other programs beside
/// the window's. Never run so far, only read: docs/packages.md.
fn elsewhere(out: &Path, debug: bool) -> Outcome<Vec<PathBuf>> {
    let sidecars = out.join("sidecars");
    fs::create_dir_all(&sidecars).map_err(|source| format!("cannot make {}: {source}", sidecars.display()))?;
    if cfg!(target_os = "macos") {
        let (arm, intel, both) = ("aarch64-apple-darwin", "x86_64-apple-darwin", "universal-apple-darwin");
        for program in SIDECARS {
            let mut each = Vec::new();
            for triple in [arm, intel] {
                each.push(sidecar(&sidecars, program, triple)?);
            }
            let joined = sidecars.join(format!("{program}-{both}"));
            run(command("lipo", &["-create", "-output"]).arg(joined).args(each))?;
        }
        bundle("build", &["app,dmg"], &["src-tauri/packaging/macos.json"], debug)?;
        let folder = root().join("target").join(both).join(if debug { "debug" } else { "release" }).join("bundle");
        return Ok(vec![collect(&folder.join("dmg"), "dmg", out)?]);
    }
    for program in SIDECARS {
        sidecar(&sidecars, program, &launcher::host()?)?;
    }
    // Without a certificate the installer is not signed.
    let certificate = std::env::var("WARDER_CERTIFICATE").unwrap_or_default();
    let signed = match certificate.as_str() {
        "" => json!({}),
        thumbprint => json!({ "bundle": { "windows": {
            "certificateThumbprint": thumbprint, "digestAlgorithm": "sha256", "timestampUrl": "http://timestamp.digicert.com",
        } } }),
    };
    bundle("build", &["nsis"], &["src-tauri/packaging/windows.json", &signed.to_string()], debug)?;
    let folder = root().join("target").join(if debug { "debug" } else { "release" }).join("bundle/nsis");
    Ok(vec![collect(&folder, "exe", out)?])
}

/// Builds one program that stands beside the window's, under the name that the bundler asks for.
fn sidecar(folder: &Path, program: &str, triple: &str) -> Outcome<PathBuf> {
    let package = if program == "warder" { "warder-cli" } else { program };
    run(&mut cargo(&["build", "--release", "-p", package, "--target", triple]))?;
    let suffix = std::env::consts::EXE_SUFFIX;
    let from = root().join("target").join(triple).join("release").join(format!("{program}{suffix}"));
    let to = folder.join(format!("{program}-{triple}{suffix}"));
    fs::copy(&from, &to).map_err(|source| format!("cannot copy {}: {source}", from.display()))?;
    Ok(to)
}

/// Starts the bundler; `configs` are put over `tauri.conf.json`.
fn bundle(word: &str, kinds: &[&str], configs: &[&str], debug: bool) -> Outcome {
    let mut tauri =
        command("node", &["src-tauri/packaging/node_modules/@tauri-apps/cli/tauri.js", word, "--ci", "--bundles"]);
    tauri.args(kinds);
    for config in configs {
        tauri.args(["--config", config]);
    }
    if word == "build" && cfg!(target_os = "macos") {
        tauri.args(["--target", "universal-apple-darwin"]);
    }
    run(if debug { tauri.arg("--debug") } else { &mut tauri })
}

/// The one file of a kind that is of this version, put into `out`.
fn collect(folder: &Path, extension: &str, out: &Path) -> Outcome<PathBuf> {
    let entries = fs::read_dir(folder).map_err(|source| format!("cannot read {}: {source}", folder.display()))?;
    let fits = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        path.extension().is_some_and(|it| it == extension) && name.contains(env!("CARGO_PKG_VERSION"))
    };
    let found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(fits).collect();
    let [from] = found.as_slice() else {
        return Err(format!("{} holds {} .{extension} files of this version, not one", folder.display(), found.len()));
    };
    let to = out.join(from.file_name().expect("a file has a name"));
    fs::copy(from, &to).map_err(|source| format!("cannot copy {}: {source}", from.display()))?;
    Ok(to)
}

fn digest(file: &Path) -> Outcome<String> {
    let mut tool = if cfg!(target_os = "macos") {
        command("shasum", &["-a", "256"])
    } else if cfg!(windows) {
        command("certutil", &["-hashfile"])
    } else {
        command("sha256sum", &[])
    };
    tool.arg(file);
    let said = output(if cfg!(windows) { tool.arg("SHA256") } else { &mut tool })?;
    let digest = said.split_whitespace().find(|word| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit()));
    Ok(digest.ok_or("the digest was not printed")?.to_owned())
}
