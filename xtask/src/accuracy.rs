//! `cargo xtask accuracy DIR`: how well Warder reads and judges a labelled
//! collection of client configs. `docs/accuracy.md` says what is measured.

use crate::shell::{cargo, run};
use crate::{Outcome, root};

/// `words`: the folder, then options of the measurement, such as `--strings --list`.
pub(crate) fn accuracy(words: &[&str]) -> Outcome {
    let [folder, options @ ..] = words else { return Err("say which folder: cargo xtask accuracy DIR".to_owned()) };
    let folder = std::path::absolute(folder).map_err(|source| format!("cannot find {folder}: {source}"))?;
    run(&mut cargo(&["build", "--quiet", "-p", "warder-cli"]))?;
    let mut measure = cargo(&["run", "--quiet", "-p", "warder-audit", "--example", "accuracy", "--"]);
    run(measure.arg(root().join("target/debug/warder")).arg(folder).args(options))
}
