//! An entry as it goes back in: the text of its whole file, not a patch of what stands there.

use serde::Serialize;
use warder_launch::profile::ProfileId;

use crate::document::Stamp;

/// A file with an entry put back.
pub(in crate::session) struct Back {
    /// All of it.
    pub(in crate::session) text: String,
    /// What the client starts then, if it starts something.
    pub(in crate::session) line: Option<(String, Vec<String>)>,
    /// The profile that it was held against.
    pub(in crate::session) profile: ProfileId,
}

impl Back {
    /// Of the file that was looked at, and of all that would be in it: the history may say something else later.
    pub(in crate::session) fn seen(&self, file: &Stamp) -> Stamp {
        #[derive(Serialize)]
        struct Seen<'a>(&'a Stamp, &'a str, &'a str);
        let whole = serde_json::to_vec(&Seen(file, &self.text, self.profile.as_str())).expect("plain data");
        Stamp::of(&whole)
    }
}
