//! Names taken apart into their words.

/// `ALLOWED_DIRS`, `--allowedDirs` -> `allowed`, `dirs`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut lower = false;
    for letter in name.chars() {
        let boundary = !letter.is_alphanumeric() || (lower && letter.is_uppercase());
        if boundary && all.last().is_some_and(|last| !last.is_empty()) {
            all.push(String::new());
        }
        if letter.is_alphanumeric() {
            all.last_mut().expect("never empty").extend(letter.to_lowercase());
        }
        lower = letter.is_lowercase();
    }
    all.retain(|word| !word.is_empty());
    all
}

/// Whether one of `words` is one of `wanted`.
pub(super) fn any(words: &[String], wanted: &[&str]) -> bool {
    words.iter().any(|word| wanted.contains(&word.as_str()))
}
