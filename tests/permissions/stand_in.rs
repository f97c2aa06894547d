//! A real server that fetches what it is asked for, with one host allowed: in a
//! network of the test's own, where a public address stands in for that host.

use serde_json::json;
use warder_audit::api::{Choices, NetworkChoice};

use super::network::{Internet, in_own_network_as_root};
use super::{Place, Talk, installed};

/// What a fetch came to: the stand-in's page, or `None` where it was refused.
fn fetched(talk: &mut Talk, url: &str) -> Option<String> {
    let result = talk.call("fetch", &json!({ "url": url, "raw": true }));
    let text = result["content"][0]["text"].as_str().unwrap().to_owned();
    (result["isError"] != json!(true)).then_some(text)
}

#[test]
fn fetch_reaches_the_host_that_is_allowed_and_nothing_else() {
    if !in_own_network_as_root("stand_in::fetch_reaches_the_host_that_is_allowed_and_nothing_else") {
        return;
    }
    let internet = Internet::start();
    let folder = tempfile::tempdir().unwrap();
    let entry = json!({ "command": installed("venv/bin/mcp-server-fetch"), "args": [] });
    let mut place = Place::new(folder.path(), &json!({ "fetch": entry.clone() }));
    let home = place.world.home.clone();
    let [allowed, beside] = ["http://one.example.org/page", "http://two.example.org/page"];
    // All of them are the same computer, so only the fence tells them apart.
    let refused =
        [beside, "http://other.example.org/", "http://11.0.0.1/", "http://one.example.org:8080/", "http://[2600::1]/"];

    let mut open = Talk::start(&home, &entry);
    for url in [allowed].iter().chain(&refused) {
        assert!(fetched(&mut open, url).is_some(), "without a sandbox it reaches {url}");
    }
    drop(open);

    // As it is proposed, and the one host besides.
    let fix = place.fix("fetch");
    let proposed = place.session.preview(&fix, &Choices::default()).unwrap().permissions.unwrap();
    assert_eq!(proposed.after.network, NetworkChoice::None);
    let choices = Choices { hosts: vec!["one.example.org".into()], ..Choices::default() };
    let preview = place.session.preview(&fix, &choices).unwrap();
    assert_eq!(preview.permissions.as_ref().unwrap().after.reach, ["one.example.org"]);
    place.session.apply(&fix, &choices, &preview.seen, false).unwrap();

    let mut fenced = place.start("fetch");
    let page = fetched(&mut fenced, allowed).unwrap();
    assert!(page.contains("plain one.example.org /page"), "{page}");
    for url in refused {
        assert_eq!(fetched(&mut fenced, url), None, "{url}");
    }
    // Killed, it would not have written down what it refused.
    drop(fenced.child.stdin.take());
    fenced.child.wait().unwrap();

    let tried: Vec<_> = place.server("fetch").refused.into_iter().map(|one| (one.host, one.port)).collect();
    for host in [("two.example.org", 80), ("other.example.org", 80), ("one.example.org", 8080)] {
        assert!(tried.contains(&(host.0.to_owned(), host.1)), "{tried:?}");
    }
    // Nobody outside heard of the others: each was asked for without a sandbox only.
    let asked = internet.asked();
    let of = |name: &str| asked.iter().filter(|line| **line == format!("asked {name}")).count();
    assert!(of("one.example.org") > of("two.example.org"), "{asked:?}");
}
