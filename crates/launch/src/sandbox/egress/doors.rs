//! The doors, served: what a server says first decides whom it reaches.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use super::hello::{self, Hello};
use super::message::{A, AAAA, Code, Question};
use super::proxy::{self, Request};
use super::refusals::Refusal;
use super::{Egress, Unreachable, relay};

/// The port whose first words say by name whom they are for.
const HTTPS: u16 = 443;

/// For a program to say what it wants, once it is connected.
const PATIENCE: Duration = Duration::from_secs(30);

/// For its first words, where nothing needs them but to tell names apart.
const SHORT_PATIENCE: Duration = Duration::from_secs(5);

/// A program that uses the proxy.
pub(super) fn proxied(egress: &Egress, server: &TcpStream) {
    // Who closes early gets no answer.
    let _ = proxied_whole(egress, server);
}

fn proxied_whole(egress: &Egress, mut server: &TcpStream) -> io::Result<()> {
    server.set_read_timeout(Some(PATIENCE))?;
    server.set_write_timeout(Some(PATIENCE))?;
    let head = proxy::read_head(&mut server)?;
    let asked = head.and_then(|(head, rest)| Some((Request::parse(&head)?, rest)));
    let Some((Request { host, port, head }, rest)) = asked else {
        let answer = proxy::answer("400 Bad Request", "Warder's proxy takes CONNECT and http:// requests.");
        return server.write_all(answer.as_bytes());
    };
    let reached = match egress.reach(&host, port, &[]) {
        Ok(reached) => reached,
        Err(why) => {
            let (status, sentence) = match why {
                Unreachable::NotAllowed => ("403 Forbidden", "Warder does not allow this server to reach that host."),
                Unreachable::LeadsHome => ("403 Forbidden", "That name leads to this computer or its network."),
                Unreachable::Nowhere => ("502 Bad Gateway", "There is no such name."),
                Unreachable::Failed(error) => {
                    ("502 Bad Gateway", &*format!("That host cannot be reached: {}.", error.kind()))
                }
            };
            return server.write_all(proxy::answer(status, sentence).as_bytes());
        }
    };
    server.set_write_timeout(None)?;
    let other = match head {
        Some(head) => relay::join(server, &reached, &[head, rest].concat(), None)?,
        None => {
            server.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            let for_whom = (port == HTTPS).then_some(host.as_str());
            relay::join(server, &reached, &rest, for_whom)?
        }
    };
    if let Some(host) = other.filter(|host| !egress.allows(host, port)) {
        egress.refusals.add(Refusal::NotAllowed { host, port });
    }
    Ok(())
}

/// A program that connects to an address by itself.
pub(super) fn direct(egress: &Egress, server: &TcpStream) {
    // Who was refused finds the connection closed.
    let _ = direct_whole(egress, server);
}

fn direct_whole(egress: &Egress, mut server: &TcpStream) -> io::Result<()> {
    let there = server.local_addr()?;
    let (address, port) = (there.ip().to_canonical(), there.port());
    let told = egress.told(address);
    // To an address that it did not get by a name, nothing leads.
    let Some(latest) = told.first() else { return Ok(()) };
    let (mut name, mut sent) = (latest.name.clone(), Vec::new());
    if port == HTTPS {
        // Whoever speaks TLS begins; one who waits could name another host later, unseen.
        server.set_read_timeout(Some(SHORT_PATIENCE))?;
        let (hello, taken) = hello::read(&mut server)?;
        match hello {
            Hello::Name(named) => name = named,
            Hello::Broken => return Ok(()),
            Hello::Nameless | Hello::Other => {}
        }
        sent = taken;
    }
    // The address that it chose comes first.
    let known = told.into_iter().find(|known| known.name == name);
    let mut addresses = known.map_or_else(Vec::new, |known| known.addresses);
    addresses.sort_by_key(|other| *other != address);
    match egress.reach(&name, port, &addresses) {
        Ok(reached) => relay::join(server, &reached, &sent, None).map(drop),
        Err(_) => Ok(()),
    }
}

/// A program that asks for a name.
pub(super) fn answer(egress: &Egress, question: &Question, socket: &UdpSocket, from: SocketAddr) {
    let (code, addresses) = resolve(egress, question);
    if let Some(answer) = question.answer(code, &addresses) {
        // It asks again if nothing comes.
        let _ = socket.send_to(&answer, from);
    }
}

fn resolve(egress: &Egress, question: &Question) -> (Code, Vec<IpAddr>) {
    let name = &question.name;
    if !egress.hosts.iter().any(|host| host.ports().any(|port| host.allows(name, port))) {
        // Programs ask for both kinds of addresses at once; that is one try.
        if question.kind != AAAA {
            egress.refusals.add(Refusal::NotAllowed { host: name.clone(), port: HTTPS });
        }
        return (Code::NoSuchName, Vec::new());
    }
    if !matches!(question.kind, A | AAAA) {
        return (Code::Found, Vec::new());
    }
    match egress.look_up(name) {
        // All of them: where one does not answer, another may.
        Ok(addresses) => match egress.lead(name, addresses) {
            Ok(addresses) => (Code::Found, addresses),
            Err(_) => (Code::Failed, Vec::new()),
        },
        Err(Unreachable::Failed(_)) => (Code::Failed, Vec::new()),
        Err(_) => (Code::NoSuchName, Vec::new()),
    }
}
