//! References inside longer texts: `--key=keychain:LABEL`, `Bearer keychain:LABEL`.
//!
//! Only text of the exact shape of a handle counts. What is put in is never
//! looked at again, so a value may hold anything, a reference too.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::vault::{Handle, REFERENCE, Secret};

/// Every reference in a text and where it stands, in order.
pub fn references(text: &str) -> Vec<(Range<usize>, Handle)> {
    let found = text.match_indices(REFERENCE).filter_map(|(start, _)| {
        let behind = start + REFERENCE.len();
        let handle = Handle::leading(&text[behind..])?;
        Some((start..behind + handle.as_str().len(), handle))
    });
    found.collect()
}

/// The text with the values of `keys` in the place of their references; other
/// references stay. The result holds secrets: it is for the server alone.
pub fn fill(text: &str, keys: &BTreeMap<Handle, Secret>) -> String {
    let mut filled = String::new();
    let mut done = 0;
    for (range, handle) in references(text) {
        let Some(value) = keys.get(&handle) else { continue };
        filled.push_str(&text[done..range.start]);
        filled.push_str(value.expose());
        done = range.end;
    }
    filled.push_str(&text[done..]);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_the_shape_of_a_handle_is_a_reference() {
        let (one, two) = (Handle::new("API_KEY", [1; 16]), Handle::new("a-b", [2; 16]));
        let (first, second) = (one.reference(), two.reference());
        for (text, expected) in [
            (first.clone(), vec![&one]),
            (format!("https://u:{first}@h.example/?k={second}&x=1"), vec![&one, &two]),
            (format!("{{\"k\":\"{first}\"}}"), vec![&one]),
            (format!("{first}{second}"), vec![&one, &two]),
            (format!("{first}more"), vec![&one]),
            (format!("keychain:keychain:{}", one.as_str()), vec![&one]),
            ("keychain:".to_owned(), vec![]),
            ("--store=keychain:login".to_owned(), vec![]),
            (format!("keychain:-{}", one.as_str()), vec![]),
            (format!("keychain:{}{}", "x".repeat(40), one.as_str()), vec![]),
            (first[..first.len() - 1].to_owned(), vec![]),
            (first.to_uppercase(), vec![]),
        ] {
            let found = references(&text);
            assert_eq!(found.iter().map(|(_, handle)| handle).collect::<Vec<_>>(), expected, "{text}");
            for (range, handle) in found {
                assert_eq!(text[range], handle.reference());
            }
        }
    }

    #[test]
    fn what_is_put_in_is_not_looked_at_again() {
        let (one, two) = (Handle::new("ONE", [1; 16]), Handle::new("TWO", [2; 16]));
        let value = format!("$HOME \"${{X}}\"\n{}{{}}", two.reference());
        let keys = BTreeMap::from([(one.clone(), Secret::new(value.clone()))]);
        let text = format!("é {}, {} {}", one.reference(), two.reference(), one.reference());
        assert_eq!(fill(&text, &keys), format!("é {value}, {} {value}", two.reference()));
    }
}
