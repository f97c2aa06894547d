//! The rules: one const each, one list, one test that runs their documentation.
//!
//! A rule is a pure function from what was found to what is wrong with it: no
//! disk, no clock, no network, and it cannot fail. What it could not judge it
//! does not mark as evaluated, so that not looking never looks good.

pub(crate) mod endpoint;
mod named;
mod nodes;
mod offer;
mod place;
mod runs;
mod settings;
mod words;

pub mod code;
pub mod credentials;
pub mod later;
pub mod machine;
#[cfg(test)]
mod pages;
pub mod permissions;
pub mod remote;
pub mod runtime;
pub mod supply_chain;
#[cfg(test)]
mod tests;
pub mod transport;
pub mod verification;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::finding::{Act, Confidence, Dimension, Finding, Fix, Group, KINDS, Place, Safety, ServerIndex, Severity};
use crate::machine::Machine;
use crate::server::{Command, Server};
use credentials::literals::Literals;

/// When a rule's evidence is there (rules-and-scoring, notation).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    T0,
    T1,
    T2,
    T3,
    T4,
}

/// A check of the coverage table (§3.3): evaluated or unknown per server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    Pin,
    SourceKind,
    MaliciousList,
    Vulnerabilities,
    InstallScripts,
    Maintenance,
    Name,
    RepositoryLink,
    Provenance,
    Licence,
    RegistryEntry,
    LaunchLine,
    Environment,
    ScriptFiles,
    ArtefactScan,
    Operator,
    HostClass,
    AuthProbe,
    TransportUrl,
    TlsSettings,
    LiveConformance,
    Inline,
    FileMode,
    VersionControl,
    Reuse,
    ArgumentScope,
    AutoApproval,
    SandboxLayer,
    Tools,
    MetadataScan,
    PinEqual,
    Sessions,
}

/// What is wrong, as data.
pub struct Rule {
    pub id: &'static str,
    pub title: &'static str,
    pub dimension: Dimension,
    pub severity: Severity,
    pub tier: Tier,
    /// The best that its fixes can be.
    pub fix: Safety,
    /// `MCP01`, `CWE-526`.
    pub maps: &'static [&'static str],
    /// The rule's page, Markdown.
    pub docs: &'static str,
    pub check: fn(&Machine, &mut Findings),
}

/// Where rules put what they saw.
#[derive(Default)]
pub struct Findings {
    pub found: Vec<Finding>,
    /// Checks really evaluated, per server: a bit each.
    evaluated: Vec<u32>,
    /// The secrets of the machine, once a rule asked for them.
    literals: Option<Arc<Literals>>,
    /// Every id given, the first of a place with the number of its last.
    given: HashMap<String, usize>,
}

impl Findings {
    /// Adds a finding of `rule` with the rule's own severity and no group;
    /// `group`, `severity` and fixes may be changed on what comes back.
    pub fn add(
        &mut self,
        machine: &Machine,
        rule: &Rule,
        server: Option<ServerIndex>,
        place: Place,
        confidence: Confidence,
        message: String,
    ) -> &mut Finding {
        let shown = machine.files.get(place.file.0).map_or("", |file| file.shown.as_str());
        let pointer = place.at.to_string();
        // A second finding of the same rule at the same place: numbered, so the
        // ids depend on nothing but the order in which the rule looks.
        let first = finding_id(rule.id, shown, &pointer, 1);
        let mut nth = self.given.get(&first).map_or(1, |last| last + 1);
        let mut id = finding_id(rule.id, shown, &pointer, nth);
        while self.given.contains_key(&id) {
            nth += 1;
            id = finding_id(rule.id, shown, &pointer, nth);
        }
        self.given.insert(id.clone(), nth);
        self.given.insert(first, nth);
        self.found.push(Finding {
            id,
            rule: rule.id,
            dimension: rule.dimension,
            severity: rule.severity,
            confidence,
            group: None,
            message,
            server,
            also: Vec::new(),
            place,
            fixes: Vec::new(),
        });
        self.found.last_mut().expect("one was just added")
    }

    /// Every secret in plain text that the rules came upon, as it is: for those who
    /// keep it out of what is shown. None before a run.
    pub fn secrets(&self, machine: &Machine) -> Vec<String> {
        self.literals.as_ref().map(|literals| literals.values(machine)).unwrap_or_default()
    }

    /// Notes that `check` was really evaluated for `server`.
    pub fn evaluated(&mut self, server: ServerIndex, check: Check) {
        if self.evaluated.len() <= server.0 {
            self.evaluated.resize(server.0 + 1, 0);
        }
        self.evaluated[server.0] |= 1 << check as u32;
    }

    /// Whether it was.
    pub fn is_evaluated(&self, server: ServerIndex, check: Check) -> bool {
        self.evaluated.get(server.0).is_some_and(|bits| bits >> check as u32 & 1 == 1)
    }
}

impl Finding {
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = severity;
        self
    }
    pub fn group(&mut self, group: Group) -> &mut Self {
        self.group = Some(group);
        self
    }
    /// Further servers that it counts for.
    pub fn also(&mut self, servers: Vec<ServerIndex>) -> &mut Self {
        self.also = servers;
        self
    }
    /// Adds a fix with the id `<finding id>.<kind>`; one of each kind.
    pub fn fix(&mut self, kind: &str, title: &str, safety: Safety, act: Act) -> &mut Self {
        debug_assert!(safety == Safety::Manual || KINDS.contains(&kind), "{kind} is not among the kinds of fixes");
        let id = format!("{}.{kind}", self.id);
        self.fixes.push(Fix { id, title: title.to_owned(), safety, act });
        self
    }
}

/// The first 16 hex characters of a SHA-256 over what a finding is, never over
/// a value; `nth` only where one place has several.
fn finding_id(rule: &str, shown: &str, pointer: &str, nth: usize) -> String {
    let mut text = format!("{rule}\0{shown}\0{pointer}");
    if nth > 1 {
        text += &format!("\0{nth}");
    }
    data_encoding::HEXLOWER.encode(&Sha256::digest(text)[..8])
}

/// The rules of each dimension.
const ROOMS: [&[&Rule]; 9] = [
    code::RULES,
    credentials::RULES,
    machine::RULES,
    permissions::RULES,
    remote::RULES,
    runtime::RULES,
    supply_chain::RULES,
    transport::RULES,
    verification::RULES,
];

/// Runs every rule, each dimension's by itself: they need nothing of each other.
pub fn run(machine: &Machine) -> Findings {
    let room = |rules: &&[&Rule]| {
        let mut found = Findings::default();
        rules.iter().for_each(|rule| (rule.check)(machine, &mut found));
        found
    };
    let rooms: Vec<Findings> = ROOMS.par_iter().map(room).collect();
    let mut all = Findings::default();
    for mut found in rooms {
        all.found.append(&mut found.found);
        all.evaluated.resize(all.evaluated.len().max(found.evaluated.len()), 0);
        all.evaluated.iter_mut().zip(&found.evaluated).for_each(|(all, own)| *all |= own);
        all.literals = all.literals.or(found.literals);
    }
    all
}

/// Every rule, sorted by id.
pub fn rules() -> &'static [&'static Rule] {
    static RULES: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
        let mut rules = ROOMS.concat();
        rules.sort_by_key(|rule| rule.id);
        rules
    });
    &RULES
}

/// The rule of an id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    let rules = rules();
    rules.binary_search_by(|rule| rule.id.cmp(id)).ok().map(|index| rules[index])
}

/// The id, of all that are built or to come, that somebody who wrote `id` may have meant.
pub fn nearest(id: &str) -> Option<&'static str> {
    let all = rules().iter().map(|rule| rule.id).chain(later::LATER.iter().map(|rule| rule.id));
    let near = all.map(|known| (strsim::jaro_winkler(id, known), known)).filter(|(near, _)| *near >= 0.85);
    near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

/// Every server of the machine.
fn servers(machine: &Machine) -> impl Iterator<Item = (ServerIndex, &Server)> {
    machine.servers.iter().enumerate().map(|(index, server)| (ServerIndex(index), server))
}

/// Every server that is started on this computer.
fn launched(machine: &Machine) -> impl Iterator<Item = (ServerIndex, &Server, &Command)> {
    servers(machine).filter_map(|(index, server)| Some((index, server, server.command()?)))
}

/// Steps of a manual fix.
fn steps<const N: usize>(steps: [&str; N]) -> Act {
    Act::Manual(steps.map(str::to_owned).to_vec())
}
