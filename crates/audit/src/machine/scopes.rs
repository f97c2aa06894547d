//! Which entry counts where several have one name, as each client decides it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::clients::{Both, Client, SameName, Scope};
use crate::env::Env;
use crate::finding::ServerIndex;
use crate::machine::FoundFile;
use crate::machine::entries::Switch;
use crate::machine::places::repository;
use crate::server::{Server, Transport};

/// Entries of one name in one client, by the project they count in.
#[derive(Default)]
struct Group {
    all: Vec<usize>,
    by_project: HashMap<Option<PathBuf>, Vec<usize>>,
    /// Those of a project that count in the folders below it too.
    above: Vec<usize>,
}

/// Marks the entries that others win over, and applies the switches. Servers
/// stand in the order of their clients' tables, so of equal scopes the later wins.
/// What is `off` from elsewhere wins over nothing.
pub(super) fn settle(
    env: &Env,
    files: &[FoundFile],
    servers: &mut [Server],
    off: &[bool],
    switches: &[(&'static Client, Switch)],
) {
    // The user's own entries for a repository count in all of it (asked of Claude Code 2.1.330).
    let roots: HashSet<&Path> = env.projects.iter().filter_map(|project| repository(env, project)).collect();
    let counts_below = |server: &Server| match &server.project {
        Some(project) if server.scope == Scope::Local => roots.contains(project.as_path()),
        project => project.is_some() && files[server.file.0].row.base.reaches_down(),
    };
    let mut groups: HashMap<(&str, String), Group> = HashMap::new();
    for (index, server) in servers.iter().enumerate() {
        if server.client.same_name != SameName::Apart && !files[server.file.0].row.apart {
            let group = groups.entry((server.client.id, server.name.clone())).or_default();
            group.all.push(index);
            group.by_project.entry(server.project.clone()).or_default().push(index);
            if counts_below(server) {
                group.above.push(index);
            }
        }
    }
    for group in groups.into_values().filter(|group| group.all.len() > 1) {
        for &one in &group.all {
            let project = &servers[one].project;
            // One of another project is never met, unless it counts in the folders below too.
            let mut met = match project {
                Some(_) if !counts_below(&servers[one]) => {
                    let of = |project: &Option<PathBuf>| group.by_project.get(project).into_iter().flatten().copied();
                    of(&None).chain(of(project)).chain(group.above.iter().copied()).collect()
                }
                _ => group.all.clone(),
            };
            let rank = |index: usize| (servers[index].scope, index);
            let reaches = |from: usize, to: usize| match (&servers[from].project, &servers[to].project) {
                (Some(from), Some(to)) => to.starts_with(from),
                _ => true,
            };
            met.retain(|&other| {
                let meet = servers[other].project == *project
                    || servers[other].project.is_none()
                    || project.is_none()
                    || counts_below(&servers[one]) && reaches(one, other)
                    || counts_below(&servers[other]) && reaches(other, one);
                other != one && meet && !off[other]
            });
            met.sort_unstable();
            met.dedup();
            if is_part(&servers[one]) {
                met.retain(|&other| !is_part(&servers[other]));
            } else {
                met.retain(|&other| rank(other) > rank(one) && !is_part(&servers[other]));
            }
            servers[one].under = met.into_iter().map(ServerIndex).collect();
        }
    }
    apply(env, servers, switches);
}

/// Entries that are laid over one of another kind, where the client takes no
/// mixture: by their index, the ones that do it.
pub(super) fn mixtures(files: &[FoundFile], servers: &[Server]) -> Vec<usize> {
    let refuses = |server: &Server| {
        let spelling = &files[server.file.0].row.spelling;
        server.client.same_name == SameName::Merged && spelling.both == Both::Refused
    };
    let mut found = Vec::new();
    for server in servers.iter().filter(|server| refuses(server)) {
        for over in server.under.iter().map(|over| over.0) {
            let kinds = (&server.transport, &servers[over].transport);
            let mixed = matches!(
                kinds,
                (Transport::Stdio(_), Transport::Http { .. }) | (Transport::Http { .. }, Transport::Stdio(_))
            );
            if mixed && !found.contains(&over) {
                found.push(over);
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
    let mut said: HashMap<(&str, &str), Vec<&Switch>> = HashMap::new();
    for (client, switch) in switches {
        said.entry((client.id, &switch.name)).or_default().push(switch);
    }
    // Stable: of equal scopes the later one stays behind.
    said.values_mut().for_each(|said| said.sort_by_key(|switch| switch.scope));
    for server in servers.iter_mut().filter(|server| server.client.same_name == SameName::Merged) {
        let Some(said) = said.get(&(server.client.id, server.name.as_str())) else { continue };
        let last = |project: Option<&PathBuf>| {
            let here = |switch: &&&Switch| switch.project.is_none() || switch.project.as_ref() == project;
            said.iter().rev().find(here).map(|switch| switch.on)
        };
        let was = server.enabled;
        let on = |project| last(project).unwrap_or(was);
        server.enabled = match &server.project {
            Some(project) => on(Some(project)),
            None if env.projects.is_empty() => on(None),
            None => env.projects.iter().any(|project| on(Some(project))),
        };
    }
}
