//! Where every client keeps its servers, and how it writes them: one row each.
//!
//! Adding a client is a file with one `Client` and a line in `CLIENTS`. Facts
//! and their sources are in the rows' comments; nothing here touches a disk.

mod amazonq;
mod amp;
mod antigravity;
mod claude_code;
mod claude_desktop;
mod cline;
mod codex;
mod continue_dev;
mod copilot_cli;
mod crush;
mod cursor;
mod gemini;
mod generic;
mod goose;
mod jetbrains;
mod kiro;
mod lm_studio;
mod opencode;
mod others;
mod policies;
mod roo;
mod row;
mod visual_studio;
mod vscode;
mod warp;
mod windsurf;
mod zed;

use std::path::Path;

pub use policies::{POLICIES, Policy};
pub use row::*;

/// Why a server in the front matter of a Markdown file stays as it is.
const IN_A_TEXT: &str =
    "Warder reads the servers in an agent's Markdown file, and changes none there: edit it by hand.";

/// How a client starts a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Only a short list of variables is handed down (client-formats §1.1).
    pub short_env: bool,
    /// The entry's `cwd` has an effect.
    pub cwd: bool,
}

/// What happens to one name in several places of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameName {
    /// Each is a server of its own.
    Apart,
    /// The later scope's entry replaces the earlier one's.
    Replaced,
    /// The later scope's members are laid over the earlier one's.
    Merged,
}

#[derive(Debug)]
pub struct Client {
    pub id: &'static str,
    pub name: &'static str,
    /// The usual one first. Of equal scopes, a later row wins over an earlier one.
    pub files: &'static [ConfigFile],
    pub start: Start,
    /// Entries with a `url` are started; where not, they are skipped.
    pub remote: bool,
    pub same_name: SameName,
    /// Where this client itself can keep a key, for the README; empty where it cannot.
    pub own_secrets: &'static str,
    /// What the user has to do before a changed entry is used; a full sentence.
    pub after: &'static str,
}

/// Every client, sorted by id.
pub const CLIENTS: &[Client] = &[
    amazonq::CLIENT,
    amp::CLIENT,
    antigravity::CLIENT,
    others::BOLTAI,
    claude_code::CLIENT,
    claude_desktop::CLIENT,
    claude_desktop::THIRD_PARTY,
    cline::CLIENT,
    vscode::OSS,
    codex::CLIENT,
    continue_dev::CLIENT,
    copilot_cli::CLIENT,
    jetbrains::COPILOT,
    crush::CLIENT,
    cursor::CLIENT,
    windsurf::DEVIN,
    others::FACTORY,
    gemini::CLIENT,
    generic::CLIENT,
    goose::CLIENT,
    others::GROK,
    jetbrains::AI_ASSISTANT,
    jetbrains::JUNIE,
    others::KILO,
    others::KIMI,
    kiro::CLIENT,
    others::LIBRECHAT,
    lm_studio::CLIENT,
    others::MCPHUB,
    others::MCPO,
    opencode::CLIENT,
    others::QODER,
    gemini::QWEN,
    roo::CLIENT,
    others::TRAE,
    others::VIBE,
    visual_studio::CLIENT,
    vscode::CLIENT,
    vscode::INSIDERS,
    vscode::CODIUM,
    warp::CLIENT,
    windsurf::CLIENT,
    others::WITSY,
    zed::CLIENT,
];

/// A client by id.
pub fn client(id: &str) -> Option<&'static Client> {
    CLIENTS.iter().find(|client| client.id == id)
}

/// The client and file that a user means by an id and a path: `id` is a
/// client's or a single file's (`claude-code-user`); of several files the one
/// whose place ends like the path, else one with its extension, else the first.
pub fn named(id: &str, path: &Path) -> Option<(&'static Client, &'static ConfigFile)> {
    let file =
        |client: &'static Client| client.files.iter().find(|file| file.id == Some(id)).map(|file| (client, file));
    if let Some(found) = CLIENTS.iter().find_map(file) {
        return Some(found);
    }
    let client = client(id)?;
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let by_place = client.files.iter().find(|file| stands_at(file, path));
    let by_extension = || client.files.iter().find(|file| file.format.extensions().contains(&extension));
    Some((client, by_place.or_else(by_extension).unwrap_or(&client.files[0])))
}

/// The client whose table names a file at this path, by the end of the path;
/// `generic` when none does.
pub fn of_path(path: &Path) -> (&'static Client, &'static ConfigFile) {
    let found = CLIENTS.iter().find_map(|client| {
        client.files.iter().find(|file| !file.guest && stands_at(file, path)).map(|file| (client, file))
    });
    found.or_else(|| named("generic", path)).expect("generic is in the table")
}

/// Whether a path ends as a row's place does, and could not as well be anybody's.
pub fn stands_at(file: &ConfigFile, path: &Path) -> bool {
    // Only a setting knows where.
    if matches!(file.base, Base::Told(..)) {
        return false;
    }
    let text = path.to_string_lossy().replace('\\', "/");
    let usual = if let Base::Named(_, usual) = file.base { usual } else { "" };
    let whole = format!("{usual}{}{}", if usual.is_empty() { "" } else { "/" }, file.path);
    let (before, place) = whole.rsplit_once("**/").unwrap_or(("", &whole));
    let mut steps: Vec<&str> = text.split('/').collect();
    let wanted: Vec<&str> = place.split('/').collect();
    let Some(first) = steps.len().checked_sub(wanted.len()) else { return false };
    let end = steps.split_off(first);
    let fits = wanted.iter().zip(&end).all(|(wanted, step)| matches(wanted, step));
    // A bare name that is not a hidden file's could be anybody's.
    let telling =
        wanted.len() > 1 || !before.is_empty() || wanted[0].starts_with('.') || wanted[0].starts_with("*.code");
    fits && telling && (before.is_empty() || format!("{}/", steps.join("/")).contains(&format!("/{before}")))
}

/// Whether a name fits a step with at most one `*`.
pub fn matches(step: &str, name: &str) -> bool {
    match step.split_once('*') {
        Some((head, tail)) => name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail),
        None => step == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_ids_are_unique() {
        let rows = CLIENTS.iter().flat_map(|client| client.files).filter_map(|file| file.id);
        let mut ids: Vec<&str> = CLIENTS.iter().map(|client| client.id).collect();
        assert!(ids.is_sorted());
        ids.extend(rows);
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }

    /// A server that may write in a project must not tell its clients what to start.
    #[test]
    fn what_clients_read_in_a_project_stays_as_it_is_inside_a_fence() {
        use warder_launch::sandbox::is_run_by_others;
        let files = CLIENTS.iter().flat_map(|client| client.files);
        let in_projects = files.filter(|file| matches!(file.base, Base::Project) || file.base.reaches_down());
        let open = in_projects.filter(|file| !Path::new(file.path).iter().any(is_run_by_others));
        let open: Vec<&str> = open.map(|file| file.path).collect();
        assert_eq!(open, [""; 0]);
    }

    #[test]
    fn a_path_names_its_client() {
        for (path, id) in [
            ("/home/ana/.cursor/mcp.json", "cursor"),
            ("/home/ana/code/app/.vscode/mcp.json", "vscode"),
            ("/home/ana/.config/Code - Insiders/User/mcp.json", "vscode-insiders"),
            ("/x/Claude/claude_desktop_config.json", "claude-desktop"),
            ("/x/.mcp.json", "claude-code"),
            ("/home/ana/.claude.json", "claude-code"),
            ("/home/ana/.claude/plugins/cache/a/b/.mcp.json", "claude-code"),
            ("/home/ana/.junie/mcp/any.json", "junie"),
            ("/home/ana/.claude/agents/team/review.md", "claude-code"),
            ("/home/ana/code/app/.github/agents/review.agent.md", "copilot-cli"),
            ("/home/ana/agents/review.md", "generic"),
            ("/home/ana/code/app/app.code-workspace", "vscode"),
            ("C:\\Users\\ana\\AppData\\Roaming\\devin\\mcp_config.json", "devin"),
            ("/x/whatever.json", "generic"),
            ("/x/mcp.json", "generic"),
        ] {
            assert_eq!(of_path(Path::new(path)).0.id, id, "{path}");
        }
    }

    #[test]
    fn one_file_has_an_id_of_its_own() {
        let (client, file) = named("claude-code-user", Path::new("/x/y.json")).expect("it is in the table");
        assert_eq!((client.id, file.path), ("claude-code", ".claude.json"));
        assert_eq!(named("claude-code", Path::new("/x/.mcp.json")).expect("it is there").1.path, ".mcp.json");
    }
}
