//! A stream of events, each of them bounded.
//!
//! `sse-stream` takes it apart; the length is watched here, because a server
//! may send a line that never ends.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use reqwest::Response;
use sse_stream::{Sse, SseByteStream};

use crate::http::Trouble;
use crate::stdio::LONGEST;

/// Why a stream ended before its end.
#[derive(Debug, thiserror::Error)]
enum Cut {
    #[error("too long")]
    Long,
    #[error("broken")]
    Broken,
}

type Parts = Pin<Box<dyn Stream<Item = Result<Bytes, Cut>> + Send>>;

pub(crate) struct Events {
    events: SseByteStream<Parts>,
    /// Bytes read since the last event.
    read: Arc<AtomicUsize>,
}

impl Events {
    pub(crate) fn of(response: Response) -> Events {
        let read = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&read);
        let parts = response.bytes_stream().map(move |part| {
            let part = part.map_err(|_| Cut::Broken)?;
            let before = counted.fetch_add(part.len(), Ordering::Relaxed);
            if before + part.len() > LONGEST { Err(Cut::Long) } else { Ok(part) }
        });
        Events { events: SseByteStream::new(Box::pin(parts)), read }
    }

    /// The next event; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<Sse>, Trouble> {
        let event = self.events.next().await.transpose().map_err(|error| match error {
            sse_stream::Error::Body(error) if matches!(error.downcast_ref(), Some(Cut::Long)) => Trouble::Long,
            sse_stream::Error::Body(_) => Trouble::Broken,
            _ => Trouble::Strange,
        });
        self.read.store(0, Ordering::Relaxed);
        event
    }
}

/// The message an event carries, if it carries one: an event may only prime a
/// stream, and one of another kind is none of MCP's.
pub(crate) fn message(event: Sse) -> Option<String> {
    let ours = event.event.is_none_or(|kind| kind.is_empty() || kind == "message");
    event.data.filter(|data| ours && !data.is_empty())
}
