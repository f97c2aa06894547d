//! The words after `warder-app`.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, bail};

/// What a start of the window can be told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Another home than the user's: a world of its own. Absolute.
    pub(crate) home: Option<PathBuf>,
    /// Keys stay in memory, and the title says so.
    pub(crate) demo: bool,
    /// Shows no window until somebody asks for it: the tray, a notification, a second start.
    pub(crate) hidden: bool,
}

impl Options {
    /// Reads the arguments without the program's name. Refuses what it does
    /// not know, and a demo on the user's real home.
    pub(crate) fn read(words: impl Iterator<Item = OsString>) -> anyhow::Result<Options> {
        let mut options = Options::default();
        let mut words = words;
        while let Some(word) = words.next() {
            match word.to_str() {
                Some("--home") => {
                    let dir = words.next().context("--home needs a folder")?;
                    options.home = Some(std::path::absolute(&dir).context("--home needs a folder")?);
                }
                Some("--demo") => options.demo = true,
                Some("--hidden") => options.hidden = true,
                _ => bail!("Warder takes --home DIR, --demo and --hidden, not {}", word.display()),
            }
        }
        // Keys moved into a memory that ends with the window would be lost.
        if options.demo && options.home.is_none() {
            bail!("--demo needs --home DIR: keys it moves are gone when the window closes");
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> anyhow::Result<Options> {
        Options::read(words.iter().map(OsString::from))
    }

    #[test]
    fn options_are_read_and_unknown_ones_refused() {
        assert_eq!(read(&[]).unwrap(), Options::default());
        let home = std::env::temp_dir();
        let options = read(&["--home", home.to_str().unwrap(), "--demo"]).unwrap();
        assert_eq!(options, Options { home: Some(home), demo: true, hidden: false });
        assert!(read(&["--hidden"]).unwrap().hidden);
        assert!(read(&["--home", "relative"]).unwrap().home.unwrap().is_absolute());
        assert!(read(&["--home"]).is_err());
        assert!(read(&["--verbose"]).is_err());
    }

    #[test]
    fn a_demo_never_runs_on_the_real_home() {
        assert!(read(&["--demo"]).is_err());
    }
}
