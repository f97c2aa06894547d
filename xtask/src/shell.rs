//! Other programs, started in the workspace's folder.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

use crate::{Outcome, root};

/// A command in the workspace's folder, nothing started yet.
pub(crate) fn command(program: impl AsRef<OsStr>, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// The cargo that runs us, so that a pinned toolchain stays the same one.
pub(crate) fn cargo(args: &[&str]) -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), args)
}

/// Runs to the end, output to the terminal. Anything but exit code 0 is an error.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let line = line(command);
    let status = command.status().map_err(|source| cannot_start(command, &source))?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` failed ({status})")) }
}

/// Standard output of a command that ran to exit code 0, without the last
/// newline; its talk on stderr stays away.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let line = line(command);
    let output = command.stderr(Stdio::null()).output().map_err(|source| cannot_start(command, &source))?;
    if !output.status.success() {
        return Err(format!("`{line}` failed ({})", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// Whether `program` can be started at all.
pub(crate) fn exists(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|dir| {
            let file = dir.join(program);
            file.is_file() || (cfg!(windows) && file.with_extension("exe").is_file())
        })
    })
}

fn cannot_start(command: &Command, source: &std::io::Error) -> String {
    let program = command.get_program().to_string_lossy();
    if source.kind() == ErrorKind::NotFound {
        format!("{program} is not installed, or not on the PATH")
    } else {
        format!("cannot start {program}: {source}")
    }
}

/// The command as a person would type it.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
