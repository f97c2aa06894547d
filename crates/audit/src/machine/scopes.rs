//! Which entry counts where several have one name, as each client decides it.

use crate::clients::{Base, Client, SameName, Scope};
use crate::finding::ServerIndex;
use crate::machine::FoundFile;
use crate::machine::entries::Switch;
use crate::server::Server;

/// Marks the entries that others win over, and applies the switches. Servers
/// stand in the order of their clients' tables, so of equal scopes the later wins.
/// What is `off` from elsewhere wins over nothing.
pub(super) fn settle(
    files: &[FoundFile],
    servers: &mut [Server],
    off: &[bool],
    switches: &[(&'static Client, Switch)],
) {
    let mut by_name: std::collections::HashMap<(&str, String), Vec<usize>> = std::collections::HashMap::new();
    for (index, server) in servers.iter().enumerate() {
        if server.client.same_name != SameName::Apart && !files[server.file.0].row.apart {
            by_name.entry((server.client.id, server.name.clone())).or_default().push(index);
        }
    }
    let groups: Vec<Vec<usize>> = by_name.into_values().filter(|group| group.len() > 1).collect();
    for group in groups {
        for &one in &group {
            let rank = |index: usize| (servers[index].scope, index);
            // One of another project is never met, unless it counts in the folders below too.
            let counts_below = |index: usize| files[servers[index].file.0].row.base == Base::Above;
            let meet = |other: usize| match (&servers[one].project, &servers[other].project) {
                (Some(a), Some(b)) => {
                    a == b || counts_below(one) && b.starts_with(a) || counts_below(other) && a.starts_with(b)
                }
                _ => true,
            };
            let over = group.iter().filter(|&&other| rank(other) > rank(one) && meet(other) && !off[other]);
            let under = over.map(|&other| ServerIndex(other)).collect();
            servers[one].under = under;
        }
    }
    for (client, switch) in switches.iter().filter(|(client, _)| client.same_name == SameName::Merged) {
        let below = servers.iter_mut().filter(|server| {
            server.client.id == client.id
                && server.name == switch.name
                && server.scope <= switch.scope
                && (switch.project.is_none() || switch.project == server.project || switch.scope >= Scope::Project)
        });
        below.for_each(|server| server.enabled = switch.on);
    }
}
