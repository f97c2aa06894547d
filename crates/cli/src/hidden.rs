//! What is typed without an echo: keys.
//!
//! However Warder ends meanwhile, the terminal is left as it was: with an echo.

use anyhow::Result;
use rpassword::{ConfigBuilder, read_password_with_config};
use warder_launch::vault::Secret;

use crate::print;

/// The next line that is typed.
pub(crate) fn typed() -> Result<Secret> {
    #[cfg(unix)]
    terminal::keep();
    // With an output it would set the terminal twice, and once more than a signal in between puts it back.
    let typed = read_password_with_config(ConfigBuilder::new().output_discard().build());
    print::talk("");
    #[cfg(unix)]
    if typed.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::Interrupted) {
        terminal::interrupted();
    }
    Ok(Secret::new(typed?))
}

#[cfg(unix)]
mod terminal {
    use std::fs::File;
    use std::sync::Once;
    use std::thread;

    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    /// From now on a signal ends Warder as it ends every program, but first the terminal is as it is now. Where that
    /// cannot be, nothing else changes.
    pub(super) fn keep() {
        static KEPT: Once = Once::new();
        KEPT.call_once(|| {
            let Ok(terminal) = File::open("/dev/tty") else { return };
            let (Ok(now), Ok(mut signals)) = (tcgetattr(&terminal), Signals::new([SIGINT, SIGTERM, SIGHUP])) else {
                return;
            };
            let wait = move || {
                for signal in signals.forever() {
                    // What was typed and not read is for nobody else.
                    let _ = tcsetattr(&terminal, OptionalActions::Flush, &now);
                    let _ = emulate_default_handler(signal);
                }
            };
            let _ = thread::Builder::new().name("terminal".to_owned()).spawn(wait);
        });
    }

    /// Ctrl-C was typed, and the terminal is as it was.
    pub(super) fn interrupted() {
        let _ = emulate_default_handler(SIGINT);
    }
}
