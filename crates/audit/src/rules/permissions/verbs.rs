//! What a tool does, by the words of its name.

use crate::rules::words::words;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// It only looks.
    Reads,
    /// It writes, deletes, runs or sends something.
    Changes,
    /// The name does not say.
    Unknown,
}

const READS: &[&str] = &[
    "analyze",
    "browse",
    "check",
    "compare",
    "count",
    "describe",
    "diff",
    "download",
    "explain",
    "export",
    "extract",
    "fetch",
    "find",
    "get",
    "grep",
    "help",
    "history",
    "inspect",
    "list",
    "log",
    "lookup",
    "ping",
    "preview",
    "read",
    "resolve",
    "retrieve",
    "search",
    "show",
    "stat",
    "stats",
    "status",
    "summarize",
    "test",
    "tree",
    "validate",
    "verify",
    "view",
    "whoami",
];

const CHANGES: &[&str] = &[
    "accept",
    "add",
    "append",
    "apply",
    "approve",
    "archive",
    "assign",
    "bash",
    "buy",
    "call",
    "cancel",
    "checkout",
    "click",
    "close",
    "comment",
    "commit",
    "copy",
    "create",
    "delete",
    "deploy",
    "destroy",
    "disable",
    "drop",
    "edit",
    "email",
    "enable",
    "eval",
    "evaluate",
    "exec",
    "execute",
    "fill",
    "fork",
    "forward",
    "grant",
    "import",
    "insert",
    "install",
    "invite",
    "invoke",
    "kill",
    "launch",
    "merge",
    "migrate",
    "modify",
    "move",
    "patch",
    "pay",
    "post",
    "press",
    "publish",
    "purchase",
    "push",
    "put",
    "rebase",
    "reject",
    "remove",
    "rename",
    "reopen",
    "replace",
    "reply",
    "reset",
    "restart",
    "restore",
    "revert",
    "revoke",
    "run",
    "save",
    "schedule",
    "send",
    "set",
    "share",
    "shell",
    "start",
    "stop",
    "submit",
    "subscribe",
    "terminal",
    "terminate",
    "transfer",
    "truncate",
    "uninstall",
    "update",
    "upload",
    "upsert",
    "write",
];

/// The first word that is a verb says it: `get_commit` reads, `git_commit`
/// changes. What follows an `and` or `or` counts as well.
pub(super) fn does(tool: &str) -> Does {
    let words = words(tool);
    let verb = |word: &String| match word.as_str() {
        word if CHANGES.binary_search(&word).is_ok() => Some(Does::Changes),
        word if READS.binary_search(&word).is_ok() => Some(Does::Reads),
        _ => None,
    };
    let mut also = words.windows(2).filter(|pair| pair[0] == "and" || pair[0] == "or");
    if also.any(|pair| verb(&pair[1]) == Some(Does::Changes)) {
        return Does::Changes;
    }
    words.iter().find_map(verb).unwrap_or(Does::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_apart() {
        assert!(READS.is_sorted() && CHANGES.is_sorted());
        assert!(READS.iter().all(|word| CHANGES.binary_search(word).is_err()));
    }

    #[test]
    fn the_first_verb_says_what_a_tool_does() {
        for (tool, expected) in [
            ("get_file_contents", Does::Reads),
            ("list_commits", Does::Reads),
            ("listTables", Does::Reads),
            ("get_commit", Does::Reads),
            ("git_log", Does::Reads),
            ("brave_web_search", Does::Reads),
            ("tavily-extract", Does::Reads),
            ("create_pull_request", Does::Changes),
            ("git_commit", Does::Changes),
            ("execute_sql", Does::Changes),
            ("applyMigration", Does::Changes),
            ("build_run_macos", Does::Changes),
            ("browser_click", Does::Changes),
            ("slack_post_message", Does::Changes),
            ("read_and_write_file", Does::Changes),
            ("sequentialthinking", Does::Unknown),
            ("audio-to-markdown", Does::Unknown),
            ("settings", Does::Unknown),
            ("", Does::Unknown),
        ] {
            assert_eq!(does(tool), expected, "{tool}");
        }
    }
}
