#![doc = include_str!("lethal_trifecta.md")]

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::capabilities::{Known, Legs, known};
use crate::clients::Skips;
use crate::finding::{Act, Confidence, Dimension, Safety, ServerIndex, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::permissions::approved::whole;
use crate::rules::{Findings, Rule, Tier, offer, place, servers, settings};

pub const RULE: Rule = Rule {
    id: "lethal-trifecta",
    title: "Private data, strangers' texts and a way out together",
    dimension: Dimension::Machine,
    severity: Severity::Medium,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP10", "MCP06", "CWE-200"],
    docs: include_str!("lethal_trifecta.md"),
    check,
};

/// A server of which something is known.
struct Able {
    index: ServerIndex,
    identity: String,
    known: Known,
}

/// One leg: its servers, each identity once.
type Leg<'a> = Vec<&'a Able>;

/// A client's servers of which something is known, by the project they count in.
#[derive(Default)]
struct Client<'a> {
    everywhere: Vec<Able>,
    projects: BTreeMap<&'a Path, Vec<Able>>,
}

fn check(machine: &Machine, found: &mut Findings) {
    let unasked: HashSet<&str> =
        settings::on(machine, Skips::Calls).iter().map(|on| machine.files[on.file.0].client.id).collect();
    let approved = whole(machine);
    for (id, client) in clients(machine) {
        let Some(legs) = together(&client) else { continue };
        // The way out first: it is what a user misses least.
        let [egress, untrusted, private] = &legs;
        let cut = [egress, untrusted, private].into_iter().min_by_key(|leg| leg.len()).expect("there are three");
        let first = cut[0].index;
        let server = &machine.servers[first.0];
        let one = legs.iter().all(|leg| leg.len() == 1 && leg[0].index == first);
        let message = if one {
            format!(
                "In {}, {} alone reads private data, takes in text from strangers and can send data away.",
                server.client.name,
                named(&server.name)
            )
        } else {
            format!(
                "In {}, {} private data, {} in text from strangers and {} send data away; without {} one of the three is \
             gone.",
                server.client.name,
                list(machine, private, "reads", "read"),
                list(machine, untrusted, "takes", "take"),
                list(machine, egress, "can", "can"),
                list(machine, cut, "", ""),
            )
        };
        let guessed = [egress, untrusted, private].iter().any(|leg| leg.iter().all(|able| able.known.guessed));
        let confidence = if guessed { Confidence::Low } else { Confidence::Medium };
        let alone = (cut.len() == 1).then_some(first);
        let finding = found.add(machine, &RULE, alone, place::entry(server), confidence, message);
        // One of each leg without a question is enough.
        let asks = |leg: &Leg| leg.iter().all(|able| !approved.contains(&able.index));
        if unasked.contains(id) || !legs.iter().any(asks) {
            finding.severity(Severity::High);
        } else if one {
            // What many use such a server for; nothing of it comes from another one.
            finding.severity(Severity::Low);
        }
        if alone.is_some() {
            offer::off(machine, server, finding, Safety::Review);
        }
        let act = Act::Manual(vec![
            format!("Use {} in a project or profile of its own, without the others.", list(machine, cut, "", "")),
            "Where a server has a read-only mode or a list of allowed addresses, use it.".to_owned(),
            "Leave the question on for tools that send, post or open addresses, and read what is sent.".to_owned(),
        ]);
        finding.fix("apart", "Keep them apart", Safety::Manual, act);
    }
}

/// Those that are on and that nothing wins over, by client.
fn clients(machine: &Machine) -> BTreeMap<&'static str, Client<'_>> {
    let mut clients: BTreeMap<&str, Client> = BTreeMap::new();
    for (index, server) in servers(machine).filter(|(_, server)| server.enabled && server.under.is_empty()) {
        // Who reads a file that belongs to no client is not known.
        let Some(known) = known(server).filter(|_| server.client.id != "generic") else { continue };
        let able = Able { index, identity: server.identity(), known };
        let client = clients.entry(server.client.id).or_default();
        match &server.project {
            Some(project) => client.projects.entry(project).or_default().push(able),
            None => client.everywhere.push(able),
        }
    }
    clients
}

/// The three legs, where one agent has them all: everywhere, else in the first project.
fn together<'a>(client: &'a Client) -> Option<[Leg<'a>; 3]> {
    let everywhere = legs(&client.everywhere, &[]);
    if everywhere.iter().all(|leg| !leg.is_empty()) {
        return Some(everywhere);
    }
    // What counts everywhere is looked at once; a project adds its own.
    let missing = |own: &&'a Vec<Able>| {
        let adds = |leg: usize| own.iter().any(|able| has(able, leg));
        (0..3).all(|leg| !everywhere[leg].is_empty() || adds(leg))
    };
    client.projects.values().find(missing).map(|own| legs(&client.everywhere, own))
}

fn legs<'a>(everywhere: &'a [Able], own: &'a [Able]) -> [Leg<'a>; 3] {
    std::array::from_fn(|leg| {
        let mut seen = HashSet::new();
        let able = everywhere.iter().chain(own).filter(|able| has(able, leg));
        able.filter(|able| seen.insert(able.identity.as_str())).collect()
    })
}

/// Whether a server has the way out (0), strangers' texts (1), private data (2).
fn has(able: &Able, leg: usize) -> bool {
    let Legs { private, untrusted, egress } = able.known.legs;
    [egress, untrusted, private][leg]
}

/// Names that a message lists.
const SHOWN: usize = 3;

/// `a reads`, `a and b read`, `a, b, c and 4 more read`.
fn list(machine: &Machine, leg: &[&Able], one: &str, many: &str) -> String {
    let names: Vec<String> = leg.iter().take(SHOWN).map(|able| named(&machine.servers[able.index.0].name)).collect();
    let more = leg.len() - names.len();
    let text = match (names.as_slice(), more) {
        ([name], 0) => name.clone(),
        ([before @ .., last], 0) => format!("{} and {last}", before.join(", ")),
        (names, more) => format!("{} and {more} more", names.join(", ")),
    };
    let verb = if leg.len() == 1 { one } else { many };
    if verb.is_empty() { text } else { format!("{text} {verb}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{at, file, look};

    const FILES: &str =
        r#""files": { "command": "npx", "args": ["@modelcontextprotocol/server-filesystem@1.0.0", "/x"] }"#;
    const FETCH: &str = r#""fetch": { "command": "uvx", "args": ["mcp-server-fetch==1.0.0"] }"#;
    const MAIL: &str = r#""mail": { "command": "npx", "args": ["@gongrzhe/server-gmail-autoauth-mcp@1.0.0"] }"#;

    fn servers_of(entries: &[&str]) -> String {
        format!(r#"{{ "mcpServers": {{ {} }} }}"#, entries.join(", "))
    }

    #[test]
    fn one_finding_names_the_smallest_cut() {
        let seen = look(&file(&servers_of(&[FILES, FETCH])));
        let [finding] = seen.of(&RULE)[..] else { panic!("{:?}", seen.of(&RULE)) };
        assert_eq!(
            finding.message,
            "In Cursor, files reads private data, fetch takes in text from strangers and fetch can send data away; \
             without fetch one of the three is gone."
        );
        assert_eq!((finding.severity, finding.confidence), (Severity::Medium, Confidence::Medium));
        assert_eq!(seen.fixes(&RULE), [("off", Safety::Review), ("apart", Safety::Manual)]);
    }

    #[test]
    fn one_server_that_does_it_all_is_low() {
        let seen = look(&file(&servers_of(&[MAIL])));
        assert_eq!(seen.of(&RULE)[0].severity, Severity::Low);
        assert_eq!(
            seen.of(&RULE)[0].message,
            "In Cursor, mail alone reads private data, takes in text from strangers and can send data away."
        );
    }

    #[test]
    fn a_cut_of_several_is_for_the_user() {
        let seen = look(&file(&servers_of(&[FILES, FETCH, MAIL])));
        assert_eq!(seen.fixes(&RULE), [("apart", Safety::Manual)]);
        assert!(seen.of(&RULE)[0].message.contains("without fetch and mail"), "{}", seen.of(&RULE)[0].message);
    }

    #[test]
    fn harmless_together_is_silent() {
        for entries in [
            vec![FILES],
            vec![FETCH],
            vec![FILES, r#""memory": { "command": "npx", "args": ["@modelcontextprotocol/server-memory"] }"#],
            vec![
                r#""docs": { "command": "uvx", "args": ["awslabs.aws-documentation-mcp-server"] }"#,
                r#""time": { "command": "uvx", "args": ["mcp-server-time"] }"#,
            ],
            vec![FILES, r#""own": { "command": "node", "args": ["/srv/own.js"] }"#],
        ] {
            let text = servers_of(&entries);
            assert!(look(&file(&text)).of(&RULE).is_empty(), "{text}");
        }
    }

    #[test]
    fn one_that_is_off_does_not_count() {
        let off = FETCH.replace(r#""command""#, r#""disabled": true, "command""#);
        let windsurf = |entries: &[&str]| at("windsurf", ".codeium/windsurf/mcp_config.json", &servers_of(entries));
        assert_eq!(look(&windsurf(&[FILES, FETCH])).of(&RULE).len(), 1);
        assert!(look(&windsurf(&[FILES, &off])).of(&RULE).is_empty());
    }

    #[test]
    fn without_a_question_it_is_high_and_a_mere_name_is_unsure() {
        let text = servers_of(&[FILES, FETCH]).replace("mcpServers", "amp.mcpServers");
        let text = text.replacen('{', r#"{ "amp.dangerouslyAllowAll": true, "#, 1);
        assert_eq!(look(&at("amp", ".config/amp/settings.json", &text)).of(&RULE)[0].severity, Severity::High);
        // Approved entry by entry: it takes all three.
        let all = |entry: &str| entry.replace(r#""command""#, r#""autoApprove": ["*"], "command""#);
        let cline =
            |entries: &[&str]| at("cline", ".cline/data/settings/cline_mcp_settings.json", &servers_of(entries));
        assert_eq!(look(&cline(&[FILES, &all(FETCH)])).of(&RULE)[0].severity, Severity::Medium);
        assert_eq!(look(&cline(&[&all(FILES), &all(FETCH)])).of(&RULE)[0].severity, Severity::High);
        let guessed = servers_of(&[FILES, r#""my-fetch": { "command": "node", "args": ["/srv/x.js"] }"#]);
        assert_eq!(look(&file(&guessed)).of(&RULE)[0].confidence, Confidence::Low);
    }
}
