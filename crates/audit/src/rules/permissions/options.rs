//! Options of a launch line, taken out word by word.

use crate::document::KeyPath;
use crate::server::Command;

/// The texts that make up the option in a word: itself, and its value where
/// that is the next word. `None` where the word holds more than this option,
/// as `-itv` or a whole shell line does.
pub(super) fn texts(command: &Command, word: usize, value: Option<&str>) -> Option<Vec<KeyPath>> {
    let text = command.word(word)?;
    let plain = text.value.starts_with("--") || text.value.len() == 2 && text.value.starts_with('-');
    let (name, joined) =
        text.value.split_once('=').map_or((text.value.as_str(), None), |(name, joined)| (name, Some(joined)));
    if !plain || name.contains(char::is_whitespace) {
        return None;
    }
    match (value, joined) {
        (_, Some(_)) | (None, None) => Some(vec![text.at.clone()]),
        (Some(value), None) => {
            let next = command.word(word + 1).filter(|next| next.value == value)?;
            Some(vec![text.at.clone(), next.at.clone()])
        }
    }
}
