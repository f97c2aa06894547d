//! Programs that an entry names by a version manager's shim or a link: in the
//! sandbox runs what runs without one, by the same interpreter.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::world::root;
use super::{Place, Talk};

struct Home(PathBuf);

impl Home {
    fn text(&self, path: &str) -> String {
        self.0.join(path).to_string_lossy().into_owned()
    }

    fn at(&self, path: &str) -> PathBuf {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn script(&self, path: &str, text: &str) {
        fs::write(self.at(path), text).unwrap();
        fs::set_permissions(self.at(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn link(&self, target: impl AsRef<Path>, path: &str) {
        symlink(target, self.at(path)).unwrap();
    }

    fn copy(&self, from: impl AsRef<Path>, path: &str) {
        fs::copy(from, self.at(path)).unwrap();
    }

    /// A Python with a prefix of its own; the libraries are the system's.
    fn python(&self, prefix: &str, target: &str) {
        self.link(target, &format!("{prefix}/bin/python3"));
        fs::write(self.at(&format!("{prefix}/pyvenv.cfg")), "home = /usr/bin\n").unwrap();
        fs::create_dir(self.at(&format!("{prefix}/lib"))).unwrap();
    }
}

const PYTHON: &str = "/usr/bin/python3";

/// The node that the tests run, whatever shim is on their `PATH`.
fn node() -> PathBuf {
    let said = std::process::Command::new("node").args(["-p", "process.execPath"]).output().unwrap();
    PathBuf::from(String::from_utf8(said.stdout).unwrap().trim())
}

#[test]
fn what_a_shim_or_a_link_starts_runs_in_the_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home(folder.path().canonicalize().unwrap());
    home.copy(root().join("tests/permissions/who.js"), "srv/who.js");
    home.copy(root().join("tests/permissions/who.py"), "srv/who.py");

    // pyenv writes such shims; what it does with them is its own `exec` in short.
    let pyenv = home.text(".pyenv/libexec/pyenv");
    let shim =
        format!("#!/usr/bin/env bash\nset -e\nprogram=\"${{0##*/}}\"\nexec \"{pyenv}\" exec \"$program\" \"$@\"\n");
    home.script(".pyenv/shims/python3", &shim);
    home.script(
        ".pyenv/libexec/pyenv",
        "#!/usr/bin/env bash\nroot=$(cd \"${0%/*}/..\" && pwd)\nversion=${PYENV_VERSION:-$(< \"$root/version\")}\n\
         [ \"$version\" = hooked ] && version=3.12.1\nshift\nexec \"$root/versions/$version/bin/$1\" \"${@:2}\"\n",
    );
    fs::write(home.at(".pyenv/version"), "3.12.1\n").unwrap();
    home.python(".pyenv/versions/3.12.1", PYTHON);
    home.python(".pyenv/versions/3.9.18", PYTHON);

    // Volta's programs are links to one that knows its own name.
    home.copy(node(), ".volta/tools/image/node/20.1.0/bin/node");
    fs::create_dir(home.at(".volta/tools/image/node/20.1.0/lib")).unwrap();
    fs::write(home.at(".volta/tools/user/platform.json"), r#"{"node":{"runtime":"20.1.0","npm":null}}"#).unwrap();
    let image = home.text(".volta/tools/image");
    home.script(
        ".volta/bin/volta-shim",
        &format!(
            "#!/bin/sh\nPATH={image}/node/20.1.0/bin:$PATH\ncase ${{0##*/}} in node) exec node \"$@\";; esac\n\
             exec {image}/packages/${{0##*/}}/bin/${{0##*/}} \"$@\"\n"
        ),
    );
    home.link("volta-shim", ".volta/bin/node");
    home.link("volta-shim", ".volta/bin/who");
    let cli = format!("#!/usr/bin/env node\n{}", fs::read_to_string(root().join("tests/permissions/who.js")).unwrap());
    home.script(".volta/tools/image/packages/who/lib/node_modules/who/cli.js", &cli);
    home.link("../lib/node_modules/who/cli.js", ".volta/tools/image/packages/who/bin/who");
    let bin = r#"{"name":"who","package":"who","version":"1.0.0","platform":{"node":"20.1.0"}}"#;
    fs::write(home.at(".volta/tools/user/bins/who.json"), bin).unwrap();

    // A package of npm's for all, whose first line finds a shim on the `PATH`.
    home.script(".npm-global/lib/node_modules/who/cli.js", &cli);
    home.link("../lib/node_modules/who/cli.js", ".npm-global/bin/who");

    // nvm's and fnm's links to the version of now.
    home.link("../.volta/tools/image/node/20.1.0", ".nvm/current");
    home.link("../../../.nvm/current", ".local/state/fnm_multishells/12_34");

    // uv's and pipx's environments, with a link to a folder on the way to Python.
    home.python(".local/share/uv/python/cpython-3.12.4-linux", PYTHON);
    home.link("cpython-3.12.4-linux", ".local/share/uv/python/cpython-3.12-linux");
    home.python(".local/share/uv/tools/who", "../../../python/cpython-3.12-linux/bin/python3");
    home.link("python3", ".local/share/uv/tools/who/bin/python");
    let python = home.text(".local/share/uv/tools/who/bin/python");
    let who = fs::read_to_string(root().join("tests/permissions/who.py")).unwrap();
    home.script(".local/share/uv/tools/who/bin/who", &format!("#!{python}\n{who}"));
    // A first line may not be long, so that it is the shell's.
    let long = format!("#!/bin/sh\n'''exec' '{python}' \"$0\" \"$@\"\n' '''\n{who}");
    home.script(".local/share/uv/tools/who/bin/long", &long);
    home.link("../share/uv/tools/who/bin/who", ".local/bin/who");
    home.link("../share/uv/tools/who/bin/long", ".local/bin/long");
    home.link("../share/uv/python/cpython-3.12-linux/bin/python3", ".local/bin/python3");

    // Homebrew's programs are links into its cellar, beside the data of its services.
    let cellar = home.at(".linuxbrew/Cellar/node/20.1.0/bin/node");
    fs::hard_link(home.0.join(".volta/tools/image/node/20.1.0/bin/node"), cellar).unwrap();
    home.link("../Cellar/node/20.1.0/bin/node", ".linuxbrew/bin/node");
    for folder in [".linuxbrew/lib", ".linuxbrew/var/postgres"] {
        fs::create_dir_all(home.0.join(folder)).unwrap();
    }

    let (js, py) = (home.text("srv/who.js"), home.text("srv/who.py"));
    let entry =
        |command: &str, args: Value, env: Value| json!({ "command": home.text(command), "args": args, "env": env });
    let path = format!("{}:/usr/bin:/bin", home.text(".volta/bin"));
    let servers = json!({
        "pyenv": entry(".pyenv/shims/python3", json!([py]), json!({})),
        "pyenv_chosen": entry(".pyenv/shims/python3", json!([py]), json!({ "PYENV_VERSION": "3.9.18" })),
        "pyenv_decides": entry(".pyenv/shims/python3", json!([py]), json!({ "PYENV_VERSION": "hooked" })),
        "volta": entry(".volta/bin/node", json!([js]), json!({})),
        "volta_package": entry(".volta/bin/who", json!([]), json!({})),
        "named": json!({ "command": "node", "args": [js], "env": { "PATH": path } }),
        "npm_package": entry(".npm-global/bin/who", json!([]), json!({})),
        "nvm": entry(".nvm/current/bin/node", json!([js]), json!({})),
        "fnm": entry(".local/state/fnm_multishells/12_34/bin/node", json!([js]), json!({})),
        "brew": entry(".linuxbrew/bin/node", json!([js]), json!({})),
        "uv": entry(".local/bin/who", json!([]), json!({})),
        "uv_long": entry(".local/bin/long", json!([]), json!({})),
        "uv_python": entry(".local/bin/python3", json!([py]), json!({})),
    });
    let mut place = Place::new(&home.0, &servers);
    place.session_path(&format!("{}:{}", home.text(".volta/bin"), "/usr/bin:/bin"));
    for (name, entry) in servers.as_object().unwrap() {
        // As a terminal has it, where such a program is found by its name.
        let mut control = entry.clone();
        if control["env"]["PATH"].is_null() {
            control["env"]["PATH"] = json!(path);
        }
        let tools = Talk::start(&home.0, &control).tools();
        assert_eq!(tools[0]["name"], "who", "{name}");
        let (preview, _) = place.fence(name);
        let notes = preview.notes.join("\n");
        let (chosen, decides) = (notes.contains(" chooses which "), notes.contains(" decides at each start which "));
        let expected = (
            matches!(name.as_str(), "pyenv" | "pyenv_chosen" | "volta" | "volta_package" | "named"),
            name == "pyenv_decides",
        );
        assert_eq!((chosen, decides), expected, "{name}: {notes}");
        let read = preview.permissions.unwrap().after.read;
        assert_eq!(read.contains(&"~/.pyenv".to_owned()), name == "pyenv_decides", "{name}: {read:?}");
        assert!(!read.contains(&"~/.linuxbrew".to_owned()), "{read:?}");
        assert_eq!(read.contains(&"~/.linuxbrew/Cellar".to_owned()), name == "brew", "{name}: {read:?}");
        let inside = place.start(name).tools();
        let real = |tools: &Value| {
            // By the folder's real name: the link that leads to it is nowhere inside.
            let said = tools[0]["description"].as_str().unwrap().split(' ').next().unwrap().to_owned();
            let at = Path::new(&said);
            at.parent().unwrap().canonicalize().unwrap().join(at.file_name().unwrap())
        };
        if name == "uv_python" {
            // It was a link to it.
            assert!(real(&inside).ends_with("cpython-3.12.4-linux/bin/python3"), "{inside}");
        } else {
            assert_eq!(real(&inside), real(&tools), "{name}");
        }
    }

    // A version that is chosen later is not what was allowed.
    fs::write(home.at(".pyenv/version"), "3.9.18\n").unwrap();
    let said = place.start("pyenv").tools()[0]["description"].to_string();
    assert!(said.contains("/3.12.1/bin/python3"), "{said}");
}
