//! What the programs need at run time, asked of the programs.
//!
//! Debian's own tool names packages with the versions that are needed; an rpm
//! asks for libraries by their names, which hold on every distribution.

use std::fs;
use std::path::Path;

use super::Built;
use crate::Outcome;
use crate::shell::{command, output};

/// Programs that the loader fills in; launcher and relay need nothing.
const LINKED: [&str; 2] = ["warder-app", "warder"];

/// For `Depends`, by dpkg-shlibdeps, which wants to stand in a source package.
pub(super) fn debian(built: &Built, out: &Path) -> Outcome<Vec<String>> {
    let folder = out.join("source");
    fs::create_dir_all(folder.join("debian"))
        .and_then(|()| {
            fs::write(folder.join("debian/control"), "Source: warder\n\nPackage: warder\nArchitecture: any\n")
        })
        .map_err(|source| format!("cannot write into {}: {source}", folder.display()))?;
    let mut tool = command("dpkg-shlibdeps", &["-O", "--warnings=0"]);
    tool.current_dir(&folder);
    for program in LINKED {
        tool.arg("-e").arg(built.folder.join(program));
    }
    let said = output(&mut tool)?;
    let list = said.lines().find_map(|line| line.strip_prefix("shlibs:Depends="));
    let list = list.ok_or("dpkg-shlibdeps names no packages")?;
    Ok(list.split(", ").map(str::to_owned).collect())
}

/// For `Requires`: `libgtk-3.so.0()(64bit)`, and the C library by its newest symbol.
pub(super) fn rpm(built: &Built) -> Outcome<Vec<String>> {
    let mut all = Vec::new();
    for program in LINKED {
        let said = output(command("objdump", &["-p"]).arg(built.folder.join(program)))?;
        let libraries = said.lines().filter_map(|line| line.trim().strip_prefix("NEEDED"));
        all.extend(libraries.map(|name| format!("{}()(64bit)", name.trim())));
        all.extend(newest(&said).map(|version| format!("libc.so.6(GLIBC_{version})(64bit)")));
    }
    all.sort();
    all.dedup();
    Ok(all)
}

/// The newest version of the C library among the version references of `objdump -p`.
fn newest(said: &str) -> Option<String> {
    let versions = said.split_whitespace().filter_map(|word| word.strip_prefix("GLIBC_"));
    let numbers = |version: &str| version.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u32>>();
    versions.max_by_key(|version| numbers(version)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_c_library_is_told_by_numbers() {
        let said = "Version References:\n  required from libc.so.6:\n 0x1 0x00 08 GLIBC_2.9\n 0x2 0x00 07 GLIBC_2.34\n";
        assert_eq!(newest(said).as_deref(), Some("2.34"));
        assert_eq!(newest("NEEDED libc.so.6"), None);
    }
}
