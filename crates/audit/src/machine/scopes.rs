//! Which entry counts where several have one name, as each client decides it.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::clients::{Both, Client, SameName, Scope};
use crate::env::Env;
use crate::finding::ServerIndex;
use crate::machine::FoundFile;
use crate::machine::entries::Switch;
use crate::machine::places::Roots;
use crate::server::{Server, Transport};

/// Entries that are named as winning over one at most. A file can be
/// written so that each of its entries is under every other, and all of that has to stay linear.
const MOST_OVER: usize = 50;

/// Marks the entries that others win over, and applies the switches. Servers
/// stand in the order of their clients' tables, so of equal scopes the later wins.
/// What is `off` from elsewhere wins over nothing.
pub(super) fn settle(
    env: &Env,
    roots: &Roots,
    files: &[FoundFile],
    servers: &mut [Server],
    off: &[bool],
    switches: &[(&'static Client, Switch)],
) {
    // The user's own entries for a repository count in all of it (asked of Claude Code 2.1.330).
    let roots: HashSet<&Path> = roots.values().map(PathBuf::as_path).collect();
    let projects = Projects::of(servers);
    let mut groups: HashMap<(&str, &str), Vec<Entry>> = HashMap::new();
    for (index, server) in servers.iter().enumerate() {
        let file = &files[server.file.0];
        if server.client.same_name != SameName::Apart && !file.row.apart {
            let reaches_down = match &server.project {
                Some(project) if server.scope == Scope::Local => roots.contains(project.as_path()),
                project => project.is_some() && file.row.base.reaches_down(),
            };
            let project = server.project.as_deref().map(|project| projects.ids[project]);
            let entry = Entry { project, rank: (server.scope, index), reaches_down, part: is_part(server) };
            groups.entry((server.client.id, &server.name)).or_default().push(entry);
        }
    }
    let mut settled = Vec::new();
    for group in groups.into_values().filter(|group| group.len() > 1) {
        let mut winners: Vec<Entry> = group.iter().filter(|one| !one.part && !off[one.rank.1]).copied().collect();
        winners.sort_unstable_by_key(|one| (one.project, Reverse(one.rank)));
        for one in group {
            // An entry without a command or URL of its own is part of whichever has one.
            let wins = |other: &&Entry| one.part || other.rank > one.rank;
            let mut over: Vec<usize> =
                projects.met(&winners, &one).filter(wins).take(MOST_OVER).map(|other| other.rank.1).collect();
            over.sort_unstable();
            settled.push((one.rank.1, over));
        }
    }
    for (index, over) in settled {
        servers[index].under = over.into_iter().map(ServerIndex).collect();
    }
    apply(env, servers, switches);
}

/// What of an entry decides where it counts and what it wins over.
#[derive(Clone, Copy)]
struct Entry {
    project: Option<usize>,
    /// Its scope, then its place among all entries: the higher wins.
    rank: (Scope, usize),
    /// It counts in the folders below its own too.
    reaches_down: bool,
    part: bool,
}

/// The folders that entries belong to, numbered in path order: those below one follow it.
struct Projects<'a> {
    ids: HashMap<&'a Path, usize>,
    /// For each, one past the last below it.
    ends: Vec<usize>,
    /// For each, the nearest above it.
    above: Vec<Option<usize>>,
}

impl<'a> Projects<'a> {
    fn of(servers: &'a [Server]) -> Projects<'a> {
        let known: HashSet<&Path> = servers.iter().filter_map(|server| server.project.as_deref()).collect();
        let mut sorted: Vec<&Path> = known.into_iter().collect();
        sorted.sort_unstable();
        let mut ends = vec![sorted.len(); sorted.len()];
        let mut above = Vec::with_capacity(sorted.len());
        let mut around: Vec<usize> = Vec::new();
        for (id, project) in sorted.iter().enumerate() {
            while let Some(last) = around.pop_if(|last| !project.starts_with(sorted[*last])) {
                ends[last] = id;
            }
            above.push(around.last().copied());
            around.push(id);
        }
        Projects { ids: sorted.into_iter().zip(0..).collect(), ends, above }
    }

    /// Those of `winners` (by project, highest first) that count where `one` counts, and others of its own.
    fn met<'w>(&self, winners: &'w [Entry], one: &Entry) -> impl Iterator<Item = &'w Entry> {
        let from = move |project| winners.partition_point(|other| other.project < project);
        let of = move |project: Option<usize>| match project {
            // All that count somewhere meet one that counts everywhere.
            None => winners,
            Some(id) => &winners[from(project)..from(Some(id + 1))],
        };
        let (everywhere, own): (&[Entry], &[Entry]) = match one.project {
            None => (&[], of(None)),
            Some(_) => (&winners[..from(Some(0))], of(one.project)),
        };
        let nearest = one.project.and_then(|id| self.above[id]);
        let above = std::iter::successors(nearest, |id| self.above[*id]);
        let above = above.flat_map(move |id| of(Some(id))).filter(|other| other.reaches_down);
        let below = match one.project.filter(|_| one.reaches_down) {
            Some(id) => &winners[from(Some(id + 1))..from(Some(self.ends[id]))],
            None => &[],
        };
        everywhere.iter().chain(own).chain(above).chain(below)
    }
}

/// Entries that are laid over one of another kind, where the client takes no
/// mixture: by their index, the ones that do it.
pub(super) fn mixtures(files: &[FoundFile], servers: &[Server]) -> BTreeSet<usize> {
    let refuses = |server: &Server| {
        let spelling = &files[server.file.0].row.spelling;
        server.client.same_name == SameName::Merged && spelling.both == Both::Refused
    };
    let mut found = BTreeSet::new();
    for server in servers.iter().filter(|server| refuses(server)) {
        for over in server.under.iter().map(|over| over.0) {
            let kinds = (&server.transport, &servers[over].transport);
            let mixed = matches!(
                kinds,
                (Transport::Stdio(_), Transport::Http { .. }) | (Transport::Http { .. }, Transport::Stdio(_))
            );
            if mixed {
                found.insert(over);
            }
        }
    }
    found
}

/// An entry of a client that merges: it has no command or URL of its own, so
/// whatever entry of the name has one stands for the server.
fn is_part(server: &Server) -> bool {
    server.client.same_name == SameName::Merged && matches!(server.transport, Transport::Unknown)
}

/// Where entries are merged, the last word of all scopes on being on counts:
/// for a server that counts everywhere only what is said everywhere, or in
/// every project that was looked at.
fn apply(env: &Env, servers: &mut [Server], switches: &[(&'static Client, Switch)]) {
    /// The last word for a project, and its rank: of equal scopes the later one counts.
    type Said<'a> = HashMap<Option<&'a Path>, ((Scope, usize), bool)>;
    let mut said: HashMap<(&str, &str), Said> = HashMap::new();
    for (index, (client, switch)) in switches.iter().enumerate() {
        let said = said.entry((client.id, &switch.name)).or_default();
        let word = ((switch.scope, index), switch.on);
        let last = said.entry(switch.project.as_deref()).or_insert(word);
        *last = word.max(*last);
    }
    for server in servers.iter_mut().filter(|server| server.client.same_name == SameName::Merged) {
        let Some(said) = said.get(&(server.client.id, server.name.as_str())) else { continue };
        let was = server.enabled;
        let on = |project: Option<&Path>| {
            let words = [said.get(&None), project.and_then(|_| said.get(&project))];
            words.into_iter().flatten().max().map_or(was, |(_, on)| *on)
        };
        server.enabled = match &server.project {
            Some(project) => on(Some(project)),
            None if env.projects.is_empty() => on(None),
            None => env.projects.iter().any(|project| on(Some(project))),
        };
    }
}
