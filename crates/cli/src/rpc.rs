//! `warder rpc`: the questions of a screen, one JSON line each, and their answers.
//!
//! What the window sends through its own channel comes here over stdin, so that
//! another screen, or a test in a browser, gets the very same answers. A line
//! that is no question is answered too, and nothing is done for it.

use std::io::{BufRead, ErrorKind, Read, Write};
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use warder_audit::api::{Answer, Code, Failure, Request};
use warder_audit::redact;
use warder_audit::session::Session;
use warder_launch::vault::MemoryVault;

use crate::{Home, session};

/// The longest line that is read, in bytes: a note of a thousand characters is the longest thing a screen sends.
const LONGEST: usize = 1 << 20;

#[derive(Args)]
pub(crate) struct Rpc {
    #[command(flatten)]
    home: Home,
    /// Keys stay in memory, and are gone when this ends.
    #[arg(long, requires = "home")]
    demo: bool,
}

/// A line of stdin.
#[derive(Deserialize)]
struct Asked {
    id: Value,
    request: Request,
}

/// A line of stdout.
#[derive(Serialize)]
struct Told {
    /// What the question had; null where it could not be read.
    id: Value,
    #[serde(flatten)]
    said: Said,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::large_enum_variant, reason = "one at a time")]
enum Said {
    Answer(Answer),
    Failure(Failure),
}

pub(crate) fn run(rpc: &Rpc) -> Result<bool> {
    let env = rpc.home.env()?;
    let mut session = match rpc.demo {
        true => {
            let state = env.state();
            Session::open(env, state, Arc::new(MemoryVault::default()))
        }
        false => session(env),
    };
    let (mut questions, mut out) = (std::io::stdin().lock(), std::io::stdout().lock());
    while let Some(line) = next(&mut questions)? {
        if line.as_ref().is_ok_and(|line| line.trim_ascii().is_empty()) {
            continue;
        }
        let told = match line.and_then(|line| read(&line)) {
            Ok(Asked { id, request }) => {
                let said = session.ask(request).map_or_else(Said::Failure, Said::Answer);
                Told { id, said }
            }
            Err(unread) => unread.told(),
        };
        let mut line = serde_json::to_vec(&told)?;
        line.push(b'\n');
        match out.write_all(&line).and_then(|()| out.flush()) {
            // Nobody is left to be answered.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(true),
            written => written?,
        }
    }
    Ok(true)
}

/// A line that is no question.
struct Unread {
    /// What the question had, if that can be told.
    id: Value,
    why: String,
}

impl Unread {
    fn told(self) -> Told {
        let hint = Some("Send {\"id\": 1, \"request\": {\"ask\": \"scan\"}}.".to_owned());
        Told { id: self.id, said: Said::Failure(Failure { code: Code::Refused, message: self.why, hint }) }
    }
}

/// The next line without its end; `None` after the last one. One that is too long is read to its end and refused.
fn next(from: &mut impl BufRead) -> std::io::Result<Option<Result<Vec<u8>, Unread>>> {
    let mut line = Vec::new();
    from.by_ref().take(LONGEST as u64 + 1).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() > LONGEST {
        from.skip_until(b'\n')?;
        return Ok(Some(Err(Unread { id: Value::Null, why: format!("the line is longer than {LONGEST} bytes") })));
    }
    Ok(Some(Ok(line)))
}

fn read(line: &[u8]) -> Result<Asked, Unread> {
    serde_json::from_slice(line).map_err(|error| {
        // Of a question that is not known at least the id is told.
        let id = serde_json::from_slice::<Value>(line).ok().and_then(|whole| whole.get("id").cloned());
        let why = format!("this is no question: {}", redact::line(&error.to_string()));
        Unread { id: id.unwrap_or_default(), why }
    })
}
