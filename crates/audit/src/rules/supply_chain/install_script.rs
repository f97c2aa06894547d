#![doc = include_str!("install_script.md")]

use crate::document::{Key, KeyPath};
use crate::facts::Npm;
use crate::finding::{Act, Confidence, Dimension, Finding, Safety, Said, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::runs::{Runs, packaged};
use crate::rules::{Check, Findings, Rule, Tier, launched, steps};
use crate::server::command::{Ecosystem, Launcher, Payload};
use crate::writing::may_edit;

pub const RULE: Rule = Rule {
    id: "install-script",
    title: "Code runs when it is installed",
    dimension: Dimension::SupplyChain,
    severity: Severity::Medium,
    tier: Tier::T1,
    fix: Safety::Review,
    maps: &["MCP04", "CWE-829"],
    docs: include_str!("install_script.md"),
    check,
};

/// The first npm that runs no script of a dependency unless it is told to (`allow-scripts`).
const BLOCKS: u32 = 12;
const VARIABLE: &str = "npm_config_ignore_scripts";

/// Widely used packages whose script builds or fetches their native part.
const BUILDERS: &[&str] = &[
    "argon2",
    "bcrypt",
    "better-sqlite3",
    "bufferutil",
    "canvas",
    "core-js",
    "cpu-features",
    "electron",
    "esbuild",
    "fsevents",
    "keytar",
    "lmdb",
    "msgpackr-extract",
    "node-pty",
    "onnxruntime-node",
    "playwright",
    "protobufjs",
    "puppeteer",
    "re2",
    "sharp",
    "sqlite3",
    "ssh2",
    "tree-sitter",
    "unrs-resolver",
    "utf-8-validate",
];

fn check(machine: &Machine, found: &mut Findings) {
    for (index, _, command) in launched(machine) {
        let launch = &command.launch;
        let installs = match &launch.payload {
            Payload::Opaque(_) => continue,
            Payload::Package(package) => package.ecosystem != Ecosystem::Docker,
            Payload::Script { .. } | Payload::Binary => !launch.with.is_empty(),
        };
        if !installs {
            found.evaluated(index, Check::InstallScripts);
        }
    }
    for runs in packaged(machine) {
        let Some(scripts) = runs.installed.and_then(|installed| installed.scripts.as_ref()) else { continue };
        found.evaluated(runs.index, Check::InstallScripts);
        if is_told(&runs) {
            continue;
        }
        if let Some((severity, confidence)) = weigh(scripts, runs.package.ecosystem, &machine.facts.npm) {
            let message = message(&runs, scripts, severity);
            let finding = found.add(machine, &RULE, Some(runs.index), runs.place(machine), confidence, message);
            mend(machine, &runs, finding.severity(severity));
        }
    }
}

/// Whether the entry itself has npm run no scripts.
fn is_told(runs: &Runs) -> bool {
    let words = runs.command.words();
    let before = words.iter().take(runs.command.launch.arguments);
    before.into_iter().any(|word| matches!(word.value.as_str(), "--ignore-scripts" | "--ignore-scripts=true"))
        || runs.server.env.iter().any(|pair| pair.name.eq_ignore_ascii_case(VARIABLE) && pair.value.value == "true")
}

fn weigh(scripts: &[String], ecosystem: Ecosystem, npm: &Npm) -> Option<(Severity, Confidence)> {
    let foreign = scripts.iter().any(|name| !BUILDERS.contains(&name.as_str()));
    match (ecosystem, npm.ignores_scripts, npm.major) {
        _ if scripts.is_empty() => None,
        (Ecosystem::Npm, Some(true), _) => None,
        (Ecosystem::Npm, _, Some(major)) if major >= BLOCKS => Some((Severity::Info, Confidence::Confirmed)),
        _ if !foreign => Some((Severity::Low, Confidence::Confirmed)),
        // Which npm it is decides whether they run at all.
        (Ecosystem::Npm, _, None) => Some((Severity::Medium, Confidence::Medium)),
        _ => Some((Severity::Medium, Confidence::Confirmed)),
    }
}

fn message(runs: &Runs, scripts: &[String], severity: Severity) -> String {
    let which = match scripts {
        [one] if *one == runs.package.name => "it".to_owned(),
        [one] => named(one),
        [first, rest @ ..] => format!("{} and {} more", named(first), rest.len()),
        [] => String::new(),
    };
    let shown = runs.shown();
    match (runs.package.ecosystem, severity) {
        (Ecosystem::Pypi, _) => format!("Installing {shown} ran code of its packages to build them: {which}."),
        (_, Severity::Info) => {
            format!("Installing {shown} would run scripts of {which}, which your npm does not do unless it is told to.")
        }
        _ => format!("Installing {shown} runs scripts of {which}, before anybody has started the server."),
    }
}

fn mend(machine: &Machine, runs: &Runs, finding: &mut Finding) {
    let by_npm = matches!(runs.command.launch.launcher, Launcher::Npx | Launcher::Npm);
    let plain = runs.command.wrapped.is_none() && may_edit(machine, runs.server).is_ok();
    // Only beside other variables, so that no new part of the entry has to be made.
    let beside = runs.server.env.first().and_then(|pair| sibling(&pair.value.at)).filter(|_| by_npm && plain);
    match beside {
        Some(at) => {
            let name = named(&runs.server.name);
            let said = Said {
                title: format!("Run no install scripts for {name}"),
                past: format!("Told npm to run no install scripts for {name}"),
                summary: format!("npm will install {} without running scripts.", named(&runs.package.name)),
                notes: vec!["A package with a native part may not work without its script.".to_owned()],
            };
            let act = Act::Texts { texts: vec![(at, Some("true".to_owned()))], said };
            finding.fix("no-scripts", "Run no scripts", Safety::Review, act);
        }
        None if by_npm => {
            let act = steps([
                "Write --ignore-scripts right behind npx, and see whether the server still starts.",
                "Or put the server in a sandbox: Warder installs it without running scripts.",
            ]);
            finding.fix("by-hand", "Run no scripts", Safety::Manual, act);
        }
        None => {
            let act = steps(["Write --no-build right behind uvx, and see whether there is a wheel of every part."]);
            finding.fix("by-hand", "Build nothing", Safety::Manual, act);
        }
    }
}

/// The variable of ours beside another one.
fn sibling(at: &KeyPath) -> Option<KeyPath> {
    let (last, way) = at.0.split_last()?;
    let named = matches!(last, Key::Name(_));
    named.then(|| KeyPath([way, &[Key::Name(VARIABLE.to_owned())]].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Installed, ServerFacts};
    use crate::rules::tests::{Seen, entry, judge, look, machine};

    fn seen(json: &str, scripts: Option<&[&str]>, major: Option<u32>, ignores: Option<bool>) -> Seen {
        let mut given = machine(&entry(json));
        let scripts = scripts.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        let installed = Some(Installed { version: "1.0.0".to_owned(), scripts, ..Installed::default() });
        given.facts.servers = vec![ServerFacts { installed, ..ServerFacts::default() }];
        given.facts.npm = Npm { major, ignores_scripts: ignores, ..Npm::default() };
        judge(&given)
    }

    const NPX: &str = r#"{ "command": "npx", "args": ["some-mcp"] }"#;

    #[test]
    fn what_runs_depends_on_the_users_npm() {
        let severity = |scripts: &[&str], major, ignores| {
            seen(NPX, Some(scripts), major, ignores).of(&RULE).first().map(|finding| finding.severity)
        };
        assert_eq!(severity(&["left-pad"], Some(11), Some(false)), Some(Severity::Medium));
        assert_eq!(severity(&["left-pad"], None, None), Some(Severity::Medium));
        assert_eq!(severity(&["left-pad", "esbuild"], Some(10), None), Some(Severity::Medium));
        assert_eq!(severity(&["esbuild", "sharp"], Some(11), None), Some(Severity::Low));
        assert_eq!(severity(&["left-pad"], Some(12), None), Some(Severity::Info));
        assert_eq!(severity(&["left-pad"], Some(11), Some(true)), None);
        assert_eq!(severity(&[], Some(11), None), None);
    }

    #[test]
    fn it_is_evaluated_where_the_tree_is_known_or_nothing_is_installed() {
        assert!(seen(NPX, Some(&[]), None, None).evaluated(Check::InstallScripts));
        assert!(!seen(NPX, None, Some(11), None).evaluated(Check::InstallScripts));
        let evaluated = |json: &str| look(&entry(json)).evaluated(Check::InstallScripts);
        assert!(!evaluated(NPX));
        assert!(evaluated(r#"{ "command": "node", "args": ["/home/ana/x.js"] }"#));
        assert!(evaluated(r#"{ "command": "docker", "args": ["run", "-i", "mcp/fetch"] }"#));
    }

    #[test]
    fn an_entry_can_say_so_itself() {
        for json in [
            r#"{ "command": "npx", "args": ["--ignore-scripts", "some-mcp"] }"#,
            r#"{ "command": "npx", "args": ["some-mcp"], "env": { "NPM_CONFIG_IGNORE_SCRIPTS": "true" } }"#,
        ] {
            let seen = seen(json, Some(&["left-pad"]), Some(11), Some(false));
            assert!(seen.of(&RULE).is_empty() && seen.evaluated(Check::InstallScripts), "{json}");
        }
        let after = r#"{ "command": "npx", "args": ["some-mcp", "--ignore-scripts"] }"#;
        assert_eq!(seen(after, Some(&["left-pad"]), Some(11), Some(false)).of(&RULE).len(), 1);
    }

    #[test]
    fn the_variable_is_written_beside_others() {
        let json = r#"{ "command": "npx", "args": ["some-mcp"], "env": { "A": "1" } }"#;
        let seen_with = seen(json, Some(&["left-pad"]), Some(11), None);
        assert_eq!(seen_with.fixes(&RULE), [("no-scripts", Safety::Review)]);
        assert_eq!(seen(NPX, Some(&["left-pad"]), Some(11), None).fixes(&RULE), [("by-hand", Safety::Manual)]);
    }
}
