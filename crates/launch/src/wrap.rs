//! The command line that replaces a server's own.
//!
//! `<launcher> run --profile ID -- <original program> <original args…>`: the
//! original stays readable behind `--`, word for word, so that any Warder can
//! take the wrapper off again.

use crate::profile::ProfileId;

/// A wrapped command line, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped {
    pub profile: ProfileId,
    pub program: String,
    pub args: Vec<String>,
}

impl Wrapped {
    /// Number of words before the original program: `run --profile ID --`.
    pub const PREFIX: usize = 4;

    /// Reads the arguments of a rewritten entry; `None` for anything else.
    pub fn parse(args: &[String]) -> Option<Wrapped> {
        let [run, flag, id, dashes, program, rest @ ..] = args else {
            return None;
        };
        if run != "run" || flag != "--profile" || dashes != "--" {
            return None;
        }
        Some(Wrapped {
            profile: ProfileId::parse(id)?,
            program: program.clone(),
            args: rest.to_vec(),
        })
    }

    /// Whether a config's `command` names a launcher of ours (by file name).
    pub fn is_launcher(command: &str) -> bool {
        let name = command.rsplit(['/', '\\']).next().unwrap_or(command);
        name == "warder-launch" || name.eq_ignore_ascii_case("warder-launch.exe")
    }

    /// The words to put in front: `run --profile ID --` and the old program.
    pub fn arguments(&self) -> Vec<String> {
        let head = [
            "run",
            "--profile",
            self.profile.as_str(),
            "--",
            &self.program,
        ];
        head.iter()
            .map(|word| (*word).to_owned())
            .chain(self.args.iter().cloned())
            .collect()
    }
}
