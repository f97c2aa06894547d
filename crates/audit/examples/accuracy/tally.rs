//! Counting what was found, what was missed and what is none.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Labels that a person looked at and found wrong: lines as `--list` prints
/// them, each with its reason behind ` ## `.
#[derive(Default)]
pub(crate) struct Disputed(Vec<String>);

impl Disputed {
    /// `None`: no label is disputed.
    pub(crate) fn read(file: Option<&Path>) -> Result<Disputed> {
        let Some(file) = file else { return Ok(Disputed::default()) };
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let rows = text.lines().filter(|line| !line.trim().is_empty()).map(|line| {
            let (row, reason) = line.split_once(" ## ").with_context(|| format!("no reason: {line}"))?;
            println!("left out, the label is wrong: {row}: {reason}");
            Ok(row.trim_end().to_owned())
        });
        Ok(Disputed(rows.collect::<Result<_>>()?))
    }

    pub(crate) fn has(&self, line: &str) -> bool {
        self.0.iter().any(|row| line.starts_with(row))
    }
}

/// The disagreements.
pub(crate) struct Lines<'a> {
    disputed: &'a Disputed,
    all: Vec<String>,
}

impl Lines<'_> {
    pub(crate) fn new(disputed: &Disputed) -> Lines<'_> {
        Lines { disputed, all: Vec::new() }
    }

    pub(crate) fn print(&self) {
        self.all.iter().for_each(|line| println!("{line}"));
    }
}

/// One class of faults.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) right: usize,
    pub(crate) missed: usize,
    pub(crate) wrong: usize,
    /// Entries that have no such fault, and of which none was reported.
    pub(crate) quiet: usize,
}

impl Tally {
    /// Counts one case, and lists it by `line` if report and label disagree.
    pub(crate) fn count(&mut self, wanted: bool, found: bool, lines: &mut Lines, line: impl Fn(&str) -> String) {
        if wanted != found {
            let line = line(if wanted { "missed" } else { "false" });
            if lines.disputed.has(&line) {
                return;
            }
            lines.all.push(line);
        }
        let field = match (wanted, found) {
            (true, true) => &mut self.right,
            (true, false) => &mut self.missed,
            (false, true) => &mut self.wrong,
            (false, false) => &mut self.quiet,
        };
        *field += 1;
    }

    /// The share of what was reported that is right; 1 where nothing was.
    pub(crate) fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    /// The share of what is there that was reported; 1 where nothing is.
    pub(crate) fn recall(&self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    /// Prints a row; whether both aims are met.
    pub(crate) fn row(&self, name: &str, precision: f64, recall: f64) -> bool {
        let good = self.precision() >= precision && self.recall() >= recall;
        println!(
            "  {name:<22} right {:>4}  missed {:>3}  false {:>3}  quiet {:>5}   precision {:.3} (aim {precision})  \
             recall {:.3} (aim {recall}){}",
            self.right,
            self.missed,
            self.wrong,
            self.quiet,
            self.precision(),
            self.recall(),
            if good { "" } else { "  below the aim" }
        );
        good
    }
}

pub(crate) fn share(part: usize, whole: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let share = part as f64 / whole as f64;
    if whole == 0 { 1.0 } else { share }
}
