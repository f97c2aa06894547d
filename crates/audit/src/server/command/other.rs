//! The remaining launchers, programs of their own, and bridges to a URL.

use super::options::Table;
use super::step::Step;
use super::words::Word;
use super::{Ecosystem, Launcher, Package, Payload, Reading, spec};

/// Runtimes whose first positional word is a file of the user's.
pub(super) fn interpreted(name: &str) -> Option<Table> {
    const ANY: Table = Table { switches: "-*", values: "", pairs: "" };
    const PHP: Table = Table { switches: "-n -q", values: "-d -c -f", pairs: "" };
    const RUBY: Table = Table { switches: "-w -W* --*", values: "-r -I -C", pairs: "" };
    const PERL: Table = Table { switches: "-w -T -t", values: "-I -M", pairs: "" };
    match name {
        "php" => Some(PHP),
        "ruby" => Some(RUBY),
        "perl" => Some(PERL),
        "lua" | "Rscript" | "julia" | "elixir" | "escript" | "groovy" | "osascript" => Some(ANY),
        _ => None,
    }
}

/// Everything that is none of the package launchers.
pub(super) fn other(reading: &mut Reading, name: &str, words: &[Word]) -> Step {
    let verb = words.get(1).map_or("", |word| word.text.as_str());
    if let Some(table) = interpreted(name) {
        let scan = table.scan(words, 1);
        return match words.get(scan.next).filter(|_| scan.unknown.is_none()) {
            Some(script) => reading.script(Launcher::Binary, script, words, scan.next + 1),
            None => reading.opaque(Launcher::Binary, "it names no script"),
        };
    }
    match (name, verb) {
        ("java", _) => java(reading, words),
        ("go", "run") => go(reading, words),
        ("cargo", _) if words.iter().any(|word| matches!(word.text.as_str(), "run" | "r")) => {
            behind_dashes(reading, words)
        }
        ("dotnet", "run" | "watch") | ("swift" | "stack" | "cabal" | "mix" | "gradle" | "sbt", _) => {
            behind_dashes(reading, words)
        }
        ("dotnet", dll) if dll.ends_with(".dll") => reading.script(Launcher::Binary, &words[1], words, 2),
        ("nix", "run") => nix(reading, words),
        ("mise", "run" | "r") | ("make" | "just" | "task", _) => behind_dashes(reading, words),
        ("fastmcp" | "mcp", "run" | "dev") => match words.iter().position(|word| word.text.contains(".py")) {
            Some(at) => reading.script(Launcher::Binary, &words[at], words, at + 1),
            None => reading.finish(Payload::Binary, words, 2),
        },
        _ => program(reading, words),
    }
}

/// A program of its own. One named relative to the project is the user's.
fn program(reading: &mut Reading, words: &[Word]) -> Step {
    let program = words[0].text.as_str();
    let ends = |ending: &str| {
        program.get(program.len().saturating_sub(ending.len())..).is_some_and(|end| end.eq_ignore_ascii_case(ending))
    };
    let script = [".py", ".js", ".mjs", ".cjs", ".ts", ".sh", ".bash", ".rb", ".php", ".pl", ".jar", ".ps1", ".bat"]
        .iter()
        .any(|ending| ends(ending));
    let relative = ["./", "../", ".\\", "..\\", "${workspaceFolder}"].iter().any(|start| program.starts_with(start));
    let payload = if script || relative { Payload::Script { word: Some(words[0].at) } } else { Payload::Binary };
    reading.finish(payload, words, 1)
}

/// A project in the working folder; what follows `--` is the server's.
fn behind_dashes(reading: &mut Reading, words: &[Word]) -> Step {
    let end = words.iter().position(|word| word.text == "--").map_or(words.len(), |at| at + 1);
    reading.finish(Payload::Script { word: None }, words, end)
}

fn java(reading: &mut Reading, words: &[Word]) -> Step {
    const OPTIONS: Table = Table {
        switches: "-D* -X* -ea* -da* -server -client -verbose* -agentlib:* -agentpath:* \
            -javaagent:* --enable-* --illegal-* -splash:* -esa -dsa",
        values: "-jar -cp -classpath --class-path -p --module-path --add-modules -m --module \
            --add-opens --add-exports --add-reads --source",
        pairs: "",
    };
    let scan = OPTIONS.scan(words, 1);
    if let Some(option) = &scan.unknown {
        return reading.opaque(Launcher::Binary, option);
    }
    match scan.value(&["-jar", "-m", "--module"]) {
        Some(jar) => reading.script(Launcher::Binary, jar, words, scan.next),
        None => match words.get(scan.next) {
            Some(class) => reading.script(Launcher::Binary, class, words, scan.next + 1),
            None => reading.opaque(Launcher::Binary, "it names no class"),
        },
    }
}

/// `go run [flags] pkg@v|./dir args`.
fn go(reading: &mut Reading, words: &[Word]) -> Step {
    const OPTIONS: Table = Table {
        switches: "-a -n -race -msan -asan -cover -v -work -x -modcacherw -trimpath -linkshared",
        values: "-C -p -exec -mod -modfile -overlay -tags -ldflags -gcflags -asmflags \
            -buildmode -toolexec -pgo -compiler -pkgdir",
        pairs: "",
    };
    let scan = OPTIONS.scan(words, 2);
    let Some(word) = words.get(scan.next).filter(|_| scan.unknown.is_none()) else {
        return reading.opaque(Launcher::Binary, "one of its options is unknown");
    };
    let payload = match word.text.split_once('@') {
        Some((_, version)) => source(word, spec::is_exact(version)),
        None => Payload::Script { word: Some(word.at) },
    };
    reading.finish(payload, words, scan.next + 1)
}

/// `nix run FLAKE#a -- args`.
fn nix(reading: &mut Reading, words: &[Word]) -> Step {
    let end = words.iter().position(|word| word.text == "--").unwrap_or(words.len());
    let Some(flake) = words[2..end].iter().rfind(|word| !word.text.starts_with('-')) else {
        return reading.finish(Payload::Script { word: None }, words, end + 1);
    };
    let place = flake.text.split('#').next().unwrap_or("");
    let commit =
        place.split(['/', '=', '&', '?']).any(|part| part.len() == 40 && part.bytes().all(|b| b.is_ascii_hexdigit()));
    let payload = if place.is_empty() || place.starts_with(['.', '/']) {
        Payload::Script { word: Some(flake.at) }
    } else {
        source(flake, commit)
    };
    reading.finish(payload, words, end + 1)
}

fn source(word: &Word, pinned: bool) -> Payload {
    Payload::Package(Package {
        ecosystem: Ecosystem::Git,
        name: word.text.clone(),
        version: None,
        pinned,
        word: word.at,
    })
}
