//! What a desktop's panel would be: a service that shows notifications and a
//! tray, both of the test's own, which keep what they were told.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::message::Header;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};

/// For what has to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A notification as it came over the bus.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) id: u32,
    pub(crate) summary: String,
    pub(crate) body: String,
}

/// The service that shows notifications.
pub(crate) struct Notifications {
    bus: Connection,
    notes: Receiver<Note>,
}

struct Recorder {
    notes: Sender<Note>,
    last: u32,
}

const NOTES: &str = "org.freedesktop.Notifications";
const NOTES_OBJECT: &str = "/org/freedesktop/Notifications";

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Recorder {
    #[expect(clippy::too_many_arguments, reason = "the specification's own")]
    fn notify(
        &mut self,
        _app: String,
        _replaces: u32,
        _icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        assert_eq!(actions[0], "default", "a click on it does something");
        self.last += 1;
        self.notes.send(Note { id: self.last, summary, body }).unwrap();
        self.last
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned(), "body-markup".to_owned(), "actions".to_owned()]
    }
}

impl Notifications {
    pub(crate) fn on(bus: &str) -> Notifications {
        let (sender, notes) = channel();
        let bus = Builder::address(bus).unwrap().name(NOTES).unwrap();
        let bus = bus.serve_at(NOTES_OBJECT, Recorder { notes: sender, last: 0 }).unwrap().build().unwrap();
        Notifications { bus, notes }
    }

    /// The next notification.
    pub(crate) fn next(&self) -> Note {
        self.notes.recv_timeout(PATIENCE).expect("a notification is shown")
    }

    /// Whether another one came.
    pub(crate) fn has_more(&self) -> bool {
        self.notes.try_recv().is_ok()
    }

    /// What a click on it does.
    pub(crate) fn click(&self, note: &Note) {
        let signal = (note.id, "default");
        self.bus.emit_signal(None::<&str>, NOTES_OBJECT, NOTES, "ActionInvoked", &signal).unwrap();
    }
}

/// The tray.
pub(crate) struct Tray {
    bus: Connection,
    items: Receiver<(String, String)>,
}

struct Watcher(Sender<(String, String)>);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        // Its name, or where on its connection it is.
        let item = match service.starts_with('/') {
            true => (sender, service),
            false => (service, "/StatusNotifierItem".to_owned()),
        };
        self.0.send(item).unwrap();
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// An icon in the tray.
pub(crate) struct Item<'a> {
    bus: &'a Connection,
    name: String,
    path: String,
}

impl Tray {
    pub(crate) fn on(bus: &str) -> Tray {
        let (sender, items) = channel();
        let bus = Builder::address(bus).unwrap().name("org.kde.StatusNotifierWatcher").unwrap();
        let bus = bus.serve_at("/StatusNotifierWatcher", Watcher(sender)).unwrap().build().unwrap();
        Tray { bus, items }
    }

    /// The next icon.
    pub(crate) fn next(&self) -> Item<'_> {
        let (name, path) = self.items.recv_timeout(PATIENCE).expect("an icon comes into the tray");
        Item { bus: &self.bus, name, path }
    }
}

impl Item<'_> {
    fn property(&self, name: &str) -> zbus::Result<OwnedValue> {
        let asked = ("org.kde.StatusNotifierItem", name);
        let properties = Some("org.freedesktop.DBus.Properties");
        let answer = self.bus.call_method(Some(self.name.as_str()), self.path.as_str(), properties, "Get", &asked)?;
        answer.body().deserialize()
    }

    /// Whether it is still in the tray.
    pub(crate) fn is_there(&self) -> bool {
        self.property("Id").is_ok()
    }

    /// What it says when a pointer rests on it.
    pub(crate) fn tooltip(&self) -> String {
        type ToolTip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);
        let tooltip: ToolTip = self.property("ToolTip").unwrap().try_into().unwrap();
        tooltip.3
    }

    /// The lines of its menu, with their numbers.
    fn lines(&self) -> Vec<(i32, String)> {
        type Layout = (u32, (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>));
        let nothing: Vec<&str> = Vec::new();
        let answer = self.menu("GetLayout", &(0_i32, -1_i32, nothing)).unwrap();
        let (_, (_, _, children)): Layout = answer.body().deserialize().unwrap();
        let line = |child: OwnedValue| {
            let child: Structure = child.try_into().unwrap();
            let [Value::I32(id), Value::Dict(properties), _] = child.fields() else { panic!("{child:?}") };
            let label: String = properties.get(&"label").unwrap().unwrap_or_default();
            (*id, label)
        };
        children.into_iter().map(line).collect()
    }

    fn menu<B>(&self, method: &str, with: &B) -> zbus::Result<zbus::Message>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let path: OwnedObjectPath = self.property("Menu").unwrap().try_into().unwrap();
        let interface = Some("com.canonical.dbusmenu");
        self.bus.call_method(Some(self.name.as_str()), path, interface, method, with)
    }

    pub(crate) fn labels(&self) -> Vec<String> {
        self.lines().into_iter().map(|(_, label)| label).collect()
    }

    /// Clicks a line of its menu. A line that ends Warder may end it before it answers.
    pub(crate) fn click(&self, label: &str) {
        let line = self.lines().into_iter().find(|(_, text)| text == label);
        let (id, _) = line.unwrap_or_else(|| panic!("the menu has no {label}: {:?}", self.labels()));
        match self.menu("Event", &(id, "clicked", Value::from(0_i32), 0_u32)) {
            Err(zbus::Error::MethodError(name, ..)) if name == "org.freedesktop.DBus.Error.NoReply" => {}
            answer => drop(answer.unwrap()),
        }
    }
}
