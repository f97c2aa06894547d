//! One server of a report, and how its score comes about.

use serde::Serialize;
use ts_rs::TS;

use super::{Band, Permissions, Refused, Score};
use crate::clients::Scope;
use crate::server::Kind;
use crate::server::command::{Ecosystem, Launcher};

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Server {
    pub id: String,
    pub client: String,
    /// A file's id.
    pub file: String,
    pub name: String,
    pub pointer: String,
    pub line: usize,
    pub enabled: bool,
    pub profile: Kind,
    pub transport: TransportName,
    /// Null for a remote server.
    pub launcher: Option<Launcher>,
    /// Program and arguments as configured, masked; empty for a remote server.
    pub command: Vec<String>,
    pub url: Option<String>,
    pub package: Option<Package>,
    /// Plain names of the programs in front of the launcher, outermost first: `cmd`, `env`, `mise`.
    pub wrappers: Vec<String>,
    /// The package or program that bridges to `url`: `mcp-remote`.
    pub remote_via: Option<String>,
    /// What the package starts in turn, as it names it: `@smithery/cli run NAME`.
    pub inner_package: Option<String>,
    pub score: ServerScore,
    /// The client's name for people.
    pub client_name: String,
    pub protection: Protection,
    pub scope: Scope,
    /// The folder this entry counts in, for people; null everywhere.
    pub project: Option<String>,
    /// Ids of the other entries that start the same server.
    pub also: Vec<String>,
    /// Ids of the entries of the same name that win over this one where they count.
    pub under: Vec<String>,
    /// Null where Warder made no fence around it.
    pub permissions: Option<Permissions>,
    /// What it tried to reach and may not, most often first.
    pub refused: Vec<Refused>,
    /// Repositories that came to be where it may write, and have git run programs: nobody has looked at them yet.
    pub made: Vec<String>,
    pub reach: Reach,
}

/// What a server may do on this computer, a few words each, as far as its entry says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Reach {
    /// `everything you can`, `1 folder, read only`, `not on this machine`.
    pub files: String,
    /// `anywhere`, `none`, `mcp.linear.app`.
    pub network: String,
    /// `1 in plain text`, `2 in the keychain`, `none`.
    pub secrets: String,
    /// Whether its client asks before it is used: `always`, `never`, `not before 2 tools`, `as Cursor decides`.
    pub approval: String,
}

/// What Warder already does for an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Protection {
    None,
    /// Keys come from the keychain.
    Keychain,
    /// Runs in a sandbox (keys come from the keychain, if any were moved).
    Sandbox,
    /// It names a profile that cannot be read: it will not start, or gets no keys where it is elsewhere.
    Broken,
    /// It is not what its profile approved: it will not start, or gets no keys where it is elsewhere.
    Changed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum TransportName {
    Stdio,
    Http,
    Sse,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Package {
    pub ecosystem: Ecosystem,
    pub name: String,
    pub version: Option<String>,
    pub pinned: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct ServerScore {
    #[serde(flatten)]
    pub total: Score,
    /// By dimension: `SC`, `PV` …; those of the server's profile only.
    #[ts(type = "Record<string, DimensionScore>")]
    pub dimensions: std::collections::BTreeMap<String, DimensionScore>,
    /// Score before the limit, one decimal.
    pub base: Option<f64>,
    /// 1, .89, .69, .39 or .19.
    pub limit: Option<f64>,
    /// Every point lost, largest first; they add up to 100 minus the score (before rounding).
    pub deductions: Vec<Deduction>,
    /// Null when nothing gains.
    pub next: Option<Next>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct DimensionScore {
    pub score: f64,
    /// Share of the checks that were evaluated, 0 to 1.
    pub coverage: f64,
    pub weight: f64,
}

/// Points lost to one finding, or to what was not looked at.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Deduction {
    pub points: f64,
    /// A finding's id; null for what was not looked at.
    pub finding: Option<String>,
    /// For people: `Version not pinned`, `Not looked at yet: online data, the running server`.
    pub label: String,
}

/// The fixes that together gain most.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Next {
    /// One finding of each root cause, at most two.
    pub findings: Vec<String>,
    /// The score once they are mended.
    pub score: u32,
    pub band: Band,
    /// The score with nothing found at all, as much as was looked at now.
    pub clean: u32,
}
