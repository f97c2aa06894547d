//! Notifications at a pace: one at a time, and not one right after another.
//!
//! A config that changes again and again would fill the screen. What comes too
//! early is joined into the next one; a thread waits only while there is such.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use warder_audit::api::News;

/// The least time from one to the next.
pub(crate) const GAP: Duration = Duration::from_secs(10);
/// More than this is more than anybody reads: the oldest goes.
const MOST: usize = 100;

type Raise = dyn Fn(&[News]) -> bool + Send + Sync;
type Wait = dyn Fn(Duration) + Send + Sync;

/// What is to be told, and when that may be.
pub(crate) struct Pace {
    pending: Arc<Mutex<Pending>>,
    gap: Duration,
    wait: Arc<Wait>,
    raise: Arc<Raise>,
}

#[derive(Default)]
struct Pending {
    news: Vec<News>,
    /// When the last one was raised.
    last: Option<Instant>,
    /// A thread is at it.
    armed: bool,
}

impl Pace {
    /// `raise`: shows all of it at once, and says whether it did; it may take long.
    pub(crate) fn new(
        gap: Duration,
        wait: impl Fn(Duration) + Send + Sync + 'static,
        raise: impl Fn(&[News]) -> bool + Send + Sync + 'static,
    ) -> Pace {
        Pace { pending: Arc::default(), gap, wait: Arc::new(wait), raise: Arc::new(raise) }
    }

    /// Raises it now, or with what comes until the next one may be.
    pub(crate) fn add(&self, news: impl IntoIterator<Item = News>) {
        let mut pending = self.pending.lock().expect("no panic while held");
        pending.news.extend(news);
        let over = pending.news.len().saturating_sub(MOST);
        pending.news.drain(..over);
        if pending.news.is_empty() || std::mem::replace(&mut pending.armed, true) {
            return;
        }
        drop(pending);
        let (pending, gap) = (Arc::clone(&self.pending), self.gap);
        let (wait, raise) = (Arc::clone(&self.wait), Arc::clone(&self.raise));
        std::thread::spawn(move || drain(&pending, gap, &*wait, &*raise));
    }
}

/// Until nothing is pending.
fn drain(pending: &Mutex<Pending>, gap: Duration, wait: &Wait, raise: &Raise) {
    loop {
        let last = pending.lock().expect("no panic while held").last;
        let early = last.map_or(Duration::ZERO, |last| gap.saturating_sub(last.elapsed()));
        if !early.is_zero() {
            wait(early);
        }
        let news = std::mem::take(&mut pending.lock().expect("no panic while held").news);
        let raised = raise(&news);
        let mut pending = pending.lock().expect("no panic while held");
        if raised {
            pending.last = Some(Instant::now());
        }
        if pending.news.is_empty() {
            pending.armed = false;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;
    use crate::notice::made_up as news;

    /// What was raised, and a step that lets the one in flight end.
    fn paced(
        gap: Duration,
        wait: impl Fn(Duration) + Send + Sync + 'static,
    ) -> (Pace, Receiver<Vec<String>>, Sender<()>) {
        let (raised, told) = channel();
        let (step, steps) = channel::<()>();
        let steps = Mutex::new(steps);
        let pace = Pace::new(gap, wait, move |news| {
            raised.send(news.iter().map(|news| news.text.clone()).collect()).unwrap();
            steps.lock().unwrap().recv().is_ok()
        });
        (pace, told, step)
    }

    #[test]
    fn one_is_in_flight_and_what_comes_meanwhile_is_the_next_one() {
        let (pace, told, step) = paced(Duration::ZERO, |_| panic!("nothing to wait for"));
        pace.add([]);
        pace.add([news("a")]);
        assert_eq!(told.recv().unwrap(), ["a"]);
        pace.add([news("b")]);
        pace.add([news("c"), news("d")]);
        assert!(told.try_recv().is_err(), "the first one has not ended");
        step.send(()).unwrap();
        assert_eq!(told.recv().unwrap(), ["b", "c", "d"]);
        pace.add((0..1000).map(|number| news(&number.to_string())));
        step.send(()).unwrap();
        let last = told.recv().unwrap();
        assert_eq!((last.len(), last.last().unwrap().as_str()), (MOST, "999"));
        step.send(()).unwrap();
    }

    #[test]
    fn the_next_one_waits_for_its_time_and_takes_along_what_comes() {
        let gap = Duration::from_secs(3600);
        let (waits, waiting) = channel();
        let (go, going) = channel::<()>();
        let going = Mutex::new(going);
        let (pace, told, step) = paced(gap, move |time| {
            waits.send(time).unwrap();
            going.lock().unwrap().recv().unwrap();
        });
        pace.add([news("a")]);
        assert_eq!(told.recv().unwrap(), ["a"]);
        pace.add([news("b")]);
        step.send(()).unwrap();
        let time = waiting.recv().unwrap();
        assert!(time > Duration::ZERO && time <= gap);
        pace.add([news("c")]);
        assert!(told.try_recv().is_err(), "it is not time yet");
        go.send(()).unwrap();
        assert_eq!(told.recv().unwrap(), ["b", "c"]);
        step.send(()).unwrap();
    }
}
