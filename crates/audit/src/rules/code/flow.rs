//! What a launch line hands from one command to the next, followed until
//! something that certain commands wrote is run as code.

use std::collections::BTreeSet;

use super::shell_line::{Step, Word, steps};
use crate::server::Command;

/// Lines within lines that are followed; real ones have two or three.
const DEEPEST: usize = 6;

const SHELLS: [&str; 8] = ["ash", "bash", "dash", "fish", "ksh", "sh", "su", "zsh"];
const INTERPRETERS: [&str; 7] = ["bun", "deno", "node", "perl", "php", "python", "ruby"];
/// Options whose next word is code.
const CODE: [&str; 8] = ["-c", "-e", "-p", "-r", "--eval", "--print", "-command", "/c"];

/// What a rule looks for.
pub(super) struct Sought {
    /// Whether a command, prefixes such as `sudo` taken off, writes what must not be run.
    pub(super) writes: fn(&[Word]) -> bool,
    /// Whether a command, its plain name and its words, is at fault by itself.
    pub(super) is: fn(&str, &[Word]) -> bool,
    /// Whether a program given as a text (`python -c`, `node -e`) is at fault.
    pub(super) code: fn(&str) -> bool,
}

/// The shell lines of a launch line.
pub(super) fn lines(command: &Command) -> Vec<&str> {
    // Some clients hand a whole line to a shell.
    let words = command.words();
    let whole = words.first().map(|word| word.value.as_str()).filter(|word| word.contains(char::is_whitespace));
    command.launch.shell.as_deref().into_iter().chain(whole).collect()
}

impl Sought {
    /// Whether a launch line runs it, in a shell line or by its own words.
    pub(super) fn runs(&self, command: &Command) -> bool {
        lines(command).into_iter().any(|line| self.line(line, 0)) || self.argv(command)
    }

    /// The words as given, behind any prefix such as `env` or `cmd /c`.
    fn argv(&self, command: &Command) -> bool {
        let words: Vec<Word> = command
            .words()
            .iter()
            .map(|text| Word { text: text.value.clone(), runs: Vec::new(), literal: true })
            .collect();
        // A prefix with its options is short; the server's own arguments are not ours to read.
        (0..words.len().min(8)).any(|start| self.itself(&Line::default(), &words[start..], 0))
    }

    /// Whether a shell line runs it.
    pub(super) fn is_in(&self, line: &str) -> bool {
        self.line(line, 1)
    }

    fn line(&self, line: &str, depth: usize) -> bool {
        if depth > DEEPEST {
            return false;
        }
        let mut seen = Line::default();
        for Step { words, piped } in steps(line) {
            // What a group `{ …; }` writes goes on to the next pipe.
            seen.flows &= piped || words[0].text == "}";
            let words = own(&words);
            if words.is_empty() {
                continue;
            }
            if self.itself(&seen, words, depth) {
                return true;
            }
            let nested = |line: &String| self.line(line, depth + 1);
            if words.iter().any(|word| word.runs.iter().any(nested)) {
                return true;
            }
            seen.flows |= (self.writes)(words);
            if seen.flows {
                seen.files.extend(outputs(words));
            }
        }
        false
    }

    /// Whether one command runs what was written.
    fn itself(&self, seen: &Line, words: &[Word], depth: usize) -> bool {
        let Some((program, rest)) = words.split_first() else { return false };
        let name = name(program);
        if self.made_by(program) || seen.files.contains(&file(&program.text)) {
            return true;
        }
        let shell = SHELLS.contains(&name.as_str());
        let interpreter = shell || INTERPRETERS.contains(&name.as_str());
        match name.as_str() {
            "eval" | "source" | "." | "iex" | "invoke-expression" => {
                return rest.iter().any(|word| self.made_by(word) || seen.files.contains(&file(&word.text)));
            }
            "powershell" | "pwsh" => return rest.iter().any(|word| seen.files.contains(&file(&word.text))),
            _ if (self.is)(&name, rest) => return true,
            _ if !interpreter => return false,
            _ => {}
        }

        // `deno run x` and `bun run x` are `x`.
        let rest = match rest {
            [run, rest @ ..] if ["bun", "deno"].contains(&name.as_str()) && run.text == "run" => rest,
            rest => rest,
        };
        let code = rest.iter().position(|word| is_code_option(&word.text, shell));
        let script = rest.iter().position(|word| !is_option(&word.text));
        match (code, script) {
            // `-c` before any script: its word is the code, the rest is data.
            (Some(code), script) if script.is_none_or(|script| code < script) => {
                let Some(text) = rest.get(code + 1) else { return false };
                self.made_by(text) || (shell && self.line(&text.text, depth + 1)) || (!shell && (self.code)(&text.text))
            }
            (_, Some(script)) => {
                let word = &rest[script];
                let module = rest[..script].iter().any(|word| word.text == "-m");
                !module
                    && (self.made_by(word)
                        || seen.files.contains(&file(&word.text))
                        || (seen.flows
                            && (word.text == "/dev/stdin" || rest[..script].iter().any(|word| word.text == "-s"))))
            }
            // No code and no script: it reads its input.
            _ => seen.flows,
        }
    }

    /// Whether the shell makes this word of what is written.
    fn made_by(&self, word: &Word) -> bool {
        word.runs.iter().any(|line| {
            steps(line).iter().any(|step| {
                let words = own(&step.words);
                !words.is_empty() && (self.writes)(words)
            })
        })
    }
}

/// What is known of the line up to a command.
#[derive(Default)]
struct Line {
    /// A command before this one, in the same pipe, writes it.
    flows: bool,
    /// Files that it was written to.
    files: BTreeSet<String>,
}

/// The command behind `sudo`, `env A=b`, `exec`, `xargs` and assignments.
fn own(words: &[Word]) -> &[Word] {
    const PREFIXES: [&str; 15] = [
        "builtin", "call", "command", "doas", "env", "exec", "nice", "nohup", "start", "sudo", "time", "timeout",
        "xargs", "{", "then",
    ];
    let mut rest = words;
    let mut prefixed = false;
    while let Some((first, behind)) = rest.split_first() {
        let prefix = PREFIXES.contains(&name(first).as_str());
        let option =
            prefixed && (first.text.starts_with('-') || first.text.chars().all(|digit| digit.is_ascii_digit()));
        if !(first.assignment().is_some() || prefix || option) || behind.is_empty() {
            break;
        }
        prefixed |= prefix;
        rest = behind;
    }
    rest
}

/// A program's name: no folder, no `.exe`, no version.
pub(super) fn name(word: &Word) -> String {
    let base = word.text.rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase();
    let base = base.strip_suffix(".exe").unwrap_or(&base);
    base.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.').to_owned()
}

/// `-x`, or Windows' `/x`; a path that begins with `/` has more to it.
fn is_option(text: &str) -> bool {
    text.starts_with('-') || text.starts_with('/') && text.len() <= 3
}

fn is_code_option(text: &str, shell: bool) -> bool {
    let option = text.to_lowercase();
    // `-lc`, `-xec`: letters of a shell's own options.
    CODE.contains(&option.as_str())
        || (shell && option.len() <= 5 && option.starts_with('-') && !option.starts_with("--") && option.ends_with('c'))
}

/// The files a command writes: named, or after an address.
fn outputs(words: &[Word]) -> Vec<String> {
    let mut files = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let text = word.text.as_str();
        let next = || words.get(index + 1).map(|word| file(&word.text));
        match text {
            ">" | "-o" | "-O" | "--output" | "--output-document" | "-OutFile" | "-outfile" | "tee" => {
                files.extend(next())
            }
            _ if text.contains("://") => {
                let address = text.split(['?', '#']).next().unwrap_or(text);
                files.push(file(address.rsplit('/').next().unwrap_or_default()));
            }
            _ => {
                let joined = text.strip_prefix("--output=").or(text.strip_prefix("--output-document="));
                // `-fsSLo file`: letters in one word.
                let letters = text.starts_with('-') && !text.starts_with("--") && text.ends_with(['o', 'O']);
                files.extend(joined.map(file).or_else(|| letters.then(next).flatten()));
            }
        }
    }
    files.retain(|file| !file.is_empty() && file != "-" && !file.starts_with("/dev/"));
    files
}

fn file(text: &str) -> String {
    text.strip_prefix("./").unwrap_or(text).to_owned()
}
