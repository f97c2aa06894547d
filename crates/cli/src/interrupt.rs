//! Ctrl-C while a server runs that Warder started: the server is ended and a
//! change that was being checked is taken back, and then Warder ends.
//!
//! At any other time, and the second time, a signal ends Warder as it ends
//! every program.

#[cfg(unix)]
mod flags {
    use std::sync::Once;
    use std::sync::atomic::{AtomicBool, Ordering};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag::{register, register_conditional_default};

    static CAME: AtomicBool = AtomicBool::new(false);
    static ENDS: AtomicBool = AtomicBool::new(true);

    /// Where that cannot be, a signal ends Warder, and the kernel the server. Once, and in this order: the first one is
    /// only noted, and makes the next one end.
    pub(super) fn listen() {
        static LISTENS: Once = Once::new();
        LISTENS.call_once(|| {
            for signal in [SIGINT, SIGTERM, SIGHUP] {
                let _ = register_conditional_default(signal, &ENDS)
                    .and_then(|_| register(signal, &CAME))
                    .and_then(|_| register(signal, &ENDS));
            }
        });
    }

    pub(super) fn note(notes: bool) {
        ENDS.store(!notes, Ordering::Relaxed);
    }

    pub(super) fn came() -> bool {
        CAME.load(Ordering::Relaxed)
    }
}

/// Whether to go on.
pub(crate) fn goes_on() -> bool {
    #[cfg(unix)]
    return !flags::came();
    #[cfg(not(unix))]
    true
}

/// Does what starts a server, or may.
pub(crate) fn noted<T>(starts: bool, work: impl FnOnce() -> T) -> T {
    #[cfg(unix)]
    if starts {
        flags::listen();
        flags::note(true);
        let done = work();
        flags::note(false);
        return done;
    }
    let _ = starts;
    work()
}
