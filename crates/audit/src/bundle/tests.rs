use super::*;

const NPM: Ecosystem = Ecosystem::Npm;
const PYPI: Ecosystem = Ecosystem::Pypi;

#[test]
fn the_lists_hold_21_days() {
    let built = LISTS.built.expect("the lists are dated");
    assert!(is_fresh(Some(built)) && is_fresh(Some(built + 21)));
    assert!(!is_fresh(Some(built + 22)) && !is_fresh(Some(built - 1)) && !is_fresh(None));
}

#[test]
fn every_row_is_read_and_every_bound_is_a_version() {
    let bad = LISTS.malicious.values().flatten().map(|(ecosystem, row)| (*ecosystem, row.range));
    let bad = bad.chain(LISTS.vulnerable.values().flatten().map(|(ecosystem, row)| (*ecosystem, row.range)));
    let mut seen = 0;
    for (ecosystem, range) in bad {
        let bounds =
            range.split("||").flat_map(str::split_whitespace).map(|bound| bound.trim_start_matches(['<', '>', '=']));
        for bound in bounds.filter(|bound| *bound != "*") {
            assert!(within(ecosystem, "*", bound).is_some(), "{range}");
        }
        seen += 1;
    }
    let lines = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(seen, lines(include_str!("malicious.tsv")) + lines(include_str!("vulnerable.tsv")));
    assert_eq!(known().len(), lines(include_str!("names.tsv")));
}

#[test]
fn one_bad_version_makes_no_other_one_bad() {
    let listed = |version| malicious(NPM, "postmark-mcp", version);
    assert!(matches!(listed(Some("1.0.16")), Some(Listed::This(one)) if one.id == "MAL-2025-47604"));
    assert!(matches!(listed(Some("1.0.15")), Some(Listed::Others(_))));
    assert!(matches!(listed(None), Some(Listed::Others(_))));
    assert!(malicious(NPM, "mcp-server-git", Some("0.0.2")).is_some_and(|one| matches!(one, Listed::This(_))));
    assert!(malicious(PYPI, "mcp-server-git", Some("0.0.2")).is_none());
    assert!(matches!(malicious(NPM, "claud-code", None), Some(Listed::This(_))));
}

#[test]
fn vulnerable_versions_end_where_they_are_fixed() {
    let ids = |ecosystem, name: &str, version: &str| -> Vec<&str> {
        vulnerabilities(ecosystem, name, version).map(|(advisory, _)| advisory.id).collect()
    };
    assert_eq!(ids(NPM, "mcp-remote", "0.1.15"), ["CVE-2025-6514"]);
    assert!(ids(NPM, "mcp-remote", "0.1.16").is_empty() && ids(NPM, "mcp-remote", "0.0.4").is_empty());
    assert_eq!(ids(NPM, "mcp-remote", "0.1.16-beta.1"), ["CVE-2025-6514"]);
    assert!(ids(PYPI, "mcp", "1.22.0").contains(&"CVE-2025-66416"));
    assert!(!ids(PYPI, "MCP", "1.23.0").contains(&"CVE-2025-66416"));
    assert_eq!(ids(PYPI, "mcp_server.git", "2026.1.13"), ["CVE-2026-27735"]);
    assert!(ids(PYPI, "mcp-server-git", "2026.1.14").is_empty());
    assert!(ids(NPM, "@modelcontextprotocol/inspector", "0.14.0").contains(&"CVE-2025-49596"));
    let fixed: Vec<_> = vulnerabilities(NPM, "mcp-remote", "0.1.15").map(|(_, fixed)| fixed).collect();
    assert_eq!(fixed, [Some("0.1.16")]);
    let unknown: Vec<_> = vulnerabilities(PYPI, "mcp", "1.27.1").map(|(one, fixed)| (one.id, fixed)).collect();
    assert_eq!(unknown, [("CVE-2026-52869", None), ("CVE-2026-59950", Some("1.28.1"))]);
    assert!(ids(NPM, "mcp-remote", "latest").is_empty());
}

#[test]
fn a_line_is_what_promises_to_behave_alike() {
    assert!(same_line(NPM, "0.1.15", "0.1.16") && same_line(NPM, "1.2.3", "1.9.0"));
    assert!(
        !same_line(NPM, "0.1.15", "0.2.0") && !same_line(NPM, "1.0.0", "2.0.0") && !same_line(NPM, "1.2.0", "1.1.0")
    );
    assert!(same_line(PYPI, "1.22", "1.23.0") && !same_line(PYPI, "2025.12.18", "2026.1.14"));
}
