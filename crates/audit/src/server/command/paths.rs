//! Which words are paths, by their text alone.

use super::words::Word;
use super::{PathUse, PathWord};

/// The path an argument of the server is, or carries: `/x`, `--root=~/x`,
/// `file:///x`.
pub(super) fn argument(word: &Word) -> Option<PathWord> {
    let value = match word.text.strip_prefix('-') {
        Some(_) => word.split('=')?.1,
        None => word.clone(),
    };
    let value = match value.text.strip_prefix("file://") {
        // `file:///C:/x`: the slash before the drive is the URL's.
        Some(rest) if rest.strip_prefix('/').is_some_and(has_drive) => value.from("file:///".len()),
        Some(rest) if rest.starts_with('/') => value.from("file://".len()),
        Some(_) => return None,
        None => value,
    };
    is_path(&value.text).then(|| PathWord {
        word: value.at,
        range: value.range(),
        path: value.text.clone(),
        how: PathUse::Argument,
        read_only: false,
    })
}

/// Absolute, relative with a dot, below the home folder, or below a folder
/// the client or a shell fills in.
pub(super) fn is_path(text: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "~",
        ".",
        "..",
        "$HOME",
        "${HOME}",
        "${env:HOME}",
        "{env:HOME}",
        "${env:USERPROFILE}",
        "%USERPROFILE%",
        "${userHome}",
        "${workspaceFolder}",
        "$PWD",
        "${PWD}",
    ];
    if text.starts_with('/') || text.starts_with("\\\\") || has_drive(text) {
        return true;
    }
    FOLDERS
        .iter()
        .any(|folder| text.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '\\'])))
}

/// `C:`, `C:\x`, `C:/x`.
pub(super) fn has_drive(text: &str) -> bool {
    match text.as_bytes() {
        [letter, b':', rest @ ..] => {
            letter.is_ascii_alphabetic() && (rest.is_empty() || rest.starts_with(b"/") || rest.starts_with(b"\\"))
        }
        _ => false,
    }
}
