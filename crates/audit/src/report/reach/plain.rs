//! Launch lines so plain that they say what a server may do.
//!
//! Whoever may add one option, variable or folder to a line decides what runs:
//! a registry, a loader, another daemon. So a line proves something only when
//! every word of it is known to decide nothing; all others promise nothing.

use warder_launch::command::is_loader;

use crate::clients::Os;
use crate::server::command::PathUse;
use crate::server::{Command, Server};

/// Packages that serve the folders among their arguments, and nothing else.
const SERVES_FOLDERS: [&str; 1] = ["@modelcontextprotocol/server-filesystem"];

/// Options of npx and `npm exec` that decide nothing about what runs.
const QUIET: [&str; 6] = ["-y", "--yes", "-q", "--quiet", "-s", "--silent"];

/// What launchers, their version managers and container tools read besides what `is_loader` knows: where programs and
/// settings are.
const PLACES: [&str; 19] = [
    "ALLUSERSPROFILE",
    "APPDATA",
    "COMSPEC",
    "HOME",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "PATH",
    "PATHEXT",
    "PREFIX",
    "DESTDIR",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "SHELL",
    "SYSTEMROOT",
    "USERPROFILE",
    "WINDIR",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
];
const MANAGERS: [&str; 14] = [
    "ASDF_",
    "BUILDAH_",
    "CONTAINERS_",
    "CONTAINER_",
    "DOCKER_",
    "FNM_",
    "MISE_",
    "NODENV_",
    "NODE_",
    "NPM_",
    "NVM_",
    "PODMAN_",
    "PROTO_",
    "VOLTA_",
];

/// Whether the line starts one of the known packages of its registry with folders and nothing else.
pub(super) fn serves_folders(server: &Server, command: &Command, os: Os) -> bool {
    // A folder has a `.npmrc` and packages of its own, and a project is where its entries start.
    if server.cwd.is_some() || server.project.is_some() || !is_still(server) {
        return false;
    }
    let Some((first, words)) = plain_words(command, os) else { return false };
    let mut words = words.as_slice();
    match (words, command.words()[first].value.as_str()) {
        (_, "npx") => {}
        (["exec" | "x", rest @ ..], "npm") => words = rest,
        _ => return false,
    }
    while let [option, rest @ ..] = words
        && QUIET.contains(option)
    {
        words = rest;
    }
    words = words.strip_prefix(&["--"]).unwrap_or(words);
    let [package, roots @ ..] = words else { return false };
    let roots = roots.strip_prefix(&["--"]).unwrap_or(roots);
    // A path for each of them: one that is none is a folder all the same.
    let given: Vec<&str> = command.launch.paths.iter().map(|path| path.path.as_str()).collect();
    let arguments = command.launch.paths.iter().all(|path| path.how == PathUse::Argument);
    // Some clients start their servers through a shell.
    let signs = |root: &&str| root.contains(|c: char| "`$;|&<>".contains(c) || c.is_control());
    is_known(package) && !roots.is_empty() && arguments && given == roots && !roots.iter().any(signs)
}

/// `name` or `name@version`, as the registry has it: no alias, no address.
fn is_known(package: &str) -> bool {
    let version = |version: &str| {
        let mut characters = version.chars().peekable();
        characters.peek().is_some() && characters.all(|c| c.is_ascii_alphanumeric() || ".-+^~".contains(c))
    };
    SERVES_FOLDERS.iter().any(|name| match package.strip_prefix(name) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('@').is_some_and(version),
        None => false,
    })
}

/// Whether the line starts a container of the usual daemon, and nothing among its options leads past mounts and network.
pub(super) fn is_contained(server: &Server, command: &Command, os: Os) -> bool {
    let beyond = command.launch.container.as_ref().is_none_or(|container| container.beyond);
    let Some((first, words)) = plain_words(command, os) else { return false };
    let run = matches!(words.as_slice(), ["run", ..] | ["container", "run", ..]);
    !beyond && run && is_still(server) && matches!(command.words()[first].value.as_str(), "docker" | "podman")
}

/// Whether a mounted place is a socket of a service, or where the system keeps them.
pub(super) fn may_hold_sockets(path: &str) -> bool {
    let below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path.trim_end_matches('/').ends_with(".sock") || ["/run", "/var/run", "/private/var/run"].into_iter().any(below)
}

/// Whether its variables decide nothing about what runs; those of a file are not known here.
fn is_still(server: &Server) -> bool {
    server.env_file.is_none() && !server.env.iter().any(|pair| decides(&pair.name))
}

fn decides(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let managed = MANAGERS.iter().any(|start| name.starts_with(start)) && name != "NODE_ENV";
    is_loader(&name) || PLACES.contains(&name.as_str()) || managed
}

/// Where the program stands, and the words behind it: not behind another program (`env`, `sudo`, a shell), except the
/// `cmd /c` that Windows needs, with no sign in it that means something there.
fn plain_words(command: &Command, os: Os) -> Option<(usize, Vec<&str>)> {
    let words: Vec<&str> = command.words().iter().map(|word| word.value.as_str()).collect();
    let first = match words.as_slice() {
        [cmd, slash, ..] if os == Os::Windows && *cmd == "cmd" && slash.eq_ignore_ascii_case("/c") => {
            let signs = |word: &&str| word.contains(|c: char| "&|<>^%!\"()".contains(c) || c.is_control());
            (!words.iter().any(signs)).then_some(2)?
        }
        _ if command.launch.layers.is_empty() => 0,
        _ => return None,
    };
    Some((first, words.get(first + 1..)?.to_vec()))
}
