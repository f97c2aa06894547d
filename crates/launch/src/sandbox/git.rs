//! What a repository has git run: from elsewhere in a project (hooks in a folder
//! of any name, further files of settings), and whether it runs anything at all.
//!
//! Read line by line, as far as these few settings go. What is read wrongly is
//! kept from the server or left to it, and nothing else comes of it.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, Mode, OFlags, openat, statat};
use rustix::io::Errno;

/// No settings of a repository are larger.
const LARGEST: u64 = 1 << 20;

/// The files and folders that its settings name; `git` is its open folder, `tree` what it lies in.
pub(super) fn named(git: &OwnedFd, tree: &Path, home: &Path) -> Vec<PathBuf> {
    let Some(Ok(text)) = text(git, "config") else { return Vec::new() };
    values(&text).into_iter().map(|(base, value)| plain(&base.of(tree, home, &value))).collect()
}

/// A file of settings; `None` where it is not there, an error where it cannot be read.
fn text(git: &OwnedFd, name: &str) -> Option<io::Result<String>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match openat(git, name, flags, Mode::empty()) {
        Err(Errno::NOENT | Errno::NOTDIR) => return None,
        file => file.map(File::from),
    };
    let read = || {
        let file = file?;
        let found = file.metadata()?;
        if !found.is_file() || found.len() > LARGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    Some(read())
}

/// Whether a repository has git run a program, as far as anybody can tell: whatever is not known to be harmless counts.
pub(super) fn runs(git: &OwnedFd) -> bool {
    let settings = match text(git, "config") {
        None => false,
        Some(Ok(text)) => !is_harmless(&text),
        Some(Err(_)) => true,
    };
    // Submodules have settings of their own, and git looks into them by itself.
    let more = ["config.worktree", "modules"];
    settings || more.iter().any(|name| statat(git, *name, AtFlags::SYMLINK_NOFOLLOW).is_ok()) || has_hooks(git)
}

fn has_hooks(git: &OwnedFd) -> bool {
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = match openat(git, "hooks", flags, Mode::empty()) {
        Err(Errno::NOENT) => return false,
        Err(error) => return error != Errno::NOTDIR,
        Ok(folder) => folder,
    };
    let Ok(mut names) = Dir::read_from(&folder) else { return true };
    names.any(|entry| match entry {
        Ok(entry) => {
            let name = entry.file_name().to_bytes();
            !matches!(name, b"." | b"..") && !name.ends_with(b".sample")
        }
        Err(_) => true,
    })
}

/// Settings that `git init`, `git clone` and a person's first steps write, and that name no program and no other file.
const HARMLESS: &[(&str, &[&str])] = &[
    (
        "core",
        &[
            "repositoryformatversion",
            "filemode",
            "bare",
            "logallrefupdates",
            "ignorecase",
            "precomposeunicode",
            "symlinks",
            "autocrlf",
            "eol",
            "longpaths",
            "quotepath",
        ],
    ),
    ("extensions", &["objectformat", "refstorage"]),
    ("remote", &["url", "fetch"]),
    ("branch", &["remote", "merge", "rebase"]),
    ("user", &["name", "email"]),
    ("init", &["defaultbranch"]),
    ("pull", &["rebase", "ff"]),
];

/// Line by line, and only in the plainest spelling: what git reads otherwise than this does is not taken for harmless.
fn is_harmless(text: &str) -> bool {
    let mut keys: &[&str] = &[];
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';'])).all(|line| {
        if let Some(head) = line.strip_prefix('[') {
            let Some((head, "")) = head.split_once(']') else { return false };
            let section = head.split_once(' ').map_or(head, |(section, _)| section).to_ascii_lowercase();
            let known = HARMLESS.iter().find(|(name, _)| *name == section);
            keys = known.map_or(&[], |(_, keys)| keys);
            return known.is_some();
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        // A line that goes on, and addresses by which git runs what they name (`ext::sh -c …`).
        let strange = value.contains('\\') || value.contains("::") || value.trim_start().starts_with('-');
        keys.contains(&key.trim().to_ascii_lowercase().as_str()) && !strange
    })
}

/// Where a relative path counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    Tree,
    Git,
}

impl Base {
    fn of(self, tree: &Path, home: &Path, value: &str) -> PathBuf {
        match (value.strip_prefix("~/"), self) {
            (Some(rest), _) => home.join(rest),
            (None, Base::Tree) => tree.join(value),
            (None, Base::Git) => tree.join(".git").join(value),
        }
    }
}

fn values(text: &str) -> Vec<(Base, String)> {
    let (mut section, mut found) = (String::new(), Vec::new());
    for line in text.lines() {
        let mut line = line.trim();
        if let Some((head, rest)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            section = head.split(['"', ' ', '\t']).next().unwrap_or_default().to_ascii_lowercase();
            line = rest.trim();
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let base = match (section.as_str(), key.trim().to_ascii_lowercase().as_str()) {
            ("core", "hookspath" | "fsmonitor" | "attributesfile") => Base::Tree,
            ("include" | "includeif", "path") => Base::Git,
            _ => continue,
        };
        let value = value.trim();
        let value = match value.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
            Some((quoted, _)) => quoted,
            None => value.split([';', '#']).next().unwrap_or_default().trim(),
        };
        if !value.is_empty() {
            found.push((base, value.to_owned()));
        }
    }
    found
}

/// Without `.` and `..`, by the text alone.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_to_run_nothing_is_harmless() {
        for (text, harmless) in [
            ("", true),
            ("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n", true),
            (
                "[remote \"origin\"]\n\turl = https://example.com/x\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n",
                true,
            ),
            ("[branch \"main\"]\n\tremote = origin\n# mine\n[user]\n\tname = A B\n", true),
            ("[core]\n\tfsmonitor = sh -c x\n", false),
            ("[core] fsmonitor = x\n", false),
            ("[core]\n\tbare = false\n\tsshCommand = x\n", false),
            ("[CORE]\nhooksPath=x", false),
            ("[include]\n\tpath = x", false),
            ("[alias]\n\tst = !x", false),
            ("[filter \"x\"]\n\tclean = x", false),
            ("[core]\n\tbare = false \\\n\n", false),
            ("[remote \"x\"]\n\turl = ext::sh -c x", false),
            ("[remote \"x\"]\n\turl = -x", false),
            ("[core\n]\n\tfsmonitor = x", false),
            ("fsmonitor = x", false),
            ("[extensions]\n\tworktreeConfig = true", false),
        ] {
            assert_eq!(is_harmless(text), harmless, "{text}");
        }
    }

    #[test]
    fn settings_that_lead_elsewhere_are_found() {
        for (text, expected) in [
            ("[core]\n\tbare = false\n\thooksPath = tools/hooks\n", &[(Base::Tree, "tools/hooks")][..]),
            ("[CORE]\nHOOKSPATH=\"a b\" ; x\n", &[(Base::Tree, "a b")]),
            ("[core] hookspath = .hooks # mine", &[(Base::Tree, ".hooks")]),
            (
                "[include]\n path = ../shared\n[includeIf \"gitdir:~/x/\"]\npath=~/own",
                &[(Base::Git, "../shared"), (Base::Git, "~/own")],
            ),
            ("[remote \"core\"]\nhookspath = x\n[user]\npath = y\n# [include]\n", &[]),
            ("hookspath = x\n[core]\nhookspath\nfsmonitor = bin/watch", &[(Base::Tree, "bin/watch")]),
        ] {
            let found = values(text);
            let found: Vec<(Base, &str)> = found.iter().map(|(base, value)| (*base, value.as_str())).collect();
            assert_eq!(found, expected, "{text}");
        }
        let (tree, home) = (Path::new("/p"), Path::new("/home/u"));
        for (base, value, expected) in [
            (Base::Tree, "tools/./x", "/p/tools/x"),
            (Base::Git, "../shared", "/p/shared"),
            (Base::Git, "~/own", "/home/u/own"),
            (Base::Tree, "/abs/x", "/abs/x"),
        ] {
            assert_eq!(plain(&base.of(tree, home, value)), Path::new(expected));
        }
    }
}
