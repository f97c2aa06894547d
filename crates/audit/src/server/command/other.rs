//! The remaining launchers, and programs of their own.

use super::options::Table;
use super::step::Step;
use super::words::Word;
use super::{Ecosystem, Launcher, Package, Payload, Reading, spec};

/// Runtimes whose first positional word is a file of the user's.
fn interpreted(name: &str) -> Option<(Launcher, Table)> {
    const ANY: Table = Table { switches: "-*", values: "-e -l", pairs: "" };
    const PHP: Table = Table { switches: "-n -q -s -w --no-php-ini", values: "-d -c -f --define --file", pairs: "" };
    const RUBY: Table = Table { switches: "-w -W* -d -v -T* -U --*", values: "-r -I -C -e", pairs: "" };
    const PERL: Table = Table { switches: "-w -W -T -t -U", values: "-I -M -m -e -E", pairs: "" };
    match name {
        "php" => Some((Launcher::Php, PHP)),
        "ruby" => Some((Launcher::Ruby, RUBY)),
        "perl" => Some((Launcher::Perl, PERL)),
        "lua" | "Rscript" | "julia" | "elixir" | "escript" | "groovy" | "osascript" => Some((Launcher::Binary, ANY)),
        _ => None,
    }
}

fn interpreter(reading: &mut Reading, launcher: Launcher, table: &Table, words: &[Word]) -> Step {
    let scan = table.scan(words, 1);
    if let Some(option) = &scan.unknown {
        return reading.opaque(launcher, option);
    }
    if scan.value(&["-e", "-E"]).is_some() {
        return reading.opaque(launcher, "the code stands in the command line");
    }
    match (scan.value(&["-f", "--file"]), words.get(scan.next)) {
        (Some(script), _) => reading.script(launcher, script, words, scan.next),
        (None, Some(script)) => reading.script(launcher, script, words, scan.next + 1),
        (None, None) => reading.opaque(launcher, "it names no script"),
    }
}

/// Everything that is none of the package launchers.
pub(super) fn other(reading: &mut Reading, name: &str, words: &[Word]) -> Step {
    if let Some((launcher, table)) = interpreted(name) {
        return interpreter(reading, launcher, &table, words);
    }
    let verb = |at: usize| words.get(at).map_or("", |word| word.text.as_str());
    match (name, verb(1)) {
        ("java" | "javaw", _) => java(reading, words),
        ("jbang", _) => jbang(reading, words),
        ("go", "run") => go(reading, words),
        ("dnx", _) => dnx(reading, words, 1),
        ("dotnet", "dnx") => dnx(reading, words, 2),
        ("dotnet", "tool") if matches!(verb(2), "exec" | "execute") => dnx(reading, words, 3),
        ("dotnet", _) => dotnet(reading, words),
        ("cargo", _) if before_dashes(words).iter().any(|word| matches!(word.text.as_str(), "run" | "r")) => {
            project(reading, Launcher::Cargo, words)
        }
        ("nix", "run") => nix(reading, words),
        ("docker-compose", _) => reading.opaque(Launcher::Docker, "a compose file says what runs"),
        ("podman-compose", _) => reading.opaque(Launcher::Podman, "a compose file says what runs"),
        ("swift" | "stack" | "cabal" | "mix" | "gradle" | "sbt" | "mvn" | "dart" | "zig", "run")
        | ("mise", "run" | "r")
        | ("make" | "just" | "task", _) => project(reading, Launcher::Binary, words),
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

fn before_dashes(words: &[Word]) -> &[Word] {
    let end = words.iter().position(|word| word.text == "--").unwrap_or(words.len());
    &words[..end]
}

/// A project in the working folder; what follows `--` is the server's.
fn project(reading: &mut Reading, launcher: Launcher, words: &[Word]) -> Step {
    reading.launch.launcher = launcher;
    let end = words.len().min(before_dashes(words).len() + 1);
    reading.finish(Payload::Script { word: None }, words, end)
}

/// `dnx [opts] PKG[@V] [opts] [--] args`: its own options may stand behind
/// the package too (learn.microsoft.com, dotnet tool exec).
fn dnx(reading: &mut Reading, words: &[Word], start: usize) -> Step {
    const OPTIONS: Table = Table {
        switches: "-y --yes --allow-roll-forward --prerelease --interactive --no-http-cache \
            --disable-parallel --ignore-failed-sources",
        values: "-a --arch --add-source -s --source --configfile --framework -v --verbosity --version",
        pairs: "",
    };
    let scan = OPTIONS.scan(words, start);
    if let Some(option) = &scan.unknown {
        return reading.opaque(Launcher::Dnx, option);
    }
    reading.launch.launcher = Launcher::Dnx;
    let Some(word) = words.get(scan.next) else {
        return reading.opaque(Launcher::Dnx, "it names no package");
    };
    // What is no option of its own is the server's.
    let behind = OPTIONS.scan(words, scan.next + 1);
    let next = behind.next - usize::from(behind.unknown.is_some());
    let (name, at) = word.text.split_once('@').unwrap_or((&word.text, ""));
    let version = scan.value(&["--version"]).or(behind.value(&["--version"])).map_or(at, |word| word.text.as_str());
    let payload = spec::nuget(word, name, version);
    reading.finish(payload, words, next)
}

/// `dotnet run …`, `dotnet [exec] x.dll args`.
fn dotnet(reading: &mut Reading, words: &[Word]) -> Step {
    let is_file = |word: &Word| [".dll", ".exe"].iter().any(|end| word.text.to_ascii_lowercase().ends_with(end));
    let verb = words.get(1).map_or("", |word| word.text.as_str());
    if matches!(verb, "run" | "watch") {
        return project(reading, Launcher::Dotnet, words);
    }
    match words.iter().skip(1).position(is_file) {
        Some(at) => reading.script(Launcher::Dotnet, &words[at + 1], words, at + 2),
        None => reading.opaque(Launcher::Dotnet, "it starts no server"),
    }
}

/// `jbang [opts] alias@catalog|g:a:v|file args`.
fn jbang(reading: &mut Reading, words: &[Word]) -> Step {
    const OPTIONS: Table = Table {
        switches: "--quiet --verbose -v --fresh --insecure -o --offline --preview -i --interactive \
            -n --native --jsh --no-build --ignore-transitive-repositories --itr --ea --esa --cds --no-cds",
        values: "-j --java --deps --repos --cp --class-path -m --main --module -D -R \
            --runtime-option --runtime-options -C --compile-option -s --sources --files \
            --catalog -t --source-type --config --manifest --java-options --build-dir --jfr --javaagent",
        pairs: "",
    };
    let before = OPTIONS.scan(words, 1);
    let run = words.get(before.next).is_some_and(|word| word.text == "run");
    let scan = if run { OPTIONS.scan(words, before.next + 1) } else { before };
    if let Some(option) = &scan.unknown {
        return reading.opaque(Launcher::Jbang, option);
    }
    let Some(word) = words.get(scan.next) else {
        return reading.opaque(Launcher::Jbang, "it names no script");
    };
    reading.launch.launcher = Launcher::Jbang;
    let payload = if spec::is_source(&word.text) {
        spec::git(word)
    } else if let Some(maven) = spec::maven(word) {
        maven
    } else if word.text.contains('@') {
        // What an alias stands for is written in the catalog, which may change.
        source(word, false)
    } else {
        Payload::Script { word: Some(word.at) }
    };
    reading.finish(payload, words, scan.next + 1)
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
        return reading.opaque(Launcher::Java, option);
    }
    match scan.value(&["-jar", "-m", "--module"]) {
        Some(jar) => reading.script(Launcher::Java, jar, words, scan.next),
        None => match words.get(scan.next) {
            Some(class) => reading.script(Launcher::Java, class, words, scan.next + 1),
            None => reading.opaque(Launcher::Java, "it names no class"),
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
        return reading.opaque(Launcher::Go, "one of its options is unknown");
    };
    reading.launch.launcher = Launcher::Go;
    let payload = match word.text.split_once('@') {
        Some((module, version)) => Payload::Package(Package {
            ecosystem: Ecosystem::Go,
            name: module.to_owned(),
            version: Some(version.to_owned()),
            pinned: spec::is_exact(version),
            word: word.at,
        }),
        None => Payload::Script { word: Some(word.at) },
    };
    reading.finish(payload, words, scan.next + 1)
}

/// `nix run FLAKE#a -- args`.
fn nix(reading: &mut Reading, words: &[Word]) -> Step {
    reading.launch.launcher = Launcher::Nix;
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
