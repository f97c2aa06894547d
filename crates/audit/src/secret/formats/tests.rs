use std::collections::BTreeSet;

use super::*;

/// Letters that follow no pattern; the same for the same seed.
struct Noise(u64);

impl Noise {
    fn letter(&mut self, class: u8) -> char {
        let letters: Vec<u8> = (0..=255u8).filter(|byte| byte.is_ascii_alphanumeric() && is_in(class, *byte)).collect();
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(letters[(self.0 >> 33) as usize % letters.len()])
    }

    /// A made-up value of a shape, as short or as long as it may be.
    fn value(&mut self, shape: &'static str, long: bool) -> String {
        let mut text = String::new();
        for piece in compile(shape) {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Class { class, least, most } => {
                    text.extend((0..if long { most } else { least }).map(|_| self.letter(class)));
                }
            }
        }
        text
    }
}

fn all() -> impl Iterator<Item = Match> {
    providers().flat_map(|provider| provider.keys.iter().map(move |key| Match { provider, key }))
}

#[test]
fn every_format_finds_made_up_keys() {
    let mut noise = Noise(7);
    for Match { provider, key } in all() {
        for long in [false, true] {
            let value = noise.value(key.shape, long);
            let found = if key.named {
                let word = provider.words.split(' ').next().expect("a named key has a word");
                beside([word].into_iter(), &value).map(|_| value.len())
            } else {
                at(&value, 0).map(|(range, _)| range.end)
            };
            assert_eq!(found, Some(value.len()), "{} {} {value}", key.kind, key.shape);
        }
    }
}

#[test]
fn a_key_is_found_inside_a_text_and_a_longer_one_is_another() {
    let mut noise = Noise(8);
    for Match { key, .. } in all().filter(|one| !one.key.named) {
        let value = noise.value(key.shape, false);
        let text = format!("x \"{value}\" y");
        assert_eq!(at(&text, 3).map(|(range, _)| range.end), Some(3 + value.len()), "{}", key.shape);
    }
    let value = noise.value("ghp_<a36>", false);
    assert!(at(&format!("{value}0"), 0).is_none());
    assert!(at(&format!("x{value}"), 1).is_none());
}

#[test]
fn of_an_address_only_what_is_secret_is_the_key() {
    let mut noise = Noise(10);
    let key = noise.value("<h32>", false);
    let text = format!("https://mainnet.infura.io/v3/{key}");
    assert_eq!(at(&text, 16).map(|(range, _)| &text[range]), Some(key.as_str()));
}

#[test]
fn at_least_two_hundred_providers_each_with_a_source() {
    let names: Vec<&str> = providers().map(|row| row.name).filter(|name| !name.is_empty()).collect();
    assert!(names.len() >= 200, "{}", names.len());
    let mut sorted = names.clone();
    sorted.sort_by_key(|name| name.to_ascii_lowercase());
    assert_eq!(names, sorted);
    assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len());
    for row in providers() {
        assert!(row.source.starts_with("https://"), "{}", row.name);
        assert!(row.page.is_empty() || row.page.starts_with("https://"), "{}", row.name);
        assert!(!row.keys.is_empty(), "{}", row.name);
        assert_eq!(row.words, row.words.to_ascii_lowercase());
    }
}

#[test]
fn wrong_check_digits_make_a_key_less_sure() {
    let mut noise = Noise(9);
    let body = noise.value("<a30>", false);
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let sum = u64::from(crc32fast::hash(body.as_bytes()));
    let check: String = (0..6u32).rev().map(|at| char::from(DIGITS[(sum / 62u64.pow(at) % 62) as usize])).collect();
    for start in ["ghp_", "gho_", "ghu_", "ghs_", "npm_"] {
        let good = format!("{start}{body}{check}");
        let bad = format!("{start}{check}{body}");
        let sure = |value: &str| at(value, 0).map(|(_, format)| format.verdict(value).confidence);
        assert_eq!(sure(&good), Some(Confidence::Confirmed));
        assert_eq!(sure(&bad), Some(Confidence::High));
    }
    // A revoked one that was published to show the algorithm; in two parts, or scanners take it for a live one.
    assert!(has_crc32(concat!("ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17")));
}
