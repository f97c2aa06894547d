//! Is a client running? Some write their own copy of a config back.

use std::ffi::OsStr;
use std::path::Path;

use sysinfo::{Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use crate::env::Env;

/// Whether one of `programs` runs for this home. A process whose `HOME` is
/// another one (a test, another user's) does not count; an unreadable one does.
pub(super) fn any(env: &Env, programs: &[&str]) -> bool {
    // What ends at this moment cannot be read any more; a second look does not see it.
    look(env, programs) && look(env, programs)
}

fn look(env: &Env, programs: &[&str]) -> bool {
    // A system that does not say what runs may well run it.
    let Ok(mut system) = System::new() else { return true };
    let wanted = ProcessRefreshKind::nothing()
        .with_exe(UpdateKind::Always)
        .with_cmd(UpdateKind::Always)
        .with_environ(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, wanted);
    let alive = |process: &&Process| !matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead);
    system.processes().values().filter(alive).any(|process| {
        let exe = process.exe().and_then(Path::file_name).and_then(OsStr::to_str);
        let words: Vec<&str> = process.cmd().iter().take(WORDS).filter_map(|word| word.to_str()).collect();
        let home = process.environ().iter().find_map(|pair| pair.to_str()?.strip_prefix("HOME=").map(str::to_owned));
        is_one(programs, &[exe, process.name().to_str()], &words)
            && home.is_none_or(|home| is_same(Path::new(&home), &env.home))
    })
}

/// Whether two paths lead to one folder, by whatever links.
fn is_same(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Words of a command line that are looked at: an interpreter's options before its script are few.
const WORDS: usize = 6;

/// Programs that are given what they run in their first words.
const INTERPRETERS: &[&str] = &["node", "nodejs", "bun", "deno"];

fn file_name(word: &str) -> &str {
    word.rsplit(['/', '\\']).next().unwrap_or(word)
}

/// Whether a process with these names and words is one of `programs`.
fn is_one(programs: &[&str], names: &[Option<&str>], words: &[&str]) -> bool {
    let named = |name: &str| programs.contains(&name);
    let mut own = names.iter().flatten().copied().chain(words.first().map(|word| file_name(word)));
    let script = words.get(1..).unwrap_or_default().iter().find(|word| !word.starts_with('-'));
    let is_script = |script: &str| {
        let script = script.replace('\\', "/");
        named(file_name(&script)) || programs.iter().any(|program| program.contains('/') && script.ends_with(program))
    };
    own.clone().any(named)
        || own.any(|name| INTERPRETERS.contains(&name.trim_end_matches(".exe")))
            && script.is_some_and(|script| is_script(script))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_known_by_its_program_and_by_its_script() {
        let claude = &["claude", "claude.exe", "claude-code/cli.js"];
        for (exe, words, runs) in [
            ("claude", &["claude"][..], true),
            ("2.1.330", &["claude", "--resume"], true),
            ("node", &["node", "/usr/lib/node_modules/@anthropic-ai/claude-code/cli.js"], true),
            ("node", &["node", "--no-warnings", "/usr/local/bin/claude"], true),
            ("node.exe", &["node", r"C:\npm\node_modules\@anthropic-ai\claude-code\cli.js"], true),
            ("node", &["node", "server.js", "claude"], false),
            ("vim", &["vim", "claude"], false),
            ("claude-desktop", &["/usr/bin/claude-desktop"], false),
            ("sh", &[], false),
        ] {
            assert_eq!(is_one(claude, &[Some(exe), None], words), runs, "{exe} {words:?}");
        }
    }
}
