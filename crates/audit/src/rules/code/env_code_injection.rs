#![doc = include_str!("env_code_injection.md")]

use crate::clients::Os;
use crate::dialect::Spot;
use crate::finding::{Act, Confidence, Dimension, Safety, Said, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, launched, place, steps};
use crate::server::command::{Launcher, Payload};
use crate::server::{Command, Pair, Server, Text};
use crate::writing::may_edit;

pub const RULE: Rule = Rule {
    id: "env-code-injection",
    title: "Variable loads other code",
    dimension: Dimension::Code,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP05", "CWE-427"],
    docs: include_str!("env_code_injection.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        let expands = &machine.files[server.file.0].row.expands;
        for variable in &server.env {
            let value = &variable.value.value;
            let reference = expands.is_reference(Spot::Env, value.trim());
            let Some(severity) = judge(&variable.name, value, machine.env.os).filter(|_| !reference) else { continue };
            let place = place::text(machine, server, &variable.value);
            let message = message(&variable.name);
            let finding = found.add(machine, &RULE, Some(index), place, Confidence::High, message);
            finding.severity(severity);
            match may_edit(machine, server) {
                Ok(()) => {
                    let text = without_loads(&variable.name, value);
                    let act =
                        Act::Texts { texts: vec![(variable.value.at.clone(), text)], said: said(server, variable) };
                    finding.fix("remove", "Take it out", Safety::Review, act);
                }
                Err(why) => {
                    finding.fix("by-hand", "Take it out", Safety::Manual, steps([why.as_str(), "Take it out there."]));
                }
            }
        }
        for (name, value, word) in assigned(command) {
            let Some(severity) = judge(name, value, machine.env.os) else { continue };
            let place = place::text(machine, server, word);
            let finding = found.add(machine, &RULE, Some(index), place, Confidence::High, message(name));
            let act = steps(["Take the assignment out of the launch line.", "Start the server once without it."]);
            finding.severity(severity).fix("by-hand", "Take it out", Safety::Manual, act);
        }
        let file = machine.facts.server(index).and_then(|facts| facts.env_file.as_ref());
        for variable in file.into_iter().flat_map(|file| &file.variables) {
            let Some(severity) = judge(&variable.name, &variable.value, machine.env.os) else { continue };
            let shown = file.map_or("", |file| file.shown.as_str());
            let at = format!("Line {} of {}: {}", variable.line, named(shown), message(&variable.name));
            let act = steps(["Take the line out of that file.", "Start the server once without it."]);
            found.add(machine, &RULE, Some(index), place::entry(server), Confidence::High, at).severity(severity).fix(
                "by-hand",
                "Take it out",
                Safety::Manual,
                act,
            );
        }
        // What a shell line sets on its way is not all known.
        if !matches!(command.launch.payload, Payload::Opaque(_)) {
            found.evaluated(index, Check::Environment);
        }
    }
}

fn message(name: &str) -> String {
    let what = match name.to_ascii_uppercase().as_str() {
        "PATH" => "puts a folder in front where others can place a program of the same name",
        "PYTHONPATH" | "NODE_PATH" => "lets modules be found in a folder that depends on where the server is started",
        "GIT_SSH_COMMAND" => "makes git start another program than ssh",
        _ => "makes the runtime load other code before the server's own",
    };
    format!("{} {what}.", named(name))
}

fn said(server: &Server, variable: &Pair) -> Said {
    let (name, variable) = (named(&server.name), named(&variable.name));
    Said {
        title: format!("Take {variable} of {name} back"),
        past: format!("Took back what {variable} of {name} loaded"),
        summary: format!("{name} will load only its own code."),
        notes: vec!["If a proxy or a monitor of your company needs it, keep it, or undo this.".to_owned()],
    }
}

/// Variables set in the launch line, as far as they reach the server on this computer.
fn assigned(command: &Command) -> impl Iterator<Item = (&str, &str, &Text)> {
    // What a container gets, it loads inside.
    let inside = matches!(command.launch.launcher, Launcher::Docker | Launcher::Podman);
    let all = command.launch.assignments.iter().filter(move |_| !inside);
    all.filter_map(|one| {
        let word = command.word(one.word)?;
        Some((one.name.as_str(), word.value.get(one.range.clone())?, word))
    })
}

/// How bad a variable is; `None`: it loads nothing, or what everybody loads.
fn judge(name: &str, value: &str, os: Os) -> Option<Severity> {
    let name = if os == Os::Windows { name.to_ascii_uppercase() } else { name.to_owned() };
    let value = value.trim();
    if value.is_empty() {
        return None;
    }
    match name.as_str() {
        "NODE_OPTIONS" => worst(node_loads(value)),
        "LD_PRELOAD" | "LD_AUDIT" | "DYLD_INSERT_LIBRARIES" => {
            worst(value.split([':', ' ', ';']).filter(|part| !part.is_empty()))
        }
        "BASH_ENV" | "PERL5DB" => Some(loaded(value)),
        // Most programs mean `production` by it; only a shell that talks to a person reads the file.
        "ENV" => is_path(value).then_some(Severity::Low),
        "PYTHONSTARTUP" => Some(Severity::Low),
        "PYTHONHOME" => Some(Severity::Medium),
        "PERL5OPT" => worst(behind(value, &["-M", "-I"])),
        "RUBYOPT" => worst(behind(value, &["-r", "-I"]).filter(|load| *load != "bundler/setup")),
        "JAVA_TOOL_OPTIONS" | "JDK_JAVA_OPTIONS" | "_JAVA_OPTIONS" => {
            let agent = |option: &&str| {
                ["-javaagent:", "-agentpath:", "-Xbootclasspath"].iter().any(|head| option.starts_with(head))
            };
            worst(value.split_whitespace().filter(agent))
        }
        "GIT_SSH_COMMAND" => {
            let program = match value.strip_prefix(['"', '\'']) {
                Some(quoted) => quoted.split(['"', '\'']).next(),
                None => value.split(' ').next(),
            };
            let program = program.unwrap_or_default();
            let base = program.rsplit(['/', '\\']).next().unwrap_or(program).to_lowercase();
            let ssh = matches!(base.strip_suffix(".exe").unwrap_or(&base), "ssh" | "plink" | "tortoiseplink");
            // `ProxyCommand` starts a program too.
            (!ssh || value.contains("ProxyCommand=") && value.contains('|')).then_some(Severity::High)
        }
        "PATH" => first_folder(value, os),
        "PYTHONPATH" | "NODE_PATH" => {
            let folders: Vec<&str> = value.split(separator(value, os)).collect();
            let relative = |folder: &&str| !is_absolute(folder) || is_temporary(folder);
            folders.iter().any(|folder| relative(folder) && !folder.is_empty()).then_some(Severity::Low)
        }
        _ => None,
    }
}

/// What options of two letters are given, in the same word.
fn behind<'a>(value: &'a str, options: &'a [&str]) -> impl Iterator<Item = &'a str> {
    value.split_whitespace().filter_map(|word| options.iter().find_map(|option| word.strip_prefix(option)))
}

/// What parts the folders of a list; one of Windows begins with a drive, wherever it is looked at.
fn separator(value: &str, os: Os) -> char {
    let drive = matches!(value.as_bytes(), [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    if os == Os::Windows || drive { ';' } else { ':' }
}

fn worst<'a>(loads: impl IntoIterator<Item = &'a str>) -> Option<Severity> {
    loads.into_iter().filter(|load| !is_known(load)).map(loaded).max()
}

/// What a path or module counts that is loaded.
fn loaded(what: &str) -> Severity {
    const SYSTEM: [&str; 7] = ["/usr/", "/opt/", "/etc/", "/lib", "/Library/", "C:\\Program Files", "C:/Program Files"];
    let system = |text: &str| SYSTEM.iter().any(|head| text.starts_with(head)) && !text.contains("..");
    // Only an administrator puts a file there; a name alone is a module that was installed.
    let installed = is_module(what) || system(what) || what.split(':').any(system);
    if installed { Severity::Medium } else { Severity::High }
}

fn is_module(what: &str) -> bool {
    !what.starts_with(['.', '~', '-', '$', '%']) && !is_absolute(what) && !what.contains(':') && !what.contains('\\')
}

/// What people load on purpose: tracing, monitors, compilers, allocators.
fn is_known(what: &str) -> bool {
    const MODULES: [&str; 17] = [
        "@opentelemetry/",
        "@sentry/",
        "appdynamics",
        "applicationinsights",
        "dd-trace",
        "dotenv",
        "elastic-apm",
        "esbuild-register",
        "global-agent",
        "newrelic",
        "@newrelic/",
        "source-map-support",
        "ts-node",
        "tsx",
        "tsconfig-paths",
        "@swc",
        "undici",
    ];
    const FILES: [&str; 17] = [
        "libjemalloc",
        "libtcmalloc",
        "libmimalloc",
        "libgomp",
        "libasan",
        "libfaketime",
        "libeatmydata",
        "libproxychains",
        "liboneagentproc",
        "dd-java-agent",
        "dd-trace",
        "opentelemetry-javaagent",
        "newrelic",
        "elastic-apm-agent",
        "applicationinsights-agent",
        "jacocoagent",
        "jolokia",
    ];
    let module = is_module(what) && MODULES.iter().any(|known| what.starts_with(known));
    let file = what.rsplit(['/', '\\', ':']).next().unwrap_or(what);
    // By its name alone only where an administrator put it.
    module || FILES.iter().any(|known| file.starts_with(known)) && loaded(what) < Severity::High
}

/// What `NODE_OPTIONS` loads.
fn node_loads(value: &str) -> Vec<&str> {
    let mut loads = Vec::new();
    let mut words = value.split_whitespace();
    while let Some(word) = words.next() {
        let (option, joined) = word.split_once('=').map_or((word, None), |(option, value)| (option, Some(value)));
        if is_load_option(option) {
            loads.extend(joined.or_else(|| words.next()).map(|load| load.trim_matches(['"', '\''])));
        }
    }
    loads
}

fn is_load_option(option: &str) -> bool {
    matches!(option, "-r" | "--require" | "--import" | "--loader" | "--experimental-loader")
}

/// The value without what it loads; `None` where nothing is left.
fn without_loads(name: &str, value: &str) -> Option<String> {
    if !name.eq_ignore_ascii_case("NODE_OPTIONS") {
        return None;
    }
    let mut kept = Vec::new();
    let mut words = value.split_whitespace();
    while let Some(word) = words.next() {
        let option = word.split('=').next().unwrap_or(word);
        if !is_load_option(option) {
            kept.push(word);
        } else if option == word {
            words.next();
        }
    }
    (!kept.is_empty()).then(|| kept.join(" "))
}

/// A `PATH` that begins with a folder in which anybody's file may lie.
fn first_folder(value: &str, os: Os) -> Option<Severity> {
    let first = value.split(separator(value, os)).next()?.trim();
    if first.starts_with(['$', '%', '~']) || first.contains("${") {
        return None;
    }
    if is_absolute(first) {
        return is_temporary(first).then_some(Severity::High);
    }
    // A project's own tools.
    let own = first.ends_with("node_modules/.bin") || first.ends_with(".venv/bin");
    Some(if own { Severity::Low } else { Severity::High })
}

fn is_absolute(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    path.starts_with(['/', '\\', '~', '$', '%']) || drive
}

fn is_temporary(path: &str) -> bool {
    const PLACES: [&str; 4] = ["/tmp", "/var/tmp", "/dev/shm", "/private/tmp"];
    PLACES.iter().any(|place| path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

fn is_path(text: &str) -> bool {
    text.starts_with(['/', '~', '.']) || text.contains('\\')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, look, silent};

    #[track_caller]
    fn severity(name: &str, value: &str) -> Option<Severity> {
        judge(name, value, Os::Linux)
    }

    #[test]
    fn what_loads_code_of_somebody_is_found() {
        use Severity::*;
        for (name, value, expected) in [
            ("NODE_OPTIONS", "--require /tmp/x.js", High),
            ("NODE_OPTIONS", "--max-old-space-size=4096 -r ./hook.js", High),
            ("NODE_OPTIONS", "--import=data:text/javascript,alert(1)", High),
            ("NODE_OPTIONS", "--experimental-loader ~/x.mjs", High),
            ("NODE_OPTIONS", "--require /opt/corp/proxy.js", Medium),
            ("NODE_OPTIONS", "--require corp-proxy", Medium),
            ("LD_PRELOAD", "/tmp/libx.so", High),
            ("LD_PRELOAD", "/home/ana/libjemalloc.so", High),
            ("LD_AUDIT", "./x.so", High),
            ("DYLD_INSERT_LIBRARIES", "/Users/ana/x.dylib", High),
            ("BASH_ENV", "/home/ana/.x", High),
            ("PYTHONHOME", "/srv/py", Medium),
            ("PERL5OPT", "-Mevil", Medium),
            ("RUBYOPT", "-r./x", High),
            ("JAVA_TOOL_OPTIONS", "-javaagent:/home/ana/x.jar", High),
            ("GIT_SSH_COMMAND", "sh -c 'curl https://x.example'", High),
            ("PATH", ".:/usr/bin", High),
            ("PATH", "/tmp/bin:/usr/bin", High),
            ("PATH", "node_modules/.bin:/usr/bin", Low),
            ("PYTHONPATH", "src", Low),
            ("ENV", "/home/ana/.shrc", Low),
        ] {
            assert_eq!(severity(name, value), Some(expected), "{name}={value}");
        }
    }

    #[test]
    fn what_people_set_on_purpose_is_not() {
        for (name, value) in [
            ("NODE_OPTIONS", "--max-old-space-size=4096"),
            ("NODE_OPTIONS", "--no-warnings --enable-source-maps"),
            ("NODE_OPTIONS", "--require dd-trace/init"),
            ("NODE_OPTIONS", "--import @opentelemetry/auto-instrumentations-node/register"),
            ("NODE_OPTIONS", "-r global-agent/bootstrap"),
            ("NODE_OPTIONS", "--import tsx"),
            ("NODE_OPTIONS", ""),
            ("LD_PRELOAD", "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"),
            ("JAVA_TOOL_OPTIONS", "-Xmx512m -Dfile.encoding=UTF-8"),
            ("JAVA_TOOL_OPTIONS", "-javaagent:/opt/otel/opentelemetry-javaagent.jar"),
            ("RUBYOPT", "-W0"),
            ("GIT_SSH_COMMAND", "ssh -i ~/.ssh/deploy -o IdentitiesOnly=yes"),
            ("GIT_SSH_COMMAND", "\"C:/Program Files/OpenSSH/ssh.exe\" -F x"),
            ("ENV", "production"),
            ("PATH", "/home/ana/.nvm/versions/node/v22.0.0/bin:/usr/bin"),
            ("PATH", "${env:PATH}:/opt/x"),
            ("PYTHONPATH", "/home/ana/code/app/src"),
            ("PYTHONPATH", "C:/code/app;D:/lib"),
            ("PATH", "C:\\Python312;C:\\Windows"),
            ("NODE_PATH", "/usr/lib/node_modules"),
            ("PYTHONUNBUFFERED", "1"),
        ] {
            assert_eq!(severity(name, value), None, "{name}={value}");
        }
        silent(&RULE, r#"{ "command": "x", "env": { "NODE_OPTIONS": "${env:NODE_OPTIONS}", "LD_PRELOAD": "" } }"#);
        silent(&RULE, r#"{ "command": "docker", "args": ["run", "-e", "LD_PRELOAD=/tmp/x.so", "img"] }"#);
    }

    #[test]
    fn the_launch_line_sets_variables_too() {
        let seen = look(&entry(r#"{ "command": "env", "args": ["LD_PRELOAD=/tmp/x.so", "node", "/srv/x.js"] }"#));
        assert_eq!(seen.fixes(&RULE), [("by-hand", Safety::Manual)]);
        assert!(seen.evaluated(Check::Environment));
        let seen = look(&entry(r#"{ "command": "sh", "args": ["-c", "a && b"] }"#));
        assert!(!seen.evaluated(Check::Environment));
    }

    #[test]
    fn the_fix_keeps_what_loads_nothing() {
        let value = "--max-old-space-size=4096 --require ./x.js --import=./y.js --no-warnings";
        assert_eq!(without_loads("NODE_OPTIONS", value).as_deref(), Some("--max-old-space-size=4096 --no-warnings"));
        assert_eq!(without_loads("NODE_OPTIONS", "-r ./x.js"), None);
    }
}
