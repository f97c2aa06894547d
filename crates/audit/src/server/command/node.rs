//! npx and its kin, and the JavaScript runtimes.

use super::options::{self, Scan, Table};
use super::step::Step;
use super::words::{Word, base};
use super::{Launcher, Payload, Reading, spec};

/// What npm does with an option (`npm/cli`: npx-cli.js, config definitions).
enum Class {
    Package,
    Call,
    Alone,
    /// Takes the next word, whatever it is.
    Always,
    /// Takes the next word unless it is an option.
    Value,
    /// `--no-x`, unknown: npx leaves the rest of the line to npm.
    Left,
}

fn class(name: &str, exec: bool) -> Class {
    const SWITCHES: &str = "-y -yes -s -q -d -dd -ddd -g -f -l -m -a -h -v -S -D -E -O -B -iwr -ws --yes \
        --no-install --quiet --q --silent --verbose --version --v --help --h \
        --always-spawn --ignore-existing --shell-auto-fallback --all --allow-same-version \
        --audit --bin-links --browser --color --commit-hooks --description --dev \
        --diff-ignore-all-space --diff-name-only --diff-no-prefix --diff-text --dry-run \
        --engine-strict --force --foreground-scripts --format-package-lock --fund \
        --git-tag-version --global --global-style --if-present --ignore-scripts \
        --include-staged --include-workspace-root --init-private --install-links --json \
        --legacy-bundling --legacy-peer-deps --link --long --offline \
        --omit-lockfile-registry-resolved --optional --package-lock --package-lock-only \
        --parseable --prefer-dedupe --prefer-offline --prefer-online --production \
        --progress --provenance --proprietary-attribs --read-only --rebuild-bundle --save \
        --save-bundle --save-dev --save-exact --save-optional --save-peer --save-prod \
        --shrinkwrap --sign-git-commit --sign-git-tag --strict-peer-deps --strict-ssl \
        --timing --unicode --update-notifier --usage --versions --workspaces \
        --workspaces-update --expect-results --no";
    const ALWAYS: &str = "--cache --userconfig --shell --npm --node-arg -n --n";
    const VALUES: &str = "-w -C --reg --registry --loglevel --prefix --workspace --node-options \
        --script-shell --location --tag --omit --include --before --globalconfig --otp \
        --scope --access --auth-type --ca --cafile --cert --key --cidr --cpu --os --libc \
        --depth --editor --fetch-retries --fetch-retry-factor --fetch-retry-maxtimeout \
        --fetch-retry-mintimeout --fetch-timeout --git --heading --https-proxy --proxy \
        --noproxy --install-strategy --local-address --lockfile-version --logs-dir \
        --logs-max --maxsockets --message --node-gyp --preid --save-prefix --umask \
        --user-agent --viewer --which --min-release-age --cache-min --cache-max \
        --tag-version-prefix --init-module --call-shell --allow-git --allow-scripts \
        --searchlimit";
    match name {
        "-p" if exec => Class::Alone,
        "-p" | "--p" | "--package" => Class::Package,
        "-c" | "--c" | "--call" => Class::Call,
        "-n" if exec => Class::Alone,
        _ if options::listed(SWITCHES, name) => Class::Alone,
        _ if options::listed(ALWAYS, name) => Class::Always,
        _ if options::listed(VALUES, name) => Class::Value,
        _ => Class::Left,
    }
}

/// `npx …` from `start` on; `exec`: `npm exec …`, whose options are
/// recognised anywhere before `--`.
pub(super) fn npx(reading: &mut Reading, words: &[Word], start: usize, mut exec: bool) -> Step {
    let (mut packages, mut call, mut first) = (Vec::new(), None, None);
    // Where the server's own words begin, if not right after the first.
    let mut own = None;
    let mut mixed = false;
    let mut at = start;
    while let Some(word) = words.get(at) {
        let text = word.text.as_str();
        if text == "--" {
            // npm keeps these dashes to itself, as it does its options before them.
            own = first.filter(|_| !mixed).map(|_| at + 1);
            first = first.or(Some(at + 1));
            break;
        }
        if !text.starts_with('-') || text == "-" {
            mixed |= first.is_some();
            first = first.or(Some(at));
            if !exec {
                break;
            }
            at += 1;
            continue;
        }
        let (name, joined) = match word.split('=') {
            Some((name, value)) => (name.text, Some(value)),
            None => (text.to_owned(), None),
        };
        let class = class(&name, exec);
        at += 1;
        let next = words.get(at);
        let takes = joined.is_none()
            && match class {
                Class::Package | Class::Call | Class::Always => true,
                Class::Value => next.is_some_and(|next| !next.text.starts_with('-')),
                Class::Alone | Class::Left => false,
            };
        let value = if takes { next.cloned() } else { joined };
        at += usize::from(takes);
        match class {
            Class::Package => packages.extend(value),
            Class::Call => call = value,
            // The scan of npx skips the next word here and does not put `--`
            // before it; npm then reads the rest of the line itself.
            Class::Left => exec = true,
            Class::Alone | Class::Always | Class::Value => {}
        }
    }
    fetch(reading, Launcher::Npx, words, packages, call, first, own)
}

/// The package of a line that was scanned: named by `--package`, then the
/// first word is a program of it, or by the first word itself.
fn fetch(
    reading: &mut Reading,
    launcher: Launcher,
    words: &[Word],
    packages: Vec<Word>,
    call: Option<Word>,
    first: Option<usize>,
    own: Option<usize>,
) -> Step {
    reading.launch.launcher = launcher;
    let binary = first.and_then(|at| words.get(at));
    let after = own.or(first.map(|at| at + 1)).unwrap_or(words.len());
    if let Some(call) = &call {
        reading.launch.shell = Some(call.text.clone());
    }
    let mut payloads: Vec<Payload> = packages.iter().map(spec::npm).collect();
    let payload = if payloads.is_empty() {
        match binary {
            _ if call.is_some() => Payload::Opaque("a shell line is given instead of a package".to_owned()),
            Some(word) => spec::npm(word),
            None => Payload::Opaque("it names no package".to_owned()),
        }
    } else {
        let named = |payload: &Payload| match (payload, binary) {
            (Payload::Package(package), Some(binary)) => package.name.rsplit('/').next() == Some(&binary.text),
            _ => false,
        };
        let main = payloads.iter().position(named).unwrap_or(0);
        payloads.swap_remove(main)
    };
    reading.with(payloads);
    reading.finish(payload, words, if call.is_some() { words.len() } else { after })
}

/// `bunx`, `pnpm dlx`, `yarn dlx`: the same with small tables.
fn small(reading: &mut Reading, launcher: Launcher, words: &[Word], mut scans: Vec<Scan>, shell_mode: bool) -> Step {
    if let Some(option) = scans.iter_mut().find_map(|scan| scan.unknown.take()) {
        return reading.opaque(launcher, &option);
    }
    let packages = scans.iter().flat_map(|scan| scan.values(&["-p", "--package"])).cloned().collect();
    let next = scans.last().map_or(words.len(), |scan| scan.next);
    let call = words.get(next).filter(|_| shell_mode).cloned();
    fetch(reading, launcher, words, packages, call, words.get(next).map(|_| next), None)
}

pub(super) fn bunx(reading: &mut Reading, words: &[Word], start: usize) -> Step {
    const OPTIONS: Table = Table {
        switches: "--bun -b --verbose --silent --no-install -y --yes -q --quiet --no-cache",
        values: "-p --package",
        pairs: "",
    };
    let scan = OPTIONS.scan(words, start);
    small(reading, Launcher::Bunx, words, vec![scan], false)
}

const PNPM: Table = Table {
    switches: "-s --silent -c --shell-mode --color --no-color --aggregate-output --stream -w \
        --workspace-root -r --recursive --prefer-offline --offline --ignore-workspace -y \
        --yes --use-stderr --if-present --config.*",
    values: "--package --allow-build -C --dir --filter -F --reporter --loglevel --registry \
        --cpu --os --libc",
    pairs: "",
};

pub(super) fn pnpm(reading: &mut Reading, words: &[Word]) -> Step {
    let before = PNPM.scan(words, 1);
    let verb = words.get(before.next).map(|word| word.text.as_str());
    match verb {
        _ if before.unknown.is_some() => reading.opaque(Launcher::PnpmDlx, "one of its options is unknown"),
        Some("dlx") => {
            let behind = PNPM.scan(words, before.next + 1);
            pnpm_dlx(reading, words, vec![before, behind])
        }
        Some("exec") => {
            let behind = PNPM.scan(words, before.next + 1);
            local(reading, words, behind.next)
        }
        Some("run" | "run-script") => local(reading, words, before.next + 1),
        Some(_) => local(reading, words, before.next),
        None => reading.opaque(Launcher::Npm, "pnpm without a command"),
    }
}

/// `pnpx`, `pnx`.
pub(super) fn pnpx(reading: &mut Reading, words: &[Word]) -> Step {
    let scan = PNPM.scan(words, 1);
    pnpm_dlx(reading, words, vec![scan])
}

fn pnpm_dlx(reading: &mut Reading, words: &[Word], scans: Vec<Scan>) -> Step {
    let shell_mode = scans.iter().any(|scan| scan.has("-c") || scan.has("--shell-mode"));
    small(reading, Launcher::PnpmDlx, words, scans, shell_mode)
}

pub(super) fn yarn(reading: &mut Reading, words: &[Word]) -> Step {
    const GLOBAL: Table = Table { switches: "-s --silent --offline --non-interactive", values: "--cwd", pairs: "" };
    const DLX: Table = Table { switches: "-q --quiet", values: "-p --package", pairs: "" };
    let before = GLOBAL.scan(words, 1);
    match words.get(before.next).map(|word| word.text.as_str()) {
        _ if before.unknown.is_some() => reading.opaque(Launcher::Npm, "one of its options is unknown"),
        Some("dlx") => {
            let scan = DLX.scan(words, before.next + 1);
            small(reading, Launcher::YarnDlx, words, vec![scan], false)
        }
        Some("run" | "exec") => local(reading, words, before.next + 1),
        Some(_) => local(reading, words, before.next),
        None => reading.opaque(Launcher::Npm, "yarn without a command"),
    }
}

/// `npm exec`, `npm x`, `npm start`, `npm run s -- args`.
pub(super) fn npm(reading: &mut Reading, words: &[Word]) -> Step {
    let mut at = 1;
    while let Some(word) = words.get(at).filter(|word| word.text.starts_with('-')) {
        at += 1;
        let takes = match class(&word.text, true) {
            Class::Always | Class::Value => words.get(at).is_some_and(|next| !next.text.starts_with('-')),
            _ => false,
        };
        at += usize::from(takes);
    }
    match words.get(at).map(|word| word.text.as_str()) {
        Some("exec" | "x") => npx(reading, words, at + 1, true),
        Some("run" | "run-script" | "rum" | "urn") => local(reading, words, at + 1),
        Some("start" | "test" | "restart" | "stop") => local(reading, words, at),
        _ => reading.opaque(Launcher::Npm, "it starts no server"),
    }
}

/// A script of the project's package.json, named by the word at `at`.
fn local(reading: &mut Reading, words: &[Word], at: usize) -> Step {
    // `npm run --silent s`: options may stand before the name.
    let name = (at..words.len()).find(|&at| !words[at].text.starts_with('-'));
    let start = name.map_or(words.len(), |at| at + 1);
    let dashes = words.get(start).is_some_and(|word| word.text == "--");
    reading.launch.launcher = Launcher::Npm;
    let payload = Payload::Script { word: name.map(|at| words[at].at) };
    reading.finish(payload, words, start + usize::from(dashes))
}

/// `node [opts] script args`, also tsx and ts-node.
pub(super) fn node(reading: &mut Reading, words: &[Word]) -> Step {
    const OPTIONS: Table = Table {
        switches: "-i --interactive --watch --watch-preserve-output --no-* --experimental-* \
            --trace-* --enable-* --allow-addons --allow-child-process --allow-wasi \
            --allow-worker --allow-net --inspect* --harmony* --max-* --use-* --stack-* \
            --expose* --preserve-* --pending-* --throw-* --force-* --insecure-* --abort-* \
            --frozen-intrinsics --disallow-* --verify-* --zero-* --jitless --openssl-* \
            --permission --prof* --cpu-prof --heap-prof --report-* --test* \
            --node-memory-debug --optimize* --perf* --v8-* --strip-types --transpile-only \
            -T --swc --esm --files --clear-screen* watch --deprecation --warnings --gc* \
            --track-* --tls-* --unhandled-rejections* --dns-result-order* --icu-data-dir* \
            --secure-heap* --network-family-* --title* --disable-warning* --disable-* \
            --run* --localstorage-file* --snapshot-blob* --build-snapshot \
            --diagnostic-dir* --redirect-warnings* --cpu-prof-* --heap-prof-* \
            --heapsnapshot-* --entry-url --interpreted-frames-native-stack --log* \
            --huge-max-old-generation-size --lite-mode",
        values: "-r --require --import --loader --experimental-loader \
            --experimental-config-file -C --conditions -e --eval -p --print -pe --env-file \
            --env-file-if-exists --inspect-port --debug-port --input-type --watch-path \
            --allow-fs-read --allow-fs-write --tsconfig -P --project --stack-trace-limit \
            --max-http-header-size --experimental-default-type -O --compiler-options -I \
            --ignore",
        pairs: "",
    };
    let mut start = 1;
    if words.get(1).is_some_and(|word| word.text == "watch") && reading.name(&words[0]) == "tsx" {
        start = 2;
    }
    let scan = OPTIONS.scan(words, start);
    if let Some(option) = &scan.unknown {
        return reading.opaque(Launcher::Node, option);
    }
    if scan.value(&["-e", "--eval", "-p", "--print", "-pe"]).is_some() {
        return reading.opaque(Launcher::Node, "the code stands in the command line");
    }
    let Some(script) = words.get(scan.next) else {
        return reading.opaque(Launcher::Node, "it names no script");
    };
    // On Windows some start npx through its script.
    if base(&script.text) == "npx-cli.js" {
        return npx(reading, words, scan.next + 1, false);
    }
    reading.script(Launcher::Node, script, words, scan.next + 1)
}

/// `bun [run] f.ts`, `bun run s`, `bun x pkg`.
pub(super) fn bun(reading: &mut Reading, words: &[Word]) -> Step {
    const OPTIONS: Table = Table {
        switches: "--bun -b --watch --hot --no-clear-screen --smol --silent --if-present \
            --no-install -i --prefer-offline --prefer-latest --inspect* --no-deprecation \
            --throw-deprecation --expose-gc --no-addons --no-env-file",
        values: "--cwd --env-file -c --config -r --preload --require --import --install --port \
            --conditions -d --define -l --loader --tsconfig-override -F --filter \
            --main-fields --jsx-runtime --elide-lines -e --eval -p --print --shell --title",
        pairs: "",
    };
    let before = OPTIONS.scan(words, 1);
    let run = words.get(before.next).is_some_and(|word| word.text == "run");
    if before.unknown.is_none() && words.get(before.next).is_some_and(|word| word.text == "x") {
        return bunx(reading, words, before.next + 1);
    }
    let scan = if run { OPTIONS.scan(words, before.next + 1) } else { before };
    if let Some(option) = &scan.unknown {
        return reading.opaque(Launcher::Bun, option);
    }
    match words.get(scan.next) {
        _ if scan.value(&["-e", "--eval", "-p", "--print"]).is_some() => {
            reading.opaque(Launcher::Bun, "the code stands in the command line")
        }
        Some(script) => reading.script(Launcher::Bun, script, words, scan.next + 1),
        None => reading.opaque(Launcher::Bun, "it names no script"),
    }
}

/// `deno run [perm] [opts] spec args`, `deno -A spec`.
pub(super) fn deno(reading: &mut Reading, words: &[Word]) -> Step {
    const OPTIONS: Table = Table {
        switches: "-A --allow-* -P --permission-set -R -W -N -E -S -I --deny-* --ignore-* --no-* \
            -q --quiet --unstable* --check --cached-only --frozen --watch* -r --reload \
            --inspect* --node-modules-dir --vendor --env-file --lock --env --hmr \
            --sloppy-imports --preload-ts --use-env-proxy --trace-ops --strace-ops",
        values: "-c --config --import-map --cert --location --seed --v8-flags --ext -L --log-level \
            --preload --require --import --conditions --minimum-dependency-age",
        pairs: "",
    };
    let before = OPTIONS.scan(words, 1);
    let run = words.get(before.next).is_some_and(|word| matches!(word.text.as_str(), "run" | "serve"));
    let task = words.get(before.next).is_some_and(|word| word.text == "task");
    let scan = if run { OPTIONS.scan(words, before.next + 1) } else { before };
    if let Some(option) = &scan.unknown {
        return reading.opaque(Launcher::Deno, option);
    }
    reading.launch.launcher = Launcher::Deno;
    const TASK: Table =
        Table { switches: "-q --quiet -r --recursive", values: "--cwd -c --config -f --filter", pairs: "" };
    let next = if task { TASK.scan(words, scan.next + 1).next } else { scan.next };
    let Some(word) = words.get(next) else {
        return reading.opaque(Launcher::Deno, "it names no script");
    };
    let payload = if let Some(npm) = word.after("npm:") {
        spec::npm(&without_path(&npm))
    } else if let Some(jsr) = word.after("jsr:") {
        spec::jsr(&without_path(&jsr))
    } else if spec::is_source(&word.text) {
        spec::git(word)
    } else {
        Payload::Script { word: Some(word.at) }
    };
    reading.finish(payload, words, next + 1)
}

/// `@a/b@1/sub`: the path inside the package is no part of its version.
fn without_path(spec: &Word) -> Word {
    let text = spec.text.trim_start_matches('/');
    let skip = spec.text.len() - text.len();
    let slashes = if text.starts_with('@') { 1 } else { 0 };
    let end = text.match_indices('/').nth(slashes).map_or(spec.text.len(), |(at, _)| skip + at);
    spec.part(skip..end)
}
