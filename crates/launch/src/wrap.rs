//! The command line that replaces a server's own.
//!
//! `<launcher> run --profile ID -- <original program> <original args…>`: the
//! original stays readable behind `--`, word for word, so that any Warder can
//! take the wrapper off again.

use crate::id::ProfileId;

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
        Some(Wrapped { profile: ProfileId::parse(id)?, program: program.clone(), args: rest.to_vec() })
    }

    /// Whether a config's `command` names a launcher of ours (by file name).
    pub fn is_launcher(command: &str) -> bool {
        let name = command.rsplit(['/', '\\']).next().unwrap_or(command);
        name == "warder-launch" || name.eq_ignore_ascii_case("warder-launch.exe")
    }

    /// Whether a config's `command` names our relay (by file name).
    pub fn is_relay(command: &str) -> bool {
        let name = command.rsplit(['/', '\\']).next().unwrap_or(command);
        name == "warder-relay" || name.eq_ignore_ascii_case("warder-relay.exe")
    }

    /// The words to put in front: `run --profile ID --` and the old program.
    pub fn arguments(&self) -> Vec<String> {
        let head = ["run", "--profile", self.profile.as_str(), "--", &self.program];
        head.iter().map(|word| (*word).to_owned()).chain(self.args.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_wrapper_comes_off_as_it_went_on() {
        let profile = ProfileId::new("github", [5; 16]);
        for args in ["", "-y server --key=a", "-- --profile x run --"] {
            let wrapped = Wrapped { profile: profile.clone(), program: "npx".into(), args: words(args) };
            let arguments = wrapped.arguments();
            assert_eq!(arguments[Wrapped::PREFIX], "npx");
            assert_eq!(Wrapped::parse(&arguments), Some(wrapped));
        }
    }

    #[test]
    fn nothing_else_is_a_wrapper() {
        let id = ProfileId::new("github", [5; 16]).as_str().to_owned();
        for line in [
            String::new(),
            "run".into(),
            format!("run --profile {id}"),
            format!("run --profile {id} --"),
            format!("run --profile {id} npx --"),
            format!("run --profile={id} -- npx"),
            format!("exec --profile {id} -- npx"),
            format!("run -p {id} -- npx"),
            "run --profile github -- npx".into(),
            format!("run --profile ../{id} -- npx"),
        ] {
            assert_eq!(Wrapped::parse(&words(&line)), None, "{line}");
        }
    }

    #[test]
    fn launchers_are_known_by_their_file_name() {
        for command in
            ["/home/u/.warder/bin/warder-launch", "warder-launch", r"C:\Users\u\.warder\bin\Warder-Launch.EXE"]
        {
            assert!(Wrapped::is_launcher(command), "{command}");
        }
        for command in ["npx", "/bin/warder-launcher", "my-warder-launch", "/warder-launch/npx", ""] {
            assert!(!Wrapped::is_launcher(command), "{command}");
        }
    }
}
