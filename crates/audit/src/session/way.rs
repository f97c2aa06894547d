//! The entry a change is about, in the bytes of then and of now.

use std::ops::Range;
use std::path::Path;

use sha2::{Digest, Sha256};
use warder_launch::vault::Handle;

use crate::document::{Document, Encoding, Format, Key, KeyPath, Node, Patch, range};
use crate::edit::{Edit, splice};
use crate::store::Way;

/// Whether a file is what the change made of it.
pub(super) fn is_after(encoding: Encoding, text: &str, way: &Way) -> bool {
    encoding == way.encoding && text == way.after
}

/// Whether the entry is what the change made of it.
pub(super) fn holds(text: &str, way: &Way) -> bool {
    if takes_out(way) {
        return range(text, way.format, &way.entry).is_none() && parsed(text, way).is_some();
    }
    untouched(text, way).is_some() || means_the_same(text, way).is_some()
}

/// Whether the change took the whole entry out.
fn takes_out(way: &Way) -> bool {
    way.entry_after.is_empty() && !way.entry_before.is_empty()
}

/// The text with the entry that was taken out, byte for byte where it stood:
/// what stood around it has to stand there still, and only once, and taking it
/// out again has to give the text as it is now.
fn put_back(text: &str, way: &Way) -> Option<String> {
    let (before, after) = (&way.before, &way.after);
    let length = |(one, _): (char, char)| one.len_utf8();
    let same = |(one, other): &(char, char)| one == other;
    let head: usize = before.chars().zip(after.chars()).take_while(same).map(length).sum();
    let ends = before[head..].chars().rev().zip(after[head..].chars().rev());
    let tail: usize = ends.take_while(same).map(length).sum();
    if head + tail != after.len() {
        return None;
    }
    let taken = &before[head..before.len() - tail];
    let old = entry(&parsed(before, way)?, way)?;
    // Far around it, another program may have written.
    [256, 64, 16, 6].into_iter().find_map(|around| {
        let left = &after[after.ceil_char_boundary(head.saturating_sub(around))..head];
        let right = &after[head..after.floor_char_boundary(head + around)];
        let context = format!("{left}{right}");
        let mut places = text.match_indices(&context);
        let (at, _) = places.next()?;
        if context.is_empty() || places.next().is_some() {
            return None;
        }
        let at = at + left.len();
        let back = format!("{}{taken}{}", &text[..at], &text[at..]);
        let document = parsed(&back, way)?;
        let again = splice(&back, &document.edits(&[Patch::Remove(way.entry.clone())]).ok()?).ok()?;
        (again == text && entry(&document, way)? == old).then_some(back)
    })
}

/// The bytes of the entry, if they are those that the change wrote.
fn untouched(text: &str, way: &Way) -> Option<Range<usize>> {
    range(text, way.format, &place(text, way)).filter(|range| is_same(&text[range.clone()], &way.entry_after))
}

/// The file, if its entry still says what the change made it say. Not for
/// JSON: where a comment may have come since, only equal bytes are the same.
/// TOML and YAML entries have many spellings and no bytes of their own.
fn means_the_same(text: &str, way: &Way) -> Option<Document> {
    if way.format != Format::Toml && !way.format.is_yaml() {
        return None;
    }
    let now = parsed(text, way)?;
    (entry(&now, way)? == entry(&parsed(&way.after, way)?, way)?).then_some(now)
}

fn parsed(text: &str, way: &Way) -> Option<Document> {
    Document::parse(Path::new(""), text.as_bytes().to_vec(), way.format.tolerant(), &[]).ok()
}

fn entry(document: &Document, way: &Way) -> Option<serde_json::Value> {
    document.get(&place_in(&document.root, way))?.to_json()
}

/// Where the entry stands in a text: an entry of a list is found by its name.
fn place(text: &str, way: &Way) -> KeyPath {
    let tree = way.named.as_ref().and_then(|_| parsed(text, way));
    tree.map_or_else(|| way.entry.clone(), |document| place_in(&document.root, way))
}

fn place_in(root: &Node, way: &Way) -> KeyPath {
    let (Some((key, name)), Some((_, list))) = (&way.named, way.entry.0.split_last()) else { return way.entry.clone() };
    let list = KeyPath(list.to_vec());
    let items = root.get(&list).map_or(&[][..], Node::items).iter().enumerate();
    let mut found = items.filter(|(_, item)| item.member(key).and_then(Node::as_str) == Some(name));
    match (found.next(), found.next()) {
        (Some((index, _)), None) => list.index(index),
        // A name that stands twice says nothing.
        _ => way.entry.clone(),
    }
}

/// Whether the entry is as it was before the change.
pub(super) fn is_back(text: &str, way: &Way) -> bool {
    range(text, way.format, &place(text, way)).is_some_and(|range| is_same(&text[range], &way.entry_before))
}

/// Whether a text names what only this change made: its keys, its profile.
pub(super) fn refers(text: &str, way: &Way) -> bool {
    let made = way.profile.as_ref().filter(|_| way.profile_before.is_none());
    // A key that stood in the file before is another change's as well.
    let new = |reference: &String| !way.before.contains(reference);
    way.stashed.iter().map(Handle::reference).filter(new).any(|reference| text.contains(&reference))
        || made.is_some_and(|id| text.contains(id.as_str()))
}

/// The text with the entry as it was before, if it still is as it was after:
/// its old bytes, or where it is spelled another way now, its old value.
pub(super) fn entry_back(text: &str, way: &Way) -> Option<String> {
    if takes_out(way) {
        return put_back(text, way);
    }
    if let Some(range) = untouched(text, way) {
        return splice(text, &[Edit { range, text: way.entry_before.clone() }]).ok();
    }
    let now = means_the_same(text, way)?;
    let before = entry(&parsed(&way.before, way)?, way)?;
    splice(text, &now.edits(&[Patch::Set(place_in(&now.root, way), before)]).ok()?).ok()
}

/// Whether a change is about the entry at `at`, by its place, or by the name that an entry of a list has.
pub(super) fn is_of(way: &Way, document: &Document, at: &KeyPath) -> bool {
    if way.entry == *at {
        return true;
    }
    let (Some((key, name)), Some((_, list)), Some((_, other))) =
        (&way.named, way.entry.0.split_last(), at.0.split_last())
    else {
        return false;
    };
    let named = |node: &Node| node.member(key).and_then(Node::as_str) == Some(name);
    list == other && document.get(at).is_some_and(named)
}

/// The text with an old entry in the place of the one at `at`: its bytes, or where those cannot stand by themselves
/// (TOML) what they say. `whole`: the text of the change that it stood in.
pub(super) fn with_entry(document: &Document, at: &KeyPath, whole: &str, old: &str, way: &Way) -> Option<String> {
    let said = entry(&parsed(whole, way)?, way)?;
    let now = parsed(&document.text, way)?;
    let range = now.get(at)?.span.clone();
    let bytes = splice(&document.text, &[Edit { range, text: old.to_owned() }]).ok();
    let is_it = |text: &String| {
        let then = parsed(text, way)?;
        let is_said = then.get(at)?.to_json()? == said;
        Some(is_said && without(&then, at)? == without(&now, at)?)
    };
    if let Some(bytes) = bytes.filter(|text| is_it(text) == Some(true)) {
        return Some(bytes);
    }
    splice(&document.text, &now.edits(&[Patch::Set(at.clone(), said)]).ok()?).ok()
}

/// What a file says beside one of its entries.
fn without(document: &Document, at: &KeyPath) -> Option<serde_json::Value> {
    let mut whole = document.root.to_json()?;
    let mut place = &mut whole;
    for key in &at.0 {
        place = match key {
            Key::Name(name) => place.get_mut(name.as_str())?,
            Key::Index(index) => place.get_mut(*index)?,
        };
    }
    *place = serde_json::Value::Null;
    Some(whole)
}

/// Whether two entries are the same but for white space: some clients write
/// their whole file anew. Only for strict JSON, where nothing else can hide.
fn is_same(a: &str, b: &str) -> bool {
    let strict = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    a == b || (strict(a) && strict(b) && bare(a) == bare(b))
}

/// A digest that two entries share when they are the same but for white space;
/// `salt` keeps digests of different changes apart.
pub(super) fn digest(salt: &str, entry: &str) -> String {
    let strict = serde_json::from_str::<serde::de::IgnoredAny>(entry).is_ok();
    let text = if strict { bare(entry) } else { entry.to_owned() };
    data_encoding::HEXLOWER.encode(&Sha256::digest(format!("{salt}\0{text}")))
}

/// Strict JSON without the white space between its words.
fn bare(text: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    let kept = text.chars().filter(|c| {
        let space = !inside && c.is_ascii_whitespace();
        (inside, escaped) = match (c, inside, escaped) {
            ('"', _, false) => (!inside, false),
            ('\\', true, false) => (true, true),
            _ => (inside, false),
        };
        !space
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(format: Format, before: &str, after: &str) -> Way {
        let entry = KeyPath::default().name("m").name("x");
        let cut = |text: &str| text[range(text, format, &entry).expect("an entry")].to_owned();
        Way {
            before: before.to_owned(),
            after: after.to_owned(),
            encoding: Encoding::Utf8,
            format,
            entry_before: cut(before),
            entry_after: cut(after),
            entry,
            named: None,
            profile: None,
            profile_before: None,
            profile_after: None,
            project: None,
            mode: None,
            stashed: Vec::new(),
            scrubbed: Vec::new(),
            replaced: None,
        }
    }

    #[test]
    fn a_toml_entry_goes_back_where_the_rest_changed() {
        let before = "[m.x]\ncommand = 'npx' # start\nargs = [\"-y\", \"p\"]\n\n[z]\na = 1\n\n[m.x.env]\nT = \"s\"\n";
        let after = before.replace("'npx'", "'/w'").replace("\"-y\"", "\"--\", \"-y\"").replace("\"s\"", "\"k\"");
        let way = way(Format::Toml, before, &after);
        for (now, expected) in [
            // Other tables came, and its bytes are as they were.
            (format!("n = 1\n\n{after}\n[m.y]\n"), Some(format!("n = 1\n\n{before}\n[m.y]\n"))),
            // A table between its pieces changed.
            (after.replace("a = 1", "a = 2 # two"), Some(before.replace("a = 1", "a = 2 # two"))),
            // Its client wrote the file anew.
            (
                "[m.x]\nargs = [\n  \"--\",\n  \"-y\",\n  \"p\",\n]\ncommand = \"/w\"\nenv = { T = \"k\" }\n"
                    .to_owned(),
                Some("[m.x]\nargs = [\n  \"-y\",\n  \"p\",\n]\ncommand = \"npx\"\nenv = { T = \"s\" }\n".to_owned()),
            ),
            (after.replace("\"p\"", "\"q\""), None),
            (after.replace("'/w'", "'/w'\nenabled = false"), None),
            (after.replace("[m.x", "[m.gone"), None),
            ("[m".to_owned(), None),
        ] {
            assert_eq!(entry_back(&now, &way), expected, "{now}");
            assert_eq!(holds(&now, &way), expected.is_some(), "{now}");
        }
    }

    #[test]
    fn a_yaml_entry_goes_back_where_its_client_wrote_the_file_anew() {
        let (before, after) =
            ("m:\n  x:\n    a: npx # why\n    b: [\"1\"]\n", "m:\n  x:\n    a: /w # why\n    b: [\"1\"]\n");
        let way = way(Format::Yaml, before, after);
        assert_eq!(
            entry_back("m:\n  x:\n    b:\n    - '1'\n    a: /w\nn: 2\n", &way).as_deref(),
            Some("m:\n  x:\n    b:\n    - '1'\n    a: npx\nn: 2\n")
        );
        assert_eq!(entry_back("m:\n  x:\n    b:\n    - '2'\n    a: /w\n", &way), None);
    }

    #[test]
    fn an_entry_that_json_cannot_say_goes_back_as_bytes_only() {
        let (before, after) = ("[m.x]\na = 1\nd = 1979-05-27\n", "[m.x]\na = 2\nd = 1979-05-27\n");
        let way = way(Format::Toml, before, after);
        assert_eq!(entry_back(&format!("{after}[n]\n"), &way).as_deref(), Some("[m.x]\na = 1\nd = 1979-05-27\n[n]\n"));
        assert_eq!(entry_back(&after.replace("a = 2", "a=2"), &way), None);
    }

    #[test]
    fn a_json_entry_with_a_new_comment_is_a_conflict() {
        let way = way(Format::Jsonc, "{\"m\": {\"x\": {\"a\": 1}}}", "{\"m\": {\"x\": {\"a\": 2}}}");
        assert_eq!(
            entry_back("{\"n\": 1, \"m\": {\"x\": { \"a\": 2 }}}", &way).as_deref(),
            Some("{\"n\": 1, \"m\": {\"x\": {\"a\": 1}}}")
        );
        assert_eq!(entry_back("{\"m\": {\"x\": {\"a\": 2 /* new */}}}", &way), None);
    }
}
