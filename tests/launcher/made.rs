//! Repositories that a server makes where it may write: nothing keeps it from
//! that, so the user is told before git runs what they name.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use warder_launch::made;
use warder_launch::profile::Profile;
use warder_launch::sandbox::{Engine, Grant};

use super::fence::ready;
use super::{World, err};

const ARMED: &str = "printf '[core]\\n\\tfsmonitor = ./x\\n' >";

fn made(world: &World, profile: &Profile) -> Vec<PathBuf> {
    let home = world.home();
    let made = made::read(&world.state, &profile.id).unwrap().repositories;
    made.iter().map(|path| path.strip_prefix(home).unwrap().to_owned()).collect()
}

#[test]
fn a_repository_that_a_server_made_and_armed_is_told() {
    for engine in [Engine::Bubblewrap, Engine::Landlock] {
        for (script, told) in [
            (format!("mkdir -p data/.git && {ARMED} data/.git/config"), "project/data/.git"),
            ("mkdir -p data/.git/hooks && echo x > data/.git/hooks/post-checkout".to_owned(), "project/data/.git"),
            (
                format!(
                    "mkdir -p data/b/objects data/b/refs; cd data/b; echo 'ref: refs/heads/x' > HEAD; {ARMED} config"
                ),
                "project/data/b",
            ),
            // Its settings are elsewhere.
            ("mkdir data/w && echo 'gitdir: /elsewhere' > data/w/.git".to_owned(), "project/data/w/.git"),
            (
                format!("mkdir -p data/node_modules/x/.git && {ARMED} data/node_modules/x/.git/config"),
                "project/data/node_modules/x/.git",
            ),
            // Moved to where it is used.
            (format!("mkdir -p data/y/.git && {ARMED} data/y/.git/config && mv data/y data/z"), "project/data/z/.git"),
            // Hooks and settings elsewhere.
            ("mkdir -p data/h data/l/.git; touch data/h/x; ln -s ../../h data/l/.git/hooks".to_owned(), "project/data/l/.git"),
            (
                format!("mkdir -p data/c/objects data/c/refs; {ARMED} data/c/config"),
                "project/data/c",
            ),
            (format!("mkdir -p data/s data/k; {ARMED} data/s/config; ln -s ../s data/k/.git"), "project/data/k/.git"),
            ("mkdir -p data/d/.git; echo ../x > data/d/.git/commondir".to_owned(), "project/data/d/.git"),
            // In what editors and agents run by themselves, and beside what stops the next start.
            (format!("mkdir -p data/.vscode/a/.git && {ARMED} data/.vscode/a/.git/config"), "project/data/.vscode/a/.git"),
            (
                format!("mkdir -p data/o/.git && {ARMED} data/o/.git/config; ln -s nothing .vscode; ln -s no data/.vscode"),
                "project/data/o/.git",
            ),
            // As git makes it: nothing is run by it.
            (
                "export GIT_CONFIG_NOSYSTEM=1; mkdir data/n && cd data/n && git init -q && git config user.name me && rm -rf .git/hooks/*.sample"
                    .to_owned(),
                "",
            ),
            ("echo fine > data/file".to_owned(), ""),
            ("mkdir data/g && mkdir data/g/.git && rm -r data/g".to_owned(), ""),
        ] {
            let world = World::new();
            fs::create_dir(world.project().join("data")).unwrap();
            // What was there before is the user's, and stays as it is.
            fs::write(world.project().join(".git/config"), "[core]\n\tfsmonitor = mine\n").unwrap();
            let mut profile = world.fenced(&script);
            profile.sandbox.as_mut().unwrap().engine = engine;
            let output = world.entry(&profile).output().unwrap();
            let said = err(&output);
            assert_eq!(output.status.code(), Some(0), "{script}: {said}");
            let expected: Vec<PathBuf> =
                Some(told).filter(|told| !told.is_empty()).map(PathBuf::from).into_iter().collect();
            assert_eq!(made(&world, &profile), expected, "{script}");
            assert_eq!(
                said.contains("may have made a repository that has git run programs"),
                !told.is_empty(),
                "{script}: {said}"
            );
            let seen = made::read(&world.state, &profile.id).unwrap();
            made::looked_at(&world.state, &profile.id, Some(&seen)).unwrap();
            let _ = fs::remove_file(world.project().join(".vscode"));
            let _ = fs::remove_file(world.project().join("data/.vscode"));
            let again = Profile { run: world.fenced("exit 0").run, ..profile };
            world.entry(&again).output().unwrap();
            assert!(made(&world, &again).is_empty(), "it was looked at: {script}");
        }
    }
}

/// Nothing that a server leaves beside it hides one, and nothing that was told is taken back unseen.
#[test]
fn no_repository_hides_behind_others_names_or_depths() {
    let world = World::new();
    let armed = |folder: &str| format!("mkdir -p {folder}/.git && {ARMED} {folder}/.git/config; ");
    let first = world.fenced(&armed("data/one"));
    world.entry(&first).output().unwrap();
    let one = PathBuf::from("project/data/one/.git");
    assert_eq!(made(&world, &first), std::slice::from_ref(&one));
    let deep = format!("d={}; mkdir -p $d; ", "z/".repeat(210));
    let script = armed("data/two")
        + "mkdir \"$(printf 'a\\377')\"; mkdir \"$(printf 'a\\377')/.git\"; echo gitdir: x > \"$(printf 'a\\377')/w\"; ln -s nothing data/.envrc; "
        + &deep;
    let second = Profile { run: world.fenced(&script).run, ..first };
    let output = world.entry(&second).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let told = made(&world, &second);
    for expected in [one, PathBuf::from("project/data/two/.git")] {
        assert!(told.contains(&expected), "{told:?}");
    }
    assert!(told.iter().any(|path| path.starts_with("project/z/z")), "too deep to look into: {told:?}");
}

/// What was there before a server could write in it is the user's.
#[test]
fn the_users_own_repositories_are_no_servers() {
    let world = World::new();
    let project = world.project();
    for folder in ["vendor/.git/hooks", "later/.git/hooks", ".claude/x/.git/hooks"] {
        fs::create_dir_all(project.join(folder)).unwrap();
        fs::write(project.join(folder).join("post-merge"), "").unwrap();
    }
    let mut profile = world.fenced("exit 0");
    let sandbox = profile.sandbox.as_mut().unwrap();
    sandbox.read.push(Grant::of(&project.join("vendor")).unwrap());
    assert_eq!(err(&world.entry(&profile).output().unwrap()), "");
    // Another folder is allowed, with a repository in it; and the user gives one of his a hook.
    let other = world.home().join("other");
    fs::create_dir_all(other.join(".git/hooks")).unwrap();
    fs::write(other.join(".git/hooks/post-merge"), "").unwrap();
    fs::create_dir_all(project.join(".git/hooks")).unwrap();
    fs::write(project.join(".git/hooks/post-merge"), "").unwrap();
    profile.sandbox.as_mut().unwrap().write.push(Grant::of(&other).unwrap());
    assert_eq!(err(&world.entry(&profile).output().unwrap()), "");
    assert!(made(&world, &profile).is_empty());
}

#[test]
fn the_granted_folder_as_a_repository_is_told_and_started_no_more() {
    let world = World::new();
    fs::remove_dir_all(world.project().join(".git")).unwrap();
    let profile = world.fenced(&format!("mkdir objects refs; echo 'ref: refs/heads/x' > HEAD; {ARMED} config"));
    world.entry(&profile).output().unwrap();
    assert_eq!(made(&world, &profile), [PathBuf::from("project")]);
    super::assert_refused(&world.entry(&profile).output().unwrap(), "run what is in there by themselves");
}

#[test]
fn what_was_made_before_the_launcher_was_killed_is_told_at_the_next_start() {
    let world = World::new();
    let profile = world.fenced(&format!("mkdir -p new/.git && {ARMED} new/.git/config; echo ready; exec cat"));
    let mut child = ready(&world, &profile);
    let launcher = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(launcher, Signal::KILL).unwrap();
    child.wait().unwrap();
    assert!(made(&world, &profile).is_empty(), "nobody was left to look");
    let other = Profile { run: world.fenced("exit 0").run, ..profile };
    world.entry(&other).output().unwrap();
    assert_eq!(made(&world, &other), [PathBuf::from("project/new/.git")]);
    Profile::remove(&world.state, &other.id).unwrap();
    assert!(made(&world, &other).is_empty(), "it goes with its profile");
}

/// What a server could do with it: the reason for all of this.
#[test]
fn git_runs_what_a_new_repository_names() {
    let world = World::new();
    let inside = world.fenced("mkdir data && cd data && git init -q && git config core.fsmonitor 'touch ran; false'");
    world.entry(&inside).output().unwrap();
    let data = world.project().join("data");
    Command::new("git").arg("status").current_dir(&data).env("HOME", world.home()).output().unwrap();
    assert!(data.join("ran").exists());
    assert_eq!(made(&world, &inside), [PathBuf::from("project/data/.git")]);
}
