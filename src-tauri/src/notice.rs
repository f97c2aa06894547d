//! Desktop notifications.
//!
//! On Linux straight over the session bus, which Warder speaks anyway: a click
//! comes back as a signal. What a notification says comes from configs, and a
//! notification service reads markup: so no sign of markup gets there.

#[cfg(target_os = "linux")]
use std::collections::HashSet;
#[cfg(target_os = "linux")]
use std::sync::{Arc, Mutex};

use warder_audit::api::{News, NewsKind};

/// The most characters of a notification.
const LONGEST: usize = 240;

/// What one notification says about all of these, what breaks an approval first: the rest may be cut. Nothing for none.
pub(crate) fn words(news: &[&News]) -> Option<String> {
    let text = match news {
        [] => return None,
        [one] => one.text.clone(),
        many => {
            let mut sorted = many.to_vec();
            sorted.sort_by_key(|news| news.kind != NewsKind::ApprovalBroken);
            let texts: Vec<_> = sorted.iter().map(|news| news.text.trim_end_matches('.')).collect();
            format!("{} changes: {}.", many.len(), texts.join("; "))
        }
    };
    Some(text)
}

/// Cut, and with nothing in it that a service would interpret.
fn plain(text: &str) -> String {
    let mut cut: String = text.chars().filter(|character| !character.is_control()).take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        cut.push('…');
    }
    cut.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Where notifications are raised.
#[cfg(target_os = "linux")]
pub(crate) struct Notices {
    bus: Mutex<Option<zbus::blocking::Connection>>,
    /// The numbers of ours.
    mine: Arc<Mutex<HashSet<u32>>>,
    clicked: Arc<dyn Fn() + Send + Sync>,
}

#[cfg(target_os = "linux")]
const SERVICE: &str = "org.freedesktop.Notifications";
#[cfg(target_os = "linux")]
const OBJECT: &str = "/org/freedesktop/Notifications";

#[cfg(target_os = "linux")]
impl Notices {
    /// Asks nobody yet. `clicked`: one of ours was.
    pub(crate) fn new(clicked: impl Fn() + Send + Sync + 'static) -> Notices {
        Notices { bus: Mutex::default(), mine: Arc::default(), clicked: Arc::new(clicked) }
    }

    /// Shows `text`. Nothing happens where no service shows notifications.
    pub(crate) fn raise(&self, text: &str) {
        if self.notify(&plain(text)).is_err() {
            // A bus that went away is looked for again the next time.
            *self.bus.lock().expect("no panic while held") = None;
        }
    }

    fn notify(&self, body: &str) -> zbus::Result<()> {
        let mut kept = self.bus.lock().expect("no panic while held");
        let bus = match kept.as_ref() {
            Some(bus) => bus.clone(),
            None => kept.insert(self.connect()?).clone(),
        };
        drop(kept);
        // Held, so that no click comes before its number is known.
        let mut mine = self.mine.lock().expect("no panic while held");
        let hints: std::collections::HashMap<&str, zbus::zvariant::Value> = [("desktop-entry", "warder".into())].into();
        let shown = ("Warder", 0_u32, "warder", "Warder", body, ["default", "Open Warder"].as_slice(), hints, -1_i32);
        let reply = bus.call_method(Some(SERVICE), OBJECT, Some(SERVICE), "Notify", &shown)?;
        mine.insert(reply.body().deserialize()?);
        Ok(())
    }

    /// A connection, and a thread that sleeps until something of ours is clicked.
    fn connect(&self) -> zbus::Result<zbus::blocking::Connection> {
        let bus = zbus::blocking::Connection::session()?;
        let clicks = zbus::MatchRule::builder().msg_type(zbus::message::Type::Signal).sender(SERVICE)?;
        let clicks = clicks.interface(SERVICE)?.member("ActionInvoked")?.build();
        let clicks = zbus::blocking::MessageIterator::for_match_rule(clicks, &bus, None)?;
        let (mine, clicked) = (Arc::clone(&self.mine), Arc::clone(&self.clicked));
        std::thread::spawn(move || {
            for click in clicks.flatten() {
                let Ok((id, _)) = click.body().deserialize::<(u32, String)>() else { continue };
                if mine.lock().expect("no panic while held").remove(&id) {
                    clicked();
                }
            }
        });
        Ok(bus)
    }
}

/// Where notifications are raised. A click brings the window only where the
/// system does that by itself.
#[cfg(not(target_os = "linux"))]
pub(crate) struct Notices;

#[cfg(not(target_os = "linux"))]
impl Notices {
    pub(crate) fn new(_: impl Fn() + Send + Sync + 'static) -> Notices {
        Notices
    }

    /// Shows `text`. Nothing happens where the user allows no notification.
    pub(crate) fn raise(&self, text: &str) {
        let _ = notify_rust::Notification::new().summary("Warder").body(&plain(text)).show();
    }
}

/// News of that text, for tests.
#[cfg(test)]
pub(crate) fn made_up(text: &str) -> News {
    News {
        id: String::new(),
        at: String::new(),
        kind: NewsKind::ServerAdded,
        text: text.to_owned(),
        client_name: String::new(),
        shown: None,
        name: None,
        server: None,
        diff: Vec::new(),
        severity: None,
        seen: false,
        urgent: true,
    }
}

#[cfg(test)]
mod tests {
    use super::made_up as news;
    use super::*;

    #[test]
    fn several_changes_are_one_notification() {
        let (one, two) = (news("Cursor added the server a."), news("Zed added the server b."));
        assert_eq!(words(&[]), None);
        assert_eq!(words(&[&one]).unwrap(), "Cursor added the server a.");
        assert_eq!(words(&[&one, &two]).unwrap(), "2 changes: Cursor added the server a; Zed added the server b.");
    }

    #[test]
    fn a_broken_approval_is_said_first() {
        let flood: Vec<News> = (0..100).map(|n| news(&format!("Cursor added the server s{n}."))).collect();
        let broken = News { kind: NewsKind::ApprovalBroken, ..news("The server a does not start.") };
        let all: Vec<&News> = flood.iter().chain([&broken]).collect();
        let said = plain(&words(&all).unwrap());
        assert!(said.starts_with("101 changes: The server a does not start; Cursor added the server s0;"), "{said}");
    }

    #[test]
    fn no_markup_reaches_the_service_and_no_entity_is_cut_in_two() {
        let hostile = plain("<img src=\"http://x/\"> &amp; \u{1b}[31m\n");
        assert_eq!(hostile, "&lt;img src=\"http://x/\"&gt; &amp;amp; [31m");
        let long = plain(&"<".repeat(10_000));
        assert_eq!(long, format!("{}…", "&lt;".repeat(LONGEST)));
    }
}
