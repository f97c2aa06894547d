//! The icon in the tray, if the user wants one: what state things are in, in
//! words, and a short menu.
//!
//! On Linux a StatusNotifierItem in Rust (`ksni`): the C library that Tauri would
//! load has no tooltip and would have to be installed besides. Other systems get
//! Tauri's own.

use tauri::AppHandle;
use warder_audit::api::Report;
use warder_audit::finding::Severity;

/// What the icon tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// `Score 62: 2 critical, 3 high.`
    pub(crate) state: String,
    pub(crate) watching: bool,
}

impl Told {
    /// The state in words.
    fn words(&self) -> String {
        match self.watching {
            true => self.state.clone(),
            false => format!("{} Watching is paused.", self.state),
        }
    }
}

/// A report in a sentence.
pub(crate) fn sentence(report: &Report) -> String {
    let Some(score) = report.machine.score else { return "No MCP servers found.".to_owned() };
    let count = |severity| {
        let open = report.findings.iter().filter(|finding| finding.accepted.is_none());
        open.filter(|finding| finding.severity == severity).count()
    };
    let counts =
        [(count(Severity::Critical), "critical"), (count(Severity::High), "high"), (count(Severity::Medium), "medium")];
    let counts: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    match counts.is_empty() {
        true => format!("Score {score}: nothing that matters is open."),
        false => format!("Score {score}: {}.", counts.join(", ")),
    }
}

/// A line of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Open,
    Again,
    Watch,
    Quit,
}

/// What a line does.
pub(crate) type Act = fn(&AppHandle, Line);

/// The menu's lines and their words.
fn lines(watching: bool) -> [(Line, &'static str); 4] {
    let watch = if watching { "Pause watching" } else { "Watch again" };
    [(Line::Open, "Open Warder"), (Line::Again, "Look again"), (Line::Watch, watch), (Line::Quit, "Quit Warder")]
}

#[cfg(target_os = "linux")]
pub(crate) use linux::Tray;
#[cfg(not(target_os = "linux"))]
pub(crate) use others::Tray;

#[cfg(target_os = "linux")]
mod linux {
    use ksni::blocking::{Handle, TrayMethods};
    use ksni::menu::{MenuItem, StandardItem};
    use tauri::AppHandle;

    use super::{Act, Line, Told, lines};

    /// The icon; gone when dropped.
    pub(crate) struct Tray(Handle<Item>);

    struct Item {
        app: AppHandle,
        act: Act,
        told: Told,
        icon: Vec<ksni::Icon>,
    }

    impl Tray {
        /// `None` where there is no session bus. A tray that comes later gets the icon then.
        pub(crate) fn new(app: &AppHandle, told: Told, act: Act) -> Option<Tray> {
            let icon = app.default_window_icon().map(|image| {
                let (width, height) = (image.width().try_into().ok()?, image.height().try_into().ok()?);
                // Red, green, blue, alpha here; alpha comes first there.
                let data = image.rgba().chunks_exact(4).flat_map(|dot| [dot[3], dot[0], dot[1], dot[2]]).collect();
                Some(ksni::Icon { width, height, data })
            });
            let item = Item { app: app.clone(), act, told, icon: icon.flatten().into_iter().collect() };
            item.assume_sni_available(true).spawn().ok().map(Tray)
        }

        pub(crate) fn tell(&self, told: Told) {
            // None when the bus is gone.
            let _ = self.0.update(|item| item.told = told);
        }
    }

    impl Drop for Tray {
        fn drop(&mut self) {
            self.0.shutdown().wait();
        }
    }

    impl ksni::Tray for Item {
        fn id(&self) -> String {
            "warder".to_owned()
        }

        fn title(&self) -> String {
            "Warder".to_owned()
        }

        fn icon_name(&self) -> String {
            "warder".to_owned()
        }

        fn icon_pixmap(&self) -> Vec<ksni::Icon> {
            self.icon.clone()
        }

        fn tool_tip(&self) -> ksni::ToolTip {
            ksni::ToolTip { title: "Warder".to_owned(), description: self.told.words(), ..Default::default() }
        }

        fn activate(&mut self, _: i32, _: i32) {
            (self.act)(&self.app, Line::Open);
        }

        fn menu(&self) -> Vec<MenuItem<Item>> {
            let line = |(line, label): (Line, &str)| {
                let activate = Box::new(move |item: &mut Item| (item.act)(&item.app, line));
                StandardItem { label: label.to_owned(), activate, ..Default::default() }.into()
            };
            lines(self.told.watching).map(line).into()
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod others {
    use tauri::AppHandle;
    use tauri::menu::{Menu, MenuItem};
    use tauri::tray::{TrayIcon, TrayIconBuilder};

    use super::{Act, Line, Told, lines};

    /// The icon; gone when dropped.
    pub(crate) struct Tray {
        app: AppHandle,
        icon: TrayIcon,
        watch: MenuItem<tauri::Wry>,
    }

    impl Tray {
        /// `None` where the system refuses one.
        pub(crate) fn new(app: &AppHandle, told: Told, act: Act) -> Option<Tray> {
            let menu = Menu::new(app).ok()?;
            let mut watch = None;
            let mut items = Vec::new();
            for (line, label) in lines(told.watching) {
                let item = MenuItem::new(app, label, true, None::<&str>).ok()?;
                menu.append(&item).ok()?;
                items.push((item.id().clone(), line));
                if line == Line::Watch {
                    watch = Some(item);
                }
            }
            let mut icon = TrayIconBuilder::with_id("warder").menu(&menu).tooltip(told.words());
            if let Some(image) = app.default_window_icon() {
                icon = icon.icon(image.clone());
            }
            let chosen = move |app: &AppHandle, event: tauri::menu::MenuEvent| {
                if let Some((_, line)) = items.iter().find(|(id, _)| *id == event.id) {
                    act(app, *line);
                }
            };
            let icon = icon.on_menu_event(chosen).build(app).ok()?;
            Some(Tray { app: app.clone(), icon, watch: watch? })
        }

        pub(crate) fn tell(&self, told: Told) {
            // Both fail only when the icon is gone.
            let _ = self.icon.set_tooltip(Some(told.words()));
            let label =
                lines(told.watching).into_iter().find_map(|(line, label)| (line == Line::Watch).then_some(label));
            let _ = self.watch.set_text(label.unwrap_or_default());
        }
    }

    impl Drop for Tray {
        fn drop(&mut self) {
            self.app.remove_tray_by_id("warder");
        }
    }
}
