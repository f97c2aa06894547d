//! The rows.

use super::{Call, Calls, Cannot, Keeps, Known, Source};
use crate::server::command::Ecosystem;

const fn npm(package: &'static str, version: &'static str, calls: Calls) -> Known {
    row(Ecosystem::Npm, package, version, calls)
}

const fn pypi(package: &'static str, version: &'static str, calls: Calls) -> Known {
    row(Ecosystem::Pypi, package, version, calls)
}

const fn row(ecosystem: Ecosystem, package: &'static str, version: &'static str, calls: Calls) -> Known {
    Known {
        ecosystem,
        package,
        version,
        source: Source::Code,
        calls,
        keeps: Keeps::Nothing,
        reads: &[],
        only_reads: false,
        user_namespaces: false,
        cannot: None,
    }
}

const fn host(host: &'static str) -> Call {
    Call { host, unless: &[] }
}

const fn unless(host: &'static str, unless: &'static [&'static str]) -> Call {
    Call { host, unless }
}

const fn cannot(why: &'static str) -> Option<Cannot> {
    Some(Cannot { why, unless: &[] })
}

/// Statistics about their use, which some send elsewhere, are no need of a
/// server: those hosts are left out.
#[rustfmt::skip]
pub(super) static KNOWN: &[Known] = &[
    // The reference servers.
    // tools/gzip-file-as-resource.js fetches the URL it is given; its own example is on raw.githubusercontent.com.
    npm("@modelcontextprotocol/server-everything", "2026.8.31", Calls::Anything),
    npm("@modelcontextprotocol/server-filesystem", "2026.8.31", Calls::Nothing),
    npm("@modelcontextprotocol/server-sequential-thinking", "2026.8.31", Calls::Nothing),
    // index.js: MEMORY_FILE_PATH, else memory.jsonl (memory.json before) beside itself.
    Known {
        keeps: Keeps::File {
            variable: "MEMORY_FILE_PATH",
            name: "memory.jsonl",
            usual: &["dist/memory.jsonl", "dist/memory.json"],
        },
        ..npm("@modelcontextprotocol/server-memory", "2026.8.31", Calls::Nothing)
    },
    // operations/*.js: https://api.github.com
    npm("@modelcontextprotocol/server-github", "2025.4.8", Calls::These(&[host("api.github.com")])),
    // index.ts: process.env.GITLAB_API_URL || 'https://gitlab.com/api/v4'
    npm("@modelcontextprotocol/server-gitlab", "2025.4.25",
        Calls::These(&[unless("gitlab.com", &["GITLAB_API_URL"])])),
    // index.ts: https://slack.com/api/…
    npm("@modelcontextprotocol/server-slack", "2025.4.25", Calls::These(&[host("slack.com")])),
    // tools/webSearch.ts: https://api.search.brave.com/res/v1/…
    npm("@modelcontextprotocol/server-brave-search", "0.6.2", Calls::These(&[host("api.search.brave.com")])),
    // index.js: https://maps.googleapis.com/maps/api/…
    npm("@modelcontextprotocol/server-google-maps", "0.6.2", Calls::These(&[host("maps.googleapis.com")])),
    // index.js: the URL of process.argv[2]
    npm("@modelcontextprotocol/server-postgres", "0.6.2", Calls::Entry),
    // index.js: process.argv[2] || "redis://localhost:6379"
    npm("@modelcontextprotocol/server-redis", "2025.4.25", Calls::Entry),
    // index.ts: npx_args = { headless: false }
    Known {
        cannot: cannot("It opens a browser window, and a sandbox has no screen."),
        ..npm("@modelcontextprotocol/server-puppeteer", "2025.5.12", Calls::Anything)
    },
    pypi("mcp-server-fetch", "2026.10.24", Calls::Anything),
    pypi("mcp-server-git", "2026.10.19", Calls::Nothing),
    pypi("mcp-server-time", "2026.10.19", Calls::Nothing),
    // __init__.py: --db-path, whose folder is granted as any argument's.
    pypi("mcp-server-sqlite", "2025.4.25", Calls::Nothing),
    // server.py: SENTRY_API_BASE_URL, --api-base-url, else https://sentry.io/api/0/
    pypi("mcp-server-sentry", "2025.1.14",
        Calls::These(&[unless("sentry.io", &["SENTRY_API_BASE_URL", "--api-base-url"])])),

    // Searching and reading the web.
    // dist/index.js: https://api.search.brave.com
    npm("@brave/brave-search-mcp-server", "2.1.4", Calls::These(&[host("api.search.brave.com")])),
    // index.ts: https://api.tavily.com/search and its like
    npm("tavily-mcp", "0.2.22", Calls::These(&[host("api.tavily.com")])),
    // dist/stdio.cjs: https://api.exa.ai
    npm("exa-mcp-server", "3.4.1", Calls::These(&[host("api.exa.ai")])),
    // dist/index.js: process.env.FIRECRAWL_API_URL ?? https://api.firecrawl.dev
    npm("firecrawl-mcp", "3.22.2", Calls::These(&[unless("api.firecrawl.dev", &["FIRECRAWL_API_URL"])])),
    // dist: process.env.PERPLEXITY_BASE_URL, else https://api.perplexity.ai
    npm("@perplexity-ai/mcp-server", "1.2.1",
        Calls::These(&[unless("api.perplexity.ai", &["PERPLEXITY_BASE_URL"])])),
    // dist: process.env.CONTEXT7_API_URL, else https://context7.com/api
    npm("@upstash/context7-mcp", "4.1.1", Calls::These(&[unless("context7.com", &["CONTEXT7_API_URL"])])),
    pypi("markitdown-mcp", "0.0.1a8", Calls::Anything),
    // PAPERS: https://arxiv.org, https://export.arxiv.org and https://api.semanticscholar.org; its store is
    // ~/.arxiv-mcp-server/papers
    Known {
        keeps: Keeps::Home,
        ..pypi("arxiv-mcp-server", "0.8.2", Calls::These(&[
            host("arxiv.org"), host("export.arxiv.org"), host("api.semanticscholar.org"),
        ]))
    },

    // Services with an API.
    // bin/cli.mjs: https://api.notion.com/v1/…
    npm("@notionhq/notion-mcp-server", "2.5.2", Calls::These(&[host("api.notion.com")])),
    // @linear/sdk and dist/services: https://api.linear.app
    npm("@tacticlaunch/mcp-linear", "1.4.3", Calls::These(&[host("api.linear.app")])),
    // dist: sentry.io and its regions (us.sentry.io), or --host, --url and their variables
    npm("@sentry/mcp-server", "0.36.0", Calls::These(&[
        unless("sentry.io", &["SENTRY_HOST", "SENTRY_URL", "--host", "--url"]),
        unless("*.sentry.io", &["SENTRY_HOST", "SENTRY_URL", "--host", "--url"]),
    ])),
    // dist/index.js: MCP_SERVER_URL = 'https://mcp.stripe.com'
    npm("@stripe/mcp", "0.3.3", Calls::These(&[host("mcp.stripe.com")])),
    // dist/services/figma: https://api.figma.com/v1. Pictures come from addresses that it answers with.
    npm("figma-developer-mcp", "0.13.2", Calls::These(&[host("api.figma.com")])),
    // dist: --api-url, else https://api.supabase.com; SUPABASE_CONTENT_API_URL, else https://supabase.com/docs/…
    npm("@supabase/mcp-server-supabase", "0.13.0", Calls::These(&[
        unless("api.supabase.com", &["--api-url"]),
        unless("supabase.com", &["SUPABASE_CONTENT_API_URL", "--content-api-url"]),
    ])),
    // dist: https://api.monday.com/v2
    npm("@mondaydotcomorg/monday-api-mcp", "3.3.0", Calls::These(&[host("api.monday.com")])),
    // airtableService.js: https://api.airtable.com and, for attachments, https://content.airtable.com
    npm("airtable-mcp-server", "1.14.0", Calls::These(&[host("api.airtable.com"), host("content.airtable.com")])),
    // build: process.env.GITLAB_API_URL, else https://gitlab.com
    npm("@zereight/mcp-gitlab", "2.1.64",
        Calls::These(&[unless("gitlab.com", &["GITLAB_API_URL", "--api-url"])])),
    // api.py: https://api.elevenlabs.io, or the one of ELEVENLABS_API_RESIDENCY
    pypi("elevenlabs-mcp", "0.12.2", Calls::These(&[
        unless("api.elevenlabs.io", &["ELEVENLABS_API_RESIDENCY"]),
    ])),
    // utils/oauth.py: tokens in ~/.mcp-atlassian; JIRA_URL and CONFLUENCE_URL say where
    Known { keeps: Keeps::Home, ..pypi("mcp-atlassian", "0.23.1", Calls::Entry) },

    // dist/index.js: read_notes and search_notes, and no call that writes
    Known { only_reads: true, ..npm("mcp-obsidian", "1.0.0", Calls::Nothing) },
    // dist: no network; its vaults are named as --vault NAME=PATH
    npm("obsidian-mcp", "2.0.1", Calls::Nothing),

    // Databases.
    // README: logs and exports in ~/.mongodb/mongodb-mcp
    Known { keeps: Keeps::Home, ..npm("mongodb-mcp-server", "3.0.4", Calls::Entry) },
    npm("@bytebase/dbhub", "0.21.2", Calls::Entry),
    // server.py: MYSQL_HOST, MYSQL_PORT
    pypi("mysql-mcp-server", "0.4.4", Calls::Entry),
    // config.py: REDIS_HOST, REDIS_PORT; --url
    pypi("redis-mcp-server", "0.5.1", Calls::Entry),

    // Browsers and whole computers.
    // playwright.dev/mcp: headed unless --headless; its profile lies in the browsers' folder unless --isolated.
    Known {
        source: Source::Documentation,
        reads: &["~/.cache/ms-playwright"],
        user_namespaces: true,
        cannot: Some(Cannot {
            why: "It opens a browser window, and a sandbox has no screen. With --headless and --isolated among its \
                  arguments it can be put in a sandbox.",
            unless: &["--headless", "--isolated"],
        }),
        ..npm("@playwright/mcp", "0.0.83", Calls::Anything)
    },
    Known {
        source: Source::Documentation,
        cannot: cannot("It drives the browser that you use, which is outside of any sandbox."),
        ..npm("chrome-devtools-mcp", "1.11.0", Calls::Anything)
    },
    // dist/tools: kubectl with the user's cluster keys
    Known {
        cannot: cannot("It works with the keys of your clusters in ~/.kube, which no sandbox is opened to."),
        ..npm("mcp-server-kubernetes", "4.1.7", Calls::Entry)
    },
    Known {
        cannot: cannot("It runs commands and changes files anywhere on your computer, and a sandbox would keep it \
                        from that."),
        ..npm("@wonderwhy-er/desktop-commander", "0.2.52", Calls::Anything)
    },
    // OBSIDIAN_HOST, else 127.0.0.1
    Known {
        cannot: cannot("It talks to a program of this computer, which it cannot reach inside a sandbox."),
        ..pypi("mcp-obsidian", "0.2.3", Calls::Entry)
    },
    // chunk: MCP_REMOTE_CONFIG_DIR, else ~/.mcp-auth
    Known {
        keeps: Keeps::Home,
        cannot: Some(Cannot {
            why: "It signs in through your browser, which does not find it inside a sandbox.",
            unless: &["--header"],
        }),
        ..npm("mcp-remote", "0.15.1", Calls::Entry)
    },
];
