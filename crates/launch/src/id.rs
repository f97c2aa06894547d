//! Names that are readable, never meet, and never name a path.

use serde::{Deserialize, Serialize};

use crate::disk;

/// A readable label and 128 random bits: `github-7k2m…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProfileId(String);

impl ProfileId {
    pub fn new(label: &str, random: [u8; 16]) -> ProfileId {
        ProfileId(labelled(label, random))
    }

    /// `None` unless it has the exact shape `new` gives; so an id never names
    /// a path.
    pub fn parse(text: &str) -> Option<ProfileId> {
        let (label, random) = text.rsplit_once('-')?;
        let plain = (1..=LABEL).contains(&label.len()) && label.chars().all(is_plain);
        let shaped = plain && !label.starts_with(['.', '-']) && disk::is_base32(random);
        shaped.then(|| ProfileId(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `label` cut to `[A-Za-z0-9_.-]` (others become `-`, never a leading dot or
/// dash, at most 40 characters, `server` when nothing is left), a dash, and
/// the bits as 26 characters of lower-case base32.
pub(crate) fn labelled(label: &str, random: [u8; 16]) -> String {
    let plain: String = label.chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
    let plain = plain.trim_start_matches(['.', '-']);
    let label = if plain.is_empty() { "server" } else { &plain[..plain.len().min(LABEL)] };
    format!("{label}-{}", disk::base32(random))
}

/// The name that `text` begins with, if it begins with one of the shape that
/// [`labelled`] gives; the shortest, so that what follows may be anything.
pub(crate) fn leading(text: &str) -> Option<&str> {
    let plain = text.find(|c| !is_plain(c)).unwrap_or(text.len());
    let plain = &text[..plain.min(LABEL + 1 + RANDOM)];
    let ends = plain.match_indices('-').map(|(at, _)| at).filter(|at| (1..=LABEL).contains(at));
    let mut shaped = ends.filter(|at| plain.get(at + 1..at + 1 + RANDOM).is_some_and(disk::is_base32));
    let name = &plain[..shaped.next()? + 1 + RANDOM];
    (!name.starts_with(['.', '-'])).then_some(name)
}

/// Characters of the random part.
const RANDOM: usize = 26;

/// The longest label.
const LABEL: usize = 40;

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_labels_with_a_random_part() {
        let random = "a".repeat(26);
        let new = |label: &str| ProfileId::new(label, [0; 16]).0;
        assert_eq!(new("github"), format!("github-{random}"));
        assert_eq!(new("../../x"), format!("x-{random}"));
        assert_eq!(new("a b/c"), format!("a-b-c-{random}"));
        assert_eq!(new("…"), format!("server-{random}"));
        assert_eq!(new(&"x".repeat(90)), format!("{}-{random}", "x".repeat(40)));
        assert_ne!(ProfileId::new("github", [1; 16]), ProfileId::new("github", [2; 16]));
        for label in ["github", "../../x", "a b", "…", "", "-", "é".repeat(50).as_str()] {
            let id = ProfileId::new(label, [3; 16]);
            assert_eq!(ProfileId::parse(id.as_str()), Some(id));
        }
    }

    #[test]
    fn nothing_else_is_an_id() {
        let random = "a".repeat(26);
        for text in [
            String::new(),
            "github".into(),
            random.clone(),
            format!("-{random}"),
            format!("../x-{random}"),
            format!(".x-{random}"),
            format!("-x-{random}"),
            format!("a/b-{random}"),
            format!("a b-{random}"),
            format!("{}-{random}", "x".repeat(41)),
            format!("x-{}", "A".repeat(26)),
            format!("x-{}", "1".repeat(26)),
            format!("x-{}b", "a".repeat(25)),
            format!("x-{random}a"),
            format!("x-{random}\n"),
        ] {
            assert_eq!(ProfileId::parse(&text), None, "{text:?}");
        }
    }
}
