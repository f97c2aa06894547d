//! A key that was made anew, out of the real clipboard into the real keychain: the page is told of it, and never told it.

use std::fs;
use std::path::Path;

use super::{config, move_to_keychain, write_config};
use crate::clipboard::Copied;
use crate::desktop::{Desktop, story};

/// Another one of the same form.
fn new_token() -> String {
    ["ghp_", "A9x2LmQ4vTz7Rp1RtY4wZb6Hc1Md5Fg0Bq7K"].concat()
}

fn holds(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        match path.is_dir() {
            true => holds(&path, text),
            false => fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes())),
        }
    })
}

#[test]
fn a_new_key_goes_from_the_clipboard_to_the_keychain() {
    story(async |desktop: &mut Desktop| {
        write_config(desktop, &config());
        let screen = desktop.open().await;
        move_to_keychain(&screen).await;
        screen.click("[data-test=nav-secrets]").await;
        let old = Copied::new(desktop.screen(), "https://github.com/settings/tokens");
        screen.click("[data-test=reminder-paste]").await;
        screen.text("It does not look like a key of GitHub").await;
        let new = Copied::new(desktop.screen(), &new_token());
        screen.until("another text takes its place", || !old.is_there()).await;
        screen.click("[data-test=paste-again]:enabled").await;
        screen.text("a GitHub token, 40 characters long").await;
        screen.text("It looks like a key of GitHub").await;
        screen.picture("paste").await;
        assert!(!screen.html().await.contains(&new_token()), "the sheet holds the key");
        screen.click("[data-test=paste-yes]:enabled").await;
        screen.text("Replaced GITHUB_TOKEN in the keychain").await;
        screen.until("the clipboard is empty", || !new.is_there()).await;
        assert!(!screen.html().await.contains(&new_token()), "the page holds the key");
        assert!(!holds(&desktop.home(), &new_token()), "a file holds the key");
        screen.click("[data-test=toast-undo]:enabled").await;
        screen.text("Undone: “Replaced GITHUB_TOKEN in the keychain”").await;
        screen.close().await;
    });
}
