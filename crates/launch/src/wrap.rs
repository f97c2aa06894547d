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

    /// The first word of what `warder learn` starts in the place of `run`: the same, watched. No entry has it, and one
    /// that somebody gave it does not start.
    pub const LEARN: &str = "learn";

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

    /// The same of a start that is watched.
    pub fn parse_learning(args: &[String]) -> Option<Wrapped> {
        let (first, rest) = args.split_first()?;
        let run = std::iter::once("run".to_owned()).chain(rest.iter().cloned());
        (first == Wrapped::LEARN).then(|| Wrapped::parse(&run.collect::<Vec<_>>())).flatten()
    }

    /// Reads the arguments of an entry that was rewritten once, also where it says now that it is watched.
    pub fn of_entry(args: &[String]) -> Option<Wrapped> {
        Wrapped::parse(args).or_else(|| Wrapped::parse_learning(args))
    }

    /// The words of a start that is watched.
    pub fn learning(&self) -> Vec<String> {
        let mut words = self.arguments();
        Wrapped::LEARN.clone_into(&mut words[0]);
        words
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
            assert_eq!(Wrapped::parse_learning(&wrapped.learning()), Some(wrapped.clone()));
            assert_eq!(Wrapped::parse(&wrapped.learning()), None);
            assert_eq!(Wrapped::parse_learning(&arguments), None);
            assert_eq!(Wrapped::of_entry(&wrapped.learning()), Some(wrapped.clone()));
            assert_eq!(Wrapped::of_entry(&arguments), Some(wrapped.clone()));
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
            assert_eq!(Wrapped::of_entry(&words(&line)), None, "{line}");
        }
    }
}
