//! Where copies of a key may lie on this computer: files, and folders to go through.
//!
//! From the configs that were found, the table of clients and the places that
//! editors, shells and clients document. Names only; nothing is opened here.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::api::CopyKind;
use crate::clients::{Base, Client, ConfigFile, Os, named};
use crate::document::is_remote;
use crate::env::Env;
use crate::machine::{FileState, FoundFile, Machine};

/// One place, and whose file it is there: what may hold it while it is written.
pub(super) struct Place {
    pub(super) kind: CopyKind,
    pub(super) path: PathBuf,
    pub(super) owner: (&'static Client, &'static ConfigFile),
    /// A folder: files of this name (one `*`) at any depth; `None`: a file.
    pub(super) below: Option<&'static str>,
}

/// Editors made of VS Code whose folder no config of the table names (client-formats §2.1 has
/// the others): each keeps its `User` folder where VS Code does.
const EDITORS: &[&str] =
    &["Cursor", "Windsurf", "Windsurf - Next", "Devin", "Antigravity", "Kiro", "Trae", "Qoder", "Void", "Positron"];

/// What clients write down themselves, by their documentation and source; `*` as in the table of clients.
const CLIENTS: &[(CopyKind, &str, Base, &str, &str)] = &[
    // code.claude.com/docs/en/claude-directory
    (CopyKind::Conversation, "claude-code", Base::Named("CLAUDE_CONFIG_DIR", ".claude"), "projects", "*"),
    (CopyKind::Conversation, "claude-code", Base::Named("CLAUDE_CONFIG_DIR", ".claude"), "history.jsonl", ""),
    (CopyKind::Conversation, "claude-code", Base::Named("CLAUDE_CONFIG_DIR", ".claude"), "file-history", "*"),
    (CopyKind::Conversation, "claude-code", Base::Named("CLAUDE_CONFIG_DIR", ".claude"), "paste-cache", "*"),
    (CopyKind::Log, "claude-code", Base::Named("CLAUDE_CONFIG_DIR", ".claude"), "debug", "*"),
    (CopyKind::Log, "claude-code", Base::Named("CLAUDE_CONFIG_DIR", ".claude"), "shell-snapshots", "*"),
    (CopyKind::Backup, "claude-code", Base::Named("CLAUDE_CONFIG_DIR", ".claude"), "backups", "*"),
    // Its logs of MCP servers, in the cache folder of each system.
    (CopyKind::Log, "claude-code", Base::Home, ".cache/claude-cli-nodejs", "*"),
    (CopyKind::Log, "claude-code", Base::Home, "Library/Caches/claude-cli-nodejs", "*"),
    (CopyKind::Log, "claude-code", Base::LocalAppData, "claude-cli-nodejs/Cache", "*"),
    // modelcontextprotocol.io, debugging: Claude Desktop's logs. Elsewhere they lie beside its config.
    (CopyKind::Log, "claude-desktop", Base::Home, "Library/Logs/Claude", "*.log"),
    // openai/codex, docs/config.md: `CODEX_HOME`.
    (CopyKind::Conversation, "codex", Base::Named("CODEX_HOME", ".codex"), "sessions", "*"),
    (CopyKind::Conversation, "codex", Base::Named("CODEX_HOME", ".codex"), "archived_sessions", "*"),
    (CopyKind::Conversation, "codex", Base::Named("CODEX_HOME", ".codex"), "history.jsonl", ""),
    (CopyKind::Log, "codex", Base::Named("CODEX_HOME", ".codex"), "log", "*"),
    // geminicli.com/docs/cli/commands: chats and checkpoints of each project; Qwen Code is made of it.
    (CopyKind::Conversation, "gemini", Base::Named("GEMINI_CLI_HOME", ""), ".gemini/tmp", "*"),
    (CopyKind::Conversation, "qwen", Base::Home, ".qwen/tmp", "*"),
    (CopyKind::Conversation, "qwen", Base::Home, ".qwen/projects", "*"),
];

/// Histories of shells, by their manuals.
const SHELLS: &[(Base, &str)] = &[
    (Base::Home, ".bash_history"),
    (Base::Home, ".zsh_history"),
    (Base::Home, ".zhistory"),
    (Base::Home, ".histfile"),
    (Base::Home, ".sh_history"),
    (Base::Home, ".python_history"),
    (Base::Home, ".node_repl_history"),
    (Base::Named("XDG_DATA_HOME", ".local/share"), "fish/fish_history"),
    (Base::Named("XDG_DATA_HOME", ".local/share"), "powershell/PSReadLine/ConsoleHost_history.txt"),
    (Base::Config, "Microsoft/Windows/PowerShell/PSReadLine/ConsoleHost_history.txt"),
    (Base::DotConfig, "nushell/history.txt"),
];

/// Files in which people keep keys for other programs.
const SETTINGS: &[&str] = &[
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".npmrc",
    ".netrc",
    "_netrc",
    ".pypirc",
    ".yarnrc.yml",
    ".git-credentials",
    ".config/fish/config.fish",
    ".config/environment.d/*",
    ".config/git/credentials",
];

/// Every place, each path once; the surer kind first.
pub(super) fn places(machine: &Machine) -> Vec<Place> {
    let mut all = Places { env: &machine.env, list: Vec::new(), known: HashSet::new() };
    all.configs(machine);
    all.variables(machine);
    all.editors(machine);
    all.clients(machine);
    all.shells();
    all.list
}

struct Places<'a> {
    env: &'a Env,
    list: Vec<Place>,
    known: HashSet<PathBuf>,
}

impl Places<'_> {
    fn add(&mut self, kind: CopyKind, path: PathBuf, owner: Owner, below: Option<&'static str>) {
        if !is_remote(&path) && self.known.insert(path.clone()) {
            self.list.push(Place { kind, path, owner, below });
        }
    }

    /// The configs themselves, first, so that none is taken for a backup of another; then what lies beside them.
    fn configs(&mut self, machine: &Machine) {
        let there = || machine.files.iter().filter(|file| !matches!(file.state, FileState::Missing));
        there().for_each(|file| self.add(CopyKind::Config, file.path.clone(), owner(file), None));
        // A backup outlives the file it is of.
        for file in &machine.files {
            let (Some(folder), Some(name)) = (file.path.parent(), file.path.file_name().and_then(|name| name.to_str()))
            else {
                continue;
            };
            for (path, beside) in names(folder) {
                if is_backup(&beside, name) {
                    self.add(CopyKind::Backup, path, owner(file), None);
                }
            }
        }
    }

    /// Files of variables: beside the configs, in their projects, and those that entries name.
    fn variables(&mut self, machine: &Machine) {
        let facts = machine.facts.servers.iter().filter_map(|facts| facts.env_file.as_ref());
        facts.for_each(|file| self.add(CopyKind::EnvFile, file.path.clone(), anybody(), None));
        let mut folders: Vec<&Path> = machine.env.projects.iter().map(PathBuf::as_path).collect();
        for file in machine.files.iter().filter(|file| matches!(file.state, FileState::Read(_))) {
            folders.extend(file.path.parent());
            folders.extend(file.project.as_deref());
        }
        folders.extend(machine.servers.iter().filter_map(|server| server.project.as_deref()));
        folders.sort_unstable();
        folders.dedup();
        for folder in folders {
            for (path, name) in names(folder) {
                if is_env_file(&name) {
                    self.add(CopyKind::EnvFile, path, anybody(), None);
                }
            }
        }
    }

    /// Everything made of VS Code: older versions of files, unsaved ones, logs, chats.
    fn editors(&mut self, machine: &Machine) {
        let is_user = |folder: &&Path| folder.file_name().is_some_and(|name| name == "User");
        let of_rows = machine.files.iter().filter_map(|file| {
            let user = file.path.ancestors().find(is_user)?;
            // How its configs are written says nothing of these.
            Some((user.to_owned(), named(file.client.id, Path::new(""))?))
        });
        let config = self.env.base(Base::Config);
        let code = named("vscode", Path::new("")).expect("it is in the table");
        let more = EDITORS.iter().filter_map(|name| Some((config.as_ref()?.join(name).join("User"), code)));
        for (user, owner) in of_rows.chain(more).collect::<Vec<_>>() {
            self.add(CopyKind::LocalHistory, user.join("History"), owner, Some("*"));
            for chats in ["chatSessions", "chatEditingSessions"] {
                let folders = names(&user.join("workspaceStorage"));
                folders.for_each(|(path, _)| self.add(CopyKind::Conversation, path.join(chats), owner, Some("*")));
            }
            let Some(data) = user.parent() else { continue };
            self.add(CopyKind::Log, data.join("logs"), owner, Some("*"));
            self.add(CopyKind::Log, data.join("Backups"), owner, Some("*"));
        }
    }

    fn clients(&mut self, machine: &Machine) {
        for (kind, client, base, path, below) in CLIENTS {
            let owner = named(client, Path::new("")).unwrap_or_else(anybody);
            let Some(base) = self.env.base(*base) else { continue };
            self.add(*kind, base.join(path), owner, (!below.is_empty()).then_some(*below));
        }
        let desktop = machine.files.iter().filter(|file| file.client.id.starts_with("claude-desktop"));
        for file in desktop {
            let folder = file.path.parent().map(|folder| folder.join("logs"));
            folder.into_iter().for_each(|folder| self.add(CopyKind::Log, folder, owner(file), Some("*.log")));
        }
    }

    fn shells(&mut self) {
        for (base, path) in SHELLS {
            let base = self.env.base(*base);
            base.into_iter().for_each(|base| self.add(CopyKind::ShellHistory, base.join(path), anybody(), None));
        }
        // What a shell was told to use; only in the home, which a scan of another one never leaves.
        let told = self.env.vars.get("HISTFILE").map(PathBuf::from).filter(|path| path.starts_with(&self.env.home));
        told.into_iter().for_each(|path| self.add(CopyKind::ShellHistory, path, anybody(), None));
        for folder in [".zsh_sessions", ".bash_sessions"].into_iter().filter(|_| self.env.os == Os::Macos) {
            self.add(CopyKind::ShellHistory, self.env.home.join(folder), anybody(), Some("*"));
        }
        for name in SETTINGS {
            match name.strip_suffix("/*") {
                Some(folder) => self.add(CopyKind::Settings, self.env.home.join(folder), anybody(), Some("*")),
                None => self.add(CopyKind::Settings, self.env.home.join(name), anybody(), None),
            }
        }
    }
}

type Owner = (&'static Client, &'static ConfigFile);

fn owner(file: &FoundFile) -> Owner {
    (file.client, file.row)
}

/// A file that no client holds.
fn anybody() -> Owner {
    named("generic", Path::new("")).expect("it is in the table")
}

/// What stands in a folder of this computer, in name order, as far as the names are text.
fn names(folder: &Path) -> impl Iterator<Item = (PathBuf, String)> + use<> {
    let entries = if is_remote(folder) { None } else { fs::read_dir(folder).ok() };
    let named = |entry: fs::DirEntry| Some((entry.path(), entry.file_name().into_string().ok()?));
    let mut names: Vec<_> = entries.into_iter().flatten().flatten().filter_map(named).collect();
    names.sort();
    names.into_iter()
}

/// `.env`, `.env.local`, `prod.env`, direnv's `.envrc`.
pub(super) fn is_env_file(name: &str) -> bool {
    name == ".env" || name == ".envrc" || name.starts_with(".env.") || name.ends_with(".env")
}

/// Whether `name` is a copy of `of` beside it, by how editors, people and programs call one:
/// `mcp.json.bak`, `mcp.json~`, `.mcp.json.swp`, `#mcp.json#`, `mcp.json.2`, `mcp (1).json`, `mcp copy.json`.
pub(super) fn is_backup(name: &str, of: &str) -> bool {
    if name == of {
        return false;
    }
    let bare = |text: &str| text.trim_start_matches(['.', '#']).to_lowercase();
    let (name, of) = (bare(name), bare(of));
    let fronts = ["copy of ", "backup of ", "backup-", "backup_", "bak-", "old-", "old_", "orig-"];
    let Some(rest) = fronts.iter().find_map(|front| name.strip_prefix(front)).or(Some(name.as_str())) else {
        return false;
    };
    if rest.len() < name.len() && rest == of {
        return true;
    }
    // Behind the whole name anything is a copy, but a word of letters alone may be another file's ending.
    if let Some(behind) = rest.strip_prefix(&of) {
        return behind.starts_with(['.', '~', '-', '_', ' ', '#', '(']) && !behind.ends_with(".lock");
    }
    let Some((stem, ending)) = of.rsplit_once('.') else { return false };
    let middle = rest.strip_prefix(stem).and_then(|rest| rest.strip_suffix(ending)?.strip_suffix('.'));
    let Some(middle) = middle.filter(|middle| middle.starts_with(['.', '-', '_', ' ', '(', '~'])) else {
        return false;
    };
    let marks = ["bak", "backup", "old", "orig", "copy", "save", "prev"];
    marks.iter().any(|mark| middle.contains(mark)) || middle.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_beside_a_config_is_known_by_its_name() {
        for (name, of, expected) in [
            ("mcp.json", "mcp.json", false),
            ("mcp.json.bak", "mcp.json", true),
            ("mcp.json.backup-2026", "mcp.json", true),
            ("mcp.json.old", "mcp.json", true),
            ("mcp.json.orig", "mcp.json", true),
            ("mcp.json~", "mcp.json", true),
            ("mcp.json.~1~", "mcp.json", true),
            ("mcp.json.3", "mcp.json", true),
            ("mcp.json_20260101", "mcp.json", true),
            (".mcp.json.swp", "mcp.json", true),
            (".mcp.json.swp", ".mcp.json", true),
            ("#mcp.json#", "mcp.json", true),
            ("mcp (1).json", "mcp.json", true),
            ("mcp copy.json", "mcp.json", true),
            ("mcp-backup.json", "mcp.json", true),
            ("mcp.bak.json", "mcp.json", true),
            ("Copy of mcp.json", "mcp.json", true),
            (".claude.json.backup", ".claude.json", true),
            (".claude.json.corrupted.1700000000", ".claude.json", true),
            ("config.yaml.bak.2", "config.yaml", true),
            ("mcp.json.lock", "mcp.json", false),
            ("mcp.jsonc", "mcp.json", false),
            ("mcp-servers.json", "mcp.json", false),
            ("other.json.bak", "mcp.json", false),
            ("mcp", "mcp.json", false),
            ("", "mcp.json", false),
            ("é.json", "mcp.json", false),
        ] {
            assert_eq!(is_backup(name, of), expected, "{name} of {of}");
        }
    }
}
