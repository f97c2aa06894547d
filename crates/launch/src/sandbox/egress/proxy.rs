//! A proxy as HTTP has it (RFC 9110, 9.3.6; RFC 9112, 3.2): the one that
//! programs inside talk to, and the one that the user's own network may need.
//!
//! Reads no further than whom a request is for; bodies and answers pass unread.

use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpStream};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::sandbox::Variables;

/// A longer head of a request is refused.
const LONGEST_HEAD: usize = 64 << 10;

/// For a proxy's answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whom a request is for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) host: String,
    pub(super) port: u16,
    /// What to send there first; none of a tunnel, which the program fills itself.
    pub(super) head: Option<Vec<u8>>,
}

/// The head of a request or an answer, and what came after it; `None` if it
/// ends early or is too long.
pub(super) fn read_head(from: &mut impl Read) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
    let mut head = Vec::new();
    let mut part = [0; 4096];
    loop {
        let length = from.read(&mut part)?;
        // An end may be cut in two.
        let looked_at = head.len().saturating_sub(3);
        head.extend_from_slice(&part[..length]);
        if let Some(end) = head[looked_at..].windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let rest = head.split_off(looked_at + end + 4);
            return Ok(Some((head, rest)));
        }
        if length == 0 || head.len() > LONGEST_HEAD {
            return Ok(None);
        }
    }
}

impl Request {
    /// `None` of what no proxy can do.
    pub(super) fn parse(head: &[u8]) -> Option<Request> {
        let head = std::str::from_utf8(head).ok()?.strip_suffix("\r\n\r\n")?;
        if head.split("\r\n").any(|line| line.contains(['\r', '\n', '\0'])) {
            return None;
        }
        let (first, headers) = head.split_once("\r\n").unwrap_or((head, ""));
        let words: Vec<&str> = first.split(' ').collect();
        let [method, target, version] = words[..] else { return None };
        if !matches!(version, "HTTP/1.1" | "HTTP/1.0") || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        if method == "CONNECT" {
            let (host, port) = authority(target)?;
            return Some(Request { host, port: port?, head: None });
        }
        let start = target.get(..7).filter(|start| start.eq_ignore_ascii_case("http://"))?;
        let rest = &target[start.len()..];
        let (named, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (host, port) = authority(named)?;
        let slash = if path.starts_with('/') { "" } else { "/" };
        let path = path.split('#').next().unwrap_or_default();
        let mut sent = format!("{method} {slash}{path} {version}\r\nHost: {named}\r\n");
        for line in headers.split("\r\n").filter(|line| !line.is_empty()) {
            let name = line.split_once(':')?.0.to_ascii_lowercase();
            if name.is_empty() || name.contains(|c: char| !c.is_ascii_graphic()) {
                return None;
            }
            // What is for the next hop alone; and the name is the one that was allowed.
            let own = ["host", "connection", "keep-alive", "upgrade"].contains(&name.as_str());
            if !own && !name.starts_with("proxy-") {
                sent.push_str(line);
                sent.push_str("\r\n");
            }
        }
        // Another request, to somebody else perhaps, comes by a connection of its own.
        sent.push_str("Connection: close\r\n\r\n");
        Some(Request { host, port: port.unwrap_or(80), head: Some(sent.into_bytes()) })
    }
}

/// A host and its port.
fn authority(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port.parse().ok()?)),
        _ => (text, None),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let host = host.strip_suffix('.').unwrap_or(host);
    let named = !host.is_empty() && host.len() <= 255 && host.bytes().all(|byte| byte.is_ascii_graphic());
    (named && !host.contains(['@', '/', '[', ']', ','])).then(|| (host.to_ascii_lowercase(), port))
}

/// An answer of the proxy's own, with a sentence to read.
pub(super) fn answer(status: &str, sentence: &str) -> String {
    let length = sentence.len() + 1;
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{sentence}\n"
    )
}

/// The way out that the user's own network needs.
pub(super) struct Upstream {
    pub(super) host: String,
    pub(super) port: u16,
    /// `user:password` in base64.
    login: Option<Zeroizing<String>>,
}

impl Upstream {
    /// The one that these variables name, if any. They are the user's, approved;
    /// an error is a sentence that holds no value.
    pub(super) fn of(variables: &Variables) -> Result<Option<Upstream>, String> {
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            let value = variables.get(std::ffi::OsStr::new(name)).filter(|value| !value.is_empty());
            if let Some(value) = value {
                let parsed = value.to_str().and_then(Upstream::parse);
                let failed = || format!("the proxy in {name} is no plain http:// proxy, and no other can be used");
                return parsed.map(Some).ok_or_else(failed);
            }
        }
        Ok(None)
    }

    fn parse(text: &str) -> Option<Upstream> {
        let rest = match text.split_once("://") {
            Some((scheme, rest)) => scheme.eq_ignore_ascii_case("http").then_some(rest)?,
            None => text,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (login, named) = rest.rsplit_once('@').map_or((None, rest), |(login, named)| (Some(login), named));
        let (host, port) = authority(named)?;
        let login = login.map(|login| {
            let bytes = Zeroizing::new(unescaped(login));
            Zeroizing::new(data_encoding::BASE64.encode(&bytes))
        });
        Some(Upstream { host, port: port.unwrap_or(80), login })
    }

    /// Asks the proxy at the other end of this connection for a way to `name`.
    pub(super) fn open(&self, mut proxy: &TcpStream, name: &str, port: u16) -> io::Result<()> {
        proxy.set_read_timeout(Some(PATIENCE))?;
        let mut asked = Zeroizing::new(format!("CONNECT {name}:{port} HTTP/1.1\r\nHost: {name}:{port}\r\n"));
        if let Some(login) = &self.login {
            asked.push_str("Proxy-Authorization: Basic ");
            asked.push_str(login);
            asked.push_str("\r\n");
        }
        asked.push_str("\r\n");
        proxy.write_all(asked.as_bytes())?;
        // Byte by byte: what follows is the server's.
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") && head.len() < LONGEST_HEAD {
            proxy.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        proxy.set_read_timeout(None)?;
        let accepted = [&b"HTTP/1.1 2"[..], b"HTTP/1.0 2"].iter().any(|start| head.starts_with(start));
        if accepted { Ok(()) } else { Err(io::Error::other("the proxy of this computer refused")) }
    }

    /// Its address, if it is named by that.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

/// `%2f` and its like as the bytes they stand for.
fn unescaped(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whom(head: &str) -> Option<(String, u16)> {
        Request::parse(head.as_bytes()).map(|request| (request.host, request.port))
    }

    #[test]
    fn a_request_is_for_one_host() {
        for (head, host, port) in [
            ("CONNECT api.example.com:443 HTTP/1.1\r\nHost: evil.net\r\n\r\n", "api.example.com", 443),
            ("CONNECT API.example.com.:443 HTTP/1.1\r\n\r\n", "api.example.com", 443),
            ("CONNECT [2606:4700::1]:443 HTTP/1.1\r\n\r\n", "2606:4700::1", 443),
            ("GET http://api.example.com/x?y HTTP/1.1\r\n\r\n", "api.example.com", 80),
            ("GET HTTP://api.example.com:8080 HTTP/1.0\r\n\r\n", "api.example.com", 8080),
            ("POST http://127.0.0.1?x HTTP/1.1\r\nA: b\r\n\r\n", "127.0.0.1", 80),
        ] {
            assert_eq!(whom(head), Some((host.into(), port)), "{head}");
        }
        for head in [
            "CONNECT api.example.com HTTP/1.1\r\n\r\n",
            "CONNECT api.example.com:99999 HTTP/1.1\r\n\r\n",
            "CONNECT :443 HTTP/1.1\r\n\r\n",
            "CONNECT a b:443 HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n",
            "GET https://api.example.com/ HTTP/1.1\r\n\r\n",
            "GET http://api.example.com@evil.net/ HTTP/1.1\r\n\r\n",
            "GET http://a,b/ HTTP/1.1\r\n\r\n",
            "GET http:///x HTTP/1.1\r\n\r\n",
            "GET http://a.com/ HTTP/2\r\n\r\n",
            "GET http://a.com/ HTTP/1.1\r\nno colon\r\n\r\n",
            "GET http://a.com/ HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
            "GET http://a.com/ HTTP/1.1\r\nA: b\nHost: evil.net\r\n\r\n",
            "GET http://a.com/ HTTP/1.1\r\n",
            "",
        ] {
            assert_eq!(whom(head), None, "{head}");
        }
    }

    #[test]
    fn a_plain_request_is_passed_on_for_its_host_alone() {
        let head = "GET http://a.example.com:80?q#part HTTP/1.1\r\nHost: evil.net\r\nProxy-Authorization: x\r\n\
            Accept: */*\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\n";
        let sent = Request::parse(head.as_bytes()).unwrap().head.unwrap();
        let expected = "GET /?q HTTP/1.1\r\nHost: a.example.com:80\r\nAccept: */*\r\nContent-Length: 3\r\n\
            Connection: close\r\n\r\n";
        assert_eq!(String::from_utf8(sent).unwrap(), expected);
    }

    #[test]
    fn a_head_ends_where_it_ends() {
        struct Slowly<'a>(&'a [u8]);
        impl Read for Slowly<'_> {
            fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
                let most = to.len().min(3);
                self.0.read(&mut to[..most])
            }
        }
        let (head, rest) = read_head(&mut Slowly(b"GET / HTTP/1.1\r\nA: b\r\n\r\nbody")).unwrap().unwrap();
        assert_eq!(head, b"GET / HTTP/1.1\r\nA: b\r\n\r\n");
        assert!(b"body".starts_with(&rest));
        assert!(read_head(&mut &b"GET / HTTP/1.1\r\n"[..]).unwrap().is_none());
        assert!(read_head(&mut io::repeat(b'a')).unwrap().is_none());
    }

    #[test]
    fn the_users_own_proxy_is_understood_or_refused() {
        let of = |name: &str, value: &str| Upstream::of(&Variables::from([(name.into(), value.into())]));
        for (value, host, port, login) in [
            ("http://proxy.corp:3128", "proxy.corp", 3128, None),
            ("http://proxy.corp/", "proxy.corp", 80, None),
            ("10.0.0.1:8080", "10.0.0.1", 8080, None),
            ("http://u:p%40%zz@[::1]:1", "::1", 1, Some("dTpwQCV6eg==")),
        ] {
            let upstream = of("https_proxy", value).unwrap().unwrap();
            let login = login.map(str::to_owned);
            assert_eq!((upstream.host.as_str(), upstream.port), (host, port));
            assert_eq!(upstream.login.map(|login| login.to_string()), login);
        }
        for value in ["https://proxy.corp", "socks5h://proxy.corp", "http://", "http://a b"] {
            assert!(of("ALL_PROXY", value).err().unwrap().contains("ALL_PROXY"));
        }
        assert!(of("HTTPS_PROXY", "").unwrap().is_none() && of("HTTP_PROXY", "http://a:1").unwrap().is_none());
    }
}
