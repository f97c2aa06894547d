use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::programs::settled;

/// Each line a file: `path`, `path -> target` or `path: text`; programs lie in a `bin` or among shims.
#[expect(clippy::unwrap_used, reason = "tests")]
fn home(lines: &str) -> (tempfile::TempDir, Env) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().canonicalize().unwrap();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (path, text) = line.split_once(": ").unwrap_or((line, ""));
        let (path, target) = path.split_once(" -> ").map_or((path, None), |(path, target)| (path, Some(target)));
        let at = home.join(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        match target {
            Some(target) => symlink(target, &at).unwrap(),
            None => {
                fs::write(&at, text.replace("\\n", "\n")).unwrap();
                fs::set_permissions(&at, fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
    }
    let mut env = Env::current(Some(&home)).unwrap();
    env.vars.insert("PATH".to_owned(), home.join("system").to_string_lossy().into_owned());
    (folder, env)
}

const PYENV: &str = r#"
    .pyenv/shims/python: #!/usr/bin/env bash\nexec "/opt/pyenv/libexec/pyenv" exec "$program" "$@"\n
    .pyenv/shims/tool: #!/usr/bin/env bash\nexec "/opt/pyenv/libexec/pyenv" exec "$program" "$@"\n
    .pyenv/versions/3.9.18/bin/python
    .pyenv/versions/3.10.2/bin/python
    .pyenv/versions/3.10.13/bin/python
    .pyenv/versions/3.10.13/bin/tool
    system/python
"#;

const NODENV: &str = r#"
    .nodenv/shims/node: #!/usr/bin/env bash\nexec "/home/u/.nodenv/libexec/nodenv" exec "$program" "$@"\n
    .nodenv/versions/18.1.0/bin/node
    .nodenv/versions/20.1.0/bin/node
    .nodenv/version: 18.1.0
    app/.node-version: v20.1.0
    app/src/index.js
"#;

const ASDF: &str = r#"
    .asdf/shims/node: #!/usr/bin/env bash\n# asdf-plugin: nodejs 18.1.0\n# asdf-plugin: nodejs 20.1.0\nexec asdf exec "node" "$@"\n
    .asdf/installs/nodejs/18.1.0/bin/node
    .asdf/installs/nodejs/20.1.0/bin/node
    app/.tool-versions: python 3.1\nnodejs 20.1.0 18.1.0 # both
    system/node
"#;

const MISE: &str = r#"
    .local/bin/mise
    .local/share/mise/shims/node -> ../../../bin/mise
    .local/share/mise/shims/tool -> ../../../bin/mise
    .local/share/mise/installs/node/18.1.0/bin/node
    .local/share/mise/installs/node/20.9.0/bin/node
    .local/share/mise/installs/node/20.11.0/bin/node
    .local/share/mise/installs/npm-scope-tool/1.2.3/bin/tool
"#;

const VOLTA: &str = r#"
    .volta/bin/volta-shim
    .volta/bin/node -> volta-shim
    .volta/bin/npx -> volta-shim
    .volta/bin/tool -> volta-shim
    .volta/tools/image/node/18.1.0/bin/node
    .volta/tools/image/node/20.1.0/bin/node
    .volta/tools/image/node/20.1.0/bin/npx
    .volta/tools/image/npm/10.0.0/bin/npx
    .volta/tools/image/packages/tool/bin/tool
    .volta/tools/user/bins/tool.json: {"name":"tool","package":"tool","version":"1.0.0","platform":{"node":"18.1.0","npm":null}}
"#;

#[test]
fn what_a_shim_starts_is_read_in_its_managers_files() {
    let volta = |platform: &str| format!("{VOLTA}\n.volta/tools/user/platform.json: {platform}\n");
    let with = |home: &str, more: &str| format!("{home}\n{more}\n");
    let default = volta(r#"{"node":{"runtime":"20.1.0","npm":null},"yarn":null}"#);
    type Variables<'a> = &'a [(&'a str, &'a str)];
    // Home, shim, folder, script, variables, and what starts.
    let table: &[(&str, &str, &str, &str, Variables, &str)] = &[
        (
            &with(PYENV, ".pyenv/version: 3.9.18"),
            ".pyenv/shims/python",
            "",
            "",
            &[],
            ".pyenv/versions/3.9.18/bin/python",
        ),
        (
            &with(PYENV, ".pyenv/version: 3.10"),
            ".pyenv/shims/python",
            "",
            "",
            &[],
            ".pyenv/versions/3.10.13/bin/python",
        ),
        (PYENV, ".pyenv/shims/python", "", "", &[("PYENV_VERSION", "3.10.2")], ".pyenv/versions/3.10.2/bin/python"),
        (
            &with(PYENV, "app/.python-version: 3.10.2"),
            ".pyenv/shims/python",
            "app/src",
            "",
            &[],
            ".pyenv/versions/3.10.2/bin/python",
        ),
        // The first one that has it.
        (
            &with(PYENV, ".pyenv/version: 3.9.18\\n3.10.13"),
            ".pyenv/shims/tool",
            "",
            "",
            &[],
            ".pyenv/versions/3.10.13/bin/tool",
        ),
        (&with(PYENV, ".pyenv/version: system"), ".pyenv/shims/python", "", "", &[], "system/python"),
        (PYENV, ".pyenv/shims/python", "", "", &[], "system/python"),
        (&with(PYENV, ".pyenv/version: 3.11"), ".pyenv/shims/python", "", "", &[], "pyenv decides"),
        (&with(PYENV, ".pyenv/version: ../../system"), ".pyenv/shims/python", "", "", &[], "pyenv decides"),
        (NODENV, ".nodenv/shims/node", "", "", &[], ".nodenv/versions/18.1.0/bin/node"),
        (NODENV, ".nodenv/shims/node", "", "app/src/index.js", &[], ".nodenv/versions/20.1.0/bin/node"),
        (ASDF, ".asdf/shims/node", "app/src", "", &[], ".asdf/installs/nodejs/20.1.0/bin/node"),
        (ASDF, ".asdf/shims/node", "", "", &[], "asdf decides"),
        (&with(ASDF, ".tool-versions: nodejs system"), ".asdf/shims/node", "", "", &[], "system/node"),
        (
            &with(ASDF, &format!(".tool-versions: nodejs path:{}usr", "../".repeat(20))),
            ".asdf/shims/node",
            "",
            "",
            &[],
            "asdf decides",
        ),
        (
            ASDF,
            ".asdf/shims/node",
            "app",
            "",
            &[("ASDF_NODEJS_VERSION", "18.1.0")],
            ".asdf/installs/nodejs/18.1.0/bin/node",
        ),
        (
            &with(MISE, ".config/mise/config.toml: [tools]\\nnode = \"20\""),
            ".local/share/mise/shims/node",
            "",
            "",
            &[],
            ".local/share/mise/installs/node/20.11.0/bin/node",
        ),
        (
            &with(
                MISE,
                ".config/mise/config.toml: [tools]\\nnode = { version = \"20\" }\\n\"npm:@scope/tool\" = \"1.2.3\"",
            ),
            ".local/share/mise/shims/tool",
            "",
            "",
            &[],
            ".local/share/mise/installs/npm-scope-tool/1.2.3/bin/tool",
        ),
        (
            &with(MISE, "app/mise.toml: [tools]\\nnode = [\"18.1.0\", \"20\"]"),
            ".local/share/mise/shims/node",
            "app",
            "",
            &[],
            ".local/share/mise/installs/node/18.1.0/bin/node",
        ),
        (
            &with(MISE, ".tool-versions: nodejs 20.9.0"),
            ".local/share/mise/shims/node",
            "",
            "",
            &[],
            ".local/share/mise/installs/node/20.9.0/bin/node",
        ),
        (MISE, ".local/share/mise/shims/node", "", "", &[], "mise decides"),
        (&default, ".volta/bin/node", "", "", &[], ".volta/tools/image/node/20.1.0/bin/node"),
        (&default, ".volta/bin/npx", "", "", &[], ".volta/tools/image/node/20.1.0/bin/npx"),
        (
            &volta(r#"{"node":{"runtime":"20.1.0","npm":"10.0.0"}}"#),
            ".volta/bin/npx",
            "",
            "",
            &[],
            ".volta/tools/image/npm/10.0.0/bin/npx",
        ),
        (
            &with(&default, r#"app/package.json: {"volta":{"node":"18.1.0"}}"#),
            ".volta/bin/node",
            "app/src",
            "",
            &[],
            ".volta/tools/image/node/18.1.0/bin/node",
        ),
        (&default, ".volta/bin/tool", "", "", &[], ".volta/tools/image/packages/tool/bin/tool"),
        (&volta("{}"), ".volta/bin/node", "", "", &[], "Volta decides"),
        ("bin/node", "bin/node", "", "", &[], "itself"),
        ("shims/node\nversions/1/bin/node", "shims/node", "", "", &[], "itself"),
    ];
    for (lines, shim, cwd, script, variables, expected) in table {
        let (_folder, env) = home(lines);
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let path = |path: &str| (!path.is_empty()).then(|| env.home.join(path));
        let (cwd, script) = (path(cwd), path(script));
        let place = Place { env: &env, variables: &variables, cwd: cwd.as_deref(), script: script.as_deref() };
        let found = match behind(&place, &env.home.join(shim)) {
            Behind::Itself => "itself".to_owned(),
            Behind::Found { program, .. } => program.strip_prefix(&env.home).unwrap().to_string_lossy().into_owned(),
            Behind::Decides { manager, .. } => format!("{manager} decides"),
        };
        assert_eq!(found, *expected, "{lines}");
    }
}

#[test]
fn a_package_of_volta_brings_its_node() {
    let (_folder, env) = home(VOLTA);
    let Behind::Found { path, .. } = behind(&Place::anywhere(&env), &env.home.join(".volta/bin/tool")) else {
        panic!()
    };
    assert_eq!(path, [env.home.join(".volta/tools/image/node/18.1.0/bin")]);
}

#[test]
fn what_starts_is_named_without_links_that_lie_elsewhere() {
    let lines = r"
        .nvm/versions/node/v20.1.0/bin/node
        .nvm/versions/node/v20.1.0/lib/node_modules/tool/cli.js
        .nvm/versions/node/v20.1.0/bin/tool -> ../lib/node_modules/tool/cli.js
        .nvm/current -> versions/node/v20.1.0
        .local/state/fnm_multishells/1_2 -> ../../../.nvm/versions/node/v20.1.0
        .local/share/uv/tools/server/bin/server
        .local/share/uv/tools/server/bin/python -> ../../../python/cpython-3.12-linux/bin/python3.12
        .local/share/uv/tools/server/pyvenv.cfg
        .local/share/uv/python/cpython-3.12.4-linux/bin/python3.12
        .local/share/uv/python/cpython-3.12-linux -> cpython-3.12.4-linux
        .local/bin/server -> ../share/uv/tools/server/bin/server
        .local/bin/python3.12 -> ../share/uv/python/cpython-3.12-linux/bin/python3.12
        bin/own
        bin/loop -> loop
        modules/node_modules/.bin/tool -> ../tool/cli.js
        modules/node_modules/tool/cli.js
    ";
    let (_folder, env) = home(lines);
    for (program, expected) in [
        (".nvm/current/bin/node", ".nvm/versions/node/v20.1.0/bin/node"),
        (".nvm/current/bin/tool", ".nvm/versions/node/v20.1.0/bin/tool"),
        (".local/state/fnm_multishells/1_2/bin/node", ".nvm/versions/node/v20.1.0/bin/node"),
        (".local/bin/server", ".local/share/uv/tools/server/bin/server"),
        (".local/bin/python3.12", ".local/share/uv/python/cpython-3.12.4-linux/bin/python3.12"),
        // The place of this link is what makes it a virtual environment's.
        (".local/share/uv/tools/server/bin/python", ".local/share/uv/tools/server/bin/python"),
        ("modules/node_modules/.bin/tool", "modules/node_modules/.bin/tool"),
        ("bin/own", "bin/own"),
        ("bin/loop", "bin/loop"),
        ("bin/gone", "bin/gone"),
    ] {
        assert_eq!(settled(&env, &env.home.join(program)), env.home.join(expected), "{program}");
    }
    let links = crate::programs::links(&env.home.join(".local/share/uv/tools/server/bin/python"));
    let shown: Vec<_> = links.iter().map(|link| link.strip_prefix(&env.home).unwrap().to_str().unwrap()).collect();
    assert_eq!(shown, [".local/share/uv/tools/server/bin/python", ".local/share/uv/python/cpython-3.12-linux"]);
}
