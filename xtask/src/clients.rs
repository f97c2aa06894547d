//! `cargo xtask clients`: real clients judge what Warder reads and writes.
//!
//! Generated homes, each with files of every client; each client lists its
//! servers itself, and that must be what `warder scan` says; then again after
//! fixes, and every byte must be back after the undo. Not part of the tests:
//! it installs 2 GB and runs for minutes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::shell::{cargo, command, run};
use crate::{Outcome, launcher, root};

mod ask;
mod entry;
mod fixes;
mod homes;
mod install;
mod kinds;
mod remote;
mod seed;
mod text;
mod told;

use homes::{HOMES, Home};
use kinds::{FIXES, Fix};
use remote::Remote;
use told::Warder;

/// Set in the run that has a keyring.
const BESIDE_KEYRING: &str = "WARDER_BESIDE_KEYRING";
/// The homes lie here, kept for looking.
const FOLDER: &str = "target/real-homes";
/// Two at a time: most of the time is the clients' own start.
const AT_ONCE: usize = 2;

/// Judges homes: those whose numbers are given, else all; by the clients whose
/// ids are given, else by all.
pub(crate) fn clients(words: &[&str]) -> Outcome {
    let (homes, ids): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.parse::<usize>().is_ok());
    let homes: Vec<usize> = homes.iter().filter_map(|number| number.parse().ok()).collect();
    if let Some(wrong) = ids.iter().find(|id| ask::CLIENTS.iter().all(|client| client.id != **id)) {
        let known: Vec<&str> = ask::CLIENTS.iter().map(|client| client.id).collect();
        return Err(format!(
            "{wrong} is neither a home nor a client that can be asked; these are: {}",
            known.join(", ")
        ));
    }
    if !cfg!(target_os = "linux") {
        return Err("the clients are asked on Linux only: it needs bubblewrap and a keyring of its own".to_owned());
    }
    if std::env::var_os(BESIDE_KEYRING).is_none() {
        install::install()?;
        run(&mut cargo(&["build", "-p", "warder-cli"]))?;
        let launcher = launcher::build()?;
        let me = std::env::current_exe().map_err(|source| source.to_string())?;
        let me = me.to_string_lossy();
        let words = [&[&*me, "clients"], words].concat();
        let mut again = command(root().join("tests/keychain.sh"), &words);
        // The clients are not told where the bus is.
        return run(again.env(BESIDE_KEYRING, "1").env("BUS", "desktop").env("WARDER_LAUNCHER", launcher));
    }
    let judge = Judge {
        clients: ask::CLIENTS.iter().filter(|client| ids.is_empty() || ids.contains(&client.id)).collect(),
        warder: Warder {
            program: root().join("target/debug/warder"),
            launcher: std::env::var_os("WARDER_LAUNCHER").map(PathBuf::from).ok_or("WARDER_LAUNCHER is not set")?,
        },
        programs: ask::Programs { folder: root().join(install::PROGRAMS), claude: Mutex::new(()) },
        remote: Remote::start()?,
    };
    let wanted = if homes.is_empty() { (0..HOMES).collect() } else { homes };
    let (next, sum) = (AtomicUsize::new(0), Mutex::new(Sum::default()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(number) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let verdict = judge.home(*number);
                    sum.lock().expect("no thread panics").add(*number, verdict);
                }
            });
        }
    });
    sum.into_inner().expect("no thread panics").say(words.is_empty())
}

struct Judge {
    clients: Vec<&'static ask::Asked>,
    warder: Warder,
    programs: ask::Programs,
    remote: Remote,
}

/// What was seen in one home.
struct Verdict {
    fix: Fix,
    path: PathBuf,
    story: Vec<String>,
    listings: usize,
    refusals: usize,
    servers: usize,
    doubted: usize,
    changes: usize,
    refused: usize,
    connected: usize,
    differences: Vec<String>,
}

impl Judge {
    fn home(&self, number: usize) -> Outcome<Verdict> {
        let home = homes::make(number, &root().join(FOLDER), &self.remote.url)?;
        let mut differences = Vec::new();
        let mut listed = BTreeMap::new();
        let mut refusals = 0;
        let mut servers = 0;
        let mut doubted = 0;
        let mut said = Vec::new();
        let often = self.clients.len() < ask::CLIENTS.len();
        for client in self.clients.iter().filter(|client| often || number.is_multiple_of(client.every)) {
            said.push((client, self.programs.ask(client, &home)?));
        }
        // After the clients: some complete their own file at their first start.
        let told = self.warder.scan(&home)?;
        let listings = said.len();
        for (client, said) in said {
            let unlike = told.differences(client, &said);
            if !unlike.is_empty() {
                differences.extend(unlike.iter().map(|one| format!("{}: {one}", client.id)));
                let rows: Vec<String> =
                    said.as_ref().map(|rows| rows.iter().map(told::shown).collect()).unwrap_or_default();
                differences.push(both(&rows, &told.shown(client)));
            }
            match said {
                Ok(rows) => {
                    servers += rows.len();
                    doubted += told.doubted(client);
                    listed.insert(client.id, rows);
                }
                Err(_) => refusals += 1,
            }
        }
        let tried = fixes::try_fix(&self.warder, &self.programs, &home, &told, &listed)?;
        differences.extend(tried.differences);
        let Home { fix, path, story, .. } = home;
        let (changes, refused, connected) = (tried.changes, tried.refused, tried.connected);
        Ok(Verdict { fix, path, story, listings, refusals, servers, doubted, changes, refused, connected, differences })
    }
}

/// Both lists, one under the other.
fn both(client: &[String], warder: &[String]) -> String {
    let lines = |list: &[String]| list.iter().map(|line| format!("\n        {line}")).collect::<String>();
    format!("  the client:{}\n      Warder:{}", lines(client), lines(warder))
}

#[derive(Default)]
struct Sum {
    listings: usize,
    refusals: usize,
    servers: usize,
    doubted: usize,
    /// By kind of fix: changes, and mended servers that connected.
    kinds: [(usize, usize); FIXES.len()],
    bad: usize,
}

impl Sum {
    fn add(&mut self, number: usize, verdict: Outcome<Verdict>) {
        let verdict = match verdict {
            Ok(verdict) => verdict,
            Err(why) => {
                println!("home {number:02}: {why}");
                self.bad += 1;
                return;
            }
        };
        self.listings += verdict.listings;
        self.refusals += verdict.refusals;
        self.servers += verdict.servers;
        self.doubted += verdict.doubted;
        let at = FIXES.iter().position(|fix| *fix == verdict.fix).expect("it is one of them");
        self.kinds[at].0 += verdict.changes;
        self.kinds[at].1 += verdict.connected;
        let Verdict { listings, servers, changes, refused, connected, .. } = verdict;
        let fix = verdict.fix.name();
        println!(
            "home {number:02}: {listings} clients, {servers} servers; {fix}: {changes} changes and back, {connected} connected, {refused} refused"
        );
        if !verdict.differences.is_empty() {
            self.bad += 1;
            println!("  {}", verdict.path.display());
            verdict.story.iter().for_each(|line| println!("    {line}"));
            verdict.differences.iter().for_each(|line| println!("    ! {line}"));
        }
    }

    fn say(&self, all: bool) -> Outcome {
        let Sum { listings, refusals, servers, doubted, kinds, bad } = self;
        println!("{listings} listings with {servers} servers, {refusals} of them refusals");
        println!("{doubted} entries were not compared: Warder says that their client cannot read them as they stand");
        for (fix, (changes, connected)) in FIXES.iter().zip(kinds) {
            println!("{}: {changes} changes made and taken back, {connected} mended servers connected", fix.name());
        }
        if *bad > 0 {
            return Err(format!("{bad} homes differ; they lie in {FOLDER}"));
        }
        // What is switched off is started no more.
        let unproven = |(fix, (changes, connected)): (&Fix, &(usize, usize))| {
            *changes == 0 || *connected == 0 && *fix != Fix::Disable
        };
        if all && FIXES.iter().zip(kinds).any(unproven) {
            return Err("of a kind of fix nothing was proven: it was offered nowhere, or nothing connected".to_owned());
        }
        Ok(())
    }
}
