//! Names are looked up in Rust, and with this computer's own name servers only.
//!
//! reqwest can use the same resolver by itself, but then asks public servers
//! of a company when `/etc/resolv.conf` cannot be read. And it asks servers also
//! for a name that `/etc/hosts` knows, for its addresses of the other version.

use std::fs::{self, File};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use hickory_resolver::config::{LookupIpStrategy, ResolveHosts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::Query;
use hickory_resolver::proto::rr::{self, RecordType};
use hickory_resolver::system_conf::parse_resolv_conf;
use hickory_resolver::{Hosts, TokioResolver};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::OnceCell;

/// A name that `/etc/hosts` does not know, and nobody to ask.
#[derive(Debug, thiserror::Error)]
#[error("/etc/hosts does not know that name, and /etc/resolv.conf names no server to ask")]
pub(crate) struct NoServers;

/// Looks names up, as reqwest asks for it.
pub(crate) struct Names {
    servers: PathBuf,
    hosts: PathBuf,
    ready: Arc<OnceCell<Ready>>,
}

/// What the two files say.
struct Ready {
    hosts: Hosts,
    /// None if there is nobody to ask.
    resolver: Option<TokioResolver>,
}

impl Names {
    /// `servers` is a file as resolv.conf(5) has it, `hosts` one as hosts(5).
    pub(crate) fn new(servers: impl Into<PathBuf>, hosts: impl Into<PathBuf>) -> Names {
        Names { servers: servers.into(), hosts: hosts.into(), ready: Arc::default() }
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let (servers, hosts, ready) = (self.servers.clone(), self.hosts.clone(), Arc::clone(&self.ready));
        Box::pin(async move {
            // Not before the first name: it has to run inside the runtime.
            let ready = ready.get_or_try_init(|| async { Ready::read(servers, hosts) }).await?;
            let mut found = ready.known(name.as_str());
            if found.is_empty() {
                let resolver = ready.resolver.as_ref().ok_or(NoServers)?;
                found.extend(resolver.lookup_ip(name.as_str()).await?.iter());
            }
            Ok(Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

impl Ready {
    fn read(servers: PathBuf, hosts: PathBuf) -> Result<Ready, NetError> {
        let mut known = Hosts::default();
        // As far as it can be read: a system without one does without it.
        let _ = File::open(hosts).and_then(|file| known.read_hosts_conf(file));
        let asked = fs::read(servers).ok().and_then(|bytes| parse_resolv_conf(bytes).ok());
        let resolver = asked.map(|(config, mut options)| {
            options.ip_strategy = LookupIpStrategy::Ipv6AndIpv4;
            options.use_hosts_file = ResolveHosts::Never;
            let resolver = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
            resolver.with_options(options).build()
        });
        Ok(Ready { hosts: known, resolver: resolver.transpose()? })
    }

    /// The addresses that the file of hosts has for a name.
    fn known(&self, name: &str) -> Vec<IpAddr> {
        let Ok(name) = rr::Name::from_ascii(name) else { return Vec::new() };
        let kinds = [RecordType::AAAA, RecordType::A].map(|kind| Query::query(name.clone(), kind));
        let found = kinds.iter().filter_map(|query| self.hosts.lookup_static_host(query));
        found
            .flat_map(|found| found.answers().iter().filter_map(|record| record.data.ip_addr()).collect::<Vec<_>>())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a name with this `resolv.conf` (`None`: there is none).
    fn found(servers: Option<&str>, name: &str) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let [resolv, hosts] = ["resolv.conf", "hosts"].map(|file| folder.path().join(file));
        servers.inspect(|text| fs::write(&resolv, text).unwrap());
        fs::write(&hosts, "192.0.2.7 mcp.example.com other\n2001:db8::7 OTHER\n").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let found = runtime.block_on(Names::new(resolv, hosts).resolve(name.parse().unwrap()));
        found.map(|found| found.map(|address| address.ip().to_string()).collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn only_the_servers_of_this_computer_are_asked() {
        let here = |addresses: &[&str]| Ok(addresses.iter().map(ToString::to_string).collect::<Vec<_>>());
        for servers in [None, Some(""), Some("# none\nsearch example.com\n"), Some("nameserver nonsense\n")] {
            assert_eq!(found(servers, "elsewhere.example.com"), Err(NoServers.to_string()), "{servers:?}");
            assert_eq!(found(servers, "mcp.example.com"), here(&["192.0.2.7"]), "{servers:?}");
        }
        // Nobody is at that address, and nobody is asked for a name that is known.
        for (name, addresses) in [("mcp.example.com", &["192.0.2.7"][..]), ("other", &["2001:db8::7", "192.0.2.7"])] {
            assert_eq!(found(Some("nameserver 192.0.2.1\n"), name), here(addresses), "{name}");
        }
    }
}
