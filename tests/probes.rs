//! What a server could try from inside a fence, each attempt beside the same one without a fence.
//!
//! One line for each: name, what came of it without a fence, inside, and the verdict. An attempt that fails without a
//! fence too says nothing about the fence: it counts as not tested, and so many must be tested. As the user that the
//! tests run as and, if that is root, as an ordinary one as well. The attempts are `probes/probe.py`, what there is to
//! reach is `probes/host.py`.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;
use warder_launch::command::{Approved, Token};
use warder_launch::profile::{Profile, ProfileId, Run};
use warder_launch::sandbox::{Engine, Grant, Network, Sandbox};
use warder_launch::state::State;

/// What must hold inside.
#[derive(Clone, Copy, PartialEq)]
enum Must {
    /// It fails, or the host sees nothing of it.
    Fail,
    /// It works: a server needs it, or it reaches nothing but itself.
    Work,
    /// Nothing: the engine says that it leaves this open.
    Open,
}
use Must::{Fail, Open, Work};

/// Name, and what must hold with bubblewrap and with Landlock. In the order of the table in the design, whose number
/// is first; those without one are ours.
const TABLE: &[(u8, &str, Must, Must)] = &[
    (1, "read_ssh_key", Fail, Fail),
    (2, "list_ssh", Fail, Fail),
    (3, "append_bashrc", Fail, Fail),
    (4, "read_client_config", Fail, Fail),
    (5, "overwrite_client_config", Fail, Fail),
    (6, "create_autostart", Fail, Fail),
    (7, "symlink_to_secret", Fail, Fail),
    (8, "hard_link_of_secret", Fail, Fail),
    (9, "proc_1_root", Fail, Fail),
    (10, "proc_outside_root", Fail, Fail),
    (11, "outside_environ", Fail, Fail),
    (12, "see_outside_processes", Fail, Open),
    (13, "signal_outside", Fail, Fail),
    (14, "ptrace_outside", Fail, Fail),
    (15, "process_vm_readv_outside", Fail, Fail),
    (16, "loopback_tcp", Fail, Fail),
    (17, "loopback_tcp_6", Fail, Fail),
    (18, "loopback_udp", Fail, Fail),
    (19, "lan_tcp", Fail, Fail),
    (20, "lan_udp", Fail, Fail),
    (21, "bind_and_listen", Fail, Fail),
    (22, "session_bus", Fail, Fail),
    (23, "docker_socket", Fail, Fail),
    (24, "ssh_agent", Fail, Fail),
    (0, "socket_in_granted_folder", Fail, Fail),
    (25, "abstract_socket", Fail, Fail),
    (26, "vsock", Fail, Fail),
    (27, "netlink_interfaces", Fail, Fail),
    (28, "packet_socket", Fail, Fail),
    (28, "raw_socket", Fail, Fail),
    (29, "tiocsti", Fail, Fail),
    (30, "user_namespace", Fail, Fail),
    (30, "user_namespace_by_clone3", Fail, Fail),
    (31, "mount_or_unmount", Fail, Fail),
    (32, "mount_in_user_namespace", Fail, Fail),
    (33, "setuid_program", Fail, Fail),
    (34, "capabilities", Fail, Fail),
    (35, "device_node", Fail, Fail),
    (36, "chroot", Fail, Fail),
    (37, "session_keyring", Fail, Fail),
    (38, "bpf", Fail, Fail),
    (39, "perf_event_open", Fail, Fail),
    (40, "io_uring", Fail, Fail),
    (41, "userfaultfd", Fail, Fail),
    (42, "sysv_shm", Fail, Fail),
    (43, "posix_shm", Fail, Fail),
    (44, "inherited_descriptor", Fail, Fail),
    (45, "secret_variable", Fail, Fail),
    (46, "modify_own_package", Fail, Fail),
    (47, "write_granted_folder", Work, Work),
    // Landlock cannot take a `.git` out of what may be written, so nothing new can be made beside one.
    (0, "write_beside_git", Work, Fail),
    (48, "plant_git_hook", Fail, Fail),
    (0, "plant_nested_git_hook", Fail, Fail),
    // Nothing keeps a server from making one: it is told (`tests/launcher/made.rs`).
    (0, "make_repository", Open, Open),
    (0, "make_bare_repository", Open, Open),
    (0, "rename_git", Fail, Fail),
    (0, "rename_nested_project", Fail, Fail),
    (0, "hard_link_of_git_config", Fail, Fail),
    (49, "shadow", Fail, Fail),
    // Landlock does not hide that a file is there.
    (50, "other_temporary_files", Fail, Open),
    (50, "read_other_temporary_files", Fail, Fail),
    (51, "sysrq", Fail, Fail),
    (0, "kernel_settings", Fail, Fail),
    (52, "many_processes", Fail, Open),
    (53, "daemon_outlives_the_launcher", Fail, Fail),
    (54, "memory_of_the_launcher", Fail, Fail),
    (55, "proxy_port_elsewhere", Fail, Fail),
    (56, "literal_address_through_the_proxy", Fail, Fail),
    (56, "lan_address_through_the_proxy", Fail, Fail),
    (56, "other_name_through_the_proxy", Fail, Fail),
    (57, "killed_launcher_leaves_something", Fail, Fail),
];

/// As many are seen to hold on a computer with a network and IPv6; 61 and 55 on the one this was written on, and with
/// bubblewrap 64 and 58.
const TESTED_AS_ROOT: usize = 58;
const TESTED_AS_ANYBODY: usize = 50;

/// Owns nothing on any system, and logs in nowhere.
const NOBODY: u32 = 65_534;

/// Python of the system, since it is there inside as well.
const PYTHON: &str = "/usr/bin/python3";

#[test]
fn bubblewrap_as_ourselves() {
    compare(Fence::Bubblewrap, ourselves());
}

#[test]
fn bubblewrap_as_an_ordinary_user() {
    compare(Fence::Bubblewrap, NOBODY);
}

#[test]
fn one_host_as_ourselves() {
    compare(Fence::OneHost, ourselves());
}

#[test]
fn one_host_as_an_ordinary_user() {
    compare(Fence::OneHost, NOBODY);
}

#[test]
fn landlock_as_ourselves() {
    compare(Fence::Landlock, ourselves());
}

#[test]
fn landlock_as_an_ordinary_user() {
    compare(Fence::Landlock, NOBODY);
}

#[derive(Clone, Copy, PartialEq)]
enum Fence {
    Bubblewrap,
    /// The same, with one name that may be reached, at the port where something else listens nearby.
    OneHost,
    Landlock,
}

fn ourselves() -> u32 {
    fs::metadata("/proc/self").unwrap().uid()
}

fn compare(fence: Fence, user: u32) {
    if ourselves() != 0 && ourselves() != user {
        // Nobody can become somebody else.
        return;
    }
    let open = World::new(user).attempts(None);
    let fenced = World::new(user).attempts(Some(fence));
    for started in [&open, &fenced] {
        assert_eq!(started.get("start"), None);
    }
    let shown = match fence {
        Fence::Bubblewrap => "bubblewrap",
        Fence::OneHost => "one host",
        Fence::Landlock => "landlock",
    };
    let (mut tested, mut wrong) = (0, Vec::new());
    for (number, name, bubblewrap, landlock) in TABLE {
        let must = match fence {
            Fence::Bubblewrap => *bubblewrap,
            // In a network of its own, where nobody else is.
            Fence::OneHost if *name == "bind_and_listen" => Open,
            Fence::OneHost => *bubblewrap,
            Fence::Landlock => *landlock,
        };
        let (control, inside) = (open[*name].as_str(), fenced[*name].as_str());
        let holds = match must {
            Fail => inside == "faked" || inside.starts_with("blocked"),
            Work => inside == "open",
            Open => inside == "open" || inside == "faked" || inside.starts_with("blocked"),
        };
        let verdict = match (control, holds) {
            ("open", true) if must == Open => "said to be open",
            ("open", true) => "holds",
            ("open", false) => "DOES NOT HOLD",
            (control, _) if control.starts_with("failed") => "DOES NOT RUN",
            _ => "not tested",
        };
        tested += usize::from(verdict == "holds");
        if verdict.contains("DOES NOT") {
            wrong.push(*name);
        }
        println!("{shown} {user} {number:2} {name:34} {control:30} {inside:44} {verdict}");
    }
    println!("{shown} {user}: {tested} of {} tested", TABLE.len());
    assert!(wrong.is_empty(), "{wrong:?}");
    let least = if user == 0 { TESTED_AS_ROOT } else { TESTED_AS_ANYBODY };
    assert!(tested >= least, "only {tested} were open without a fence");
    let all: Vec<&String> = open.keys().filter(|name| !TABLE.iter().any(|row| row.1 == name.as_str())).collect();
    assert!(all.is_empty(), "not in the table: {all:?}");
}

/// A home with secrets, a package and a project, all of one user's.
struct World {
    folder: tempfile::TempDir,
    user: u32,
    state: State,
}

impl World {
    fn new(user: u32) -> World {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let base = folder.path().canonicalize().unwrap();
        let home = base.join("home");
        let state = State::at(home.join(".warder"));
        state.create().unwrap();
        let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/probes");
        let write = |path: &str, text: &str| {
            let path = home.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let key = random();
        write(".ssh/id_rsa", &key);
        write(".bashrc", "# mine\n");
        write(".cursor/mcp.json", &json!({ "env": { "TOKEN": key } }).to_string());
        write("package/index.js", "// code\n");
        write("package/probe.py", &fs::read_to_string(files.join("probe.py")).unwrap());
        write("package/facts.json", "");
        write("project/.git/config", "[core]\n");
        for folder in ["project/.git/hooks", "project/apps/one/.git/hooks", "project/data"] {
            fs::create_dir_all(home.join(folder)).unwrap();
        }
        fs::copy(files.join("host.py"), base.join("host.py")).unwrap();
        // By another process: open for writing here while another test forks, it could not be started.
        let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_warder-launch")).arg(state.launcher()).status();
        assert!(copied.unwrap().success());
        World { folder, user, state }
    }

    fn base(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn path(&self, name: &str) -> String {
        let home = self.state.dir().parent().unwrap();
        let path = if name.is_empty() { home.to_owned() } else { home.join(name) };
        path.to_str().unwrap().to_owned()
    }

    /// What came of each attempt, by its name.
    fn attempts(&self, fence: Option<Fence>) -> BTreeMap<String, String> {
        let port = TcpListener::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
        let lines: BTreeMap<&str, Vec<String>> =
            ["probes", "daemon", "hold"].into_iter().map(|what| (what, self.line(what, fence, port))).collect();
        let asked = json!({
            "home": self.path(""), "project": self.path("project"), "package": self.path("package"),
            "base": self.base(), "secret": fs::read_to_string(self.path(".ssh/id_rsa")).unwrap(),
            "fenced": fence.is_some(), "port": port, "env": { "PATH": "/usr/bin:/bin", "HOME": self.path("") },
            "probes": lines["probes"], "daemon": lines["daemon"], "hold": lines["hold"],
        });
        let owned = Command::new("chown").args(["-R", &format!("{0}:{0}", self.user)]).arg(self.base()).status();
        assert!(self.user == ourselves() || owned.unwrap().success());
        let mut host = if self.user == ourselves() {
            Command::new(PYTHON)
        } else {
            let mut other = Command::new("setpriv");
            let (user, group) = (format!("--reuid={}", self.user), format!("--regid={}", self.user));
            other.args([&user, &group, "--clear-groups", PYTHON]);
            other
        };
        host.arg(self.base().join("host.py")).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut host = host.spawn().unwrap();
        host.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
        let output = host.wait_with_output().unwrap();
        assert!(output.status.success());
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The command line of the attempts, behind a fence if there is to be one.
    fn line(&self, what: &str, fence: Option<Fence>, port: u16) -> Vec<String> {
        let mut words = vec![self.path("package/probe.py"), self.path("package/facts.json")];
        words.extend((what != "probes").then(|| what.to_owned()));
        let Some(fence) = fence else {
            words.insert(0, PYTHON.to_owned());
            return words;
        };
        let text = |word: &str| Token::Text(word.to_owned());
        let grant = |name: &str| Grant::of(Path::new(&self.path(name))).unwrap();
        let profile = Profile {
            schema: 1,
            id: ProfileId::new("probe", rand()),
            server: "probe".into(),
            client: "test".into(),
            approved: Approved {
                argv: vec![text("server")],
                env: BTreeMap::new(),
                varies: Vec::new(),
                cwd: None,
                inherited: BTreeMap::new(),
            },
            run: Run {
                program: PYTHON.into(),
                args: words.iter().map(|word| text(word)).collect(),
                cwd: Some(self.path("project").into()),
                env: BTreeMap::from([("PATH".into(), "/usr/bin:/bin".into()), ("HOME".into(), self.path(""))]),
            },
            secrets: BTreeMap::new(),
            inside: Vec::new(),
            remote: None,
            sandbox: Some(Sandbox {
                engine: if fence == Fence::Landlock { Engine::Landlock } else { Engine::Bubblewrap },
                read: vec![grant("package")],
                write: vec![grant("project")],
                network: match fence {
                    Fence::OneHost => Network::Hosts(vec![format!("one.example:{port}").parse().unwrap()]),
                    _ => Network::None,
                },
                ..Sandbox::new(self.path(""))
            }),
            package: None,
        };
        profile.write(&self.state).unwrap();
        let launcher = self.state.launcher().to_str().unwrap().to_owned();
        [&launcher, "run", "--profile", profile.id.as_str(), "--", "server"].map(str::to_owned).to_vec()
    }
}

fn rand() -> [u8; 16] {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).unwrap();
    bits
}

/// A secret that is nowhere else.
fn random() -> String {
    data_encoding::BASE32_NOPAD.encode(&rand())
}
