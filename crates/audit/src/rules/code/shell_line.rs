//! A shell line as the commands in it: enough of the grammar to follow what is
//! handed from one command to the next, for bash, sh, cmd and PowerShell alike.

/// One command of a line.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Step {
    pub(super) words: Vec<Word>,
    /// Its input comes from the command before it.
    pub(super) piped: bool,
}

/// A word without its quotes.
#[derive(Debug, PartialEq)]
pub(super) struct Word {
    pub(super) text: String,
    /// Lines the shell runs to make this word: `$(…)`, `` `…` ``, `<(…)`.
    pub(super) runs: Vec<String>,
    /// The shell puts nothing in: no `$X` outside single quotes, no pattern.
    pub(super) literal: bool,
}

impl Word {
    /// The name and value of `NAME=value`.
    pub(super) fn assignment(&self) -> Option<(&str, &str)> {
        let (name, value) = self.text.split_once('=')?;
        let sound = !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        sound.then_some((name, value))
    }
}

/// The commands of a line in their order. Redirections stay as words of their
/// own (`>` and the file). Never fails: unfinished quotes end with the line.
pub(super) fn steps(line: &str) -> Vec<Step> {
    let mut reader = Reader { rest: line, steps: vec![Step::default()], word: None };
    reader.read();
    reader.steps.retain(|step| !step.words.is_empty());
    reader.steps
}

struct Reader<'a> {
    rest: &'a str,
    steps: Vec<Step>,
    word: Option<Word>,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut double = false;
        while let Some(letter) = self.rest.chars().next() {
            let after = &self.rest[letter.len_utf8()..];
            if self.rest.starts_with("$(") || (!double && (self.rest.starts_with("<(") || self.rest.starts_with(">(")))
            {
                self.nested(2, ')');
                continue;
            }
            if letter == '`' {
                self.nested(1, '`');
                continue;
            }
            self.rest = after;
            match letter {
                '"' => {
                    double = !double;
                    self.open();
                }
                '\\' if after.starts_with(['"', '\\', '$', '`', '\'', ' ', '|', ';', '&', '\n']) => {
                    let escaped = after.chars().next().expect("it starts with one");
                    self.rest = &after[escaped.len_utf8()..];
                    if escaped != '\n' {
                        self.open().text.push(escaped);
                    }
                }
                '$' => {
                    let word = self.open();
                    word.literal = false;
                    word.text.push('$');
                }
                letter if double => self.open().text.push(letter),
                '\'' => {
                    let end = after.find('\'').unwrap_or(after.len());
                    self.open().text.push_str(&after[..end]);
                    self.rest = after.get(end + 1..).unwrap_or_default();
                }
                '|' => {
                    self.rest = after.strip_prefix(['|', '&']).unwrap_or(after);
                    self.step(!after.starts_with('|'));
                }
                // A group is no command, what stands in it is.
                '&' | ';' | '\n' | '(' | ')' => self.step(false),
                '>' | '<' => self.redirection(letter),
                letter if letter.is_whitespace() => self.close(),
                letter => {
                    let word = self.open();
                    // A pattern, a list of words, or the home.
                    word.literal &=
                        !matches!(letter, '*' | '?' | '[' | '{') && (letter != '~' || !word.text.is_empty());
                    word.text.push(letter);
                }
            }
        }
        self.close();
    }

    fn open(&mut self) -> &mut Word {
        self.word.get_or_insert_with(|| Word { text: String::new(), runs: Vec::new(), literal: true })
    }

    fn close(&mut self) {
        if let Some(word) = self.word.take() {
            self.steps.last_mut().expect("there is always one").words.push(word);
        }
    }

    fn step(&mut self, piped: bool) {
        self.close();
        match self.steps.last_mut().filter(|step| step.words.is_empty()) {
            // `a |` goes on in the next line, and `a | (b)` in the group.
            Some(empty) => empty.piped |= piped,
            None => self.steps.push(Step { words: Vec::new(), piped }),
        }
    }

    /// `2>` and `>&1` name no files.
    fn redirection(&mut self, letter: char) {
        if self.word.as_ref().is_some_and(|word| word.text.chars().all(|digit| digit.is_ascii_digit())) {
            self.word = None;
        }
        self.close();
        let rest = self.rest.trim_start_matches(letter);
        self.rest = rest.strip_prefix('&').unwrap_or(rest);
        self.open().text.push(letter);
        self.close();
    }

    /// Takes what stands up to the matching end as a line of its own.
    fn nested(&mut self, head: usize, end: char) {
        let inner = &self.rest[head..];
        let mut depth = 0;
        let close = inner.char_indices().find(|(_, letter)| match *letter {
            letter if letter == end && depth == 0 => true,
            '(' => {
                depth += 1;
                false
            }
            ')' => {
                depth -= 1;
                false
            }
            _ => false,
        });
        let length = close.map_or(inner.len(), |found| found.0);
        let line = inner[..length].to_owned();
        self.rest = inner.get(length + 1..).unwrap_or_default();
        let word = self.open();
        word.literal = false;
        word.runs.push(line);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(line: &str) -> Vec<String> {
        let word = |word: &Word| {
            format!("{}{}", word.text, word.runs.iter().map(|line| format!("[{line}]")).collect::<String>())
        };
        steps(line)
            .iter()
            .map(|step| {
                let words: Vec<String> = step.words.iter().map(word).collect();
                format!("{}{}", if step.piped { "| " } else { "" }, words.join(" "))
            })
            .collect()
    }

    #[test]
    fn a_line_is_its_commands() {
        for (line, expected) in [
            ("a b | c", vec!["a b", "| c"]),
            ("a && b; c & d || e", vec!["a", "b", "c", "d", "e"]),
            ("a 'b | c' \"d && e\"", vec!["a b | c d && e"]),
            ("a \"$(b | c)\" `d`", vec!["a [b | c] [d]"]),
            ("a <(b $(c))", vec!["a [b $(c)]"]),
            ("a 2>/dev/null >x", vec!["a > /dev/null > x"]),
            ("a 2>&1 | b", vec!["a > 1", "| b"]),
            ("(a; b) | c", vec!["a", "b", "| c"]),
            ("a |\n b", vec!["a", "| b"]),
            ("a | (b; c)", vec!["a", "| b", "c"]),
            ("a \\\"b", vec!["a \"b"]),
            (r"C:\x\y.exe a", vec![r"C:\x\y.exe a"]),
            ("", vec![]),
            ("'open", vec!["open"]),
            ("$(open", vec!["[open]"]),
        ] {
            assert_eq!(shown(line), expected, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_line_can_be_read(line in r#"[a-z $(){}<>|&;'"`\\é\n]{0,60}"#) {
            steps(&line);
        }
    }
}
