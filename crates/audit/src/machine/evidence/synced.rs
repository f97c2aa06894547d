//! Folders that a service copies to other computers.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use crate::clients::{ANY, Os};
use crate::env::Env;

const MACOS: &[Os] = &[Os::Macos];
const WINDOWS: &[Os] = &[Os::Windows];
const DESKTOP: &[Os] = &[Os::Macos, Os::Windows];

/// Where services keep their folders below the home. A step that ends in `*`
/// stands for every name that begins so. Sources: the help pages of each
/// (support.apple.com/109344, support.microsoft.com/onedrive,
/// help.dropbox.com/installs, support.google.com/drive/answer/10838124,
/// support.box.com), and github.com/abraunegg/onedrive for Linux. On macOS they
/// have moved to `CloudStorage` (developer.apple.com, File Provider).
const FOLDERS: &[(&[Os], &str, &str)] = &[
    (MACOS, "Library/Mobile Documents", "iCloud Drive"),
    (WINDOWS, "iCloudDrive", "iCloud Drive"),
    (MACOS, "Library/CloudStorage/OneDrive*", "OneDrive"),
    (ANY, "OneDrive", "OneDrive"),
    (WINDOWS, "OneDrive - *", "OneDrive"),
    (MACOS, "Library/CloudStorage/Dropbox*", "Dropbox"),
    (ANY, "Dropbox", "Dropbox"),
    (ANY, "Dropbox (*", "Dropbox"),
    (MACOS, "Library/CloudStorage/GoogleDrive*", "Google Drive"),
    (DESKTOP, "Google Drive", "Google Drive"),
    (DESKTOP, "My Drive", "Google Drive"),
    (MACOS, "Library/CloudStorage/Box*", "Box"),
    (DESKTOP, "Box", "Box"),
    (DESKTOP, "Box Sync", "Box"),
];

/// What services put into the top of a folder they copy, wherever it lies
/// (docs.syncthing.net/users/faq, help.dropbox.com/storage-space/cache-folder).
const MARKS: &[(&str, &str)] = &[(".stfolder", "Syncthing"), (".dropbox.cache", "Dropbox")];

/// Variables in which OneDrive says where its folder is.
const VARIABLES: &[&str] = &["OneDrive", "OneDriveConsumer", "OneDriveCommercial"];

/// The synced folders of one computer.
pub(super) struct Synced {
    os: Os,
    /// Without links, as the paths it is asked about.
    home: PathBuf,
    named: Vec<PathBuf>,
    marked: HashMap<PathBuf, Option<&'static str>>,
}

impl Synced {
    pub(super) fn of(env: &Env) -> Synced {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let named = VARIABLES.iter().filter_map(|name| env.vars.get(*name)).map(Path::new);
        let named = named.filter(|path| path.is_absolute() && env.os == Os::Windows);
        Synced { os: env.os, home: real(&env.home), named: named.map(real).collect(), marked: HashMap::new() }
    }

    /// The service that copies a file, by its path without links.
    pub(super) fn by(&mut self, real: &Path) -> Option<&'static str> {
        if self.named.iter().any(|folder| real.starts_with(folder)) {
            return Some("OneDrive");
        }
        if let Ok(inside) = real.strip_prefix(&self.home) {
            let here = FOLDERS.iter().filter(|(systems, ..)| systems.contains(&self.os));
            let mut here = here.filter(|(_, folder, _)| lies_in(inside, folder));
            if let Some((.., service)) = here.next() {
                return Some(service);
            }
        }
        real.ancestors().skip(1).find_map(|folder| {
            let known = self.marked.get(folder).copied();
            known.unwrap_or_else(|| {
                let marked = MARKS.iter().find(|(mark, _)| folder.join(mark).symlink_metadata().is_ok());
                let service = marked.map(|(_, service)| *service);
                self.marked.insert(folder.to_owned(), service);
                service
            })
        })
    }
}

/// Whether a path, seen from the home, lies in a folder of the table.
fn lies_in(inside: &Path, folder: &str) -> bool {
    let mut steps = inside.components();
    let fits = |step: &str, name: &OsStr| match step.strip_suffix('*') {
        Some(start) => name.to_string_lossy().starts_with(start),
        None => name == step,
    };
    folder.split('/').all(|step| matches!(steps.next(), Some(Component::Normal(name)) if fits(step, name)))
        && steps.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_told_by_their_names_and_all_of_them() {
        for (path, folder, lies) in [
            ("Dropbox/dots/mcp.json", "Dropbox", true),
            ("Dropbox", "Dropbox", false),
            ("Dropboxes/mcp.json", "Dropbox", false),
            ("code/Dropbox/mcp.json", "Dropbox", false),
            ("Dropbox (Acme)/mcp.json", "Dropbox (*", true),
            ("Library/CloudStorage/Box-Box/mcp.json", "Library/CloudStorage/Box*", true),
            ("Library/Application Support/Claude/x.json", "Library/Mobile Documents", false),
        ] {
            assert_eq!(lies_in(Path::new(path), folder), lies, "{path} in {folder}");
        }
    }
}
