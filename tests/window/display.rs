//! The test's own eyes and hands on the screen: which windows are there, where
//! they stand, and the knock of a window manager that asks one to close.

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConfigureWindowAux, ConnectionExt, EventMask, ImageFormat, MapState, Window,
};
use x11rb::rust_connection::RustConnection;

/// A screen without a window manager.
pub(crate) struct Display {
    connection: RustConnection,
    root: Window,
}

/// Left, top, width, height.
pub(crate) type Rectangle = (i16, i16, u16, u16);

impl Display {
    pub(crate) fn open(name: &str) -> Display {
        let (connection, screen) = x11rb::connect(Some(name)).unwrap();
        let root = connection.setup().roots[screen].root;
        Display { connection, root }
    }

    /// Warder's window, seen or not.
    fn window(&self) -> Option<Window> {
        let windows = self.connection.query_tree(self.root).ok()?.reply().ok()?.children;
        windows.into_iter().rev().find(|window| {
            let title = self.connection.get_property(false, *window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64);
            let title = title.ok().and_then(|asked| asked.reply().ok()).map(|answer| answer.value);
            title.is_some_and(|title| title == b"Warder") && self.rectangle_of(*window).is_some_and(|at| at.2 > 100)
        })
    }

    /// Whether a person would see it.
    pub(crate) fn shows_window(&self) -> bool {
        let state = |window| self.connection.get_window_attributes(window).ok()?.reply().ok();
        self.window().and_then(state).is_some_and(|state| state.map_state == MapState::VIEWABLE)
    }

    /// What a person sees, as a PNG. WebKit's driver cannot tell: where the page is drawn without the graphics
    /// processor, it waits for its picture for ever.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let (_, _, width, height) = self.rectangle_of(self.root).expect("a screen has a size");
        let image = self.connection.get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, width, height, !0);
        let dots = image.unwrap().reply().unwrap().data;
        // Blue comes first, as on every little-endian screen of 24 bits.
        let colours: Vec<u8> = dots.chunks_exact(4).flat_map(|dot| [dot[2], dot[1], dot[0]]).collect();
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, u32::from(width), u32::from(height));
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&colours).unwrap();
        writer.finish().unwrap();
        file
    }

    /// Red, green and blue of a dot in the lower left corner of its window, where the page's column ends.
    pub(crate) fn corner(&self) -> Option<[u8; 3]> {
        let (window, (_, _, _, height)) = (self.window()?, self.rectangle()?);
        let at = i16::try_from(height).ok()? - 4;
        let image = self.connection.get_image(ImageFormat::Z_PIXMAP, window, 4, at, 1, 1, !0).ok()?.reply().ok()?;
        // Blue comes first, as on every little-endian screen of 24 bits.
        let [blue, green, red, ..] = image.data[..] else { return None };
        Some([red, green, blue])
    }

    pub(crate) fn rectangle(&self) -> Option<Rectangle> {
        self.window().and_then(|window| self.rectangle_of(window))
    }

    fn rectangle_of(&self, window: Window) -> Option<Rectangle> {
        let at = self.connection.get_geometry(window).ok()?.reply().ok()?;
        Some((at.x, at.y, at.width, at.height))
    }

    /// What a title bar's cross does (ICCCM 4.2.8.1).
    pub(crate) fn close_window(&self) {
        // It may be gone just now.
        let Some(window) = self.window() else { return };
        let atom = |name: &[u8]| self.connection.intern_atom(false, name).unwrap().reply().unwrap().atom;
        let data = [atom(b"WM_DELETE_WINDOW"), x11rb::CURRENT_TIME, 0, 0, 0];
        let knock = ClientMessageEvent::new(32, window, atom(b"WM_PROTOCOLS"), data);
        self.connection.send_event(false, window, EventMask::NO_EVENT, knock).unwrap();
        self.connection.flush().unwrap();
    }

    pub(crate) fn put_window(&self, (x, y, width, height): Rectangle) {
        let window = self.window().expect("there is a window to move");
        let place = ConfigureWindowAux::new().x(i32::from(x)).y(i32::from(y));
        let place = place.width(u32::from(width)).height(u32::from(height));
        self.connection.configure_window(window, &place).unwrap();
        self.connection.flush().unwrap();
    }
}
