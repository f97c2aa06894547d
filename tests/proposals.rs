//! What a sandbox fix proposes: tables from entries to permissions, and what it refuses.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use homes::Home;
use serde_json::{Value, json};
use warder_audit::api::{Answer, Choices, Code, Failure, NetworkChoice, Proposal, Request};
use warder_audit::session::Session;
use warder_launch::profile::Profile;
use warder_launch::sandbox::Engine;

const CONFIG: &str = ".cursor/mcp.json";

fn with(home: &Home, entry: &Value) -> (Session, String) {
    home.write(CONFIG, &json!({ "mcpServers": { "x": entry } }).to_string());
    let mut session = home.session();
    let report = session.scan().report();
    let finding = report.findings.iter().find(|finding| finding.rule == "unsandboxed-server").unwrap();
    let fix = finding.fixes.iter().find(|fix| fix.id.ends_with(".sandbox")).unwrap();
    (session, fix.id.clone())
}

fn proposed(home: &Home, entry: &Value) -> Result<Proposal, Failure> {
    let (mut session, fix) = with(home, entry);
    match session.ask(Request::Propose { fix })? {
        Answer::Proposal(proposal) => Ok(proposal),
        _ => panic!("another answer"),
    }
}

fn npx(package: &str, env: Value) -> Value {
    json!({ "command": "npx", "args": ["-y", package], "env": env })
}

#[test]
fn the_score_of_a_package_in_a_sandbox_counts_that_it_is_bound() {
    let home = Home::empty();
    let (mut session, fix) = with(&home, &npx("@modelcontextprotocol/server-memory", json!({})));
    let report = session.scan().report();
    assert!(report.findings.iter().any(|finding| finding.rule == "unpinned-package"));
    let gain = report.findings.iter().flat_map(|one| &one.fixes).find(|one| one.id == fix).unwrap().gain.unwrap();
    let choices = Choices { network: Some(NetworkChoice::None), ..Choices::default() };
    let (now, then) = session.preview(&fix, &choices).unwrap().score.unwrap();
    assert!(gain > 1.0 && (f64::from(then) - f64::from(now) - gain).abs() <= 1.0, "{now} -> {then}, {gain}");
}

/// `network: host (why), …`.
fn reach(proposal: &Proposal) -> String {
    let hosts: Vec<String> = proposal.hosts.iter().map(|one| format!("{} ({})", one.host, one.why)).collect();
    format!("{:?}: {}", proposal.network, hosts.join(", "))
}

#[test]
fn hosts_come_from_the_entry_and_from_the_catalogue() {
    let home = Home::empty();
    for (entry, expected) in [
        (
            npx("@modelcontextprotocol/server-github", json!({})),
            "Some(Hosts): api.github.com (the catalogue: what @modelcontextprotocol/server-github calls)",
        ),
        (
            npx(
                "@modelcontextprotocol/server-gitlab@2025.4.25",
                json!({ "GITLAB_API_URL": "https://git.example.com/api/v4" }),
            ),
            "Some(Hosts): git.example.com (its variable GITLAB_API_URL)",
        ),
        (
            json!({ "command": "npx", "args": ["@modelcontextprotocol/server-postgres", "postgresql://db.example.com/main"] }),
            "Some(Hosts): db.example.com:5432 (its argument)",
        ),
        (
            json!({ "command": "npx", "args": ["@modelcontextprotocol/server-postgres", "postgresql://localhost/main"] }),
            "None: ",
        ),
        (
            npx("some-mcp", json!({ "OPENAI_BASE_URL": "https://llm.example.com/v1" })),
            "Some(Hosts): llm.example.com (its variable OPENAI_BASE_URL)",
        ),
        (npx("some-mcp", json!({ "HTTPS_PROXY": "http://proxy.example.com:3128" })), "Some(None): "),
        (npx("some-mcp", json!({})), "Some(None): "),
        (json!({ "command": "uvx", "args": ["mcp-server-fetch"] }), "Some(None): "),
        (json!({ "command": "uvx", "args": ["mcp-server-time", "--local-timezone=UTC"] }), "Some(None): "),
        (
            json!({ "command": "npx", "args": ["mcp-remote", "https://mcp.example.com/sse", "--header", "X-Mode: a"] }),
            "Some(Hosts): mcp.example.com (its argument)",
        ),
    ] {
        assert_eq!(reach(&proposed(&home, &entry).unwrap()), expected, "{entry}");
    }
}

#[test]
fn what_is_not_known_gets_no_network_and_says_how_to_widen() {
    let home = Home::empty();
    for (entry, said) in [
        (npx("some-mcp", json!({})), Some("Warder does not know which hosts some-mcp needs")),
        (json!({ "command": "uvx", "args": ["mcp-server-fetch"] }), Some("It reaches whatever it is asked for")),
        (json!({ "command": "uvx", "args": ["mcp-atlassian"] }), Some("Its entry does not say which host it talks to")),
        (json!({ "command": "uvx", "args": ["mcp-server-git"] }), None),
    ] {
        let notes = proposed(&home, &entry).unwrap().notes;
        let found = notes.iter().find(|note| note.ends_with("Name the hosts that it may reach, now or later."));
        assert_eq!(found.is_some(), said.is_some(), "{entry}: {notes:?}");
        assert!(said.is_none_or(|said| found.unwrap().starts_with(said)), "{notes:?}");
    }
    let (mut session, fix) = with(&home, &npx("some-mcp", json!({})));
    let notes = session.preview(&fix, &Choices::default()).unwrap().notes;
    assert!(notes.iter().any(|note| note.starts_with("Warder does not know")), "{notes:?}");
}

#[test]
fn a_place_on_this_computer_wants_an_answer() {
    let home = Home::empty();
    let entry = json!({ "command": "npx", "args": ["some-mcp"], "env": { "API_URL": "http://127.0.0.1:27124", "DB": "mongodb+srv://c.example.net/x" } });
    let (mut session, fix) = with(&home, &entry);
    let failure = session.preview(&fix, &Choices::default()).unwrap_err();
    assert_eq!(failure.code, Code::Asks);
    let hint = failure.hint.unwrap();
    assert!(
        hint.contains("Its variable API_URL names 127.0.0.1:27124")
            && hint.contains("Its variable DB names c.example.net"),
        "{hint}"
    );
    for (choices, network) in [
        (Choices { network: Some(NetworkChoice::All), ..Choices::default() }, NetworkChoice::All),
        (Choices { network: Some(NetworkChoice::None), ..Choices::default() }, NetworkChoice::None),
        (Choices { hosts: vec!["a.example.com".into()], ..Choices::default() }, NetworkChoice::Hosts),
    ] {
        let preview = session.preview(&fix, &choices).unwrap();
        assert_eq!(preview.permissions.unwrap().after.network, network);
    }
    let none_named = Choices { network: Some(NetworkChoice::Hosts), ..Choices::default() };
    assert_eq!(session.preview(&fix, &none_named).unwrap_err().code, Code::Asks);
}

#[test]
fn what_is_known_to_only_read_gets_its_folders_read_only() {
    let home = Home::empty();
    home.write("vault/a.md", "");
    let vault = home.path("vault").to_string_lossy().into_owned();
    for (package, write, why) in [
        ("mcp-obsidian", false, "its argument; the catalogue: its tools only read"),
        ("obsidian-mcp", true, "its argument"),
    ] {
        let entry = json!({ "command": "npx", "args": ["-y", package, vault] });
        let folders = proposed(&home, &entry).unwrap().folders;
        assert_eq!((folders[0].shown.as_str(), folders[0].write, folders[0].why.as_str()), ("~/vault", write, why));
    }
}

#[test]
fn folders_come_from_arguments_and_variables() {
    let home = Home::empty();
    for path in ["code/app/a.txt", "data/x.db", "keys/account.json", "tools/bin/x", "srv/s.js"] {
        home.write(path, "");
    }
    let path = |path: &str| home.path(path).to_string_lossy().into_owned();
    let script = path("srv/s.js");
    for (args, env, expected) in [
        (json!([script, path("code/app")]), json!({}), "~/code/app write (its argument)"),
        (json!([script, "--db", path("data/x.db")]), json!({}), "~/data write (its argument)"),
        (
            json!([script, "--vault", format!("notes={}", path("code/app"))]),
            json!({}),
            "~/code/app write (its argument)",
        ),
        (json!([script]), json!({ "WORKSPACE": path("code/app") }), "~/code/app write (its variable WORKSPACE)"),
        (
            json!([script]),
            json!({ "ALLOWED_DIRS": format!("{}:{}", path("code/app"), path("tools")) }),
            "~/code/app write (its variable ALLOWED_DIRS), ~/tools write (its variable ALLOWED_DIRS)",
        ),
        (
            json!([script]),
            json!({ "GOOGLE_APPLICATION_CREDENTIALS": path("keys/account.json") }),
            "~/keys/account.json (its variable GOOGLE_APPLICATION_CREDENTIALS)",
        ),
        (json!([script]), json!({ "DATABASE_PATH": path("data/new.db") }), "~/data write (its variable DATABASE_PATH)"),
        (json!([script]), json!({ "HOME": path("code/app"), "MODE": "/nothing/here", "LOG_FILE": "/dev/null" }), ""),
    ] {
        let entry = json!({ "command": "node", "args": args, "env": env });
        let folders = proposed(&home, &entry).unwrap().folders;
        let shown =
            folders.iter().map(|one| format!("{}{} ({})", one.shown, if one.write { " write" } else { "" }, one.why));
        assert_eq!(shown.collect::<Vec<_>>().join(", "), expected, "{entry}");
    }

    // A whole home in an argument has to be narrowed; in a variable it is left out, and said.
    let whole = json!({ "command": "node", "args": [script, path("")] });
    assert!(proposed(&home, &whole).unwrap_err().message.contains("too much to leave open"));
    let entry = json!({ "command": "node", "args": [script], "env": { "ROOT": path("") } });
    let proposal = proposed(&home, &entry).unwrap();
    let left_out = proposal.notes.iter().any(|note| note.starts_with("ROOT names ~, which is too much"));
    assert!(proposal.folders.is_empty() && left_out, "{proposal:?}");
}

#[test]
fn what_no_fence_leaves_working_is_refused_with_the_reason() {
    let home = Home::empty();
    for (args, why) in [
        (json!(["-y", "@modelcontextprotocol/server-puppeteer"]), Some("a sandbox has no screen")),
        (json!(["-y", "@playwright/mcp@latest"]), Some("With --headless and --isolated")),
        (json!(["-y", "@playwright/mcp@latest", "--headless"]), Some("With --headless and --isolated")),
        (json!(["-y", "@playwright/mcp@latest", "--headless", "--isolated"]), None),
        (json!(["-y", "mcp-server-kubernetes"]), Some("~/.kube")),
        (json!(["-y", "mcp-remote", "https://mcp.example.com/sse"]), Some("signs in through your browser")),
    ] {
        let (mut session, fix) = with(&home, &json!({ "command": "npx", "args": args }));
        let preview = session.preview(&fix, &Choices::default());
        let asked = session.ask(Request::Propose { fix });
        match why {
            Some(why) => {
                for failure in [preview.unwrap_err(), asked.unwrap_err()] {
                    assert_eq!(failure.code, Code::Refused);
                    assert!(failure.hint.unwrap().contains(why), "{args}");
                }
            }
            None => assert!(preview.unwrap().permissions.unwrap().after.user_namespaces),
        }
    }
}

#[test]
fn choices_widen_and_narrow_what_is_proposed() {
    let home = Home::empty();
    for path in ["srv/s.js", "notes/a.txt", "more/a.txt"] {
        home.write(path, "");
    }
    let path = |path: &str| home.path(path).to_string_lossy().into_owned();
    let env = json!({ "API_URL": "https://api.example.com" });
    let entry = json!({ "command": "node", "args": [path("srv/s.js"), path("notes")], "env": env });
    let (mut session, fix) = with(&home, &entry);
    let mut may = |choices: Choices| {
        let may = session.preview(&fix, &choices).unwrap().permissions.unwrap();
        assert!(may.before.is_none() && may.more.is_empty(), "it had everything");
        let read = may.after.read.iter().filter(|path| path.starts_with("~/") && *path != "~/srv").cloned();
        (read.collect::<Vec<_>>().join(" "), may.after.write.join(" "), may.after.reach.join(" "))
    };
    let texts = |read: &str, write: &str, reach: &str| (read.to_owned(), write.to_owned(), reach.to_owned());
    assert_eq!(may(Choices::default()), texts("", "~/notes", "api.example.com"));
    let more = Choices { keep: vec![path("more")], hosts: vec!["b.example.com:8443".into()], ..Choices::default() };
    assert_eq!(may(more), texts("", "~/more ~/notes", "api.example.com b.example.com:8443"));
    let less = Choices {
        read: vec![path("notes")],
        network: Some(NetworkChoice::Hosts),
        hosts: vec!["b.example.com".into()],
        ..Choices::default()
    };
    assert_eq!(may(less), texts("~/notes", "", "b.example.com"));
}

#[test]
fn a_new_key_leaves_the_fence_as_it_is() {
    let home = Home::empty();
    home.write("srv/node_modules/@modelcontextprotocol/server-memory/dist/index.js", "");
    let script = home.path("srv/node_modules/@modelcontextprotocol/server-memory/dist/index.js");
    let env = json!({ "GITHUB_TOKEN": "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN" });
    let (mut session, fix) = with(&home, &json!({ "command": "node", "args": [script], "env": env }));
    let seen = session.preview(&fix, &Choices::default()).unwrap().seen;
    session.apply(&fix, &Choices::default(), &seen, false).unwrap();
    let state = home.env().state();
    let profile = || Profile::read(&state, &Profile::list(&state).unwrap()[0]).unwrap();
    let fenced = profile();
    let kept = fenced.sandbox.clone().unwrap();
    assert_eq!(kept.engine, Engine::Bubblewrap);
    assert_eq!(fenced.run.env["MEMORY_FILE_PATH"], home.path("memory.jsonl").to_string_lossy());
    assert_eq!(kept.keeps.as_ref().unwrap().path, state.homes().join(fenced.id.as_str()));
    homes::moved(&home, &mut session);
    let keyed = profile();
    assert_eq!((&keyed.sandbox, &keyed.run.env), (&fenced.sandbox, &fenced.run.env));
    assert_eq!(keyed.secrets.len(), 1);
}
