//! The launcher and the relay as they are shipped, side by side.
//!
//! On Linux they are linked statically (static-pie), so that a preload in a
//! client's environment never runs inside a program that reads the keys. The
//! flag for that would break the window's build, hence a target folder of its own.

use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::{cargo, command, output, run};
use crate::{Outcome, root};

/// Builds both and gives the launcher's absolute path; the relay lies beside it.
pub(crate) fn build() -> Outcome<PathBuf> {
    let target = root().join("target/launcher");
    let mut build = cargo(&["build", "--release", "-p", "warder-launch", "-p", "warder-relay"]);
    build.arg("--target-dir").arg(&target);
    if !cfg!(target_os = "linux") {
        run(&mut build)?;
        return Ok(target.join("release").join(if cfg!(windows) { "warder-launch.exe" } else { "warder-launch" }));
    }
    // Naming the target keeps the flag away from build scripts and macros.
    let host = host()?;
    build.env("RUSTFLAGS", "-C target-feature=+crt-static").env_remove("CARGO_ENCODED_RUSTFLAGS");
    run(build.args(["--target", &host]))?;
    let launcher = target.join(host).join("release/warder-launch");
    check(&launcher)?;
    check(&launcher.with_file_name("warder-relay"))?;
    Ok(launcher)
}

/// An error unless the file is a static, position-independent program.
pub(crate) fn check(program: &Path) -> Outcome {
    let bytes = fs::read(program).map_err(|source| format!("cannot read {}: {source}", program.display()))?;
    match static_pie(&bytes) {
        Some(true) => Ok(()),
        Some(false) => Err(format!("{} is not static-pie: a preload could run in it", program.display())),
        None => Err(format!("{} is not a 64-bit ELF program", program.display())),
    }
}

/// Whether a 64-bit little-endian ELF file is position-independent and asks
/// for no loader; `None` for any other file. Layout: elf(5).
fn static_pie(bytes: &[u8]) -> Option<bool> {
    const SHARED: u16 = 3;
    const INTERPRETER: u32 = 3;
    let half = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    if !bytes.starts_with(&[0x7f, b'E', b'L', b'F', 2, 1]) {
        return None;
    }
    let first = usize::try_from(u64::from_le_bytes(bytes.get(32..40)?.try_into().ok()?)).ok()?;
    let (size, count) = (usize::from(half(54)?), usize::from(half(56)?));
    let mut interpreted = false;
    for header in 0..count {
        let at = first.checked_add(header * size)?;
        let kind = u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?);
        interpreted |= kind == INTERPRETER;
    }
    Some(half(16)? == SHARED && !interpreted)
}

/// The triple that this toolchain builds for.
pub(crate) fn host() -> Outcome<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = output(&mut command(rustc, &["-vV"]))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc does not name its host")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of `kind` with the given program headers.
    fn elf(kind: u8, headers: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 64 + 56 * headers.len()];
        bytes[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1]);
        bytes[16] = kind;
        bytes[32] = 64;
        bytes[54] = 56;
        bytes[56] = u8::try_from(headers.len()).unwrap();
        for (index, header) in headers.iter().enumerate() {
            bytes[64 + 56 * index] = *header;
        }
        bytes
    }

    #[test]
    fn only_a_relocatable_program_without_a_loader_is_static_pie() {
        assert_eq!(static_pie(&elf(3, &[1, 2])), Some(true));
        assert_eq!(static_pie(&elf(3, &[1, 3])), Some(false), "a loader");
        assert_eq!(static_pie(&elf(2, &[1])), Some(false), "a fixed address");
        assert_eq!(static_pie(&elf(3, &[1, 2])[..70]), None, "cut short");
        assert_eq!(static_pie(b"#!/bin/sh"), None);
    }
}
