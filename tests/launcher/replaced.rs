//! What others replace in a granted folder while the server runs.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use super::{World, err};

/// Writes into a file that is named to it until it cannot any more, and says so; after many tries that it always could.
const WRITES: &str = "while read -r name; do tries=0; \
    while (echo planted >> $name) 2>/dev/null; do \
    tries=$((tries + 1)); [ $tries -gt 3000 ] && echo written && break; done; echo kept; done";

/// As editors and git save: under another name first.
fn save(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(beside, path).unwrap();
}

/// What it says once it runs.
fn started(world: &World, script: &str) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut entry = world.entry(&world.fenced(&format!("echo ready; {script}")));
    let mut server = entry.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(server.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "ready");
    (server, said)
}

#[test]
fn what_is_saved_anew_stays_protected() {
    let world = World::new();
    let project = world.project();
    fs::create_dir_all(project.join("apps/one/.vscode")).unwrap();
    let files = [".mcp.json", "apps/one/.vscode/tasks.json", "apps/one/.envrc"];
    files.iter().for_each(|file| fs::write(project.join(file), "first").unwrap());
    let (mut server, mut said) = started(&world, WRITES);
    for round in 0..20 {
        for file in files {
            let text = format!("saved {round}");
            save(&project.join(file), &text);
            writeln!(server.stdin.as_mut().unwrap(), "{file}").unwrap();
            assert_eq!(said.next().unwrap().unwrap(), "kept", "{file}, {round}");
            // Saved once more, what came in between is gone.
            save(&project.join(file), &text);
        }
    }
    // Another folder in place of the one around them.
    fs::rename(project.join("apps/one"), project.join("apps/two")).unwrap();
    drop(server.stdin.take());
    let output = server.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", err(&output));
}

#[test]
fn what_is_removed_ends_nothing() {
    let world = World::new();
    let file = world.project().join(".mcp.json");
    fs::write(&file, "first").unwrap();
    let (mut server, said) = started(&world, "read -r line; cat; ls -A");
    fs::remove_file(file).unwrap();
    server.stdin.take().unwrap().write_all(b"go\nstill here\n").unwrap();
    assert!(said.map(Result::unwrap).eq(["still here", ".git"]));
    assert!(server.wait().unwrap().success());
}

#[test]
fn a_link_in_place_of_what_is_protected_ends_the_server() {
    let world = World::new();
    let (file, link) = (world.project().join(".mcp.json"), world.project().join("link"));
    fs::write(&file, "{}").unwrap();
    symlink(world.home().join("secret.txt"), &link).unwrap();
    let (server, mut said) = started(&world, "read -r line; echo ended by itself");
    fs::rename(&link, &file).unwrap();
    assert_eq!(said.next().map(Result::unwrap), None);
    let output = server.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(137));
    let told = format!("ended the server: {} was replaced by what cannot be kept", file.display());
    assert!(err(&output).contains(&told), "{}", err(&output));
}
