//! Who answers behind a URL.

mod domains;
pub mod ephemeral_endpoint;
pub mod lookalike_domain;
pub mod unknown_operator;

use url::{Host, Url};

use crate::finding::ServerIndex;
use crate::machine::Machine;
use crate::rules::endpoint::{Address, Distance, Endpoint, distance, endpoint, parse};
use crate::rules::{Check, Findings, Rule, servers};
use crate::server::Server;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] = &[&ephemeral_endpoint::RULE, &lookalike_domain::RULE, &unknown_operator::RULE];

/// A server that is reached over a network.
struct Remote<'a> {
    index: ServerIndex,
    server: &'a Server,
    address: Address<'a>,
    url: Url,
    distance: Distance,
}

impl Remote<'_> {
    /// The name of its computer; `None` for a number.
    fn name(&self) -> Option<&str> {
        match self.url.host() {
            Some(Host::Domain(name)) => Some(name.trim_end_matches('.')),
            _ => None,
        }
    }

    /// Name or number.
    fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }
}

/// Every server whose computer is known by name or number. For one that has
/// no address at all `check` counts as made.
fn remotes<'a>(machine: &'a Machine, found: &mut Findings, check: Check) -> Vec<Remote<'a>> {
    let mut remotes = Vec::new();
    for (index, server) in servers(machine) {
        let address = match endpoint(server) {
            Endpoint::At(address) => address,
            Endpoint::Nowhere => {
                found.evaluated(index, check);
                continue;
            }
            Endpoint::Unknown => continue,
        };
        let Some(url) = parse(address.url) else { continue };
        let Some(distance) = url.host().map(|host| distance(&host, machine.env.os)) else { continue };
        remotes.push(Remote { index, server, address, url, distance });
    }
    remotes
}
