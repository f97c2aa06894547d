//! What crosses from the core into the page: never a key, whatever is clicked.

use std::fs;

use serde_json::{Map, json};

use super::views::VIEWS;
use crate::desktop::{Desktop, Screen, story};

/// Letters and digits of a key, the same for the same number.
fn noise(seed: u64, length: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(LETTERS[(state >> 33) as usize % LETTERS.len()])
    };
    (0..length).map(|_| letter()).collect()
}

/// Twenty keys, each in its own place: variables, arguments, headers, URLs.
fn planted() -> (Vec<String>, String) {
    let mut keys = Vec::new();
    let mut servers = Map::new();
    let mut key = |text: String| {
        keys.push(text.clone());
        text
    };
    for number in 0..5_u64 {
        let seed = number * 4;
        let github = key(["ghp_", &noise(seed, 36)].concat());
        let word = key(noise(seed + 1, 40));
        let bearer = key(["sk-ant-api03-", &noise(seed + 2, 93), "AA"].concat());
        let url = key(noise(seed + 3, 32));
        servers.insert(
            format!("local{number}"),
            json!({ "command": "npx", "args": ["-y", format!("some-mcp@1.{number}.0"), "--api-key", word], "env": { "GITHUB_TOKEN": github } }),
        );
        servers.insert(
            format!("remote{number}"),
            json!({ "url": format!("https://mcp{number}.example.com/mcp?api_key={url}"), "headers": { "Authorization": format!("Bearer {bearer}") } }),
        );
    }
    (keys, json!({ "mcpServers": servers }).to_string())
}

/// Keeps every answer that comes in from now on.
async fn listen(screen: &Screen) {
    screen
        .run(
            "window.answers = [];
             const fetched = window.fetch;
             window.fetch = async (...words) => {
               const answer = await fetched(...words);
               window.answers.push(await answer.clone().text());
               return answer;
             };",
        )
        .await;
}

#[test]
fn no_key_crosses_into_the_page() {
    story(async |desktop: &mut Desktop| {
        let (keys, config) = planted();
        assert_eq!(keys.len(), 20);
        let path = desktop.home().join(".cursor/mcp.json");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &config).unwrap();
        let screen = desktop.open().await;
        screen.find("[data-test=nav-overview]").await;
        listen(&screen).await;
        screen.click("[data-test=nav-overview]").await;
        screen.click("[data-test=look-again]:enabled").await;

        let mut pages = Vec::new();
        for (view, _) in VIEWS {
            screen.click(&format!("[data-test=nav-{view}]")).await;
            screen.picture(&format!("view-{view}")).await;
            pages.push(screen.html().await);
        }
        // Every finding's pane and every preview: asked as the page asks.
        let report = screen.ask(&json!({ "ask": "scan" })).await;
        let findings = report["with"]["findings"].as_array().unwrap().clone();
        assert!(findings.len() > 20, "{} findings", findings.len());
        for finding in &findings {
            screen.ask(&json!({ "ask": "detail", "finding": finding["id"] })).await;
            for fix in finding["fixes"].as_array().unwrap() {
                let choices = json!({ "keep": [], "read": [], "network": null, "hosts": [], "engine": null });
                screen.ask(&json!({ "ask": "preview", "fix": fix["id"], "choices": choices })).await;
            }
        }
        for request in ["safe", "secrets", "news", "log", "keys", "reminders", "doctor", "settings"] {
            screen.ask(&json!({ "ask": request })).await;
        }
        // Done, with what is told of it afterwards.
        screen.click("[data-test=nav-overview]").await;
        screen.click("[data-test=safe-all]").await;
        screen.find("[data-test=safe-row]").await;
        pages.push(screen.html().await);
        screen.click("[data-test=safe-apply]:enabled").await;
        screen.find("[data-test=toast-undo]").await;
        let moved = fs::read_to_string(&path).unwrap();
        assert!(keys.iter().any(|key| !moved.contains(key)), "nothing was moved");
        let log = screen.ask(&json!({ "ask": "log" })).await;
        for change in log["with"].as_array().unwrap() {
            screen.ask(&json!({ "ask": "change", "change": change["id"] })).await;
        }
        screen.ask(&json!({ "ask": "residue", "change": null })).await;
        screen.click("[data-test=nav-secrets]").await;
        screen.find("[data-test=credential-row]").await;
        pages.push(screen.html().await);

        let answers = screen.value("window.answers").await;
        let answers: Vec<&str> = answers.as_array().unwrap().iter().map(|answer| answer.as_str().unwrap()).collect();
        assert!(answers.iter().any(|answer| answer.contains("\"answer\":\"report\"")), "no answer was kept");
        assert!(answers.len() > findings.len(), "only {} answers were kept", answers.len());
        for key in &keys {
            let inside =
                answers.iter().copied().chain(pages.iter().map(String::as_str)).find(|text| text.contains(key));
            assert!(inside.is_none(), "a key crossed: {}…", &key[..8]);
        }
        screen.close().await;
    });
}
