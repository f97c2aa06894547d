//! bubblewrap: the options that make the fence.
//!
//! An allow-list: the sandbox starts empty and gets a read-only system, private
//! /proc, /dev, /tmp and home, and the grants. Known limits: with the network
//! shared, the host's abstract sockets are reachable too; and see `protect.rs`
//! for files that do not exist yet.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::grants::{self, Mount};
use super::{Engine as Kind, Grant, Network, Sandbox, SandboxError, descriptors, is_too_broad, kept};

/// The only places a bubblewrap is taken from.
const ENGINES: &[&str] = &["/usr/bin/bwrap", "/bin/bwrap"];

/// Where the launcher itself is inside.
pub(super) const LAUNCHER: &str = "/run/warder-launch";

/// What programs read of the system's settings.
const SETTINGS: &[&str] = &[
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
const NETWORK_SETTINGS: &[&str] =
    &["/etc/gai.conf", "/etc/host.conf", "/etc/hosts", "/etc/resolv.conf", "/etc/services"];

/// A fence whose grants are open and checked; starting it is all that is left.
pub struct Fence {
    engine: PathBuf,
    options: Vec<OsString>,
    /// What the options name by number.
    sources: Vec<OwnedFd>,
}

impl Fence {
    /// Opens the grants and finds the engine; starts nothing. `home` is the
    /// user's real one, `cwd` must be a folder that exists inside.
    pub fn prepare(sandbox: &Sandbox, cwd: Option<&Path>, home: &Path) -> Result<Fence, SandboxError> {
        for grant in sandbox.read.iter().chain(&sandbox.write) {
            if is_too_broad(&grant.path, home) || sandbox.home.starts_with(&grant.path) {
                return Err(SandboxError::TooBroad { path: grant.path.clone() });
            }
        }
        if !sandbox.home.is_absolute() || sandbox.home.parent().is_none() {
            return Err(SandboxError::TooBroad { path: sandbox.home.clone() });
        }
        let cwd = cwd.unwrap_or(Path::new("/"));
        if !is_visible(cwd, sandbox) {
            let reason = format!("{} is not in the sandbox", cwd.display());
            return Err(SandboxError::Refused { reason });
        }
        if sandbox.engine != Kind::Bubblewrap || matches!(sandbox.network, Network::Hosts(_)) {
            return Err(SandboxError::Unsupported);
        }
        let engine = engine()?;
        let mut options = Options::default();
        options.system(sandbox);
        let mut sources = Vec::new();
        match sandbox.keeps.as_ref().map(|kept| kept::open(kept, sandbox, home)).transpose()? {
            Some(kept) => {
                options.mount(&kept.home);
                sources.push(kept.home.source);
                kept.masks.into_iter().for_each(|mask| options.all(["--tmpfs".into(), mask.into()]));
            }
            None => options.all(["--tmpfs".into(), sandbox.home.clone().into()]),
        }
        for mount in grants::open_all(sandbox)? {
            options.mount(&mount);
            sources.push(mount.source);
        }
        // The file that runs now, even when an update replaced it meanwhile.
        let launcher = File::open("/proc/self/exe").map_err(SandboxError::Io)?.into();
        let launcher = Mount { source: launcher, path: LAUNCHER.into(), writable: false };
        options.mount(&launcher);
        sources.push(launcher.source);
        options.all(["--remount-ro".into(), "/".into(), "--chdir".into(), cwd.into()]);
        Ok(Fence { engine, options: options.0, sources })
    }

    /// The engine around `words`. Its options come by descriptor, so that no
    /// process list shows them; its environment is empty.
    pub(super) fn around(&self, words: &[String]) -> std::io::Result<Engine> {
        let options = descriptors::words(&self.options)?;
        let number = descriptors::hand_over(&options)?.to_string();
        for source in &self.sources {
            descriptors::hand_over(source)?;
        }
        let mut command = Command::new(&self.engine);
        command.args(["--args", &number, "--"]).args(words).env_clear().current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        Ok(Engine { command, _options: options })
    }
}

/// A command and the descriptor it reads its options from.
pub(super) struct Engine {
    pub(super) command: Command,
    _options: File,
}

/// Whether a sandbox can be made on this machine now.
pub(super) fn probe() -> Result<(), SandboxError> {
    let sandbox = Sandbox { read: vec![Grant::of(Path::new("/usr/bin"))?], ..Sandbox::new("/tmp/home") };
    let fence = Fence::prepare(&sandbox, None, Path::new("/tmp/home"))?;
    let engine = fence.around(&["/usr/bin/true".to_owned()]);
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

fn reason(said: &str) -> String {
    let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    let last = last.unwrap_or("it said nothing").trim_start_matches("bwrap: ");
    let known: [(&[&str], &str); 3] = [
        (
            &["setting up uid map: Permission denied", "Failed RTM_NEWADDR"],
            "the system keeps it from making user namespaces; an AppArmor profile for bubblewrap lifts that",
        ),
        (
            &["No permissions to create", "Creating new namespace failed", "not permitted"],
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

fn is_visible(cwd: &Path, sandbox: &Sandbox) -> bool {
    let grants = sandbox.read.iter().chain(&sandbox.write);
    cwd == Path::new("/")
        || cwd == Path::new("/tmp")
        || cwd == sandbox.home
        || cwd.starts_with("/usr")
        || grants.map(|grant| &grant.path).any(|path| cwd.starts_with(path))
}

#[derive(Default)]
struct Options(Vec<OsString>);

impl Options {
    fn all(&mut self, words: impl IntoIterator<Item = OsString>) {
        self.0.extend(words);
    }

    fn words(&mut self, words: &str) {
        self.all(words.split(' ').map(OsString::from));
    }

    /// Everything but the home and the grants.
    fn system(&mut self, sandbox: &Sandbox) {
        // As root, bubblewrap keeps all capabilities unless told otherwise.
        self.words("--unshare-all --unshare-user --disable-userns --cap-drop ALL");
        self.words("--die-with-parent --new-session --as-pid-1 --ro-bind /usr /usr");
        for name in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] {
            let path = Path::new("/").join(name);
            if let Ok(target) = fs::read_link(&path) {
                self.all(["--symlink".into(), target.into(), path.into()]);
            } else if path.is_dir() {
                self.all(["--ro-bind".into(), path.clone().into(), path.into()]);
            }
        }
        let mut settings = SETTINGS.to_vec();
        if sandbox.network == Network::All {
            self.words("--share-net");
            settings.extend(NETWORK_SETTINGS);
        }
        for path in settings {
            self.all(["--ro-bind-try".into(), path.into(), path.into()]);
        }
        self.words("--proc /proc --dev /dev --tmpfs /tmp --dir /run");
    }

    fn mount(&mut self, mount: &Mount) {
        let option = if mount.writable { "--bind-fd" } else { "--ro-bind-fd" };
        let number = mount.source.as_raw_fd().to_string();
        self.all([option.into(), number.into(), mount.path.clone().into()]);
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
            ("bwrap: Unknown option --bind-fd\n", "too old"),
            ("bwrap: Can't find source path /x: No such file\n", "Can't find source path /x"),
            ("", "it said nothing"),
        ] {
            let reason = reason(said);
            assert!(reason.contains(told), "{reason}");
        }
    }

    #[test]
    fn a_working_directory_must_be_inside() {
        let grant = Grant { path: "/srv/app".into(), device: 0, inode: 0 };
        let sandbox = Sandbox { read: vec![grant], ..Sandbox::new("/home/u") };
        let visible = |path: &str| is_visible(Path::new(path), &sandbox);
        assert!(visible("/srv/app/src") && visible("/") && visible("/home/u") && visible("/usr/lib"));
        assert!(!visible("/srv") && !visible("/home/u/code") && !visible("/etc"));
    }
}
