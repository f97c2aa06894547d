//! A scan's report in other shapes, and where it goes.

use std::fs::{self, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use warder_audit::api::Report;
use warder_audit::report::{html, markdown, sarif};

use crate::print;

#[derive(Args)]
pub(crate) struct Output {
    #[command(flatten)]
    shape: Shape,
    /// Write it to this file, which only you can read, instead of stdout.
    #[arg(long, value_name = "FILE", requires = "shape")]
    output: Option<PathBuf>,
    /// Replace the file if there is one.
    #[arg(long, requires = "output")]
    force: bool,
}

#[derive(Args)]
#[group(id = "shape", multiple = false)]
struct Shape {
    /// The report as JSON (schema warder.report/1).
    #[arg(long)]
    json: bool,
    /// As SARIF 2.1.0, for code scanning and editors.
    #[arg(long)]
    sarif: bool,
    /// As Markdown, for a pull request or an issue: short, worst first.
    #[arg(long)]
    markdown: bool,
    /// As one HTML file to keep, print or hand on.
    #[arg(long)]
    html: bool,
}

impl Output {
    /// Shows a report as it was asked for.
    pub(crate) fn write(&self, report: &Report) -> Result<()> {
        let shape = &self.shape;
        match &self.output {
            Some(path) => {
                self.save(path, |out| shape.write(report, out))
                    .with_context(|| format!("writing {}", path.display()))?;
                print::talk(&format!("The report is in {}.", warder_audit::redact::line(&path.to_string_lossy())));
                Ok(())
            }
            None if shape.is_text() => {
                print::report(report);
                Ok(())
            }
            None => print::streamed(|out| shape.write(report, out)),
        }
    }

    /// A new file; another one is replaced only by `--force`, and then in one step.
    fn save(&self, path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
        let name = path.file_name().context("it names no file")?;
        let new = if self.force {
            let mut beside = std::ffi::OsString::from(format!(".warder-{}-", std::process::id()));
            beside.push(name);
            path.with_file_name(beside)
        } else {
            path.to_owned()
        };
        let file = private().open(&new).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => anyhow!("there is such a file already; --force replaces it"),
            _ => error.into(),
        })?;
        let mut out = BufWriter::new(file);
        let written = write(&mut out).and_then(|()| Ok(out.flush()?));
        let placed = written.and_then(|()| if self.force { Ok(fs::rename(&new, path)?) } else { Ok(()) });
        if placed.is_err() {
            // What stands there half written is of no use to anybody.
            let _ = fs::remove_file(&new);
        }
        placed
    }
}

impl Shape {
    fn is_text(&self) -> bool {
        !(self.json || self.sarif || self.markdown || self.html)
    }

    fn write(&self, report: &Report, out: &mut dyn Write) -> Result<()> {
        // As a whole: a writer is called for every bracket and comma.
        let mut bytes = match self {
            Shape { sarif: true, .. } => serde_json::to_vec_pretty(&sarif::sarif(report))?,
            Shape { json: true, .. } => serde_json::to_vec_pretty(report)?,
            Shape { html: true, .. } => return Ok(out.write_all(html::html(report).as_bytes())?),
            _ => return Ok(out.write_all(markdown::markdown(report).as_bytes())?),
        };
        bytes.push(b'\n');
        Ok(out.write_all(&bytes)?)
    }
}

/// A file that is new and that only its owner reads.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
