//! The fence of Windows: a request for Microsoft's process container.
//!
//! `wxc-exec.exe` takes the request as a file and the program's words behind
//! `--`, and joins the caller's pipes to the container. The contract is the
//! published, immutable one of version 1.0.0 (microsoft/mxc,
//! `schemas/stable/mxc-config.schema.1.0.0.json`). Its makers call it no
//! security boundary yet, so it is a preview here, and not yet run on Windows.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Network, Sandbox, Start, Variables};

/// Why a request cannot be made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    /// The container filters by address only, and names change theirs.
    #[error("Windows' process container cannot hold a server to names of hosts")]
    Hosts,
    /// The request is a file, and a key does not go into one.
    #[error(
        "Windows' process container takes variables from a file, and a key from the keychain must not stand in one"
    )]
    Keys,
    #[error("a path or variable of this server cannot be written as text")]
    Text,
}

/// The request; its field names are the contract's.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    version: &'static str,
    containment: &'static str,
    process: Process,
    filesystem: Filesystem,
    network: Rules,
    ui: Ui,
    fallback: Fallback,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Process {
    command_line: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cwd: Option<String>,
    /// `NAME=value`; what is not here the program does not get.
    env: Vec<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Filesystem {
    readonly_paths: Vec<String>,
    readwrite_paths: Vec<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rules {
    egress: BTreeMap<&'static str, &'static str>,
    ingress: BTreeMap<&'static str, &'static str>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Ui {
    disable: bool,
    clipboard: &'static str,
    injection: bool,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Fallback {
    /// Changing the rights on the user's own folders instead is no fence of ours.
    allow_dacl_mutation: bool,
}

impl Request {
    /// `secrets`: whether keys are among the variables or words. The private
    /// folder is where the program may write what it likes.
    pub(super) fn of(sandbox: &Sandbox, start: &Start, private: &str, secrets: bool) -> Result<Request, Unfit> {
        if secrets {
            return Err(Unfit::Keys);
        }
        let network = match &sandbox.network {
            Network::None => "deny",
            Network::All => "allow",
            Network::Hosts(_) => return Err(Unfit::Hosts),
        };
        let text = |path: &std::path::Path| path.to_str().map(str::to_owned).ok_or(Unfit::Text);
        let paths = |grants: &[super::Grant]| grants.iter().map(|grant| text(&grant.path)).collect::<Result<_, _>>();
        let mut readwrite: Vec<String> = paths(&sandbox.write)?;
        readwrite.push(private.to_owned());
        let mut words = vec![text(&start.program)?];
        words.extend(start.args.iter().cloned());
        Ok(Request {
            version: "1.0.0",
            containment: "processcontainer",
            process: Process {
                command_line: words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
                cwd: start.cwd.as_deref().map(text).transpose()?,
                env: variables(&start.env, private)?,
            },
            filesystem: Filesystem { readonly_paths: paths(&sandbox.read)?, readwrite_paths: readwrite },
            network: Rules {
                egress: BTreeMap::from([("default", network)]),
                ingress: BTreeMap::from([("default", "deny"), ("hostLoopback", "deny")]),
            },
            ui: Ui { disable: true, clipboard: "none", injection: false },
            fallback: Fallback { allow_dacl_mutation: false },
        })
    }
}

/// What the program gets; the contract wants `SystemRoot` and `LOCALAPPDATA`
/// in every list, and the private folder is all of the user's that it knows.
fn variables(env: &Variables, private: &str) -> Result<Vec<String>, Unfit> {
    let own = ["LOCALAPPDATA", "APPDATA", "TEMP", "TMP", "USERPROFILE", "HOME"];
    let mut list = Vec::new();
    for (name, value) in env {
        let (name, value) = (name.to_str().ok_or(Unfit::Text)?, value.to_str().ok_or(Unfit::Text)?);
        if !own.iter().any(|one| one.eq_ignore_ascii_case(name)) {
            list.push(format!("{name}={value}"));
        }
    }
    list.extend(own.iter().map(|name| format!("{name}={private}")));
    if !env.keys().any(|name| name.eq_ignore_ascii_case("SystemRoot")) {
        list.push(r"SystemRoot=C:\Windows".to_owned());
    }
    Ok(list)
}

/// A word as the C runtime of Windows reads it back: in quotes where it has a
/// blank or quote or is empty, backslashes doubled before a quote only.
fn quoted(word: &str) -> String {
    if !word.is_empty() && !word.contains([' ', '\t', '\n', '\u{b}', '"']) {
        return word.to_owned();
    }
    let mut text = String::from("\"");
    let mut slashes = 0;
    for c in word.chars() {
        match c {
            '\\' => slashes += 1,
            '"' => {
                text.extend(std::iter::repeat_n('\\', slashes + 1));
                slashes = 0;
            }
            _ => slashes = 0,
        }
        text.push(c);
    }
    text.extend(std::iter::repeat_n('\\', slashes));
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::super::Grant;
    use super::*;

    fn grant(path: &str) -> Grant {
        Grant { path: path.into(), device: 1, inode: 1 }
    }

    fn start() -> Start {
        Start {
            program: r"C:\Program Files\nodejs\node.exe".into(),
            args: vec![r"C:\w\s.js".into(), r#"say "hi"\"#.into()],
            env: Variables::from([("PATH".into(), r"C:\n".into()), ("temp".into(), r"C:\t".into())]),
            cwd: Some(r"C:\code".into()),
        }
    }

    fn sandbox(network: Network) -> Sandbox {
        Sandbox { read: vec![grant(r"C:\w")], write: vec![grant(r"C:\code")], network, ..Sandbox::new(r"C:\Users\u") }
    }

    #[test]
    fn a_request_is_the_published_contract() {
        let request = Request::of(&sandbox(Network::None), &start(), r"C:\p", false).unwrap();
        let json = serde_json::to_value(&request).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "version": "1.0.0",
                "containment": "processcontainer",
                "process": {
                    "commandLine": r#""C:\Program Files\nodejs\node.exe" C:\w\s.js "say \"hi\"\\""#,
                    "cwd": r"C:\code",
                    "env": [
                        r"PATH=C:\n", r"LOCALAPPDATA=C:\p", r"APPDATA=C:\p", r"TEMP=C:\p", r"TMP=C:\p",
                        r"USERPROFILE=C:\p", r"HOME=C:\p", r"SystemRoot=C:\Windows",
                    ],
                },
                "filesystem": { "readonlyPaths": [r"C:\w"], "readwritePaths": [r"C:\code", r"C:\p"] },
                "network": {
                    "egress": { "default": "deny" },
                    "ingress": { "default": "deny", "hostLoopback": "deny" },
                },
                "ui": { "disable": true, "clipboard": "none", "injection": false },
                "fallback": { "allowDaclMutation": false },
            })
        );
    }

    #[test]
    fn what_it_cannot_hold_is_refused() {
        let hosts = Network::Hosts(vec!["api.example.com".parse().unwrap()]);
        assert_eq!(Request::of(&sandbox(hosts), &start(), "p", false), Err(Unfit::Hosts));
        assert_eq!(Request::of(&sandbox(Network::None), &start(), "p", true), Err(Unfit::Keys));
        let open = Request::of(&sandbox(Network::All), &start(), "p", false).unwrap();
        assert_eq!(open.network.egress["default"], "allow");
    }

    #[test]
    fn words_come_back_as_they_were() {
        for (word, expected) in [
            ("plain", "plain"),
            ("", r#""""#),
            ("a b", r#""a b""#),
            (r"C:\a\", r"C:\a\"),
            (r"C:\a b\", r#""C:\a b\\""#),
            (r#"""#, r#""\"""#),
            (r#"a\"b"#, r#""a\\\"b""#),
            ("%PATH%&x", "%PATH%&x"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
