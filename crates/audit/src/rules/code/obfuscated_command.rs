#![doc = include_str!("obfuscated_command.md")]

use data_encoding::HEXLOWER_PERMISSIVE;

use super::flow::{self, Sought, name};
use super::powershell::{decoded, encoded};
use super::shell_line::Word;
use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, launched, offer, place, steps};
use crate::server::command::Launcher;
use crate::server::{Command, Text};

pub const RULE: Rule = Rule {
    id: "obfuscated-command",
    title: "Hidden command",
    dimension: Dimension::Code,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP05", "CWE-506"],
    docs: include_str!("obfuscated_command.md"),
    check,
};

/// A longer program in one argument is no longer read by anybody.
const LONG: usize = 200;
/// Escapes such as `\x63` from which on a text is written so that nobody reads it.
const ESCAPES: usize = 8;
/// The shortest text that is tried as an encoded one.
const SHORTEST: usize = 8;

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        let Some(hidden) = hidden(command) else { continue };
        let place = place::text(machine, server, hidden.word);
        let message = match hidden.plain {
            Some(plain) => format!("{}: decoded it begins with {}.", hidden.how, quoted(&plain)),
            None => format!("{}.", hidden.how),
        };
        let finding = found.add(machine, &RULE, Some(index), place, hidden.confidence, message);
        finding.group("launch").severity(hidden.severity);
        // The server does not start any more, so nobody should do that without a look.
        offer::off(machine, server, finding, Safety::Review);
        let act = steps([
            "Do not start this server before you know what its command does.",
            "Ask where the entry came from: nothing that is honest has to be hidden here.",
            "If it was started before, replace the keys this computer holds.",
        ]);
        finding.fix("read", "Find out what it does", Safety::Manual, act);
    }
}

/// What was decoded, fit for one sentence.
fn quoted(plain: &str) -> String {
    let text = named(plain.trim());
    format!("`{}`", text.trim_end_matches('.'))
}

struct Hidden<'a> {
    how: &'static str,
    plain: Option<String>,
    word: &'a Text,
    severity: Severity,
    confidence: Confidence,
}

fn hidden(command: &Command) -> Option<Hidden<'_>> {
    let words = command.words();
    let program = *words.first()?;
    let word = |text: &str| words.iter().copied().find(|word| word.value.contains(text)).unwrap_or(program);
    let high = |how, plain, word| Hidden { how, plain, word, severity: Severity::High, confidence: Confidence::High };
    if let Some(text) = encoded(command) {
        return Some(high("PowerShell gets its command encoded", decoded(text), word(text)));
    }
    if DECODES.runs(command) {
        let encoded = words.iter().copied().find_map(|word| Some((word, longest(&word.value)?)));
        let (word, plain) = encoded.map_or((word("base64"), None), |(word, plain)| (word, Some(plain)));
        return Some(high("The launch line decodes a text and runs it", plain, word));
    }
    for line in flow::lines(command) {
        if line.contains("${IFS}") || line.contains("$IFS") {
            return Some(high("The launch line hides its blanks behind a variable ($IFS)", None, word("IFS")));
        }
        let small = line.to_lowercase();
        let runs = ["iex", "invoke-expression", "scriptblock", "assembly]::load"].iter().any(|run| small.contains(run));
        if runs && small.contains("frombase64string") {
            return Some(high("The launch line decodes a text and runs it", longest(line), word(line)));
        }
    }
    if let Some(word) = words.iter().copied().find(|word| hides_characters(&word.value)) {
        return Some(high("The launch line holds characters that nobody can see", None, word));
    }
    let (word, interpreter) = inline(command)?;
    let how = match interpreter {
        Launcher::Python => "Python gets a program in one argument that is too long to be read at a glance",
        _ => "An interpreter gets a program in one argument that is too long to be read at a glance",
    };
    if escapes(&word.value) >= ESCAPES {
        return Some(high("The launch line holds a program written in escapes", None, word));
    }
    (word.value.len() > LONG).then_some(Hidden {
        how,
        plain: None,
        word,
        severity: Severity::Medium,
        confidence: Confidence::Medium,
    })
}

const DECODES: Sought = Sought { writes: decodes, is: |_, _| false, code: code_decodes };

/// Whether a command writes what it decodes.
fn decodes(words: &[Word]) -> bool {
    let flag = |flags: &[&str]| words[1..].iter().any(|word| flags.contains(&word.text.as_str()));
    match name(&words[0]).as_str() {
        // The version was taken off the name: `base64`, `base32`.
        "base" | "gbase" | "basenc" => flag(&["-d", "-D", "--decode", "-di"]),
        "openssl" => flag(&["-d", "-D"]),
        "xxd" => words[1..].iter().any(|word| word.text.starts_with('-') && word.text.contains('r')),
        "uudecode" => true,
        "printf" | "echo" => words[1..].iter().any(|word| escapes(&word.text) >= ESCAPES),
        _ => false,
    }
}

/// `python -c`, `node -e` and their like: decode, and run a text.
fn code_decodes(code: &str) -> bool {
    const DECODES: [&str; 10] = [
        "b64decode",
        "b32decode",
        "fromhex",
        "unhexlify",
        "decompress(",
        "atob(",
        "'base64'",
        "\"base64\"",
        "fromcharcode",
        "marshal.loads",
    ];
    const RUNS: [&str; 8] =
        ["exec(", "eval(", "os.system", "subprocess", "new function", "function(", "runincontext", "child_process"];
    let code = code.to_lowercase();
    // What parses JSON may decode it first, and runs nothing.
    DECODES.iter().any(|decode| code.contains(decode)) && RUNS.iter().any(|run| code.contains(run))
}

/// The argument that an interpreter takes as its program.
fn inline(command: &Command) -> Option<(&Text, Launcher)> {
    let launcher = command.launch.launcher;
    let flags: &[&str] = match launcher {
        Launcher::Python => &["-c"],
        Launcher::Node | Launcher::Bun => &["-e", "--eval", "-p", "--print", "-pe"],
        Launcher::Perl | Launcher::Ruby => &["-e"],
        Launcher::Php => &["-r"],
        _ => return None,
    };
    let words = command.words();
    let at = words.iter().position(|word| flags.contains(&word.value.as_str()))?;
    // Behind the script it would be the server's own argument.
    let own = command.launch.arguments;
    words.get(at + 1).copied().filter(|_| at < own || own == 0).map(|word| (word, launcher))
}

/// `\x63`, `\u0063`, `\143`: how many letters are written so.
fn escapes(text: &str) -> usize {
    let mut count = 0;
    let mut rest = text.as_bytes();
    while let Some(at) = memchr::memchr(b'\\', rest) {
        rest = &rest[at + 1..];
        let digits = |from: usize, least: usize| {
            rest.get(from..from + least).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        count += usize::from(match rest.first() {
            Some(b'x') => digits(1, 2),
            Some(b'u') => digits(1, 4),
            Some(b'0'..=b'7') => {
                rest.get(1..3).is_some_and(|two| two.iter().all(|digit| (b'0'..=b'7').contains(digit)))
            }
            _ => false,
        });
    }
    count
}

/// What the longest encoded word of a text says.
fn longest(text: &str) -> Option<String> {
    let part = |letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '='));
    let mut parts: Vec<&str> = text.split(part).filter(|part| part.len() >= SHORTEST).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    // A few are enough: the payload is what is long.
    parts.into_iter().take(4).find_map(|part| {
        let hex = || String::from_utf8(HEXLOWER_PERMISSIVE.decode(part.as_bytes()).ok()?).ok();
        hex().or_else(|| decoded(part))
    })
}

/// Bidirectional controls, tags, and blanks without width between plain letters.
fn hides_characters(text: &str) -> bool {
    // A byte order mark in front comes from an editor.
    text.chars().skip(1).any(|letter| {
        matches!(letter,
            '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{e0001}'..='\u{e007f}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look, silent};

    fn given(command: &str, args: &[&str]) -> String {
        serde_json::json!({ "command": command, "args": args }).to_string()
    }

    #[test]
    fn what_is_decoded_and_run_is_found() {
        for (command, args) in [
            ("powershell", &["-NoProfile", "-EncodedCommand", "YwB1AHIAbAA="][..]),
            ("cmd", &["/c", "powershell -enc YwB1AHIAbAA="]),
            ("pwsh", &["-e", "YwB1AHIAbAA="]),
            ("bash", &["-c", "echo Y3VybCBodHRwczovL3guZXhhbXBsZQ== | base64 -d | sh"]),
            ("bash", &["-c", "eval \"$(echo Y3VybA== | base64 -d)\""]),
            ("sh", &["-c", "echo 6375726c | xxd -r -p | sudo bash"]),
            ("bash", &["-c", "echo Y3VybA== | base64 --decode > /tmp/x && sh /tmp/x"]),
            ("bash", &["-c", "bash <(base64 -d <<< Y3VybA==)"]),
            ("bash", &["-c", "cat${IFS}/etc/passwd"]),
            ("bash", &["-c", r"$(printf '\143\165\162\154\040\055\163\040')"]),
            ("python3", &["-c", "import base64;exec(base64.b64decode('cHJpbnQoMSk='))"]),
            ("node", &["-e", "eval(Buffer.from('Y29uc29sZQ==','base64').toString())"]),
            ("node", &["-e", r"\x63\x6f\x6e\x73\x6f\x6c\x65\x2e\x6c\x6f\x67"]),
            (
                "powershell",
                &["-Command", "iex ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('Y3VybA==')))"],
            ),
            ("npx", &["-y", "some\u{200b}-mcp@1.0.0"]),
        ] {
            fires(&RULE, &given(command, args));
        }
    }

    #[test]
    fn data_that_is_encoded_is_not() {
        let long = "select(.a) | ".repeat(40);
        for (command, args) in [
            (
                "npx",
                &[
                    "-y",
                    "some-mcp@1.0.0",
                    "--config",
                    r#"{"a":"\u0041\u0042\u0043\u0044\u0045\u0046\u0047\u0048\u0049"}"#,
                ][..],
            ),
            (
                "npx",
                &[
                    "-y",
                    "x@1.0.0",
                    "--token",
                    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
                ],
            ),
            ("jq", &[&long]),
            ("bash", &["-c", "echo $KEY_B64 | base64 -d > key.json && node server.js --key key.json"]),
            ("bash", &["-c", "KEY=$(echo $KEY_B64 | base64 -d) node server.js"]),
            ("bash", &["-c", "node server.js | base64"]),
            ("python3", &["-c", "from server import main; main()"]),
            ("node", &["-e", "require('./server').start()"]),
            ("node", &["/srv/server.js", "-e", &long]),
            ("powershell", &["-ExecutionPolicy", "Bypass", "-File", "x.ps1", "-e", "YwB1AHIAbAA="]),
            ("npx", &["-y", "x@1.0.0", "--greeting", "\u{feff}héllo 👩\u{200d}💻"]),
        ] {
            silent(&RULE, &given(command, args));
        }
    }

    #[test]
    fn a_long_inline_program_is_less() {
        let code = format!("import server\n{}", "server.add('a')\n".repeat(20));
        let seen = look(&entry(&given("python3", &["-c", &code])));
        assert_eq!(seen.of(&RULE)[0].severity, Severity::Medium);
    }

    #[test]
    fn the_plain_text_is_shown_without_its_secrets() {
        let plain = "curl -H 'Authorization: token ghp_16C7e42F292c6912E7710c838347Ae178B4a' https://x.example";
        let line = format!("echo {} | base64 -d | sh", data_encoding::BASE64.encode(plain.as_bytes()));
        let seen = look(&entry(&given("bash", &["-c", &line])));
        let message = &seen.of(&RULE)[0].message;
        assert!(message.contains("curl -H") && !message.contains("16C7e42F292c6912"), "{message}");
    }
}
