//! Where programs keep keys and logins, below a home folder.

use std::path::Path;

use super::reach::below_home;
use crate::clients::Os;

/// A place that holds what opens other things.
pub(super) struct Store {
    /// As a message names it, after `reach`.
    pub(super) what: &'static str,
    /// Ways from a home, in small letters.
    paths: &'static [&'static str],
    /// Words in the name of a server that is made for it.
    purposes: &'static [&'static str],
}

/// By the documentation of each program.
const STORES: &[Store] = &[
    Store { what: "SSH keys", paths: &[".ssh"], purposes: &["ssh", "sftp", "git"] },
    Store { what: "PGP keys", paths: &[".gnupg"], purposes: &["gpg", "pgp"] },
    Store {
        what: "keys of Amazon Web Services",
        paths: &[".aws/credentials", ".aws/config", ".aws/sso", ".aws/cli", ".aws/login"],
        purposes: &["aws", "amazon", "bedrock", "s3"],
    },
    Store {
        what: "logins of Kubernetes",
        paths: &[".kube"],
        purposes: &["kube", "k8s", "helm", "argo", "openshift", "eks", "gke", "aks"],
    },
    Store {
        what: "logins of container registries",
        paths: &[".docker/config.json", ".config/containers/auth.json"],
        purposes: &["docker", "container", "registry"],
    },
    Store {
        what: "logins of Google Cloud",
        paths: &[".config/gcloud", "appdata/roaming/gcloud"],
        purposes: &["google", "gcp", "gcloud", "bigquery", "firebase", "vertex"],
    },
    Store { what: "logins of Azure", paths: &[".azure"], purposes: &["azure", "az-", "microsoft", "aks"] },
    Store {
        what: "logins of Git and GitHub",
        paths: &[".git-credentials", ".config/git/credentials", ".config/gh", "appdata/roaming/github cli"],
        purposes: &["git"],
    },
    Store {
        what: "logins of package registries",
        paths: &[".npmrc", ".pypirc", ".cargo/credentials.toml"],
        purposes: &["npm", "pypi", "cargo"],
    },
    Store {
        what: "saved logins",
        paths: &[".netrc", "_netrc", ".pgpass", ".my.cnf", ".vault-token"],
        purposes: &["netrc", "postgres", "mysql", "vault"],
    },
    Store {
        what: "the system's keychain",
        paths: &[
            "library/keychains",
            ".local/share/keyrings",
            ".local/share/kwalletd",
            "appdata/local/microsoft/credentials",
            "appdata/roaming/microsoft/credentials",
            "appdata/roaming/microsoft/protect",
        ],
        purposes: &["keychain", "keyring"],
    },
    Store {
        what: "saved passwords",
        paths: &[".password-store", ".config/op", ".config/bitwarden cli", ".local/share/keepassxc"],
        purposes: &["pass", "1password", "bitwarden", "keepass"],
    },
    Store {
        what: "the profile of a browser, with its logins",
        paths: &[
            ".mozilla",
            ".config/google-chrome",
            ".config/chromium",
            ".config/bravesoftware",
            ".config/microsoft-edge",
            "library/application support/google/chrome",
            "library/application support/firefox",
            "library/application support/bravesoftware",
            "library/application support/microsoft edge",
            "library/application support/arc",
            "library/safari",
            "appdata/local/google/chrome",
            "appdata/local/microsoft/edge",
            "appdata/local/bravesoftware",
            "appdata/roaming/mozilla",
        ],
        purposes: &["browser", "chrome", "firefox", "playwright", "puppeteer", "edge", "safari", "brave", "bookmark"],
    },
    Store {
        what: "the settings and logins of a client",
        paths: &[
            ".claude",
            ".claude.json",
            ".codex",
            ".cursor",
            ".gemini",
            ".codeium",
            ".copilot",
            ".config/claude",
            ".config/opencode",
            ".local/share/opencode",
            "library/application support/claude",
            "appdata/roaming/claude",
        ],
        purposes: &["claude", "codex", "cursor", "gemini", "windsurf", "copilot", "opencode"],
    },
    Store { what: "Warder's own files", paths: &[".warder"], purposes: &[] },
];

/// How a path and a store meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meeting {
    /// The path is the store, or lies in it.
    Inside,
    /// The store lies below the path, with much else.
    Above,
}

/// The store that a path leads to. A home itself is `broad-filesystem-root`.
pub(super) fn store(path: &str, os: Os, home: &Path) -> Option<(&'static Store, Meeting)> {
    let below = below_home(path, os, home).filter(|steps| !steps.is_empty())?;
    let starts = |long: &[&str], short: &[&str]| long.starts_with(short);
    let below: Vec<&str> = below.iter().map(String::as_str).collect();
    let meets = |path: &str| {
        let steps: Vec<&str> = path.split('/').collect();
        if starts(&below, &steps) {
            Some(Meeting::Inside)
        } else if starts(&steps, &below) {
            Some(Meeting::Above)
        } else {
            None
        }
    };
    let found = STORES.iter().filter_map(|store| Some((store, store.paths.iter().find_map(|path| meets(path))?)));
    found.min_by_key(|(_, meeting)| *meeting != Meeting::Inside)
}

impl Store {
    /// Whether a server of this name is made for it.
    pub(super) fn is_for(&self, names: &str) -> bool {
        let names = names.to_lowercase();
        self.purposes.iter().any(|purpose| names.contains(purpose))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_told_by_their_paths() {
        let of = |path: &str| store(path, Os::Linux, Path::new("/home/ana")).map(|(store, how)| (store.what, how));
        for (path, expected) in [
            ("~/.ssh", Some(("SSH keys", Meeting::Inside))),
            ("~/.ssh/id_ed25519", Some(("SSH keys", Meeting::Inside))),
            ("/home/bob/.ssh/", Some(("SSH keys", Meeting::Inside))),
            ("/root/.kube/config", Some(("logins of Kubernetes", Meeting::Inside))),
            (
                "/mnt/c/Users/Ana/AppData/Local/Google/Chrome/User Data",
                Some(("the profile of a browser, with its logins", Meeting::Inside)),
            ),
            ("~/.aws", Some(("keys of Amazon Web Services", Meeting::Above))),
            ("~/.aws/amazonq", None),
            ("~/.docker/mcp", None),
            ("~/.sshd", None),
            ("~/code/app/.ssh", None),
            ("~/code/app/.claude", None),
            ("/srv/.ssh", None),
            (".ssh", None),
            ("~", None),
        ] {
            assert_eq!(of(path), expected, "{path}");
        }
        assert!(of("~/.config").is_some_and(|(_, how)| how == Meeting::Above));
    }

    #[test]
    fn paths_are_written_as_they_are_compared() {
        for path in STORES.iter().flat_map(|store| store.paths) {
            assert!(path.to_lowercase() == **path && !path.starts_with('/') && !path.ends_with('/'), "{path}");
        }
    }
}
