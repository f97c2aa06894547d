//! Where every client keeps its servers, and how it writes them: one row each.
//!
//! Adding a client is a file with one `Client` and a line in `CLIENTS`. Facts
//! and their sources are in the rows' comments; nothing here touches a disk.

mod amazonq;
mod amp;
mod antigravity;
mod claude_code;
mod claude_desktop;
mod cline;
mod codex;
mod continue_dev;
mod copilot_cli;
mod crush;
mod cursor;
mod gemini;
mod generic;
mod goose;
mod jetbrains;
mod kiro;
mod lm_studio;
mod opencode;
mod others;
mod policies;
mod roo;
mod visual_studio;
mod vscode;
mod warp;
mod windsurf;
mod zed;

use std::path::Path;

use serde::Serialize;
use ts_rs::TS;

use crate::dialect::{Dialect, NOTHING};
use crate::document::Format;

pub use policies::{POLICIES, Policy};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Os {
    Linux,
    Macos,
    Windows,
}

/// Whose file it is. The order is the one in which clients let one place win
/// over another: a later scope over an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Set for everybody on this computer, below the user's own.
    System,
    /// What came with an extension or a plugin.
    Extension,
    User,
    /// In a project, often shared with others.
    Project,
    /// The user's own for one project.
    Local,
    /// Set by an administrator, above everything.
    Managed,
}

/// How a client starts a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Only a short list of variables is handed down (client-formats §1.1).
    pub short_env: bool,
    /// The entry's `cwd` has an effect.
    pub cwd: bool,
}

/// When and how a file may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// Watched by the client, or read at its next start.
    Any,
    /// Its client writes its own copy back: only while none of these programs
    /// runs. A name with a `/` is a script that an interpreter runs, by the end of its path.
    Closed(&'static [&'static str]),
    /// Under the lock that its client takes as well: the folder `<file>.lock`.
    Locked,
    /// Never written by Warder; why, as a full sentence.
    Never(&'static str),
}

/// Entries whose launch line has to stay as it is; everything else of them may be changed.
#[derive(Clone, Copy, Debug)]
pub struct Fixed {
    pub when: When,
    /// Why, as a full sentence.
    pub why: &'static str,
}

/// Which entries a `Fixed` is about.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// Every entry of the file.
    Always,
    /// This member of the entry is `true`.
    True(&'static str),
    /// The entry has this name.
    Named(&'static str),
    /// The path of its program holds this text.
    Inside(&'static str),
    /// It sets one of these variables, in any case of letters.
    Sets(&'static [&'static str]),
    /// Its working folder is written like this.
    In(&'static str),
}

/// The folder a place is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    Home,
    /// `XDG_CONFIG_HOME`, `~/Library/Application Support`, `%APPDATA%`.
    Config,
    /// `XDG_CONFIG_HOME` or `~/.config`, on every system.
    DotConfig,
    /// `%LOCALAPPDATA%`; Windows only.
    LocalAppData,
    /// `%ProgramData%`; Windows only.
    ProgramData,
    /// `%ProgramFiles%`; Windows only.
    ProgramFiles,
    /// `/`; not on Windows.
    Root,
    /// The folder that this variable names, else this one below the home.
    Named(&'static str, &'static str),
    /// The folder or file that this variable names; nothing without it.
    Only(&'static str),
    /// A project folder given by the user.
    Project,
    /// A project folder and every folder above it, up to the home or the root;
    /// above, only files that are there.
    Above,
    /// The same up to the root of the project's repository; without one, as `Above`.
    RepositoryOrAbove,
    /// The same up to the root of the project's repository; without one, the project alone.
    Repository,
    /// Only files that the user names.
    Given,
}

impl Base {
    /// Whether what is in a folder counts in the folders below it too.
    pub fn reaches_down(self) -> bool {
        matches!(self, Base::Above | Base::RepositoryOrAbove | Base::Repository)
    }
}

/// What stands at a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A map: each member is an entry under its name.
    Map,
    /// A list: each item is an entry with its name under this key.
    List(&'static str),
    /// One entry; the path of its name from the top of the file.
    One(&'static [&'static str]),
}

/// A place inside a file where servers stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    /// The way from the top; `*` stands for every name.
    pub path: &'static [&'static str],
    pub holds: Holds,
    /// Where it is another one than the file's. With `Local` the name at `*` is
    /// the project's folder.
    pub scope: Option<Scope>,
}

/// A map of servers at `path`.
pub const fn map(path: &'static [&'static str]) -> Root {
    Root { path, holds: Holds::Map, scope: None }
}

/// What a remote entry without a type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untyped {
    Http,
    Sse,
    /// Server-sent events, and so is one with a type: the client does not look at it.
    AlwaysSse,
    /// The client does not take it.
    Refused,
}

/// What an entry with a program and a URL is, where its type does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Both {
    Program,
    Url,
    Refused,
    /// Nobody says; read as a program.
    Unclear,
}

/// How a program and its arguments stand in an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// A text, and a list beside it.
    Apart,
    /// One list.
    Whole,
    /// Both are read.
    Either,
}

/// The names that the parts of an entry have. Of several the first that is there counts.
#[derive(Clone, Copy, Debug)]
pub struct Spelling {
    pub words: Words,
    pub command: &'static [&'static str],
    pub args: &'static [&'static str],
    pub env: &'static [&'static str],
    pub cwd: &'static [&'static str],
    pub url: &'static [&'static str],
    pub headers: &'static [&'static str],
    /// Members that the parts may stand in instead of in the entry itself.
    pub inside: &'static [&'static str],
    /// On this system the parts in the member at this way win over the entry's own.
    pub over: &'static [(Os, &'static [&'static str])],
    /// Members that switch an entry off when they have this value.
    pub off: &'static [(&'static str, bool)],
    /// A remote entry without a `type`.
    pub untyped: Untyped,
    /// With the type `http` too the client takes SSE, where that is what answers.
    pub falls_back: bool,
    /// Of `url`, those that mean Streamable HTTP whatever `untyped` says.
    pub streams: &'static [&'static str],
    /// What a `type` may say; empty where the client does not look.
    pub types: &'static [&'static str],
    /// An entry has to say its `type`, one with a program too.
    pub typed: bool,
    /// An entry with a program and a URL.
    pub both: Both,
    /// An argument or a variable that is no text is a fault.
    pub texts_only: bool,
    /// An empty text for a program is a fault.
    pub never_empty: bool,
    /// Members that no entry may have.
    pub forbidden: &'static [&'static str],
    /// An entry may have the empty name.
    pub nameless: bool,
    /// For an entry that it cannot read the client refuses the whole file, not only that entry.
    pub spoils: bool,
}

/// Most clients', after Claude Desktop's.
pub const STANDARD: Spelling = Spelling {
    words: Words::Apart,
    command: &["command"],
    args: &["args"],
    env: &["env"],
    cwd: &["cwd"],
    url: &["url", "serverUrl", "httpUrl"],
    headers: &["headers"],
    inside: &[],
    over: &[],
    off: &[("disabled", true), ("enabled", false)],
    untyped: Untyped::Http,
    falls_back: false,
    streams: &["httpUrl"],
    types: &[],
    typed: false,
    both: Both::Unclear,
    texts_only: false,
    never_empty: false,
    forbidden: &[],
    nameless: true,
    spoils: false,
};

/// A place inside a file that switches servers off by name, apart from their entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Toggle {
    /// The way from the top; `*` stands for every name.
    pub path: &'static [&'static str],
    pub says: Says,
    /// Only servers of this scope are meant.
    pub of: Option<Scope>,
}

/// How a `Toggle` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// A list of names that are off; a `*` on the way is the folder of the project they are off in.
    Off,
    /// A list of names; every other one is off.
    Only,
    /// `false` under the name of a server, which stands at the `*`.
    ByName,
    /// `false` for everything in the folder that is named like the file (`x.json`, `x/`).
    ByFolder,
}

/// One place a client looks in.
#[derive(Clone, Copy, Debug)]
pub struct ConfigFile {
    /// The name this one file is asked for by, where the client's is not enough.
    pub id: Option<&'static str>,
    pub os: &'static [Os],
    pub base: Base,
    /// A `*` step stands for everything that matches, `**` for any number of folders.
    pub path: &'static str,
    /// Another client's file that this one reads too. It is listed once, as the
    /// owner's, with all its readers; only where the owner finds none of its
    /// roots it is read as this row says.
    pub guest: bool,
    pub scope: Scope,
    pub format: Format,
    pub roots: &'static [Root],
    /// Only the first root that is there counts.
    pub first_root: bool,
    /// Without its first root the client refuses the whole file.
    pub needed: bool,
    /// Not read where this file stands beside it, seen from `base`; empty: always read.
    pub unless: &'static str,
    pub toggles: &'static [Toggle],
    /// Its names are its own: an entry of the same name elsewhere is another server.
    pub apart: bool,
    /// While this file is there, its client uses no other.
    pub alone: bool,
    pub spelling: Spelling,
    pub expands: Dialect,
    pub writing: Writing,
    /// Entries that are not started through a launcher.
    pub fixed: &'static [Fixed],
    /// Where this file is there, its client writes and reads no other of the same scope.
    pub instead: bool,
    /// Its client turns every backslash of the text into a slash before it reads it.
    pub slashes: bool,
    /// VS Code's Settings Sync takes this file to the user's other computers.
    pub synced: bool,
    /// What is to be known before an entry here is changed, as full sentences.
    pub notes: &'static [&'static str],
}

/// A user's JSON file with `mcpServers`, to write rows short:
/// `ConfigFile { path: "…", ..FILE }`.
pub const FILE: ConfigFile = ConfigFile {
    id: None,
    os: ANY,
    base: Base::Home,
    path: "",
    guest: false,
    scope: Scope::User,
    format: Format::Json,
    roots: MCP_SERVERS,
    first_root: false,
    needed: false,
    unless: "",
    toggles: &[],
    apart: false,
    alone: false,
    spelling: STANDARD,
    expands: NOTHING,
    writing: Writing::Any,
    fixed: &[],
    instead: false,
    slashes: false,
    synced: false,
    notes: &[],
};

/// What happens to one name in several places of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameName {
    /// Each is a server of its own.
    Apart,
    /// The later scope's entry replaces the earlier one's.
    Replaced,
    /// The later scope's members are laid over the earlier one's.
    Merged,
}

#[derive(Debug)]
pub struct Client {
    pub id: &'static str,
    pub name: &'static str,
    /// The usual one first. Of equal scopes, a later row wins over an earlier one.
    pub files: &'static [ConfigFile],
    pub start: Start,
    /// Entries with a `url` are started; where not, they are skipped.
    pub remote: bool,
    pub same_name: SameName,
    /// Where this client itself can keep a key, for the README; empty where it cannot.
    pub own_secrets: &'static str,
    /// What the user has to do before a changed entry is used; a full sentence.
    pub after: &'static str,
}

pub const ANY: &[Os] = &[Os::Linux, Os::Macos, Os::Windows];
pub const UNIX: &[Os] = &[Os::Linux, Os::Macos];
pub const MCP_SERVERS: &[Root] = &[map(&["mcpServers"])];

/// Every client, sorted by id.
pub const CLIENTS: &[Client] = &[
    amazonq::CLIENT,
    amp::CLIENT,
    antigravity::CLIENT,
    others::BOLTAI,
    claude_code::CLIENT,
    claude_desktop::CLIENT,
    claude_desktop::THIRD_PARTY,
    cline::CLIENT,
    vscode::OSS,
    codex::CLIENT,
    continue_dev::CLIENT,
    copilot_cli::CLIENT,
    jetbrains::COPILOT,
    crush::CLIENT,
    cursor::CLIENT,
    windsurf::DEVIN,
    others::FACTORY,
    gemini::CLIENT,
    generic::CLIENT,
    goose::CLIENT,
    others::GROK,
    jetbrains::AI_ASSISTANT,
    jetbrains::JUNIE,
    others::KILO,
    others::KIMI,
    kiro::CLIENT,
    others::LIBRECHAT,
    lm_studio::CLIENT,
    others::MCPHUB,
    others::MCPO,
    opencode::CLIENT,
    others::QODER,
    gemini::QWEN,
    roo::CLIENT,
    others::TRAE,
    others::VIBE,
    visual_studio::CLIENT,
    vscode::CLIENT,
    vscode::INSIDERS,
    vscode::CODIUM,
    warp::CLIENT,
    windsurf::CLIENT,
    others::WITSY,
    zed::CLIENT,
];

/// A client by id.
pub fn client(id: &str) -> Option<&'static Client> {
    CLIENTS.iter().find(|client| client.id == id)
}

/// The client and file that a user means by an id and a path: `id` is a
/// client's or a single file's (`claude-code-user`); of several files the one
/// whose place ends like the path, else one with its extension, else the first.
pub fn named(id: &str, path: &Path) -> Option<(&'static Client, &'static ConfigFile)> {
    let file =
        |client: &'static Client| client.files.iter().find(|file| file.id == Some(id)).map(|file| (client, file));
    if let Some(found) = CLIENTS.iter().find_map(file) {
        return Some(found);
    }
    let client = client(id)?;
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let by_place = client.files.iter().find(|file| stands_at(file, path));
    let by_extension = || client.files.iter().find(|file| file.format.extensions().contains(&extension));
    Some((client, by_place.or_else(by_extension).unwrap_or(&client.files[0])))
}

/// The client whose table names a file at this path, by the end of the path;
/// `generic` when none does.
pub fn of_path(path: &Path) -> (&'static Client, &'static ConfigFile) {
    let found = CLIENTS.iter().find_map(|client| {
        client.files.iter().find(|file| !file.guest && stands_at(file, path)).map(|file| (client, file))
    });
    found.or_else(|| named("generic", path)).expect("generic is in the table")
}

/// Whether a path ends as a row's place does, and could not as well be anybody's.
pub fn stands_at(file: &ConfigFile, path: &Path) -> bool {
    let text = path.to_string_lossy().replace('\\', "/");
    let usual = if let Base::Named(_, usual) = file.base { usual } else { "" };
    let whole = format!("{usual}{}{}", if usual.is_empty() { "" } else { "/" }, file.path);
    let (before, place) = whole.rsplit_once("**/").unwrap_or(("", &whole));
    let mut steps: Vec<&str> = text.split('/').collect();
    let wanted: Vec<&str> = place.split('/').collect();
    let Some(first) = steps.len().checked_sub(wanted.len()) else { return false };
    let end = steps.split_off(first);
    let fits = wanted.iter().zip(&end).all(|(wanted, step)| matches(wanted, step));
    // A bare name that is not a hidden file's could be anybody's.
    let telling = wanted.len() > 1 || wanted[0].starts_with('.') || wanted[0].starts_with("*.code");
    fits && telling && (before.is_empty() || format!("{}/", steps.join("/")).contains(&format!("/{before}")))
}

/// Whether a name fits a step with at most one `*`.
pub fn matches(step: &str, name: &str) -> bool {
    match step.split_once('*') {
        Some((head, tail)) => name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail),
        None => step == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_ids_are_unique() {
        let rows = CLIENTS.iter().flat_map(|client| client.files).filter_map(|file| file.id);
        let mut ids: Vec<&str> = CLIENTS.iter().map(|client| client.id).collect();
        assert!(ids.is_sorted());
        ids.extend(rows);
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }

    #[test]
    fn a_path_names_its_client() {
        for (path, id) in [
            ("/home/ana/.cursor/mcp.json", "cursor"),
            ("/home/ana/code/app/.vscode/mcp.json", "vscode"),
            ("/home/ana/.config/Code - Insiders/User/mcp.json", "vscode-insiders"),
            ("/x/Claude/claude_desktop_config.json", "claude-desktop"),
            ("/x/.mcp.json", "claude-code"),
            ("/home/ana/.claude.json", "claude-code"),
            ("/home/ana/.claude/plugins/cache/a/b/.mcp.json", "claude-code"),
            ("/home/ana/.junie/mcp/any.json", "junie"),
            ("/home/ana/code/app/app.code-workspace", "vscode"),
            ("C:\\Users\\ana\\AppData\\Roaming\\devin\\mcp_config.json", "devin"),
            ("/x/whatever.json", "generic"),
            ("/x/mcp.json", "generic"),
        ] {
            assert_eq!(of_path(Path::new(path)).0.id, id, "{path}");
        }
    }

    #[test]
    fn one_file_has_an_id_of_its_own() {
        let (client, file) = named("claude-code-user", Path::new("/x/y.json")).expect("it is in the table");
        assert_eq!((client.id, file.path), ("claude-code", ".claude.json"));
        assert_eq!(named("claude-code", Path::new("/x/.mcp.json")).expect("it is there").1.path, ".mcp.json");
    }
}
