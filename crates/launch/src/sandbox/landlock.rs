//! Landlock: the fence where namespaces are forbidden.
//!
//! The server sees the whole file system and every process, and may open only
//! what the rules name: the system, its grants, and private folders of its own
//! in place of home and /tmp. A rule holds for all that lies below a folder and
//! nothing can be taken out of it again, so of a writable folder with something
//! protected in it only the other names get a rule: nothing new can be made
//! beside a `.git`. No sockets but the profile's: that is the filter's part.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};
use rustix::fs::{FileType, Mode, OFlags, fstat, openat};
use rustix::thread::{CapabilitySet, CapabilitySets};

use super::bubblewrap::{Around, NETWORK_SETTINGS, SETTINGS};
use super::folder::{self, Folder};
use super::grants::{self, Opened};
use super::mount::Mount;
use super::protect::Repositories;
use super::seccomp::{Allowed, Filter};
use super::{Engine, Network, Sandbox, SandboxError, Variables, descriptors, kept, reap};
use crate::state::State;

/// The least that is taken: before Linux 6.2 any file could be emptied.
const LEAST: i32 = 3;

/// Since Linux 6.12 signals stay inside.
const SIGNALS: i32 = 6;

/// What the launcher asks for where the kernel knows it: tested with version 7.
const WANTED: ABI = ABI::V6;

/// Programs and their libraries; most are links into `/usr`. And what every
/// program reads of itself: of other processes the kernel shows no more there
/// than their names, command lines and sizes.
const SYSTEM: &[&str] = &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/proc"];

const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// The rules, and where the server's private folders are.
pub(super) struct Landlock {
    rules: OwnedFd,
    cwd: PathBuf,
    home: PathBuf,
    private: Folder,
    /// What is there of repositories where it may write.
    pub(super) repositories: Repositories,
}

impl Landlock {
    /// Opens the grants and makes the private folder; starts nothing.
    pub(super) fn prepare(sandbox: &Sandbox, cwd: &Path, home: &Path) -> Result<Landlock, SandboxError> {
        usable()?;
        if matches!(sandbox.network, Network::Hosts(_)) {
            return Err(SandboxError::NoHosts);
        }
        let private = Folder::new(&State::at(home.join(".warder")).temporary()).map_err(SandboxError::Io)?;
        let mut rules = Rules::new(sandbox).map_err(SandboxError::Io)?;
        rules.system(sandbox.network == Network::All).map_err(SandboxError::Io)?;
        rules.write(private.as_fd()).map_err(SandboxError::Io)?;
        let Opened { mounts, repositories } = grants::open_all(sandbox)?;
        let (mut own, temporary) = (private.home(), private.temporary());
        if let Some(keeps) = &sandbox.keeps {
            rules.write(kept::open_folder(keeps, home)?).map_err(SandboxError::Io)?;
            own.clone_from(&keeps.path);
        }
        rules.grants(&mounts).map_err(SandboxError::Io)?;
        let cwd = match cwd {
            cwd if cwd == sandbox.home => own.clone(),
            cwd if cwd == Path::new("/tmp") => temporary,
            cwd => cwd.to_owned(),
        };
        Ok(Landlock { rules: rules.done()?, cwd, home: own, private, repositories })
    }

    /// The inner stage, in the working directory, with these words and the rules.
    pub(super) fn around(&self, words: &[String]) -> io::Result<Around> {
        // The file that runs now, even when an update replaced it meanwhile.
        let mut command = Command::new("/proc/self/exe");
        command.args(words).arg(descriptors::hand_over(&self.rules)?.to_string());
        command.env_clear().current_dir(&self.cwd).stdin(Stdio::null()).stdout(Stdio::null());
        reap::gather_orphans()?;
        Ok(Around { command, files: Vec::new() })
    }

    /// Where the server's own folders are.
    pub(super) fn variables(&self) -> Variables {
        let temporary = self.private.temporary();
        Variables::from([("HOME".into(), self.home.clone().into()), ("TMPDIR".into(), temporary.into())])
    }

    /// What has to be there until the server's end.
    pub(super) fn private(self) -> Folder {
        self.private
    }
}

/// Whether this kernel's Landlock holds enough.
fn usable() -> Result<(), SandboxError> {
    let found = version();
    let reason = match found {
        LEAST.. => return Ok(()),
        1.. => "its Landlock is too old, Linux 6.2 is needed",
        _ => "it has no Landlock, or it is switched off",
    };
    Err(SandboxError::NoLandlock { reason })
}

/// Whether signals of the server reach other programs.
pub(super) fn lets_signals_out() -> bool {
    version() < SIGNALS
}

/// The kernel's version of Landlock; below 1 when it has none.
fn version() -> i32 {
    const VERSION: u32 = 1;
    #[expect(unsafe_code)]
    // SAFETY: asked for its version, the call reads no memory.
    let found = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0_usize, VERSION) };
    i32::try_from(found).unwrap_or(0)
}

/// Puts this thread under the rules, and all that it starts.
pub(super) fn restrict(rules: &OwnedFd) -> io::Result<()> {
    #[expect(unsafe_code)]
    // SAFETY: the descriptor is open as long as it is borrowed; the call reads
    // no memory.
    let done = unsafe { libc::syscall(libc::SYS_landlock_restrict_self, rules.as_raw_fd(), 0_u32) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// What bubblewrap does for its inner stage: a session without the client's
/// terminal, no capability, and every orphan.
pub(super) fn leave_everything() -> io::Result<()> {
    rustix::process::setsid()?;
    reap::gather_orphans()?;
    for number in 0..u64::BITS {
        // An ordinary user may not, and has none; the kernel knows fewer than 64.
        if rustix::thread::remove_capability_from_bounding_set(CapabilitySet::from_bits_retain(1 << number)).is_err() {
            break;
        }
    }
    rustix::thread::clear_ambient_capability_set()?;
    let none = CapabilitySet::empty();
    let none = CapabilitySets { effective: none, permitted: none, inheritable: none };
    Ok(rustix::thread::set_capabilities(None, none)?)
}

/// Whether a program starts under rules and filter here.
pub(super) fn probe() -> Result<(), SandboxError> {
    usable()?;
    let sandbox = Sandbox { engine: Engine::Landlock, ..Sandbox::new("/tmp/home") };
    let mut rules = Rules::new(&sandbox).map_err(SandboxError::Io)?;
    rules.system(false).map_err(SandboxError::Io)?;
    let rules = rules.done()?;
    // In a thread of its own, which takes the restrictions along when it ends.
    let probing = std::thread::spawn(move || {
        let filter = Filter::new(Allowed::of(&sandbox))?;
        rustix::thread::set_no_new_privs(true)?;
        restrict(&rules)?;
        filter.install()?;
        Command::new("/usr/bin/true").env_clear().current_dir("/").stdin(Stdio::null()).status()
    });
    let status = probing.join().expect("it does not panic").map_err(SandboxError::Io)?;
    let failed = || SandboxError::NoLandlock { reason: "a program under it does not start" };
    status.success().then_some(()).ok_or_else(failed)
}

struct Rules(RulesetCreated);

impl Rules {
    fn new(sandbox: &Sandbox) -> io::Result<Rules> {
        let made = || {
            let mut rules = Ruleset::default()
                .set_compatibility(CompatLevel::HardRequirement)
                .handle_access(AccessFs::from_all(ABI::V3))?
                .set_compatibility(CompatLevel::BestEffort)
                .handle_access(AccessFs::from_all(WANTED))?
                .scope(Scope::from_all(WANTED))?;
            if sandbox.network != Network::All {
                rules = rules.handle_access(AccessNet::from_all(WANTED))?;
            }
            rules.create()
        };
        made().map(Rules).map_err(io::Error::other)
    }

    /// Everything but the grants, as bubblewrap shows it.
    fn system(&mut self, network: bool) -> io::Result<()> {
        let more = if network { NETWORK_SETTINGS } else { &[] };
        for path in SYSTEM.iter().chain(SETTINGS).chain(more) {
            self.name(path, AccessFs::from_read(WANTED))?;
        }
        DEVICES.iter().try_for_each(|path| self.name(path, AccessFs::ReadFile | AccessFs::WriteFile))
    }

    /// What is not on this system needs no rule.
    fn name(&mut self, path: &str, access: BitFlags<AccessFs>) -> io::Result<()> {
        match rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()) {
            Ok(found) => self.add(found, access),
            Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn add(&mut self, place: impl AsFd, access: BitFlags<AccessFs>) -> io::Result<()> {
        let add = |rules: &mut RulesetCreated| -> Result<(), RulesetError> {
            rules.add_rule(PathBeneath::new(place, access)).map(|_| ())
        };
        add(&mut self.0).map_err(io::Error::other)
    }

    fn read(&mut self, place: impl AsFd) -> io::Result<()> {
        self.add(place, AccessFs::from_read(WANTED))
    }

    /// All but sockets and devices.
    fn write(&mut self, place: impl AsFd) -> io::Result<()> {
        let never = AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::MakeSock | AccessFs::IoctlDev;
        self.add(place, AccessFs::from_all(WANTED) & !never)
    }

    /// As mounts: inside a grant the inner one counts.
    fn grants(&mut self, mounts: &[Mount]) -> io::Result<()> {
        for mount in mounts {
            let inside = mounts.iter().filter(|inner| !inner.writable && inner.path.starts_with(&mount.path));
            let kept: Vec<&Path> = inside.map(|inner| inner.path.as_path()).collect();
            self.write_around(&mount.source, &mount.path, &kept)?;
        }
        Ok(())
    }

    /// Everything but what is kept as it is. Goes down only where something is,
    /// which the search for it has bounded.
    fn write_around(&mut self, place: impl AsFd, path: &Path, kept: &[&Path]) -> io::Result<()> {
        if kept.contains(&path) {
            return self.read(place);
        }
        if !kept.iter().any(|kept| kept.starts_with(path)) {
            return self.write(place);
        }
        self.read(&place)?;
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        // What cannot be listed stays as it is.
        let Ok(names) = openat(&place, ".", flags, Mode::empty()).map_err(Into::into).and_then(folder::names) else {
            return Ok(());
        };
        for name in names {
            let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            // What went away meanwhile needs no rule, and what a link leads to gets none by it.
            let Ok(inner) = openat(&place, &name, flags, Mode::empty()) else { continue };
            let kind = FileType::from_raw_mode(fstat(&inner)?.st_mode);
            if kind.is_dir() || kind.is_file() {
                self.write_around(inner, &path.join(name), kept)?;
            }
        }
        Ok(())
    }

    fn done(self) -> Result<OwnedFd, SandboxError> {
        let rules: Option<OwnedFd> = self.0.into();
        rules.ok_or(SandboxError::NoLandlock { reason: "it has no Landlock, or it is switched off" })
    }
}
