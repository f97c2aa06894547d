//! What a server may do on this computer, in a few words: files, network,
//! secrets, and whether its client asks first.
//!
//! A fence of Warder's says it exactly. Else only what the entry proves is said
//! (`plain.rs`): a program that nothing holds back can do what the user can.

mod plain;

use warder_launch::profile::Profile;
use warder_launch::sandbox::{Grant, Network, Sandbox};

use super::Judged;
use crate::api::Reach;
use crate::count::counted;
use crate::finding::ServerIndex;
use crate::redact::line;
use crate::rules::credentials::plain::PLAIN;
use crate::rules::endpoint::{Distance, distance, parse};
use crate::rules::permissions::approved::Asking;
use crate::rules::permissions::fences::{Fence, fence};
use crate::rules::permissions::reach::{Reach as Breadth, reach};
use crate::server::command::{Container, ContainerOption, Launcher, PathUse};
use crate::server::{Command, Server, Transport};

const ALL: &str = "everything you can";
const ELSEWHERE: &str = "not on this machine";
const ANYWHERE: &str = "anywhere";
const NONE: &str = "none";
const UNREADABLE: &str = "cannot be read";

/// Of a server whose program somebody else started, or whose address may be this computer's.
const OWN_PROGRAM: &str = "what its own program may";

impl Judged {
    pub(super) fn reach(&self, index: ServerIndex, asking: Asking) -> Reach {
        let server = &self.machine.servers[index.0];
        let approval = match asking {
            Asking::Never(None) => "never".to_owned(),
            Asking::Never(Some(until)) => format!("never up to version {until}"),
            Asking::NotBefore(tools) => format!("not before {}", counted(tools, "tool", "tools")),
            Asking::Always => "always".to_owned(),
            Asking::Unknown if server.client.id == "generic" => "as its client decides".to_owned(),
            Asking::Unknown => format!("as {} decides", server.client.name),
        };
        let (files, network) = match &server.transport {
            Transport::Unknown => (UNREADABLE.to_owned(), UNREADABLE.to_owned()),
            Transport::Http { url, .. } => self.elsewhere(&url.value),
            Transport::Stdio(command) => self.here(index, server, command),
        };
        Reach { files, network, secrets: self.secrets(index, server), approval }
    }

    /// What has one of these rules found on a server?
    fn has(&self, index: ServerIndex, rule: &str) -> bool {
        self.own[index.0].iter().any(|finding| self.findings[*finding].rule == rule)
    }

    fn elsewhere(&self, url: &str) -> (String, String) {
        let Some(host) = parse(url).and_then(|url| Some(url.host()?.to_owned())) else {
            return (OWN_PROGRAM.to_owned(), "the address it names".to_owned());
        };
        let named = match &host {
            url::Host::Domain(name) => url::Host::Domain(name.as_str()),
            url::Host::Ipv4(ip) => url::Host::Ipv4(*ip),
            url::Host::Ipv6(ip) => url::Host::Ipv6(*ip),
        };
        match distance(&named, self.machine.env.os) {
            Distance::Here => (OWN_PROGRAM.to_owned(), "this computer".to_owned()),
            // This computer may have such a name.
            Distance::Beside => (OWN_PROGRAM.to_owned(), self.line(&host.to_string())),
            Distance::Near | Distance::Far => (ELSEWHERE.to_owned(), self.line(&host.to_string())),
        }
    }

    fn here(&self, index: ServerIndex, server: &Server, command: &Command) -> (String, String) {
        if command.wrapped.is_some() && command.profile.is_none() {
            return ("it does not start".to_owned(), "it does not start".to_owned());
        }
        if let Some((profile, sandbox)) = command.profile.as_ref().and_then(|it| Some((it, it.sandbox.as_ref()?))) {
            // Its own program and package are no places of the user's.
            let state = self.machine.env.state();
            let own =
                |grant: &&Grant| grant.path.starts_with(state.dir()) || profile.run.program.starts_with(&grant.path);
            return fenced(sandbox, sandbox.read.iter().filter(|grant| !own(grant)).count());
        }
        if let Some(container) = &command.launch.container {
            return self.contained(index, server, command, container);
        }
        // An `exec`, a compose file, a gateway: what runs there is not said here.
        if matches!(command.launch.launcher, Launcher::Docker | Launcher::Podman | Launcher::DockerMcpGateway) {
            return (ALL.to_owned(), ANYWHERE.to_owned());
        }
        match fence(&self.machine, server, command) {
            Fence::Holds => ("what its sandbox allows".to_owned(), "what its sandbox allows".to_owned()),
            Fence::Leaks { .. } | Fence::None => (self.served(index, server, command), ANYWHERE.to_owned()),
        }
    }

    /// Of a server that says in its arguments what it serves; else everything.
    fn served(&self, index: ServerIndex, server: &Server, command: &Command) -> String {
        if !plain::serves_folders(server, command, self.machine.env.os) {
            return ALL.to_owned();
        }
        let (places, _) = self.places(index, command, PathUse::Argument, "read and write");
        places
    }

    /// The paths of this kind in words, and whether each of them is a narrow folder.
    fn places(&self, index: ServerIndex, command: &Command, how: PathUse, may: &str) -> (String, bool) {
        let env = &self.machine.env;
        let real = self.machine.facts.servers.get(index.0).map(|facts| facts.roots.as_slice()).unwrap_or_default();
        let mut widest = None;
        let mut number = 0;
        for (at, path) in command.launch.paths.iter().enumerate().filter(|(_, path)| path.how == how) {
            // One that nobody followed may lead anywhere.
            let Some(Some(real)) = real.get(at) else { return (ALL.to_owned(), false) };
            let real = real.to_string_lossy();
            let real = real.strip_prefix(r"\\?\").unwrap_or(&real);
            if how == PathUse::Mount && plain::may_hold_sockets(real) {
                return (ALL.to_owned(), false);
            }
            let breadth = [path.path.as_str(), real].map(|path| reach(path, env.os, &env.home));
            widest = breadth.into_iter().flatten().chain(widest).max();
            number += 1;
        }
        let places = match widest {
            Some(Breadth::Disk) => format!("the whole disk, {may}"),
            Some(Breadth::Homes) => format!("all home folders, {may}"),
            Some(Breadth::Home) => format!("home folder, {may}"),
            Some(Breadth::System) => format!("system folders, {may}"),
            None => format!("{}, {may}", counted(number, "folder", "folders")),
        };
        (places, widest.is_none())
    }

    fn contained(
        &self,
        index: ServerIndex,
        server: &Server,
        command: &Command,
        container: &Container,
    ) -> (String, String) {
        let all = || (ALL.to_owned(), ANYWHERE.to_owned());
        if self.has(index, "container-host-takeover") || !plain::is_contained(server, command, self.machine.env.os) {
            return all();
        }
        let mut mounts = command.launch.paths.iter().filter(|path| path.how == PathUse::Mount).peekable();
        let (files, narrow) = match mounts.peek() {
            None => ("only its container's".to_owned(), true),
            Some(_) => {
                let read_only = mounts.all(|mount| mount.read_only);
                let may = if read_only { "read only" } else { "read and write" };
                self.places(index, command, PathUse::Mount, may)
            }
        };
        if files == ALL {
            return all();
        }
        let mut modes = container.options.iter().filter_map(|(_, option)| match option {
            ContainerOption::Network(mode) => Some(mode.as_str()),
            _ => None,
        });
        // Sockets in a broad folder lead out of every network.
        let none = narrow && modes.next().is_some_and(|first| first == "none") && modes.all(|mode| mode == "none");
        (files, if none { NONE } else { ANYWHERE }.to_owned())
    }

    fn secrets(&self, index: ServerIndex, server: &Server) -> String {
        let findings = self.own[index.0].iter().map(|finding| &self.findings[*finding]);
        let plain = findings.filter(|finding| finding.server == Some(index) && PLAIN.contains(&finding.rule)).count();
        let kept = server.profile().map_or(0, |profile: &Profile| profile.handles().count());
        match (plain, kept) {
            (0, 0) if matches!(server.transport, Transport::Http { .. }) => "none, or signs in".to_owned(),
            (0, 0) => NONE.to_owned(),
            (plain, 0) => format!("{plain} in plain text"),
            (0, kept) => format!("{kept} in the keychain"),
            (plain, kept) => format!("{plain} in plain text, {kept} in the keychain"),
        }
    }
}

/// What a fence of ours leaves; `read`: how many places that are the user's may only be read.
fn fenced(sandbox: &Sandbox, read: usize) -> (String, String) {
    let files = match (read, sandbox.write.len()) {
        (0, 0) => "none of yours".to_owned(),
        (read, 0) => format!("{}, read only", counted(read, "folder", "folders")),
        (0, write) => format!("{}, read and write", counted(write, "folder", "folders")),
        (read, write) => format!("{}, {read} of them read only", counted(read + write, "folder", "folders")),
    };
    let network = match &sandbox.network {
        Network::None => NONE.to_owned(),
        Network::All => ANYWHERE.to_owned(),
        Network::Hosts(hosts) => match hosts.as_slice() {
            [] => NONE.to_owned(),
            [one] => line(&one.to_string()),
            [one, two] => line(&format!("{one}, {two}")),
            [one, others @ ..] => line(&format!("{one} and {} more", others.len())),
        },
    };
    (files, network)
}

#[cfg(test)]
mod tests;
