//! The rules: one const each, one list, one test that runs their documentation.

pub(crate) mod permissions;

use crate::finding::{Confidence, Dimension, Finding, Fix, Group, Place, ServerIndex, Severity};
use crate::machine::Machine;

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
    /// Checks really evaluated, per server.
    pub evaluated: std::collections::BTreeSet<(ServerIndex, Check)>,
}

impl Findings {
    /// Adds a finding of `rule`; `group`, `severity` and fixes may be changed
    /// on what comes back.
    pub fn add(&mut self, _machine: &Machine, _rule: &Rule, _server: Option<ServerIndex>, _place: Place, _confidence: Confidence, _message: String) -> &mut Finding {
        unimplemented!()
    }

    /// Notes that `check` was really evaluated for `server`.
    pub fn evaluated(&mut self, server: ServerIndex, check: Check) {
        self.evaluated.insert((server, check));
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
    /// Adds a fix; its id is made from the finding's.
    pub fn fix(&mut self, _kind: &str, _title: &str, _safety: crate::finding::Safety, _act: crate::finding::Act) -> &mut Self {
        let _ = std::marker::PhantomData::<Fix>;
        unimplemented!()
    }
}

/// Every rule, sorted by id.
pub const RULES: &[Rule] = &[];

/// A rule by id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}
