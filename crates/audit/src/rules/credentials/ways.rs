//! Which way a key takes out of a launch line.

use std::ops::Range;

use super::known_variables;
use super::literals::{Carrier, Literal};
use super::secret_in_env::movable;
use super::secret_in_header::variable;
use crate::clients::Scope;
use crate::dialect::{Spot, is_variable};
use crate::finding::{Act, By, Safety};
use crate::machine::Machine;
use crate::server::command::{Assignment, Launcher, Payload, Role};
use crate::server::{Command, Server};
use crate::writing::may_wrap;

/// What is moved, and how it gets back.
struct Way {
    range: Range<usize>,
    by: By,
    safety: Safety,
}

/// Moves a key of word `index` to the keychain; else why that cannot be done,
/// as a full sentence. `None`: what is in the way is a finding of its own.
pub(super) fn out_of_word(
    machine: &Machine,
    literal: &Literal,
    index: usize,
    carrier: &Carrier,
) -> Option<Result<(Act, Safety), String>> {
    let server = &machine.servers[literal.server.0];
    let command = server.command().filter(|_| movable(server))?;
    if let Err(why) = may_wrap(machine, server).and_then(|()| handed_over(command, index, literal.value(machine))) {
        return Some(Err(why));
    }
    let word = Word { machine, server, command, index, carrier };
    let by_launcher = || Way { range: literal.range.clone(), by: By::Launcher, safety: Safety::Review };
    let way = word.by_variable(literal).unwrap_or_else(by_launcher);
    // Others work with a project's file, and have no such keychain item.
    let safety = if server.scope == Scope::Project { Safety::Review } else { way.safety };
    let at = literal.text(machine).at.clone();
    Some(Ok((Act::Keychain { at, range: way.range, by: way.by }, safety)))
}

/// Whether the launcher can put the value back so that the server gets what it gets now.
fn handed_over(command: &Command, index: usize, value: &str) -> Result<(), String> {
    let layered = |role| command.launch.layers.iter().any(|layer| layer.role == role);
    let first = command.word(0).map_or("", |word| word.value.trim());
    let is_line = first.contains(char::is_whitespace) && !first.contains(['/', '\\']);
    if index == 0 || is_line {
        return Err(
            "The whole launch line stands in one text: write the program and its arguments apart first.".to_owned()
        );
    }
    if command.launch.shell.is_some() || layered(Role::Shell) || layered(Role::Wsl) || is_shell(command) {
        return Err("A shell takes this line apart at each start, and would take a key apart that is put into it: \
                    start the program without the shell first."
            .to_owned());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=+@~,".contains(c);
    if layered(Role::Cmd) && !value.chars().all(plain) {
        return Err(
            "The key holds characters that cmd reads as its own: start the program without cmd first.".to_owned()
        );
    }
    Ok(())
}

/// A shell line of which nothing is known.
fn is_shell(command: &Command) -> bool {
    command.launch.launcher == Launcher::Shell
}

/// A word with a key.
struct Word<'a> {
    machine: &'a Machine,
    server: &'a Server,
    command: &'a Command,
    index: usize,
    carrier: &'a Carrier,
}

impl Word<'_> {
    /// The key as a variable, where the server is known to read it from one.
    fn by_variable(&self, literal: &Literal) -> Option<Way> {
        let (name, range) = match self.carrier {
            Carrier::Variable(name) => (name.clone(), self.assigned(name)?),
            Carrier::Flag(_) | Carrier::Url => {
                self.known().or_else(|| self.header().map(|name| (name, literal.range.clone())))?
            }
            Carrier::Bare => return None,
        };
        // What the entry sets already may be meant for something else.
        let is_free = is_variable(&name) && self.server.env.iter().all(|pair| pair.name != name);
        is_free.then_some(Way { range, by: By::Variable(name), safety: Safety::Safe })
    }

    /// The value of `docker run -e NAME=value` and of `env NAME=value …`, which
    /// take the variable from their caller as well.
    fn assigned(&self, name: &str) -> Option<Range<usize>> {
        let launch = &self.command.launch;
        let mut same = launch.assignments.iter().filter(|one| one.name == name);
        let (Some(Assignment { word, range, .. }), None) = (same.next(), same.next()) else { return None };
        let contained = matches!(launch.launcher, Launcher::Docker | Launcher::Podman);
        let taken = match &launch.layers[..] {
            [] => contained,
            [layer] => layer.role == Role::Env && is_bare_env(self.command, *word),
            _ => false,
        };
        (taken && *word == self.index && !range.is_empty()).then(|| range.clone())
    }

    /// The variable and the whole value of a flag of a well-known package.
    fn known(&self) -> Option<(String, Range<usize>)> {
        let Payload::Package(package) = &self.command.launch.payload else { return None };
        // What stands before it may keep the environment to itself.
        let passes = self.command.launch.layers.iter().all(|layer| layer.role == Role::Cmd);
        if !passes || self.index < self.command.launch.arguments {
            return None;
        }
        let word = &self.command.word(self.index)?.value;
        let (flag, start) = match word.split_once('=').filter(|_| word.starts_with('-')) {
            Some((flag, _)) => (flag, flag.len() + 1),
            None => (self.command.word(self.index - 1)?.value.as_str(), 0),
        };
        Some((known_variables::variable(package, flag)?.to_owned(), start..word.len()))
    }

    /// A name for the variable of a header that mcp-remote puts it into: its
    /// `--header` values may hold `${NAME}` (its `parseCommandLineArgs`).
    fn header(&self) -> Option<String> {
        let launch = &self.command.launch;
        let bridge = launch.bridge.as_deref() == Some("mcp-remote");
        let passes = launch.layers.iter().all(|layer| layer.role == Role::Cmd);
        let before = &self.command.word(self.index - 1)?.value;
        if !bridge || !passes || before != "--header" {
            return None;
        }
        let (header, _) = self.command.word(self.index)?.value.split_once(':')?;
        let name = variable(&self.server.name, header.trim());
        // A client that reads such a text itself would put in what its own environment holds.
        let file = &self.machine.files[self.server.file.0];
        let read =
            file.has_several_readers() || !file.row.expands.references(Spot::Args, &format!("${{{name}}}")).is_empty();
        (!read).then_some(name)
    }
}

/// Whether only assignments stand between `env` and this word.
fn is_bare_env(command: &Command, word: usize) -> bool {
    let program = command.word(0).map(|first| first.value.rsplit('/').next().unwrap_or_default());
    let assigned = |index| command.launch.assignments.iter().any(|one| one.word == index);
    program == Some("env") && (1..=word).all(assigned)
}
