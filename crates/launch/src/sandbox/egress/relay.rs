//! Bytes between a server and a host that it may reach.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use super::hello::{self, Hello};

/// A host that says nothing for so long is asked whether it is still there.
const IDLE: Duration = Duration::from_secs(60);

/// For a connection's two threads, which only copy.
pub(super) const STACK: usize = 256 << 10;

/// Passes bytes both ways until both sides are done. `sent` is what the server
/// said already; `for_whom`: what it says to a host by TLS must be for this
/// name, and if it names another one, that is the answer, and nothing of it
/// was passed on.
pub(super) fn join(
    server: &TcpStream,
    host: &TcpStream,
    sent: &[u8],
    for_whom: Option<&str>,
) -> io::Result<Option<String>> {
    for side in [server, host] {
        side.set_nodelay(true)?;
        side.set_read_timeout(None)?;
        rustix::net::sockopt::set_socket_keepalive(side, true)?;
        rustix::net::sockopt::set_tcp_keepidle(side, IDLE)?;
    }
    thread::scope(|both| {
        thread::Builder::new().stack_size(STACK).spawn_scoped(both, || copy(host, server))?;
        let other = there(server, host, sent, for_whom);
        if !matches!(other, Ok(None)) {
            for side in [server, host] {
                // It may be closed already.
                let _ = side.shutdown(Shutdown::Both);
            }
        }
        other
    })
}

fn there(server: &TcpStream, mut host: &TcpStream, sent: &[u8], for_whom: Option<&str>) -> io::Result<Option<String>> {
    let Some(name) = for_whom else {
        host.write_all(sent)?;
        copy(server, host);
        return Ok(None);
    };
    let (hello, taken) = hello::read(&mut sent.chain(server))?;
    match hello {
        Hello::Name(other) if other != name => return Ok(Some(other)),
        Hello::Broken => return Err(io::ErrorKind::InvalidData.into()),
        Hello::Name(_) | Hello::Nameless | Hello::Other => {}
    }
    host.write_all(&taken)?;
    // More may have been said than the first words.
    host.write_all(sent.get(taken.len()..).unwrap_or_default())?;
    copy(server, host);
    Ok(None)
}

/// To the end of one side, which then is the other's end too.
fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    let end = if io::copy(&mut from, &mut to).is_ok() { Shutdown::Write } else { Shutdown::Both };
    // It may be closed already.
    let _ = to.shutdown(end);
}
