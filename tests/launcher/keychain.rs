//! Secrets from a real Secret Service, which every test starts for itself.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use warder_launch::command::Token;
use warder_launch::profile::{Profile, Remote};
use warder_launch::vault::{Handle, Keychain, Secret, Vault, VaultError};

use super::{World, assert_refused, err, out, rand};

/// The launcher's only way to a bus in these tests.
const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";

/// Runs the test `name` again beside a keyring of its own; true when this is
/// that second run.
fn beside_keyring(name: &str, keyring: &str) -> bool {
    if std::env::var("KEYRING_TEST").is_ok_and(|running| running == name) {
        return true;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/keychain.sh");
    let mut again = Command::new(script);
    again.arg(std::env::current_exe().unwrap());
    again.args(["--exact", &format!("keychain::{name}"), "--nocapture"]);
    let output = again.env("KEYRING_TEST", name).env("KEYRING", keyring).output().unwrap();
    assert!(output.status.success(), "{}{}", out(&output), err(&output));
    assert!(out(&output).contains("1 passed"), "{name} is not the name of this test");
    false
}

/// Made up anew for each test, so that finding it anywhere means something.
fn value() -> String {
    format!("ghp_{}", Handle::new("x", rand()).as_str())
}

fn keychain(world: &World) -> Keychain {
    Keychain { state_id: world.state.id().unwrap(), bus: None }
}

/// Puts a value in the keychain and gives it to this profile as `TOKEN`.
fn give(world: &World, profile: &mut Profile, value: &str) -> Handle {
    let handle = Handle::new("TOKEN", rand());
    keychain(world).set(&handle, &Secret::new(value)).unwrap();
    profile.secrets = BTreeMap::from([("TOKEN".to_owned(), handle.clone())]);
    handle
}

/// The entry as rewritten, with the bus that a desktop session would have.
fn entry(world: &World, profile: &Profile, reference: &str) -> Command {
    let mut entry = world.entry(profile);
    entry.env(BUS, std::env::var(BUS).unwrap()).env("TOKEN", reference);
    entry
}

#[test]
fn a_value_comes_back_as_kept() {
    if !beside_keyring("a_value_comes_back_as_kept", "open") {
        return;
    }
    let world = World::new();
    let (keychain, handle) = (keychain(&world), Handle::new("TOKEN", rand()));
    let get = |handle: &Handle| keychain.get(handle).unwrap().map(|secret| secret.expose().to_owned());
    assert_eq!(get(&handle), None);
    for value in ["first", "second, with é, \"quotes\" and\nlines", "", &"long".repeat(5000)] {
        keychain.set(&handle, &Secret::new(value)).unwrap();
        assert_eq!(get(&handle).as_deref(), Some(value));
    }
    assert_eq!(get(&Handle::new("TOKEN", rand())), None);
    let other = Keychain { state_id: "another".into(), bus: None };
    assert!(other.get(&handle).unwrap().is_none());
    keychain.delete(&handle).unwrap();
    keychain.delete(&handle).unwrap();
    assert_eq!(get(&handle), None);
}

#[test]
fn the_server_gets_the_value() {
    if !beside_keyring("the_server_gets_the_value", "open") {
        return;
    }
    let world = World::new();
    let value = value();
    for mut profile in [world.profile("echo $TOKEN"), world.fenced("echo $TOKEN")] {
        let handle = give(&world, &mut profile, &value);
        let output = entry(&world, &profile, &handle.reference()).output().unwrap();
        assert_eq!(out(&output), format!("{value}\n"), "{}", err(&output));
        assert_eq!(err(&output), "");
        let file = world.state.profiles().join(format!("{}.json", profile.id.as_str()));
        assert!(!fs::read_to_string(file).unwrap().contains(&value));
    }
}

#[test]
fn no_process_list_shows_the_value() {
    if !beside_keyring("no_process_list_shows_the_value", "open") {
        return;
    }
    let world = World::new();
    let value = value();
    let script = "echo ready; read -r line";
    for mut profile in [world.profile(script), world.fenced(script)] {
        let handle = give(&world, &mut profile, &value);
        let mut child =
            entry(&world, &profile, &handle.reference()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0; 6]).unwrap();
        let (mut lines, mut holders) = (0, Vec::new());
        for process in fs::read_dir("/proc").unwrap() {
            let process = process.unwrap().path();
            let Ok(line) = fs::read(process.join("cmdline")) else {
                continue;
            };
            lines += 1;
            assert!(!contains(&line, &value), "{}", process.display());
            if fs::read(process.join("environ")).is_ok_and(|env| contains(&env, &value)) {
                holders.push(String::from_utf8_lossy(&line).into_owned());
            }
        }
        assert!(lines > 1);
        // The server has it, by way of its environment, and nobody else.
        assert_eq!(holders.len(), 1, "{holders:?}");
        assert!(holders[0].starts_with("/bin/sh\0-c\0"), "{holders:?}");
        drop(child.stdin.take());
        child.wait().unwrap();
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn another_command_gets_nothing() {
    if !beside_keyring("another_command_gets_nothing", "open") {
        return;
    }
    let world = World::new();
    let value = value();
    let mut profile = world.profile(&format!("env > {}", world.marker().display()));
    let handle = give(&world, &mut profile, &value);
    let reference = handle.reference();
    let id = profile.id.as_str().to_owned();
    profile.write(&world.state).unwrap();

    let mut changed = world.call(["run", "--profile", &id, "--", "server", "--go", "--print-env"]);
    changed.env(BUS, std::env::var(BUS).unwrap()).env("TOKEN", &reference);
    let changed = changed.output().unwrap();
    let stolen = entry(&world, &profile, &reference).env("OTHER", &reference).output().unwrap();
    let foreign = entry(&world, &profile, "keychain:OTHER-x").output().unwrap();
    let plain = entry(&world, &profile, "plain").output().unwrap();
    assert_refused(&changed, "its command line changed");
    assert_refused(&stolen, "its variable OTHER refers to a key");
    assert_refused(&foreign, "its variable TOKEN refers to a key");
    assert_refused(&plain, "its variable TOKEN changed");

    // Another profile asking for the same item by name has its own list.
    let other = world.profile(&format!("env > {}", world.marker().display()));
    assert_refused(&entry(&world, &other, &reference).output().unwrap(), "refers to a key");

    // The bus address is not taken as a program to run.
    let planted = format!("unixexec:path=/usr/bin/touch,argv1={}", world.marker().display());
    let output = entry(&world, &profile, &reference).env(BUS, planted).output().unwrap();
    // A desktop has another bus to fall back to, without this item.
    assert_refused(&output, "did not start demo");

    assert!(!world.marker().exists());
    for output in [changed, stolen, foreign, plain, output] {
        assert!(!err(&output).contains(&value));
    }
}

#[test]
fn a_missing_key_or_state_starts_nothing() {
    if !beside_keyring("a_missing_key_or_state_starts_nothing", "open") {
        return;
    }
    let world = World::new();
    let mut profile = world.profile(&format!("touch {}", world.marker().display()));
    let handle = give(&world, &mut profile, &value());
    let mut start = entry(&world, &profile, &handle.reference());
    keychain(&world).delete(&handle).unwrap();
    assert_refused(&start.output().unwrap(), "its key TOKEN is not in the keychain");
    for id in ["", "short"] {
        fs::write(world.state.dir().join("id"), id).unwrap();
        assert_refused(&start.output().unwrap(), "cannot read ");
    }
    fs::remove_file(world.state.dir().join("id")).unwrap();
    assert_refused(&start.output().unwrap(), "cannot read ");
    assert!(!world.marker().exists());
}

#[test]
fn a_closed_keychain_is_told_and_starts_nothing() {
    if !beside_keyring("a_closed_keychain_is_told_and_starts_nothing", "closed") {
        return;
    }
    let world = World::new();
    let mut profile = world.profile(&format!("touch {}", world.marker().display()));
    let handle = Handle::new("TOKEN", rand());
    let set = keychain(&world).set(&handle, &Secret::new("x"));
    assert!(matches!(set, Err(VaultError::Unavailable(_))), "{set:?}");
    profile.secrets = BTreeMap::from([("TOKEN".to_owned(), handle.clone())]);
    let mut start = entry(&world, &profile, &handle.reference());
    assert_refused(&start.output().unwrap(), "no keychain answers");
    // A desktop has another bus to fall back to, without this item.
    start.env(BUS, format!("unix:path={}", world.home().join("no-bus").display()));
    assert_refused(&start.output().unwrap(), "did not start demo");
    assert!(!world.marker().exists());
}

#[test]
fn a_locked_keychain_is_told_and_starts_nothing() {
    if !beside_keyring("a_locked_keychain_is_told_and_starts_nothing", "open") {
        return;
    }
    let world = World::new();
    let mut profile = world.profile(&format!("touch {}", world.marker().display()));
    let handle = give(&world, &mut profile, &value());
    call("Lock", &["array:objpath:/org/freedesktop/secrets/collection/login"]);
    let output = entry(&world, &profile, &handle.reference()).output().unwrap();
    assert_refused(&output, "the keychain is locked");
    let keychain = keychain(&world);
    let unknown = Handle::new("TOKEN", rand());
    assert!(matches!(keychain.get(&unknown), Err(VaultError::Locked)));
    assert!(matches!(keychain.set(&unknown, &Secret::new("x")), Err(VaultError::Locked)));
    assert!(!world.marker().exists());
}

#[test]
fn nothing_is_kept_where_it_would_be_forgotten() {
    if !beside_keyring("nothing_is_kept_where_it_would_be_forgotten", "open") {
        return;
    }
    let session = "objpath:/org/freedesktop/secrets/collection/session";
    call("SetAlias", &["string:default", session]);
    let world = World::new();
    let set = keychain(&world).set(&Handle::new("TOKEN", rand()), &Secret::new("x"));
    assert!(matches!(set, Err(VaultError::Temporary)), "{set:?}");
}

/// Asks the Secret Service itself.
fn call(method: &str, arguments: &[&str]) {
    let called = Command::new("dbus-send")
        .args(["--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"])
        .arg(format!("org.freedesktop.Secret.Service.{method}"))
        .args(arguments)
        .output()
        .unwrap();
    assert!(called.status.success(), "{}", err(&called));
}

/// The entry with a reference in its second word, and the words it is started with.
fn with_word(world: &World, mut profile: Profile, value: &str, around: [&str; 2]) -> (Profile, Command) {
    let handle = Handle::new("API_KEY", rand());
    keychain(world).set(&handle, &Secret::new(value)).unwrap();
    let word = format!("{}{}{}", around[0], handle.reference(), around[1]);
    profile.approved.argv[1] = Token::Text(word.clone());
    // `sh -c SCRIPT name WORD`
    profile.run.args.extend([Token::Text("server".into()), Token::Text(word.clone())]);
    profile.inside = vec![handle];
    profile.write(&world.state).unwrap();
    let mut start = world.call(["run", "--profile", profile.id.as_str(), "--", "server", &word]);
    start.env(BUS, std::env::var(BUS).unwrap());
    (profile, start)
}

#[test]
fn a_word_gets_exactly_the_value() {
    if !beside_keyring("a_word_gets_exactly_the_value", "open") {
        return;
    }
    let world = World::new();
    let other = Handle::new("OTHER", rand()).reference();
    let long = "x".repeat(2500);
    for value in ["$HOME ${X} `id` %PATH%", "\"quoted\" 'and' \\\\", "two\nlines\n", "päß 🔑", &other, &long, "-e --x"]
    {
        for profile in [world.profile("printf %s \"$1\""), world.fenced("printf %s \"$1\"")] {
            let (_, mut start) = with_word(&world, profile, value, ["{\"key\": \"", "\", \"a\": \"keychain:b\"}"]);
            let output = start.output().unwrap();
            assert_eq!(out(&output), format!("{{\"key\": \"{value}\", \"a\": \"keychain:b\"}}"), "{}", err(&output));
            assert_eq!(err(&output), "");
        }
    }
}

#[test]
fn a_value_in_a_word_is_in_the_servers_own_line_alone() {
    if !beside_keyring("a_value_in_a_word_is_in_the_servers_own_line_alone", "open") {
        return;
    }
    let world = World::new();
    let value = value();
    let script = "echo ready; read -r line";
    for profile in [world.profile(script), world.fenced(script)] {
        let (profile, mut start) = with_word(&world, profile, &value, ["--key=", ""]);
        let mut child = start.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0; 6]).unwrap();
        let mut holders = Vec::new();
        for process in fs::read_dir("/proc").unwrap() {
            let process = process.unwrap().path();
            if fs::read(process.join("cmdline")).is_ok_and(|line| contains(&line, &value)) {
                holders.push(fs::read(process.join("cmdline")).unwrap());
            }
            assert!(!fs::read(process.join("environ")).is_ok_and(|env| contains(&env, &value)));
        }
        assert_eq!(holders.len(), 1);
        assert!(holders[0].starts_with(b"/bin/sh\0-c\0"));
        drop(child.stdin.take());
        child.wait().unwrap();
        let file = world.state.profiles().join(format!("{}.json", profile.id.as_str()));
        assert!(!fs::read_to_string(file).unwrap().contains(&value));
    }
}

#[test]
fn a_word_gets_only_what_its_profile_names() {
    if !beside_keyring("a_word_gets_only_what_its_profile_names", "open") {
        return;
    }
    let world = World::new();
    let value = value();
    let script = format!("echo \"$1\" > {}", world.marker().display());
    let (mut profile, mut start) = with_word(&world, world.profile(&script), &value, ["--key=", ""]);
    let handle = profile.inside.remove(0);
    profile.write(&world.state).unwrap();
    let foreign = start.output().unwrap();
    assert_refused(&foreign, "its command line refers to a key it was not given");
    assert!(!err(&foreign).contains(&value));

    // What a variable is given is not given to a word.
    profile.secrets = BTreeMap::from([("TOKEN".to_owned(), handle.clone())]);
    profile.write(&world.state).unwrap();
    start.env("TOKEN", handle.reference());
    assert_refused(&start.output().unwrap(), "its command line refers to a key");
    start.env_remove("TOKEN");

    profile.secrets.clear();
    profile.inside = vec![handle.clone()];
    profile.write(&world.state).unwrap();
    keychain(&world).delete(&handle).unwrap();
    assert_refused(&start.output().unwrap(), "its key API_KEY is not in the keychain");

    let (headers, kinds) = (BTreeMap::new(), BTreeMap::new());
    profile.remote = Some(Remote { url: "https://a.example/mcp".into(), sse: false, headers, kinds });
    profile.write(&world.state).unwrap();
    assert_refused(&start.output().unwrap(), "only warder-relay speaks to it");
    assert!(!world.marker().exists());
}
