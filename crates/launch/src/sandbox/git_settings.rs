//! What a text of git's settings says: whether it has git run nothing, and what
//! programs and further files it names.
//!
//! Read line by line, as far as these few settings go. What is read wrongly is
//! kept from the server or left to it, and nothing else comes of it.

use std::path::{Path, PathBuf};

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
pub(super) fn is_harmless(text: &str) -> bool {
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
pub(super) enum Base {
    Tree,
    /// Further settings, from where these are.
    Git,
    /// A line for the shell, in which any word may be a program of the tree.
    Line,
    /// It says itself where its files are checked out.
    Own,
}

impl Base {
    /// The path that `value` is there.
    pub(super) fn of(self, git: &Path, tree: &Path, home: &Path, value: &str) -> PathBuf {
        plain(&match (value.strip_prefix("~/"), self) {
            (Some(rest), _) => home.join(rest),
            (None, Base::Tree | Base::Line) => tree.join(value),
            (None, Base::Git | Base::Own) => git.join(value),
        })
    }
}

/// Keys whose value git has the shell run, in whatever section (git-config(1)).
const LINES: &[&str] = &[
    "alternaterefscommand",
    "askpass",
    "cccmd",
    "clean",
    "cmd",
    "command",
    "defaultkeycommand",
    "difffilter",
    "driver",
    "editor",
    "external",
    "fsmonitor",
    "gitproxy",
    "headercmd",
    "packobjectshook",
    "pager",
    "process",
    "program",
    "receivepack",
    "recentobjectshook",
    "sendmailcmd",
    "smtpserver",
    "smudge",
    "sshcommand",
    "textconv",
    "tocmd",
    "tunnel",
    "uploadpack",
];

/// Sections whose `path` is a program.
const TOOLS: &[&str] = &["browser", "difftool", "guitool", "man", "mergetool"];

/// Whether a value is for the shell where most are words of git's own: `!tools/st`, or a path.
fn is_marked(value: &str) -> bool {
    value.trim_start_matches('"').starts_with(['!', '/', '~'])
}

/// What ends a word in such a line.
const SIGNS: &str = "\"'\\!:;|&()=<>`$";

/// The words of a line for the shell, any of which may be a program; what stands in quotes is one as a whole, too.
pub(super) fn words(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|letter: char| letter.is_whitespace() || SIGNS.contains(letter));
    let quoted = line.split(['"', '\'']).skip(1).map(|part| part.trim_matches('\\'));
    words.filter(|word| !word.is_empty()).chain(quoted.filter(|part| part.contains(' ')))
}

/// What the settings in `text` name, in its order.
pub(super) fn values(text: &str) -> Vec<(Base, String)> {
    let (mut section, mut found) = (String::new(), Vec::new());
    // A line may go on behind its end.
    let text = text.replace("\\\r\n", " ").replace("\\\n", " ");
    for line in text.lines() {
        let mut line = line.trim();
        if let Some((head, rest)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            section = head.split(['"', ' ', '\t']).next().unwrap_or_default().to_ascii_lowercase();
            line = rest.trim();
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let value = value.trim();
        let base = match (section.as_str(), key.trim().to_ascii_lowercase().as_str()) {
            ("core", "hookspath" | "attributesfile") | ("init", "templatedir") => Base::Tree,
            ("include" | "includeif", "path") => Base::Git,
            ("core", "worktree") => Base::Own,
            ("alias", _) | (_, "helper" | "update") if is_marked(value) => Base::Line,
            // git-remote-ext(1)
            (_, "url" | "pushurl") if value.contains("::") => Base::Line,
            ("pager", _) => Base::Line,
            (section, "path") if TOOLS.contains(&section) => Base::Line,
            (_, key) if LINES.contains(&key) => Base::Line,
            _ => continue,
        };
        if base == Base::Line {
            found.push((base, value.to_owned()));
            continue;
        }
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
pub(super) fn plain(path: &Path) -> PathBuf {
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
            ("hookspath = x\n[core]\nhookspath\nfsmonitor = bin/watch", &[(Base::Line, "bin/watch")]),
            ("[filter \"x\"]\n\tclean = \"./a b\" %f", &[(Base::Line, "\"./a b\" %f")]),
            ("[Alias]\n\tst = !tools/st\n\tco = checkout", &[(Base::Line, "!tools/st")]),
            ("[credential]\n\thelper = store\n\thelper = \"!bin/x\"", &[(Base::Line, "\"!bin/x\"")]),
            ("[submodule \"x\"]\n\tpath = lib\n\tupdate = !bin/up", &[(Base::Line, "!bin/up")]),
            ("[mergetool \"m\"]\n\tpath = bin/m", &[(Base::Line, "bin/m")]),
            ("[core]\n\tsshCommand = sh -c \\\n bin/ssh", &[(Base::Line, "sh -c   bin/ssh")]),
            ("[init]\n\ttemplateDir = template", &[(Base::Tree, "template")]),
            ("[remote \"r\"]\n\turl = x@y:org/repo\n\turl = ext::bin/r", &[(Base::Line, "ext::bin/r")]),
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
            assert_eq!(base.of(&tree.join(".git"), tree, home, value), Path::new(expected));
        }
    }
}
