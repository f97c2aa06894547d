#![doc = include_str!("client_bypass_mode.md")]

use crate::clients::Skips;
use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::{Findings, Rule, Tier, place, settings};

pub const RULE: Rule = Rule {
    id: "client-bypass-mode",
    title: "Client asks for no approval at all",
    dimension: Dimension::Permissions,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Safe,
    maps: &["MCP02", "CWE-356"],
    docs: include_str!("client_bypass_mode.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for on in settings::on(machine, Skips::Calls) {
        let client = machine.files[on.file.0].client.name;
        let name = on.name();
        let (message, confidence) = match on.setting.until {
            None => (format!("{name} lets {client} call every tool without asking you."), Confidence::Confirmed),
            // Which version is installed is not known.
            Some(until) => (
                format!("{name} lets {client} up to version {until} call every tool without asking you."),
                Confidence::Medium,
            ),
        };
        let place = place::bytes(machine, on.file, &on.at, &on.span);
        let finding = found.add(machine, &RULE, None, place, confidence, message);
        let summary = format!("{client} asks you before it calls a tool, as it does by itself.");
        on.offer(machine, finding, Safety::Safe, summary);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{at, file, look};

    #[test]
    fn every_client_that_never_asks_is_found_by_its_own_setting() {
        for (client, path, text) in [
            ("claude-code", ".claude/settings.json", r#"{ "permissions": { "defaultMode": "bypassPermissions" } }"#),
            ("codex", ".codex/config.toml", "approval_policy = \"never\"\nsandbox_mode = \"danger-full-access\"\n"),
            ("vscode", ".config/Code/User/settings.json", r#"{ "chat.tools.global.autoApprove": true, }"#),
            ("vscodium", ".config/VSCodium/User/settings.json", r#"{ "chat.tools.global.autoApprove": true }"#),
            ("zed", ".config/zed/settings.json", r#"{ "agent": { "tool_permissions": { "default": "allow" } } }"#),
            ("amp", ".config/amp/settings.json", r#"{ "amp.dangerouslyAllowAll": true }"#),
            ("qwen", ".qwen/settings.json", r#"{ "tools": { "approvalMode": "yolo" } }"#),
            ("cursor", ".cursor/cli-config.json", r#"{ "approvalMode": "unrestricted" }"#),
            ("cline", ".cline/data/globalState.json", r#"{ "yoloModeToggled": true }"#),
        ] {
            let seen = look(&at(client, path, text));
            let [finding] = seen.of(&RULE)[..] else { panic!("{client}: {:?}", seen.of(&RULE)) };
            assert_eq!((finding.severity, finding.confidence), (Severity::High, Confidence::Confirmed), "{client}");
            assert!(finding.place.position.is_some(), "{client}");
            assert_eq!(finding.server, None);
        }
    }

    #[test]
    fn a_setting_of_older_versions_is_less_sure() {
        let seen = look(&at("vscode", ".config/Code/User/settings.json", r#"{ "chat.tools.autoApprove": true }"#));
        assert_eq!(seen.of(&RULE)[0].confidence, Confidence::Medium);
    }

    #[test]
    fn a_client_that_still_asks_or_is_held_is_silent() {
        for (client, path, text) in [
            ("claude-code", ".claude/settings.json", r#"{ "permissions": { "defaultMode": "acceptEdits" } }"#),
            (
                "claude-code",
                ".claude/settings.json",
                r#"{ "permissions": { "defaultMode": "bypassPermissions", "disableBypassPermissionsMode": "disable" } }"#,
            ),
            ("codex", ".codex/config.toml", "approval_policy = \"never\"\nsandbox_mode = \"workspace-write\"\n"),
            ("codex", ".codex/config.toml", "sandbox_mode = \"danger-full-access\"\n"),
            ("vscode", ".config/Code/User/settings.json", r#"{ "chat.tools.global.autoApprove": false }"#),
            ("vscode", ".config/Code/User/settings.json", r#"{ "chat.tools.terminal.autoApprove": { "ls": true } }"#),
            (
                "zed",
                ".config/zed/settings.json",
                r#"{ "agent": { "tool_permissions": { "default": "allow", "tools": { "terminal": { "default": "confirm" } } } } }"#,
            ),
            ("amp", ".config/amp/settings.json", r#"{ "amp.dangerouslyAllowAll": "true" }"#),
            ("opencode", ".config/opencode/opencode.json", r#"{ "permission": "allow" }"#),
            ("cline", ".cline/data/globalState.json", r#"{ "yoloModeToggled": false }"#),
        ] {
            assert!(look(&at(client, path, text)).of(&RULE).is_empty(), "{client}: {text}");
        }
        assert!(look(&file(r#"{ "chat.tools.global.autoApprove": true }"#)).of(&RULE).is_empty());
    }

    #[test]
    fn what_may_not_be_written_is_explained() {
        let seen = look(&at("cline", ".cline/data/globalState.json", r#"{ "autoApproveAllToggled": true }"#));
        assert_eq!(seen.fixes(&RULE), [("by-hand", Safety::Manual)]);
    }
}
