//! What a server may do on this computer, in a few words: files, network,
//! secrets, and whether its client asks first.
//!
//! A fence of Warder's says it exactly. Else only what the entry proves is said:
//! a program that nothing holds back can do what the user can.

use warder_launch::profile::Profile;
use warder_launch::sandbox::{Grant, Network, Sandbox};

use super::Judged;
use crate::api::Reach;
use crate::finding::ServerIndex;
use crate::redact::line;
use crate::rules::credentials::plain::PLAIN;
use crate::rules::permissions::approved::Asking;
use crate::rules::permissions::fences::{Fence, fence};
use crate::rules::permissions::reach::{Reach as Breadth, reach};
use crate::server::command::{Container, ContainerOption, PathUse, Payload};
use crate::server::{Command, Server, Transport};

const ALL: &str = "everything you can";
const ELSEWHERE: &str = "not on this machine";
const ANYWHERE: &str = "anywhere";
const NONE: &str = "none";
const UNREADABLE: &str = "cannot be read";

/// Packages that serve the folders among their arguments, and nothing else.
const SERVES_FOLDERS: &[&str] = &["@modelcontextprotocol/server-filesystem"];

impl Judged {
    pub(super) fn reach(&self, index: ServerIndex, asking: Asking) -> Reach {
        let server = &self.machine.servers[index.0];
        let approval = match asking {
            Asking::Never(None) => "never".to_owned(),
            Asking::Never(Some(until)) => format!("never up to version {until}"),
            Asking::NotBefore(1) => "not before 1 tool".to_owned(),
            Asking::NotBefore(tools) => format!("not before {tools} tools"),
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
        let Some(host) = url::Url::parse(url).ok().and_then(|url| Some(url.host()?.to_owned())) else {
            return (ELSEWHERE.to_owned(), "the address it names".to_owned());
        };
        let local = match &host {
            url::Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
            url::Host::Ipv4(ip) => ip.is_loopback(),
            url::Host::Ipv6(ip) => ip.is_loopback(),
        };
        // Whoever started it there said what it may.
        let files = if local { "what its own program may" } else { ELSEWHERE };
        (files.to_owned(), if local { "this computer".to_owned() } else { self.line(&host.to_string()) })
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
            return self.contained(index, command, container);
        }
        match fence(&self.machine, server, command) {
            Fence::Holds => ("what its sandbox allows".to_owned(), "what its sandbox allows".to_owned()),
            Fence::Leaks { .. } | Fence::None => (self.served(command), ANYWHERE.to_owned()),
        }
    }

    /// Of a server that says in its arguments what it serves; else everything.
    fn served(&self, command: &Command) -> String {
        let serves = match &command.launch.payload {
            Payload::Package(package) => SERVES_FOLDERS.contains(&package.name.as_str()),
            _ => false,
        };
        let roots: Vec<&str> = command.launch.paths.iter().map(|path| path.path.as_str()).collect();
        if !serves || roots.is_empty() {
            return ALL.to_owned();
        }
        self.places(&roots, "read and write")
    }

    fn places(&self, roots: &[&str], how: &str) -> String {
        let env = &self.machine.env;
        match roots.iter().filter_map(|root| reach(root, env.os, &env.home)).max() {
            Some(Breadth::Disk) => format!("the whole disk, {how}"),
            Some(Breadth::Homes) => format!("all home folders, {how}"),
            Some(Breadth::Home) => format!("home folder, {how}"),
            Some(Breadth::System) => format!("system folders, {how}"),
            None => format!("{}, {how}", count(roots.len(), "folder")),
        }
    }

    fn contained(&self, index: ServerIndex, command: &Command, container: &Container) -> (String, String) {
        if self.has(index, "container-host-takeover") {
            return (ALL.to_owned(), ANYWHERE.to_owned());
        }
        let mounts = command.launch.paths.iter().filter(|path| path.how == PathUse::Mount);
        let mounts: Vec<_> = mounts.collect();
        let files = match mounts.as_slice() {
            [] => "only its container's".to_owned(),
            mounts => {
                let roots: Vec<&str> = mounts.iter().map(|mount| mount.path.as_str()).collect();
                let read_only = mounts.iter().all(|mount| mount.read_only);
                self.places(&roots, if read_only { "read only" } else { "read and write" })
            }
        };
        let mut modes = container.options.iter().filter_map(|(_, option)| match option {
            ContainerOption::Network(mode) => Some(mode.as_str()),
            _ => None,
        });
        let network = if modes.next_back() == Some("none") { NONE } else { ANYWHERE };
        (files, network.to_owned())
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
        (read, 0) => format!("{}, read only", count(read, "folder")),
        (0, write) => format!("{}, read and write", count(write, "folder")),
        (read, write) => format!("{}, {read} of them read only", count(read + write, "folder")),
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

/// `1 folder`, `2 folders`.
fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::clients::{Os, client};
    use crate::env::Env;
    use crate::machine::Machine;
    use crate::report::judge;

    /// `files · network · secrets · approval` of the one entry.
    fn said(of: &str, entry: &str) -> String {
        let env = Env {
            os: Os::Linux,
            home: "/home/ana".into(),
            vars: Default::default(),
            projects: Vec::new(),
            files: Vec::new(),
            only: None,
            root: "/".into(),
            today: Some(20_778),
            instead: Vec::new(),
            launcher: None,
        };
        let client = client(of).unwrap();
        let path = env.home.join(client.files[0].path);
        let text = format!(r#"{{ "mcpServers": {{ "it": {entry} }} }}"#);
        let report = judge(Machine::of_text(env, client, Path::new(&path), &text)).report();
        let Reach { files, network, secrets, approval } = report.servers[0].reach.clone();
        [files, network, secrets, approval].join(" · ")
    }

    #[test]
    fn an_entry_says_what_its_server_may() {
        for (client, entry, expected) in [
            (
                "cursor",
                r#"{ "command": "npx", "args": ["some-mcp"] }"#,
                "everything you can · anywhere · none · as Cursor decides",
            ),
            (
                "roo",
                r#"{ "command": "npx", "args": ["some-mcp"], "alwaysAllow": ["a", "b"] }"#,
                "everything you can · anywhere · none · not before 2 tools",
            ),
            ("roo", r#"{ "command": "npx", "args": ["some-mcp"] }"#, "everything you can · anywhere · none · always"),
            (
                "roo",
                r#"{ "command": "npx", "args": ["some-mcp"], "alwaysAllow": ["*"] }"#,
                "everything you can · anywhere · none · never",
            ),
            (
                "cursor",
                r#"{ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/ana"] }"#,
                "home folder, read and write · anywhere · none · as Cursor decides",
            ),
            (
                "cursor",
                r#"{ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/ana/a", "/home/ana/b"] }"#,
                "2 folders, read and write · anywhere · none · as Cursor decides",
            ),
            (
                "cursor",
                r#"{ "url": "https://mcp.linear.app/mcp" }"#,
                "not on this machine · mcp.linear.app · none, or signs in · as Cursor decides",
            ),
            (
                "cursor",
                r#"{ "url": "http://127.0.0.1:3845/mcp" }"#,
                "what its own program may · this computer · none, or signs in · as Cursor decides",
            ),
            (
                "cursor",
                r#"{ "command": "docker", "args": ["run", "-i", "--network", "none", "-v", "/home/ana/a:/a:ro", "some/image"] }"#,
                "1 folder, read only · none · none · as Cursor decides",
            ),
            (
                "cursor",
                r#"{ "command": "docker", "args": ["run", "-i", "some/image"] }"#,
                "only its container's · anywhere · none · as Cursor decides",
            ),
            (
                "cursor",
                r#"{ "command": "docker", "args": ["run", "--privileged", "-i", "some/image"] }"#,
                "everything you can · anywhere · none · as Cursor decides",
            ),
            (
                "cursor",
                r#"{ "command": "npx", "args": ["some-mcp"], "env": { "GITHUB_TOKEN": "ghp_0123456789abcdefghijklmnopqrstuvwx3f" } }"#,
                "everything you can · anywhere · 1 in plain text · as Cursor decides",
            ),
            ("cursor", r#"{ "command": 7 }"#, "cannot be read · cannot be read · none · as Cursor decides"),
        ] {
            assert_eq!(said(client, entry), expected, "{entry}");
        }
    }

    #[test]
    fn a_hostile_address_is_escaped() {
        let said = said("cursor", r#"{ "url": "https://exa\u202emple.com/mcp" }"#);
        assert!(!said.contains('\u{202e}'), "{said}");
    }

    #[test]
    fn a_fence_says_it_exactly() {
        let fence = |read: &[&str], write: &[&str], network: Network| {
            let grants = |paths: &[&str]| {
                let grant = |path: &&str| serde_json::json!({ "path": path, "device": 1, "inode": 1 });
                serde_json::from_value(paths.iter().map(grant).collect()).unwrap()
            };
            let sandbox = Sandbox { read: grants(read), write: grants(write), network, ..Sandbox::new("/home") };
            let (files, network) = fenced(&sandbox, sandbox.read.len());
            format!("{files} · {network}")
        };
        let hosts = |hosts: &[&str]| Network::Hosts(hosts.iter().map(|host| host.parse().unwrap()).collect());
        for (said, expected) in [
            (fence(&[], &[], Network::None), "none of yours · none"),
            (fence(&["/a"], &[], hosts(&[])), "1 folder, read only · none"),
            (fence(&[], &["/a", "/b"], hosts(&["a.com"])), "2 folders, read and write · a.com"),
            (fence(&["/a"], &["/b"], hosts(&["a.com", "b.com"])), "2 folders, 1 of them read only · a.com, b.com"),
            (fence(&[], &[], hosts(&["a.com", "b.com", "c.com"])), "none of yours · a.com and 2 more"),
            (fence(&[], &[], Network::All), "none of yours · anywhere"),
        ] {
            assert_eq!(said, expected);
        }
    }
}
