//! Which package a server runs, and in which version, as far as that is known.

use crate::document::KeyPath;
use crate::facts::Installed;
use crate::finding::{Act, Finding, Place, Safety, Said, ServerIndex};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{launched, place};
use crate::server::command::{Ecosystem, Package, Payload};
use crate::server::{Command, Server};
use crate::writing::may_edit;

/// The package behind a launch line.
pub(super) struct Runs<'a> {
    pub(super) index: ServerIndex,
    pub(super) server: &'a Server,
    pub(super) command: &'a Command,
    pub(super) package: &'a Package,
    /// The exact version that a start runs: as installed by Warder, as written, else as it ran last.
    pub(super) version: Option<&'a str>,
    /// That version as it lies on this computer.
    pub(super) installed: Option<&'a Installed>,
}

/// Every server that is started from a package.
pub(super) fn packaged(machine: &Machine) -> impl Iterator<Item = Runs<'_>> {
    launched(machine).filter_map(|(index, server, command)| {
        let Payload::Package(package) = &command.launch.payload else { return None };
        let own = command.profile.as_ref().and_then(|profile| profile.package.as_ref());
        let written = package.version.as_deref().filter(|_| package.pinned);
        let installed = machine.facts.server(index).and_then(|facts| facts.installed.as_ref());
        let version = own.map(|own| own.version.as_str()).or(written.map(bare));
        let version = version.or(installed.map(|installed| installed.version.as_str()));
        let installed = installed.filter(|installed| version == Some(bare(&installed.version)));
        Some(Runs { index, server, command, package, version, installed })
    })
}

/// `v1.2.3` and `=1.2.3` are the version 1.2.3.
fn bare(version: &str) -> &str {
    version.trim_start_matches(['=', 'v'])
}

impl Runs<'_> {
    /// Where the line names the package.
    pub(super) fn place(&self, machine: &Machine) -> Place {
        match self.command.word(self.package.word) {
            Some(word) => place::text(machine, self.server, word),
            None => place::entry(self.server),
        }
    }

    /// `some-mcp 1.2.3`, fit to be shown.
    pub(super) fn shown(&self) -> String {
        let name = named(&self.package.name);
        match self.version {
            Some(version) if self.package.ecosystem != Ecosystem::Git => format!("{name} {}", named(version)),
            _ => name,
        }
    }

    /// Whether it was installed by Warder, at one version for good.
    pub(super) fn is_of_store(&self) -> bool {
        self.command.profile.as_ref().is_some_and(|profile| profile.package.is_some())
    }

    /// Offers to name `version` in the launch line; `false` where that cannot be done.
    pub(super) fn offer_pin(
        &self,
        machine: &Machine,
        finding: &mut Finding,
        version: &str,
        safety: Safety,
        summary: String,
    ) -> bool {
        let readable = self.command.wrapped.is_none() || self.command.profile.is_some();
        if self.is_of_store() || !readable || may_edit(machine, self.server).is_err() {
            return false;
        }
        let Some(text) = pinned(self.command, self.package, version) else { return false };
        let (name, version) = (named(&self.package.name), named(version));
        let said = Said {
            title: format!("Pin {name} to {version}"),
            past: format!("Pinned {name} to {version}"),
            summary,
            notes: vec![format!("What {name} depends on is still fetched as its own ranges allow.")],
        };
        finding.fix("pin", "Pin the version", safety, Act::Texts { texts: vec![text], said });
        true
    }
}

/// The word that names a package, with one exact version in it.
fn pinned(command: &Command, package: &Package, version: &str) -> Option<(KeyPath, Option<String>)> {
    let word = command.word(package.word)?;
    let text = &word.value;
    let (start, end) = spec(package, text)?;
    let old = &text[start..end];
    let new = match package.ecosystem {
        Ecosystem::Npm => format!("{}@{version}", package.name),
        Ecosystem::Pypi => {
            // Extras belong to the name: `mcp[cli]`.
            let head = old.find(']').map_or(package.name.len(), |end| end + 1);
            format!("{}=={version}", &old[..head])
        }
        _ => return None,
    };
    Some((word.at.clone(), Some(format!("{}{new}{}", &text[..start], &text[end..]))))
}

/// The only place where a text names a package, its version included.
fn spec(package: &Package, text: &str) -> Option<(usize, usize)> {
    let is_end = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\''));
    let starts = |at: usize| {
        let before = text[..at].chars().next_back();
        is_end(before) || matches!(before, Some('=' | ':'))
    };
    let mut found = text.match_indices(&package.name).filter(|(at, _)| starts(*at)).filter_map(|(at, name)| {
        let rest = &text[at + name.len()..];
        let extras = match package.ecosystem {
            Ecosystem::Pypi if rest.starts_with('[') => rest.find(']')? + 1,
            _ => 0,
        };
        let rest = &rest[extras..];
        let version = match &package.version {
            None => 0,
            Some(version) => {
                // A Python range has its sign in itself.
                let mut signs = ["===", "==", "@", ""].iter();
                let follows = |sign: &&&str| rest.strip_prefix(**sign).is_some_and(|rest| rest.starts_with(version));
                signs.find(follows)?.len() + version.len()
            }
        };
        let end = at + name.len() + extras + version;
        is_end(text[end..].chars().next()).then_some((at, end))
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, machine};

    /// The words of the line once its package is pinned to 1.2.3.
    #[track_caller]
    fn check(command: &str, args: &str, pinned_to: Option<&str>) {
        let machine = machine(&entry(&format!(r#"{{ "command": "{command}", "args": {args} }}"#)));
        let runs = packaged(&machine).next().expect("it is a package");
        let text = pinned(runs.command, runs.package, "1.2.3").map(|(_, text)| text.expect("a text"));
        assert_eq!(text.as_deref(), pinned_to, "{command} {args}");
    }

    #[test]
    fn only_the_name_of_the_package_is_changed() {
        check("npx", r#"["-y", "some-mcp"]"#, Some("some-mcp@1.2.3"));
        check("npx", r#"["-y", "@Some/mcp@latest", "some-mcp"]"#, Some("@Some/mcp@1.2.3"));
        check("npx", r#"["-y", "--package=some-mcp@^1", "some-mcp"]"#, Some("--package=some-mcp@1.2.3"));
        check("cmd", r#"["/c", "npx", "-y", "some-mcp"]"#, Some("some-mcp@1.2.3"));
        check("cmd", r#"["/c", "npx -y some-mcp --x"]"#, Some("npx -y some-mcp@1.2.3 --x"));
        check("npx", r#"["-y", "mine@npm:some-mcp@1"]"#, Some("mine@npm:some-mcp@1.2.3"));
        check("uvx", r#"["Some_mcp"]"#, Some("Some_mcp==1.2.3"));
        check("uvx", r#"["some-mcp[cli,x]"]"#, Some("some-mcp[cli,x]==1.2.3"));
        check("uvx", r#"["some-mcp@latest"]"#, Some("some-mcp==1.2.3"));
        check("uvx", r#"["some-mcp[cli]>=1,<2"]"#, Some("some-mcp[cli]==1.2.3"));
        check("uvx", r#"["--from", "some-mcp~=1.0", "run-it"]"#, Some("some-mcp==1.2.3"));
        check("uvx", r#"["some-mcp==1.0.0"]"#, Some("some-mcp==1.2.3"));
        check("uvx", r#"["some-mcp ; python_version > '3'"]"#, Some("some-mcp==1.2.3 ; python_version > '3'"));
    }

    #[test]
    fn what_is_not_plain_is_left_alone() {
        check("npx -y some-mcp some-mcp", "[]", None);
        check("uvx", r#"["some-mcp >= 1"]"#, None);
        check("docker", r#"["run", "-i", "some/mcp"]"#, None);
    }
}
