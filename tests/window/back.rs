//! An entry that was swapped after it was approved, seen in the real window and put back from there.

use std::fs;

use super::{config, move_to_keychain, write_config};
use crate::desktop::{Desktop, story};

/// The kind of fix that is driven here.
pub(super) const KIND: &str = "put-back";

#[test]
fn a_swapped_entry_is_put_back_from_where_it_would_be_approved() {
    story(async |desktop: &mut Desktop| {
        let path = write_config(desktop, &config());
        let screen = desktop.open().await;
        move_to_keychain(&screen).await;
        let approved = fs::read_to_string(&path).unwrap();
        let swapped = approved.replace("server-github@2025.4.8", "server-evil@6.6.6");
        assert_ne!(swapped, approved);
        write_config(desktop, &swapped);
        screen.click("[data-test=nav-servers]").await;
        screen.click("[data-test=row-approve]").await;
        screen.click("[data-test=put-back]").await;
        screen.text("Put github back as you approved it").await;
        screen.picture("put-back").await;
        screen.click("[data-test=apply]:enabled").await;
        screen.focus("[data-test=toast-undo]:enabled").await;
        assert_eq!(fs::read_to_string(&path).unwrap(), approved);
        screen.click("[data-test=toast-undo]").await;
        screen.until("Undo brings the swapped bytes back", || fs::read_to_string(&path).unwrap() == swapped).await;
        screen.close().await;
    });
}
