//! What stands in front of the real command: `env`, runners, `sudo`,
//! sandboxes. Each is taken off, or ends the reading.

use super::options::Table;
use super::step::{Step, assignments};
use super::words::{Word, simple_command};
use super::{Launcher, Reading, Role, powershell, shells};

/// Takes one prefix off.
pub(super) fn peel(reading: &mut Reading, words: &[Word]) -> Step {
    let name = reading.name(&words[0]);
    match name.as_str() {
        "cmd" => shells::cmd(reading, words),
        "powershell" | "pwsh" => powershell::powershell(reading, words),
        "sh" | "bash" | "zsh" | "dash" | "ash" | "ksh" | "fish" => shells::shell(reading, words),
        "env" => env(reading, words),
        "wsl" => shells::wsl(reading, words),
        "thv" => toolhive(reading, words),
        "proto" if words.get(1).is_some_and(|word| word.text == "run") => proto(reading, words),
        "ssh" => reading.opaque(Launcher::Binary, "it runs on another computer"),
        _ => match PREFIXES.iter().find(|prefix| prefix.names.contains(&name.as_str())) {
            Some(prefix) => prefix.peel(reading, words),
            None => Step::None,
        },
    }
}

/// A prefix that needs no more than its option table.
struct Prefix {
    names: &'static [&'static str],
    role: Role,
    /// The subcommand that starts another program; empty: none needed.
    verbs: &'static [&'static str],
    options: Table,
    /// Positional words before the command (`timeout 5 cmd`).
    skip: usize,
    /// The command begins only behind `--`.
    dashes: bool,
    /// Options whose value is a shell line to run.
    lines: &'static [&'static str],
    /// The last word is a shell line (`sops exec-env FILE 'line'`).
    last_is_line: bool,
}

const NO_OPTIONS: Table = Table { switches: "", values: "", pairs: "" };

const PLAIN: Prefix = Prefix {
    names: &[],
    role: Role::Other,
    verbs: &[],
    options: NO_OPTIONS,
    skip: 0,
    dashes: false,
    lines: &[],
    last_is_line: false,
};

/// A runner whose command stands behind `--`: its own options need no table.
const fn runner(names: &'static [&'static str], verbs: &'static [&'static str]) -> Prefix {
    Prefix { names, verbs, role: Role::Runner, dashes: true, ..PLAIN }
}

#[rustfmt::skip]
const PREFIXES: &[Prefix] = &[
    // Secret runners.
    runner(&["op", "infisical", "dotenvx", "teller", "varlock", "secretspec", "bws"], &["run"]),
    Prefix { lines: &["--command"], ..runner(&["doppler"], &["run"]) },
    runner(&["aws-vault", "chamber"], &["exec"]),
    Prefix { names: &["envchain"], role: Role::Runner, skip: 1, ..PLAIN },
    Prefix { last_is_line: true, ..runner(&["sops"], &["exec-env"]) },
    // Version managers and project environments.
    Prefix { lines: &["-c", "--command"], ..runner(&["mise", "rtx"], &["x", "exec"]) },
    Prefix {
        names: &["fnm"],
        verbs: &["exec"],
        role: Role::Runner,
        options: Table { switches: "--using-file", values: "--using --fnm-dir --node-dist-mirror --log-level --arch", pairs: "" },
        ..PLAIN
    },
    Prefix {
        names: &["volta"],
        verbs: &["run"],
        role: Role::Runner,
        options: Table {
            switches: "--bundled-npm --no-yarn --no-pnpm --quiet --verbose",
            values: "--node --npm --pnpm --yarn --env",
            pairs: "",
        },
        ..PLAIN
    },
    Prefix { names: &["nvm"], verbs: &["exec"], role: Role::Runner, options: Table { switches: "--silent", values: "", pairs: "" }, skip: 1, ..PLAIN },
    Prefix { names: &["asdf", "bundle"], verbs: &["exec"], role: Role::Runner, ..PLAIN },
    Prefix { names: &["direnv"], verbs: &["exec"], role: Role::Runner, skip: 1, ..PLAIN },
    Prefix {
        names: &["poetry", "pdm", "pipenv", "rye", "pixi", "hatch"],
        verbs: &["run"],
        role: Role::Runner,
        options: Table {
            switches: "-q --quiet -v --verbose -n --no-interaction --frozen --locked --no-plugins",
            values: "-C --directory -P --project -p -e --environment --env --manifest-path",
            pairs: "",
        },
        ..PLAIN
    },
    Prefix {
        names: &["conda", "mamba", "micromamba"],
        verbs: &["run"],
        role: Role::Runner,
        options: Table {
            switches: "-v --verbose --dev --debug-wrapper-scripts --no-capture-output \
                --live-stream -s -d",
            values: "-n --name -p --prefix --cwd -r --root-prefix -a --attach -e --env",
            pairs: "",
        },
        ..PLAIN
    },
    Prefix {
        names: &["dotenv"],
        role: Role::Runner,
        options: Table {
            switches: "-o --override --no-override --quiet -q --debug",
            values: "-e -f --file -c -v -p",
            pairs: "",
        },
        ..PLAIN
    },
    // More rights.
    Prefix {
        names: &["sudo"],
        role: Role::Sudo,
        options: Table {
            switches: "-A -b -B -E -H -k -K -n -N -P -S -i -s --askpass --background \
                --preserve-env* --set-home --non-interactive --login --shell --stdin \
                --preserve-groups --reset-timestamp",
            values: "-u -g -C -h -p -R -r -T -t -U -D --user --group --host --prompt --chroot \
                --role --command-timeout --type --chdir --close-from",
            pairs: "",
        },
        ..PLAIN
    },
    Prefix { names: &["doas"], role: Role::Sudo, options: Table { switches: "-L -n -s", values: "-a -C -u", pairs: "" }, ..PLAIN },
    Prefix { names: &["pkexec"], role: Role::Sudo, options: Table { switches: "--disable-internal-agent --keep-cwd", values: "--user -u", pairs: "" }, ..PLAIN },
    Prefix { names: &["gsudo"], role: Role::Sudo, options: Table { switches: "-n --new -w --wait -s --system -k --keepShell -d --direct --debug", values: "-i --integrity -u --user", pairs: "" }, ..PLAIN },
    Prefix {
        names: &["run0"],
        role: Role::Sudo,
        options: Table {
            switches: "--no-ask-password --slice-inherit --pipe --pty",
            values: "-u --user -g --group --nice -D --chdir --setenv --unit --property \
                --description --slice --background --shell-prompt-prefix",
            pairs: "",
        },
        ..PLAIN
    },
    Prefix { names: &["su"], role: Role::Sudo, dashes: true, lines: &["-c", "--command"], ..PLAIN },
    // Sandboxes.
    Prefix { names: &["bwrap"], role: Role::Sandbox, options: BWRAP, ..PLAIN },
    // Values of firejail are always joined (`--private=/x`).
    Prefix { names: &["firejail"], role: Role::Sandbox, options: Table { switches: "--*", values: "", pairs: "" }, ..PLAIN },
    Prefix { names: &["sandbox-exec"], role: Role::Sandbox, options: Table { switches: "", values: "-f -n -p -D", pairs: "" }, ..PLAIN },
    Prefix {
        names: &["srt"],
        role: Role::Sandbox,
        options: Table { switches: "-d --debug", values: "-s --settings --control-fd -c", pairs: "" },
        lines: &["-c"],
        ..PLAIN
    },
    Prefix { names: &["nono"], role: Role::Sandbox, verbs: &["run"], dashes: true, ..PLAIN },
    // The rest changes how the command runs, not what it is.
    Prefix { names: &["nice"], options: Table { switches: "-0 -1* -2 -3 -4 -5 -6 -7 -8 -9 --1* --2", values: "-n --adjustment", pairs: "" }, ..PLAIN },
    Prefix { names: &["ionice"], options: Table { switches: "-t --ignore", values: "-c --class -n --classdata", pairs: "" }, ..PLAIN },
    Prefix { names: &["timeout", "gtimeout"], options: Table { switches: "--preserve-status --foreground -v --verbose -f -p", values: "-k --kill-after -s --signal", pairs: "" }, skip: 1, ..PLAIN },
    Prefix { names: &["caffeinate"], options: Table { switches: "-d -i -m -s -u", values: "-t -w", pairs: "" }, ..PLAIN },
    Prefix { names: &["arch"], options: Table { switches: "-arm64 -arm64e -x86_64 -x86_64h -i386 -32 -64 -c -h", values: "-arch -e -d", pairs: "" }, ..PLAIN },
    Prefix { names: &["stdbuf"], options: Table { switches: "", values: "-i -o -e --input --output --error", pairs: "" }, ..PLAIN },
    Prefix { names: &["setsid"], options: Table { switches: "-c -f -w --ctty --fork --wait", values: "", pairs: "" }, ..PLAIN },
    Prefix { names: &["time"], options: Table { switches: "-p -l -v", values: "-f -o", pairs: "" }, ..PLAIN },
    Prefix { names: &["taskset"], options: Table { switches: "-c --cpu-list", values: "", pairs: "" }, skip: 1, ..PLAIN },
    Prefix { names: &["dbus-run-session"], options: Table { switches: "", values: "--config-file --dbus-daemon", pairs: "" }, ..PLAIN },
    Prefix { names: &["xvfb-run"], options: Table { switches: "-a --auto-servernum -l --listen-tcp", values: "-e --error-file -f --auth-file -n --server-num -p --xauth-protocol -s \
        --server-args -w --wait", pairs: "" }, ..PLAIN },
    Prefix { names: &["flatpak-spawn"], options: Table { switches: "--*", values: "", pairs: "" }, ..PLAIN },
    Prefix { names: &["host-spawn"], options: Table { switches: "-no-pty --no-pty", values: "-env --env -cwd --cwd", pairs: "" }, ..PLAIN },
    Prefix { names: &["corepack", "nohup", "exec", "command", "unbuffer", "catchsegv"], ..PLAIN },
];

/// bubblewrap 0.11, `bwrap --help`; those with three values end the reading.
const BWRAP: Table = Table {
    switches: "--unshare-* --share-net --die-with-parent --new-session --as-pid-1 --clearenv \
        --assert-userns-disabled --disable-userns --level-prefix",
    values: "--args --uid --gid --hostname --chdir --unsetenv --lock-file --sync-fd \
        --remount-ro --overlay-src --tmp-overlay --ro-overlay --exec-label --file-label \
        --proc --dev --tmpfs --mqueue --dir --seccomp --add-seccomp-fd --block-fd \
        --userns-block-fd --info-fd --json-status-fd --perms --size --cap-add --cap-drop \
        --userns --userns2 --pidns --argv0",
    pairs: "--setenv --bind --bind-try --dev-bind --dev-bind-try --ro-bind --ro-bind-try \
        --file --bind-data --ro-bind-data --symlink --chmod --bind-fd --ro-bind-fd",
};

impl Prefix {
    fn peel(&self, reading: &mut Reading, words: &[Word]) -> Step {
        let mut start = 1;
        if !self.verbs.is_empty() {
            // Options of the program itself may stand before the subcommand.
            let is_verb = |word: &Word| self.verbs.contains(&word.text.as_str());
            let verb = match self.dashes {
                true => words.iter().take_while(|word| word.text != "--").position(is_verb),
                false => {
                    let verb = self.options.scan(words, 1).next;
                    words.get(verb).is_some_and(is_verb).then_some(verb)
                }
            };
            let Some(verb) = verb else { return Step::None };
            start = verb + 1;
        }
        reading.layer(self.role, words);
        if self.dashes {
            if let Some(end) = words.iter().position(|word| word.text == "--") {
                reading.told(&words[start.min(end)..end]);
                reading.tools(&words[start.min(end)..end]);
                return Step::Next(words[end + 1..].to_vec());
            }
            let line = words[start..].windows(2).find(|pair| self.lines.contains(&pair[0].text.as_str()));
            let last = words.last().filter(|_| self.last_is_line && words.len() == start + 2);
            return match line.map(|pair| &pair[1]).or(last) {
                Some(line) => shells::shell_line(reading, line),
                None => reading.opaque(Launcher::Binary, "its command does not stand behind --"),
            };
        }
        let scan = self.options.scan(words, start);
        reading.told(&words[start..scan.next.clamp(start, words.len())]);
        if let Some(line) = scan.value(self.lines) {
            return shells::shell_line(reading, line);
        }
        if let Some(option) = scan.unknown {
            return reading.opaque(Launcher::Binary, &option);
        }
        let mut next = scan.next + self.skip;
        if self.role == Role::Sudo {
            while let Some((name, value)) = words.get(next).and_then(Word::assignment) {
                reading.assign(name, &value);
                next += 1;
            }
        }
        Step::Next(words.get(next..).unwrap_or_default().to_vec())
    }
}

/// `thv run …` and `thv proxy stdio …`: ToolHive starts a container, or joins one.
fn toolhive(reading: &mut Reading, words: &[Word]) -> Step {
    reading.layer(Role::Sandbox, words);
    reading.opaque(Launcher::Binary, "ToolHive knows what runs in its container")
}

/// `proto run TOOL [VERSION] [-- args]`: the tool is the program.
fn proto(reading: &mut Reading, words: &[Word]) -> Step {
    reading.layer(Role::Runner, words);
    let Some(tool) = words.get(2) else { return reading.opaque(Launcher::Binary, "it names no tool") };
    let dashes = words.iter().position(|word| word.text == "--");
    let rest = words.get(dashes.map_or(3, |at| at + 1)..).unwrap_or_default();
    Step::Next(std::iter::once(tool).chain(rest).cloned().collect())
}

/// `env [-i] [-u N] [-C D] [-S 'line'] [N=V …] cmd`.
fn env(reading: &mut Reading, words: &[Word]) -> Step {
    const OPTIONS: Table = Table {
        switches: "-i - -0 -v --ignore-environment --null --debug",
        values: "-u --unset -C --chdir -a --argv0 -P -S --split-string",
        pairs: "",
    };
    reading.layer(Role::Env, words);
    let scan = OPTIONS.scan(words, 1);
    if let Some(option) = scan.unknown {
        return reading.opaque(Launcher::Binary, &option);
    }
    let mut rest = words.get(scan.next..).unwrap_or_default().to_vec();
    if let Some(line) = scan.value(&["-S", "--split-string"]) {
        let Some(mut split) = simple_command(line) else {
            return reading.opaque(Launcher::Shell, "env is given a line that cannot be split");
        };
        split.append(&mut rest);
        rest = split;
    }
    Step::Next(assignments(reading, rest))
}
