//! The user's editors: which are there, and how each is told a file and a line.
//!
//! Only programs that open a window of their own: the screen has no terminal to
//! lend. Started by their absolute paths, without a shell, and left alone then.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use super::Session;
use super::failures::{refused, unknown};
use crate::api::{EditorChoice, Failure};
use crate::env::Env;
use crate::programs::resolve;
use crate::redact::line;

/// How an editor is told a line.
#[derive(Clone, Copy)]
enum Goto {
    /// `--goto FILE:LINE`.
    Colon(&'static [&'static str]),
    /// `+LINE FILE`.
    Plus,
    /// `--line LINE FILE`.
    Line,
    /// `--line=LINE FILE`.
    LineIs,
    /// `-nLINE FILE`.
    N,
}

/// An editor that opens a file at a line.
struct Editor {
    id: &'static str,
    name: &'static str,
    /// The names its program has, the usual one first.
    programs: &'static [&'static str],
    goto: Goto,
}

const fn editor(id: &'static str, name: &'static str, programs: &'static [&'static str], goto: Goto) -> Editor {
    Editor { id, name, programs, goto }
}

const VSCODE: Goto = Goto::Colon(&["--goto"]);

/// Those that know configs best come first. As documented by their makers:
///
/// * VS Code and what is made of it: `code --goto file:line` (code.visualstudio.com/docs/configure/command-line)
/// * Zed: `zed path:line` (zed.dev/docs/reference/cli); Sublime Text: `subl file:line` (sublimetext.com/docs/command_line.html)
/// * JetBrains: `idea --line 42 file` (jetbrains.com/help/idea/opening-files-from-command-line.html)
/// * Kate: `kate --line 42 file` (docs.kde.org, Kate, Command Line Options); TextMate: `mate --line 42 file` (`mate --help`)
/// * gedit, xed, pluma, BBEdit, Emacs and Vim: `+42 file` (their man pages)
/// * Mousepad and Geany: `--line=42 file` (their man pages); Notepad++: `-n42 file` (npp-user-manual.org, Command Prompt)
const EDITORS: &[Editor] = &[
    editor("vscode", "Visual Studio Code", &["code"], VSCODE),
    editor("vscode-insiders", "VS Code Insiders", &["code-insiders"], VSCODE),
    editor("vscodium", "VSCodium", &["codium", "vscodium"], VSCODE),
    editor("cursor", "Cursor", &["cursor"], VSCODE),
    editor("windsurf", "Windsurf", &["windsurf"], VSCODE),
    editor("zed", "Zed", &["zed", "zeditor"], Goto::Colon(&[])),
    editor("sublime", "Sublime Text", &["subl", "sublime_text"], Goto::Colon(&[])),
    editor("idea", "IntelliJ IDEA", &["idea", "intellij-idea-ultimate", "intellij-idea-community"], Goto::Line),
    editor("pycharm", "PyCharm", &["pycharm", "pycharm-professional", "pycharm-community"], Goto::Line),
    editor("webstorm", "WebStorm", &["webstorm"], Goto::Line),
    editor("goland", "GoLand", &["goland"], Goto::Line),
    editor("rustrover", "RustRover", &["rustrover"], Goto::Line),
    editor("phpstorm", "PhpStorm", &["phpstorm"], Goto::Line),
    editor("rubymine", "RubyMine", &["rubymine"], Goto::Line),
    editor("clion", "CLion", &["clion"], Goto::Line),
    editor("kate", "Kate", &["kate"], Goto::Line),
    editor("gedit", "gedit", &["gedit"], Goto::Plus),
    editor("xed", "Xed", &["xed"], Goto::Plus),
    editor("pluma", "Pluma", &["pluma"], Goto::Plus),
    editor("mousepad", "Mousepad", &["mousepad"], Goto::LineIs),
    editor("geany", "Geany", &["geany"], Goto::LineIs),
    editor("textmate", "TextMate", &["mate"], Goto::Line),
    editor("bbedit", "BBEdit", &["bbedit"], Goto::Plus),
    editor("notepad++", "Notepad++", &["notepad++"], Goto::N),
    editor("gvim", "GVim", &["gvim", "mvim"], Goto::Plus),
    editor("emacs", "Emacs", &["emacs"], Goto::Plus),
];

impl Editor {
    fn program(&self, env: &Env) -> Option<PathBuf> {
        self.programs.iter().find_map(|name| resolve(env, name, None))
    }

    /// The words after the program. The path is absolute, so that no name can be an option.
    fn words(&self, path: &Path, line: Option<usize>) -> Vec<OsString> {
        debug_assert!(path.is_absolute());
        let path = path.as_os_str().to_owned();
        let Some(line) = line else { return vec![path] };
        match self.goto {
            Goto::Colon(before) => {
                let mut place = path;
                place.push(format!(":{line}"));
                before.iter().map(OsString::from).chain([place]).collect()
            }
            Goto::Plus => vec![format!("+{line}").into(), path],
            Goto::Line => vec!["--line".into(), line.to_string().into(), path],
            Goto::LineIs => vec![format!("--line={line}").into(), path],
            Goto::N => vec![format!("-n{line}").into(), path],
        }
    }
}

/// The editors of this computer.
pub(super) fn there(env: &Env) -> Vec<EditorChoice> {
    let there = EDITORS.iter().filter(|editor| editor.program(env).is_some());
    there.map(|editor| EditorChoice { id: editor.id.to_owned(), name: editor.name.to_owned() }).collect()
}

/// Whether there is such an editor, on any computer.
pub(super) fn is_known(id: &str) -> bool {
    EDITORS.iter().any(|editor| editor.id == id)
}

impl Session {
    /// Opens a config file in the user's editor, else in what the desktop opens such files with.
    pub fn edit(&mut self, file: &str, at: Option<usize>) -> Result<(), Failure> {
        let wanted = self.settings_or_usual().editor;
        let judged = self.seen();
        let found = judged.machine.files.iter().find(|found| found.id == file).ok_or_else(|| unknown("file"))?;
        let path = found.path.clone();
        if !path.is_absolute() || !path.is_file() {
            return Err(refused(format!("{} is not there", line(&found.shown))));
        }
        let env = &self.env;
        let chosen = wanted.and_then(|id| EDITORS.iter().find(|editor| editor.id == id));
        let found = |editor: &'static Editor| Some((editor, editor.program(env)?));
        let editor = chosen.and_then(found).or_else(|| EDITORS.iter().find_map(found));
        let Some((editor, program)) = editor else {
            return by_desktop(&path).then_some(()).ok_or_else(|| Failure {
                hint: Some(format!("Open it yourself: {}", line(&path.to_string_lossy()))),
                ..refused("no editor that opens such a file was found".to_owned())
            });
        };
        start(&program, &editor.words(&path, at)).map_err(|error| Failure {
            hint: Some("Choose another editor in the settings.".to_owned()),
            ..refused(format!("{} could not be started: {error}", editor.name))
        })
    }
}

/// Starts a program that outlives us.
fn start(program: &Path, words: &[OsString]) -> std::io::Result<()> {
    let mut command = Command::new(program);
    command.args(words);
    detached(command).map(drop)
}

/// Opens a file in what the desktop opens such files with; whether there is such a program. The one that the desktop
/// gives for it (`xdg-open`) is there without any, and only says so by how it ends.
fn by_desktop(path: &Path) -> bool {
    if !cfg!(target_os = "linux") {
        return open::that_detached(path).is_ok();
    }
    open::commands(path).into_iter().any(|command| {
        let Ok(end) = detached(command) else { return false };
        match end.recv_timeout(SOON) {
            Ok(end) => end.is_ok_and(|end| end.success()),
            // It still runs, and shows it.
            Err(error) => error == RecvTimeoutError::Timeout,
        }
    })
}

/// By then a program that found nothing to open a file with has ended.
const SOON: Duration = Duration::from_secs(2);

/// Starts a program that outlives us, and hears nothing of us; how it ended, once it has.
fn detached(mut command: Command) -> std::io::Result<Receiver<std::io::Result<ExitStatus>>> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    let (ended, end) = channel();
    // Somebody has to take notice of its end, or it stays in the list of processes.
    std::thread::spawn(move || ended.send(child.wait()));
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_editor_is_told_the_line_in_its_own_way() {
        let words = |id: &str, line| {
            let editor = EDITORS.iter().find(|editor| editor.id == id).unwrap();
            let words = editor.words(Path::new("/home/a/.cursor/mcp.json"), line);
            words.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        for (id, told) in [
            ("vscode", "--goto /home/a/.cursor/mcp.json:7"),
            ("cursor", "--goto /home/a/.cursor/mcp.json:7"),
            ("zed", "/home/a/.cursor/mcp.json:7"),
            ("sublime", "/home/a/.cursor/mcp.json:7"),
            ("idea", "--line 7 /home/a/.cursor/mcp.json"),
            ("kate", "--line 7 /home/a/.cursor/mcp.json"),
            ("gedit", "+7 /home/a/.cursor/mcp.json"),
            ("mousepad", "--line=7 /home/a/.cursor/mcp.json"),
            ("notepad++", "-n7 /home/a/.cursor/mcp.json"),
        ] {
            assert_eq!(words(id, Some(7)), told, "{id}");
        }
        assert!(EDITORS.iter().all(|editor| words(editor.id, None) == "/home/a/.cursor/mcp.json"));
    }

    #[test]
    fn an_editor_has_one_id() {
        let mut ids: Vec<&str> = EDITORS.iter().map(|editor| editor.id).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
