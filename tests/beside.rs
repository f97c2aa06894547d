//! A test that needs a keyring runs itself again beside one of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Runs the test again beside a keyring of its own; true in that second run.
pub(crate) fn beside_keyring(name: &str) -> bool {
    if std::env::var("KEYRING_TEST").is_ok_and(|running| running == name) {
        return true;
    }
    let mut again = Command::new(root().join("tests/keychain.sh"));
    again.arg(std::env::current_exe().unwrap()).args(["--exact", name, "--nocapture"]).env("KEYRING_TEST", name);
    passed(&again.output().unwrap(), name);
    false
}

/// Such a run was of this very test, and went well.
pub(crate) fn passed(output: &Output, name: &str) {
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", said(&output.stdout), said(&output.stderr));
    assert!(said(&output.stdout).contains("1 passed"), "{name} is not the name of this test");
}
