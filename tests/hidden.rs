//! Keys that are typed at a terminal: however the program ends, the terminal shows again what is typed.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal, and the program at it.
struct Terminal {
    ours: OwnedFd,
    /// Keeps the other end open, so that its settings outlive the program.
    _theirs: File,
    program: Child,
}

impl Terminal {
    fn run(home: &std::path::Path, arguments: &[&str]) -> Terminal {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let path = ptsname(&ours, Vec::new()).unwrap();
        let theirs = File::options().read(true).write(true).open(path.to_str().unwrap()).unwrap();
        let end = || theirs.try_clone().unwrap();
        let mut command = Command::new("setsid");
        command.args(["--ctty", env!("CARGO_BIN_EXE_warder")]).args(arguments).arg("--home").arg(home);
        let program = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        Terminal { ours, _theirs: theirs, program }
    }

    fn echoes(&self) -> bool {
        tcgetattr(&self.ours).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// Waits until what is typed is not shown.
    fn hide(&mut self) {
        let since = Instant::now();
        while self.echoes() {
            assert!(since.elapsed() < PATIENCE, "it never asked");
            assert!(self.program.try_wait().unwrap().is_none(), "{}", self.said());
            std::thread::yield_now();
        }
    }

    fn end(&mut self) -> ExitStatus {
        self.program.wait().unwrap()
    }

    /// All that was printed, once the program has ended.
    fn said(&mut self) -> String {
        rustix::io::ioctl_fionbio(&self.ours, true).unwrap();
        let mut said = Vec::new();
        match File::from(self.ours.try_clone().unwrap()).read_to_end(&mut said) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => panic!("{error}"),
            _ => String::from_utf8_lossy(&said).into_owned(),
        }
    }
}

#[test]
fn a_terminal_shows_again_what_is_typed_however_the_program_ends() {
    const KEY: &str = "ghp_A9x2LmQ4vTz7Rp1RtY4wZb6Hc1Md5Fg0Bq7K";
    let asking: [&[&str]; 2] = [&["keys", "--replace", "SOME_TOKEN"], &["recovery", "use"]];
    for arguments in asking {
        for signal in ["typed", "INT", "TERM", "HUP", ""] {
            let home = tempfile::tempdir().unwrap();
            let mut terminal = Terminal::run(home.path(), arguments);
            terminal.hide();
            let mut typing = File::from(terminal.ours.try_clone().unwrap());
            match signal {
                "typed" => typing.write_all(&[KEY.as_bytes(), b"\x03"].concat()).unwrap(),
                "" => typing.write_all(&[KEY.as_bytes(), b"\n"].concat()).unwrap(),
                signal => {
                    let id = terminal.program.id().to_string();
                    assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
                }
            }
            let ended = terminal.end();
            let number = match signal {
                "typed" | "INT" => Some(2),
                "TERM" => Some(15),
                "HUP" => Some(1),
                _ => None,
            };
            assert_eq!(ended.signal(), number, "{arguments:?} {signal}: {}", terminal.said());
            assert!(terminal.echoes(), "{arguments:?} {signal}: nothing that is typed is shown any more");
            assert!(!terminal.said().contains(KEY), "{arguments:?} {signal}");
        }
    }
}
