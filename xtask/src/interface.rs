//! The built interface in Chromium, in front of the real core (`warder rpc`):
//! its tests, and the pictures of the documentation.
//!
//! What drives it is in `ui/tests`; here is only what has to be there first.

use crate::shell::{cargo, run};
use crate::{Outcome, node, system};

/// Every view and sheet: rules of accessibility, keys alone, magnified, hostile and huge homes, fixes there and back.
pub(crate) fn test() -> Outcome {
    core()?;
    node::npm("ui", &["run", "test"])
}

/// `docs/*.png` anew: each view of the made-up home, light and dark.
pub(crate) fn pictures() -> Outcome {
    system::for_test()?;
    node::check()?;
    node::install("ui")?;
    node::npm("ui", &["run", "build"])?;
    core()?;
    node::npm("ui", &["run", "pictures"])
}

/// The core, and the launcher that a fix puts in its place.
fn core() -> Outcome {
    run(&mut cargo(&["build", "-p", "warder-cli", "-p", "warder-launch"]))
}
