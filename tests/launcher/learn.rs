//! A start that is watched: what the server asked for of the user's files and
//! may not use is kept, and nothing more is open to it by that.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use warder_launch::permit::{self, Permit};
use warder_launch::profile::Profile;
use warder_launch::refused;
use warder_launch::sandbox::{Engine, Grant, Network};
use warder_launch::tried::{self, Tried, TriedPath};

use super::{World, assert_refused, err, out};

/// The same entry, watched as Warder has it watched.
struct Watched {
    command: Command,
    permit: Permit,
}

impl Watched {
    fn output(mut self) -> io::Result<Output> {
        self.command.env(permit::VARIABLE, self.permit.words()).output()
    }
}

fn watched(world: &World, profile: &Profile) -> Watched {
    profile.write(&world.state).unwrap();
    Watched { command: learn(world, profile), permit: Permit::write(&world.state, &profile.id).unwrap() }
}

/// An entry that says so itself.
fn learn(world: &World, profile: &Profile) -> Command {
    world.call(["learn", "--profile", profile.id.as_str(), "--", "server", "--go"])
}

fn kept(world: &World, profile: &Profile) -> Tried {
    tried::read(&world.state, &profile.id).unwrap().unwrap()
}

/// What was tried below the home, as `[write] path times`.
fn rows(world: &World, tried: &Tried) -> Vec<String> {
    let row = |one: &TriedPath| {
        let below = one.path.strip_prefix(world.home()).ok()?;
        Some(format!("{}{} {}", if one.write { "write " } else { "" }, below.display(), one.times))
    };
    tried.paths.iter().filter_map(row).collect()
}

const ENGINES: [Engine; 2] = [Engine::Bubblewrap, Engine::Landlock];

#[test]
fn what_is_hidden_and_asked_for_is_kept() {
    for engine in ENGINES {
        let world = World::new();
        let home = world.home().display().to_string();
        for dir in [".config/app", "notes"] {
            fs::create_dir_all(world.home().join(dir)).unwrap();
        }
        fs::write(world.home().join(".config/app/settings.json"), "{}").unwrap();
        fs::write(world.home().join("notes/a.txt"), "a note").unwrap();
        // With Landlock nothing new is made beside a `.git`.
        fs::write(world.project().join("own.txt"), "").unwrap();
        let script = format!(
            "for turn in 1 2 3; do read -r x < {home}/.config/app/settings.json; done
             cd ..; read -r x < secret.txt; read -r x < nowhere.txt
             (echo x > {home}/notes/new.txt)
             (echo x > {home}/project/own.txt); (echo x > {home}/project/.git/HEAD)
             cat {home}/notes/a.txt; echo end"
        );
        let mut profile = world.fenced(&script);
        let sandbox = profile.sandbox.as_mut().unwrap();
        sandbox.engine = engine;
        let plain = world.entry(&profile).output().unwrap();
        assert_eq!(tried::read(&world.state, &profile.id).unwrap(), None, "nobody asked to be told");
        let output = watched(&world, &profile).output().unwrap();
        // The same came of it: it is watched, and no more is open.
        assert_eq!((out(&output), output.status.code()), (out(&plain), plain.status.code()), "{}", err(&output));
        assert_eq!(out(&output), "end\n", "{}", err(&output));
        let own = fs::read_to_string(world.project().join("own.txt")).unwrap();
        assert!(own == "x\n" && !world.home().join("notes/new.txt").exists());

        let tried = kept(&world, &profile);
        assert!(!tried.cut && !tried.blind);
        let rows = rows(&world, &tried);
        for row in [".config/app/settings.json 3", "secret.txt 1", "write notes 1", "write project/.git 1"] {
            assert!(rows.contains(&row.to_owned()), "{engine:?} {row}: {rows:?}");
        }
        assert!(rows.iter().any(|row| row.starts_with("notes/a.txt ")), "{rows:?}");
        assert!(!rows.iter().any(|row| row.contains("nowhere") || row.contains("own.txt")), "{rows:?}");
        let file = world.state.refused().join(format!("{}.files.json", profile.id.as_str()));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        Profile::remove(&world.state, &profile.id).unwrap();
        assert!(!file.exists(), "it goes with its profile");
    }
}

#[test]
fn what_is_allowed_is_no_refusal() {
    for engine in ENGINES {
        let world = World::new();
        fs::write(world.project().join("a.txt"), "mine").unwrap();
        fs::write(world.project().join("b.txt"), "").unwrap();
        let mut profile = world.fenced("cat a.txt > b.txt; cat b.txt; cat ~/secret.txt 2>/dev/null; exit 7");
        let sandbox = profile.sandbox.as_mut().unwrap();
        sandbox.engine = engine;
        sandbox.read = vec![Grant::of(&world.home().join("secret.txt")).unwrap()];
        let output = watched(&world, &profile).output().unwrap();
        let secret = if engine == Engine::Bubblewrap { "do not read" } else { "" };
        assert_eq!((out(&output), output.status.code()), (format!("mine{secret}"), Some(7)), "{}", err(&output));
        assert_eq!(rows(&world, &kept(&world, &profile)), Vec::<String>::new());
    }
}

#[test]
fn a_server_without_a_network_is_told_none_and_its_names_are_kept() {
    let world = World::new();
    let script = "/usr/bin/python3 -c 'import socket
try: socket.getaddrinfo(\"api.example.org\", 443)
except OSError as error: print(type(error).__name__)'";
    let profile = world.fenced(script);
    let output = watched(&world, &profile).output().unwrap();
    assert_eq!(out(&output), "gaierror\n", "{}", err(&output));
    let names: Vec<_> = refused::read(&world.state, &profile.id).unwrap().into_iter().map(|one| one.host).collect();
    assert_eq!(names, ["api.example.org"]);
    assert_eq!(profile.sandbox.as_ref().unwrap().network, Network::None, "what is approved stays");
}

#[test]
fn a_flood_of_files_is_bounded() {
    let world = World::new();
    let many = world.home().join("many");
    fs::create_dir_all(&many).unwrap();
    for number in 0..600 {
        fs::write(many.join(number.to_string()), "").unwrap();
    }
    let script = format!("i=0; while [ $i -lt 600 ]; do [ -e {}/$i ]; i=$((i+1)); done; echo end", many.display());
    let profile = world.fenced(&script);
    let output = watched(&world, &profile).output().unwrap();
    assert_eq!(out(&output), "end\n", "{}", err(&output));
    let tried = kept(&world, &profile);
    assert_eq!((tried.paths.len(), tried.cut), (400, true));
}

#[test]
fn only_a_fenced_server_is_watched_and_only_the_approved_one() {
    let world = World::new();
    let open = Profile { sandbox: None, ..world.profile("echo ran") };
    assert_refused(&watched(&world, &open).output().unwrap(), "it runs in no sandbox");
    let fenced = world.fenced("echo ran");
    fenced.write(&world.state).unwrap();
    let other = ["learn", "--profile", fenced.id.as_str(), "--", "server", "--stop"];
    let permit = Permit::write(&world.state, &fenced.id).unwrap();
    assert_refused(&world.call(other).env(permit::VARIABLE, permit.words()).output().unwrap(), "approve it");
}

#[test]
fn an_entry_cannot_say_that_it_is_watched() {
    let world = World::new();
    let (profile, other) = (world.fenced("echo ran"), world.fenced("echo other"));
    profile.write(&world.state).unwrap();
    let refused = |command: &mut Command, words: &str| {
        let output = command.env(permit::VARIABLE, words).output().unwrap();
        assert_refused(&output, "did not start demo: its entry says learn in the place of run");
    };
    assert_refused(&learn(&world, &profile).output().unwrap(), "only Warder itself starts a server watched");
    refused(&mut learn(&world, &profile), "");

    let used = Permit::write(&world.state, &profile.id).unwrap();
    let output = learn(&world, &profile).env(permit::VARIABLE, used.words()).output().unwrap();
    assert_eq!(out(&output), "ran\n", "{}", err(&output));
    assert_eq!(fs::read_dir(world.state.watching()).unwrap().count(), 0, "it counts once");
    refused(&mut learn(&world, &profile), used.words());

    let of_other = Permit::write(&world.state, &other.id).unwrap();
    refused(&mut learn(&world, &profile), of_other.words());

    // Half of it is not enough, nor is one that is handed on to another's child.
    let permit = Permit::write(&world.state, &profile.id).unwrap();
    let (name, random) = permit.words().split_once('-').unwrap();
    let turned: String = random.chars().rev().collect();
    refused(&mut learn(&world, &profile), &format!("{name}-{turned}"));
    let permit = Permit::write(&world.state, &profile.id).unwrap();
    let direct = learn(&world, &profile);
    let mut through = Command::new("/bin/sh");
    through.args(["-c", "\"$@\"; exit $?", "sh"]).arg(direct.get_program()).args(direct.get_args());
    refused(through.env_clear().current_dir(world.home()), permit.words());

    // Where another user may write, anybody could have given leave.
    let permit = Permit::write(&world.state, &profile.id).unwrap();
    fs::set_permissions(world.state.watching(), fs::Permissions::from_mode(0o777)).unwrap();
    refused(&mut learn(&world, &profile), permit.words());
    assert!(tried::read(&world.state, &other.id).unwrap().is_none());
}
