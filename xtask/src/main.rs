//! `cargo xtask`: everything a developer or a CI machine has to do, by name.
//!
//! Next to nothing beside the standard library, so that it compiles in seconds
//! before anything else is installed. Every command says what it is about to change on the machine,
//! and a failing one says what to do, in one sentence.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "talking to the terminal is what it is for")]

use std::path::Path;
use std::process::ExitCode;

mod accuracy;
mod bench;
mod clients;
mod fuzz;
mod interface;
mod launcher;
mod lists;
mod node;
mod package;
mod run;
mod shell;
mod system;
mod test;

/// Why a command stops: one sentence for the person at the terminal.
type Outcome<T = ()> = Result<T, String>;

const HELP: &str = "\
cargo xtask run [-- --demo]   build Warder and open its window; --demo: on a made-up home, --home DIR: on that one
cargo xtask test              everything that has to pass, with all it needs installed first
cargo xtask bench             how long a scan takes, what the launcher adds to a start and the relay to a message;
                              --corpus DIR: and each file below that folder; --start, --relay, --fence, --store: that
                              alone; --window: the window's start, changes, memory and idleness
cargo xtask fuzz [SECONDS]    feeds the readers and the launch line made-up bytes, that long each (600)
cargo xtask clients [WORD …]  real MCP clients judge what Warder reads and writes; WORD: a home's number, a client's id
cargo xtask accuracy DIR      how well a labelled collection is read and judged, and that every fix goes there and back
cargo xtask lists DIR         writes the dated lists of bad versions and known names, from a collection of packages
cargo xtask pictures          take the pictures of docs/ anew, from the made-up home
cargo xtask package           make what people install, look at it, and print names, sizes and digests; --debug: without
                              the ten minutes that a release takes
cargo xtask launcher          build only the launcher and the relay beside it, and print the launcher's path";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["run", rest @ ..] => run::run(rest),
        ["test"] => test::test(),
        ["bench"] => bench::bench(None),
        ["bench", "--corpus", dir] => bench::bench(Some(Path::new(dir))),
        ["bench", "--start"] => bench::start(),
        ["bench", "--relay"] => bench::relay(),
        ["bench", "--fence"] => bench::fence(),
        ["bench", "--store"] => bench::store(),
        ["bench", "--window"] => bench::window(),
        ["fuzz"] => fuzz::fuzz("600"),
        ["fuzz", seconds] => fuzz::fuzz(seconds),
        ["clients", words @ ..] => clients::clients(words),
        ["accuracy", words @ ..] => accuracy::accuracy(words),
        ["lists", dir] => lists::lists(dir),
        ["pictures"] => interface::pictures(),
        ["package", words @ ..] => package::package(words),
        ["launcher"] => launcher::build().map(|path| println!("{}", path.display())),
        ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => Err(format!("there is no such command; these are:\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("xtask: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// The folder that holds the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}
