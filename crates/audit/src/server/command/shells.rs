//! Shells in front of the real command: POSIX shells, cmd, PowerShell, WSL.

use std::collections::VecDeque;

use super::options::Table;
use super::step::{Step, assignments};
use super::words::{Word, simple_command, windows_words};
use super::{Launcher, Reading, Role};
use crate::clients::Os;

/// `sh|bash|zsh [-l] [-i] -c 'line' [name args]`.
pub(super) fn shell(reading: &mut Reading, words: &[Word]) -> Step {
    let mut line = false;
    let mut at = 1;
    while let Some(word) = words.get(at).filter(|word| word.text.starts_with(['-', '+'])) {
        at += 1;
        match word.text.as_str() {
            "--" | "-" => break,
            "--rcfile" | "--init-file" | "-o" | "+o" | "-O" | "+O" => at += 1,
            long if long.starts_with("--") => line |= long == "--command",
            letters => line |= letters.starts_with('-') && letters.contains('c'),
        }
    }
    match words.get(at) {
        Some(text) if line => {
            reading.layer(Role::Shell, words);
            shell_line(reading, text)
        }
        Some(script) => reading.script(Launcher::Binary, script, words, at + 1),
        None => reading.opaque(Launcher::Shell, "a shell without a script"),
    }
}

/// A line that a POSIX shell runs.
pub(super) fn shell_line(reading: &mut Reading, line: &Word) -> Step {
    reading.launch.shell = Some(line.text.clone());
    match simple_command(line) {
        Some(words) => {
            let words = assignments(reading, words);
            if words.is_empty() || words[0].text.contains('$') && !words[0].text.contains('/') {
                return reading.opaque(Launcher::Shell, "a shell decides what runs");
            }
            Step::Next(words)
        }
        None => reading.opaque(Launcher::Shell, "a shell line of more than one command"),
    }
}

/// `cmd [/d] [/s] /c …`: the rest is one command line. `set X=v&&` in front
/// of the command is an assignment.
pub(super) fn cmd(reading: &mut Reading, words: &[Word]) -> Step {
    let run = |word: &Word| ["/c", "/k", "/r", "//c", "//k"].iter().any(|flag| word.text.eq_ignore_ascii_case(flag));
    let Some(at) = words.iter().position(run) else {
        return reading.opaque(Launcher::Shell, "cmd without /c");
    };
    if words[1..at].iter().any(|word| !word.text.starts_with('/')) {
        return reading.opaque(Launcher::Shell, "cmd with words before /c");
    }
    reading.layer(Role::Cmd, words);
    let mut rest: VecDeque<Word> = match &words[at + 1..] {
        [line] if line.text.contains(char::is_whitespace) => windows_words(line).into(),
        rest => rest.to_vec().into(),
    };
    let mut text = words[at + 1..].iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let mut composed = false;
    while rest.front().is_some_and(|word| word.text.eq_ignore_ascii_case("set")) {
        // `set X=v&& npx …`, `set X=v && npx …`, `set X=v&&npx …`.
        let Some(end) = rest.iter().position(|word| word.text.contains("&&")) else {
            break;
        };
        let word = &rest[end];
        let mark = word.text.find("&&").expect("the position says so");
        let (before, behind) = (word.part(0..mark), word.from(mark + 2));
        let setting = if end == 1 { before } else { rest[1].clone() };
        let Some((name, value)) = setting.assignment() else {
            break;
        };
        reading.assign(name, &value);
        composed = true;
        rest.drain(..=end);
        if !behind.text.is_empty() {
            rest.push_front(behind);
        }
    }
    // A `&` inside a URL would part commands too, but what starts first is the same.
    let parts = |word: &Word| {
        let text = word.text.as_str();
        text.contains(['|', '<', '>'])
            || text.contains("&&")
            || text == "&"
            || text.ends_with('&') && !text.contains("://")
    };
    if rest.is_empty() || rest.iter().any(parts) {
        reading.launch.shell = Some(std::mem::take(&mut text));
        return reading.opaque(Launcher::Shell, "a command line of more than one command");
    }
    if composed {
        reading.launch.shell = Some(text);
    }
    Step::Next(rest.into())
}

/// `wsl [-d D] [-u U] [--cd P] [-e|--exec|--] cmd`. Without `--exec` the
/// Linux shell reads the words first.
pub(super) fn wsl(reading: &mut Reading, words: &[Word]) -> Step {
    const OPTIONS: Table = Table {
        switches: "--system -e --exec ~",
        values: "-d --distribution --distribution-id -u --user --cd --shell-type",
        pairs: "",
    };
    reading.layer(Role::Wsl, words);
    reading.os = Os::Linux;
    let end = words.iter().position(|word| matches!(word.text.as_str(), "-e" | "--exec"));
    let scan = OPTIONS.scan(&words[..end.unwrap_or(words.len())], 1);
    if let Some(option) = scan.unknown {
        return reading.opaque(Launcher::Binary, &option);
    }
    let exec = end.filter(|end| scan.next == *end);
    let rest = words.get(exec.map_or(scan.next, |end| end + 1)..).unwrap_or_default();
    let composed = |word: &Word| word.text.contains(['|', ';', '&', '<', '>', '`', '\n']) || word.text.contains("$(");
    if exec.is_none() && rest.iter().any(composed) {
        let text = rest.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        reading.launch.shell = Some(text);
        return reading.opaque(Launcher::Shell, "a shell line of more than one command");
    }
    Step::Next(rest.to_vec())
}
