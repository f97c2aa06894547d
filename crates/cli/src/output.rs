//! A scan's report in other shapes, and where it goes.

use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use warder_audit::api::{Report, ReportShape};
use warder_audit::session::export;

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
        match (self.shape.named(), &self.output) {
            (Some(shape), Some(path)) => {
                if let Some(config) = export::config_at(report, path) {
                    bail!("{config} is a config that was just read");
                }
                let saved = export::save(path, &export::bytes(report, shape), self.force);
                let saved = saved.map_err(|error| match error.kind() {
                    ErrorKind::AlreadyExists => anyhow!("there is such a file already; --force replaces it"),
                    _ => error.into(),
                });
                saved.with_context(|| format!("writing {}", path.display()))?;
                print::talk(&format!("The report is in {}.", warder_audit::redact::line(&path.to_string_lossy())));
                Ok(())
            }
            (Some(shape), None) => print::streamed(|out| Ok(export::write(report, shape, out)?)),
            (None, _) => {
                print::report(report);
                Ok(())
            }
        }
    }
}

impl Shape {
    /// `None`: the text for a terminal.
    fn named(&self) -> Option<ReportShape> {
        match self {
            Shape { sarif: true, .. } => Some(ReportShape::Sarif),
            Shape { json: true, .. } => Some(ReportShape::Json),
            Shape { html: true, .. } => Some(ReportShape::Html),
            Shape { markdown: true, .. } => Some(ReportShape::Markdown),
            Shape { .. } => None,
        }
    }
}
