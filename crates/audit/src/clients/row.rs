//! What a row of the table says: where a file lies, what stands where in it,
//! and how it may be written.

use serde::Serialize;
use ts_rs::TS;

use crate::dialect::{Dialect, NOTHING};
use crate::document::Format;

pub const ANY: &[Os] = &[Os::Linux, Os::Macos, Os::Windows];
pub const UNIX: &[Os] = &[Os::Linux, Os::Macos];
pub const MCP_SERVERS: &[Root] = &[map(&["mcpServers"])];

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
    /// This member of the entry is this text.
    Says(&'static str, &'static str),
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
    /// The folder that a setting names, in one of these files (JSON with comments) below another base. As it stands
    /// there: its client puts nothing in, and what is not absolute could be anywhere.
    Told(&'static Base, &'static [&'static str], &'static str),
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
    /// A list: each item is a map of entries under their names, or the name of one elsewhere.
    Items,
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
    /// How its entries are left out, where it is another way than the file's.
    pub switch: Option<(&'static str, bool)>,
}

/// A map of servers at `path`.
pub const fn map(path: &'static [&'static str]) -> Root {
    Root { path, holds: Holds::Map, scope: None, switch: None }
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

/// A member of an entry that lets tools run without asking the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// A list of tools; `*` in it stands for all.
    List(&'static str),
    /// `true`: every tool.
    True(&'static str),
    /// This text: every tool.
    Says(&'static str, &'static str),
    /// A map of tools, each a map with this member and this text.
    Each(&'static str, &'static str, &'static str),
}

/// A list of tools of any server that run without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allows {
    /// The way from the top; `*` stands for the folder of the project it counts in.
    pub path: &'static [&'static str],
    pub named: Naming,
}

/// How a tool and its server are named together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// `mcp__server__tool`, `mcp__server`.
    Underscores,
    /// `@server/tool`, `@server`; only of the servers of the same file.
    At,
}

/// The names that the parts of an entry have. Of several the first that is there counts.
#[derive(Clone, Copy, Debug)]
pub struct Spelling {
    pub words: Words,
    pub command: &'static [&'static str],
    pub args: &'static [&'static str],
    pub env: &'static [&'static str],
    pub cwd: &'static [&'static str],
    /// A file of variables, `NAME=value` in each line; empty where the client reads none.
    pub env_file: &'static [&'static str],
    pub url: &'static [&'static str],
    pub headers: &'static [&'static str],
    /// The line of a program that the client asks for headers; empty where it asks none.
    pub helper: &'static [&'static str],
    /// Members that the parts may stand in instead of in the entry itself.
    pub inside: &'static [&'static str],
    /// On this system the parts in the member at this way win over the entry's own.
    pub over: &'static [(Os, &'static [&'static str])],
    /// Members that switch an entry off when they have this value.
    pub off: &'static [(&'static str, bool)],
    /// The member, and its value, by which its client itself leaves an entry out; `None`
    /// where it takes no notice of one, or it is not known.
    pub switch: Option<(&'static str, bool)>,
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
    /// Members that let tools run without asking.
    pub approves: &'static [Approval],
    /// Only what the files of this table say can let a tool of an entry run without asking.
    pub approves_here: bool,
}

/// Most clients', after Claude Desktop's.
pub const STANDARD: Spelling = Spelling {
    words: Words::Apart,
    command: &["command"],
    args: &["args"],
    env: &["env"],
    cwd: &["cwd"],
    env_file: &[],
    url: &["url", "serverUrl", "httpUrl"],
    headers: &["headers"],
    helper: &[],
    inside: &[],
    over: &[],
    off: &[("disabled", true), ("enabled", false)],
    switch: None,
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
    approves: &[],
    approves_here: false,
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

/// A setting by which a client asks less than it does by itself.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The way to it from the top.
    pub path: &'static [&'static str],
    pub value: Word,
    /// It says so much only together with this one.
    pub with: Option<(&'static [&'static str], Word)>,
    /// Something at this way, in any file of the client, takes its force away; empty: nothing does.
    pub unless: &'static [&'static str],
    pub skips: Skips,
    /// What to write instead; `None`: without it the client asks.
    pub instead: Option<Word>,
    /// The last version that looks at it; `None`: today's does.
    pub until: Option<&'static str>,
}

/// What a client does not ask for any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skips {
    /// Whether a tool may be called, whichever it is.
    Calls,
    /// Whether the servers that a project brings may start.
    Projects,
}

/// A value of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Yes,
    No,
    Text(&'static str),
}

/// Every call of a tool goes unasked, to write settings short.
pub const CALLS: Setting =
    Setting { path: &[], value: Word::Yes, with: None, unless: &[], skips: Skips::Calls, instead: None, until: None };

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
    /// Texts may stand in the place of its servers: paths, seen from the folder above its own, of
    /// files that are read as this row says.
    pub names: Option<&'static ConfigFile>,
    /// Not read where this file stands beside it, seen from `base`; empty: always read.
    pub unless: &'static str,
    pub toggles: &'static [Toggle],
    /// The way to the list of what `${input:x}` stands for; empty: there is none.
    pub inputs: &'static [&'static str],
    /// Settings in it that switch questions off.
    pub settings: &'static [Setting],
    pub allows: &'static [Allows],
    /// Its names are its own: an entry of the same name elsewhere is another server.
    pub apart: bool,
    /// While this file is there, its client uses no other.
    pub alone: bool,
    /// Used all the same while there is such a file.
    pub beside: bool,
    pub spelling: Spelling,
    pub expands: Dialect,
    pub writing: Writing,
    /// Entries that are not started through a launcher.
    pub fixed: &'static [Fixed],
    /// Where this file is there, its client writes and reads no other of the same scope.
    pub instead: bool,
    /// The name in an entry that has its client fence the server itself.
    pub fences: Option<&'static str>,
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
    names: None,
    unless: "",
    toggles: &[],
    inputs: &[],
    settings: &[],
    allows: &[],
    apart: false,
    alone: false,
    beside: false,
    spelling: STANDARD,
    expands: NOTHING,
    writing: Writing::Any,
    fixed: &[],
    instead: false,
    fences: None,
    slashes: false,
    synced: false,
    notes: &[],
};
