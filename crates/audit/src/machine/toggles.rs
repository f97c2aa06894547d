//! Servers that are switched off elsewhere than in their entry.

use std::collections::HashSet;
use std::path::Path;

use super::{FileState, FoundFile};
use crate::clients::{Says, Scope};
use crate::document::{Document, Node};
use crate::env::Env;
use crate::machine::entries::reach;
use crate::machine::places::Roots;
use crate::server::Server;

/// One thing that a file says is off.
#[derive(PartialEq, Eq, Hash)]
struct Off<'a> {
    client: &'static str,
    what: What<'a>,
    /// Off only where it has this scope.
    of: Option<Scope>,
    /// Off only in this project.
    project: Option<&'a Path>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum What<'a> {
    Server(&'a str),
    /// Every server in a folder of this name.
    Folder(&'a str),
    /// Every server that is not named as allowed.
    Others,
    /// Not off: what `Others` leaves out.
    Allowed(&'a str),
}

/// Switches off what other places say is off; true for each server that was.
pub(super) fn apply(env: &Env, roots: &Roots, files: &[FoundFile], servers: &mut [Server]) -> Vec<bool> {
    let mut offs = HashSet::new();
    for file in files {
        if let FileState::Read(document) = &file.state {
            read(file, document, &mut offs);
        }
    }
    let alone: HashSet<&str> = files
        .iter()
        .filter(|file| file.row.alone && !matches!(file.state, FileState::Missing))
        .map(|file| file.client.id)
        .collect();
    let spoken_of: HashSet<&str> = offs.iter().map(|off| off.client).collect();
    let mut done = Vec::with_capacity(servers.len());
    for server in servers {
        let file = &files[server.file.0];
        let excluded = !file.row.alone && !file.row.beside && alone.contains(server.client.id);
        let off = excluded || spoken_of.contains(server.client.id) && is_off(env, roots, &offs, file, server);
        server.enabled &= !off;
        done.push(off);
    }
    done
}

fn read<'a>(file: &'a FoundFile, document: &'a Document, offs: &mut HashSet<Off<'a>>) {
    for toggle in file.row.toggles {
        let off = |what, project| Off { client: file.client.id, what, of: toggle.of, project };
        reach(&document.root, toggle.path, &mut |_, node, star| {
            let said_off = node.as_bool() == Some(false);
            match toggle.says {
                Says::Off => {
                    let project = star.map(Path::new).or(file.project.as_deref());
                    offs.extend(
                        node.items().iter().filter_map(Node::as_str).map(|name| off(What::Server(name), project)),
                    );
                }
                Says::Only => {
                    let project = file.project.as_deref();
                    if !node.items().is_empty() {
                        offs.insert(off(What::Others, project));
                    }
                    let names = node.items().iter().filter_map(Node::as_str);
                    offs.extend(names.map(|name| off(What::Allowed(name), project)));
                }
                Says::ByName if said_off => {
                    offs.extend(star.map(|name| off(What::Server(name), file.project.as_deref())))
                }
                Says::ByFolder if said_off => {
                    let stem = file.path.file_stem().and_then(|stem| stem.to_str());
                    offs.extend(stem.map(|stem| off(What::Folder(stem), None)));
                }
                Says::ByName | Says::ByFolder => {}
            }
        });
    }
}

/// Off everywhere, or in each of the projects where it counts.
fn is_off(env: &Env, roots: &Roots, offs: &HashSet<Off>, file: &FoundFile, server: &Server) -> bool {
    let folder = file.path.parent().and_then(Path::file_name).and_then(|folder| folder.to_str());
    let said = |project: Option<&Path>| {
        let has = |what| {
            let of = [None, Some(server.scope)];
            of.into_iter().any(|of| offs.contains(&Off { client: server.client.id, what, of, project }))
        };
        has(What::Server(&server.name))
            || folder.is_some_and(|folder| has(What::Folder(folder)))
            || has(What::Others) && !has(What::Allowed(&server.name))
    };
    let counts = counts_in(env, file, server);
    // What is kept for a repository is kept under its root.
    let off = |project| said(Some(project)) || roots.get(project).is_some_and(|root| said(Some(root)));
    said(None) || !counts.is_empty() && counts.into_iter().all(off)
}

/// The projects an entry counts in, of those that were looked at.
fn counts_in<'a>(env: &'a Env, file: &FoundFile, server: &'a Server) -> Vec<&'a Path> {
    let looked_at = env.projects.iter().map(AsRef::as_ref);
    match &server.project {
        None => looked_at.collect(),
        Some(dir) if file.row.base.reaches_down() && server.scope != Scope::Local => {
            looked_at.filter(|project: &&Path| project.starts_with(dir)).collect()
        }
        Some(dir) => vec![dir],
    }
}
