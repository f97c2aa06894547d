//! Two messages to the kernel's routing (rtnetlink(7)): an address becomes one
//! of this network namespace's own, and which ones a computer has.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with};

/// Kinds of messages.
const ERROR: u16 = 2;
const DONE: u16 = 3;
const NEW_ADDRESS: u16 = 20;
const GET_ADDRESS: u16 = 22;
const NEW_ROUTE: u16 = 24;

/// Flags of a request.
const REQUEST: u16 = 0x1;
const ACKNOWLEDGE: u16 = 0x4;
const DUMP: u16 = 0x300;
const CREATE: u16 = 0x400;

/// Of an address: itself on the near side, and of either.
const ADDRESS_ANY: u16 = 1;
const ADDRESS_LOCAL: u16 = 2;

/// Of a route.
const DESTINATION: u16 = 1;
const OUTGOING: u16 = 4;

/// The first interface of every network namespace.
const LOOPBACK: u32 = 1;

/// The kernel's table of local addresses, a route to here, one made by hand.
const TABLE_LOCAL: u8 = 255;
const TYPE_LOCAL: u8 = 2;
const BY_HAND: u8 = 4;
const SCOPE_HOST: u8 = 254;

const HEADER: usize = 16;

/// A way to the kernel, of one network namespace.
pub(super) struct Routing(OwnedFd);

impl Routing {
    pub(super) fn open() -> io::Result<Routing> {
        // NETLINK_ROUTE is protocol 0, the one that is taken when none is named.
        Ok(Routing(socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?))
    }

    /// What is sent to this address arrives here. Needs `CAP_NET_ADMIN`.
    pub(super) fn make_local(&self, address: IpAddr) -> io::Result<()> {
        let mut body = vec![family(address), bits(address), 0, 0, TABLE_LOCAL, BY_HAND, SCOPE_HOST, TYPE_LOCAL];
        body.extend(0u32.to_ne_bytes());
        let octets = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        for (kind, data) in [(DESTINATION, octets), (OUTGOING, LOOPBACK.to_ne_bytes().to_vec())] {
            let length = u16::try_from(4 + data.len()).expect("an address is short");
            body.extend([length.to_ne_bytes(), kind.to_ne_bytes()].concat());
            body.extend(data);
        }
        self.ask(NEW_ROUTE, REQUEST | ACKNOWLEDGE | CREATE, &body)?;
        let mut bytes = [0; 4096];
        let (length, _) = recv(&self.0, &mut bytes, RecvFlags::empty())?;
        let code = bytes[..length].get(HEADER..HEADER + 4).and_then(|code| code.try_into().ok());
        match code.map(i32::from_ne_bytes) {
            Some(0) => Ok(()),
            Some(code) if -code == Errno::EXIST.raw_os_error() => Ok(()),
            Some(code) => Err(io::Error::from_raw_os_error(-code)),
            None => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// The addresses of all interfaces but the first one, `lo`: what an
    /// administrator puts there besides `127.0.0.1` is for the outside.
    pub(super) fn addresses(&self) -> io::Result<Vec<IpAddr>> {
        // Any family; the rest is for other requests.
        self.ask(GET_ADDRESS, REQUEST | DUMP, &[0; 8])?;
        let mut found = Vec::new();
        let mut buffer = vec![0; 32_768];
        loop {
            let (length, _) = recv(&self.0, &mut buffer[..], RecvFlags::empty())?;
            let mut bytes = &buffer[..length];
            while let Some((kind, body, rest)) = message(bytes) {
                match kind {
                    DONE => return Ok(found),
                    ERROR => return Err(io::ErrorKind::InvalidData.into()),
                    NEW_ADDRESS => found.extend(address(body)),
                    _ => {}
                }
                bytes = rest;
            }
        }
    }

    fn ask(&self, kind: u16, flags: u16, body: &[u8]) -> io::Result<()> {
        let length = u32::try_from(HEADER + body.len()).expect("a message is short");
        let mut message = length.to_ne_bytes().to_vec();
        message.extend([kind.to_ne_bytes(), flags.to_ne_bytes()].concat());
        message.extend([0; 8]);
        message.extend(body);
        send(&self.0, &message, SendFlags::empty())?;
        Ok(())
    }
}

fn family(address: IpAddr) -> u8 {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    u8::try_from(family.as_raw()).expect("both are small")
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The first message: its kind, what it holds, and the ones after it.
fn message(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = usize::try_from(u32::from_ne_bytes(bytes.get(..4)?.try_into().ok()?)).ok()?;
    let kind = u16::from_ne_bytes(bytes.get(4..6)?.try_into().ok()?);
    let body = bytes.get(HEADER..length)?;
    Some((kind, body, bytes.get(length.next_multiple_of(4)..).unwrap_or_default()))
}

/// The address of an `ifaddrmsg`, unless it is one of `lo`.
fn address(body: &[u8]) -> Option<IpAddr> {
    let index = u32::from_ne_bytes(body.get(4..8)?.try_into().ok()?);
    let (mut rest, mut found) = (body.get(8..)?, None);
    while let Some(head) = rest.first_chunk::<4>() {
        let length = usize::from(u16::from_ne_bytes([head[0], head[1]]));
        let kind = u16::from_ne_bytes([head[2], head[3]]);
        let data = rest.get(4..length)?;
        let v4 = <[u8; 4]>::try_from(data).map(|octets| IpAddr::from(Ipv4Addr::from(octets)));
        let read = v4.or_else(|_| <[u8; 16]>::try_from(data).map(|octets| IpAddr::from(Ipv6Addr::from(octets))));
        // Between two points, the other kind is the far side's.
        if kind == ADDRESS_LOCAL || (kind == ADDRESS_ANY && found.is_none()) {
            found = read.ok().or(found);
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    found.filter(|_| index != LOOPBACK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_are_what_this_computer_answers_to() {
        for address in Routing::open().unwrap().addresses().unwrap() {
            // An address is one's own if one can be reached at it; those of a link need its name.
            let is_link = matches!(address, IpAddr::V6(address) if address.is_unicast_link_local());
            assert!(is_link || std::net::UdpSocket::bind((address, 0)).is_ok(), "{address}");
            assert!(!address.is_loopback());
        }
    }
}
