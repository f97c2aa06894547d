//! Names, asked of this computer's own name servers.
//!
//! A static program loads no NSS module, so `getaddrinfo` is of no use here.
//! What `/etc/hosts` knows is asked of nobody; the files are read each time,
//! because they change when a computer changes its network.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::message::{A, AAAA, Answer, Question};

/// One server has so long to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers of both kinds come together; one that is missing is waited for no longer than this.
const STRAGGLER: Duration = Duration::from_millis(500);

/// As in resolv.conf(5).
const MOST_SERVERS: usize = 3;
const ROUNDS: usize = 2;
const DNS: u16 = 53;

/// The two files that say who is where.
pub(super) struct Names {
    servers: PathBuf,
    hosts: PathBuf,
}

impl Default for Names {
    fn default() -> Names {
        Names::new("/etc/resolv.conf", "/etc/hosts")
    }
}

impl Names {
    /// `servers` is a file as resolv.conf(5) has it, `hosts` one as hosts(5).
    pub(super) fn new(servers: impl Into<PathBuf>, hosts: impl Into<PathBuf>) -> Names {
        Names { servers: servers.into(), hosts: hosts.into() }
    }

    /// All addresses of a name; none when there is no such name. An error when
    /// nobody could be asked, or nobody answered.
    pub(super) fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let known = known(&self.hosts, name);
        if !known.is_empty() {
            return Ok(known);
        }
        let servers = servers(&self.servers);
        if servers.is_empty() {
            return Err(io::Error::other("/etc/resolv.conf names no server to ask"));
        }
        let mut failure = io::Error::from(io::ErrorKind::TimedOut);
        for _ in 0..ROUNDS {
            for server in &servers {
                match ask(*server, name) {
                    Ok(addresses) => return Ok(addresses),
                    Err(error) => failure = error,
                }
            }
        }
        Err(failure)
    }
}

/// Asks one server for both kinds of addresses.
fn ask(server: SocketAddr, name: &str) -> io::Result<Vec<IpAddr>> {
    let here: SocketAddr =
        if server.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    // The system gives a random port, and what comes from elsewhere is dropped.
    let socket = UdpSocket::bind(here)?;
    socket.connect(server)?;
    let mut open = Vec::new();
    for kind in [AAAA, A] {
        let mut id = [0; 2];
        getrandom::fill(&mut id).map_err(io::Error::other)?;
        let question = Question { id: u16::from_be_bytes(id), name: name.to_owned(), kind };
        let bytes = question.encode().ok_or(io::ErrorKind::InvalidInput)?;
        socket.send(&bytes)?;
        open.push((question, bytes));
    }
    let (mut found, mut answered, mut until) = (Vec::new(), false, Instant::now() + PATIENCE);
    while !open.is_empty() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        socket.set_read_timeout(Some(left))?;
        let mut bytes = [0; 4096];
        let length = match socket.recv(&mut bytes) {
            Ok(length) => length,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => break,
            Err(error) => return Err(error),
        };
        let read = |(at, (question, _)): (usize, &(Question, _))| {
            question.read_answer(&bytes[..length]).map(|answer| (at, answer))
        };
        let Some((at, mut answer)) = open.iter().enumerate().find_map(read) else { continue };
        let (question, asked) = open.swap_remove(at);
        if answer == Answer::Truncated {
            answer = ask_at_length(server, &question, &asked)?;
        }
        match answer {
            Answer::Found(addresses) => found.extend(addresses),
            Answer::NoSuchName => return Ok(Vec::new()),
            Answer::Truncated | Answer::Failed => continue,
        }
        answered = true;
        until = Instant::now() + STRAGGLER;
    }
    if answered { Ok(found) } else { Err(io::ErrorKind::TimedOut.into()) }
}

/// The same by TCP, for an answer that no datagram holds.
fn ask_at_length(server: SocketAddr, question: &Question, asked: &[u8]) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let length = u16::try_from(asked.len()).expect("a name is short").to_be_bytes();
    stream.write_all(&[&length, asked].concat())?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut bytes)?;
    Ok(question.read_answer(&bytes).unwrap_or(Answer::Failed))
}

/// What a file of hosts has for a name.
fn known(hosts: &Path, name: &str) -> Vec<IpAddr> {
    // A system without one does without it.
    let text = fs::read_to_string(hosts).unwrap_or_default();
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let address = words.next().and_then(|word| word.parse::<IpAddr>().ok());
        if words.any(|word| word.strip_suffix('.').unwrap_or(word).eq_ignore_ascii_case(name)) {
            found.extend(address);
        }
    }
    found
}

fn servers(file: &Path) -> Vec<SocketAddr> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let words = text.lines().map(str::split_whitespace);
    let named = words.filter_map(|mut words| words.next().filter(|word| *word == "nameserver").and(words.next()));
    let addresses = named.filter_map(|word| word.parse::<IpAddr>().ok().map(|address| (address, DNS).into()));
    addresses.take(MOST_SERVERS).collect()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::super::message::Code;
    use super::*;

    #[test]
    fn the_files_of_the_system_are_read_as_it_does() {
        let folder = tempfile::tempdir().unwrap();
        let [resolv, hosts] = ["resolv.conf", "hosts"].map(|file| folder.path().join(file));
        let names = Names::new(&resolv, &hosts);
        assert!(names.look_up("mcp.example.com").unwrap_err().to_string().contains("names no server"));
        let text =
            "# 1.1.1.1 no\n192.0.2.7 mcp.example.com other # third\n2001:db8::7\tMCP.example.com.\nx mcp.example.com\n";
        fs::write(&hosts, text).unwrap();
        let known: Vec<String> = names.look_up("mcp.example.com").unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(known, ["192.0.2.7", "2001:db8::7"]);
        assert!(names.look_up("third").is_err());
        let text = "search x\n#nameserver 9.9.9.9\nnameserver nonsense\nnameserver 192.0.2.1\n nameserver ::1\n\
            nameserver 192.0.2.2\nnameserver 192.0.2.3\n";
        fs::write(&resolv, text).unwrap();
        let found: Vec<String> = servers(&resolv).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["192.0.2.1:53", "[::1]:53", "192.0.2.2:53"]);
    }

    #[test]
    fn a_server_is_asked_for_both_kinds() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let at = server.local_addr().unwrap();
        let expected: Vec<IpAddr> = ["2606:4700::1", "1.2.3.4"].map(|text| text.parse().unwrap()).into();
        let (given, expected) = (expected.clone(), expected);
        let answering = thread::spawn(move || {
            for _ in 0..2 {
                let mut bytes = [0; 512];
                let (length, from) = server.recv_from(&mut bytes).unwrap();
                let question = Question::decode(&bytes[..length]).unwrap();
                assert_eq!(question.name, "api.example.com");
                // A forged one is passed over.
                let forged = Question { id: question.id ^ 1, ..question.clone() };
                server.send_to(&forged.answer(Code::NoSuchName, &[]).unwrap(), from).unwrap();
                server.send_to(&question.answer(Code::Found, &given).unwrap(), from).unwrap();
            }
        });
        let mut found = ask(at, "api.example.com").unwrap();
        found.sort_unstable();
        answering.join().unwrap();
        assert_eq!(found, [expected[1], expected[0]]);
    }
}
