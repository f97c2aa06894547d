//! The rules of the specification that nothing looks for yet: their evidence is
//! online, at the running server or in its use over time.
//!
//! They are listed so that nobody takes what was not looked at for clean.

use super::Tier;
use crate::finding::{Dimension, Severity};

/// A rule to come.
pub struct Later {
    pub id: &'static str,
    pub title: &'static str,
    pub dimension: Dimension,
    /// Its highest.
    pub severity: Severity,
    /// The first at which it can be judged.
    pub tier: Tier,
}

const fn later(id: &'static str, title: &'static str, dimension: Dimension, severity: Severity, tier: Tier) -> Later {
    Later { id, title, dimension, severity, tier }
}

use Dimension::{Permissions, Runtime, SupplyChain, Transport, Verification};
use Severity::{Critical, High, Low, Medium};

/// Sorted by id.
pub const LATER: &[Later] = &[
    later("cross-server-reference", "Tells the model how to use another server", Runtime, High, Tier::T3),
    later("dns-rebinding", "Local server answers any web page", Transport, High, Tier::T3),
    later("fresh-release", "Very new package or version", SupplyChain, Medium, Tier::T2),
    later("invalid-provenance", "Proof of its build does not hold", Verification, Critical, Tier::T2),
    later("no-provenance", "No proof of its build", Verification, Low, Tier::T2),
    later("package-not-found", "The package does not exist", Verification, Medium, Tier::T2),
    later("publisher-changed", "Publisher or repository changed", SupplyChain, Medium, Tier::T2),
    later("registry-entry-mismatch", "MCP registry says otherwise", Verification, Medium, Tier::T2),
    later("remote-auth-weak", "No or weak login at a remote server", Transport, Medium, Tier::T3),
    later("sole-maintainer", "One person can publish", SupplyChain, Low, Tier::T2),
    later("source-mismatch", "Package is not what its source says", Verification, High, Tier::T2),
    later("too-many-tools", "Very many tools", Permissions, Low, Tier::T3),
    later("tool-definition-changed", "Tools are not those you approved", Runtime, High, Tier::T3),
    later("tool-name-collision", "Two servers offer the same tool", Runtime, Medium, Tier::T3),
    later("tool-poisoning", "Hidden instructions to the model", Runtime, Critical, Tier::T3),
    later("undeclared-egress", "Talks to places it did not name", Runtime, High, Tier::T4),
    later("unmaintained-package", "No release for a long time", SupplyChain, Medium, Tier::T2),
    later("weak-tls", "Old encryption or invalid certificate", Transport, Medium, Tier::T3),
    later("withdrawn-or-deprecated", "Withdrawn or deprecated", SupplyChain, High, Tier::T2),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rules::{nearest, rules};

    /// The 72 ids of the specification.
    const ALL: &str = "\
        auto-approve-tools broad-filesystem-root broad-token cleartext-http client-bypass-mode \
        container-host-takeover container-weak-isolation cross-server-reference custom-registry \
        debug-or-exposed-port deprecated-transport dns-rebinding download-and-execute duplicate-server \
        elevated-launch env-code-injection ephemeral-endpoint fresh-release git-or-url-source hidden-characters \
        indirect-launcher install-script invalid-config invalid-provenance known-malicious known-vulnerability \
        lethal-trifecta local-http-exposure lookalike-domain missing-command name-shadowing no-licence \
        no-provenance no-source-repository obfuscated-command package-not-found path-hijack publisher-changed \
        registry-entry-mismatch remote-auth-weak risky-local-code runtime-allow-all scope-confusion \
        secret-file-permissions secret-in-args secret-in-env secret-in-git secret-in-header \
        secret-in-synced-folder secret-in-url secret-reused sensitive-path-access shell-wrapper sole-maintainer \
        source-mismatch stale-server tls-verification-disabled too-many-tools tool-definition-changed \
        tool-name-collision tool-poisoning typosquat-name undeclared-egress unexpanded-variable unknown-operator \
        unmaintained-package unpinned-package unsandboxed-server untrusted-project-config weak-tls \
        withdrawn-or-deprecated writable-script";

    #[test]
    fn what_is_built_and_what_is_to_come_are_the_rules_of_the_specification() {
        let all: BTreeSet<&str> = ALL.split_whitespace().collect();
        assert_eq!(all.len(), 72);
        let built: Vec<&str> = rules().iter().map(|rule| rule.id).collect();
        let later: Vec<&str> = LATER.iter().map(|rule| rule.id).collect();
        assert!(built.is_sorted_by(|a, b| a < b) && later.is_sorted_by(|a, b| a < b), "each once, by id");
        assert_eq!(built.len() + later.len(), 72, "none is both built and to come");
        assert_eq!(built.iter().chain(&later).copied().collect::<BTreeSet<_>>(), all);
    }

    #[test]
    fn every_rule_has_a_title_and_says_what_it_maps_to() {
        let titles: BTreeSet<&str> =
            rules().iter().map(|rule| rule.title).chain(LATER.iter().map(|rule| rule.title)).collect();
        assert_eq!(titles.len(), 72, "no two rules have one title");
        for rule in rules() {
            assert!(rule.tier <= Tier::T1, "{} cannot be judged from files", rule.id);
            assert!(!rule.maps.is_empty(), "{}", rule.id);
            let known = |map: &&str| map.starts_with("MCP") || map.starts_with("CWE-");
            assert!(rule.maps.iter().all(known), "{}", rule.id);
        }
        assert!(LATER.iter().all(|rule| rule.tier >= Tier::T2));
    }

    #[test]
    fn a_slip_of_the_pen_finds_its_rule() {
        for (written, meant) in [
            ("secret-in-evn", Some("secret-in-env")),
            ("unpined-package", Some("unpinned-package")),
            ("tool-poisonning", Some("tool-poisoning")),
            ("cleartext", Some("cleartext-http")),
            ("xyz", None),
            ("", None),
        ] {
            assert_eq!(nearest(written), meant, "{written}");
        }
    }
}
