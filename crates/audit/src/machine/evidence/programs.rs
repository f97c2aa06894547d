//! Programs and scripts: where they are, and who else may change them.
//!
//! Each one is looked at once. What lies on a drive that may not be there, on
//! another system or behind a network is not asked for: it stays unknown.

mod source;
mod walk;

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::clients::Os;
use crate::facts::{Facts, Program, Search, ServerFacts, Source, Writable};
use crate::machine::Machine;
use crate::programs::{absolute, named, program_at, usual};
use crate::server::command::{Launcher, Payload, Role};
use crate::server::{Command, Server};
use walk::{Gone, Walked, Walker};

/// The system this program runs on: only its own files can be looked at.
const HERE: Os = if cfg!(target_os = "windows") {
    Os::Windows
} else if cfg!(target_os = "macos") {
    Os::Macos
} else {
    Os::Linux
};

/// Fills in what is known of the programs of `Facts::servers`.
pub(super) fn gather(machine: &Machine, facts: &mut Facts) {
    facts.servers.resize_with(machine.servers.len(), ServerFacts::default);
    if machine.env.os != HERE {
        return;
    }
    let mut look = Look {
        machine,
        walker: Walker::new(&machine.env),
        named: named(&machine.env),
        usual: usual(&machine.env),
        bare: HashMap::new(),
        sources: Vec::new(),
        read: HashMap::new(),
    };
    for (server, facts) in machine.servers.iter().zip(&mut facts.servers) {
        if let Some(command) = server.command().filter(|_| runs_here(machine, server)) {
            look.server(server, command, facts);
        }
    }
    facts.sources = look.sources;
}

/// Whether a server runs on this system as it is: not in a container or another sandbox.
fn runs_here(machine: &Machine, server: &Server) -> bool {
    let path = &machine.files[server.file.0].path;
    let inside = |name: &str| path.components().any(|part| part == Component::Normal(name.as_ref()));
    // Flatpak's applications see other programs.
    !inside(".devcontainer") && !inside(".var")
}

struct Look<'a> {
    machine: &'a Machine,
    walker: Walker,
    /// The folders of the `PATH`, and where installers put programs.
    named: Vec<PathBuf>,
    usual: Vec<PathBuf>,
    /// By names without a folder.
    bare: HashMap<String, (Program, Option<Search>)>,
    sources: Vec<Source>,
    /// Where each script that was read is among them.
    read: HashMap<PathBuf, Option<usize>>,
}

impl Look<'_> {
    fn server(&mut self, server: &Server, command: &Command, facts: &mut ServerFacts) {
        let env = &self.machine.env;
        let file = &self.machine.files[server.file.0];
        let own = server.cwd.as_ref().filter(|_| server.client.start.cwd).map(|cwd| cwd.value.as_str());
        let cwd = match own {
            Some(own) => is_plain(own).then(|| absolute(env, own, file.project.as_deref())).flatten(),
            None => file.project.clone(),
        };
        let words = command.words();
        // What the launcher starts is fixed in its profile.
        let program = match (&command.wrapped, &command.profile) {
            (Some(_), Some(profile)) => profile.run.program.to_string_lossy().into_owned(),
            (Some(_), None) => return,
            (None, _) => words[0].value.clone(),
        };
        let (found, search) = self.program(server, &program, cwd.as_deref());
        let script = script(command).filter(|text| is_plain(text));
        let script = script.and_then(|text| absolute(env, text, cwd.as_deref()));
        let script = script.map(|path| (self.walker.walk(&path), path));

        let mut writable = Vec::new();
        let mut known = true;
        if let Some(Program::Found { path } | Program::Missing { path }) = &found {
            known = self.note(path, &mut writable);
        } else if found.is_none() {
            known = false;
        }
        facts.program = match &script {
            Some((Err(Gone::Missing), path)) if !self.is_asked_for() && !is_entry(path) => {
                Some(Program::Missing { path: path.clone() })
            }
            _ => found,
        };
        facts.search = search;
        if let Some((walked, path)) = &script {
            known &= self.note(path, &mut writable);
            if let Ok(walked) = walked {
                facts.source = self.source(&walked.real);
            }
        } else if matches!(command.launch.payload, Payload::Script { .. }) {
            known = false;
        }
        writable.dedup();
        facts.writable = (known && cfg!(unix) || !writable.is_empty()).then_some(writable);
    }

    /// A single file can be one of another computer: that something is missing here says nothing.
    fn is_asked_for(&self) -> bool {
        self.machine.env.only.is_some()
    }

    /// Adds what others may change on the way to `path`; whether it could be looked at.
    fn note(&mut self, path: &Path, writable: &mut Vec<Writable>) -> bool {
        let walked = self.walker.walk(path);
        let offence = match &walked {
            Ok(Walked { offence, .. }) => offence.clone(),
            // Where it would be put by whoever may write there.
            Err(Gone::Missing) => self.walker.last_offence.clone(),
            Err(Gone::Unknown) => return false,
        };
        writable.extend(offence);
        true
    }

    fn program(&mut self, server: &Server, text: &str, cwd: Option<&Path>) -> (Option<Program>, Option<Search>) {
        let env = &self.machine.env;
        if !is_plain(text) || text.is_empty() {
            return (None, None);
        }
        if text.contains(['/', '\\']) {
            let Some(path) = absolute(env, text, cwd) else { return (None, None) };
            let program = match self.walker.walk(&path) {
                Ok(_) => Some(Program::Found { path }),
                Err(Gone::Missing) if self.is_asked_for() => None,
                // A blank in it may as well part it from its arguments.
                Err(Gone::Missing) if text.contains(' ') || env.os == Os::Windows => None,
                Err(Gone::Missing) => Some(Program::Missing { path }),
                Err(Gone::Unknown) => None,
            };
            return (program, None);
        }
        if text.contains(char::is_whitespace) || server.env.iter().any(|one| one.name.eq_ignore_ascii_case("PATH")) {
            return (None, None);
        }
        if !self.bare.contains_key(text) {
            let found = self.bare(text);
            self.bare.insert(text.to_owned(), found);
        }
        let (program, search) = self.bare[text].clone();
        let found = matches!(program, Program::Found { .. });
        (Some(program).filter(|_| found || !self.is_asked_for()), search)
    }

    /// A name without a folder, searched for on the `PATH`.
    fn bare(&mut self, name: &str) -> (Program, Option<Search>) {
        let env = &self.machine.env;
        let mut open = None;
        for dir in self.named.clone() {
            let Ok(walked) = self.walker.walk(&dir) else { continue };
            if let Some(path) = program_at(env, &dir.join(name)) {
                let search = Search { open, system: self.system(name, &dir, &path) };
                return (Program::Found { path }, Some(search));
            }
            open = open.or_else(|| walked.offence.map(|_| dir));
        }
        let mut paths: Vec<PathBuf> = self.usual.iter().filter_map(|dir| program_at(env, &dir.join(name))).collect();
        paths.dedup();
        match paths.first() {
            Some(first) => (Program::Elsewhere { by_env: source::looks_for_interpreter(first), paths }, None),
            None => (Program::Nowhere, None),
        }
    }

    /// The system's own program, where `path` in `dir` is another one that the user may replace.
    fn system(&self, name: &str, dir: &Path, path: &Path) -> Option<PathBuf> {
        const SYSTEM: [&str; 3] = ["/usr/bin", "/bin", "/usr/sbin"];
        let env = &self.machine.env;
        if SYSTEM.iter().any(|system| dir == Path::new(system)) || !self.walker.is_users(dir) {
            return None;
        }
        let system = SYSTEM.iter().find_map(|system| program_at(env, &Path::new(system).join(name)))?;
        (path.canonicalize().ok() != system.canonicalize().ok()).then_some(system)
    }

    fn source(&mut self, path: &Path) -> Option<usize> {
        if let Some(known) = self.read.get(path) {
            return *known;
        }
        let source = source::read(path).map(|source| {
            self.sources.push(source);
            self.sources.len() - 1
        });
        self.read.insert(path.to_owned(), source);
        source
    }
}

/// The word that names a script file, if one does.
fn script(command: &Command) -> Option<&str> {
    let launch = &command.launch;
    let Payload::Script { word: Some(word) } = launch.payload else { return None };
    // Behind these a path is one of another system.
    if launch.layers.iter().any(|layer| layer.role == Role::Wsl) {
        return None;
    }
    let words = command.words();
    let text = words.get(word)?.value.as_str();
    let module = word > 0 && words[word - 1].value == "-m";
    let absolute = Path::new(text).is_absolute() || text.starts_with("~/");
    // Runners look for a relative one in folders of their own.
    let runner = !matches!(launch.launcher, Launcher::Node | Launcher::Bun | Launcher::Deno | Launcher::Python);
    let named = Path::new(text).extension().is_some();
    (!module && !text.contains("://") && (absolute || !runner && named)).then_some(text)
}

/// What Node finds although a file of exactly this name is not there: `x.js` for `x`.
fn is_entry(path: &Path) -> bool {
    path.extension().is_none() && ["js", "mjs", "cjs", "ts"].iter().any(|end| path.with_extension(end).exists())
}

/// Whether a text means itself: no reference of any client in it.
fn is_plain(text: &str) -> bool {
    !text.contains(['$', '%', '{', '\0'])
}

#[cfg(test)]
mod tests;
