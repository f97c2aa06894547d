//! The fence of macOS: a Seatbelt profile for `sandbox-exec`.
//!
//! Deny by default, like bubblewrap's. No path ever becomes a part of the
//! profile's text: each is a parameter, so that a name with a quote in it says
//! nothing. Put together from what Apple's own profiles and published projects
//! do; not yet run on a Mac.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::{Network, Sandbox};

/// Apple's own program; no other is ever taken.
#[cfg(target_os = "macos")]
pub(super) const ENGINE: &str = "/usr/bin/sandbox-exec";

/// What every program needs before its first line: the loader, locale, time.
/// Without them interpreters end at once. No preferences, no pasteboard, no
/// keychain, no Apple events.
const BASE: &str = r#"(version 1)
(deny default)
(import "system.sb")
(allow process-exec process-fork)
(allow process-info* (target same-sandbox))
(allow signal (target same-sandbox))
(allow sysctl-read)
(allow ipc-posix-sem)
(allow mach-lookup
  (global-name "com.apple.system.opendirectoryd.libinfo")
  (global-name "com.apple.system.opendirectoryd.membership")
  (global-name "com.apple.system.logger")
  (global-name "com.apple.system.notification_center")
  (global-name "com.apple.bsd.dirhelper"))
(allow file-read-metadata)
(allow file-read* file-map-executable
  (literal "/")
  (subpath "/usr") (subpath "/bin") (subpath "/sbin") (subpath "/System")
  (subpath "/Library/Apple") (subpath "/Library/Developer/CommandLineTools")
  (subpath "/Library/Frameworks") (subpath "/opt/homebrew")
  (subpath "/private/etc/ssl") (literal "/private/etc/hosts") (literal "/private/etc/localtime")
  (literal "/private/etc/passwd") (literal "/private/etc/protocols") (literal "/private/etc/services")
  (subpath "/private/var/db/timezone") (subpath "/private/var/select"))
(allow file-read* file-write-data file-ioctl
  (literal "/dev/null") (literal "/dev/zero") (literal "/dev/random") (literal "/dev/urandom")
  (literal "/dev/dtracehelper") (subpath "/dev/fd"))
"#;

/// Looked up by resolvers and TLS libraries; never opened for a server without
/// a network. Sockets of other programs (docker, ssh-agent) stay closed: only
/// addresses, and the system's own resolver.
const WHOLE_NETWORK: &str = r#"(allow system-socket)
(allow network-outbound (remote ip) (literal "/private/var/run/mDNSResponder"))
(allow network-bind network-inbound (local ip))
(allow mach-lookup (global-name "com.apple.trustd.agent") (global-name "com.apple.SystemConfiguration.configd"))
"#;

/// A profile, and what its parameters stand for.
pub(super) struct Seatbelt {
    text: String,
    parameters: Vec<(String, PathBuf)>,
}

/// What the fence is made from.
pub(super) struct Asked<'a> {
    pub(super) sandbox: &'a Sandbox,
    /// The private folder that is the home and the temporary folder inside.
    pub(super) private: &'a Path,
    /// Names that stay read-only wherever they stand in a writable grant, also
    /// where they do not exist yet.
    pub(super) protected: &'a [&'a str],
    /// Never opened, whatever else is: keys, keyrings, browsers.
    pub(super) secret: &'a [PathBuf],
    /// Where the launcher's proxy listens on the loopback.
    pub(super) proxy: Option<u16>,
}

impl Seatbelt {
    pub(super) fn of(asked: &Asked) -> Seatbelt {
        let mut made = Seatbelt { text: BASE.to_owned(), parameters: Vec::new() };
        for grant in &asked.sandbox.read {
            made.allow("READ", &grant.path, "file-read* file-map-executable");
        }
        made.allow("PRIVATE", asked.private, "file-read* file-write*");
        for grant in &asked.sandbox.write {
            let name = made.allow("WRITE", &grant.path, "file-read* file-write* file-map-executable");
            if let Some(names) = pattern(asked.protected) {
                let _ = writeln!(
                    made.text,
                    "(deny file-write* (require-all (subpath (param \"{name}\")) (regex #\"{names}\")))"
                );
            }
        }
        match (&asked.sandbox.network, asked.proxy) {
            (Network::All, _) => made.text.push_str(WHOLE_NETWORK),
            (Network::Hosts(_), Some(port)) => {
                let _ = writeln!(made.text, "(allow network-outbound (remote ip \"localhost:{port}\"))");
            }
            (Network::Hosts(_) | Network::None, _) => {}
        }
        // The last rule that fits decides.
        for place in asked.secret {
            let name = made.parameter("SECRET", place);
            let _ = writeln!(
                made.text,
                "(deny file-read* file-read-metadata file-write* network-outbound (subpath (param \"{name}\")))"
            );
        }
        made
    }

    /// The words behind [`ENGINE`], up to the program's own.
    pub(super) fn words(&self) -> Vec<OsString> {
        let mut words = vec!["-p".into(), self.text.clone().into()];
        for (name, path) in &self.parameters {
            let mut pair = OsString::from(format!("{name}="));
            pair.push(path);
            words.extend(["-D".into(), pair]);
        }
        words
    }

    fn allow(&mut self, kind: &str, path: &Path, operations: &str) -> String {
        let name = self.parameter(kind, path);
        let _ = writeln!(self.text, "(allow {operations} (subpath (param \"{name}\")))");
        name
    }

    fn parameter(&mut self, kind: &str, path: &Path) -> String {
        let name = format!("{kind}{}", self.parameters.len());
        self.parameters.push((name.clone(), path.to_owned()));
        name
    }
}

/// One of these names as a whole part of a path.
fn pattern(names: &[&str]) -> Option<String> {
    let escaped: Vec<String> = names.iter().map(|name| name.replace('.', "\\.")).collect();
    (!names.is_empty()).then(|| format!("/({})(/|$)", escaped.join("|")))
}

#[cfg(test)]
mod tests {
    use super::super::Grant;
    use super::*;

    fn grant(path: &str) -> Grant {
        Grant { path: path.into(), device: 1, inode: 1 }
    }

    fn made(network: Network, proxy: Option<u16>) -> Seatbelt {
        let sandbox = Sandbox {
            read: vec![grant("/Users/u/.warder/packages/npm/x-1")],
            write: vec![grant("/Users/u/code/a\") (allow default) (\"")],
            network,
            ..Sandbox::new("/Users/u")
        };
        Seatbelt::of(&Asked {
            sandbox: &sandbox,
            private: Path::new("/Users/u/.warder/homes/x"),
            protected: &[".git", ".mcp.json"],
            secret: &["/Users/u/.ssh".into()],
            proxy,
        })
    }

    #[test]
    fn the_rules_follow_the_grants() {
        let own = made(Network::None, None);
        let rules = own.text.strip_prefix(BASE).unwrap();
        assert_eq!(
            rules,
            r##"(allow file-read* file-map-executable (subpath (param "READ0")))
(allow file-read* file-write* (subpath (param "PRIVATE1")))
(allow file-read* file-write* file-map-executable (subpath (param "WRITE2")))
(deny file-write* (require-all (subpath (param "WRITE2")) (regex #"/(\.git|\.mcp\.json)(/|$)")))
(deny file-read* file-read-metadata file-write* network-outbound (subpath (param "SECRET3")))
"##
        );
        let words = own.words();
        assert_eq!(words[..2], ["-p".into(), OsString::from(&own.text)]);
        assert_eq!(
            words[2..],
            [
                "-D",
                "READ0=/Users/u/.warder/packages/npm/x-1",
                "-D",
                "PRIVATE1=/Users/u/.warder/homes/x",
                "-D",
                "WRITE2=/Users/u/code/a\") (allow default) (\"",
                "-D",
                "SECRET3=/Users/u/.ssh",
            ]
        );
    }

    #[test]
    fn the_network_is_what_was_granted() {
        let text = |network, proxy| made(network, proxy).text;
        let hosts = || Network::Hosts(vec!["api.example.com".parse().unwrap()]);
        let opened = |text: &str| text.lines().any(|line| line.starts_with("(allow network"));
        assert!(!opened(&text(Network::None, None)) && !opened(&text(Network::None, Some(8080))));
        // Without the proxy nothing is reached, rather than everything.
        assert!(!opened(&text(hosts(), None)));
        assert!(text(hosts(), Some(8080)).contains("(allow network-outbound (remote ip \"localhost:8080\"))\n"));
        assert!(text(Network::All, None).contains(WHOLE_NETWORK));
        // No socket of another program by its path but the resolver's.
        assert!(!text(Network::All, None).contains("(allow network-outbound)"));
    }

    #[test]
    fn every_parenthesis_is_closed() {
        let text = made(Network::All, None).text;
        let (mut depth, mut quoted, mut before) = (0, false, ' ');
        for c in text.chars() {
            match c {
                '"' if before != '\\' => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth -= 1,
                _ => {}
            }
            assert!(depth >= 0);
            before = c;
        }
        assert_eq!((depth, quoted), (0, false));
        assert!(text.find("(deny default)").unwrap() < text.find("(allow").unwrap());
    }
}
