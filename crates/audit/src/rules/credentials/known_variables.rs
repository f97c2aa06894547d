//! The variable that a well-known server reads where the flag is not given.
//!
//! Each row was read in the package itself, in the version that it names: the
//! flag's value, else the variable. Another exact version that is older is not
//! taken for known.

use crate::bundle::within;
use crate::server::command::{Ecosystem, Package};

struct Known {
    ecosystem: Ecosystem,
    package: &'static str,
    /// Where it was seen; holds for later ones.
    since: &'static str,
    /// Flags and the variable that stands in for each.
    flags: &'static [(&'static str, &'static str)],
}

const fn npm(package: &'static str, since: &'static str, flags: &'static [(&'static str, &'static str)]) -> Known {
    Known { ecosystem: Ecosystem::Npm, package, since, flags }
}

const fn pypi(package: &'static str, since: &'static str, flags: &'static [(&'static str, &'static str)]) -> Known {
    Known { ecosystem: Ecosystem::Pypi, package, since, flags }
}

#[rustfmt::skip]
const KNOWN: &[Known] = &[
    // dist/index.js: cliOptions.apiKey || process.env.CONTEXT7_API_KEY
    npm("@upstash/context7-mcp", "4.1.1", &[("--api-key", "CONTEXT7_API_KEY")]),
    // dist/cli.cjs: values["access-token"] ?? process.env.SUPABASE_ACCESS_TOKEN
    npm("@supabase/mcp-server-supabase", "0.13.0", &[("--access-token", "SUPABASE_ACCESS_TOKEN")]),
    // dist: figmaApiKey of the command line, else FIGMA_API_KEY
    npm("figma-developer-mcp", "0.13.2", &[("--figma-api-key", "FIGMA_API_KEY")]),
    // dist/cli.js: options.apiKey || process.env.STRIPE_SECRET_KEY
    npm("@stripe/mcp", "0.3.3", &[("--api-key", "STRIPE_SECRET_KEY")]),
    // dist/config.js: .option('--brave-api-key <string>', …, process.env.BRAVE_API_KEY ?? '')
    npm("@brave/brave-search-mcp-server", "2.1.4", &[("--brave-api-key", "BRAVE_API_KEY")]),
    // README, table of options: `MDB_MCP_CONNECTION_STRING` / `--connectionString`
    npm("mongodb-mcp-server", "3.0.4", &[
        ("--connectionString", "MDB_MCP_CONNECTION_STRING"),
        ("--apiClientSecret", "MDB_MCP_API_CLIENT_SECRET"),
    ]),
    // its usage text: SENTRY_ACCESS_TOKEN … (alternative to --access-token)
    npm("@sentry/mcp-server", "0.36.0", &[("--access-token", "SENTRY_ACCESS_TOKEN")]),
    // dist: resolveDSN, args.dsn before process.env.DSN
    npm("@bytebase/dbhub", "0.21.2", &[("--dsn", "DSN")]),
    // README: can also be provided via the `monday_token` environment variable
    npm("@mondaydotcomorg/monday-api-mcp", "3.3.0", &[("--token", "monday_token"), ("-t", "monday_token")]),
    // build/config.js: getConfig("token", "GITLAB_PERSONAL_ACCESS_TOKEN")
    npm("@zereight/mcp-gitlab", "2.1.64", &[("--token", "GITLAB_PERSONAL_ACCESS_TOKEN")]),
    // dist/index.js: cliOptions.apiKey || process.env.UPSTASH_API_KEY
    npm("@upstash/mcp-server", "0.3.0", &[("--api-key", "UPSTASH_API_KEY")]),
    // dist/utils/config.js: tokenFromArgs || tokenFromEnv, which is LINEAR_API_TOKEN first
    npm("@tacticlaunch/mcp-linear", "1.4.3", &[("--token", "LINEAR_API_TOKEN")]),
    // server.py: "--auth-token", envvar="SENTRY_TOKEN"
    pypi("mcp-server-sentry", "2025.1.14", &[("--auth-token", "SENTRY_TOKEN")]),
    // __init__.py: "--motherduck-token", envvar=["motherduck_token", "MOTHERDUCK_TOKEN"]
    pypi("mcp-server-motherduck", "1.1.0", &[("--motherduck-token", "motherduck_token")]),
    // server.py: '--api-key', default=os.getenv('CHROMA_API_KEY')
    pypi("chroma-mcp", "0.2.6", &[("--api-key", "CHROMA_API_KEY")]),
    // __init__.py: each of these flags is written into os.environ under the name
    pypi("mcp-atlassian", "0.23.1", &[
        ("--jira-token", "JIRA_API_TOKEN"),
        ("--jira-personal-token", "JIRA_PERSONAL_TOKEN"),
        ("--confluence-token", "CONFLUENCE_API_TOKEN"),
        ("--confluence-personal-token", "CONFLUENCE_PERSONAL_TOKEN"),
    ]),
];

/// The variable that `package` reads in the stead of `flag`.
pub(super) fn variable(package: &Package, flag: &str) -> Option<&'static str> {
    let is_it = |known: &&Known| known.ecosystem == package.ecosystem && known.package == package.name;
    let known = KNOWN.iter().find(is_it)?;
    let newer = |version: &str| within(known.ecosystem, &format!(">={}", known.since), version).is_some();
    match package.version.as_deref() {
        None | Some("latest") => {}
        Some(version) if newer(version) => {}
        Some(_) => return None,
    }
    known.flags.iter().find(|(name, _)| *name == flag).map(|(_, variable)| *variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_known_from_the_version_on_that_was_read() {
        let package = |ecosystem, name: &str, version: Option<&str>| Package {
            ecosystem,
            name: name.to_owned(),
            version: version.map(str::to_owned),
            pinned: false,
            word: 1,
        };
        let context7 = |version| variable(&package(Ecosystem::Npm, "@upstash/context7-mcp", version), "--api-key");
        for version in [None, Some("latest"), Some("4.1.1"), Some("5.0.0")] {
            assert_eq!(context7(version), Some("CONTEXT7_API_KEY"), "{version:?}");
        }
        for version in [Some("4.1.0"), Some("1.0.14"), Some("^4"), Some("next")] {
            assert_eq!(context7(version), None, "{version:?}");
        }
        let npm = package(Ecosystem::Npm, "@upstash/context7-mcp", None);
        assert_eq!(variable(&npm, "--token"), None);
        assert_eq!(variable(&package(Ecosystem::Pypi, "@upstash/context7-mcp", None), "--api-key"), None);
    }

    #[test]
    fn every_row_is_a_package_of_its_own_with_real_names() {
        let mut names: Vec<&str> = KNOWN.iter().map(|known| known.package).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KNOWN.len());
        for known in KNOWN {
            assert!(within(known.ecosystem, known.since, known.since).is_some(), "{}", known.package);
            for (flag, variable) in known.flags {
                assert!(flag.starts_with('-') && crate::dialect::is_variable(variable), "{}", known.package);
            }
        }
    }
}
