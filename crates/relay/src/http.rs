//! The one HTTP client: whom it trusts, which way it takes, what it refuses.
//!
//! No redirect is followed and nothing comes from the environment but what the
//! profile approved: a proxy or a certificate in a config would see the key.

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Certificate, Client, NoProxy, Proxy, Response, StatusCode, Url, redirect};
use serde_json::value::RawValue;
use warder_launch::environment::Variables;

use crate::remote::{Remote, is_here, place, same_origin};
use crate::stdio::LONGEST;

/// Why there is no client. Names only.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    #[error("the proxy in {0} cannot be read")]
    Proxy(&'static str),
    #[error("the certificates in SSL_CERT_FILE cannot be read")]
    Certificates,
    #[error("the encryption cannot be set up")]
    Tls,
}

/// The variables that matter here, in capitals as in small letters.
pub(crate) const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"];

const CONNECTING: Duration = Duration::from_secs(30);
/// A dead connection is found out without waiting for its answer.
const ALIVE: Duration = Duration::from_secs(15);

/// A client for this server; `env` is what the profile lets through.
pub(crate) fn client(remote: &Remote, env: &Variables) -> Result<Client, ClientError> {
    // The only provider; a second call finds it in place.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECTING)
        .tcp_keepalive(ALIVE)
        .tcp_keepalive_interval(ALIVE)
        // No name server is asked where this computer is.
        .resolve_to_addrs("localhost", &[(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()])
        .no_proxy();
    #[cfg(target_os = "linux")]
    let client = client.dns_resolver(crate::names::Names::new("/etc/resolv.conf", "/etc/hosts"));
    let client = match proxy(env)? {
        // A proxy is another computer.
        Some(proxy) if !is_here(&remote.url) => client.proxy(proxy),
        _ => client,
    };
    trusting(client, variable(env, "SSL_CERT_FILE"))?.build().map_err(|_| ClientError::Tls)
}

fn variable<'a>(env: &'a Variables, name: &str) -> Option<&'a str> {
    let small = name.to_ascii_lowercase();
    let found = env.get(std::ffi::OsStr::new(name)).or_else(|| env.get(std::ffi::OsStr::new(&small)));
    found.and_then(|value| value.to_str()).filter(|value| !value.is_empty())
}

fn proxy(env: &Variables) -> Result<Option<Proxy>, ClientError> {
    let named = ["HTTPS_PROXY", "ALL_PROXY"].into_iter().find_map(|name| Some((name, variable(env, name)?)));
    let Some((name, url)) = named else { return Ok(None) };
    let proxy = Proxy::https(url).map_err(|_| ClientError::Proxy(name))?;
    Ok(Some(proxy.no_proxy(variable(env, "NO_PROXY").and_then(NoProxy::from_string))))
}

/// On Linux the certificates lie in files, and the usual readers of them let
/// variables say which; so they are read here.
#[cfg(target_os = "linux")]
fn trusting(client: reqwest::ClientBuilder, own: Option<&str>) -> Result<reqwest::ClientBuilder, ClientError> {
    const FILES: [&str; 5] = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ];
    use rustls_native_certs::load_certs_from_paths;
    let found = match own {
        Some(own) => load_certs_from_paths(Some(Path::new(own)), None),
        None => match FILES.into_iter().map(Path::new).find(|file| file.is_file()) {
            Some(file) => load_certs_from_paths(Some(file), None),
            None => load_certs_from_paths(None, openssl_probe::candidate_cert_dirs().next()),
        },
    };
    if own.is_some() && found.certs.is_empty() {
        return Err(ClientError::Certificates);
    }
    let certificates = found.certs.iter().map(|certificate| Certificate::from_der(certificate));
    let certificates: Result<Vec<_>, _> = certificates.collect();
    Ok(client.tls_certs_only(certificates.map_err(|_| ClientError::Certificates)?))
}

/// Elsewhere the system itself is asked, and a file of one's own adds to it.
#[cfg(not(target_os = "linux"))]
fn trusting(client: reqwest::ClientBuilder, own: Option<&str>) -> Result<reqwest::ClientBuilder, ClientError> {
    let Some(own) = own else { return Ok(client) };
    let bytes = std::fs::read(Path::new(own)).map_err(|_| ClientError::Certificates)?;
    let certificates = Certificate::from_pem_bundle(&bytes).map_err(|_| ClientError::Certificates)?;
    if certificates.is_empty() {
        return Err(ClientError::Certificates);
    }
    Ok(client.tls_certs_merge(certificates))
}

/// Why a message got no answer; said to the client, and on stderr.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("the server refused the key ({0})")]
    Key(u16),
    #[error("the server sends on to {0}, which was not approved; nothing was sent there")]
    Redirect(String),
    #[error("the server wants its messages at {0}, which was not approved; nothing was sent there")]
    Foreign(String),
    #[error("the server answered with HTTP status {0}")]
    Status(u16),
    /// The server's own words, as JSON.
    #[error("the server answered with an error")]
    Said(Box<RawValue>),
    #[error("the server does not know this session any more; start it again")]
    Session,
    #[error("cannot reach {0}: {1}")]
    Unreachable(String, String),
    #[error("the connection to the server broke before it answered")]
    Broken,
    /// The one stream of an older server, without which nothing can be heard.
    #[error("the connection to the server is lost; start it again")]
    Lost,
    #[error("the server answered nothing")]
    Silent,
    #[error("what the server says unasked does not arrive any more")]
    Deaf,
    #[error("the server answered with more than 64 MiB")]
    Long,
    #[error("the server answered with something that is no MCP message")]
    Strange,
    #[error("the message was not sent: {0}")]
    Unsent(&'static str),
}

impl Trouble {
    /// What a failed request says of itself, without the URL.
    pub(crate) fn of(error: &reqwest::Error, remote: &Remote) -> Trouble {
        if error.is_builder() {
            return Trouble::Unsent("it cannot be written as a request");
        }
        let mut reason = error.is_timeout().then(|| "it does not answer".to_owned());
        let mut source = error.source();
        while let Some(error) = source {
            source = match error.downcast_ref::<io::Error>() {
                Some(error) => {
                    if error.kind() != io::ErrorKind::Other {
                        reason.get_or_insert_with(|| error.kind().to_string());
                    }
                    // What one is made of is not what it names as its source.
                    error.get_ref().map(|inner| inner as &dyn Error).or_else(|| error.source())
                }
                None => error.source(),
            };
            if let Some(error) = error.downcast_ref::<rustls::Error>() {
                reason = Some(format!("its certificate is not accepted ({error})"));
            }
            #[cfg(target_os = "linux")]
            if let Some(error) = error.downcast_ref::<crate::names::NoServers>() {
                reason = Some(error.to_string());
            }
        }
        if !error.is_connect() && !error.is_timeout() {
            return Trouble::Broken;
        }
        let fallback = || "there is no such name, or no way to it".to_owned();
        Trouble::Unreachable(remote.place(), reason.unwrap_or_else(fallback))
    }

    /// Whether an older kind of server answers so to what it does not know.
    pub(crate) fn may_be_older(&self) -> bool {
        matches!(self, Trouble::Status(400 | 404 | 405))
    }
}

/// What an answer consists of.
pub(crate) enum Answer {
    /// One JSON text.
    Json(Response),
    Events(Response),
    /// Accepted, and nothing to say.
    Nothing,
}

/// The most of a refusal that is read.
const REFUSAL: usize = 1 << 20;

/// Takes an answer apart; `session`: the request named one.
pub(crate) async fn answer(response: Response, remote: &Remote, session: bool) -> Result<Answer, Trouble> {
    let status = response.status();
    if status.is_redirection() {
        let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
        let to = to.and_then(|to| response.url().join(to).ok());
        let other = to.filter(|to| !same_origin(to, &remote.url)).as_ref().map(place);
        return Err(Trouble::Redirect(other.unwrap_or_else(|| "another page".to_owned())));
    }
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(Trouble::Key(status.as_u16())),
        StatusCode::ACCEPTED | StatusCode::NO_CONTENT => return Ok(Answer::Nothing),
        _ => {}
    }
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if status.is_success() {
        return match kind.as_str() {
            "application/json" => Ok(Answer::Json(response)),
            "text/event-stream" => Ok(Answer::Events(response)),
            _ if response.content_length() == Some(0) => Ok(Answer::Nothing),
            _ => Err(Trouble::Strange),
        };
    }
    if session && status == StatusCode::NOT_FOUND {
        return Err(Trouble::Session);
    }
    let said = body(response, REFUSAL).await.ok().and_then(|bytes| said(&bytes));
    Err(said.map_or(Trouble::Status(status.as_u16()), Trouble::Said))
}

/// The error in a JSON-RPC answer.
fn said(bytes: &[u8]) -> Option<Box<RawValue>> {
    let messages = crate::message::read(std::str::from_utf8(bytes).ok()?)?;
    messages.iter().find_map(|message| message.error).map(ToOwned::to_owned)
}

/// The whole of an answer, unpacked, as far as that is not more than `most`.
async fn body(mut response: Response, most: usize) -> Result<Vec<u8>, Trouble> {
    let known = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    if known > most {
        return Err(Trouble::Long);
    }
    let mut bytes = Vec::with_capacity(known);
    while let Some(part) = response.chunk().await.map_err(|_| Trouble::Broken)? {
        if bytes.len() + part.len() > most {
            return Err(Trouble::Long);
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

/// The whole of an answer that is to be a message.
pub(crate) async fn text(response: Response) -> Result<String, Trouble> {
    String::from_utf8(body(response, LONGEST).await?).map_err(|_| Trouble::Strange)
}

/// Where an older server wants its messages: below its own origin only.
pub(crate) fn endpoint(remote: &Remote, named: &str) -> Result<Url, Trouble> {
    let url = remote.url.join(named).map_err(|_| Trouble::Strange)?;
    if same_origin(&url, &remote.url) { Ok(url) } else { Err(Trouble::Foreign(place(&url))) }
}
