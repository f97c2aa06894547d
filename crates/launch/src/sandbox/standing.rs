//! Whether the mounts inside are the ones that were asked for, and no other.
//!
//! bubblewrap finds the places of its mounts by their names. Those inside a
//! folder that a server may write can be changed meanwhile by another server
//! with the same grant: a link in place of a folder, for a moment, and something
//! else is mounted, or elsewhere, and looks right afterwards by its name. So
//! before anything is started, the inner stage compares the kernel's own table
//! with what was meant, mount by mount. From then on nothing in there can mount.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, StatxFlags, fstat, statx};
use rustix::io::Errno;

use super::mount::{Mount, walk};
use super::table::{Line, TABLE, lines};

/// What bubblewrap's `--proc` covers with itself, and what the options add to that.
const PROC: &[&str] = &["bus", "irq", "pressure", "sys", "sysrq-trigger"];

/// What is meant to be mounted. Words, so that it can be handed over: a kind, what is meant, and where.
#[derive(Default)]
pub(super) struct Meant(Vec<OsString>);

const READ: &str = "read";
const WRITE: &str = "write";
const SYSTEM: &str = "system";
const EMPTY: &str = "empty";
const BELOW: &str = "below";

impl Meant {
    fn add(&mut self, kind: &str, what: impl Into<OsString>, place: impl Into<OsString>) {
        self.0.extend([kind.into(), what.into(), place.into()]);
    }

    /// Exactly this file or folder.
    pub(super) fn mount(&mut self, mount: &Mount) -> io::Result<()> {
        self.add(if mount.writable { WRITE } else { READ }, identity(&mount.source)?, &mount.path);
        Ok(())
    }

    /// A place of the system's.
    pub(super) fn system(&mut self, place: impl Into<OsString>) {
        self.add(SYSTEM, "", place);
    }

    /// An empty place in memory.
    pub(super) fn empty(&mut self, place: impl Into<OsString>) {
        self.add(EMPTY, "", place);
    }

    /// And what is mounted below those places outside, which comes with them. Call it last.
    pub(super) fn below(&mut self) -> io::Result<()> {
        let table = std::fs::read(TABLE)?;
        let shown: Vec<PathBuf> = self.entries().filter(is_shown).map(|(_, _, place)| place.into()).collect();
        for line in lines(&table) {
            if shown.iter().any(|shown| is_inside(&line.place, shown)) {
                self.add(BELOW, what(&line), line.place);
            }
        }
        Ok(())
    }

    fn entries(&self) -> impl Iterator<Item = (&OsStr, &OsStr, &OsStr)> {
        self.0.chunks_exact(3).map(|entry| (&*entry[0], &*entry[1], &*entry[2]))
    }

    pub(super) fn words(&self) -> &[OsString] {
        &self.0
    }

    /// The same on the other side.
    pub(super) fn read(from: OwnedFd) -> io::Result<Meant> {
        let mut bytes = Vec::new();
        File::from(from).read_to_end(&mut bytes)?;
        let words =
            bytes.split_inclusive(|byte| *byte == 0).map(|word| OsString::from_vec(word[..word.len() - 1].into()));
        Ok(Meant(words.collect()))
    }

    /// An error for the first mount that is missing, is another one, can be written and should not, or was not asked for.
    pub(super) fn stands(&self) -> io::Result<()> {
        let table = std::fs::read(TABLE)?;
        let lines: Vec<Line> = lines(&table).collect();
        // Outer ones come first.
        let mut files = BTreeMap::new();
        for (kind, wanted, place) in self.entries().filter(|(kind, ..)| *kind == READ || *kind == WRITE) {
            files.insert(Path::new(place), (kind == WRITE, wanted));
        }
        // What is seen at a place: of several mounts the last.
        let mut seen: HashMap<&Path, &Line> = HashMap::new();
        for (place, (writable, wanted)) in &files {
            let line = match walk(place) {
                Ok(found) if identity(&found)? == *wanted => {
                    let id = number(&found)?;
                    lines.iter().find(|line| line.id == id && line.place == *place)
                }
                // A folder around it is closed to its owner too: then by its name below what is seen around it.
                Err(Errno::ACCESS) => {
                    let around = place.ancestors().skip(1).find_map(|folder| seen.get(folder));
                    lines
                        .iter()
                        .rfind(|line| line.place == *place && around.is_some_and(|around| is_part(line, around)))
                }
                _ => None,
            };
            seen.insert(place, line.filter(|line| line.read_only || *writable).ok_or_else(|| other(place))?);
        }
        let is_other = |line: &Line| seen.get(line.place.as_path()).is_none_or(|seen| seen.id != line.id);
        let rest = || lines.iter().filter(|line| is_other(line));
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| is_other(line)) {
            let times = || rest().filter(|other| other.place == line.place).count();
            let covered = seen.get(line.place.as_path()).is_some_and(|seen| is_the_same(seen, line));
            let named =
                |wanted: &str| self.entries().any(|(kind, _, place)| kind == wanted && place == line.place.as_os_str());
            let own = named(SYSTEM) || named(EMPTY) && line.kind == b"tmpfs";
            // bubblewrap makes only the uppermost of several at one place read-only (an autofs and what it mounted).
            let hidden = || lines[at + 1..].iter().any(|above| above.place == line.place);
            let came_along = || self.came_along(line) && (hidden() || may_be(line, &files));
            if !(covered || is_proc(line) || own && times() == 1 || came_along()) {
                return Err(other(&line.place));
            }
        }
        match self
            .entries()
            .find(|(kind, _, place)| *kind == EMPTY && !rest().any(|line| line.place.as_os_str() == *place))
        {
            Some((_, _, place)) => Err(other(Path::new(place))),
            None => Ok(()),
        }
    }

    /// Whether it is mounted there outside too, below what is shown.
    fn came_along(&self, line: &Line) -> bool {
        self.entries().any(|(kind, of, place)| kind == BELOW && place == line.place.as_os_str() && of == what(line))
    }
}

/// Whether what came along can be written no more than what it lies in. What nobody may look into (another user's FUSE)
/// stays as it was: bubblewrap cannot make it read-only.
fn may_be(line: &Line, files: &BTreeMap<&Path, (bool, &OsStr)>) -> bool {
    let around = line.place.ancestors().skip(1).find_map(|folder| files.get(folder));
    let may = line.read_only || around.is_some_and(|(writable, _)| *writable);
    may || walk(&line.place).is_err_and(|error| error == Errno::ACCESS)
}

/// Whether a place inside is the same one outside. A kept home is not: what is mounted in the real one is no part of it.
fn is_shown((kind, wanted, place): &(&OsStr, &OsStr, &OsStr)) -> bool {
    let is_itself = || walk(Path::new(place)).is_ok_and(|found| identity(found).is_ok_and(|found| found == *wanted));
    *kind == SYSTEM || (*kind == READ || *kind == WRITE) && is_itself()
}

/// A file system and what of it.
fn what(line: &Line) -> OsString {
    OsString::from_vec([line.device, line.root.as_os_str().as_bytes()].join(&b' '))
}

fn is_the_same(one: &Line, other: &Line) -> bool {
    (one.device, &one.root) == (other.device, &other.root)
}

/// The same place below what is mounted around it.
fn is_part(line: &Line, around: &Line) -> bool {
    let below = line.place.strip_prefix(&around.place);
    line.device == around.device && below.is_ok_and(|below| line.root == around.root.join(below))
}

/// A part of /proc over itself.
fn is_proc(line: &Line) -> bool {
    let part = line.place.strip_prefix("/proc").ok().filter(|part| PROC.iter().any(|known| *part == Path::new(known)));
    line.kind == b"proc" && part.is_some_and(|part| line.root == Path::new("/").join(part))
}

fn is_inside(place: &Path, folder: &Path) -> bool {
    place != folder && place.starts_with(folder)
}

/// Device and inode.
fn identity(file: impl AsFd) -> io::Result<OsString> {
    let found = fstat(file)?;
    Ok(format!("{} {}", found.st_dev, found.st_ino).into())
}

/// The mount that it is in, by the table's number (since Linux 5.8).
fn number(file: impl AsFd) -> io::Result<u64> {
    let found = statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID)?;
    if found.stx_mask & StatxFlags::MNT_ID.bits() == 0 {
        return Err(io::Error::other("this kernel does not say what is mounted where"));
    }
    Ok(found.stx_mnt_id)
}

fn other(place: &Path) -> io::Error {
    let place: PathBuf = place.into();
    io::Error::other(format!("{} was replaced while the sandbox was made", place.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::mount::open_path;

    #[test]
    fn what_is_mounted_below_another_place_of_the_same_name_is_not_meant() {
        let below = |source: &str| {
            let source = open_path(Path::new(source)).unwrap();
            let mut meant = Meant::default();
            meant.mount(&Mount { source, path: "/dev".into(), writable: true }).unwrap();
            meant.below().unwrap();
            meant.entries().filter(|(kind, ..)| *kind == BELOW).count()
        };
        // The real one, where there is always something mounted; and a kept home.
        assert_ne!(below("/dev"), 0);
        assert_eq!(below("/usr"), 0);
    }
}
