//! What a sandbox brings for the score beside its own finding: a package is then installed in the store at an exact
//! version, without its scripts, and is looked at there.

use crate::rules::Check;
use crate::server::Server;
use crate::server::command::{Ecosystem, Payload};

/// Whether a sandbox settles what this rule finds on its server.
pub(super) fn is_settled(rule: &str) -> bool {
    ["unpinned-package", "install-script"].contains(&rule)
}

/// Whether this can be looked at once the server's package is in the store. `fresh`: the lists are of today.
pub(super) fn is_seen(server: &Server, check: Check, fresh: bool) -> bool {
    let Some(launch) = server.command().map(|command| &command.launch) else { return false };
    let Payload::Package(package) = &launch.payload else { return false };
    let stored = matches!(package.ecosystem, Ecosystem::Npm | Ecosystem::Pypi);
    stored
        && match check {
            Check::InstallScripts | Check::Licence | Check::RepositoryLink => true,
            Check::Vulnerabilities => fresh && launch.inner.is_none(),
            _ => false,
        }
}
