//! Against a real server, in both of its ways to speak HTTP.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::json;

use super::{Session, World};

/// Where the servers lie that `cargo xtask test` installs.
fn servers() -> PathBuf {
    let given = std::env::var_os("WARDER_TEST_SERVERS").map(PathBuf::from);
    given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/servers"))
}

/// `server-everything` on a port of its own.
struct Everything {
    child: Child,
    port: u16,
}

impl Everything {
    fn start(mode: &str) -> Everything {
        let main = servers().join("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
        assert!(main.is_file(), "{} is missing; `cargo xtask test` installs it", main.display());
        // It takes a port by number only; this one was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("node");
        command.arg(main).arg(mode).env("PORT", port.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        while std::net::TcpStream::connect(("localhost", port)).is_err() {
            assert!(child.try_wait().unwrap().is_none(), "the server ended");
            std::thread::yield_now();
        }
        Everything { child, port }
    }
}

impl Drop for Everything {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a client does with it in a day.
fn use_it(mut session: Session) {
    let opened = session.open();
    assert!(opened["serverInfo"]["name"].as_str().unwrap().contains("everything"), "{opened}");

    session.request(1, "tools/list", json!({}));
    // It asks for the client's roots as soon as a session stands.
    let (listed, before) = session.answer(1);
    let names: Vec<&str> =
        listed["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"echo") && names.contains(&"trigger-long-running-operation"), "{names:?}");
    for message in before.iter().filter(|message| message["method"] == "roots/list") {
        session.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": { "roots": [] } }));
    }

    // A slow one with progress, and a quick one that does not wait for it.
    let slow = json!({ "name": "trigger-long-running-operation", "arguments": { "duration": 1, "steps": 4 },
        "_meta": { "progressToken": "p" } });
    session.request("slow", "tools/call", slow);
    session.request(2, "tools/call", json!({ "name": "echo", "arguments": { "message": "é \n \" $x" } }));
    let (quick, before) = session.answer(2);
    assert_eq!(quick["result"]["content"][0]["text"], "Echo: é \n \" $x");
    let (slow, between) = session.answer("slow");
    assert!(slow.get("result").is_some(), "{slow}");
    let progress = before.iter().chain(&between).filter(|message| message["method"] == "notifications/progress");
    assert_eq!(progress.count(), 4);

    // The server's own question in the midst of ours.
    let ask = json!({ "name": "trigger-sampling-request", "arguments": { "prompt": "why", "maxTokens": 9 } });
    session.request(3, "tools/call", ask);
    let question = loop {
        let message = session.next();
        match message["method"].as_str() {
            Some("sampling/createMessage") => break message,
            Some("roots/list") => {
                session.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": { "roots": [] } }));
            }
            _ => {}
        }
    };
    let content = json!({ "type": "text", "text": "because of the relay" });
    let result = json!({ "role": "assistant", "content": content, "model": "none" });
    session.send(&json!({ "jsonrpc": "2.0", "id": question["id"], "result": result }));
    let (asked, _) = session.answer(3);
    assert!(asked.to_string().contains("because of the relay"), "{asked}");

    session.request(4, "no/such-method", json!({}));
    assert_eq!(session.answer(4).0["error"]["code"], -32601);

    let (status, _, errors) = session.end();
    assert_eq!((status.code(), errors.as_str()), (Some(0), ""));
}

#[test]
fn a_real_server_is_used_over_streamable_http() {
    let (world, server) = (World::new(), Everything::start("streamableHttp"));
    use_it(world.start(&format!("http://localhost:{}/mcp", server.port), false));
}

#[test]
fn a_real_server_is_used_over_the_older_transport() {
    let (world, server) = (World::new(), Everything::start("sse"));
    use_it(world.start(&format!("http://localhost:{}/sse", server.port), true));
}

#[test]
fn an_older_server_is_found_out() {
    let (world, server) = (World::new(), Everything::start("sse"));
    use_it(world.start(&format!("http://localhost:{}/sse", server.port), false));
}
