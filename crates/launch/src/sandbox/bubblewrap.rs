//! bubblewrap: the options that make the fence.
//!
//! An allow-list: the sandbox starts empty and gets a read-only system, private
//! /proc, /dev, /tmp and home, and the grants. Known limit: see `protect.rs`
//! for files that do not exist yet.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::grants::{self, Opened};
use super::mount::Mount;
use super::places::{How, Places, identity};
use super::protect::Repositories;
use super::{Grant, Network, Sandbox, SandboxError, attach, descriptors, egress, kept};

/// The only places a bubblewrap is taken from.
const ENGINES: &[&str] = &["/usr/bin/bwrap", "/bin/bwrap"];

/// What fits into each private place that is memory: 4 GB. The system's own
/// limit is half of the memory for each of them.
const ROOM: &str = "4294967296";

/// Where the launcher itself is inside.
pub(super) const LAUNCHER: &str = "/run/warder-launch";

/// What programs read of the system's settings.
pub(super) const SETTINGS: &[&str] = &[
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/group",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/pki",
    "/etc/ssl",
    "/etc/timezone",
];

/// What they need besides to find a host by name.
pub(super) const NETWORK_SETTINGS: &[&str] =
    &["/etc/gai.conf", "/etc/host.conf", "/etc/hosts", "/etc/resolv.conf", "/etc/services"];

/// bubblewrap and its options, with the grants that they name by number.
pub(super) struct Bubblewrap {
    engine: PathBuf,
    options: Vec<OsString>,
    /// What the options name by number.
    sources: Vec<OwnedFd>,
    cwd: PathBuf,
    /// What is put where it belongs after that.
    pub(super) places: Places,
    /// What is there of repositories where it may write.
    pub(super) repositories: Repositories,
}

/// A command, and what it reads by descriptor.
pub(super) struct Around {
    pub(super) command: Command,
    pub(super) files: Vec<File>,
}

impl Bubblewrap {
    /// Opens the grants and finds the engine; starts nothing. `home` is the
    /// user's real one.
    pub(super) fn prepare(sandbox: &Sandbox, cwd: &Path, home: &Path) -> Result<Bubblewrap, SandboxError> {
        let engine = engine()?;
        attach::usable()?;
        let mut options = Options::default();
        options.system(sandbox);
        match sandbox.keeps.as_ref().map(|kept| kept::open(kept, sandbox, home)).transpose()? {
            Some(kept) => {
                options.mount(kept.home)?;
                kept.masks.into_iter().for_each(|mask| options.mask(mask));
            }
            None => options.private(sandbox.home.clone()),
        }
        let Opened { mounts, repositories } = grants::open_all(sandbox)?;
        for mount in mounts {
            options.mount(mount)?;
        }
        // The file that runs now, even when an update replaced it meanwhile.
        let launcher = File::open("/proc/self/exe").map_err(SandboxError::Io)?.into();
        options.mount(Mount { is_part: false, source: launcher, path: LAUNCHER.into(), writable: false })?;
        if matches!(sandbox.network, Network::Hosts(_)) {
            for (path, text) in egress::settings() {
                let text = OwnedFd::from(descriptors::text(&text).map_err(SandboxError::Io)?);
                options.all(["--ro-bind-data".into(), text.as_raw_fd().to_string().into(), path.into()]);
                options.sources.push(text);
            }
        }
        options.say("--remount-ro / --chdir /");
        let Options { words, sources, places, .. } = options;
        Ok(Bubblewrap { engine, options: words, sources, cwd: cwd.to_owned(), places, repositories })
    }

    /// Where the server is started, once all is in its place.
    pub(super) fn cwd(&self) -> PathBuf {
        self.cwd.clone()
    }

    /// The engine around the inner stage with these words.
    pub(super) fn stage(&self, words: &[String]) -> std::io::Result<Around> {
        self.around(&[&[LAUNCHER.to_owned()], words].concat())
    }

    /// The engine around `words`. Its options come by descriptor, so that no
    /// process list shows them; its environment is empty.
    pub(super) fn around(&self, words: &[String]) -> std::io::Result<Around> {
        let options = descriptors::words(&self.options)?;
        let number = descriptors::hand_over(&options)?.to_string();
        for source in &self.sources {
            descriptors::hand_over(source)?;
        }
        let mut command = Command::new(&self.engine);
        command.args(["--args", &number, "--"]).args(words).env_clear().current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        Ok(Around { command, files: vec![options] })
    }
}

/// Whether a sandbox can be made on this machine now.
pub(super) fn probe() -> Result<(), SandboxError> {
    let sandbox = Sandbox { read: vec![Grant::of(Path::new("/usr/bin"))?], ..Sandbox::new("/tmp/home") };
    let ready = Bubblewrap::prepare(&sandbox, Path::new("/"), Path::new("/tmp/home"))?;
    let engine = ready.around(&["/usr/bin/true".to_owned()]);
    let output = engine.and_then(|mut engine| engine.command.output()).map_err(SandboxError::Io)?;
    if output.status.success() {
        return Ok(());
    }
    Err(refusal(output.stderr.as_slice()))
}

/// What the engine said when it gave up, in words a person can act on.
pub(super) fn refusal(said: impl Read) -> SandboxError {
    let mut bytes = Vec::new();
    // Part of what it said is better than nothing.
    let _ = said.take(8192).read_to_end(&mut bytes);
    SandboxError::Refused { reason: reason(&String::from_utf8_lossy(&bytes)) }
}

/// The same from its words.
pub(super) fn reason(said: &str) -> String {
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    let last = last.unwrap_or("it said nothing").trim_start_matches("bwrap: ").trim_start_matches("warder-launch: ");
    let known: [(&[&str], &str); 5] = [
        (&["mount proc on"], "a container around it forbids a /proc of its own; Landlock does without one"),
        (
            &["Resource temporarily unavailable", "No space left on device"],
            "too many processes or namespaces run already",
        ),
        (
            &["setting up uid map: Permission denied", "Failed RTM_NEWADDR"],
            "the system keeps it from making user namespaces; an AppArmor profile for bubblewrap lifts that",
        ),
        (
            &["No permissions to create", "Creating new namespace failed", "uid map: Operation not permitted"],
            "user namespaces are switched off or forbidden here",
        ),
        (&["Unknown option"], "it is too old; 0.8 with the security fixes of 2024, or 0.10, is needed"),
    ];
    let meaning = known.iter().find(|(texts, _)| texts.iter().any(|text| said.contains(text)));
    match meaning {
        Some((_, meaning)) => format!("{meaning} ({last})"),
        None => last.to_owned(),
    }
}

/// Only the administrator's own file: one that others can change would run
/// with the secrets in reach.
fn engine() -> Result<PathBuf, SandboxError> {
    let found = ENGINES.iter().find_map(|path| Path::new(path).canonicalize().ok());
    let path = found.ok_or(SandboxError::NoEngine)?;
    let file = fs::metadata(&path).map_err(SandboxError::Io)?;
    if !file.is_file() || file.uid() != 0 || file.mode() & 0o022 != 0 {
        return Err(SandboxError::UntrustedEngine { path });
    }
    Ok(path)
}

/// Its words, and what is mounted by them.
#[derive(Default)]
struct Options {
    words: Vec<OsString>,
    /// What they name by number.
    sources: Vec<OwnedFd>,
    places: Places,
    /// Where something is mounted, and whether it is memory that nobody else sees.
    mounted: Vec<(PathBuf, bool)>,
}

impl Options {
    fn all(&mut self, words: impl IntoIterator<Item = OsString>) {
        self.words.extend(words);
    }

    fn say(&mut self, words: &str) {
        self.all(words.split(' ').map(OsString::from));
    }

    /// An empty place of its own, forgotten at the end.
    fn private(&mut self, path: impl Into<PathBuf>) {
        let path = path.into();
        self.all(["--size".into(), ROOM.into(), "--tmpfs".into(), path.clone().into()]);
        self.mounted.push((path, true));
    }

    /// The same in a kept home.
    fn mask(&mut self, path: PathBuf) {
        let (number, aside) = self.places.next_aside();
        self.all(["--size".into(), ROOM.into(), "--tmpfs".into(), aside.into()]);
        self.places.add(How::Empty(number), true, OsString::new(), path.clone());
        self.mounted.push((path, false));
    }

    /// A place of the system's, where it is outside.
    fn system_place(&mut self, option: &str, path: impl Into<PathBuf>) {
        let path = path.into();
        self.all([option.into(), path.clone().into(), path.clone().into()]);
        self.mounted.push((path, false));
    }

    /// Whether nothing but private memory is around it.
    fn is_in_memory(&self, path: &Path) -> bool {
        let around = self.mounted.iter().filter(|(place, _)| path.starts_with(place));
        around.max_by_key(|(place, _)| place.components().count()).is_none_or(|(_, is_memory)| *is_memory)
    }

    /// Everything but the home and the grants.
    fn system(&mut self, sandbox: &Sandbox) {
        let by_name = matches!(sandbox.network, Network::Hosts(_));
        // As root, bubblewrap keeps all capabilities unless told otherwise.
        self.say("--unshare-all --unshare-user --cap-drop ALL");
        if by_name {
            // For the inner stage's first moment alone: it opens the doors of the
            // sandbox's own network (`egress.rs`). They are of no use there in the
            // second user namespace that --disable-userns and --dev would make;
            // the filter of system calls closes those to the server.
            self.say("--cap-add CAP_NET_ADMIN --cap-add CAP_NET_BIND_SERVICE --cap-add CAP_SETPCAP");
        } else if !sandbox.user_namespaces {
            self.say("--disable-userns");
        }
        self.say("--die-with-parent --new-session --as-pid-1");
        self.system_place("--ro-bind", "/usr");
        for name in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] {
            let path = Path::new("/").join(name);
            if let Ok(target) = fs::read_link(&path) {
                self.all(["--symlink".into(), target.into(), path.into()]);
            } else if path.is_dir() {
                self.system_place("--ro-bind", path);
            }
        }
        let mut settings = SETTINGS.to_vec();
        if sandbox.network == Network::All {
            self.say("--share-net");
            settings.extend(NETWORK_SETTINGS);
        } else if by_name {
            let own = egress::settings().map(|(path, _)| path);
            settings.extend(NETWORK_SETTINGS.iter().filter(|path| !own.contains(path)));
        }
        for path in settings {
            self.system_place("--ro-bind-try", path);
        }
        self.say("--proc /proc");
        self.private("/tmp");
        self.say("--dir /run");
        // Root's own settings of the kernel are not kept from root by the rights of these files.
        for settings in ["/proc/sys", "/proc/pressure"] {
            self.system_place("--ro-bind-try", settings);
        }
        if by_name {
            self.devices();
        } else {
            self.say("--dev /dev");
        }
    }

    /// The devices that `--dev` gives, but for terminals.
    fn devices(&mut self) {
        self.say("--tmpfs /dev");
        for name in ["null", "zero", "full", "random", "urandom"] {
            self.system_place("--dev-bind", format!("/dev/{name}"));
        }
        self.say("--symlink /proc/self/fd /dev/fd --symlink /proc/self/fd/0 /dev/stdin");
        self.say("--symlink /proc/self/fd/1 /dev/stdout --symlink /proc/self/fd/2 /dev/stderr");
        self.private("/dev/shm");
        self.say("--remount-ro /dev");
    }

    fn mount(&mut self, mount: Mount) -> Result<(), SandboxError> {
        let Mount { source, path, writable, is_part } = mount;
        let what = identity(&source).map_err(SandboxError::Io)?;
        if is_part {
            self.places.add(How::Part, writable, what, path);
            return Ok(());
        }
        let (how, at) = match self.places.next_aside() {
            _ if self.is_in_memory(&path) => (How::Mounted, path.clone()),
            (number, aside) => (How::Aside(number), aside),
        };
        let option = if writable { "--bind-fd" } else { "--ro-bind-fd" };
        self.all([option.into(), source.as_raw_fd().to_string().into(), at.into()]);
        self.sources.push(source);
        self.places.add(how, writable, what, path.clone());
        self.mounted.push((path, false));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_what_can_be_done() {
        for (said, told) in [
            ("bwrap: setting up uid map: Permission denied\n", "AppArmor"),
            ("bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted\n", "AppArmor"),
            ("bwrap: No permissions to create new namespace, likely because …\n", "switched off"),
            ("bwrap: Creating new namespace failed: Operation not permitted\n", "switched off"),
            ("bwrap: Creating new namespace failed: No space left on device\n", "too many"),
            ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted\n", "a container around it"),
            ("bwrap: Can't bind mount /oldroot/x on /newroot/x: Operation not permitted\n", "Can't bind mount"),
            ("bwrap: Unknown option --bind-fd\n", "too old"),
            ("bwrap: Can't find source path /x: No such file\n", "Can't find source path /x"),
            ("", "it said nothing"),
        ] {
            let reason = reason(said);
            assert!(reason.contains(told), "{reason}");
        }
    }
}
