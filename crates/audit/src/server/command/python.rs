//! uvx, uv run, pipx and the interpreters.

use super::options::{self, Table};
use super::step::Step;
use super::words::Word;
use super::{Launcher, Payload, Reading, spec};

/// Options of uv, `uv run` and `uv tool run` (`astral-sh/uv`: uv-cli).
const UV: Table = Table {
    switches: "--isolated -q --quiet -v --verbose -n --no-cache --no-cache-dir --refresh -U \
        --upgrade --reinstall --offline --no-config --no-env-file --no-index --no-build \
        --no-binary --no-build-isolation --no-sources --managed-python --no-managed-python \
        --no-python-downloads --allow-python-downloads --native-tls --system-certs \
        --no-progress --compile-bytecode --no-compile-bytecode --no-compile --compile \
        --preview --no-preview --lfs --no-editable --editable --exact --inexact --no-exact \
        -m --module -s --script --gui-script --frozen --locked --no-project --no_project \
        --no-workspace --active --no-active --no-sync --all-extras --no-all-extras \
        --all-groups --all-packages --dev --no-dev --only-dev --no-default-groups \
        --show-resolution --force --no-lock --no-locked --no-frozen --no-color \
        --no-installer-metadata --no-verify-hashes --system --no-upgrade --no-refresh \
        --no-reinstall --pre",
    values: "--from -w --with --with-editable --with-requirements -c --constraints -b \
        --build-constraints --build-constraint --constraint --overrides --override \
        --env-file --index --default-index -i --index-url --extra-index-url -f \
        --find-links -P --upgrade-package --upgrade-group --reinstall-package \
        --index-strategy --keyring-provider --resolution --prerelease --prerelease-package \
        --fork-strategy --no-build-package --no-binary-package --refresh-package \
        --no-sources-package --no-build-isolation-package -C --config-setting \
        --config-settings --config-settings-package --exclude-newer \
        --exclude-newer-package --link-mode -p --python --python-platform --torch-backend \
        --cache-dir --config-file --directory --project --color --allow-insecure-host \
        --trusted-host --preview-features --python-preference --python-fetch --extra \
        --no-extra --group --only-group --no-group --package --max-recursion-depth \
        --no-editable-package --malware-check-url",
    pairs: "",
};

/// `uv [opts] run …`, `uv [opts] tool run …`, `uv [opts] x …`.
pub(super) fn uv(reading: &mut Reading, words: &[Word]) -> Step {
    let scan = UV.scan(words, 1);
    let verb = |ahead: usize| words.get(scan.next + ahead).map(|word| word.text.as_str());
    match (&scan.unknown, verb(0), verb(1)) {
        (None, Some("run"), _) => run(reading, words, scan.next + 1),
        (None, Some("tool"), Some("run")) => uvx(reading, words, scan.next + 2),
        (None, Some("x"), _) => uvx(reading, words, scan.next + 1),
        (Some(option), ..) => reading.opaque(Launcher::UvRun, option),
        _ => reading.opaque(Launcher::UvRun, "it starts no server"),
    }
}

pub(super) fn uvx(reading: &mut Reading, words: &[Word], start: usize) -> Step {
    let scan = UV.scan(words, start);
    if let Some(option) = &scan.unknown {
        return reading.opaque(Launcher::Uvx, option);
    }
    reading.with(scan.values(&["-w", "--with"]).map(spec::python).collect());
    let command = words.get(scan.next);
    if scan.value(&["--from"]).is_none()
        && let Some(command) = command.filter(|word| is_interpreter(&word.text))
    {
        let launcher = Launcher::Uvx;
        let name = command.text.clone();
        return interpreter(reading, launcher, &name, words, scan.next + 1);
    }
    reading.launch.launcher = Launcher::Uvx;
    let payload = match (scan.value(&["--from"]), command) {
        (Some(from), _) => spec::python(from),
        (None, Some(word)) if word.text.ends_with(".py") => Payload::Opaque("uvx refuses a script".to_owned()),
        (None, Some(word)) => spec::python(word),
        (None, None) => Payload::Opaque("it names no package".to_owned()),
    };
    reading.finish(payload, words, scan.next + 1)
}

fn run(reading: &mut Reading, words: &[Word], start: usize) -> Step {
    let scan = UV.scan(words, start);
    if let Some(option) = &scan.unknown {
        return reading.opaque(Launcher::UvRun, option);
    }
    let mut with: Vec<Payload> = scan.values(&["-w", "--with"]).map(spec::python).collect();
    let Some(command) = words.get(scan.next) else {
        return reading.opaque(Launcher::UvRun, "it names no command");
    };
    let text = command.text.clone();
    if is_interpreter(&text) && !scan.has("-m") && !scan.has("--module") {
        reading.with(with);
        return interpreter(reading, Launcher::UvRun, &text, words, scan.next + 1);
    }
    // `uv run --with pkg pkg`: what runs is that package.
    let same = |payload: &Payload| matches!(payload, Payload::Package(package) if same_project(&package.name, &text));
    let runs_file = matches!(text.as_str(), "mcp" | "fastmcp");
    let payload = match with.iter().position(same) {
        Some(at) if !runs_file => with.swap_remove(at),
        _ if spec::is_source(&text) => spec::git(command),
        _ if text == "-" => Payload::Opaque("its script comes from standard input".to_owned()),
        _ => Payload::Script { word: Some(script_of(words, scan.next)) },
    };
    reading.with(with);
    reading.launch.launcher = Launcher::UvRun;
    reading.finish(payload, words, scan.next + 1)
}

/// `mcp run server.py`, `fastmcp run server.py`: the file is the script.
fn script_of(words: &[Word], command: usize) -> usize {
    let file = (command + 1..words.len()).find(|&at| words[at].text.split(':').next().unwrap_or("").ends_with(".py"));
    match file {
        Some(file) if matches!(words[command].text.as_str(), "mcp" | "fastmcp") => words[file].at,
        _ => words[command].at,
    }
}

/// PEP 503: case, `-`, `_` and `.` make no difference.
fn same_project(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['_', '.'], "-");
    plain(one) == plain(other)
}

/// `pipx run [opts] [--] app args` (`pypa/pipx`: main.py).
pub(super) fn pipx(reading: &mut Reading, words: &[Word]) -> Step {
    const OPTIONS: Table = Table {
        switches: "--no-cache --refresh --no-path-check --path --pypackages \
            --system-site-packages -e --editable --fetch-missing-python -v --verbose -q \
            --quiet --global",
        values: "--spec --with --python --fetch-python --pip-args -i --index-url --python-args \
            --backend --cooldown",
        pairs: "",
    };
    let before = OPTIONS.scan(words, 1);
    if before.unknown.is_some() || words.get(before.next).is_none_or(|word| word.text != "run") {
        return reading.opaque(Launcher::Pipx, "it starts no server");
    }
    let scan = OPTIONS.scan(words, before.next + 1);
    if let Some(option) = &scan.unknown {
        return reading.opaque(Launcher::Pipx, option);
    }
    reading.launch.launcher = Launcher::Pipx;
    reading.with(scan.values(&["--with"]).map(spec::python).collect());
    let payload = match (scan.value(&["--spec"]), words.get(scan.next)) {
        (Some(spec), _) => spec::python(spec),
        (None, Some(app)) if app.text.ends_with(".py") && !spec::is_source(&app.text) => {
            Payload::Script { word: Some(app.at) }
        }
        (None, Some(app)) => spec::python(app),
        (None, None) => Payload::Opaque("it names no package".to_owned()),
    };
    reading.finish(payload, words, scan.next + 1)
}

/// `python`, `python3.12`, `pythonw`, `pypy3`, `python@3.12`.
pub(super) fn is_interpreter(name: &str) -> bool {
    let name = name.split('@').next().unwrap_or(name);
    let rest = ["pythonw", "python", "pypy"].iter().find_map(|start| name.strip_prefix(start));
    rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// `python [-bBdEhiIOPqRsSuvVx] [-W a] [-X o] (-m mod | -c code | file) args`;
/// `py -3.12 …`.
pub(super) fn interpreter(reading: &mut Reading, launcher: Launcher, name: &str, words: &[Word], start: usize) -> Step {
    let mut at = start;
    'words: while let Some(word) = words.get(at) {
        let text = word.text.as_str();
        if !text.starts_with('-') {
            return reading.script(launcher, word, words, at + 1);
        }
        at += 1;
        match text {
            "-" => return reading.opaque(launcher, "its script comes from standard input"),
            "--" => continue,
            "--check-hash-based-pycs" => {
                at += 1;
                continue;
            }
            _ if text.starts_with("--") => {
                return reading.opaque(launcher, &options::unknown(text));
            }
            // The Windows launcher's choice of a version.
            _ if name == "py" && (text[1..].starts_with(|c: char| c.is_ascii_digit()) || text.starts_with("-V:")) => {
                continue;
            }
            _ => {}
        }
        for (index, letter) in text.char_indices().skip(1) {
            let rest = word.from(index + letter.len_utf8());
            match letter {
                'b' | 'B' | 'd' | 'E' | 'h' | 'i' | 'I' | 'O' | 'P' | 'q' | 'R' | 's' | 'S' | 'u' | 'v' | 'V' | 'x' => {
                }
                'W' | 'X' => {
                    at += usize::from(rest.text.is_empty());
                    continue 'words;
                }
                'c' => return reading.opaque(launcher, "the code stands in the command line"),
                'm' => {
                    let joined = Some(rest).filter(|rest| !rest.text.is_empty());
                    let module = joined.as_ref().or(words.get(at));
                    let next = at + usize::from(joined.is_none());
                    let Some(module) = module else {
                        return reading.opaque(launcher, "it names no module");
                    };
                    return reading.script(launcher, module, words, next);
                }
                _ => return reading.opaque(launcher, &options::unknown(text)),
            }
        }
    }
    reading.opaque(launcher, "it names no script")
}
