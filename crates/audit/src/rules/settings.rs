//! Settings by which clients ask less than they do by themselves.

use std::collections::HashSet;
use std::ops::Range;

use serde_json::json;

use crate::clients::{Setting, Skips, Word};
use crate::document::{KeyPath, Node, Patch};
use crate::finding::{Act, FileIndex, Finding, Safety, Said};
use crate::machine::{FileState, FoundFile, Machine, key_path};
use crate::redact::escape;
use crate::rules::named::named;
use crate::writing::may_write;

/// A setting that is on, and where its name stands.
pub(super) struct On {
    pub(super) file: FileIndex,
    pub(super) setting: &'static Setting,
    pub(super) at: KeyPath,
    pub(super) span: Range<usize>,
}

/// Every setting that is on and skips this, in the order of the files.
pub(super) fn on(machine: &Machine, skips: Skips) -> Vec<On> {
    let powerless = powerless(machine);
    let mut found = Vec::new();
    for (index, file, top) in read(machine) {
        for setting in file.row.settings.iter().filter(|setting| setting.skips == skips) {
            let Some(node) = says(top, setting.path, setting.value) else { continue };
            let alone = setting.with.is_none_or(|(way, value)| says(top, way, value).is_some());
            if alone && !powerless.contains(&(file.client.id, setting.unless)) {
                let span = node.key.as_ref().map_or(node.span.clone(), |name| name.span.clone());
                found.push(On { file: index, setting, at: key_path(setting.path), span });
            }
        }
    }
    found
}

/// What takes the force from settings, by client and way.
fn powerless(machine: &Machine) -> HashSet<(&'static str, &'static [&'static str])> {
    let mut found = HashSet::new();
    for (_, file, top) in read(machine) {
        let ways = file.row.settings.iter().map(|setting| setting.unless).filter(|way| !way.is_empty());
        found.extend(ways.filter(|way| top.get(&key_path(way)).is_some()).map(|way| (file.client.id, way)));
    }
    found
}

fn read(machine: &Machine) -> impl Iterator<Item = (FileIndex, &FoundFile, &Node)> {
    machine.files.iter().enumerate().filter_map(|(index, file)| match &file.state {
        FileState::Read(document) if !file.row.settings.is_empty() => Some((FileIndex(index), file, &document.root)),
        _ => None,
    })
}

fn says<'a>(top: &'a Node, way: &[&str], value: Word) -> Option<&'a Node> {
    let node = top.get(&key_path(way))?;
    let same = match value {
        Word::Yes => node.as_bool() == Some(true),
        Word::No => node.as_bool() == Some(false),
        Word::Text(text) => node.as_str() == Some(text),
    };
    same.then_some(node)
}

impl On {
    /// The setting as people write it: `permissions.defaultMode`.
    pub(super) fn name(&self) -> String {
        self.setting.path.join(".")
    }

    /// The fix that lets the client ask again, or how to do it by hand.
    pub(super) fn offer(&self, machine: &Machine, finding: &mut Finding, safety: Safety, summary: String) {
        const TITLE: &str = "Let it ask again";
        let file = &machine.files[self.file.0];
        let name = self.name();
        if let Err(why) = may_write(machine, file) {
            let steps = vec![why, format!("Change {name} there: it is in {}.", escape(&file.shown))];
            finding.fix("by-hand", TITLE, Safety::Manual, Act::Manual(steps));
            return;
        }
        let mut patches = vec![match self.setting.instead {
            Some(Word::Yes) => Patch::Set(self.at.clone(), json!(true)),
            Some(Word::No) => Patch::Set(self.at.clone(), json!(false)),
            Some(Word::Text(text)) => Patch::Set(self.at.clone(), json!(text)),
            None => Patch::Remove(self.at.clone()),
        }];
        patches.extend(self.setting.with.map(|(way, _)| Patch::Remove(key_path(way))));
        let client = file.client.name;
        let said = Said {
            title: format!("Let {client} ask again"),
            past: format!("Let {client} ask again ({})", named(&name)),
            summary,
            notes: Vec::new(),
        };
        finding.fix("ask", TITLE, safety, Act::Settings { patches, said });
    }
}
