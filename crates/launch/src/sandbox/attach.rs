//! The process that enters a sandbox's mounts and puts each where it belongs.
//!
//! It goes from folder to folder by descriptors and through no link, and mounts
//! on the very file that it compared, so names that others change meanwhile
//! lead nowhere. Whoever made a namespace may enter it: nothing inside needs a
//! privilege for that, nor gets one.

use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{AtFlags, CWD, FileType, StatVfsMountFlags, StatxAttributes, StatxFlags, fstat, fstatvfs, statx};
use rustix::io::Errno;
use rustix::mount::{MoveMountFlags, OpenTreeFlags, move_mount, open_tree};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::mount::walk;
use super::places::{How, Place, Places, aside, identity};
use super::{SandboxError, descriptors, kept};
use crate::stderr::tell;

/// The word behind the launcher's own name.
pub(super) const COMMAND: &str = "attach";

/// Before anything is started: all must be what was approved.
pub(super) const FIRST: &str = "first";

/// While the server runs: what is there now is kept.
pub(super) const AGAIN: &str = "again";

/// A file system may hang.
const MOST_SECONDS: u32 = 20;

/// Whoever changes the mounts so often does nothing else.
const MOST_LOOKS: usize = 100;

/// Puts all places where they belong. The words are the numbers of three descriptors (the places, the sandbox's mounts,
/// and the table of them), and when it is. Returns the exit code.
pub fn attach(words: &[String]) -> u8 {
    match run(words) {
        Ok(()) => 0,
        Err(error) => {
            tell(error);
            1
        }
    }
}

fn run(words: &[String]) -> io::Result<()> {
    let misused = || io::Error::other("this command is for the making of a sandbox only");
    let [plan, namespace, table, when] = words else { return Err(misused()) };
    let is_first = when == FIRST;
    let take = |number: &str| descriptors::take(number).ok_or_else(misused);
    let (plan, namespace, table) = (take(plan)?, take(namespace)?, take(table)?);
    let places = Places::read(plan)?;
    #[expect(unsafe_code)]
    // SAFETY: it reads no memory; its signal ends this process, which is meant.
    unsafe {
        libc::alarm(MOST_SECONDS);
    }
    enter(&namespace)?;
    if is_first {
        places.0.iter().try_for_each(|place| place.put(&places))?;
    }
    for _ in 0..MOST_LOOKS {
        places.0.iter().try_for_each(|place| place.keep(is_first))?;
        // Until nothing is mounted or unmounted any more.
        let look = Timespec { tv_sec: 0, tv_nsec: 0 };
        if poll(&mut [PollFd::new(&table, PollFlags::PRI)], Some(&look))? == 0 {
            return Ok(());
        }
    }
    Err(io::Error::other("the mounts in there do not come to rest"))
}

/// Root may at once, and keeps all its rights to files; others have to become the root of the sandbox's users first.
fn enter(namespace: &OwnedFd) -> io::Result<()> {
    let go = |into: &OwnedFd, kind| move_into_link_name_space(into.as_fd(), Some(kind));
    if go(namespace, LinkNameSpaceType::Mount).is_ok() {
        return Ok(());
    }
    // ioctl_nsfs(2)
    const NS_GET_USERNS: libc::Ioctl = 0xb701;
    #[expect(unsafe_code)]
    // SAFETY: the call reads no memory; what it returns is a new descriptor or an error.
    let owner = unsafe {
        let owner = libc::ioctl(namespace.as_raw_fd(), NS_GET_USERNS);
        if owner < 0 {
            return Err(io::Error::last_os_error());
        }
        OwnedFd::from_raw_fd(owner)
    };
    go(&owner, LinkNameSpaceType::User)?;
    Ok(go(namespace, LinkNameSpaceType::Mount)?)
}

impl Place {
    /// The first time.
    fn put(&self, all: &Places) -> io::Result<()> {
        let (from, is_empty) = match self.how {
            How::Mounted => {
                let found = self.walk()?;
                return if self.writable { Ok(()) } else { fix(&found) };
            }
            How::Part => return self.keep(true),
            How::Aside(number) => (aside(number), false),
            How::Empty(number) => (aside(number), true),
        };
        let source = walk(&from).map_err(|_| other(&self.path))?;
        if !is_empty {
            self.compare(&source)?;
        }
        if !self.writable {
            fix(&source)?;
        }
        let is_folder = FileType::from_raw_mode(fstat(&source)?.st_mode).is_dir();
        let place = make(&self.path, is_folder, all).ok_or_else(|| other(&self.path))?;
        put_on(&source, &place)
    }

    /// Mounts it again where it lost its mount.
    fn keep(&self, is_first: bool) -> io::Result<()> {
        let is_part = match self.how {
            How::Mounted | How::Empty(_) => return Ok(()),
            // What would be there instead may be written less.
            How::Aside(_) if self.writable && !is_first => return Ok(()),
            How::Aside(_) => false,
            How::Part => true,
        };
        for _ in 0..MOST_LOOKS {
            let found = match if is_first { self.walk() } else { walk(&self.path).map_err(Into::into) } {
                // Nothing is there any more that could be changed.
                Err(error) if !is_first && is_nothing(&error) => return Ok(()),
                Err(error) if is_first => return Err(error),
                Err(_) => return Err(lost(&self.path)),
                Ok(found) => found,
            };
            if self.stands(&found)? {
                return Ok(());
            }
            if is_first && !is_part {
                return Err(other(&self.path));
            }
            match self.cover(&found) {
                // It was replaced since it was found.
                Err(error) if is_nothing(&error) => {}
                done => return done,
            }
        }
        Err(lost(&self.path))
    }

    /// Whether something is mounted there, and as it should be.
    fn stands(&self, found: &OwnedFd) -> io::Result<bool> {
        let attributes = statx(found, "", AtFlags::EMPTY_PATH, StatxFlags::empty())?.stx_attributes;
        let is_mounted = attributes.contains(StatxAttributes::MOUNT_ROOT);
        Ok(is_mounted && (self.writable || fstatvfs(found)?.f_flag.contains(StatVfsMountFlags::RDONLY)))
    }

    /// Mounts it on itself.
    fn cover(&self, found: &OwnedFd) -> io::Result<()> {
        let flags = OpenTreeFlags::OPEN_TREE_CLONE
            | OpenTreeFlags::OPEN_TREE_CLOEXEC
            | OpenTreeFlags::AT_EMPTY_PATH
            | OpenTreeFlags::AT_RECURSIVE;
        let part = open_tree(found, "", flags)?;
        if !self.writable {
            fix(&part)?;
        }
        put_on(&part, found)
    }

    /// What is there, if it is what was approved.
    fn walk(&self) -> io::Result<OwnedFd> {
        let found = walk(&self.path).map_err(|_| other(&self.path))?;
        self.compare(&found)?;
        Ok(found)
    }

    fn compare(&self, found: &OwnedFd) -> io::Result<()> {
        if identity(found)? == self.what { Ok(()) } else { Err(other(&self.path)) }
    }
}

/// Goes to a place; what is missing on the way in an empty one is made.
fn make(path: &Path, is_folder: bool, all: &Places) -> Option<OwnedFd> {
    let is_empty = |folder: &Path| all.0.iter().any(|place| matches!(place.how, How::Empty(_)) && place.path == folder);
    let Some(empty) = path.ancestors().skip(1).find(|folder| is_empty(folder)) else { return walk(path).ok() };
    let mut at = walk(empty).ok()?;
    let mut names = path.strip_prefix(empty).ok()?.iter().peekable();
    while let Some(name) = names.next() {
        at = kept::make(&at, name, names.peek().is_some() || is_folder)?;
    }
    Some(at)
}

/// Read-only with all that is mounted in it, and from now on nothing is mounted in it from outside.
fn fix(mount: &OwnedFd) -> io::Result<()> {
    set(mount.as_raw_fd(), size_of::<libc::mount_attr>())
}

/// Whether this kernel can.
pub(super) fn usable() -> Result<(), SandboxError> {
    match set(CWD.as_raw_fd(), 0).map_err(|error| error.raw_os_error()) {
        Err(Some(libc::EINVAL)) => Ok(()),
        Err(Some(libc::ENOSYS)) => {
            Err(SandboxError::Refused { reason: "this kernel is too old for bubblewrap, Linux 5.12 is needed".into() })
        }
        _ => Err(SandboxError::Refused { reason: "something around it forbids mounts".into() }),
    }
}

fn set(mount: i32, size: usize) -> io::Result<()> {
    #[expect(unsafe_code)]
    // SAFETY: `attributes` lives until the call returns, and `size` is its size or nothing.
    let done = unsafe {
        let attributes = libc::mount_attr {
            attr_set: libc::MOUNT_ATTR_RDONLY,
            attr_clr: 0,
            propagation: libc::MS_PRIVATE,
            userns_fd: 0,
        };
        let flags = libc::AT_EMPTY_PATH | libc::AT_RECURSIVE;
        libc::syscall(libc::SYS_mount_setattr, mount, c"".as_ptr(), flags, &raw const attributes, size)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn put_on(mount: &OwnedFd, place: &OwnedFd) -> io::Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    Ok(move_mount(mount, "", place, "", flags)?)
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NOENT | Errno::NOTDIR))
}

fn other(place: &Path) -> io::Error {
    io::Error::other(format!("{} was replaced while the sandbox was made", place.display()))
}

fn lost(place: &Path) -> io::Error {
    io::Error::other(format!("{} was replaced by what cannot be kept from being written", place.display()))
}
