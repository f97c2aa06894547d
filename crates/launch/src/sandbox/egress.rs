//! Names that a fenced server may reach, and nothing else: `Network::Hosts`.
//!
//! The sandbox has a network of its own with nobody in it. The inner stage
//! opens doors there (`inside.rs`): a proxy, a name server, and the allowed
//! ports of whatever address the name server told. They are served out here,
//! where it is decided by name, the name is looked up once, addresses that are
//! not of the open internet are dropped, and what is left is dialled.
//!
//! The limits: what an allowed host does with what it gets is not seen, and
//! behind a proxy of the user's own, where a name leads is that proxy's to say.

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::{Host, SandboxError, Variables};
use crate::stderr::tell;

mod address;
mod doors;
mod hello;
mod inside;
mod message;
mod names;
mod netlink;
mod proxy;
mod refusals;
mod relay;

pub(super) use inside::open_doors;
pub use refusals::Reporter;

use names::Names;
use proxy::Upstream;
use refusals::{Refusal, Refusals};

/// The first port tried for the proxy inside.
const PROXY: u16 = 3128;

/// Each address of a host has so long to answer, unless it is the last one.
const PATIENCE: Duration = Duration::from_secs(5);
const LAST_PATIENCE: Duration = Duration::from_secs(20);

/// After an error, such as that no descriptors are left: it passes when others
/// are closed, and asking without end would only take the processor.
const BREATH: Duration = Duration::from_millis(100);

/// Connections and questions at a time.
const MOST_OPEN: usize = 256;

/// Names that were told, and addresses that lead to the doors.
const MOST_KNOWN: usize = 512;
const MOST_LED: usize = 4096;

/// The files inside that say where names are asked for.
pub(super) fn settings() -> [(&'static str, Vec<u8>); 2] {
    let resolver = format!("nameserver {}\n", inside::RESOLVER);
    [("/etc/resolv.conf", resolver.into()), ("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n".into())]
}

/// What decides for one start.
pub(super) struct Egress {
    hosts: Vec<Host>,
    upstream: Option<Upstream>,
    names: Names,
    refusals: Refusals,
    /// To the inner stage.
    inner: Mutex<OwnedFd>,
    told: Mutex<Told>,
    open: AtomicUsize,
}

/// What the server was told.
#[derive(Default)]
struct Told {
    /// The latest last.
    known: VecDeque<Known>,
    /// Never taken back.
    led: BTreeSet<IpAddr>,
}

/// A name, and where it leads.
#[derive(Clone)]
struct Known {
    name: String,
    /// All are of the open internet.
    addresses: Vec<IpAddr>,
}

/// Why there is no connection.
enum Unreachable {
    /// The user did not allow it.
    NotAllowed,
    /// It is allowed, but leads to this computer or its neighbours.
    LeadsHome,
    /// There is no such name.
    Nowhere,
    Failed(io::Error),
}

impl From<io::Error> for Unreachable {
    fn from(error: io::Error) -> Unreachable {
        Unreachable::Failed(error)
    }
}

impl Egress {
    /// Prepares doors for these hosts. The variables are the server's: a proxy
    /// that stands there is the user's own and used from here, and the one
    /// inside takes its place. The descriptor is for the inner stage.
    pub(super) fn prepare(
        hosts: Vec<Host>,
        reporter: Reporter,
        variables: &mut Variables,
    ) -> Result<(Egress, OwnedFd), SandboxError> {
        let ports: BTreeSet<u16> = hosts.iter().flat_map(Host::ports).collect();
        if ports.len() > inside::MOST_PORTS {
            let reason = format!("hosts at more than {} different ports are allowed to it", inside::MOST_PORTS);
            return Err(SandboxError::Refused { reason });
        }
        let upstream = Upstream::of(variables).map_err(|reason| SandboxError::Refused { reason })?;
        let proxy = (PROXY..).find(|port| !ports.contains(port)).expect("there are few ports");
        proxied(variables, proxy);
        let prepared = inside::pair().and_then(|(inner, theirs)| {
            inside::ask_for_doors(&inner, proxy, &ports.iter().copied().collect::<Vec<_>>())?;
            Ok((inner, theirs, Refusals::new(reporter)?))
        });
        let (inner, theirs, refusals) = prepared.map_err(SandboxError::Io)?;
        let egress = Egress {
            hosts,
            upstream,
            names: Names::default(),
            refusals,
            inner: Mutex::new(inner),
            told: Mutex::default(),
            open: AtomicUsize::new(0),
        };
        Ok((egress, theirs))
    }

    /// Serves the doors from now on; the inner stage has opened them.
    pub(super) fn serve(self: &Arc<Egress>) -> io::Result<()> {
        let doors = inside::take_doors(&lock(&self.inner))?;
        self.attend(doors.proxy, doors::proxied)?;
        let Some(direct) = doors.direct else {
            tell("this system lets only programs that use a proxy reach their hosts");
            return Ok(());
        };
        for port in direct.ports {
            self.attend(port, doors::direct)?;
        }
        let egress = Arc::clone(self);
        spawn(move || egress.tell_names(&direct.names))
    }

    /// Waits until what was refused is written.
    pub(super) fn finish(&self) {
        self.refusals.finish();
    }

    /// Serves one door, with a thread for each connection.
    fn attend(self: &Arc<Egress>, door: TcpListener, serve: fn(&Egress, &TcpStream)) -> io::Result<()> {
        let egress = Arc::clone(self);
        spawn(move || {
            loop {
                match door.accept() {
                    // Of too many, those that came last are turned away.
                    Ok((server, _)) => egress.aside(move |egress| serve(egress, &server)),
                    Err(_) => thread::sleep(BREATH),
                }
            }
        })
    }

    /// Does this in a thread, unless there are too many.
    fn aside(self: &Arc<Egress>, work: impl FnOnce(&Egress) + Send + 'static) {
        let egress = Arc::clone(self);
        if egress.open.fetch_add(1, Ordering::Relaxed) < MOST_OPEN {
            let done = Done(Arc::clone(&egress));
            // Without a thread there is no connection, and `done` is dropped.
            let _ = spawn(move || {
                work(&egress);
                drop(done);
            });
        } else {
            egress.open.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Answers what the server asks of names, until the end.
    fn tell_names(self: &Arc<Egress>, socket: &UdpSocket) {
        let Ok(answering) = socket.try_clone() else { return };
        let answering = Arc::new(answering);
        let mut bytes = [0; 1024];
        loop {
            let Ok((length, from)) = socket.recv_from(&mut bytes) else {
                thread::sleep(BREATH);
                continue;
            };
            let Some(question) = message::Question::decode(&bytes[..length]) else { continue };
            let answering = Arc::clone(&answering);
            self.aside(move |egress| doors::answer(egress, &question, &answering, from));
        }
    }

    fn allows(&self, name: &str, port: u16) -> bool {
        self.hosts.iter().any(|host| host.allows(name, port))
    }

    /// Connects to what is allowed: a name without a dot at its end; `known`, if
    /// it was told already where that is.
    fn reach(&self, name: &str, port: u16, known: &[IpAddr]) -> Result<TcpStream, Unreachable> {
        if !self.allows(name, port) {
            self.refusals.add(Refusal::NotAllowed { host: name.to_owned(), port });
            return Err(Unreachable::NotAllowed);
        }
        let Some(upstream) = &self.upstream else {
            let addresses = if known.is_empty() { self.look_up(name)? } else { known.to_vec() };
            return Ok(dial(&addresses, port)?);
        };
        // Only the proxy may know this name; but what is known here counts.
        if let Err(Unreachable::LeadsHome) = self.look_up(name) {
            return Err(Unreachable::LeadsHome);
        }
        let proxies =
            upstream.address().map_or_else(|| self.names.look_up(&upstream.host), |address| Ok(vec![address]))?;
        let proxy = dial(&proxies, upstream.port)?;
        upstream.open(&proxy, name, port)?;
        Ok(proxy)
    }

    /// The addresses of an allowed name that may be dialled; at least one.
    fn look_up(&self, name: &str) -> Result<Vec<IpAddr>, Unreachable> {
        let mut addresses = self.names.look_up(name)?;
        if addresses.is_empty() {
            return Err(Unreachable::Nowhere);
        }
        addresses.retain(|address| address::is_public(*address));
        if !addresses.is_empty() {
            let own = netlink::Routing::open()?.addresses()?;
            addresses.retain(|address| !own.contains(address));
        }
        if addresses.is_empty() {
            self.refusals.add(Refusal::LeadsHome { host: name.to_owned() });
            return Err(Unreachable::LeadsHome);
        }
        addresses.truncate(2 * message::MOST_ADDRESSES);
        Ok(addresses)
    }

    /// Leads these addresses to the doors, and remembers whose they are. Comes
    /// back with those that the server can be told.
    fn lead(&self, name: &str, mut addresses: Vec<IpAddr>) -> io::Result<Vec<IpAddr>> {
        let inner = lock(&self.inner);
        let mut told = lock(&self.told);
        for address in &addresses {
            let is_new = !told.led.contains(address);
            if is_new && told.led.len() < MOST_LED && inside::lead_here(&inner, *address)? {
                told.led.insert(*address);
            }
        }
        addresses.retain(|address| told.led.contains(address));
        told.known.retain(|known| known.name != name);
        told.known.push_back(Known { name: name.to_owned(), addresses: addresses.clone() });
        if told.known.len() > MOST_KNOWN {
            told.known.pop_front();
        }
        Ok(addresses)
    }

    /// The names that the server was told are at this address, the latest first.
    fn told(&self, address: IpAddr) -> Vec<Known> {
        let told = lock(&self.told);
        told.known.iter().rev().filter(|known| known.addresses.contains(&address)).cloned().collect()
    }
}

/// One less is open when this goes, however its thread ends.
struct Done(Arc<Egress>);

impl Drop for Done {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().stack_size(relay::STACK).spawn(work).map(drop)
}

/// These addresses in turn, and no others.
fn dial(addresses: &[IpAddr], port: u16) -> io::Result<TcpStream> {
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    for (at, address) in addresses.iter().enumerate() {
        let patience = if at + 1 == addresses.len() { LAST_PATIENCE } else { PATIENCE };
        match TcpStream::connect_timeout(&SocketAddr::new(*address, port), patience) {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Tells programs of the proxy inside, in all the ways that they read, and of no other.
fn proxied(variables: &mut Variables, port: u16) {
    const WAYS: [&str; 3] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    let is_proxy = |name: &std::ffi::OsStr| {
        let name = name.to_string_lossy().to_ascii_uppercase();
        WAYS.contains(&name.as_str()) || name == "NO_PROXY" || name == "FTP_PROXY"
    };
    variables.retain(|name, _| !is_proxy(name));
    for way in WAYS {
        let proxy = format!("http://127.0.0.1:{port}");
        variables.insert(way.to_ascii_lowercase().into(), proxy.clone().into());
        variables.insert(way.into(), proxy.into());
    }
    for none in ["NO_PROXY", "no_proxy"] {
        variables.insert(none.into(), "".into());
    }
    // Node reads the others only if it is told to, from 22.21 and 24 on.
    variables.insert("NODE_USE_ENV_PROXY".into(), "1".into());
}

fn lock<T>(value: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    value.lock().expect("nothing panics while it is held")
}
