//! Places that no fence may be opened to, and names that stay as they are.
//!
//! Lists of facts; a grant of one of the places, of a folder above it or of
//! something inside it would give the server what the fence is for.

use std::ffi::OsStr;
use std::path::Path;

/// Below the home: keys, browsers, keyrings, what other agents are told to
/// start, and what a shell or a session runs by itself.
const PRIVATE: &[&str] = &[
    // Keys and logins.
    ".ssh",
    ".gnupg",
    ".pki",
    ".aws",
    ".azure",
    ".config/gcloud",
    ".kube",
    ".docker",
    ".oci",
    ".config/gh",
    ".config/hub",
    ".netrc",
    ".git-credentials",
    ".config/git/credentials",
    ".npmrc",
    ".pypirc",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".gem/credentials",
    ".terraform.d",
    ".vault-token",
    ".config/op",
    ".password-store",
    ".age",
    ".config/sops",
    ".config/rclone",
    ".s3cfg",
    ".boto",
    ".databrickscfg",
    ".config/doctl",
    ".fly",
    ".snowflake",
    // Keyrings and password safes.
    ".local/share/keyrings",
    ".local/share/kwalletd",
    "Library/Keychains",
    ".config/1Password",
    ".config/Bitwarden",
    // Browsers and mail.
    ".mozilla",
    ".thunderbird",
    ".config/google-chrome",
    ".config/chromium",
    ".config/microsoft-edge",
    ".config/BraveSoftware",
    ".config/vivaldi",
    ".config/opera",
    ".var/app",
    "snap",
    "Library/Application Support",
    "Library/Mail",
    "Library/Messages",
    "Library/Safari",
    "Library/Cookies",
    "AppData/Roaming",
    "AppData/Local",
    // Other agents and their servers.
    ".claude",
    ".claude.json",
    ".config/Claude",
    ".cursor",
    ".codeium",
    ".vscode",
    ".config/Code",
    ".config/zed",
    ".codex",
    ".gemini",
    ".continue",
    ".cline",
    ".config/goose",
    ".lmstudio",
    // Run by a shell or at log-in, and what was typed there.
    ".bashrc",
    ".bash_profile",
    ".bash_history",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zsh_history",
    ".config/fish",
    ".config/autostart",
    ".config/systemd",
    "Library/LaunchAgents",
];

/// System folders whose sockets, devices or keys no server needs whole.
const SYSTEM: &[&str] = &["/etc", "/var", "/tmp", "/home", "/Users", "/root"];

/// Never, nor anything inside: devices, processes and other programs' sockets.
const KERNEL: &[&str] = &["/dev", "/proc", "/sys", "/run", "/var/run", "/boot"];

/// By name, whatever the letters' case, since file systems differ there: git
/// and its hooks; editors, direnv, mise and containers, which run what stands
/// there when a folder is opened or entered; and agents, which start servers
/// and hooks from it (`.github` is Copilot's too). Not: what is run on purpose
/// (a build, a package's scripts), and what is only read (`AGENTS.md`).
const RUN_BY_OTHERS: &[&str] = &[
    ".ai",
    ".amazonq",
    ".amp",
    ".antigravitycli",
    ".claude",
    ".codex",
    ".continue",
    ".crush.json",
    ".cursor",
    ".devcontainer",
    ".devcontainer.json",
    ".devin",
    ".envrc",
    ".factory",
    ".gemini",
    ".git",
    ".githooks",
    ".github",
    ".gitmodules",
    ".husky",
    ".idea",
    ".junie",
    ".kilocode",
    ".kiro",
    ".mcp.json",
    ".lefthook.yaml",
    ".lefthook.yml",
    ".mise.local.toml",
    ".mise.toml",
    ".npmrc",
    ".opencode",
    ".pre-commit-config.yaml",
    ".qwen",
    ".roo",
    ".trae",
    ".vs",
    ".vscode",
    ".warp",
    ".windsurf",
    ".yarnrc.yml",
    ".zed",
    "crush.json",
    "lefthook.yaml",
    "lefthook.yml",
    "librechat.yaml",
    "mcp.json",
    "mise.local.toml",
    "mise.toml",
    "opencode.json",
    "opencode.jsonc",
];

/// What an editor opens as several folders with settings and tasks.
const WORKSPACE: &str = ".code-workspace";

/// `/`, the home or a parent of it, a credential folder (browsers, keyrings,
/// other agents and login scripts count as such), or the state folder itself
/// (its package store may be read): what no grant may name.
pub fn is_too_broad(path: &Path, home: &Path) -> bool {
    let warder = home.join(".warder");
    if home.starts_with(path) || path.parent().is_none() {
        return true;
    }
    if path.starts_with(&warder) {
        let packages = warder.join("packages");
        return !path.starts_with(&packages) || path == packages;
    }
    SYSTEM.iter().any(|folder| path == Path::new(folder))
        || KERNEL.iter().any(|folder| path.starts_with(folder))
        || PRIVATE
            .iter()
            .map(|name| home.join(name))
            .any(|secret| path.starts_with(&secret) || secret.starts_with(path))
}

/// Whether other programs run what has this name by themselves.
pub fn is_run_by_others(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let workspace = name.len().checked_sub(WORKSPACE.len()).map(|start| &name[start..]);
    workspace.is_some_and(|end| end.eq_ignore_ascii_case(WORKSPACE.as_bytes()))
        || RUN_BY_OTHERS.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_projects_and_packages() {
        let home = Path::new("/home/u");
        for path in [
            "/",
            "/home",
            "/home/u",
            "/etc",
            "/tmp",
            "/var",
            "/dev/shm",
            "/run/user/1000",
            "/proc",
            "/home/u/.ssh",
            "/home/u/.ssh/id_ed25519",
            "/home/u/.config",
            "/home/u/.config/gh",
            "/home/u/.local",
            "/home/u/.local/share",
            "/home/u/.npmrc",
            "/home/u/.claude.json",
            "/home/u/.warder",
            "/home/u/.warder/profiles",
            "/home/u/.warder/packages",
            "/home/u/.warder/id",
            "/home/u/Library",
            "/home/u/.bashrc",
        ] {
            assert!(is_too_broad(Path::new(path), home), "{path}");
        }
        for path in [
            "/home/u/code",
            "/home/u/code/app/.claude",
            "/home/u/.nvm/versions/node/v22",
            "/home/u/.local/share/uv/python",
            "/home/u/.warder/packages/npm/x-1",
            "/srv/data",
            "/tmp/work",
            "/usr/local",
            "/opt/node",
            "/home/u2/shared",
            "/home/u/.sshx",
            "/home/u/Documents",
        ] {
            assert!(!is_too_broad(Path::new(path), home), "{path}");
        }
    }
}
