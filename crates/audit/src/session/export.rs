//! A report in a shape to take away, as a new file that only its owner reads.
//!
//! The window and the command line write through here. Nothing is ever replaced
//! that was not agreed to, and no config that was just read at all. The window names
//! only places where a report is nothing but a report; a person at a terminal, any.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

use super::Session;
use super::failures::refused;
use crate::api::{Exported, Failure, FileState, Report, ReportShape};
use crate::clients::Os;
use crate::day::{Day, written};
use crate::env::Env;
use crate::redact::line;
use crate::report::{html, markdown, sarif};

/// A report as the bytes of a file.
pub fn bytes(report: &Report, shape: ReportShape) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(report, shape, &mut bytes).expect("memory takes every byte");
    bytes
}

/// The same, written as it is made: a report of a large home has megabytes.
/// Fails only where `out` fails.
pub fn write(report: &Report, shape: ReportShape, out: &mut impl Write) -> io::Result<()> {
    match shape {
        ReportShape::Html => out.write_all(html::html(report).as_bytes()),
        ReportShape::Markdown => out.write_all(markdown::markdown(report).as_bytes()),
        ReportShape::Sarif => lines(&sarif::sarif(report), out),
        ReportShape::Json => lines(report, out),
    }
}

fn lines(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Writes a new file (0600). What is there is replaced only if `replace` says so, and then in one step.
pub fn save(path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "it names no file"))?;
    let new = if replace {
        let mut beside = OsString::from(format!(".warder-{}-", std::process::id()));
        beside.push(name);
        path.with_file_name(beside)
    } else {
        path.to_owned()
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    let placed = file.write_all(bytes).and_then(|()| if replace { fs::rename(&new, path) } else { Ok(()) });
    if placed.is_err() {
        // What stands there half written is of no use to anybody.
        let _ = fs::remove_file(&new);
    }
    placed
}

/// The config of a report that a path leads to; it must not be written over.
pub fn config_at<'a>(report: &'a Report, path: &Path) -> Option<&'a str> {
    let same = |file: &str| Some(fs::canonicalize(file).ok()? == fs::canonicalize(path).ok()?);
    let read = report.files.iter().filter(|file| file.state != FileState::Missing);
    read.filter(|file| same(&file.path) == Some(true)).map(|file| file.shown.as_str()).next()
}

impl Session {
    /// Writes the report of the last scan to a new file: this one, or one in the user's downloads.
    pub fn export(&mut self, shape: ReportShape, path: Option<&str>) -> Result<Exported, Failure> {
        let report = self.seen().report();
        let bytes = bytes(&report, shape);
        let path = match path {
            Some(path) => self.to(shape, Path::new(path), &bytes, &report)?,
            None => self.to_downloads(shape, &bytes)?,
        };
        let exported = Exported { path: line(&path.to_string_lossy()), shown: line(&self.env.shown(&path)) };
        self.exported = Some(path);
        Ok(exported)
    }

    /// Where a report goes when no place is named.
    pub fn export_place(&self, shape: ReportShape) -> Result<Exported, Failure> {
        let path = self.usual(shape).find(|path| path.symlink_metadata().is_err()).ok_or_else(|| self.full())?;
        Ok(Exported { path: line(&path.to_string_lossy()), shown: line(&self.env.shown(&path)) })
    }

    /// Opens what was exported last in the program that the desktop has for it.
    pub fn open_report(&mut self) -> Result<(), Failure> {
        let none = || refused("no report was exported yet".to_owned());
        let path = self.exported.as_ref().filter(|path| path.is_file()).ok_or_else(none)?;
        open::that_detached(path).map_err(|error| Failure {
            hint: Some(format!("Open {} yourself.", line(&self.env.shown(path)))),
            ..refused(format!("no program could be started for the report: {error}"))
        })
    }

    fn to(&self, shape: ReportShape, path: &Path, bytes: &[u8], report: &Report) -> Result<PathBuf, Failure> {
        let shown = line(&path.to_string_lossy());
        if !path.is_absolute() {
            return Err(refused(format!("{shown} is no absolute path")));
        }
        if let Some(config) = config_at(report, path) {
            return Err(refused(format!("{config} is a config that was just read")));
        }
        self.fits(shape, path)?;
        match save(path, bytes, false) {
            Ok(()) => Ok(path.to_owned()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(Failure {
                hint: Some("Choose another name.".to_owned()),
                ..refused(format!("{shown} is there already"))
            }),
            Err(error) => Err(refused(format!("{shown} cannot be written: {error}"))),
        }
    }

    /// A report holds what configs say, so it goes nowhere where a program would take it for something
    /// of its own: a shell's start file, a folder of settings.
    fn fits(&self, shape: ReportShape, path: &Path) -> Result<(), Failure> {
        let shown = line(&path.to_string_lossy());
        let ending = ending(shape);
        let no = |why: String, hint: &str| Failure { hint: Some(hint.to_owned()), ..refused(format!("{shown} {why}")) };
        if path.components().any(|part| part == Component::ParentDir) {
            return Err(no("leads back through ..".to_owned(), "Name the folder itself."));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            return Err(no("would be a hidden file".to_owned(), "Choose a name that does not begin with a dot."));
        }
        if !name.strip_suffix(ending).is_some_and(|name| name.len() > 1 && name.ends_with('.')) {
            return Err(no(format!("does not end with .{ending}"), "Choose a name with the ending of the report."));
        }
        let folder = path.parent().and_then(|folder| folder.canonicalize().ok()).filter(|folder| folder.is_dir());
        let Some(folder) = folder else {
            return Err(no("lies in a folder that is not there".to_owned(), "Choose a folder that is there."));
        };
        // Where links lead to is what counts.
        let home = self.env.home.canonicalize().unwrap_or_else(|_| self.env.home.clone());
        let below = folder.strip_prefix(home).unwrap_or(Path::new(""));
        if below.components().any(|part| part.as_os_str().to_string_lossy().starts_with('.')) {
            return Err(no(
                "lies in a hidden folder, where programs keep what they read".to_owned(),
                "Choose another folder, for example your downloads.",
            ));
        }
        Ok(())
    }

    fn to_downloads(&self, shape: ReportShape, bytes: &[u8]) -> Result<PathBuf, Failure> {
        for path in self.usual(shape) {
            match save(&path, bytes, false) {
                Ok(()) => return Ok(path),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => {
                    let shown = line(&self.env.shown(&path));
                    return Err(refused(format!("{shown} cannot be written: {error}")));
                }
            }
        }
        Err(self.full())
    }

    /// `warder-2026-11-30.html`, then the next numbers.
    fn usual(&self, shape: ReportShape) -> impl Iterator<Item = PathBuf> {
        let folder = downloads(&self.env);
        let days = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs() / 86_400;
        let day = written(self.env.today.unwrap_or_else(|| Day::try_from(days()).unwrap_or_default()));
        let ending = ending(shape);
        (1..1000).map(move |number| {
            let again = if number == 1 { String::new() } else { format!("-{number}") };
            folder.join(format!("warder-{day}{again}.{ending}"))
        })
    }

    fn full(&self) -> Failure {
        refused(format!("{} holds too many reports of today", line(&self.env.shown(&downloads(&self.env)))))
    }
}

/// How the name of such a file ends.
fn ending(shape: ReportShape) -> &'static str {
    match shape {
        ReportShape::Html => "html",
        ReportShape::Markdown => "md",
        ReportShape::Sarif => "sarif",
        ReportShape::Json => "json",
    }
}

/// The user's folder of downloads; the home where there is none.
fn downloads(env: &Env) -> PathBuf {
    let named = (env.os == Os::Linux).then(|| {
        let config = env.vars.get("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let config = config.unwrap_or_else(|| env.home.join(".config"));
        let text = fs::read_to_string(config.join("user-dirs.dirs")).ok()?;
        let value = text.lines().find_map(|line| line.trim().strip_prefix("XDG_DOWNLOAD_DIR="))?.trim_matches('"');
        // Elsewhere than in the home it may be another disk, or nobody's.
        Some(env.home.join(value.strip_prefix("$HOME/")?))
    });
    let usual = env.home.join("Downloads");
    let folders = [named.flatten(), Some(usual)].into_iter().flatten();
    folders.into_iter().find(|folder| folder.is_dir()).unwrap_or_else(|| env.home.clone())
}
