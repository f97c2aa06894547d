//! Texts of an entry written anew: arguments, variables, headers, its URL.

use serde_json::json;

use super::{Draft, Plan, Subject};
use crate::api::Failure;
use crate::document::{KeyPath, Patch};
use crate::finding::Said;

/// Each text in its place; one that is taken out leaves no empty place.
pub(super) fn patches(texts: &[(KeyPath, Option<String>)]) -> Vec<Patch> {
    let patch = |(at, text): &(KeyPath, Option<String>)| match text {
        Some(text) => Patch::Set(at.clone(), json!(text)),
        None => Patch::Remove(at.clone()),
    };
    texts.iter().map(patch).collect()
}

impl Subject<'_> {
    /// These texts in the place of those that stand there; `None` takes one out.
    /// An entry that starts through the launcher is sealed anew with them.
    pub(super) fn texts(&self, texts: &[(KeyPath, Option<String>)], said: &Said) -> Result<Plan, Failure> {
        let command = self.command;
        let changed = |at: &KeyPath| texts.iter().find(|(place, _)| place == at).map(|(_, text)| text.as_deref());
        let program = changed(&command.program.at).flatten().unwrap_or(&command.program.value);
        let kept = command.args.iter().filter_map(|arg| changed(&arg.at).unwrap_or(Some(&arg.value)));
        let args: Vec<String> = kept.map(str::to_owned).collect();
        let is_word = |at: &KeyPath| command.program.at == *at || command.args.iter().any(|arg| arg.at == *at);

        let (words, others): (Vec<_>, Vec<_>) = texts.iter().cloned().partition(|(at, _)| is_word(at));
        let mut patches = patches(&others);
        let draft = match &command.wrapped {
            Some(wrapped) => Some(Draft {
                id: wrapped.profile.clone(),
                entry: self.amended(&args, &patches)?,
                fencing: self.fencing(),
                wanted: None,
                added: Vec::new(),
            }),
            None => None,
        };
        if !words.is_empty() {
            patches.extend(command.rewrite(program, &args));
        }
        Ok(Plan { draft, ..Plan::said(self.server.file, Some(self.index), said, patches) })
    }
}
