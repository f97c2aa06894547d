//! Is a client running? Some write their own copy of a config back.

use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use crate::env::Env;

/// Whether one of `programs` runs for this home. A process whose `HOME` is
/// another one (a test, another user's) does not count; an unreadable one does.
pub(super) fn any(env: &Env, programs: &[&str]) -> bool {
    // A system that does not say what runs may well run it.
    let Ok(mut system) = System::new() else { return true };
    let wanted = ProcessRefreshKind::nothing()
        .with_exe(UpdateKind::Always)
        .with_cmd(UpdateKind::Always)
        .with_environ(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, wanted);
    let named = |name: &str| programs.contains(&name);
    system.processes().values().any(|process| {
        let exe = process.exe().and_then(|path| path.file_name()).and_then(|name| name.to_str());
        let first =
            process.cmd().first().and_then(|word| word.to_str()).and_then(|word| word.rsplit(['/', '\\']).next());
        let found = exe.is_some_and(named) || first.is_some_and(named) || process.name().to_str().is_some_and(named);
        let home = process.environ().iter().find_map(|pair| pair.to_str()?.strip_prefix("HOME=").map(str::to_owned));
        found && home.is_none_or(|home| std::path::Path::new(&home) == env.home)
    })
}
