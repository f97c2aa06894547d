//! Every credential in plain text with its place, for screens that list them.

use super::literals::{Carrier, Literals, Seat};
use crate::document::KeyPath;
use crate::finding::ServerIndex;
use crate::machine::Machine;
use crate::rules::{Findings, place};

/// The rules that find a key itself.
pub(crate) const PLAIN: [&str; 4] = ["secret-in-args", "secret-in-env", "secret-in-header", "secret-in-url"];

/// One place of a credential. The value is borrowed: it is compared, and told to nobody.
pub(crate) struct Plain<'a> {
    /// `None`: a comment, which no server is given.
    pub(crate) server: Option<ServerIndex>,
    /// The file it stands in, as people read it.
    pub(crate) shown: &'a str,
    pub(crate) at: KeyPath,
    pub(crate) line: Option<usize>,
    /// The name it goes by; `None` where it has none.
    pub(crate) name: Option<String>,
    /// `GITHUB_TOKEN`, `an argument`, `a header`, `the URL`, `a comment`.
    pub(crate) used_as: String,
    /// `a GitHub token`.
    pub(crate) kind: &'a str,
    pub(crate) value: &'a str,
    /// Everybody knows it, so that equal ones are not one.
    pub(crate) is_common: bool,
}

/// Calls `each` with every place, in the order of the entries, the files of variables and the comments.
pub(crate) fn plain(machine: &Machine, each: &mut dyn FnMut(Plain)) {
    let literals = Findings::default().literals(machine);
    let Literals { entries, env_files, remarks } = &*literals;
    for literal in entries {
        let (name, used_as) = match (&literal.seat, &machine.servers[literal.server.0]) {
            (Seat::Variable(index), server) => (Some(server.env[*index].name.clone()), server.env[*index].name.clone()),
            (Seat::Header(index), server) => (server.header(*index).map(str::to_owned), "a header".to_owned()),
            (Seat::Url, _) => (None, "the URL".to_owned()),
            (Seat::Word(_, Carrier::Variable(name)), _) => (Some(name.clone()), name.clone()),
            (Seat::Word(_, Carrier::Flag(name)), _) => (Some(name.clone()), "an argument".to_owned()),
            (Seat::Word(_, Carrier::Url | Carrier::Bare), _) => (None, "an argument".to_owned()),
        };
        let place = literal.place(machine);
        each(Plain {
            server: Some(literal.server),
            shown: &machine.files[place.file.0].shown,
            at: place.at,
            line: place.position.map(|position| position.line),
            name,
            used_as,
            kind: &literal.verdict.kind,
            value: literal.value(machine),
            is_common: literal.verdict.weak_default,
        });
    }
    for held in env_files {
        for (index, verdict) in &held.secrets {
            let variable = &held.file.variables[*index];
            for server in &held.servers {
                let at = match &machine.servers[server.0].env_file {
                    Some(named) => place::text(machine, &machine.servers[server.0], named).at,
                    None => machine.servers[server.0].at.clone(),
                };
                each(Plain {
                    server: Some(*server),
                    shown: &held.file.shown,
                    at,
                    line: Some(variable.line),
                    name: Some(variable.name.clone()),
                    used_as: variable.name.clone(),
                    kind: &verdict.kind,
                    value: variable.value.trim(),
                    is_common: verdict.weak_default,
                });
            }
        }
    }
    for remark in remarks {
        let place = remark.place(machine);
        let Some(document) = machine.document(remark.file) else { continue };
        each(Plain {
            server: None,
            shown: &machine.files[remark.file.0].shown,
            at: place.at,
            line: place.position.map(|position| position.line),
            name: None,
            used_as: "a comment".to_owned(),
            kind: &remark.verdict.kind,
            value: &document.text[remark.range.clone()],
            is_common: remark.verdict.weak_default,
        });
    }
}
