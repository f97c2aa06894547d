//! The report in other shapes: valid, quiet about foreign text, and written
//! where nothing of the user's is lost.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use pulldown_cmark::{Event, Options, Parser};
use serde_json::{Value, json};

struct World(tempfile::TempDir);

impl World {
    fn new(files: &[(&str, &str)]) -> World {
        let world = World(tempfile::tempdir().unwrap());
        for (path, text) in files {
            let path = world.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        world
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn warder(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warder"));
        command.args(arguments);
        if arguments[0] != "rules" {
            command.arg("--home").arg(self.0.path());
        }
        command.current_dir(self.0.path());
        command.env_remove("DBUS_SESSION_BUS_ADDRESS").env("NO_COLOR", "1").output().unwrap()
    }

    fn scan(&self, shape: &str) -> String {
        out(&self.warder(&["scan", shape]))
    }
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const CURSOR: &str = ".cursor/mcp.json";
const TOKEN: &str = "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN";

/// Texts that mean something in Markdown, HTML, or SARIF's messages.
const FOREIGN: &[&str] = &[
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "\"><a href='javascript:alert(1)'>x</a>",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "a | b | c",
    "``` \n# Heading\n```",
    "`code` ``more``",
    "*bold* _it_ ~~no~~ **x**",
    "@somebody #12 GH-12 org/repo#3",
    "https://evil.example www.evil.example you@evil.example",
    "- item\n1. item\n> quote\n\n---\n",
    "&lt;b&gt; &amp; &#60;",
    "\\[x\\](y) \\`z\\`",
    "{0} {{1}} %SRCROOT%",
    ":tada: $x^2$ <!-- --> [[wiki]] [^1]",
    "\u{202e}reversed\u{200b}\u{7}",
    "`",
    " ",
    "",
];

/// Servers whose every text is foreign.
fn hostile() -> World {
    let mut servers = serde_json::Map::new();
    for text in FOREIGN {
        let entry = json!({ "command": "npx", "args": ["-y", text, "/"], "env": { *text: TOKEN, "API_KEY": TOKEN } });
        servers.insert((*text).to_owned(), entry);
        servers.insert(format!("remote {text}"), json!({ "url": format!("http://x.example/{text}") }));
    }
    World::new(&[
        (CURSOR, &json!({ "mcpServers": servers }).to_string()),
        (".codeium/windsurf/mcp_config.json", "{ \"mcpServers\": { \"<b>[x](y)</b>\" "),
    ])
}

fn ordinary() -> World {
    let text = json!({ "mcpServers": {
        "github": { "command": "npx", "args": ["-y", "some-mcp"], "env": { "GITHUB_TOKEN": TOKEN } },
        "weather": { "url": "http://weather.example.com/mcp" },
    } });
    World::new(&[(CURSOR, &serde_json::to_string_pretty(&text).unwrap())])
}

/// Reads a log as the official schema demands.
fn valid(text: &str) -> Value {
    // Its one pattern that is no regular expression of ECMAScript, a bracket too many.
    let schema = include_str!("sarif/sarif-schema-2.1.0.json").replace("{2}]?$", "{2}$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let log: Value = serde_json::from_str(text).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).take(5).collect();
    assert_eq!(errors, [""; 0]);
    log
}

#[test]
fn sarif_is_valid_for_any_machine() {
    for world in [ordinary(), hostile(), World::new(&[])] {
        let log = valid(&world.scan("--sarif"));
        let report: Value = serde_json::from_str(&world.scan("--json")).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), report["findings"].as_array().unwrap().len());
        for result in results {
            let message = result["message"]["text"].as_str().unwrap();
            assert!(!message.replace("\\](", "").contains("]("), "a link: {message}");
        }
    }
}

#[test]
fn sarif_says_where_what_and_how_bad() {
    let world = ordinary();
    let log = valid(&world.scan("--sarif"));
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    let found = |rule: &str| results.iter().find(|result| result["ruleId"] == rule).unwrap();
    let secret = found("secret-in-env");
    assert_eq!(secret["level"], "error");
    assert_eq!(found("unpinned-package")["level"], "warning");
    assert_eq!(found("unsandboxed-server")["level"], "note");
    let place = &secret["locations"][0]["physicalLocation"];
    let path = world.path(CURSOR);
    assert_eq!(place["artifactLocation"]["uri"], format!("file://{}", path.display()));
    let line = fs::read_to_string(&path).unwrap().lines().position(|line| line.contains(TOKEN)).unwrap() + 1;
    assert_eq!(place["region"]["startLine"], line);
    assert_eq!(secret["partialFingerprints"]["warder/v1"].as_str().unwrap().len(), 16);
    assert_eq!(secret["suppressions"], json!([]));
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
    }
    let rule = rules.iter().find(|rule| rule["id"] == "secret-in-env").unwrap();
    assert_eq!(rule["properties"]["security-severity"], "8.0");
    assert_eq!(rule["properties"]["tags"], json!(["security", "mcp", "OWASP MCP01", "external/cwe/cwe-526"]));
    assert!(rule["help"]["markdown"].as_str().unwrap().contains("## Why it matters"));
}

#[cfg(unix)]
#[test]
fn sarif_tells_of_files_that_could_not_be_read() {
    let world = ordinary();
    fs::create_dir_all(world.path(".codeium/windsurf/mcp_config.json")).unwrap();
    let log = valid(&world.scan("--sarif"));
    let told = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert!(told[0]["message"]["text"].as_str().unwrap().contains("mcp_config.json"), "{told}");
}

/// What of a Markdown text is not plain text, code, or one of Warder's own shapes.
fn interpreted(markdown: &str) -> Vec<String> {
    use pulldown_cmark::Tag::{Heading, Item, List, Paragraph, Strong};
    let own = ["<sub>", "</sub>"];
    let strange = |event: &Event<'_>| match event {
        Event::Start(Heading { .. } | Item | List(None) | Paragraph | Strong) | Event::End(_) => false,
        Event::Code(_) | Event::SoftBreak | Event::HardBreak => false,
        // What readers make links and mentions of by themselves.
        Event::Text(text) => text.contains(['@', '#', '<', '[', '`', '|', '\u{202e}']) || text.contains("://"),
        Event::InlineHtml(html) | Event::Html(html) => !own.contains(&html.as_ref()),
        _ => true,
    };
    Parser::new_ext(markdown, Options::all()).filter(strange).map(|event| format!("{event:?}")).collect()
}

#[test]
fn markdown_takes_no_text_of_a_config_for_its_own() {
    for world in [ordinary(), hostile(), World::new(&[])] {
        let markdown = world.scan("--markdown");
        assert_eq!(interpreted(&markdown), [""; 0], "{markdown}");
    }
    assert!(!interpreted("see [x](y)").is_empty() && !interpreted("<b>x</b>").is_empty());
    assert!(!interpreted("|a|b|\n|-|-|\n|c|d|").is_empty() && !interpreted("@you").is_empty());
}

#[test]
fn markdown_is_short_and_shows_what_counts() {
    let text = ordinary().scan("--markdown");
    for expected in [
        "**High** `secret-in-env` · `GITHUB_TOKEN` holds a GitHub token in plain text.",
        "Move to keychain (safe, +",
        "Secret in plain text",
        "Not looked at yet",
    ] {
        assert!(text.contains(expected), "{expected:?} is missing:\n{text}");
    }
    let mut servers = serde_json::Map::new();
    for n in 0..2000 {
        servers.insert(format!("server-{n}"), json!({ "command": "npx", "args": ["-y", format!("some-mcp-{n}")] }));
    }
    let many = World::new(&[(CURSOR, &json!({ "mcpServers": servers }).to_string())]);
    let text = many.scan("--markdown");
    assert!(text.len() < 65_536, "{} bytes are too long for a comment", text.len());
    assert!(text.contains("And 1950 more"), "what is left out is said:\n{text}");
}

#[test]
fn html_runs_nothing_fetches_nothing_and_escapes_all() {
    for world in [ordinary(), hostile(), World::new(&[])] {
        let html = world.scan("--html");
        let (head, body) = html.split_once("<body>").unwrap();
        assert!(head.contains("default-src 'none'; style-src 'sha256-"));
        let tags: Vec<&str> = body.split('<').skip(1).map(|tag| tag.split('>').next().unwrap()).collect();
        for tag in &tags {
            let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap();
            let known = [
                "a", "article", "bdi", "body", "br", "caption", "circle", "code", "div", "footer", "h1", "h2", "h3",
                "h4", "header", "html", "li", "main", "ol", "p", "path", "rect", "section", "span", "strong", "svg",
                "symbol", "table", "td", "tr", "ul", "use",
            ];
            assert!(known.contains(&name), "<{tag}>");
            assert!(!tag.contains(" on") && !tag.contains("style="), "<{tag}>");
            for address in tag.split("href=\"").skip(1) {
                assert!(address.starts_with('#'), "<{tag}>");
            }
        }
        assert!(!body.contains('\u{202e}') && !body.contains("&lt;b&gt; &amp; &#60;"));
        // Every link leads somewhere.
        for target in body.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(body.contains(&format!("id=\"{target}\"")), "#{target}");
        }
    }
}

#[test]
fn html_shows_the_points_a_server_loses_and_what_a_fix_gains() {
    let html = ordinary().scan("--html");
    for expected in [
        "GITHUB_TOKEN holds a GitHub token in plain text.",
        "Move to keychain",
        ">+",
        "class=\"points\">−",
        "Why it matters",
    ] {
        assert!(html.contains(expected), "{expected:?} is missing");
    }
}

#[cfg(unix)]
#[test]
fn a_report_goes_to_a_file_that_only_its_owner_reads() {
    use std::os::unix::fs::PermissionsExt;
    let world = ordinary();
    let output = world.warder(&["scan", "--html", "--output", "report.html"]);
    assert_eq!((output.status.code(), out(&output)), (Some(1), String::new()));
    let file = world.path("report.html");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let written = fs::read_to_string(&file).unwrap();
    assert_eq!(written, world.scan("--html"));

    fs::write(&file, "mine").unwrap();
    let refused = world.warder(&["scan", "--html", "--output", "report.html"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("--force"), "{}", err(&refused));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");

    // A link is replaced, and what it leads to stays.
    fs::write(world.path("other"), "mine").unwrap();
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(world.path("other"), &file).unwrap();
    assert_eq!(world.warder(&["scan", "--html", "--output", "report.html"]).status.code(), Some(2));
    assert_eq!(world.warder(&["scan", "--html", "--output", "report.html", "--force"]).status.code(), Some(1));
    assert_eq!(fs::read_to_string(world.path("other")).unwrap(), "mine");
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
    let left: Vec<_> = fs::read_dir(world.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn one_shape_at_a_time_and_a_file_needs_one() {
    let world = World::new(&[]);
    assert_eq!(world.warder(&["scan", "--html", "--sarif"]).status.code(), Some(2));
    assert_eq!(world.warder(&["scan", "--output", "x"]).status.code(), Some(2));
    assert_eq!(world.warder(&["scan", "--json", "--force"]).status.code(), Some(2));
    let nowhere = world.warder(&["scan", "--json", "--output", "no/such/folder/x"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(err(&nowhere).contains("writing no/such/folder/x"), "{}", err(&nowhere));
}

#[test]
fn rules_are_listed_and_explained() {
    let world = World::new(&[]);
    let list = out(&world.warder(&["rules"]));
    let rows = list
        .lines()
        .filter(|line| ["critical ", "high ", "medium ", "low ", "info "].iter().any(|word| line.starts_with(word)));
    assert_eq!(rows.count(), 72);
    assert!(list.contains("fixed automatically") && list.contains("needs a look online"));

    let page = out(&world.warder(&["rules", "secret-in-env"]));
    for expected in [
        "Secret in plain text · high · secret-in-env",
        "config files · fixed automatically · OWASP MCP01, CWE-526",
        "Why it matters",
        "What is looked at",
        "Left alone",
        "  -       \"env\": { \"GITHUB_PERSONAL_ACCESS_TOKEN\": \"ghp_••••4a\" }",
        "  +       \"command\": \"/home/ana/.warder/bin/warder-launch\",",
    ] {
        assert!(page.contains(expected), "{expected:?} is missing:\n{page}");
    }
    assert!(!page.contains('\u{1b}') && !page.contains("```") && !page.contains("[HOME]"));

    assert!(out(&world.warder(&["rules", "tool-poisoning"])).contains("needs a look at the running server"));
    let slip = world.warder(&["rules", "secret-in-evn"]);
    assert_eq!(slip.status.code(), Some(2));
    assert!(err(&slip).contains("Did you mean secret-in-env?"), "{}", err(&slip));
    assert!(err(&world.warder(&["rules", "\u{1b}[31m"])).contains("\\u{1b}"));
}
