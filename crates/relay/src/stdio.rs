//! The client's side: one message a line, in and out.
//!
//! A thread each, as pipes block. What is read and not yet passed on is a few
//! messages at most, so that a client is slowed down instead of piled up.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::thread;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::message::{Id, id_of_cut};

/// The longest line, in and out, and the longest event.
pub(crate) const LONGEST: usize = 64 << 20;

/// The end of a line too long, kept to look for its id.
const TAIL: usize = 256;

const WAITING: usize = 4;

/// What the client wrote.
pub(crate) enum Line {
    Message(Bytes),
    /// Longer than [`LONGEST`]; its id, if that can be told.
    TooLong(Option<Id>),
}

/// Reads stdin to its end. The second receiver ends as soon as that is met,
/// even while lines before it still wait.
pub(crate) fn lines() -> io::Result<(mpsc::Receiver<Line>, oneshot::Receiver<()>)> {
    let (tell, told) = mpsc::channel(WAITING);
    let (end, ended) = oneshot::channel();
    thread::Builder::new().name("stdin".into()).spawn(move || {
        let _end: oneshot::Sender<()> = end;
        let mut input = BufReader::with_capacity(1 << 16, io::stdin());
        // An error is an end: there is nobody left to hear of it.
        while let Ok(Some(line)) = line(&mut input, LONGEST) {
            if tell.blocking_send(line).is_err() {
                return;
            }
        }
    })?;
    Ok((told, ended))
}

/// The next line that is not empty; `None` at the end.
fn line(input: &mut impl BufRead, longest: usize) -> io::Result<Option<Line>> {
    loop {
        let mut bytes = Vec::new();
        input.by_ref().take(longest as u64 + 1).read_until(b'\n', &mut bytes)?;
        if bytes.len() > longest && bytes.last() != Some(&b'\n') {
            let tail = skip(input, bytes[bytes.len().saturating_sub(TAIL)..].to_vec())?;
            return Ok(Some(Line::TooLong(id_of_cut(&bytes, &tail))));
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            bytes.pop();
        }
        if !bytes.is_empty() {
            return Ok(Some(Line::Message(bytes.into())));
        }
    }
}

/// Reads on to the end of the line; gives the last bytes of it.
fn skip(input: &mut impl BufRead, mut tail: Vec<u8>) -> io::Result<Vec<u8>> {
    loop {
        let part = input.fill_buf()?;
        let end = memchr::memchr(b'\n', part);
        let line = &part[..end.unwrap_or(part.len())];
        tail.extend_from_slice(&line[line.len().saturating_sub(TAIL)..]);
        tail.drain(..tail.len().saturating_sub(TAIL));
        let (used, last) = (end.map_or(part.len(), |end| end + 1), end.is_some() || part.is_empty());
        input.consume(used);
        if last {
            return Ok(tail);
        }
    }
}

/// The way to the client. Closed when the client does not listen any more.
#[derive(Clone)]
pub(crate) struct Output(mpsc::Sender<Vec<u8>>);

/// Writes what is sent, line by line, until all senders are gone. The receiver
/// ends when everything is written.
pub(crate) fn output() -> io::Result<(Output, std::sync::mpsc::Receiver<()>)> {
    let (tell, mut told) = mpsc::channel::<Vec<u8>>(WAITING);
    let (end, ended) = std::sync::mpsc::channel();
    thread::Builder::new().name("stdout".into()).spawn(move || {
        let _end: std::sync::mpsc::Sender<()> = end;
        let mut output = io::stdout().lock();
        while let Some(message) = told.blocking_recv() {
            if output.write_all(&message).and_then(|()| output.write_all(b"\n")).is_err() {
                return;
            }
        }
    })?;
    Ok((Output(tell), ended))
}

impl Output {
    /// One message, which is one line already.
    pub(crate) async fn send(&self, message: Vec<u8>) {
        // When the client is gone, `closed` says so.
        let _ = self.0.send(message).await;
    }

    /// Ends when the client does not listen any more.
    pub(crate) async fn closed(&self) {
        self.0.closed().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let mut input = BufReader::with_capacity(7, text.as_bytes());
        let mut lines = Vec::new();
        while let Some(line) = line(&mut input, 24).unwrap() {
            lines.push(match line {
                Line::Message(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
                Line::TooLong(id) => format!("too long: {:?}", id.map(|id| id.key().to_owned())),
            });
        }
        lines
    }

    #[test]
    fn lines_are_messages_and_long_ones_are_told() {
        assert_eq!(read("{\"a\":1}\n\r\n\n b \r\nlast"), ["{\"a\":1}", " b ", "last"]);
        assert_eq!(read(&format!("{}\n1\n", "x".repeat(24))), ["x".repeat(24), "1".into()]);
        let long = "x".repeat(40);
        assert_eq!(read(&format!("{{\"id\":5,\"p\":\"{long}\"}}\nb")), ["too long: Some(\"5\")", "b"]);
        assert_eq!(read(&format!("{{\"p\":\"{long}\",\"id\":\"y\"}}\nb\n")), ["too long: Some(\"\\\"y\")", "b"]);
        assert_eq!(read(&long), ["too long: None"]);
        assert!(read("").is_empty());
    }
}
