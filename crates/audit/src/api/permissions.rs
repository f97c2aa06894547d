//! What a fence allows, and how that is changed.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a fenced server may do, in words. Texts are masked and escaped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Permissions {
    pub engine: EngineName,
    /// What the engine cannot keep it from, full sentences.
    pub leaves_open: Vec<String>,
    /// It may read: `~/code/app`. Its own program is among them.
    pub read: Vec<String>,
    /// It may read and write.
    pub write: Vec<String>,
    pub network: NetworkChoice,
    /// It may reach, where `network` is `hosts`: `api.github.com`.
    pub reach: Vec<String>,
    /// It may run: the program, and the package it runs from.
    pub run: Vec<String>,
    /// Names of the variables it gets.
    pub variables: Vec<String>,
    /// The folder that is its home inside; null: an empty one at each start.
    pub keeps_home: Option<String>,
    /// It may make user namespaces, as browsers do.
    pub user_namespaces: bool,
}

/// What makes the fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum EngineName {
    Bubblewrap,
    /// Keeps it from less, as `leavesOpen` says; never taken unless it is chosen.
    Landlock,
}

/// What a server gets of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum NetworkChoice {
    None,
    /// The hosts that are named, and no others.
    Hosts,
    All,
}

/// Permissions as they are and as they will be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct PermissionsChange {
    /// Null: no fence, so everything.
    pub before: Option<Permissions>,
    pub after: Permissions,
    /// What it may besides, one full sentence each; empty where there was no fence.
    pub more: Vec<String>,
    /// What it may no longer.
    pub less: Vec<String>,
}

/// A host that a server tried to reach and may not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Refused {
    pub host: String,
    pub port: u16,
    pub times: u64,
    /// RFC 3339, UTC.
    pub last: String,
}

/// What a fix would allow if nothing else is chosen: fills a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
    pub fix: String,
    pub engine: EngineName,
    pub folders: Vec<ProposedFolder>,
    /// Null: must be answered, `notes` say why.
    pub network: Option<NetworkChoice>,
    pub hosts: Vec<ProposedHost>,
    /// What the user should know, full sentences.
    pub notes: Vec<String>,
    /// What `Learn` would start, whole; null where there is no fence yet.
    pub learns: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct ProposedFolder {
    /// Absolute.
    pub path: String,
    /// `~/code/app`.
    pub shown: String,
    pub write: bool,
    /// `its argument`, `its variable DATA_DIR`.
    pub why: String,
    /// It is a part of the server itself, or named by its entry: it stays.
    pub fixed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct ProposedHost {
    /// As `Choices.hosts` takes it: `api.github.com`, `db.example.com:5432`.
    pub host: String,
    /// `its argument`, `the catalogue: what some-mcp calls`.
    pub why: String,
}
