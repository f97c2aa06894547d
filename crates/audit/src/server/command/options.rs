//! Option tables: which options take the next word.

use super::words::Word;

/// The options of one program up to its first positional word: names with a
/// blank between. One ending in `*` stands for all that begin so.
pub(super) struct Table {
    /// Options that stand alone.
    pub(super) switches: &'static str,
    /// Options that take a value: `--x v`, `--x=v`, `-xv`.
    pub(super) values: &'static str,
    /// Options that take the next two words.
    pub(super) pairs: &'static str,
}

/// An option that was given.
pub(super) struct Given {
    /// As in the table, with its dashes.
    pub(super) name: String,
    pub(super) value: Option<Word>,
    /// The word of the given line with its name.
    pub(super) at: usize,
}

/// What stands before the first positional word.
pub(super) struct Scan {
    pub(super) given: Vec<Given>,
    /// Of the first positional word, or one past the end.
    pub(super) next: usize,
    /// `--` stood before it.
    pub(super) dashes: bool,
    /// Why nothing behind this is certain: an option the table does not know.
    pub(super) unknown: Option<String>,
}

impl Scan {
    /// The values of an option, by any of its names.
    pub(super) fn values<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a Word> {
        self.given
            .iter()
            .filter(move |given| names.contains(&given.name.as_str()))
            .filter_map(|given| given.value.as_ref())
    }

    pub(super) fn value<'a>(&'a self, names: &'a [&str]) -> Option<&'a Word> {
        self.values(names).last()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.given.iter().any(|given| given.name == name)
    }
}

/// Only what is plainly an option's name is shown: `-pSECRET` is one too.
pub(super) fn unknown(option: &str) -> String {
    let name = option.split('=').next().unwrap_or(option);
    let plain = |b: u8| b.is_ascii_lowercase() || b == b'-';
    match name.strip_prefix("--") {
        Some(long) if long.len() <= 32 && long.bytes().all(plain) => {
            format!("its option {name} is unknown")
        }
        _ => "one of its options is unknown".to_owned(),
    }
}

pub(super) fn listed(list: &str, name: &str) -> bool {
    list.split_ascii_whitespace().any(|entry| match entry.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => entry == name,
    })
}

impl Table {
    /// Reads `words` from `start` on.
    pub(super) fn scan(&self, words: &[Word], start: usize) -> Scan {
        let mut scan = Scan { given: Vec::new(), next: start, dashes: false, unknown: None };
        while let Some(word) = words.get(scan.next) {
            let text = word.text.as_str();
            if text == "--" {
                scan.next += 1;
                scan.dashes = true;
                break;
            }
            if !text.starts_with('-') || text == "-" {
                break;
            }
            scan.next += 1;
            if !self.option(word, words, &mut scan) {
                scan.unknown = Some(unknown(text));
                break;
            }
        }
        scan.next = scan.next.min(words.len());
        scan
    }

    fn option(&self, word: &Word, words: &[Word], scan: &mut Scan) -> bool {
        let text = word.text.as_str();
        let (name, joined) = match word.split('=') {
            Some((name, value)) => (name.text, Some(value)),
            None => (text.to_owned(), None),
        };
        if listed(self.pairs, &name) {
            scan.given.push(Given { name, value: words.get(scan.next).cloned(), at: word.at });
            // `--headers=K V`: the first of the two is joined.
            scan.next += if joined.is_some() { 1 } else { 2 };
        } else if listed(self.values, &name) {
            let value = match joined {
                Some(value) => Some(value),
                None => {
                    scan.next += 1;
                    words.get(scan.next - 1).cloned()
                }
            };
            scan.given.push(Given { name, value, at: word.at });
        } else if listed(self.switches, &name) {
            scan.given.push(Given { name, value: joined, at: word.at });
        } else if !text.starts_with("--") && text.is_ascii() {
            return self.cluster(word, words, scan);
        } else {
            return false;
        }
        true
    }

    /// `-it`, `-ie NAME`, `-eNAME`: the first letter that takes a value takes
    /// the rest of the word, or the next word.
    fn cluster(&self, word: &Word, words: &[Word], scan: &mut Scan) -> bool {
        for at in 1..word.text.len() {
            let name = format!("-{}", &word.text[at..at + 1]);
            if listed(self.values, &name) {
                let rest = word.from(at + 1);
                let value = if rest.text.is_empty() {
                    scan.next += 1;
                    words.get(scan.next - 1).cloned()
                } else {
                    Some(rest.after("=").unwrap_or(rest))
                };
                scan.given.push(Given { name, value, at: word.at });
                return true;
            }
            if !listed(self.switches, &name) {
                return false;
            }
            scan.given.push(Given { name, value: None, at: word.at });
        }
        true
    }
}
