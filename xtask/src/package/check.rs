//! What was made, looked at as those who install it get it.
//!
//! Lists of files with modes against a table, the metadata, Debian's and the
//! desktop's own checkers, and the main job out of the unpacked package beside a
//! real keyring (`tests/package.rs`): the launcher found is the packaged one, and
//! wrapped entries outlive the package.

use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::launcher::check as static_pie;
use crate::shell::{cargo, command, exists, output, run};

/// Every file of both packages below `/`, and its mode; `*` is any name, at least once.
const FILES: &[(&str, u32)] = &[
    ("usr/bin/warder", 0o755),
    ("usr/bin/warder-app", 0o755),
    ("usr/lib/warder/warder-launch", 0o755),
    ("usr/lib/warder/warder-relay", 0o755),
    ("usr/share/applications/warder.desktop", 0o644),
    ("usr/share/bash-completion/completions/warder", 0o644),
    ("usr/share/fish/vendor_completions.d/warder.fish", 0o644),
    ("usr/share/icons/hicolor/32x32/apps/warder.png", 0o644),
    ("usr/share/icons/hicolor/128x128/apps/warder.png", 0o644),
    ("usr/share/icons/hicolor/256x256/apps/warder.png", 0o644),
    ("usr/share/icons/hicolor/512x512/apps/warder.png", 0o644),
    ("usr/share/icons/hicolor/scalable/apps/warder.svg", 0o644),
    ("usr/share/man/man1/warder.1.gz", 0o644),
    ("usr/share/man/man1/warder-app.1.gz", 0o644),
    ("usr/share/man/man1/warder-*.1.gz", 0o644),
    ("usr/share/metainfo/dev.warder.desktop.metainfo.xml", 0o644),
];

const OF_DEB: &[(&str, u32)] = &[
    ("usr/share/doc/warder/LIBRARIES.gz", 0o644),
    ("usr/share/doc/warder/NOTICE", 0o644),
    ("usr/share/doc/warder/OFL-Inter.txt", 0o644),
    ("usr/share/doc/warder/OFL-JetBrains-Mono.txt", 0o644),
    ("usr/share/doc/warder/changelog.gz", 0o644),
    ("usr/share/doc/warder/copyright", 0o644),
    ("usr/share/zsh/vendor-completions/_warder", 0o644),
];

const OF_RPM: &[(&str, u32)] = &[
    ("usr/share/licenses/warder/LIBRARIES.gz", 0o644),
    ("usr/share/licenses/warder/LICENSE", 0o644),
    ("usr/share/licenses/warder/NOTICE", 0o644),
    ("usr/share/licenses/warder/OFL-Inter.txt", 0o644),
    ("usr/share/licenses/warder/OFL-JetBrains-Mono.txt", 0o644),
    ("usr/share/zsh/site-functions/_warder", 0o644),
];

/// What lintian says and why it stays so.
const LIVED_WITH: &[&str] = &[
    // That is the point: nothing can be preloaded into them.
    "statically-linked-binary",
    "shared-library-lacks-prerequisites",
    // There is no address to write to yet.
    "malformed-contact",
];

/// One file of a package.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Packed {
    path: String,
    mode: u32,
    owner: String,
}

pub(super) fn check(out: &Path, deb: &Path, rpm: &Path, debug: bool) -> Outcome {
    println!("\nLooking at what was made:");
    compare(&of_deb(&output(command("dpkg-deb", &["-c"]).arg(deb))?)?, OF_DEB)?;
    println!("  the deb has its files, modes and owners");
    let query = "[%{FILEMODES:octal} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILENAMES}\n]";
    compare(&of_rpm(&output(command("rpm", &["-qp", "--qf", query]).arg(rpm))?)?, OF_RPM)?;
    println!("  the rpm has its files, modes and owners");
    metadata(deb, rpm)?;

    let unpacked = out.join("unpacked");
    run(command("dpkg-deb", &["-x"]).arg(deb).arg(&unpacked))?;
    let usr = unpacked.join("usr");
    for program in ["lib/warder/warder-launch", "lib/warder/warder-relay"] {
        static_pie(&usr.join(program))?;
    }
    for (program, says) in [
        ("bin/warder", "warder"),
        ("lib/warder/warder-launch", "warder-launch"),
        ("lib/warder/warder-relay", "warder-relay"),
    ] {
        let said = output(&mut command(usr.join(program), &["--version"]))?;
        same(program, &said, &format!("{says} {}", env!("CARGO_PKG_VERSION")))?;
    }
    println!("  all programs are of version {}", env!("CARGO_PKG_VERSION"));
    same_programs(&unpacked, rpm, out)?;
    desktop(&usr)?;
    words(&usr)?;
    lintian(deb, debug)?;
    if output(&mut command("id", &["-u"]))? == "0" {
        run(command("tests/installed.sh", &[]).arg(deb))?;
    } else {
        println!("  not installed with dpkg: that needs root (sudo tests/installed.sh {})", deb.display());
    }
    // The main job, with nothing but what was unpacked.
    let mut job = cargo(&["test", "-p", "warder-cli", "--test", "package"]);
    // Else the test would build one; what is installed is never told of it.
    run(job.env("WARDER_PACKAGED", &usr).env("WARDER_LAUNCHER", usr.join("lib/warder/warder-launch")))
}

/// Both packages hold the same programs.
fn same_programs(deb: &Path, rpm: &Path, out: &Path) -> Outcome {
    let other = out.join("unpacked-rpm");
    fs::create_dir_all(&other).map_err(|source| format!("cannot make {}: {source}", other.display()))?;
    run(command("bsdtar", &["-xf"]).arg(rpm).arg("-C").arg(&other))?;
    for program in ["usr/bin/warder", "usr/lib/warder/warder-launch", "usr/lib/warder/warder-relay"] {
        let (one, two) = (fs::read(deb.join(program)), fs::read(other.join(program)));
        match (one, two) {
            (Ok(one), Ok(two)) if one == two => {}
            _ => return Err(format!("{program} differs between the deb and the rpm")),
        }
    }
    Ok(())
}

/// Files and links of `dpkg-deb -c`, whose lines are those of `tar -tv`.
fn of_deb(said: &str) -> Outcome<Vec<Packed>> {
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        // Tauri's tar has numbers and no names.
        let (mode, owner) = (words.next()?, words.next()?.replace("0/0", "root/root"));
        // After size, day and time.
        let path = words.skip(3).collect::<Vec<_>>().join(" ").trim_start_matches("./").to_owned();
        Some((mode.chars().next()?, Packed { path, mode: permissions(mode)?, owner }))
    };
    let lines = said.lines().map(|one| line(one).ok_or_else(|| format!("dpkg-deb says what is not understood: {one}")));
    let mut packed = lines.collect::<Outcome<Vec<_>>>()?;
    packed.retain(|(kind, _)| *kind != 'd');
    Ok(packed.into_iter().map(|(_, packed)| packed).collect())
}

/// `-rwxr-xr-x` as bits.
fn permissions(text: &str) -> Option<u32> {
    let bits = text.get(1..10)?.chars();
    Some(bits.fold(0, |mode, bit| mode << 1 | u32::from(bit != '-')))
}

fn of_rpm(said: &str) -> Outcome<Vec<Packed>> {
    let line = |line: &str| {
        let mut words = line.splitn(3, ' ');
        let mode = u32::from_str_radix(words.next()?, 8).ok()?;
        let (owner, path) = (words.next()?.to_owned(), words.next()?.trim_start_matches('/').to_owned());
        Some((mode & 0o170_000, Packed { path, mode: mode & 0o7777, owner }))
    };
    let lines = said.lines().map(|one| line(one).ok_or_else(|| format!("rpm says what is not understood: {one}")));
    let mut packed = lines.collect::<Outcome<Vec<_>>>()?;
    packed.retain(|(kind, _)| *kind != 0o040_000);
    Ok(packed.into_iter().map(|(_, packed)| packed).collect())
}

/// Each file has a row of the table, the first that fits, and each row a file.
fn compare(packed: &[Packed], own: &[(&str, u32)]) -> Outcome {
    let rows: Vec<&(&str, u32)> = FILES.iter().chain(own).collect();
    let fits = |row: &str, path: &str| match row.split_once('*') {
        Some((start, end)) => path.len() > start.len() + end.len() && path.starts_with(start) && path.ends_with(end),
        None => row == path,
    };
    let mut seen = vec![false; rows.len()];
    for file in packed {
        let Some(at) = rows.iter().position(|(row, _)| fits(row, &file.path)) else {
            return Err(format!("/{} is packed and stands in no table", file.path));
        };
        if file.mode != rows[at].1 || file.owner != "root/root" {
            return Err(format!("/{} has mode {:o} and is of {}", file.path, file.mode, file.owner));
        }
        seen[at] = true;
    }
    match rows.iter().zip(seen).find(|(_, seen)| !seen) {
        Some(((row, _), _)) => Err(format!("/{row} is missing")),
        None => Ok(()),
    }
}

/// Names, versions and what is needed.
fn metadata(deb: &Path, rpm: &Path) -> Outcome {
    let field = |name: &str| output(command("dpkg-deb", &["-f"]).arg(deb).arg(name));
    same("the deb's name", &field("Package")?, "warder")?;
    same("the deb's version", &field("Version")?, env!("CARGO_PKG_VERSION"))?;
    let depends = field("Depends")?;
    for package in ["libwebkit2gtk-4.1-0", "libgtk-3-0", "libc6 (>= "] {
        holds("what the deb depends on", &depends, package)?;
    }
    let recommends = field("Recommends")?;
    holds("what the deb recommends", &recommends, "bubblewrap")?;
    holds("what the deb recommends", &recommends, "gnome-keyring")?;
    let tag = |what: &str| output(command("rpm", &["-qp", "--qf", what]).arg(rpm));
    same("the rpm's name and version", &tag("%{NAME} %{VERSION}")?, &format!("warder {}", env!("CARGO_PKG_VERSION")))?;
    let requires = output(command("rpm", &["-qp", "--requires"]).arg(rpm))?;
    for library in ["libwebkit2gtk-4.1.so.0()(64bit)", "libgtk-3.so.0()(64bit)", "libc.so.6(GLIBC_2."] {
        holds("what the rpm requires", &requires, library)?;
    }
    holds("what the rpm recommends", &output(command("rpm", &["-qp", "--recommends"]).arg(rpm))?, "bubblewrap")?;
    let scripts = output(command("rpm", &["-qp", "--scripts"]).arg(rpm))?;
    holds(
        "the rpm's script on removal",
        &scripts,
        "run as each user, before the package is removed: warder uninstall",
    )?;
    println!("  names, versions, dependencies: {depends}; {recommends}");
    Ok(())
}

fn desktop(usr: &Path) -> Outcome {
    let entry = usr.join("share/applications/warder.desktop");
    run(command("desktop-file-validate", &["--no-hints"]).arg(&entry))?;
    let text = fs::read_to_string(&entry).map_err(|source| format!("cannot read {}: {source}", entry.display()))?;
    for line in ["Exec=warder-app", "Icon=warder", "StartupWMClass=warder-app"] {
        holds("the desktop entry", &text, line)?;
    }
    let metainfo = usr.join("share/metainfo/dev.warder.desktop.metainfo.xml");
    run(command("appstreamcli", &["validate", "--no-net"]).arg(metainfo))?;
    println!("  desktop entry and metainfo are valid");
    Ok(())
}

/// The manual is rendered without a complaint, and each shell that is here takes its completions.
fn words(usr: &Path) -> Outcome {
    let folder = usr.join("share/man/man1");
    let entries = fs::read_dir(&folder).map_err(|source| format!("cannot read {}: {source}", folder.display()))?;
    for page in entries.flatten() {
        let mut man = command("man", &["--warnings", "--local-file"]);
        let page = man.arg(page.path()).env("MANWIDTH", "80").env("LC_ALL", "C.UTF-8").output();
        let page = page.map_err(|source| format!("cannot start man: {source}"))?;
        if !page.status.success() || !page.stderr.is_empty() || page.stdout.is_empty() {
            return Err(format!("man complains: {}", String::from_utf8_lossy(&page.stderr)));
        }
    }
    let bash = usr.join("share/bash-completion/completions/warder");
    let asked = r#". "$1"; COMP_WORDS=(warder sca); COMP_CWORD=1; _warder warder sca warder; echo "${COMPREPLY[@]}""#;
    same("bash's completion of `sca`", &output(command("bash", &["-c", asked, "bash"]).arg(bash))?, "scan")?;
    let fish = usr.join("share/fish/vendor_completions.d/warder.fish");
    if exists("fish") {
        let asked = "source $argv[1]; complete -C 'warder sca'";
        holds("fish's completion of `sca`", &output(command("fish", &["-N", "-c", asked]).arg(fish))?, "scan")?;
    }
    let zsh = usr.join("share/zsh/vendor-completions");
    if exists("zsh") {
        let asked =
            "fpath=($1 $fpath); autoload -Uz compinit && compinit -D && whence -w _warder && echo $_comps[warder]";
        holds("zsh's completion", &output(command("zsh", &["-f", "-c", asked, "zsh"]).arg(zsh))?, "_warder")?;
    }
    println!("  manual pages are rendered; completions load in bash, and in fish and zsh where they are");
    Ok(())
}

/// Debian's own checker. A debug build has symbols, which it would only tell us of.
fn lintian(deb: &Path, debug: bool) -> Outcome {
    let lived_with = LIVED_WITH.join(",") + if debug { ",unstripped-binary-or-object" } else { "" };
    let mut tool = command("lintian", &["--allow-root", "--fail-on", "error,warning", "--suppress-tags"]);
    run(tool.arg(lived_with).arg(deb))?;
    println!("  lintian has no complaint");
    Ok(())
}

fn same(what: &str, is: &str, expected: &str) -> Outcome {
    if is == expected { Ok(()) } else { Err(format!("{what} is {is:?}, not {expected:?}")) }
}

fn holds(what: &str, text: &str, part: &str) -> Outcome {
    if text.contains(part) { Ok(()) } else { Err(format!("{what} does not hold {part:?}: {text}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::root;

    fn packed() -> Vec<Packed> {
        let file = |(path, mode): &(&str, u32)| Packed {
            path: path.replace('*', "scan"),
            mode: *mode,
            owner: "root/root".to_owned(),
        };
        FILES.iter().chain(OF_DEB).map(file).collect()
    }

    #[test]
    fn a_missing_foreign_or_writable_file_is_noticed() {
        compare(&packed(), OF_DEB).unwrap();
        let mut less = packed();
        less.retain(|file| file.path != "usr/lib/warder/warder-relay");
        assert!(compare(&less, OF_DEB).unwrap_err().contains("warder-relay is missing"));
        let mut without_pages = packed();
        without_pages.retain(|file| !file.path.contains("warder-scan.1"));
        assert!(compare(&without_pages, OF_DEB).unwrap_err().contains("warder-*.1.gz is missing"));
        let mut more = packed();
        more.push(Packed { path: "etc/warder".to_owned(), mode: 0o644, owner: "root/root".to_owned() });
        assert!(compare(&more, OF_DEB).unwrap_err().contains("/etc/warder is packed"));
        let mut open = packed();
        open[0].mode = 0o777;
        assert!(compare(&open, OF_DEB).unwrap_err().contains("mode 777"));
        let mut foreign = packed();
        foreign[0].owner = "1000/1000".to_owned();
        assert!(compare(&foreign, OF_DEB).unwrap_err().contains("of 1000/1000"));
    }

    #[test]
    fn lists_of_both_tools_are_read() {
        let deb = "drwxr-xr-x root/root         0 2026-11-30 12:00 ./usr/\n\
                   -rwxr-xr-x 0/0   6155072 2026-11-30 12:00 usr/bin/warder";
        let file = Packed { path: "usr/bin/warder".to_owned(), mode: 0o755, owner: "root/root".to_owned() };
        assert_eq!(of_deb(deb).unwrap(), [file]);
        let rpm = "040755 root/root /usr\n100644 root/root /usr/share/a b";
        let file = Packed { path: "usr/share/a b".to_owned(), mode: 0o644, owner: "root/root".to_owned() };
        assert_eq!(of_rpm(rpm).unwrap(), [file]);
        assert!(of_rpm("nonsense").is_err());
    }

    #[test]
    fn what_is_packed_says_the_same_version_everywhere() {
        let version = env!("CARGO_PKG_VERSION");
        let read = |path: &str| fs::read_to_string(root().join("src-tauri/packaging/linux").join(path)).unwrap();
        assert!(read("changelog").starts_with(&format!("warder ({version})")));
        assert!(read("dev.warder.desktop.metainfo.xml").contains(&format!("<release version=\"{version}\"")));
    }

    #[test]
    fn scripts_speak_on_removal_only() {
        for (script, removes, updates) in [("prerm", "remove", "upgrade"), ("preun", "0", "1")] {
            let said = |word| {
                output(command("sh", &[&format!("src-tauri/packaging/linux/{script}"), word]).arg("0.2.0")).unwrap()
            };
            assert!(said(removes).ends_with("before the package is removed: warder uninstall"), "{script}");
            assert_eq!(said(updates), "", "{script}");
        }
    }
}
