//! Options of a container that give it nothing of the computer but what is
//! read from them: its mounts and its network.
//!
//! A list of what is harmless, not of what is not: an option that a later
//! docker or podman brings is beyond it until somebody has looked at it.

use super::super::options::{Given, listed};
use super::super::paths;
use super::is_off;

const HARMLESS: &str = "-i --interactive -t --tty -d --detach -q --quiet --rm --read-only --init --no-healthcheck \
    --sig-proxy --help --replace --no-hosts --no-hostname --read-only-tmpfs --unsetenv-all -a --attach -e --env \
    --env-file -l --label -h --hostname -u --user -w --workdir -p --publish -P --publish-all -m --memory* -c --add-host \
    --annotation --cap-drop --cidfile --cpu-* --cpus --cpuset-* --detach-keys --dns* --domainname --entrypoint \
    --expose --health-* --ip --ip6 --mac-address --name --net --network --net-alias --network-alias --pids-limit \
    --platform --pull --restart --shm-size --stop-signal --stop-timeout --timeout --tmpfs --ulimit --tz --umask \
    --unsetenv --arch --os --variant";

/// What a mount may be made of; with any other word it may show a place that nothing here names.
const MOUNT: [&str; 11] = [
    "bind-propagation",
    "consistency",
    "destination",
    "dst",
    "readonly",
    "ro",
    "source",
    "src",
    "target",
    "tmpfs-mode",
    "tmpfs-size",
];

pub(super) fn is_within(given: &Given) -> bool {
    let value = given.value.as_ref().map(|value| value.text.as_str());
    match given.name.as_str() {
        "--privileged" | "--use-api-socket" | "--env-host" => value.is_some_and(is_off),
        "-v" | "--volume" => value.is_some_and(is_plain_volume),
        "--mount" => value.is_some_and(is_plain_mount),
        "--pid" | "--uts" | "--cgroupns" => value == Some("private"),
        "--ipc" => matches!(value, Some("private" | "none" | "shareable")),
        "--userns" => matches!(value, Some("auto" | "keep-id" | "nomap")),
        "--security-opt" => value.is_some_and(|value| value.starts_with("no-new-privileges")),
        name => listed(HARMLESS, name),
    }
}

/// A path of the computer, which is read as one, or a volume of the daemon's own.
fn is_plain_volume(value: &str) -> bool {
    if paths::has_drive(value.get(..3).unwrap_or("")) {
        return true;
    }
    let Some((source, _)) = value.split_once(':') else { return true };
    let named = |source: &str| source.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    paths::is_path(source) || source.contains(['/', '\\', '$']) || !source.starts_with(['.', '-']) && named(source)
}

/// `type=bind` with its source, or a volume or a file system in memory without options of a driver. Docker folds case and
/// takes quoted fields: those who write so mean something.
fn is_plain_mount(value: &str) -> bool {
    value.split(',').all(|field| match field.split_once('=').unwrap_or((field, "")) {
        ("type", kind) => matches!(kind, "bind" | "volume" | "tmpfs"),
        (key, text) => MOUNT.contains(&key) && !text.contains('"'),
    })
}
