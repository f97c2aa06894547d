//! What the user settled once: kept in `~/.warder/settings.json`, read by the window and the command line.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    pub theme: Theme,
    /// Single letters act while a list has the focus.
    pub letters: bool,
    /// Safe fixes that start nothing are applied without their sheet.
    pub quick: bool,
    /// The window follows the config files.
    pub watch: bool,
    /// Closing the window leaves Warder in the tray.
    pub tray: bool,
    /// Changes by others are told as a desktop notification while the window is hidden.
    pub notify: bool,
    /// Starts with the session, hidden.
    pub login: bool,
    /// Absolute folders whose project files are read too.
    pub projects: Vec<String>,
    /// Files beside the usual places.
    pub files: Vec<ExtraFile>,
    /// What opens a file at its line, by id (`EditorChoice`); null: the first that is there.
    pub editor: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// A config file that the user named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "api.ts")]
pub struct ExtraFile {
    /// Absolute.
    pub path: String,
    /// The id of the client that reads it; null: told from its name.
    pub client: Option<String>,
}

/// Settings, and what they can be.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct SettingsPage {
    pub settings: Settings,
    /// Why the settings that are kept cannot be read, with line and column; the usual ones count until the user settles.
    pub damaged: Option<String>,
    /// Editors that are there.
    pub editors: Vec<EditorChoice>,
    /// Every client that can be named for a file: id and name, by name.
    pub clients: Vec<ClientChoice>,
    /// Folders that could be projects, best first.
    pub suggested: Vec<super::Folder>,
    /// Warder's own folder, `~/.warder`.
    pub state: String,
    /// Changes in the history.
    pub changes: usize,
    /// Whether the history has a key that can be kept on paper.
    pub recoverable: bool,
    /// The version of Warder.
    pub version: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct EditorChoice {
    pub id: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct ClientChoice {
    pub id: String,
    pub name: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            theme: Theme::System,
            letters: true,
            quick: false,
            watch: true,
            tray: false,
            notify: true,
            login: false,
            projects: Vec::new(),
            files: Vec::new(),
            editor: None,
        }
    }
}
