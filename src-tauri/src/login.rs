//! Starting with the user's session, on request: one entry, written and removed.
//!
//! Linux reads `~/.config/autostart`, macOS `~/Library/LaunchAgents`, both of the
//! world's own home. Windows has a list in the registry, of the real home only.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use warder_audit::clients::Os;
use warder_audit::env::Env;
use warder_launch::state::replace_file;

/// What an entry starts.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) program: PathBuf,
    /// Another home than the user's.
    pub(crate) home: Option<PathBuf>,
}

impl Login {
    /// Writes the entry, or removes it.
    ///
    /// # Errors
    ///
    /// When the system's list cannot be written, or has no words for these paths.
    pub(crate) fn set(&self, env: &Env, on: bool) -> io::Result<()> {
        if on && !self.program.is_file() {
            return Err(io::Error::other("Warder was replaced or moved since it started; start it again first"));
        }
        let Some(path) = env.autostart() else { return self.register(on) };
        let text = if env.os == Os::Macos { self.agent() } else { self.desktop_entry() };
        if !on {
            return match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let text = text.ok_or_else(|| io::Error::other("a path of Warder's cannot be written into such an entry"))?;
        fs::create_dir_all(path.parent().ok_or(io::ErrorKind::NotFound)?)?;
        replace_file(&path, text.as_bytes(), 0o644)
    }

    /// The words of the start, program first; `None` where one is no text.
    fn words(&self) -> Option<Vec<&str>> {
        let mut words = vec![self.program.to_str()?, "--hidden"];
        if let Some(home) = &self.home {
            words.extend(["--home", home.to_str()?]);
        }
        // No format of an entry has an escape for these in a path.
        (!words.iter().any(|word| word.contains(char::is_control))).then_some(words)
    }

    /// An entry of the Desktop Entry Specification. A desktop passes it over
    /// once the program is gone (`TryExec`).
    fn desktop_entry(&self) -> Option<String> {
        let words = self.words()?;
        let exec: Vec<_> = words.iter().map(|word| quoted(word)).collect();
        Some(format!(
            "[Desktop Entry]\nType=Application\nName=Warder\nComment=Watches the configs of MCP clients\n\
             TryExec={}\nExec={}\nIcon=warder\nTerminal=false\nX-GNOME-Autostart-enabled=true\n",
            words[0].replace('\\', "\\\\"),
            exec.join(" ")
        ))
    }

    /// A property list of launchd.
    fn agent(&self) -> Option<String> {
        let escape = |word: &&str| word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let words: String = self.words()?.iter().map(|word| format!("<string>{}</string>", escape(word))).collect();
        Some(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict>\
             <key>Label</key><string>dev.warder.desktop</string>\
             <key>ProgramArguments</key><array>{words}</array>\
             <key>RunAtLoad</key><true/></dict></plist>\n"
        ))
    }

    /// Windows' list of the user's programs at login, through its own tool.
    fn register(&self, on: bool) -> io::Result<()> {
        if self.home.is_some() {
            return Err(io::Error::other("on Windows only the Warder of the real home can start with the session"));
        }
        const LIST: &str = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run";
        let root = std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
        let mut reg = std::process::Command::new(Path::new(&root).join(r"System32\reg.exe"));
        match on {
            true => reg
                .args(["add", LIST, "/v", "Warder", "/t", "REG_SZ", "/f", "/d"])
                .arg(format!("\"{}\" --hidden", self.program.to_str().ok_or(io::ErrorKind::InvalidInput)?)),
            false => reg.args(["delete", LIST, "/v", "Warder", "/f"]),
        };
        #[cfg(windows)]
        {
            use std::os::windows::process::CommandExt;
            const CREATE_NO_WINDOW: u32 = 0x0800_0000;
            reg.creation_flags(CREATE_NO_WINDOW);
        }
        // Removing what is not there fails, and is done.
        let status = reg.status()?;
        if status.success() || !on { Ok(()) } else { Err(io::Error::other(format!("reg.exe ended with {status}"))) }
    }
}

/// One word of `Exec`: quoted, then escaped once more as every string of an entry.
fn quoted(word: &str) -> String {
    let mut inner = String::new();
    for character in word.chars() {
        match character {
            '"' | '`' | '$' | '\\' => inner.extend(['\\', character]),
            // A field code otherwise.
            '%' => inner.push_str("%%"),
            _ => inner.push(character),
        }
    }
    format!("\"{inner}\"").replace('\\', "\\\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(program: &str, home: Option<&str>) -> Login {
        Login { program: program.into(), home: home.map(Into::into) }
    }

    #[test]
    fn an_entry_says_every_word_as_it_is() {
        let entry = login("/usr/bin/warder-app", Some(r#"/home/a "b" $c `d` 100% \e"#)).desktop_entry().unwrap();
        assert!(entry.contains("\nTryExec=/usr/bin/warder-app\n"), "{entry}");
        let exec = r#"Exec="/usr/bin/warder-app" "--hidden" "--home" "/home/a \\"b\\" \\$c \\`d\\` 100%% \\\\e""#;
        assert!(entry.contains(&format!("\n{exec}\n")), "{entry}");
        let agent = login("/Applications/A&B <x>/warder", None).agent().unwrap();
        assert!(agent.contains("<string>/Applications/A&amp;B &lt;x&gt;/warder</string><string>--hidden</string>"));
    }

    #[test]
    fn a_path_cannot_add_a_line_to_an_entry() {
        let entry = login("/bin/w", Some("/home/a\nExec=evil"));
        assert!(entry.desktop_entry().is_none());
        assert!(entry.agent().is_none());
    }

    #[test]
    fn an_entry_is_written_into_its_own_home_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let mut env = Env::current(Some(dir.path())).unwrap();
        for (os, path) in [
            (Os::Linux, ".config/autostart/warder.desktop"),
            (Os::Macos, "Library/LaunchAgents/dev.warder.desktop.plist"),
        ] {
            env.os = os;
            let program = dir.path().join("w");
            fs::write(&program, "").unwrap();
            let login = login(program.to_str().unwrap(), dir.path().to_str());
            login.set(&env, true).unwrap();
            assert!(fs::read_to_string(dir.path().join(path)).unwrap().contains("--hidden"));
            login.set(&env, false).unwrap();
            login.set(&env, false).unwrap();
            assert!(!dir.path().join(path).exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_entry_takes_the_place_of_a_link_and_writes_through_none() {
        let dir = tempfile::tempdir().unwrap();
        let env = Env { os: Os::Linux, ..Env::current(Some(dir.path())).unwrap() };
        let (entry, program, other) = (env.autostart().unwrap(), dir.path().join("w"), dir.path().join("other"));
        fs::create_dir_all(entry.parent().unwrap()).unwrap();
        [&program, &other].iter().for_each(|file| fs::write(file, "theirs").unwrap());
        std::os::unix::fs::symlink(&other, &entry).unwrap();
        let login = login(program.to_str().unwrap(), None);
        login.set(&env, true).unwrap();
        assert_eq!(fs::read(&other).unwrap(), b"theirs");
        assert!(fs::read_to_string(&entry).unwrap().contains("--hidden"));
    }

    #[test]
    fn a_program_that_was_replaced_is_written_into_no_entry_and_taken_out_of_one() {
        let dir = tempfile::tempdir().unwrap();
        let env = Env { os: Os::Linux, ..Env::current(Some(dir.path())).unwrap() };
        let login = login(dir.path().join("w (deleted)").to_str().unwrap(), None);
        assert!(login.set(&env, true).unwrap_err().to_string().contains("start it again"));
        let entry = env.autostart().unwrap();
        assert!(!entry.exists());
        fs::create_dir_all(entry.parent().unwrap()).unwrap();
        fs::write(&entry, "").unwrap();
        login.set(&env, false).unwrap();
        assert!(!entry.exists());
    }
}
