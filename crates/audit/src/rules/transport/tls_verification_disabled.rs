#![doc = include_str!("tls_verification_disabled.md")]

use crate::document::KeyPath;
use crate::finding::{Act, Confidence, Dimension, Finding, Safety, Said, ServerIndex, Severity};
use crate::machine::Machine;
use crate::rules::endpoint::{Distance, distance, parse};
use crate::rules::named::named;
use crate::rules::words::{any, words};
use crate::rules::{Check, Findings, Rule, Tier, place, servers, steps};
use crate::server::command::Payload;
use crate::server::{Command, Server, Text, Transport};
use crate::writing::may_edit;

pub const RULE: Rule = Rule {
    id: "tls-verification-disabled",
    title: "Certificates are not checked",
    dimension: Dimension::Transport,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP07", "CWE-295"],
    docs: include_str!("tls_verification_disabled.md"),
    check,
};

/// A setting of an entry.
struct Setting<'a> {
    name: &'a str,
    text: &'a Text,
    /// The texts to take out so that it is not set any more; empty where that
    /// is not known.
    out: Vec<KeyPath>,
}

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server) in servers(machine) {
        match &server.transport {
            Transport::Unknown => continue,
            Transport::Stdio(command) if matches!(command.launch.payload, Payload::Opaque(_)) => {}
            Transport::Stdio(_) | Transport::Http { .. } => found.evaluated(index, Check::TlsSettings),
        }
        let (mut off, mut own) = (Vec::new(), Vec::new());
        let variables = server.env.iter().map(|pair| {
            let setting = Setting { name: &pair.name, text: &pair.value, out: vec![pair.value.at.clone()] };
            (setting, pair.value.value.as_str())
        });
        let command = server.command();
        let assigned = command.into_iter().flat_map(assigned);
        for (setting, value) in variables.chain(assigned) {
            if switches_off(setting.name, value) {
                off.push(setting);
            } else if names_authority(setting.name) && !value.trim().is_empty() {
                own.push(setting);
            }
        }
        off.extend(command.into_iter().flat_map(options));
        if off.is_empty() && own.is_empty() {
            continue;
        }
        let farthest = farthest(machine, server);
        for setting in off {
            let finding = add_off(machine, index, server, &setting, found);
            finding.severity(match farthest {
                // A certificate of one's own making is the rule there.
                Some(Distance::Here | Distance::Beside) => Severity::Low,
                Some(Distance::Near) => Severity::Medium,
                Some(Distance::Far) | None => Severity::High,
            });
        }
        for setting in own {
            add_own(machine, index, server, &setting, found);
        }
    }
}

fn add_off<'a>(
    machine: &Machine,
    index: ServerIndex,
    server: &Server,
    setting: &Setting,
    found: &'a mut Findings,
) -> &'a mut Finding {
    let name = named(setting.name);
    let message =
        format!("{name} switches the check of certificates off, so anybody on the way can pass for the server.");
    let place = place::text(machine, server, setting.text);
    let finding = found.add(machine, &RULE, Some(index), place, Confidence::Confirmed, message);
    finding.group("tls");
    if setting.out.is_empty() || may_edit(machine, server).is_err() {
        let act = steps([
            "Take the setting out of the entry.",
            "If the connection fails then, name the authority that signed the certificate in NODE_EXTRA_CA_CERTS, SSL_CERT_FILE or REQUESTS_CA_BUNDLE.",
        ]);
        finding.fix("by-hand", "Check certificates again", Safety::Manual, act);
        return finding;
    }
    let said = Said {
        title: format!("Take {name} out of {}", named(&server.name)),
        past: format!("Took {name} out of {}", named(&server.name)),
        summary: format!("{} will check certificates again.", named(&server.name)),
        notes: vec![
            "If the connection fails afterwards, name the authority that signed the certificate in \
             NODE_EXTRA_CA_CERTS, SSL_CERT_FILE or REQUESTS_CA_BUNDLE."
                .to_owned(),
        ],
    };
    let texts = setting.out.iter().map(|at| (at.clone(), None)).collect();
    finding.fix("verify", "Check certificates again", Safety::Review, Act::Texts { texts, said });
    finding
}

fn add_own(machine: &Machine, index: ServerIndex, server: &Server, setting: &Setting, found: &mut Findings) {
    let message =
        format!("{} makes {} trust certificates of another authority.", named(setting.name), named(&server.name));
    let place = place::text(machine, server, setting.text);
    let act = steps(["Look whether the file it names is the one of your company, and writable only by its owner."]);
    let finding = found.add(machine, &RULE, Some(index), place, Confidence::Confirmed, message);
    finding.severity(Severity::Info).fix("by-hand", "Look at the authority", Safety::Manual, act);
}

/// Variables that the words of the command set: `env A=b`, `docker run -e A=b`.
fn assigned(command: &Command) -> impl Iterator<Item = (Setting<'_>, &str)> {
    command.launch.assignments.iter().filter_map(|assigned| {
        let text = command.word(assigned.word)?;
        let value = text.value.get(assigned.range.clone())?;
        let whole = text.value.strip_prefix(assigned.name.as_str())
            == Some(&text.value[assigned.range.start.saturating_sub(1)..]);
        let before = assigned.word.checked_sub(1).and_then(|before| command.word(before));
        let out = match before {
            _ if !whole => Vec::new(),
            // Of `-e A=b` both words go.
            Some(before) if ["-e", "--env"].contains(&before.value.as_str()) => {
                vec![before.at.clone(), text.at.clone()]
            }
            Some(before) if before.value.starts_with('-') => Vec::new(),
            Some(_) => vec![text.at.clone()],
            None => Vec::new(),
        };
        Some((Setting { name: &assigned.name, text, out }, value))
    })
}

/// Options that stand for themselves or hold their value.
fn options(command: &Command) -> Vec<Setting<'_>> {
    let all = command.words();
    let curl = all.first().is_some_and(|program| program.value.rsplit(['/', '\\']).next() == Some("curl"));
    let all = all.into_iter().skip(1).filter(|word| word.value.starts_with('-'));
    all.filter_map(|text| {
        let (name, value) = text.value.split_once('=').unwrap_or((&text.value, "true"));
        // Options that name computers whose certificates are not looked at.
        let hosts = ["--trusted-host", "--allow-insecure-host", "--unsafely-ignore-certificate-errors"].contains(&name);
        let off = hosts || (curl && name == "-k") || switches_off(name, value);
        // A value in a word of its own would be left behind.
        let alone = !hosts || text.value.contains('=') || name == "--unsafely-ignore-certificate-errors";
        off.then(|| Setting { name, text, out: if alone { vec![text.at.clone()] } else { Vec::new() } })
    })
    .collect()
}

/// Whether a variable or option with this value switches the check off.
fn switches_off(name: &str, value: &str) -> bool {
    // Set at all, with whatever value (git-config(1), pip and uv).
    const SET: [&str; 3] = ["GIT_SSL_NO_VERIFY", "PIP_TRUSTED_HOST", "UV_INSECURE_HOST"];
    let value = value.trim().to_ascii_lowercase();
    let yes = ["1", "true", "yes", "on"].contains(&value.as_str());
    let no = ["0", "false", "no", "off", "none"].contains(&value.as_str());
    if SET.contains(&name) {
        return !value.is_empty() && !no;
    }
    if !(yes || no) {
        return false;
    }
    let words = words(name);
    let is = |wanted: &[&str]| any(&words, wanted);
    let secure = is(&["ssl", "tls", "https", "cert", "certs", "certificate", "certificates", "unauthorized"]);
    let checks = is(&["verify", "verification", "validate", "validation", "reject", "strict"]);
    if no {
        let not = is(&["no", "not", "skip", "disable", "disabled", "ignore", "insecure", "unsafe"]);
        return checks && secure && !not || name == "PYTHONHTTPSVERIFY";
    }
    let not = is(&["no", "not", "skip", "disable", "disabled", "ignore", "unsafe"]);
    secure && (not && (checks || is(&["check", "checks", "error", "errors"])) || is(&["insecure"]))
        || ["CURL_INSECURE", "--insecure"].contains(&name)
}

/// Variables that name further authorities (nodejs.org/api/cli.html, OpenSSL, requests, curl, git).
fn names_authority(name: &str) -> bool {
    ["CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE"]
        .contains(&name)
}

/// The farthest computer that the entry names, in URLs and in variables for a
/// host; `None` where it names none.
fn farthest(machine: &Machine, server: &Server) -> Option<Distance> {
    let os = machine.env.os;
    let of = |text: &str| Some(distance(&parse(text)?.host()?, os));
    let mut all = Vec::new();
    if let Transport::Http { url, .. } = &server.transport {
        all.extend(of(&url.value));
    }
    for word in server.command().map(Command::words).unwrap_or_default() {
        let value = word.value.split_once('=').map_or(word.value.as_str(), |(_, value)| value);
        all.extend(of(value));
    }
    for pair in &server.env {
        let value = pair.value.value.as_str();
        let host = || {
            let is_host = any(&words(&pair.name), &["host", "hostname", "server", "address"]) && !value.contains("://");
            is_host.then(|| of(&format!("https://{value}"))).flatten()
        };
        all.extend(of(value).or_else(host));
    }
    all.into_iter().max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look, silent};

    #[test]
    fn checks_that_are_off_are_found() {
        for (name, value) in [
            ("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
            ("PYTHONHTTPSVERIFY", "0"),
            ("GIT_SSL_NO_VERIFY", "1"),
            ("CURL_INSECURE", "true"),
            ("JIRA_SSL_VERIFY", "false"),
            ("VERIFY_SSL", "False"),
            ("ES_VERIFY_CERTS", "no"),
            ("KUBE_INSECURE_SKIP_TLS_VERIFY", "true"),
            ("NPM_CONFIG_STRICT_SSL", "false"),
            ("IGNORE_HTTPS_ERRORS", "1"),
        ] {
            fires(&RULE, &format!(r#"{{ "command": "some-mcp", "env": {{ "{name}": "{value}" }} }}"#));
            fires(&RULE, &format!(r#"{{ "command": "docker", "args": ["run", "-e", "{name}={value}", "a/b:1"] }}"#));
        }
        for option in [
            "--insecure",
            "--no-verify-ssl",
            "--ignore-https-errors",
            "--tls-skip-verify",
            "--verify-ssl=false",
            "--strict-ssl=false",
            "--no-check-certificate",
        ] {
            fires(&RULE, &format!(r#"{{ "command": "npx", "args": ["-y", "some-mcp@1.0.0", "{option}"] }}"#));
        }
    }

    #[test]
    fn checks_that_are_on_or_not_known_are_not() {
        for (name, value) in [
            ("NODE_TLS_REJECT_UNAUTHORIZED", "1"),
            ("NODE_TLS_REJECT_UNAUTHORIZED", ""),
            ("JIRA_SSL_VERIFY", "true"),
            ("VERIFY_SSL", "${env:VERIFY}"),
            ("GIT_SSL_NO_VERIFY", ""),
            ("SKIP_TLS_VERIFY", "false"),
            ("VERIFY_EMAIL", "false"),
            ("STRICT_MODE", "false"),
            ("HTTPS_PROXY", "0"),
            ("DISABLE_SSL_CACHE", "true"),
        ] {
            silent(&RULE, &format!(r#"{{ "command": "some-mcp", "env": {{ "{name}": "{value}" }} }}"#));
        }
        for option in ["-k", "--verify-ssl", "--no-cache", "--ignore-errors", "--insecure=false"] {
            silent(&RULE, &format!(r#"{{ "command": "npx", "args": ["-y", "some-mcp@1.0.0", "{option}"] }}"#));
        }
    }

    #[test]
    fn it_matters_how_far_the_connection_goes() {
        let severity = |url: &str| {
            let env = format!(r#"{{ "SOME_URL": "{url}", "SOME_VERIFY_SSL": "false" }}"#);
            look(&entry(&format!(r#"{{ "command": "some-mcp", "env": {env} }}"#))).of(&RULE)[0].severity
        };
        assert_eq!(severity("https://127.0.0.1:27124"), Severity::Low);
        assert_eq!(severity("https://10.0.0.8"), Severity::Medium);
        assert_eq!(severity("https://jira.example.com"), Severity::High);
        assert_eq!(severity("x"), Severity::High);
    }

    #[test]
    fn an_authority_of_ones_own_is_only_noted() {
        let seen = look(&entry(r#"{ "command": "some-mcp", "env": { "NODE_EXTRA_CA_CERTS": "/etc/ssl/corp.pem" } }"#));
        assert_eq!(seen.of(&RULE)[0].severity, Severity::Info);
        assert!(seen.evaluated(Check::TlsSettings));
    }

    #[test]
    fn what_is_taken_out_leaves_nothing_behind() {
        let texts = |json: &str| match &look(&entry(json)).of(&RULE)[0].fixes[0].act {
            Act::Texts { texts, .. } => texts.iter().map(|(at, _)| at.to_string()).collect(),
            _ => Vec::new(),
        };
        let args = r#"{ "command": "docker", "args": ["run", "-e", "JIRA_SSL_VERIFY=false", "a/b:1"] }"#;
        assert_eq!(texts(args), ["/mcpServers/it/args/1", "/mcpServers/it/args/2"]);
        let joined = r#"{ "command": "docker", "args": ["run", "--env=JIRA_SSL_VERIFY=false", "a/b:1"] }"#;
        assert_eq!(texts(joined), Vec::<String>::new());
        let host = r#"{ "command": "uvx", "args": ["--allow-insecure-host", "example.com", "some-mcp@1.0.0"] }"#;
        assert_eq!(texts(host), Vec::<String>::new());
    }
}
