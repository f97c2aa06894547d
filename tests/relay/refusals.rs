//! What is not as it was approved is not started.

use std::process::Command;

use warder_launch::command::{Token, seal_inherited};
use warder_launch::profile::{Profile, Run};
use warder_launch::vault::Handle;

use super::server::{Server, opening};
use super::{Session, World, rand};

const URL: &str = "http://127.0.0.1:9/mcp";

/// No start: exit 125, nothing on stdout, one line of ours on stderr.
#[track_caller]
fn assert_refused(command: &mut Command, saying: &str) {
    let output = command.output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(125), "{err}");
    assert!(output.stdout.is_empty());
    assert!(err.starts_with("warder-relay: ") && err.lines().count() == 1, "{err:?}");
    assert!(err.contains(saying), "{err}");
}

#[test]
fn other_words_are_refused() {
    let world = World::new();
    let profile = world.profile(URL, true, &[("X-Team", "a b")]);
    profile.write(&world.state).unwrap();
    let id = profile.id.as_str();
    let good = ["run", "--profile", id, "--", URL, "--sse", "--header", "X-Team: a b"].map(str::to_owned);
    for (index, other) in [(4, "http://127.0.0.1:9/other"), (5, "--see"), (7, "X-Team: a  b")] {
        let mut words = good.clone();
        words[index] = other.to_owned();
        assert_refused(
            &mut world.call(words),
            "did not start demo: its command line changed; if that was you, approve it: warder approve demo",
        );
    }
    let more = good.iter().cloned().chain(["--header".to_owned(), "X: y".to_owned()]);
    assert_refused(&mut world.call(more), "its command line changed");
    for words in [&good[..4], &good[..1], &[]] {
        assert_refused(&mut world.call(words.to_vec()), "usage: ");
    }
    let unknown = good.clone().map(|word| word.replace(id, &format!("x-{}", "a".repeat(26))));
    assert_refused(&mut world.call(unknown), "there is no profile");
    let foreign = Handle::new("KEY", rand()).reference();
    assert_refused(world.call(good).env("KEY", foreign), "refers to a key it was not given");
}

#[test]
fn a_profile_of_another_kind_is_refused() {
    let world = World::new();
    let good = world.profile(URL, false, &[]);
    let program =
        Profile { remote: None, run: Run { program: "/bin/true".into(), ..good.run.clone() }, ..good.clone() };
    assert_refused(&mut world.entry(&program), "it is a program, which warder-launch starts");
    for (url, saying) in [
        ("http://mcp.example.com/mcp", "its URL is neither https nor on this computer"),
        ("http://localhost.example.com/mcp", "its URL is neither https nor on this computer"),
        ("file:///etc/passwd", "its URL is neither https nor on this computer"),
        ("not a url", "its URL cannot be read"),
    ] {
        assert_refused(&mut world.entry(&world.profile(url, false, &[])), saying);
    }
    for (name, value) in [("X-A", "a\nX-B: b"), ("X A", "b"), ("Content-Length", "1"), ("Transfer-Encoding", "x")] {
        let header = world.profile(URL, false, &[(name, value)]);
        assert_refused(&mut world.entry(&header), &format!("its header {name} cannot be sent"));
    }
    let foreign = format!("Bearer {}", Handle::new("KEY", rand()).reference());
    let mut profile = world.profile(URL, false, &[("Authorization", &foreign)]);
    assert_refused(&mut world.entry(&profile), "a key");
    // Also where only the profile refers to it.
    profile.approved.argv = vec![Token::Text(URL.to_owned())];
    assert_refused(&mut world.entry(&profile), "a key");
    let path = world.state.profiles().join(format!("{}.json", profile.id.as_str()));
    std::fs::write(&path, "{").unwrap();
    let words = ["run", "--profile", profile.id.as_str(), "--", URL].map(str::to_owned);
    assert_refused(&mut world.call(words), "is damaged");
}

#[test]
fn a_relay_elsewhere_has_no_state() {
    let mut command = Command::new(super::relay());
    command.args(["run", "--profile", &format!("x-{}", "a".repeat(26)), "--", URL]);
    assert_refused(&mut command, "it must stand in a folder .warder/bin");
}

#[test]
fn a_proxy_counts_only_as_approved() {
    let proxy = Server::start(|_, mut reply| reply.whole(502, &[], ""));
    let world = World::new();
    let mut profile = world.profile("https://mcp.example.invalid/mcp", false, &[("Authorization", "Bearer made-up")]);
    let open = |profile: &Profile, name: &str| {
        let mut session = Session::start(world.entry(profile).env(name, &proxy.origin));
        session.request(1, "initialize", serde_json::json!({}));
        assert!(session.answer(1).0["error"]["message"].as_str().unwrap().contains("cannot reach mcp.example.invalid"));
        session.end().2
    };
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let errors = open(&profile, name);
        let note = format!("warder-relay: demo starts without {name}: not approved\n");
        assert!(errors.starts_with(&note), "{errors}");
    }
    assert!(proxy.asked().is_empty());
    let seal = seal_inherited(&profile.id, "HTTPS_PROXY", &proxy.origin);
    profile.approved.inherited.insert("HTTPS_PROXY".to_owned(), seal);
    let errors = open(&profile, "HTTPS_PROXY");
    assert!(!errors.contains("not approved"), "{errors}");
    let asked = proxy.asked();
    // The tunnel is asked for; what goes through it only its end can read.
    assert_eq!((asked[0].method.as_str(), asked[0].path.as_str()), ("CONNECT", "mcp.example.invalid:443"));
    assert_eq!(asked[0].header("authorization"), None);
}

#[test]
fn this_computer_is_reached_without_a_proxy() {
    let proxy = Server::start(|_, mut reply| reply.whole(502, &[], ""));
    let server = Server::start(|request, mut reply| {
        opening(request, &mut reply);
    });
    let world = World::new();
    let mut profile = world.profile(&server.url().replace("127.0.0.1", "localhost"), false, &[]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        let seal = seal_inherited(&profile.id, name, &proxy.origin);
        profile.approved.inherited.insert(name.to_owned(), seal);
    }
    let mut entry = world.entry(&profile);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        entry.env(name, &proxy.origin);
    }
    let mut session = Session::start(&mut entry);
    session.open();
    assert_eq!(session.end().2, "");
    assert!(proxy.asked().is_empty());
}
