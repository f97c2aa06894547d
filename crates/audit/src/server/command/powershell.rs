//! PowerShell in front of the real command.

use super::step::Step;
use super::words::Word;
use super::{Launcher, Reading, Role};

/// `powershell [-NoProfile] [-ExecutionPolicy P] -Command T|-File F`. Parameters
/// may be shortened; a text is taken apart when it is one simple command.
pub(super) fn powershell(reading: &mut Reading, words: &[Word]) -> Step {
    let mut at = 1;
    let (mut file, mut encoded) = (false, false);
    while let Some(word) = words.get(at).filter(|word| word.text.starts_with(['-', '/'])) {
        let option = word.text[1..].to_ascii_lowercase();
        let is = |full: &str, least: usize| option.len() >= least && full.starts_with(&option);
        at += 1;
        if is("file", 1) {
            file = true;
            break;
        }
        if is("command", 1) || is("commandwithargs", 8) || is("encodedcommand", 1) || option == "ec" || option == "cwa"
        {
            encoded = is("encodedcommand", 1) || option == "ec";
            break;
        }
        let takes = is("executionpolicy", 2)
            || option == "ep"
            || is("windowstyle", 1)
            || is("version", 1)
            || is("inputformat", 2)
            || is("outputformat", 1)
            || is("workingdirectory", 4)
            || option == "wd"
            || is("configurationname", 6)
            || is("configurationfile", 14)
            || is("psconsolefile", 1)
            || is("settingsfile", 3)
            || is("custompipename", 3);
        at += usize::from(takes);
    }
    reading.layer(Role::Shell, words);
    let rest = words.get(at..).unwrap_or_default();
    if let (true, Some(script)) = (file, rest.first()) {
        return reading.script(Launcher::Binary, script, words, at + 1);
    }
    reading.launch.shell = Some(rest.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "));
    // Several words are one text too: PowerShell joins them with blanks.
    let line = rest.iter().map(Line::words).collect::<Option<Vec<_>>>().filter(|_| !encoded);
    let Some(line) = line else {
        return reading.opaque(Launcher::Shell, "PowerShell runs a text of more than one command");
    };
    let mut parts: Vec<Part> = line.into_iter().flatten().collect();
    while let [Part::Word(name), Part::Word(sign), Part::Word(value), Part::End, ..] = parts.as_slice() {
        let Some(name) = name.text.strip_prefix("$env:").filter(|_| sign.text == "=") else { break };
        reading.assign(name.to_owned(), value);
        parts.drain(..4);
    }
    while matches!(parts.last(), Some(Part::End)) {
        parts.pop();
    }
    if matches!(parts.first(), Some(Part::Word(word)) if word.text == "&") {
        parts.remove(0);
    }
    let words: Option<Vec<Word>> = parts
        .into_iter()
        .map(|part| match part {
            Part::Word(word) if !word.text.starts_with(['$', '&']) => Some(word),
            _ => None,
        })
        .collect();
    match words {
        Some(words) if !words.is_empty() => Step::Next(words),
        _ => reading.opaque(Launcher::Shell, "PowerShell runs a text of more than one command"),
    }
}

enum Part {
    Word(Word),
    /// `;`
    End,
}

/// A text of PowerShell, read as far as it is words and nothing else.
struct Line<'a> {
    line: &'a Word,
    at: usize,
}

impl Line<'_> {
    /// `None` when anything in it could mean more than a word.
    fn words(line: &Word) -> Option<Vec<Part>> {
        let mut line = Line { line, at: 0 };
        let mut parts = Vec::new();
        loop {
            let rest = &line.line.text[line.at..];
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            line.at += blanks;
            match line.line.text.as_bytes().get(line.at) {
                None => return Some(parts),
                Some(b';') => {
                    line.at += 1;
                    parts.push(Part::End);
                }
                Some(_) => parts.push(Part::Word(line.word()?)),
            }
        }
    }

    fn word(&mut self) -> Option<Word> {
        let rest = &self.line.text[self.at..];
        let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''));
        let (start, end, next) = match quote {
            Some(quote) => {
                let close = rest[1..].find(quote)? + 1;
                (1, close, close + 1)
            }
            // `=` parts a variable from its value.
            None if rest.starts_with('=') => (0, 1, 1),
            None if rest.starts_with("$env:") => {
                let end = rest.find([' ', '\t', '=']).unwrap_or(rest.len());
                (0, end, end)
            }
            None => {
                let end = rest.find([' ', '\t', ';']).unwrap_or(rest.len());
                (0, end, end)
            }
        };
        let text = &rest[start..end];
        let special: &[char] = match quote {
            Some('\'') => &[],
            Some(_) => &['$', '`'],
            None if text == "&" || text.starts_with("$env:") => &['(', ')', '{', '}', '`', '|', '\n', '"', '\''],
            None => &['$', '`', '|', '&', '<', '>', '(', ')', '{', '}', '"', '\'', '\n', '\r', ','],
        };
        let behind = rest[next..].chars().next();
        let closed = quote.is_none() || behind.is_none_or(|c| matches!(c, ' ' | '\t' | ';'));
        if text.contains(special) || !closed || quote.is_none() && text.starts_with(['@', '#']) {
            return None;
        }
        let word = self.line.part(self.at + start..self.at + end);
        self.at += next;
        Some(word)
    }
}
