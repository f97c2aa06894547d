//! What is mounted where another server may write.
//!
//! bubblewrap finds the places of its mounts by their names, with all files of
//! the user in reach. A name in a folder that a server with the same grant may
//! write can be a link for a moment: then something else is mounted, or
//! elsewhere, even over the launcher, or a file outside is made or emptied. So
//! bubblewrap mounts at its place only what lies in private memory by its whole
//! path, and the rest aside. It is put where it belongs before anything is
//! started, by descriptors (`attach.rs`), and again when somebody outside
//! replaced it: what other programs save by renaming loses its mount.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::fstat;

/// Where bubblewrap mounts what belongs elsewhere, by number.
const ASIDE: &str = "/run/warder";

/// One place, inside.
pub(super) struct Place {
    pub(super) how: How,
    pub(super) writable: bool,
    /// Device and inode of what belongs there; nothing for an empty place.
    pub(super) what: OsString,
    pub(super) path: PathBuf,
}

/// How it comes to its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum How {
    /// bubblewrap mounted it there.
    Mounted,
    /// bubblewrap mounted it aside.
    Aside(usize),
    /// The same, an empty place in memory.
    Empty(usize),
    /// It is there already, as a part of what is mounted around it.
    Part,
}

/// Those of one sandbox, outer ones first.
#[derive(Default)]
pub(super) struct Places(pub(super) Vec<Place>);

impl Places {
    pub(super) fn add(&mut self, how: How, writable: bool, what: OsString, path: PathBuf) {
        self.0.push(Place { how, writable, what, path });
    }

    /// Where to mount the next that belongs elsewhere.
    pub(super) fn next_aside(&self) -> (usize, PathBuf) {
        (self.0.len(), aside(self.0.len()))
    }

    /// As words, for another process.
    pub(super) fn words(&self) -> Vec<OsString> {
        let words = self.0.iter().flat_map(|Place { how, writable, what, path }| {
            let (kind, number) = match how {
                How::Mounted => ('m', 0),
                How::Aside(number) => ('a', *number),
                How::Empty(number) => ('e', *number),
                How::Part => ('p', 0),
            };
            let how = format!("{kind}{}{number}", if *writable { 'w' } else { 'r' });
            [how.into(), what.clone(), path.clone().into()]
        });
        words.collect()
    }

    /// The same on the other side.
    pub(super) fn read(from: OwnedFd) -> io::Result<Places> {
        let mut bytes = Vec::new();
        let mut file = File::from(from);
        io::Seek::rewind(&mut file)?;
        file.read_to_end(&mut bytes)?;
        let words = bytes.split_inclusive(|byte| *byte == 0).map(|word| OsStr::from_bytes(&word[..word.len() - 1]));
        let places: Option<Vec<Place>> = words.collect::<Vec<_>>().chunks(3).map(place).collect();
        places.map(Places).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

fn place(words: &[&OsStr]) -> Option<Place> {
    let [how, what, path] = words else { return None };
    let (kind, number) = how.to_str()?.split_at_checked(2)?;
    let number = number.parse().ok()?;
    let (kind, writable) = kind.split_at(1);
    let how = match kind {
        "m" => How::Mounted,
        "a" => How::Aside(number),
        "e" => How::Empty(number),
        "p" => How::Part,
        _ => return None,
    };
    Some(Place { how, writable: writable == "w", what: what.into(), path: path.into() })
}

pub(super) fn aside(number: usize) -> PathBuf {
    Path::new(ASIDE).join(number.to_string())
}

/// Device and inode.
pub(super) fn identity(file: impl AsFd) -> io::Result<OsString> {
    let found = fstat(file)?;
    Ok(OsString::from_vec(format!("{} {}", found.st_dev, found.st_ino).into()))
}

#[cfg(test)]
mod tests {
    use super::super::descriptors;
    use super::*;

    #[test]
    fn places_come_through_as_meant() {
        let mut places = Places::default();
        let odd = PathBuf::from(OsString::from_vec(b"/a b\n\xff".to_vec()));
        places.add(How::Mounted, false, "1 2".into(), "/p".into());
        places.add(How::Empty(1), true, OsString::new(), "/home/u/.a".into());
        places.add(How::Aside(2), true, "1 3".into(), odd.clone());
        places.add(How::Part, false, "1 4".into(), "/p/.git".into());
        let read = Places::read(descriptors::words(&places.words()).unwrap().into()).unwrap();
        assert_eq!(read.words(), places.words());
        assert_eq!((read.0[2].how, read.0[2].writable, &read.0[2].path), (How::Aside(2), true, &odd));
        assert!(Places::read(descriptors::words(&["p".into()]).unwrap().into()).is_err());
    }
}
