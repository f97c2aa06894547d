//! Caches of npx and uv as they lie on disk, built by hand.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::clients::Os;
use crate::env::Env;
use crate::facts::{Facts, Installed};
use crate::machine::Machine;

struct World {
    home: tempfile::TempDir,
    vars: Vec<(&'static str, String)>,
}

/// A home whose Cursor has one entry.
fn world(entry: &str) -> World {
    let world = World { home: tempfile::tempdir().expect("a folder"), vars: Vec::new() };
    world.write(".cursor/mcp.json", &format!(r#"{{ "mcpServers": {{ "it": {entry} }} }}"#));
    world
}

impl World {
    fn path(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn set(mut self, name: &'static str, value: &str) -> World {
        self.vars.push((name, value.to_owned()));
        self
    }

    fn facts(&self) -> Facts {
        let env = Env {
            os: Os::Linux,
            home: self.home.path().to_owned(),
            vars: self.vars.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            projects: Vec::new(),
            files: Vec::new(),
            only: None,
            root: self.path("root"),
            today: None,
            instead: Vec::new(),
            launcher: None,
        };
        Machine::look(env).facts
    }

    fn installed(&self) -> Option<Installed> {
        self.facts().servers.remove(0).installed
    }

    /// What npx leaves after it was asked for `spec`, in the folder of that name.
    fn npx(&self, cache: &str, hash: &str, spec: &str) {
        let folder = format!("{cache}/_npx/{hash}");
        let asked = json!({ "dependencies": {}, "_npx": { "packages": [spec] } });
        self.write(&format!("{folder}/package.json"), &asked.to_string());
        let lock = json!({ "lockfileVersion": 3, "packages": {
            "node_modules/@modelcontextprotocol/server-memory":
                { "version": "2026.8.31", "integrity": "sha512-abc", "license": "MIT" },
            "node_modules/@modelcontextprotocol/sdk": { "version": "1.32.2" },
            "node_modules/esbuild": { "version": "0.27.0", "hasInstallScript": true },
            "node_modules/express/node_modules/debug": { "version": "2.6.9" },
            "node_modules/typescript": { "version": "5.0.0", "dev": true },
        } });
        self.write(&format!("{folder}/node_modules/.package-lock.json"), &lock.to_string());
        let own = json!({ "license": "SEE LICENSE IN LICENSE", "bugs": "https://example.com/issues" });
        self.write(
            &format!("{folder}/node_modules/@modelcontextprotocol/server-memory/package.json"),
            &own.to_string(),
        );
    }

    /// An environment as uvx makes it.
    fn uv(&self, id: &str, packages: &[(&str, &str)], requested: &str) {
        for (name, version) in packages {
            let info = format!(".cache/uv/archive-v0/{id}/lib/python3.12/site-packages/{name}-{version}.dist-info");
            let metadata =
                "Metadata-Version: 2.4\nName: x\nLicense: MIT\nProject-URL: Source, https://x.example\n\nbody";
            self.write(&format!("{info}/METADATA"), metadata);
            if *name == requested {
                self.write(&format!("{info}/REQUESTED"), "");
            }
        }
        self.write(&format!(".cache/uv/environments-v2/python/{id}.lock"), "");
        #[cfg(unix)]
        std::os::unix::fs::symlink(
            format!("../../archive-v0/{id}"),
            self.path(&format!(".cache/uv/environments-v2/python/{id}")),
        )
        .expect("a link");
    }
}

const MEMORY: &str = r#"{ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-memory"] }"#;
/// The folder that npm 11 made for `@modelcontextprotocol/server-memory`.
const HASH: &str = "15b07286cbcc3329";
const SPEC: &str = "@modelcontextprotocol/server-memory";

#[test]
fn what_npx_ran_last_is_read_with_its_tree() {
    let world = world(MEMORY);
    assert_eq!(world.installed(), None);
    world.npx(".npm", HASH, SPEC);
    let installed = world.installed().expect("it is in the cache");
    assert_eq!((installed.version.as_str(), installed.integrity.as_deref()), ("2026.8.31", Some("sha512-abc")));
    let tree = [("@modelcontextprotocol/sdk", "1.32.2"), ("esbuild", "0.27.0"), ("debug", "2.6.9")];
    assert_eq!(installed.tree, tree.map(|(name, version)| (name.to_owned(), version.to_owned())));
    assert_eq!(installed.scripts, Some(vec!["esbuild".to_owned()]));
    assert_eq!(installed.licence.as_deref(), Some("SEE LICENSE IN LICENSE"));
    assert_eq!(installed.source, Some(true));
}

#[test]
fn what_was_asked_for_otherwise_is_another_folder() {
    let world = world(MEMORY);
    world.npx(".npm", HASH, "something-else");
    assert_eq!(world.installed(), None, "the folder says that it is for something else");
    for entry in [
        r#"{ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-memory@latest"] }"#,
        r#"{ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-memory"], "env": { "npm_config_cache": "/x" } }"#,
        r#"{ "command": "npx", "args": ["--cache", "/x", "@modelcontextprotocol/server-memory"] }"#,
        r#"{ "command": "bunx", "args": ["@modelcontextprotocol/server-memory"] }"#,
        r#"{ "command": "sudo", "args": ["npx", "-y", "@modelcontextprotocol/server-memory"] }"#,
    ] {
        world.write(".cursor/mcp.json", &format!(r#"{{ "mcpServers": {{ "it": {entry} }} }}"#));
        world.npx(".npm", HASH, SPEC);
        assert_eq!(world.installed(), None, "{entry}");
    }
}

#[test]
fn a_pinned_version_is_known_by_whatever_brought_it() {
    let world = world(r#"{ "command": "npx", "args": ["@modelcontextprotocol/server-memory@2026.8.31"] }"#);
    world.npx(".npm", HASH, SPEC);
    assert!(world.installed().is_some());
    let other = r#"{ "command": "npx", "args": ["@modelcontextprotocol/server-memory@2026.8.30"] }"#;
    world.write(".cursor/mcp.json", &format!(r#"{{ "mcpServers": {{ "it": {other} }} }}"#));
    assert_eq!(world.installed(), None);
}

#[test]
fn a_folder_that_has_it_installed_comes_first() {
    let world = world(MEMORY);
    world.npx(".npm", HASH, SPEC);
    let app = world.path("app");
    world.write("app/node_modules/@modelcontextprotocol/server-memory/package.json", "{}");
    let entry = json!({ "command": "npx", "args": ["-y", SPEC], "cwd": app });
    world.write(".cursor/mcp.json", &json!({ "mcpServers": { "it": entry } }).to_string());
    assert_eq!(world.installed(), None);
}

#[test]
fn npms_settings_say_where_the_cache_is() {
    let given = world(MEMORY);
    let place = given.path("elsewhere").to_string_lossy().into_owned();
    given.npx("elsewhere", HASH, SPEC);
    given.write(
        ".npmrc",
        "; mine\ncache = \"${PLACE}\"\nignore-scripts=true\n@acme:registry=https://npm.acme.example/\n",
    );
    let given = given.set("PLACE", &place);
    assert!(given.installed().is_some());
    let npm = given.facts().npm;
    assert_eq!((npm.ignores_scripts, npm.major), (Some(true), None));
    assert_eq!(npm.registries.get("@acme").map(String::as_str), Some("https://npm.acme.example/"));
    let given = given.set("NPM_CONFIG_CACHE", "/nowhere").set("npm_config_registry", "https://npm.example.com");
    assert!(given.installed().is_none());
    assert_eq!(given.facts().npm.registries.get("").map(String::as_str), Some("https://npm.example.com"));
}

#[cfg(unix)]
#[test]
fn npm_says_its_version_without_being_started() {
    let given = world(MEMORY);
    given.write("node/lib/node_modules/npm/package.json", r#"{ "name": "npm", "version": "11.19.1" }"#);
    given.write("node/lib/node_modules/npm/bin/npm-cli.js", "throw new Error()");
    given.write("node/etc/npmrc", "ignore-scripts=false\n");
    fs::create_dir_all(given.path("node/bin")).expect("a folder");
    std::os::unix::fs::symlink("../lib/node_modules/npm/bin/npm-cli.js", given.path("node/bin/npm")).expect("a link");
    let path = given.path("node/bin").to_string_lossy().into_owned();
    let npm = given.set("PATH", &path).facts().npm;
    assert_eq!((npm.major, npm.ignores_scripts), (Some(11), Some(false)));
}

#[test]
fn broken_caches_are_unknown() {
    let given = world(MEMORY);
    given.npx(".npm", HASH, SPEC);
    let lock = format!(".npm/_npx/{HASH}/node_modules/.package-lock.json");
    for text in ["", "{", "[]", r#"{ "packages": 5 }"#, r#"{ "packages": { "node_modules/x": { "version": 1 } } }"#] {
        given.write(&lock, text);
        assert_eq!(given.installed(), None, "{text}");
    }
    given.write(&lock, &" ".repeat(17 << 20));
    assert_eq!(given.installed(), None);
}

#[cfg(unix)]
#[test]
fn nothing_that_leads_out_or_never_ends_is_read() {
    let given = world(MEMORY);
    given.npx("other", HASH, SPEC);
    fs::create_dir_all(given.path(".npm/_npx")).expect("a folder");
    std::os::unix::fs::symlink(given.path("other/_npx").join(HASH), given.path(".npm/_npx").join(HASH))
        .expect("a link");
    assert_eq!(given.installed(), None);

    let given = world(MEMORY);
    given.npx(".npm", HASH, SPEC);
    let manifest = given.path(".npm/_npx").join(HASH).join("package.json");
    fs::remove_file(&manifest).expect("it is there");
    rustix::fs::mknodat(rustix::fs::CWD, &manifest, rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a pipe");
    assert_eq!(given.installed(), None);
}

#[cfg(unix)]
#[test]
fn what_uvx_ran_last_is_read_where_there_is_no_doubt() {
    let given = world(r#"{ "command": "uvx", "args": ["Mcp.Server_time"] }"#);
    given.uv("one", &[("mcp_server_time", "2026.10.19"), ("mcp", "2.3.1")], "mcp_server_time");
    let installed = given.installed().expect("it is in the cache");
    assert_eq!(installed.version, "2026.10.19");
    assert_eq!(installed.tree, [("mcp".to_owned(), "2.3.1".to_owned())]);
    assert_eq!((installed.licence.as_deref(), installed.source), (Some("MIT"), Some(true)));
    assert_eq!(installed.scripts, Some(Vec::new()));
    // Built here from its sources.
    given.write(".cache/uv/sdists-v9/pypi/mcp/2.3.1/x/metadata.msgpack", "");
    assert_eq!(given.installed().expect("the same").scripts, Some(vec!["mcp".to_owned()]));
    // Only brought along by something else.
    given.uv("two", &[("other", "1.0.0"), ("mcp_server_time", "2025.1.1")], "other");
    assert!(given.installed().is_some());
    given.uv("three", &[("mcp_server_time", "2025.7.1")], "mcp_server_time");
    assert_eq!(given.installed(), None, "which of the two runs is not known");
    let pinned = r#"{ "mcpServers": { "it": { "command": "uvx", "args": ["mcp-server-time==2025.7.1"] } } }"#;
    given.write(".cursor/mcp.json", pinned);
    assert_eq!(given.installed().map(|one| one.version).as_deref(), Some("2025.7.1"));
}

#[cfg(unix)]
#[test]
fn an_installed_tool_comes_before_the_cache() {
    let given = world(r#"{ "command": "uvx", "args": ["mcp-server-time"] }"#);
    given.uv("one", &[("mcp_server_time", "2026.10.19")], "mcp_server_time");
    let tool = ".local/share/uv/tools/mcp-server-time/lib/python3.12/site-packages";
    given.write(&format!("{tool}/mcp_server_time-2025.1.1.dist-info/METADATA"), "Name: x\n\n");
    let installed = given.installed().expect("it is installed");
    assert_eq!(
        (installed.version.as_str(), installed.licence.as_deref(), installed.source),
        ("2025.1.1", Some(""), Some(false))
    );
    let latest = r#"{ "mcpServers": { "it": { "command": "uvx", "args": ["mcp-server-time@latest"] } } }"#;
    given.write(".cursor/mcp.json", latest);
    assert_eq!(given.installed(), None);
}

#[test]
fn the_users_own_indexes_are_read() {
    let given = world(MEMORY);
    given.write(".config/pip/pip.conf", "[global]\nindex-url = https://pip.example.com/simple\nextra-index-url =\n");
    given.write(".config/uv/uv.toml", "[[index]]\nname = \"work\"\nurl = \"https://uv.example.com/simple\"\n");
    let given = given.set("UV_INDEX", "work=https://one.example.com https://two.example.com");
    let indexes = given.facts().indexes;
    let hosts = ["one.example.com", "two.example.com", "pip.example.com/simple", "uv.example.com/simple"];
    assert_eq!(indexes, hosts.map(|host| format!("https://{host}")));
}
