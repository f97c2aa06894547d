//! Does a server start as before? Its unwrapped self first, then the changed
//! entry; a difference takes the change back.

use std::path::PathBuf;

use super::Session;
use crate::api::{Code, Failure};
use crate::document::Patch;
use crate::env::Env;
use crate::machine::FoundFile;
use crate::programs::resolve;
use crate::report::command_line;
use crate::server::Server;
use crate::store::{Record, Way};
use crate::verify::{self, PATIENCE, SHORT, Start};

/// How a client starts an entry: its short or full environment, its folder.
fn start(env: &Env, file: &FoundFile, server: &Server) -> Option<Start> {
    let command = server.command()?;
    let cwd = match &server.cwd {
        Some(cwd) if server.client.start.cwd => PathBuf::from(&cwd.value),
        _ => file.project.clone().unwrap_or_else(|| env.home.clone()),
    };
    let passed = |name: &String| !server.client.start.short_env || SHORT.contains(&name.as_str());
    let mut vars: std::collections::BTreeMap<String, String> =
        env.vars.iter().filter(|(name, _)| passed(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
    vars.insert("HOME".to_owned(), env.home.to_string_lossy().into_owned());
    vars.extend(server.env.iter().map(|pair| (pair.name.clone(), pair.value.value.clone())));
    let path = vars.get("PATH").map(|path| ("PATH".to_owned(), path.clone()));
    let env = Env { vars: path.into_iter().collect(), ..env.clone() };
    let program = resolve(&env, &command.program.value, Some(&cwd))?;
    let args = command.args.iter().map(|arg| arg.value.clone()).collect();
    Some(Start { program, args, env: vars, cwd })
}

/// The commands a verification starts, whole, for people: now, and after `patches`.
pub(super) fn lines(server: &Server, patches: &[Patch]) -> Vec<String> {
    let Some(command) = server.command() else { return Vec::new() };
    let (program, args) = command.rewritten(&[]);
    let now = command_line(&program, &args);
    let (program, args) = command.rewritten(patches);
    vec![now, command_line(&program, &args)]
}

impl Session {
    /// The unwrapped server, before anything is changed.
    pub(super) fn control(&self, file: &FoundFile, server: &Server) -> Result<Vec<String>, String> {
        let start = start(&self.env, file, server).ok_or("its program was not found")?;
        verify::tools(&start, PATIENCE).map_err(|error| error.to_string())
    }

    /// Starts the changed entry and compares; takes the change back if it differs.
    pub(super) fn confirm(
        &mut self,
        record: &Record,
        way: &Way,
        control: Result<Vec<String>, String>,
    ) -> Result<String, Failure> {
        let expected = match control {
            Ok(tools) => tools,
            Err(reason) => return Ok(format!("Not verified: it did not start before either ({reason}).")),
        };
        let machine = &self.seen().machine;
        let found = machine
            .servers
            .iter()
            .find(|server| server.at == way.entry && machine.files[server.file.0].path == record.path);
        let start = found.and_then(|server| start(&machine.env, &machine.files[server.file.0], server));
        let now = match start.map(|start| verify::tools(&start, PATIENCE)) {
            Some(Ok(tools)) => Ok(tools),
            Some(Err(error)) => Err(error.to_string()),
            None => Err("it was not found any more".to_owned()),
        };
        let reason = match now {
            Ok(tools) if tools == expected => {
                return Ok(format!("Started before and after: {} tools, the same.", tools.len()));
            }
            Ok(tools) => format!("it lists {} tools instead of {}", tools.len(), expected.len()),
            Err(reason) => reason,
        };
        self.undo(&record.id)?;
        Err(Failure {
            code: Code::NotVerified,
            message: format!("the changed server did not start as before: {reason}"),
            hint: Some("The change was taken back; the file is as it was.".to_owned()),
        })
    }
}
