//! The way to a file, step by step: every folder and link on it, and the first
//! of them that other users may change.

#[cfg(unix)]
use std::collections::HashSet;
use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::clients::Os;
use crate::env::Env;
use crate::facts::{Loose, Writable};

/// Links followed on one way, as Linux does.
const LINKS: usize = 40;

/// Why a way does not lead to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gone {
    /// Nothing is there.
    Missing,
    /// It cannot be said: no right to look, a drive or network that may be away.
    Unknown,
}

/// A way that leads to something.
#[derive(Clone, Debug)]
pub(super) struct Walked {
    /// Where it ends, without links.
    pub(super) real: PathBuf,
    /// The first thing on it that others may change.
    pub(super) offence: Option<Writable>,
}

pub(super) struct Walker {
    os: Os,
    home: PathBuf,
    /// Whose home it is.
    #[cfg(unix)]
    owner: Option<u32>,
    /// Mount points of other computers.
    remote: Vec<PathBuf>,
    #[cfg(unix)]
    users: Users,
    walked: HashMap<PathBuf, (Result<Walked, Gone>, Option<Writable>)>,
    /// Of the last walk, what others may change as far as it led.
    pub(super) last_offence: Option<Writable>,
}

impl Walker {
    pub(super) fn new(env: &Env) -> Walker {
        Walker {
            os: env.os,
            home: env.home.clone(),
            #[cfg(unix)]
            owner: fs::metadata(&env.home).ok().map(|home| std::os::unix::fs::MetadataExt::uid(&home)),
            remote: remote_mounts(),
            #[cfg(unix)]
            users: Users { root: env.root.clone(), known: None },
            walked: HashMap::new(),
            last_offence: None,
        }
    }

    /// Follows an absolute path to its end.
    pub(super) fn walk(&mut self, path: &Path) -> Result<Walked, Gone> {
        if let Some((walked, offence)) = self.walked.get(path) {
            self.last_offence = offence.clone();
            return walked.clone();
        }
        let mut offence = self.misplaced(path);
        let walked = self.follow(path, &mut offence).map(|real| Walked { real, offence: offence.clone() });
        self.last_offence = offence.clone();
        self.walked.insert(path.to_owned(), (walked.clone(), offence));
        walked
    }

    fn follow(&mut self, path: &Path, offence: &mut Option<Writable>) -> Result<PathBuf, Gone> {
        let parts =
            |path: &Path| path.components().map(|part| part.as_os_str().to_owned()).collect::<VecDeque<OsString>>();
        let mut left = parts(path);
        let mut at = PathBuf::new();
        let mut links = 0;
        while let Some(part) = left.pop_front() {
            match Path::new(&part).components().next() {
                Some(Component::ParentDir) => {
                    at.pop();
                    continue;
                }
                Some(Component::CurDir) | None => continue,
                Some(Component::Prefix(_) | Component::RootDir | Component::Normal(_)) => {}
            }
            let next = at.join(&part);
            if self.remote.contains(&next) || is_foreign(&next, self.os) {
                return Err(Gone::Unknown);
            }
            let meta = fs::symlink_metadata(&next).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound if is_removable(path) => Gone::Unknown,
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Gone::Missing,
                _ => Gone::Unknown,
            })?;
            if offence.is_none() {
                *offence = self.loose(&next, &meta).map(|why| Writable { path: next.clone(), why });
            }
            if meta.is_symlink() {
                links += 1;
                let target = fs::read_link(&next).map_err(|_| Gone::Unknown)?;
                if links > LINKS {
                    return Err(Gone::Unknown);
                }
                for part in parts(&target).into_iter().rev() {
                    left.push_front(part);
                }
            } else {
                at = next;
            }
        }
        Ok(at)
    }

    /// A temporary, download or synced folder that a path leads through.
    fn misplaced(&self, path: &Path) -> Option<Writable> {
        const TEMPORARY: [&str; 5] = ["/tmp", "/var/tmp", "/private/tmp", "/private/var/tmp", "/dev/shm"];
        const OWN: [&str; 6] =
            ["Downloads", "Dropbox", "OneDrive", "Google Drive", "Library/CloudStorage", "Library/Mobile Documents"];
        let temporary = TEMPORARY.iter().map(PathBuf::from);
        let own = OWN.iter().map(|place| self.home.join(place));
        // A home that itself lies there was put there on purpose.
        let place = temporary.chain(own).find(|place| path.starts_with(place) && !self.home.starts_with(place))?;
        Some(Writable { path: place, why: Loose::Place })
    }

    /// Whether the user can write a folder that is not the system's.
    pub(super) fn is_users(&self, dir: &Path) -> bool {
        #[cfg(unix)]
        let owned = fs::metadata(dir).is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) != 0);
        #[cfg(not(unix))]
        let owned = false;
        owned || dir.starts_with(&self.home)
    }

    #[cfg(not(unix))]
    fn loose(&mut self, _: &Path, _: &Metadata) -> Option<Loose> {
        None
    }

    /// What others may do with one file or folder.
    #[cfg(unix)]
    fn loose(&mut self, path: &Path, meta: &Metadata) -> Option<Loose> {
        use std::os::unix::fs::MetadataExt;
        /// Whom a user of another namespace is shown as.
        const NOBODY: u32 = 65_534;
        let (mode, uid) = (meta.mode(), meta.uid());
        // Of a link only the folder that holds it counts.
        if !meta.is_symlink() {
            // In a sticky folder nobody replaces what is another's.
            let sticky = meta.is_dir() && mode & 0o1000 != 0;
            if mode & 0o002 != 0 && !sticky {
                return Some(Loose::World);
            }
            if mode & 0o020 != 0 && !sticky && self.is_shared(path, meta.gid()) {
                return Some(Loose::Group);
            }
        }
        let own = self.owner.is_none_or(|owner| uid == owner) || uid == 0 || uid == NOBODY;
        // Archives bring numbers along that are nobody's here.
        (!own && (self.os == Os::Macos || self.users.has(uid))).then_some(Loose::Owner)
    }

    /// Whether a group is one of several users.
    #[cfg(unix)]
    fn is_shared(&mut self, path: &Path, gid: u32) -> bool {
        /// macOS puts every user into this group.
        const STAFF: u32 = 20;
        let everybody = self.os == Os::Macos && gid == STAFF && path.starts_with(&self.home);
        gid != 0 && !everybody && (self.os == Os::Macos || self.users.share(gid))
    }
}

/// The users of this computer, as far as its files list them; read when first asked for.
#[cfg(unix)]
struct Users {
    root: PathBuf,
    known: Option<Known>,
}

#[cfg(unix)]
#[derive(Default)]
struct Known {
    ids: HashSet<u32>,
    /// Whether a group has several users.
    groups: HashMap<u32, bool>,
}

#[cfg(unix)]
impl Users {
    fn known(&mut self) -> &Known {
        self.known.get_or_insert_with(|| Known::read(&self.root))
    }

    fn has(&mut self, id: u32) -> bool {
        self.known().ids.contains(&id)
    }

    /// Whether more than one user is in a group; one that is not listed is not known to be shared.
    fn share(&mut self, group: u32) -> bool {
        self.known().groups.get(&group).copied().unwrap_or(false)
    }
}

#[cfg(unix)]
impl Known {
    /// `/etc/passwd` and `/etc/group`.
    fn read(root: &Path) -> Known {
        let read = |name: &str| fs::read_to_string(root.join("etc").join(name)).unwrap_or_default();
        let (passwd, group) = (read("passwd"), read("group"));
        let mut known = Known::default();
        let mut users: HashMap<u32, HashSet<&str>> = HashMap::new();
        for line in passwd.lines() {
            let mut parts = line.split(':');
            let (name, ids) = (parts.next().unwrap_or_default(), [parts.nth(1), parts.next()]);
            let [id, group] = ids.map(|id| id.and_then(|id| id.parse().ok()));
            known.ids.extend(id);
            if let Some(group) = group {
                users.entry(group).or_default().insert(name);
            }
        }
        for line in group.lines() {
            let mut parts = line.split(':').skip(2);
            let (id, members) = (parts.next().and_then(|id| id.parse().ok()), parts.next().unwrap_or_default());
            if let Some(id) = id {
                users.entry(id).or_default().extend(members.split(',').filter(|name| !name.is_empty()));
            }
        }
        let several = |names: &HashSet<&str>| names.len() > usize::from(names.contains("root")) + 1;
        known.groups = users.iter().map(|(id, names)| (*id, several(names))).collect();
        known
    }
}

/// Mount points behind a network, by Linux' own list; other systems keep theirs below `/Volumes` and `/net`.
fn remote_mounts() -> Vec<PathBuf> {
    const REMOTE: [&str; 12] = [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "autofs",
        "ceph",
        "glusterfs",
        "fuse.sshfs",
        "fuse.rclone",
        "fuse.gvfsd-fuse",
    ];
    let list = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mount = |line: &str| {
        let (mount, kind) = line.split_once(" - ")?;
        let remote = REMOTE.contains(&kind.split(' ').next()?);
        // Blanks are written as `\040`.
        remote.then(|| mount.split(' ').nth(4).map(|path| PathBuf::from(path.replace("\\040", " "))))?
    };
    list.lines().filter_map(mount).filter(|path| path != Path::new("/")).collect()
}

/// Whether a path is one of another kind of system.
fn is_foreign(path: &Path, os: Os) -> bool {
    match os {
        Os::Linux => path == Path::new("/Users") || path == Path::new("/Volumes"),
        Os::Macos => path == Path::new("/home") || path == Path::new("/mnt"),
        Os::Windows => path.to_string_lossy().starts_with(r"\\"),
    }
}

/// Whether a path leads to a drive that may not be there now.
fn is_removable(path: &Path) -> bool {
    ["/mnt", "/media", "/run/media", "/Volumes", "/net"].iter().any(|place| path.starts_with(place))
}
