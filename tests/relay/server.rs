//! A small HTTP server that says what a test tells it to, and remembers what
//! it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in small letters.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        self.headers.iter().filter(|(other, _)| other == name).count()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn rpc(&self) -> String {
        serde_json::from_slice(&self.body)
            .map_or(String::new(), |body: Value| body["method"].as_str().unwrap_or_default().to_owned())
    }
}

/// One answer, written as the test likes; each connection carries one.
pub(crate) struct Reply<'a>(&'a mut dyn Wire);

/// A connection, plain or encrypted.
trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

impl Reply<'_> {
    /// What the relay does not read to its end cannot be written to its end.
    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.write_all(bytes.as_ref()).is_ok()
    }

    pub(crate) fn head(&mut self, status: u16, headers: &[(&str, &str)]) -> bool {
        let mut head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n");
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        self.write(head + "\r\n")
    }

    pub(crate) fn whole(&mut self, status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) {
        let length = body.as_ref().len().to_string();
        self.head(status, &[headers, &[("Content-Length", length.as_str())]].concat());
        self.write(body);
    }

    pub(crate) fn json(&mut self, body: &Value) {
        self.whole(200, &[("Content-Type", "application/json")], body.to_string());
    }

    pub(crate) fn events(&mut self) {
        self.head(200, &[("Content-Type", "text/event-stream")]);
    }

    pub(crate) fn event(&mut self, id: Option<&str>, data: &Value) -> bool {
        let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
        self.write(format!("event: message\n{id}data: {data}\n\n"))
    }

    pub(crate) fn accepted(&mut self) {
        self.whole(202, &[], "");
    }

    /// Blocks until the other end is gone.
    pub(crate) fn until_closed(&mut self) {
        let _ = self.0.read(&mut [0; 1]);
    }
}

pub(crate) struct Server {
    pub(crate) origin: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers each request by this, on a thread each.
    pub(crate) fn start(answer: impl Fn(&Request, Reply) + Send + Sync + 'static) -> Server {
        Server::speaking(None, answer)
    }

    /// The same by https, as `localhost`.
    pub(crate) fn encrypted(tls: ServerConfig, answer: impl Fn(&Request, Reply) + Send + Sync + 'static) -> Server {
        Server::speaking(Some(Arc::new(tls)), answer)
    }

    fn speaking(tls: Option<Arc<ServerConfig>>, answer: impl Fn(&Request, Reply) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let origin = tls
            .as_ref()
            .map_or_else(|| format!("http://{address}"), |_| format!("https://localhost:{}", address.port()));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, remembered) = (Arc::new(answer), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, answer, remembered) = (stream.unwrap(), Arc::clone(&answer), Arc::clone(&remembered));
                let tls = tls.clone().map(|tls| ServerConnection::new(tls).unwrap());
                std::thread::spawn(move || {
                    let mut wire: Box<dyn Wire> = match tls {
                        Some(tls) => Box::new(StreamOwned::new(tls, stream)),
                        None => Box::new(stream),
                    };
                    let Some(request) = read(&mut *wire) else { return };
                    remembered.lock().unwrap().push(request.clone());
                    answer(&request, Reply(&mut *wire));
                    let _ = wire.flush();
                });
            }
        });
        Server { origin, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/mcp", self.origin)
    }

    pub(crate) fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

fn read(wire: &mut dyn Wire) -> Option<Request> {
    let mut reader = BufReader::new(wire);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, headers, body })
}

/// What every server of 2025 answers: a session is opened, no stream of its
/// own is offered. Whether that was all there is to answer.
pub(crate) fn opening(request: &Request, reply: &mut Reply) -> bool {
    match (request.method.as_str(), request.rpc().as_str()) {
        ("POST", "initialize") => {
            let info = json!({ "name": "small", "version": "1" });
            let result = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": info });
            let body = json!({ "jsonrpc": "2.0", "id": request.json()["id"], "result": result }).to_string();
            reply.whole(200, &[("Content-Type", "application/json"), ("Mcp-Session-Id", "s-1")], body);
        }
        ("POST", "notifications/initialized") => reply.accepted(),
        ("GET" | "DELETE", _) => reply.whole(405, &[], ""),
        _ => return false,
    }
    true
}

/// The answer to a request.
pub(crate) fn result(request: &Request, result: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": request.json()["id"], "result": result })
}
