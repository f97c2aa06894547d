//! Counting what was found, what was missed and what is none.

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
    /// Counts one case; whether report and label disagree.
    pub(crate) fn count(&mut self, wanted: bool, found: bool) -> bool {
        let field = match (wanted, found) {
            (true, true) => &mut self.right,
            (true, false) => &mut self.missed,
            (false, true) => &mut self.wrong,
            (false, false) => &mut self.quiet,
        };
        *field += 1;
        wanted != found
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
