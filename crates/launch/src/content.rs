//! What a folder of the package store holds, as two digests.
//!
//! Taken once, when a package was installed, and compared before each start.
//! The quick one says that nobody wrote there since; where it cannot say so (a
//! backup was put back, a file was touched), the bytes decide. No link is
//! followed: where one leads is a part of the content, what lies there is not.

use std::io;
use std::path::Path;

use crate::profile::Content;

impl Content {
    /// The content of the folder `dir` as it is now. Reads all of it. An error
    /// where something in it is neither file, folder nor link, cannot be read,
    /// or changes meanwhile.
    pub fn of(dir: &Path) -> io::Result<Content> {
        let seen = walk::digest(dir, false)?;
        let bytes = walk::digest(dir, true)?;
        if walk::digest(dir, false)? != seen {
            return Err(io::Error::other("it changes while it is read"));
        }
        Ok(Content { bytes, seen })
    }

    /// Whether the folder `dir` still holds this. Reads files only where their
    /// inodes, sizes, modes or times of last change are others than they were.
    pub fn is_in(&self, dir: &Path) -> io::Result<bool> {
        Ok(walk::digest(dir, false)? == self.seen || walk::digest(dir, true)? == self.bytes)
    }
}

#[cfg(unix)]
mod walk {
    use std::fs::File;
    use std::io::{self, Read};
    use std::os::fd::{BorrowedFd, OwnedFd};
    use std::os::unix::ffi::OsStrExt;
    use std::path::{Path, PathBuf};
    use std::sync::{Condvar, Mutex};
    use std::{ffi, thread};

    use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, fstat, open, openat, readlinkat, statat};
    use sha2::{Digest as _, Sha256};

    /// Folders are read side by side: most of the time goes into asking the kernel.
    const MOST_THREADS: usize = 4;

    /// One digest of all that lies in `dir`: of its `bytes`, or of what the
    /// file system says of it. Of the digests of its folders, in their order.
    pub(super) fn digest(dir: &Path, bytes: bool) -> io::Result<String> {
        let top = open(dir, FOLDER, Mode::empty())?;
        let mut hash = Sha256::new();
        add(&mut hash, b"", &fstat(&top)?, bytes);
        let work = Mutex::new(Work { waiting: vec![PathBuf::from(".")], busy: 0, done: Vec::new(), failed: None });
        let more = Condvar::new();
        let threads = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        thread::scope(|scope| {
            for _ in 1..threads {
                // With fewer of them it takes longer.
                let _ = thread::Builder::new().spawn_scoped(scope, || take_part(&top, &work, &more, bytes));
            }
            take_part(&top, &work, &more, bytes);
        });
        let mut work = work.into_inner().expect(SOUND);
        if let Some(error) = work.failed {
            return Err(error);
        }
        work.done.sort_unstable();
        for (path, digest) in work.done {
            number(&mut hash, path.as_os_str().len() as u64);
            hash.update(path.as_os_str().as_bytes());
            hash.update(digest);
        }
        Ok(data_encoding::HEXLOWER.encode(&hash.finalize()))
    }

    const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

    const SOUND: &str = "nothing panics while it is held";

    /// What is done of one walk, and what is not.
    struct Work {
        /// Folders to be read.
        waiting: Vec<PathBuf>,
        /// How many are being read.
        busy: usize,
        done: Vec<(PathBuf, [u8; 32])>,
        failed: Option<io::Error>,
    }

    /// Reads folders until there is none left.
    fn take_part(top: &OwnedFd, work: &Mutex<Work>, more: &Condvar, bytes: bool) {
        let mut now = work.lock().expect(SOUND);
        loop {
            if now.failed.is_some() || now.waiting.is_empty() && now.busy == 0 {
                more.notify_all();
                return;
            }
            let Some(path) = now.waiting.pop() else {
                now = more.wait(now).expect(SOUND);
                continue;
            };
            now.busy += 1;
            drop(now);
            let read = list(top, &path, bytes);
            now = work.lock().expect(SOUND);
            now.busy -= 1;
            match read {
                Ok((digest, below)) => {
                    now.waiting.extend(below);
                    now.done.push((path, digest));
                }
                Err(error) => now.failed = Some(error),
            }
            if now.waiting.len() > 1 {
                more.notify_one();
            }
        }
    }

    /// The digest of what lies in one folder, names in the order of their
    /// bytes, and the folders in it.
    fn list(top: &OwnedFd, path: &Path, bytes: bool) -> io::Result<([u8; 32], Vec<PathBuf>)> {
        let mut folder = Dir::new(openat(top, path, FOLDER, Mode::empty())?)?;
        let mut names = Vec::new();
        while let Some(entry) = folder.read() {
            let name = entry?.file_name().to_owned();
            if name.as_bytes() != b"." && name.as_bytes() != b".." {
                names.push(name);
            }
        }
        names.sort_unstable();
        let folder = folder.fd()?;
        let mut hash = Sha256::new();
        let mut below = Vec::new();
        for name in names {
            let name = ffi::OsStr::from_bytes(name.as_bytes());
            let found = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
            add(&mut hash, name.as_bytes(), &found, bytes);
            match FileType::from_raw_mode(found.st_mode) {
                FileType::Directory => below.push(path.join(name)),
                FileType::RegularFile if bytes => read(&mut hash, folder, name, &found)?,
                FileType::Symlink if bytes => {
                    let target = readlinkat(folder, name, Vec::new())?;
                    number(&mut hash, target.as_bytes().len() as u64);
                    hash.update(target.as_bytes());
                }
                FileType::RegularFile | FileType::Symlink => {}
                _ => return Err(io::Error::other("it holds what is neither file, folder nor link")),
            }
        }
        Ok((hash.finalize().into(), below))
    }

    /// What there is to say of one name without opening it.
    #[allow(clippy::unnecessary_cast, clippy::cast_sign_loss, reason = "the types differ by system; bits are bits")]
    fn add(hash: &mut Sha256, name: &[u8], found: &Stat, bytes: bool) {
        number(hash, name.len() as u64);
        hash.update(name);
        let mode = found.st_mode as u64;
        if bytes {
            const KIND: u64 = 0o170_000;
            let is_file = FileType::from_raw_mode(found.st_mode).is_file();
            number(hash, mode & KIND);
            // Whether it can be started; the rest of a mode is the user's business.
            number(hash, u64::from(is_file && mode & 0o111 != 0));
        } else {
            let times = [found.st_ctime as u64, found.st_ctime_nsec as u64];
            for one in [mode, found.st_ino as u64, found.st_size as u64].into_iter().chain(times) {
                number(hash, one);
            }
        }
    }

    fn read(hash: &mut Sha256, folder: BorrowedFd, name: &ffi::OsStr, found: &Stat) -> io::Result<()> {
        // NONBLOCK: a FIFO in its place must not make us wait.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = File::from(openat(folder, name, flags, Mode::empty())?);
        let length = u64::try_from(found.st_size).unwrap_or_default();
        number(hash, length);
        // One more than there should be: it must not have grown meanwhile.
        let mut file = file.take(length.saturating_add(1));
        let mut buffer = vec![0; 1 << 16];
        let mut total = 0;
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                count => {
                    total += count as u64;
                    hash.update(&buffer[..count]);
                }
            }
        }
        if total == length { Ok(()) } else { Err(io::Error::other("it changes while it is read")) }
    }

    fn number(hash: &mut Sha256, number: u64) {
        hash.update(number.to_be_bytes());
    }
}

#[cfg(not(unix))]
mod walk {
    use std::io;
    use std::path::Path;

    /// Packages are installed only where there is a sandbox for them.
    pub(super) fn digest(_: &Path, _: bool) -> io::Result<String> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, File, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// A package with an interpreter elsewhere.
    #[expect(clippy::unwrap_used, reason = "tests")]
    fn package() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("lib/deep")).unwrap();
        for (name, text) in [("lib/a.js", "one"), ("lib/deep/b.js", "two"), ("lib.js", "three")] {
            fs::write(at(name), text).unwrap();
        }
        symlink("/usr/bin/env", at("python")).unwrap();
        folder
    }

    #[test]
    fn every_change_of_the_content_is_seen() {
        type Change = fn(&Path);
        let changes: [(&str, Change); 9] = [
            ("a byte", |at| fs::write(at.join("lib/deep/b.js"), "twx").unwrap()),
            ("a file more", |at| fs::write(at.join("lib/deep/.c"), "").unwrap()),
            ("a file less", |at| fs::remove_file(at.join("lib/a.js")).unwrap()),
            ("a folder more", |at| fs::create_dir(at.join("empty")).unwrap()),
            ("another name", |at| fs::rename(at.join("lib/a.js"), at.join("lib/c.js")).unwrap()),
            ("a mode", |at| fs::set_permissions(at.join("lib/a.js"), Permissions::from_mode(0o755)).unwrap()),
            ("a link that leads elsewhere", |at| {
                fs::remove_file(at.join("python")).unwrap();
                symlink("/usr/bin/true", at.join("python")).unwrap();
            }),
            ("a link instead of a file", |at| {
                fs::rename(at.join("lib/a.js"), at.parent().unwrap().join("moved-a.js")).unwrap();
                symlink(at.parent().unwrap().join("moved-a.js"), at.join("lib/a.js")).unwrap();
            }),
            ("two files in one", |at| {
                fs::write(at.join("lib/a.js"), "onetwo").unwrap();
                fs::write(at.join("lib/deep/b.js"), "").unwrap();
            }),
        ];
        for (what, change) in changes {
            let outer = tempfile::tempdir().unwrap();
            let package = package();
            let at = outer.path().join("package");
            fs::rename(package.path(), &at).unwrap();
            let content = Content::of(&at).unwrap();
            assert!(content.is_in(&at).unwrap());
            change(&at);
            assert!(!content.is_in(&at).unwrap(), "{what}");
        }
    }

    #[test]
    fn what_was_only_touched_or_copied_is_the_same() {
        let package = package();
        let content = Content::of(package.path()).unwrap();
        let file = File::options().write(true).open(package.path().join("lib.js")).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        fs::set_permissions(package.path().join("lib.js"), Permissions::from_mode(0o600)).unwrap();
        let touched = Content::of(package.path()).unwrap();
        assert_eq!(touched.bytes, content.bytes);
        assert_ne!(touched.seen, content.seen);
        assert!(content.is_in(package.path()).unwrap());
        let other = super::tests::package();
        assert!(content.is_in(other.path()).unwrap());
    }

    #[test]
    fn what_cannot_be_told_is_an_error() {
        let package = package();
        let content = Content::of(package.path()).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(package.path().join("s")).unwrap();
        assert!(content.is_in(package.path()).is_err());
        drop(socket);
        fs::remove_file(package.path().join("s")).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let link = elsewhere.path().join("link");
        symlink(package.path(), &link).unwrap();
        assert!(content.is_in(&link).is_err(), "a link was followed");
        assert!(content.is_in(&elsewhere.path().join("gone")).is_err());
    }
}
