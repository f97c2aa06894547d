//! Where a path that a server named leads to, without a trace of the question.
//!
//! The names are the server's words, so nobody else may get to hear them: what
//! lies on a network or in another program (FUSE, an automounter) is nowhere,
//! known from the table of mounts before it is touched. And the server must not
//! see that it was looked for: a link that it can see is not read, since the
//! time of the last reading stands at it.

use std::collections::{HashSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, fstat, open, openat, readlinkat};

use super::table::{Line, lines};

/// As many as the kernel follows.
const MOST_LINKS: usize = 40;

/// Kinds of file systems that ask nobody outside of this computer's kernel.
const LOCAL: &[&str] = &[
    "bcachefs", "btrfs", "ecryptfs", "erofs", "exfat", "ext2", "ext3", "ext4", "f2fs", "hfsplus", "iso9660", "jfs",
    "nilfs2", "ntfs3", "overlay", "ramfs", "reiserfs", "rootfs", "squashfs", "tmpfs", "ubifs", "udf", "vfat", "xfs",
    "zfs",
];

/// The folders where something else is mounted than a local file system.
pub(super) struct Elsewhere(HashSet<PathBuf>);

impl Elsewhere {
    /// As it is now; `None` where the system does not tell.
    pub(super) fn now() -> Option<Elsewhere> {
        Some(Elsewhere::of(&std::fs::read("/proc/self/mountinfo").ok()?))
    }

    /// Of several mounts at one place the last is seen; any that is not local counts here.
    fn of(table: &[u8]) -> Elsewhere {
        let is_foreign = |line: &Line| !LOCAL.iter().any(|local| local.as_bytes() == line.kind);
        Elsewhere(lines(table).filter(is_foreign).map(|line| line.place).collect())
    }
}

/// The same without links; `None` for what is not there, or not to be asked for. `follows`: whether a link that lies
/// there may be read.
pub(super) fn resolve(path: &Path, elsewhere: &Elsewhere, follows: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let root = || open("/", flags, Mode::empty()).ok().filter(|_| !elsewhere.0.contains(Path::new("/")));
    let mut left = path.is_absolute().then(|| steps(path))?;
    let (mut at, mut real, mut links) = (root()?, PathBuf::from("/"), 0);
    while let Some(name) = left.pop_front() {
        if name == OsStr::new("..") {
            at = openat(&at, &name, flags, Mode::empty()).ok()?;
            real.pop();
            continue;
        }
        real.push(&name);
        if elsewhere.0.contains(&real) {
            return None;
        }
        let found = openat(&at, &name, flags, Mode::empty()).ok()?;
        if FileType::from_raw_mode(fstat(&found).ok()?.st_mode).is_symlink() {
            links += 1;
            let may = links <= MOST_LINKS && follows(&real);
            let target = may.then(|| readlinkat(&found, "", Vec::new()).ok())??;
            let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
            real.pop();
            if target.is_absolute() {
                (at, real) = (root()?, PathBuf::from("/"));
            }
            steps(&target).into_iter().rev().for_each(|step| left.push_front(step));
            continue;
        }
        at = found;
    }
    Some(real)
}

fn steps(path: &Path) -> VecDeque<OsString> {
    let steps = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    });
    steps.collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_as_the_system_does() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        fs::create_dir_all(home.join("a/b")).unwrap();
        fs::write(home.join("a/b/file"), "").unwrap();
        for (target, link) in
            [("a", "one"), ("../a/b", "a/two"), ("loop", "loop"), ("nowhere", "dangling"), ("one/two/file", "three")]
        {
            symlink(target, home.join(link)).unwrap();
        }
        symlink(home.join("a"), home.join("whole")).unwrap();
        for path in [
            "",
            "a/b/file",
            "one/b",
            "a/two/file",
            "whole/two/../b/./file",
            "three",
            "loop",
            "dangling",
            "gone",
            "a/b/file/x",
            "a/two/..",
            "../..",
        ] {
            let path = home.join(path);
            let real = resolve(&path, &Elsewhere::of(b""), |_| true);
            assert_eq!(real, path.canonicalize().ok(), "{}", path.display());
        }
        assert_eq!(resolve(Path::new("a"), &Elsewhere::of(b""), |_| true), None);
    }

    #[test]
    fn a_link_that_may_not_be_read_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        fs::create_dir(home.join("a")).unwrap();
        symlink("a", home.join("link")).unwrap();
        // Older than what it says, so that a reading would show.
        let old = rustix::fs::Timespec { tv_sec: 1_000_000, tv_nsec: 0 };
        let times = rustix::fs::Timestamps { last_access: old, last_modification: old };
        rustix::fs::utimensat(rustix::fs::CWD, home.join("link"), &times, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)
            .unwrap();
        assert_eq!(resolve(&home.join("a/../link"), &Elsewhere::of(b""), |path| path != home.join("link")), None);
        let seen = fs::symlink_metadata(home.join("link")).unwrap().accessed().unwrap();
        assert_eq!(seen.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(), 1_000_000);
    }

    #[test]
    fn what_is_mounted_from_elsewhere_is_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        fs::create_dir_all(home.join("my mount/a")).unwrap();
        fs::create_dir_all(home.join("disk/a")).unwrap();
        let place = |name: &str| home.join(name).to_str().unwrap().replace(' ', "\\040");
        let table = format!(
            "36 35 0:44 / {} rw,nosuid shared:1 master:2 - fuse.sshfs me@host: rw\n37 35 8:1 / {} rw - ext4 /dev/sda1 rw\n",
            place("my mount"),
            place("disk")
        );
        let elsewhere = Elsewhere::of(table.as_bytes());
        for (path, there) in
            [("my mount", false), ("my mount/a", false), ("disk/../my mount/a", false), ("disk/a", true)]
        {
            assert_eq!(resolve(&home.join(path), &elsewhere, |_| true).is_some(), there, "{path}");
        }
        assert!(resolve(&home, &Elsewhere::of(b"1 0 0:1 / / rw - nfs4 server:/ rw\n"), |_| true).is_none());
        assert!(Elsewhere::now().is_some());
    }
}
