//! No output contains a key: a thousand of them, of many vendors' shapes and of
//! none, in every place where configs have them, searched for in every text that
//! Warder makes of them, as they are and as other programs write them.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "leaks/spellings.rs"]
mod spellings;

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use warder_audit::api::{Answer, Choices, NetworkChoice, ReportShape, Request};
use warder_audit::env::Env;
use warder_audit::report::{html, markdown, sarif};
use warder_audit::session::Session;
use warder_launch::vault::MemoryVault;

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const HEX: &str = "0123456789abcdef";
const DIGITS: &str = "0123456789";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SIGNS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!@#%^&*()-_=+[]|;:,.<>?/\"'\\~";

/// Follows no pattern; the same for the same seed.
struct Noise(u64);

impl Noise {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn of(&mut self, letters: &str, n: usize) -> String {
        let letters: Vec<char> = letters.chars().collect();
        (0..n).map(|_| letters[self.below(letters.len())]).collect()
    }

    /// A key that shows whose it is, wherever it stands.
    fn vendor(&mut self) -> String {
        match self.below(20) {
            0 => format!("ghp_{}", self.of(LETTERS, 36)),
            1 => format!("github_pat_{}_{}", self.of(LETTERS, 22), self.of(LETTERS, 59)),
            2 => format!("glpat-{}", self.of(LETTERS, 20)),
            3 => format!("sk-ant-api03-{}AA", self.of(LETTERS, 93)),
            4 => format!("sk_live_{}", self.of(LETTERS, 24)),
            5 => format!("xoxb-{}-{}-{}", self.of(DIGITS, 12), self.of(DIGITS, 12), self.of(LETTERS, 24)),
            6 => format!("AIza{}", self.of(LETTERS, 35)),
            7 => format!("npm_{}", self.of(LETTERS, 36)),
            8 => format!("hf_{}", self.of(LETTERS, 34)),
            9 => format!("SG.{}.{}", self.of(LETTERS, 22), self.of(LETTERS, 43)),
            10 => format!("dop_v1_{}", self.of(HEX, 64)),
            11 => format!("r8_{}", self.of(LETTERS, 37)),
            12 => format!("gsk_{}", self.of(LETTERS, 52)),
            13 => format!("tvly-dev-{}", self.of(LETTERS, 32)),
            14 => format!("figd_{}", self.of(LETTERS, 40)),
            15 => format!("lin_api_{}", self.of(LETTERS, 40)),
            16 => format!("ntn_{}{}", self.of(DIGITS, 11), self.of(LETTERS, 35)),
            17 => format!("shpat_{}", self.of(HEX, 32)),
            18 => format!("sk-proj-{}T3BlbkFJ{}", self.of(LETTERS, 74), self.of(LETTERS, 74)),
            _ => {
                let part = |text: String| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
                let payload = part(format!(r#"{{"sub":"{}"}}"#, self.of(DIGITS, 10)));
                format!("{}.{payload}.{}", part(r#"{"alg":"HS256"}"#.to_owned()), self.of(LETTERS, 43))
            }
        }
    }

    /// A key that only its name gives away.
    fn nameless(&mut self) -> (&'static str, String) {
        match self.below(6) {
            0 => ("AWS_SECRET_ACCESS_KEY", self.of(BASE64, 40)),
            1 => ("DB_PASSWORD", self.of(SIGNS, 20)),
            2 => ("SERVICE_API_KEY", self.of(HEX, 32)),
            3 => ("CLIENT_SECRET", self.of(LETTERS, 32)),
            4 => ("ACCESS_TOKEN", format!("{}-{}", self.of(UPPER, 12), self.of(LETTERS, 20))),
            _ => ("SESSION_SECRET", self.of(HEX, 64)),
        }
    }
}

/// As in the query or the user part of a URL.
fn percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => write!(encoded, "%{byte:02X}").unwrap(),
        }
    }
    encoded
}

/// One entry that holds a key somewhere, and the key.
fn entry(noise: &mut Noise) -> (String, Value, String) {
    let name = format!("server-{}", noise.below(1_000_000));
    let package = "some-mcp@1.0.0";
    let npx = |args: Vec<String>, env: Value| {
        let args: Vec<String> = ["-y".to_owned(), package.to_owned()].into_iter().chain(args).collect();
        json!({ "command": "npx", "args": args, "env": env })
    };
    let remote = |url: String, headers: Value| json!({ "type": "http", "url": url, "headers": headers });
    let (hidden, key) = noise.nameless();
    let vendor = noise.vendor();
    match noise.below(18) {
        0 => (name, npx(vec![], json!({ hidden: key })), key),
        1 => (name, npx(vec![], json!({ "API_TOKEN": vendor })), vendor),
        2 => (name, npx(vec![], json!({ "SETTING": vendor })), vendor),
        3 => (name, npx(vec!["--api-key".to_owned(), key.clone()], json!({})), key),
        4 => (name, npx(vec![format!("--token={key}")], json!({})), key),
        5 => (name, npx(vec![vendor.clone()], json!({})), vendor),
        6 => (
            name,
            remote("https://mcp.example.com/mcp".into(), json!({ "Authorization": format!("Bearer {vendor}") })),
            vendor,
        ),
        7 => (name, remote("https://mcp.example.com/mcp".into(), json!({ "X-Api-Key": key })), key),
        8 => {
            let basic = data_encoding::BASE64.encode(format!("ana:{key}").as_bytes());
            let value = format!("Basic {basic}");
            (name, remote("https://mcp.example.com/mcp".into(), json!({ "Authorization": value })), basic)
        }
        9 => (name, remote(format!("https://mcp.example.com/mcp?api_key={}", percent(&key)), json!({})), key),
        10 => (name, remote(format!("https://ana:{}@mcp.example.com/mcp", percent(&key)), json!({})), key),
        11 => (name, remote(format!("https://mcp.example.com/{vendor}/mcp"), json!({})), vendor),
        12 => (name, npx(vec![format!("postgresql://ana:{}@db.example.com/app", percent(&key))], json!({})), key),
        13 => (format!("s-{vendor}"), npx(vec![], json!({})), vendor),
        14 => {
            let mut entry = npx(vec![], json!({}));
            entry["cwd"] = format!("/srv/{vendor}/app").into();
            (name, entry, vendor)
        }
        15 => (name, npx(vec![], json!({ "CONFIG": json!({ "auth": { "token": vendor } }).to_string() })), vendor),
        16 => (name, npx(vec![json!({ "password": key }).to_string()], json!({})), key),
        _ => (name, json!({ "command": "sh", "args": ["-c", format!("API_KEY='{vendor}' npx -y {package}")] }), vendor),
    }
}

/// A text of JSON in which some letters are escaped, as a writer may.
fn odd(noise: &mut Noise, text: &str) -> String {
    let mut inside = false;
    let mut escaped = false;
    let mut odd = String::new();
    for c in text.chars() {
        if c == '"' && !escaped {
            inside = !inside;
        }
        let plain = inside && !escaped && c.is_ascii_alphanumeric();
        escaped = c == '\\' && !escaped;
        if plain && noise.below(12) == 0 {
            write!(odd, "\\u{:04x}", u32::from(c)).unwrap();
        } else {
            odd.push(c);
        }
    }
    odd
}

fn write(home: &Path, path: &str, text: &str) {
    let path = home.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A home of several clients with entries that hold keys; the keys.
fn plant(noise: &mut Noise, home: &Path) -> Vec<String> {
    let mut keys = Vec::new();
    let mut entries = |noise: &mut Noise, n: usize| {
        let mut all = Map::new();
        for _ in 0..n {
            let (name, entry, key) = entry(noise);
            all.insert(name, entry);
            keys.push(key);
        }
        Value::Object(all)
    };
    let cursor = json!({ "mcpServers": entries(noise, 8) });
    write(home, ".cursor/mcp.json", &serde_json::to_string_pretty(&cursor).unwrap());
    let claude = json!({ "mcpServers": entries(noise, 6) }).to_string();
    write(home, ".config/Claude/claude_desktop_config.json", &odd(noise, &claude));
    // What is filled in where nobody gives a password.
    let filled_in = noise.of(HEX, 32);
    let input = json!({ "id": "own", "type": "promptString", "password": true, "default": filled_in });
    let code = json!({ "inputs": [input], "servers": entries(noise, 5) });
    write(home, ".config/Code/User/mcp.json", &serde_json::to_string_pretty(&code).unwrap());
    // YAML has JSON within it.
    let goose = entries(noise, 3);
    let goose: Map<String, Value> =
        goose.as_object().unwrap().iter().map(|(name, entry)| (name.clone(), as_goose(entry))).collect();
    write(home, ".config/goose/config.yaml", &format!("extensions: {}\n", Value::Object(goose)));
    let mut codex = String::new();
    for (name, entry) in entries(noise, 4).as_object().unwrap() {
        writeln!(codex, "[mcp_servers.{}]", Value::from(name.as_str())).unwrap();
        for (field, value) in entry.as_object().unwrap() {
            writeln!(codex, "{field} = {}", as_toml(value)).unwrap();
        }
    }
    write(home, ".codex/config.toml", &codex);
    // One file that its client cannot read, broken anywhere.
    let broken = serde_json::to_string_pretty(&json!({ "mcpServers": entries(noise, 4) })).unwrap();
    let mut at = broken.len() / 2 + noise.below(broken.len() / 2);
    while !broken.is_char_boundary(at) {
        at -= 1;
    }
    let broken = if noise.below(2) == 0 { broken[..at].to_owned() } else { broken.replacen(',', ",,", 1) };
    write(home, ".codeium/windsurf/mcp_config.json", &broken);
    keys.push(filled_in);
    keys
}

fn as_goose(entry: &Value) -> Value {
    match entry.get("url") {
        Some(url) => json!({ "type": "streamable_http", "enabled": true, "uri": url, "headers": entry["headers"] }),
        None => {
            json!({ "type": "stdio", "enabled": true, "cmd": entry["command"], "args": entry["args"], "envs": entry["env"] })
        }
    }
}

fn as_toml(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields =
                fields.iter().map(|(name, value)| format!("{} = {}", Value::from(name.as_str()), as_toml(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// The ways in which a program may write a key down.
fn spellings(key: &str) -> Vec<String> {
    let quoted = Value::from(key).to_string();
    let mut all = vec![
        key.to_owned(),
        percent(key),
        quoted[1..quoted.len() - 1].to_owned(),
        data_encoding::BASE64.encode(key.as_bytes()).trim_end_matches('=').to_owned(),
        data_encoding::HEXLOWER.encode(key.as_bytes()),
        key.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;"),
    ];
    // The middle of it would do as well.
    if key.len() >= 20 {
        all.push(key[key.len() / 4..key.len() * 3 / 4].to_owned());
    }
    all.sort();
    all.dedup();
    all
}

/// All that Warder says about a home, by where it is said.
fn said(home: &Path) -> Vec<(String, String)> {
    let env = Env::current(Some(home)).unwrap();
    // Any file: nothing is started.
    let env = Env { launcher: Some(home.join(".cursor/mcp.json")), ..env };
    let mut session = Session::open(env.clone(), env.state(), Arc::<MemoryVault>::default());
    let report = session.scan().report();
    let mut said = vec![
        ("JSON".to_owned(), serde_json::to_string_pretty(&report).unwrap()),
        ("SARIF".to_owned(), serde_json::to_string_pretty(&sarif::sarif(&report)).unwrap()),
        ("Markdown".to_owned(), markdown::markdown(&report)),
        ("HTML".to_owned(), html::html(&report)),
    ];
    let mut warder = Command::new(env!("CARGO_BIN_EXE_warder"));
    let output = warder.args(["scan", "--home"]).arg(home).env_remove("DBUS_SESSION_BUS_ADDRESS").output().unwrap();
    said.push(("text".to_owned(), String::from_utf8(output.stdout).unwrap()));
    said.push(("talk".to_owned(), String::from_utf8(output.stderr).unwrap()));
    let keep = vec![home.to_string_lossy().into_owned()];
    for finding in &report.findings {
        let Answer::Detail(detail) = session.ask(Request::Detail { finding: finding.id.clone() }).unwrap() else {
            panic!("a detail was asked for")
        };
        said.push((format!("detail of {}", finding.rule), format!("{detail:?}")));
        said.push((format!("detail of {}", finding.rule), serde_json::to_string(&detail).unwrap()));
    }
    // One fix of each kind and rule and file: a preview looks at everything again.
    let mut seen = BTreeSet::new();
    for (finding, fix) in report.findings.iter().flat_map(|finding| finding.fixes.iter().map(move |fix| (finding, fix)))
    {
        let kind = fix.id.rsplit('.').next().unwrap().to_owned();
        if !seen.insert((finding.rule.clone(), finding.file.clone(), kind)) {
            continue;
        }
        let choices = Choices { keep: keep.clone(), network: Some(NetworkChoice::None), ..Choices::default() };
        let text = match session.preview(&fix.id, &choices) {
            Ok(preview) => serde_json::to_string(&preview).unwrap(),
            Err(failure) => serde_json::to_string(&failure).unwrap(),
        };
        said.push((format!("preview of {}", fix.id), text));
    }
    // The first change of each file, and what the history says of it.
    let mut changed = BTreeSet::new();
    for (finding, fix) in report.findings.iter().flat_map(|finding| finding.fixes.iter().map(move |fix| (finding, fix)))
    {
        if !fix.id.ends_with(".keychain") || changed.contains(&finding.file) {
            continue;
        }
        let Ok(preview) = session.preview(&fix.id, &Choices::default()) else { continue };
        let change = session.apply(&fix.id, &Choices::default(), &preview.seen, false);
        if let Ok(change) = &change {
            changed.insert(finding.file.clone());
            said.push(("log".to_owned(), serde_json::to_string(&session.change(&change.id).unwrap()).unwrap()));
        }
        let text =
            change.map_or_else(|failure| format!("{failure:?}"), |change| serde_json::to_string(&change).unwrap());
        said.push((format!("change by {}", fix.id), text));
    }
    said
}

/// What the window asks besides, and what is kept of it.
fn besides(home: &Path) -> Vec<(String, String)> {
    let env = Env::current(Some(home)).unwrap();
    let env = Env { launcher: Some(home.join(".cursor/mcp.json")), ..env };
    let mut session = Session::open(env.clone(), env.state(), Arc::<MemoryVault>::default());
    let mut said = Vec::new();
    let mut ask = |request: Request| {
        let place = format!("{request:?}").chars().take(20).collect::<String>();
        let answer = session.ask(request);
        let text = match &answer {
            Ok(answer) => serde_json::to_string(answer).unwrap(),
            Err(why) => serde_json::to_string(why).unwrap(),
        };
        said.push((place, text));
        answer
    };
    for request in [Request::News, Request::Secrets, Request::Settings] {
        ask(request).unwrap();
    }
    let mut exported = Vec::new();
    for shape in [ReportShape::Html, ReportShape::Markdown, ReportShape::Sarif, ReportShape::Json] {
        let Answer::Exported(one) = ask(Request::Export { shape, path: None }).unwrap() else {
            panic!("an export was asked for")
        };
        exported.push(one.path);
    }
    // Others change every entry, and some go.
    for path in [".cursor/mcp.json", ".config/Claude/claude_desktop_config.json", ".codex/config.toml"] {
        if let Ok(text) = fs::read_to_string(home.join(path)) {
            fs::write(home.join(path), text.replace("some-mcp@1.0.0", "some-mcp@1.0.1")).unwrap();
        }
    }
    let _ = fs::remove_file(home.join(".config/goose/config.yaml"));
    ask(Request::Scan).unwrap();
    let Answer::News(page) = ask(Request::News).unwrap() else { panic!("news were asked for") };
    assert!(!page.news.is_empty());
    let Answer::Safe(safe) = ask(Request::Safe).unwrap() else { panic!("safe fixes were asked for") };
    for fix in safe.fixes {
        let _ = ask(Request::ApplySafe { fix: fix.fix, effect: fix.effect });
    }
    for request in [Request::Secrets, Request::News, Request::SeenNews { changes: None }] {
        ask(request).unwrap();
    }
    for path in exported {
        said.push((path.clone(), fs::read_to_string(path).unwrap()));
    }
    let kept = fs::read(home.join(".warder/history.db")).unwrap();
    said.push(("what the history keeps".to_owned(), String::from_utf8_lossy(&kept).into_owned()));
    let questions = ["scan", "safe", "secrets", "news", "settings", "nothing"];
    let lines: Vec<String> =
        questions.iter().map(|ask| json!({ "id": 1, "request": { "ask": ask } }).to_string()).collect();
    let mut warder = Command::new(env!("CARGO_BIN_EXE_warder"));
    let mut warder = warder.args(["rpc", "--demo", "--home"]).arg(home);
    warder = warder.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = warder.spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), questions.len());
    said.push(("rpc".to_owned(), String::from_utf8(output.stdout).unwrap()));
    said.push(("rpc".to_owned(), String::from_utf8(output.stderr).unwrap()));
    said
}

/// One home of so many is asked for all that the window asks besides, which looks at it dozens of times.
const BESIDES: usize = 20;

#[test]
fn a_thousand_keys_and_none_is_said() {
    let mut noise = Noise(2026);
    let (mut planted, mut leaks, mut findings, mut homes) = (0, Vec::new(), 0, 0);
    while planted < 1000 {
        let home = tempfile::tempdir().unwrap();
        let keys = plant(&mut noise, home.path());
        planted += keys.len();
        let root = home.path().canonicalize().unwrap();
        let mut said = said(&root);
        if homes % BESIDES == 0 {
            said.extend(besides(&root));
        }
        homes += 1;
        findings += said.iter().filter(|(place, _)| place.starts_with("detail of secret-in")).count();
        for key in &keys {
            for spelling in spellings(key) {
                let found = said.iter().find(|(_, text)| text.contains(&spelling));
                if let Some((place, text)) = found {
                    let at = text.find(&spelling).unwrap();
                    let around: String = text[..at].chars().rev().take(60).collect();
                    let around: String = around.chars().rev().collect();
                    leaks.push(format!("{place}: …{around}[{spelling}]"));
                    break;
                }
            }
        }
    }
    assert!(findings > planted / 2, "only {findings} details of {planted} keys");
    assert!(leaks.is_empty(), "{} of {planted} leak:\n{}", leaks.len(), leaks.join("\n"));
}

/// Every piece of this many bytes is told from others.
const PIECE: usize = 8;

/// The pieces of a value: of its lines as they are meant, and as they are spelled.
fn pieces(spelled: &spellings::Spelled) -> Vec<Vec<u8>> {
    let texts = [spelled.value.as_str(), spelled.raw.as_str()];
    let lines = texts.iter().flat_map(|text| text.split(['\n', ' '])).filter(|line| !line.contains("-----"));
    lines
        .flat_map(|line| line.as_bytes().windows(PIECE).map(<[u8]>::to_vec))
        .filter(|piece| !is_common(piece))
        .collect()
}

/// What stands in every private key, web token and escape.
fn is_common(piece: &[u8]) -> bool {
    let text = String::from_utf8_lossy(piece);
    ["PRIVATE", " KEY", "OPENSSH", "\\u00"].iter().any(|common| text.contains(common))
        || "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI".contains(&*text)
        || ["sk-ant-api03-", "sk-proj-", "github_pat_", "tvly-dev-", "lin_api_", "sk_live_"]
            .iter()
            .any(|start| start.contains(&*text))
}

#[test]
fn a_thousand_keys_in_every_spelling_and_no_piece_of_one_is_said() {
    let mut noise = Noise(1124);
    let (mut planted, mut leaks, mut changes, mut homes) = (0, BTreeSet::new(), 0, 0);
    while planted < 1000 {
        let home = tempfile::tempdir().unwrap();
        let files = [
            (".cursor/mcp.json", spellings::json(&mut noise)),
            (".codex/config.toml", spellings::toml(&mut noise)),
            (".config/goose/config.yaml", spellings::yaml(&mut noise)),
        ];
        let mut all = HashSet::new();
        for (path, file) in &files {
            write(home.path(), path, &file.text);
            planted += file.hidden.len();
            all.extend(file.hidden.iter().flat_map(pieces));
        }
        let root = home.path().canonicalize().unwrap();
        let mut said = said(&root);
        if homes % BESIDES == 0 {
            said.extend(besides(&root));
        }
        homes += 1;
        for (place, text) in said {
            changes += usize::from(place == "log");
            let found = text.as_bytes().windows(PIECE).position(|piece| all.contains(piece));
            if let Some(at) = found {
                let around = text.as_bytes()[at.saturating_sub(90)..(at + 40).min(text.len())].to_vec();
                leaks.insert(format!("{place}: …{}", String::from_utf8_lossy(&around)));
            }
        }
    }
    assert!(changes > 20, "only {changes} changes were made");
    let shown: Vec<&str> = leaks.iter().map(String::as_str).take(40).collect();
    assert!(leaks.is_empty(), "{} texts say a piece of a key:\n{}", leaks.len(), shown.join("\n"));
}
