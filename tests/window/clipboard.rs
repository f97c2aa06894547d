//! What a browser does when its user copies something: it owns the screen's clipboard and hands the text to whoever
//! asks, until somebody else takes it over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt, CreateWindowAux, EventMask, PropMode, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent,
    WindowClass,
};
use x11rb::wrapper::ConnectionExt as _;

/// A text that was copied.
pub(crate) struct Copied(Arc<AtomicBool>);

impl Copied {
    /// Puts `text` into the clipboard of the screen `name`, and serves it there until another takes its place.
    pub(crate) fn new(name: &str, text: &str) -> Copied {
        let (connection, screen) = x11rb::connect(Some(name)).unwrap();
        let atom = |name: &[u8]| connection.intern_atom(false, name).unwrap().reply().unwrap().atom;
        let [clipboard, targets, utf8] = [atom(b"CLIPBOARD"), atom(b"TARGETS"), atom(b"UTF8_STRING")];
        let (root, visual) = (connection.setup().roots[screen].root, connection.setup().roots[screen].root_visual);
        let window = connection.generate_id().unwrap();
        let aux = CreateWindowAux::new();
        connection.create_window(0, window, root, 0, 0, 1, 1, 0, WindowClass::INPUT_OUTPUT, visual, &aux).unwrap();
        connection.set_selection_owner(window, clipboard, x11rb::CURRENT_TIME).unwrap();
        assert_eq!(connection.get_selection_owner(clipboard).unwrap().reply().unwrap().owner, window);
        let (owned, text) = (Arc::new(AtomicBool::new(true)), text.to_owned());
        let still = Arc::clone(&owned);
        // Ends with its clipboard, or with the screen.
        std::thread::spawn(move || {
            while let Ok(event) = connection.wait_for_event() {
                let asked = match event {
                    Event::SelectionRequest(asked) => asked,
                    Event::SelectionClear(_) => break,
                    _ => continue,
                };
                let (to, at) = (asked.requestor, asked.property);
                let property = if asked.target == targets {
                    let all = [targets, utf8];
                    connection.change_property32(PropMode::REPLACE, to, at, AtomEnum::ATOM, &all).unwrap();
                    at
                } else if asked.target == utf8 {
                    connection.change_property8(PropMode::REPLACE, to, at, utf8, text.as_bytes()).unwrap();
                    at
                } else {
                    x11rb::NONE
                };
                let told = SelectionNotifyEvent {
                    response_type: SELECTION_NOTIFY_EVENT,
                    sequence: 0,
                    time: asked.time,
                    requestor: to,
                    selection: asked.selection,
                    target: asked.target,
                    property,
                };
                connection.send_event(false, to, EventMask::NO_EVENT, told).unwrap();
                connection.flush().unwrap();
            }
            still.store(false, Ordering::SeqCst);
        });
        Copied(owned)
    }

    /// Whether the clipboard still holds it.
    pub(crate) fn is_there(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
