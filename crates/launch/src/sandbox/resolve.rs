//! Where a path that a server named leads to, without asking anybody for it.
//!
//! Links are followed by hand, and what would first have to be mounted is
//! nowhere: looking into an automounter's folder asks the network for the next
//! name, and that name would be the server's word to the outside.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, fstat, fstatfs, open, openat, readlinkat};

/// As many as the kernel follows.
const MOST_LINKS: usize = 40;

const AUTOFS: u64 = 0x0187;

/// The same without links; `None` for what is not there, or not to be asked for.
pub(super) fn resolve(path: &Path) -> Option<PathBuf> {
    // An automounter's folder is opened by this, and nothing is mounted.
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let root = || open("/", flags, Mode::empty()).ok();
    let mut left = path.is_absolute().then(|| steps(path))?;
    let (mut at, mut real, mut links) = (root()?, PathBuf::from("/"), 0);
    while let Some(name) = left.pop_front() {
        let found = openat(&at, &name, flags, Mode::empty()).ok()?;
        if name == OsStr::new("..") {
            real.pop();
            at = found;
            continue;
        }
        if FileType::from_raw_mode(fstat(&found).ok()?.st_mode).is_symlink() {
            links += 1;
            let target = readlinkat(&found, "", Vec::new()).ok().filter(|_| links <= MOST_LINKS)?;
            let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
            if target.is_absolute() {
                (at, real) = (root()?, PathBuf::from("/"));
            }
            steps(&target).into_iter().rev().for_each(|step| left.push_front(step));
            continue;
        }
        if fstatfs(&found).ok()?.f_type as u64 == AUTOFS {
            return None;
        }
        real.push(name);
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
            assert_eq!(resolve(&path), path.canonicalize().ok(), "{}", path.display());
        }
        assert_eq!(resolve(Path::new("a")), None);
    }
}
