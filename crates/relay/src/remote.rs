//! The approved server: where it is and what it is told, keys put in.
//!
//! The only place that decides whether a URL may be spoken to. Credentials go
//! to the one origin that was approved, by https or to this computer itself.

use std::collections::BTreeMap;

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Url};
use warder_launch::profile;
use warder_launch::release::{ReleaseError, Released};

/// Why a server cannot be spoken to. Names only: a value may be a key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RemoteError {
    #[error(transparent)]
    Release(#[from] ReleaseError),
    #[error("its URL cannot be read")]
    Url,
    #[error("its URL is neither https nor on this computer")]
    Open,
    #[error("a key decides which host its URL names")]
    Host,
    #[error("its header {0} cannot be sent")]
    Header(String),
}

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
pub(crate) const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");

/// What says where a message ends is nobody's to choose.
const FRAMING: [HeaderName; 7] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Where the server is, and the headers of every request to it.
#[derive(Clone)]
pub(crate) struct Remote {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
}

impl Remote {
    /// The approved remote with its keys put in.
    pub(crate) fn of(approved: &profile::Remote, keys: &Released) -> Result<Remote, RemoteError> {
        let filled = keys.fill(&approved.url)?;
        let url = Url::parse(&filled).map_err(|_| RemoteError::Url)?;
        if !protected(&url) {
            return Err(RemoteError::Open);
        }
        if Url::parse(&approved.url).is_ok_and(|written| !same_origin(&written, &url)) {
            return Err(RemoteError::Host);
        }
        let mut headers = HeaderMap::new();
        for (name, value) in values(approved, keys)? {
            let unfit = || RemoteError::Header(name.to_owned());
            let named = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit())?;
            if FRAMING.contains(&named) {
                return Err(unfit());
            }
            let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| unfit())?;
            value.set_sensitive(true);
            headers.insert(named, value);
        }
        Ok(Remote { url, headers })
    }

    /// A request to it: its own headers, and those that the transport needs,
    /// whose word is the last.
    pub(crate) fn request(&self, http: &Client, method: Method, headers: HeaderMap) -> RequestBuilder {
        http.request(method, self.url.clone()).headers(self.headers.clone()).headers(headers)
    }

    /// The host and port, as a person reads them.
    pub(crate) fn place(&self) -> String {
        place(&self.url)
    }
}

/// The headers with their keys, by name.
pub(crate) fn values<'a>(
    approved: &'a profile::Remote,
    keys: &Released,
) -> Result<BTreeMap<&'a str, String>, RemoteError> {
    let fill = |(name, value): (&'a String, &String)| Ok((name.as_str(), keys.fill(value)?));
    approved.headers.iter().map(fill).collect()
}

/// Whether two URLs name the same server: scheme, host and port.
pub(crate) fn same_origin(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin() && one.origin().is_tuple()
}

/// Host and port alone: the rest of a URL may hold a key.
pub(crate) fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or("no host");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether nobody on the way can read what is sent there.
fn protected(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => is_here(url),
        _ => false,
    }
}

/// Whether the URL names this computer itself.
pub(crate) fn is_here(url: &Url) -> bool {
    // Brackets stand around an address of version 6.
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_this_computer_are_protected() {
        for (url, expected) in [
            ("https://mcp.example.com/mcp", true),
            ("http://localhost:3000/mcp", true),
            ("http://127.0.0.1/", true),
            ("http://127.8.9.1:1/", true),
            ("http://[::1]:3000/", true),
            ("http://mcp.example.com/mcp", false),
            ("http://localhost.example.com/", false),
            ("http://127.0.0.1.example.com/", false),
            ("http://0.0.0.0/", false),
            ("ftp://localhost/", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(protected(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let url = |text: &str| Url::parse(text).unwrap();
        let approved = url("https://mcp.example.com/mcp?key=x");
        for (other, expected) in [
            ("https://mcp.example.com:443/other", true),
            ("https://user@MCP.example.com/", true),
            ("http://mcp.example.com/mcp", false),
            ("https://mcp.example.com:444/mcp", false),
            ("https://example.com/mcp", false),
            ("https://mcp.example.com.evil.net/", false),
        ] {
            assert_eq!(same_origin(&approved, &url(other)), expected, "{other}");
        }
        assert!(!same_origin(&url("data:x"), &url("data:x")));
    }
}
