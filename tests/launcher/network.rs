//! A network of a test's own, with a small internet in it (`egress/internet.py`):
//! addresses that count as public, on `lo`.
//!
//! Making one, with a name server at port 53, takes root; as another user, such
//! tests say so and test nothing.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{err, out};

/// Everything that leads somewhere in it. A pair of interfaces gives this
/// computer an address that counts as public and is its own.
const NETWORK: &str = "set -e; ip link set lo up
    ip link add own type veth peer name far; ip address add 11.0.0.9/30 dev own; ip link set own up; ip link set far up
    for address in 11.0.0.1/32 11.0.0.2/32 11.0.0.3/32 10.1.2.3/32 169.254.169.254/32 2600::1/128 2600::3/128
    do ip address add $address dev lo; done
    echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start
    mount --bind \"$RESOLV\" /etc/resolv.conf; mount --bind \"$HOSTS\" /etc/hosts
    exec \"$@\"";

/// An ordinary user, in the words of setpriv(1).
const ORDINARY: &str = "--reuid=65534 --regid=65534 --clear-groups";

/// Runs the test of this name again, as root and as an ordinary user, in a network of its own; true there.
#[allow(dead_code, reason = "each test file uses its share")]
pub(crate) fn in_own_network(name: &str) -> bool {
    again(name, &[None, Some(ORDINARY)])
}

/// The same as root alone: what is started may be nobody else's to read.
#[allow(dead_code, reason = "each test file uses its share")]
pub(crate) fn in_own_network_as_root(name: &str) -> bool {
    again(name, &[None])
}

fn again(name: &str, users: &[Option<&str>]) -> bool {
    if std::env::var("NETWORK_TEST").is_ok_and(|running| running == name) {
        return true;
    }
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        let _ = writeln!(std::io::stderr(), "not tested: {name} takes root, for a network of its own");
        return false;
    }
    let files = tempfile::tempdir().unwrap();
    fs::set_permissions(files.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let file = |name: &str, text: &str| {
        let path = files.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let resolv = file("resolv.conf", "nameserver 127.0.0.1\n");
    let hosts = file("hosts", "127.0.0.1 localhost\n11.0.0.2 known.example.org\n");
    for user in users {
        let mut again = Command::new("unshare");
        again.args(["--net", "--mount", "sh", "-c", NETWORK, "sh"]).env("RESOLV", &resolv).env("HOSTS", &hosts);
        if let Some(user) = user {
            again.arg("setpriv").args(user.split(' '));
        }
        again.arg(std::env::current_exe().unwrap()).args(["--exact", name, "--nocapture"]);
        let output = again.env("NETWORK_TEST", name).output().unwrap();
        assert!(output.status.success() && out(&output).contains("1 passed"), "{}{}", out(&output), err(&output));
    }
    false
}

/// The small internet; ends with the test.
pub(crate) struct Internet {
    process: Child,
    /// Holds the certificate.
    _folder: tempfile::TempDir,
}

impl Internet {
    pub(crate) fn start() -> Internet {
        let folder = tempfile::tempdir().unwrap();
        let pem = folder.path().join("both.pem");
        let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=x";
        let mut certificate = Command::new("openssl");
        certificate.args(words.split(' ')).arg("-keyout").arg(&pem).arg("-out").arg(folder.path().join("cert"));
        assert!(certificate.output().unwrap().status.success());
        let both = fs::read(&pem).unwrap().into_iter().chain(fs::read(folder.path().join("cert")).unwrap());
        fs::write(&pem, both.collect::<Vec<_>>()).unwrap();
        let mut server = Command::new("/usr/bin/python3");
        server.arg(here("internet.py")).arg(&pem).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = server.spawn().unwrap();
        let mut ready = [0; 6];
        process.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
        assert_eq!(&ready, b"ready\n");
        Internet { process, _folder: folder }
    }

    /// Ends it, and gives what it was asked.
    pub(crate) fn asked(mut self) -> Vec<String> {
        drop(self.process.stdin.take());
        let lines = BufReader::new(self.process.stdout.take().unwrap()).lines();
        let lines = lines.map(Result::unwrap).collect();
        self.process.wait().unwrap();
        lines
    }
}

impl Drop for Internet {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

pub(crate) fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/launcher/egress").join(name)
}
