//! Where the window stood, kept in the state folder of its home.

use serde::{Deserialize, Serialize};
use tauri::{PhysicalPosition, PhysicalSize, WebviewWindow};
use warder_launch::state::State;

/// In physical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
    maximised: bool,
}

/// A rectangle of the desktop: one screen.
#[derive(Clone, Copy, Debug)]
struct Area {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
}

/// So much of a window has to be on a screen, for a hand to take hold of it.
const SEEN: i64 = 80;
/// No screen is larger.
const LARGEST: u32 = 32_767;

/// Puts a window that is not shown yet where it was; leaves it where the system
/// puts it when that place is not there any more.
pub(crate) fn restore(window: &WebviewWindow, state: &State) {
    let Some(place) = read(state) else { return };
    // A window that stands elsewhere is no reason to show none.
    let _ = window.set_size(PhysicalSize::new(place.width, place.height));
    let areas: Vec<Area> = window.available_monitors().unwrap_or_default().iter().map(area).collect();
    if place.is_seen(&areas) {
        let _ = window.set_position(PhysicalPosition::new(place.x, place.y));
    }
    if place.maximised {
        let _ = window.maximize();
    }
}

/// Keeps where the window stands now.
pub(crate) fn keep(window: &WebviewWindow, state: &State) {
    let Some(now) = now(window, state) else { return };
    if read(state) == Some(now) {
        return;
    }
    let Ok(text) = serde_json::to_vec(&now) else { return };
    // Forgotten where nothing can be written; nobody misses it before the next start.
    let _ = state.write_window(&text);
}

fn now(window: &WebviewWindow, state: &State) -> Option<Place> {
    if window.is_minimized().ok()? {
        return None;
    }
    let (position, size) = (window.outer_position().ok()?, window.inner_size().ok()?);
    let here = Place { x: position.x, y: position.y, width: size.width, height: size.height, maximised: false };
    if !window.is_maximized().ok()? {
        return Some(here);
    }
    // What it goes back to is what it was before.
    Some(Place { maximised: true, ..read(state).unwrap_or(here) })
}

fn read(state: &State) -> Option<Place> {
    let place: Place = serde_json::from_slice(&state.window()?).ok()?;
    let fits = |size| (1..=LARGEST).contains(&size);
    (fits(place.width) && fits(place.height)).then_some(place)
}

fn area(monitor: &tauri::Monitor) -> Area {
    let (position, size) = (monitor.position(), monitor.size());
    Area { x: position.x, y: position.y, width: size.width, height: size.height }
}

impl Place {
    /// Whether its top edge, by which a window is moved, is on one of the screens.
    fn is_seen(&self, areas: &[Area]) -> bool {
        areas.iter().any(|area| {
            let (left, right) = (i64::from(area.x), i64::from(area.x) + i64::from(area.width));
            let (top, bottom) = (i64::from(area.y), i64::from(area.y) + i64::from(area.height));
            let (x, y) = (i64::from(self.x), i64::from(self.y));
            let across = (x + i64::from(self.width)).min(right) - x.max(left);
            across >= SEEN && (top..=bottom - SEEN).contains(&y)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_place_counts_only_where_it_can_be_seen() {
        let screens =
            [Area { x: 0, y: 0, width: 1280, height: 800 }, Area { x: 1280, y: -200, width: 1920, height: 1080 }];
        let seen = |x, y| Place { x, y, width: 900, height: 600, maximised: false }.is_seen(&screens);
        assert!(seen(100, 100));
        assert!(seen(-820, 0), "its right edge shows");
        assert!(seen(3100, 200), "its left edge shows, on the other screen");
        assert!(!seen(-821, 0));
        assert!(!seen(100, -1), "its title is above the screen");
        assert!(!seen(100, 780));
        assert!(!seen(5000, 100), "the screen it stood on is gone");
        assert!(!Place { x: i32::MAX, y: i32::MIN, width: LARGEST, height: 1, maximised: false }.is_seen(&screens));
    }

    #[test]
    fn a_damaged_place_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::at(dir.path());
        for text in ["", "{}", r#"{"x":0,"y":0,"width":0,"height":9,"maximised":false}"#, "\u{0}"] {
            fs::write(dir.path().join("window.json"), text).unwrap();
            assert_eq!(read(&state), None, "{text}");
        }
    }
}
