//! Where a key is left: any file below a folder, any command line.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use data_encoding::BASE64_NOPAD;

use crate::rows::MARK;

/// The lines of `grep -l`: every file that holds a key as it is (in JSON and in URLs it is written alike), or in base64,
/// whatever stands before it.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    // By a pipe, so that no command line shows what is looked for.
    let mut grep = Command::new("grep");
    grep.args(["-raFl", "-f", "-", "--"]).arg(folder);
    let mut grep = grep.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let needles = [MARK.to_owned(), base64(0), base64(1), base64(2)].join("\n");
    grep.stdin.take().unwrap().write_all(needles.as_bytes()).unwrap();
    let found = grep.wait_with_output().unwrap();
    assert!(matches!(found.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&found.stderr));
    String::from_utf8_lossy(&found.stdout).lines().map(str::to_owned).collect()
}

/// Whether a text shows a key.
pub(crate) fn shows(text: &str) -> bool {
    text.contains(MARK) || (0..3).any(|shift| text.contains(&base64(shift)))
}

/// The mark in base64, behind `shift` bytes more than a multiple of three: what does not depend on its neighbours.
fn base64(shift: usize) -> String {
    let text = BASE64_NOPAD.encode(format!("{}{MARK}", &"---"[..shift]).as_bytes());
    let first = (shift * 8).div_ceil(6);
    let last = (shift + MARK.len()) * 8 / 6;
    text[first..last].to_owned()
}

/// Every command line on this computer that shows a key: process and words.
pub(crate) fn command_lines() -> Vec<(u32, String)> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let line = |process: fs::DirEntry| {
        let pid = process.file_name().to_str()?.parse().ok()?;
        let words = fs::read(process.path().join("cmdline")).ok()?;
        Some((pid, String::from_utf8_lossy(&words).into_owned()))
    };
    processes.filter_map(line).filter(|(_, words)| shows(words)).collect()
}

#[test]
fn a_key_is_found_however_it_is_written() {
    let home = tempfile::tempdir().unwrap();
    for (index, text) in [
        format!("x{MARK}y"),
        BASE64_NOPAD.encode(format!("{MARK}abc").as_bytes()),
        BASE64_NOPAD.encode(format!("a{MARK}abc").as_bytes()),
        BASE64_NOPAD.encode(format!("ab{MARK}abc").as_bytes()),
        BASE64_NOPAD.encode(format!("abc:{MARK}").as_bytes()),
    ]
    .iter()
    .enumerate()
    {
        let path = home.path().join(format!("{index}"));
        fs::write(&path, [b"\0\xff", text.as_bytes(), b"\0"].concat()).unwrap();
        assert_eq!(files(home.path()), [path.to_string_lossy()], "{text}");
        assert!(shows(text));
        fs::remove_file(&path).unwrap();
    }
    fs::write(home.path().join("other"), "q7Zk2Vx9Lm").unwrap();
    assert!(files(home.path()).is_empty());
}
