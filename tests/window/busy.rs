//! While something takes long: what it is doing is told, others get their
//! answers meanwhile, and it ends when it is told to.

use std::fs;

use serde_json::json;

use super::{config, move_to_keychain, write_config};
use crate::desktop::{Desktop, story};

/// Older versions in an editor's history: more than can be read in a moment.
const VERSIONS: usize = 20_000;

#[test]
fn a_long_search_holds_nobody_up_and_can_be_stopped() {
    story(async |desktop: &mut Desktop| {
        write_config(desktop, &config());
        let history = desktop.home().join(".config/Code/User/History");
        fs::create_dir_all(&history).unwrap();
        let version = history.join("version");
        fs::write(&version, "{ \"nothing\": \"to be found\" }\n".repeat(4_000)).unwrap();
        for number in 0..VERSIONS {
            let folder = history.join(format!("{}", number / 100));
            if number % 100 == 0 {
                fs::create_dir(&folder).unwrap();
            }
            fs::hard_link(&version, folder.join(format!("{number}.json"))).unwrap();
        }
        let screen = desktop.open().await;
        move_to_keychain(&screen).await;
        let answer = screen
            .promise(
                "new Promise(async (done) => {
                   const ask = (request) => internals.invoke('ask', { request });
                   const order = [];
                   let begun = false;
                   const step = async (event) => {
                     if (begun) return;
                     begun = true;
                     order.push(event.payload.words);
                     order.push((await ask({ ask: 'log' })).answer);
                     order.push((await ask({ ask: 'scan' })).answer);
                     order.push('cancel');
                     await internals.invoke('cancel');
                   };
                   const handler = internals.transformCallback(step);
                   await internals.invoke('plugin:event|listen', { event: 'step', target: { kind: 'Any' }, handler });
                   const { with: { stopped, files } } = await ask({ ask: 'residue', change: null });
                   done({ order: [...order], stopped, files });
                 })",
            )
            .await;
        let words = answer["order"][0].as_str().unwrap_or_default();
        assert!(words.starts_with("Looking for copies"), "{answer}");
        assert_eq!(
            answer["order"].as_array().unwrap()[1..],
            [json!("log"), json!("report"), json!("cancel")],
            "{answer}"
        );
        assert_eq!(answer["stopped"], json!(true), "{answer}");
        screen.close().await;
    });
}
