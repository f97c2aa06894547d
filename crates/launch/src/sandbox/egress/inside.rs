//! The inner stage's part: doors in the sandbox's own network, which nobody
//! else is in, handed out to the outer stage, who alone decides and dials.
//!
//! So no socket of the computer's own network ever is inside, and nothing that
//! the server says is read in here. Over one socket: first the ports come in
//! and the doors go out; then each address that the server is told of comes in,
//! and whether it leads to the doors now goes out.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::thread;

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capability_is_in_bounding_set, clear_ambient_capability_set,
    remove_capability_from_bounding_set, set_capabilities,
};

use super::netlink::Routing;
use crate::sandbox::descriptors;

/// Where names are asked for inside.
pub(super) const RESOLVER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 53);
const DNS: u16 = 53;

/// Ports that a server may reach, at most: each has a door, and all of them go over a socket at once.
pub(super) const MOST_PORTS: usize = 32;

/// Listening inside.
pub(super) struct Doors {
    /// For programs that use a proxy.
    pub(super) proxy: TcpListener,
    /// For those that do not; none where the system forbids it.
    pub(super) direct: Option<Direct>,
}

pub(super) struct Direct {
    pub(super) names: UdpSocket,
    pub(super) ports: Vec<TcpListener>,
}

/// The socket's two ends, for the outer stage and the inner one.
pub(super) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?)
}

/// Outside: which doors there are to be, the proxy's port first.
pub(super) fn ask_for_doors(socket: &OwnedFd, proxy: u16, ports: &[u16]) -> io::Result<()> {
    let words = std::iter::once(&proxy).chain(ports).flat_map(|port| port.to_be_bytes());
    send(socket, &words.collect::<Vec<_>>(), SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Outside: the doors, once the inner stage has said that all is well.
pub(super) fn take_doors(socket: &OwnedFd) -> io::Result<Doors> {
    let mut doors = descriptors::receive(socket, RecvFlags::DONTWAIT)?.into_iter();
    let missing = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let proxy = doors.next().ok_or_else(missing)?.into();
    let direct =
        doors.next().map(|names| Direct { names: names.into(), ports: doors.map(TcpListener::from).collect() });
    Ok(Doors { proxy, direct })
}

/// Outside: what the server sends to this address arrives at the doors from
/// now on. False if that cannot be.
pub(super) fn lead_here(socket: &OwnedFd, address: IpAddr) -> io::Result<bool> {
    let octets = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    send(socket, &octets, SendFlags::NOSIGNAL)?;
    let mut answer = [0];
    Ok(recv(socket, &mut answer, RecvFlags::empty())?.0 == 1 && answer == [1])
}

/// Inside: opens the doors, and stays to lead addresses to them. Then this
/// thread, and what it starts, has no capability any more.
pub(in crate::sandbox) fn open_doors(socket: OwnedFd) -> io::Result<()> {
    let mut words = [0; 2 * (1 + MOST_PORTS)];
    let (length, _) = recv(&socket, &mut words, RecvFlags::empty())?;
    let mut ports = words[..length].chunks_exact(2).map(|word| u16::from_be_bytes([word[0], word[1]]));
    let proxy = ports.next().ok_or(io::ErrorKind::UnexpectedEof)?;
    let proxy = TcpListener::bind((Ipv4Addr::LOCALHOST, proxy))?;
    // Some systems take the capabilities from what bubblewrap starts. Programs
    // that use a proxy do without.
    let direct = open_direct(ports).ok();
    let mut doors: Vec<BorrowedFd<'_>> = vec![proxy.as_fd()];
    if let Some((_, direct)) = &direct {
        doors.push(direct.names.as_fd());
        doors.extend(direct.ports.iter().map(AsFd::as_fd));
    }
    descriptors::send(&socket, &doors)?;
    let bounded = if let Some((routing, _)) = direct {
        // The one thread that may still change this network; the server cannot reach it.
        thread::Builder::new().spawn(move || lead(&socket, &routing))?;
        bound_capabilities()
    } else {
        // Who may not use its capabilities may not bound them either.
        bound_capabilities().or(Ok(()))
    };
    bounded?;
    clear_ambient_capability_set()?;
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?;
    Ok(())
}

fn open_direct(ports: impl Iterator<Item = u16>) -> io::Result<(Routing, Direct)> {
    let names = UdpSocket::bind((RESOLVER, DNS))?;
    let ports = ports.map(|port| {
        // Both versions of the protocol, where the system has both.
        let both = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).and_then(|door| {
            let mapped = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
            (door.local_addr()? == mapped && !rustix::net::sockopt::ipv6_v6only(&door)?)
                .then_some(door)
                .ok_or(io::ErrorKind::Unsupported.into())
        });
        both.or_else(|_| TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)))
    });
    let ports = ports.collect::<io::Result<_>>()?;
    Ok((Routing::open()?, Direct { names, ports }))
}

fn lead(socket: &OwnedFd, routing: &Routing) {
    let mut octets = [0; 16];
    // The end of the outer stage is the end of everything.
    while let Ok((length, _)) = recv(socket, &mut octets, RecvFlags::empty()) {
        let address = match length {
            4 => octets.first_chunk::<4>().map(|octets| IpAddr::from(*octets)),
            16 => Some(IpAddr::from(octets)),
            _ => return,
        };
        let led = address.is_some_and(|address| routing.make_local(address).is_ok());
        if send(socket, &[u8::from(led)], SendFlags::NOSIGNAL).is_err() {
            return;
        }
    }
}

/// Nothing that this thread starts can have any again, whoever owns the program.
fn bound_capabilities() -> io::Result<()> {
    for number in 0..u64::BITS {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        match capability_is_in_bounding_set(capability) {
            Ok(true) => remove_capability_from_bounding_set(capability)?,
            Ok(false) => {}
            // The kernel has no more of them.
            Err(_) => break,
        }
    }
    Ok(())
}
