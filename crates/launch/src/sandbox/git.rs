//! What the settings of a repository have git run, or read, from elsewhere in a
//! project: hooks in a folder of any name, and further files of settings.
//!
//! Read line by line, as far as these few settings go. What is read wrongly is
//! kept from the server or left to it, and nothing else comes of it.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, openat};

/// No settings of a repository are larger.
const LARGEST: u64 = 1 << 20;

/// The files and folders that its settings name; `git` is its open folder, `tree` what it lies in.
pub(super) fn named(git: &OwnedFd, tree: &Path, home: &Path) -> Vec<PathBuf> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let Ok(file) = openat(git, "config", flags, Mode::empty()).map(File::from) else { return Vec::new() };
    let mut bytes = Vec::new();
    match file.metadata() {
        Ok(found) if found.is_file() && file.take(LARGEST).read_to_end(&mut bytes).is_ok() => {}
        _ => return Vec::new(),
    }
    let found = values(&String::from_utf8_lossy(&bytes));
    found.into_iter().map(|(base, value)| plain(&base.of(tree, home, &value))).collect()
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
