//! `docker run` and `podman run`.

use super::options::{Given, Table};
use super::step::Step;
use super::words::Word;
use super::{Launcher, PathUse, PathWord, Payload, Reading, paths, spec};

mod within;

/// What a container was given of the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// As written; `None` when an unknown option hides it.
    pub image: Option<String>,
    /// The word of each option that matters, in order.
    pub options: Vec<(usize, ContainerOption)>,
    /// Something may give it more than its mounts and its network do: another daemon, another container's volumes, the
    /// computer's own processes or devices, an option that is not known.
    pub beyond: bool,
}

/// An option that widens or narrows what the container reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerOption {
    Privileged,
    /// A path of the host: `-v`, `--volume`, `--mount type=bind`.
    Mount {
        source: String,
        target: String,
        read_only: bool,
    },
    /// `--mount` or `-v` of a container runtime's own socket.
    Socket {
        source: String,
    },
    /// `--use-api-socket`.
    ApiSocket,
    /// `--network`: `host`, `none`, a name.
    Network(String),
    /// `--pid`.
    Pid(String),
    /// `--ipc`.
    Ipc(String),
    CapAdd(String),
    CapDrop(String),
    Security(String),
    Device(String),
    User(String),
    /// `-p`: a port of the computer that leads into the container.
    Publish(String),
    /// `-P`: every port that the image names.
    PublishAll,
    /// `--env-host`: the whole environment.
    AllEnv,
    /// `--read-only`: the container's own files cannot be changed.
    ReadOnly,
}

const GLOBAL: Table = Table {
    switches: "-D --debug --tls --tlsverify -v -r --remote --noout --syslog --transient-store",
    values: "--config -c --context -H --host -l --log-level --tlscacert --tlscert --tlskey \
        --connection --url --identity --root --runroot --runtime --storage-driver \
        --storage-opt --cgroup-manager --conmon --events-backend --hooks-dir --module \
        --network-cmd-path --network-config-dir --out --ssh --tmpdir --volumepath \
        --imagestore",
    pairs: "",
};

/// `docker/cli`: container/opts.go, run.go; podman-run(1) adds its own.
const RUN: Table = Table {
    switches: "-i --interactive -t --tty -d --detach -P --publish-all -q --quiet --rm \
        --privileged --read-only --init --no-healthcheck --oom-kill-disable --sig-proxy \
        --use-api-socket --disable-content-trust --help --env-host --replace --tls-verify \
        --http-proxy --no-hosts --no-hostname --read-only-tmpfs --rmi --unsetenv-all \
        --passwd --rootfs",
    values: "-a -e -l -h -u -w -p -v -m -c --add-host --annotation --attach --blkio-weight* \
        --cap-add --cap-drop --cgroup-parent --cgroupns --cidfile --count --cpu-* --cpus \
        --cpuset-* --detach-keys --device* --dns* --domainname --entrypoint --env \
        --env-file --expose --gpus --group-add --health-* --hostname --io-max* --ip --ip6 \
        --ipc --isolation --kernel-memory --label --label-file --link --link-local-ip \
        --log-driver --log-opt --mac-address --memory* --mount --name --net --network \
        --net-alias --network-alias --oom-score-adj --pid --pids-limit --platform \
        --publish --pull --restart --runtime --security-opt --shm-size --stop-signal \
        --stop-timeout --storage-opt --sysctl --tmpfs --ulimit --user --userns --uts \
        --volume --volume-driver --volumes-from --workdir --authfile --creds --env-merge \
        --secret --pod --systemd --passwd-entry --arch --os --variant --chrootdirs \
        --conmon-pidfile --decryption-key --gidmap --group-entry --hooks-dir --hostuser \
        --image-volume --init-path --init-ctr --personality --pidfile --pod-id-file \
        --preserve-fd --preserve-fds --rdt-class --requires --retry --retry-delay \
        --sdnotify --seccomp-policy --shm-size-systemd --subgidname --subuidname --timeout \
        --tz --uidmap --umask --unsetenv --cert-dir --cgroup-conf --cgroups --intel-rdt-*",
    pairs: "",
};

pub(super) fn docker(reading: &mut Reading, words: &[Word], launcher: Launcher) -> Step {
    let global = GLOBAL.scan(words, 1);
    if let Some(option) = &global.unknown {
        return reading.opaque(launcher, option);
    }
    let verb = |ahead: usize| words.get(global.next + ahead).map_or("", |word| word.text.as_str());
    let start = match (verb(0), verb(1)) {
        ("run", _) => global.next + 1,
        ("container", "run") => global.next + 2,
        ("exec", _) | ("container", "exec") => {
            return reading.opaque(launcher, "it enters a container that runs already");
        }
        ("compose" | "stack", _) => return reading.opaque(launcher, "a compose file says what runs"),
        ("mcp", _) => {
            return reading.opaque(Launcher::DockerMcpGateway, "a gateway with servers of its own behind it");
        }
        _ => return reading.opaque(launcher, "it starts no container"),
    };
    let scan = RUN.scan(words, start);
    let mut container = Container::default();
    let plain = global.given.is_empty() && scan.unknown.is_none();
    container.beyond = !plain || !scan.given.iter().all(within::is_within);
    for given in &scan.given {
        option(reading, &mut container, given);
    }
    let image = words.get(scan.next).filter(|_| scan.unknown.is_none());
    container.image = image.map(|word| word.text.clone());
    reading.launch.launcher = launcher;
    reading.launch.container = Some(Box::new(container));
    let payload = match (&scan.unknown, image) {
        (Some(option), _) => Payload::Opaque(option.clone()),
        (None, Some(image)) => spec::image(image),
        (None, None) => Payload::Opaque("it names no image".to_owned()),
    };
    // The arguments are paths inside the container, not on this computer.
    let mounts = std::mem::take(&mut reading.launch.paths);
    let step = reading.finish(payload, words, scan.next + 1);
    reading.launch.paths = mounts;
    step
}

fn option(reading: &mut Reading, container: &mut Container, given: &Given) {
    let Some(value) = &given.value else {
        let switch = match given.name.as_str() {
            "--privileged" => ContainerOption::Privileged,
            "--use-api-socket" => ContainerOption::ApiSocket,
            "--env-host" => ContainerOption::AllEnv,
            "--read-only" => ContainerOption::ReadOnly,
            "-P" | "--publish-all" => ContainerOption::PublishAll,
            _ => return,
        };
        container.options.push((given.at, switch));
        return;
    };
    let text = value.text.clone();
    let on = !is_off(&text);
    let what = match given.name.as_str() {
        "-e" | "--env" => {
            if let Some((name, value)) = value.split('=') {
                reading.assign(name.text, &value);
            }
            return;
        }
        "-v" | "--volume" => return volume(reading, container, given.at, value),
        "--mount" => return mount(reading, container, given.at, value),
        "--privileged" if on => ContainerOption::Privileged,
        "--use-api-socket" if on => ContainerOption::ApiSocket,
        "--env-host" if on => ContainerOption::AllEnv,
        "--read-only" if on => ContainerOption::ReadOnly,
        "--net" | "--network" => ContainerOption::Network(text),
        "--pid" => ContainerOption::Pid(text),
        "--ipc" => ContainerOption::Ipc(text),
        "--cap-add" => ContainerOption::CapAdd(text),
        "--cap-drop" => ContainerOption::CapDrop(text),
        "--security-opt" => ContainerOption::Security(text),
        "--device" => ContainerOption::Device(text),
        "-u" | "--user" => ContainerOption::User(text),
        "-p" | "--publish" => ContainerOption::Publish(text),
        "-P" | "--publish-all" if on => ContainerOption::PublishAll,
        _ => return,
    };
    container.options.push((given.at, what));
}

/// How a switch is turned off (`strconv.ParseBool`).
fn is_off(text: &str) -> bool {
    matches!(text, "false" | "0" | "f" | "F" | "False" | "FALSE")
}

/// `source:target[:options]`; a source without a slash is a named volume.
fn volume(reading: &mut Reading, container: &mut Container, at: usize, value: &Word) {
    let drive = if paths::has_drive(value.text.get(..3).unwrap_or("")) { 2 } else { 0 };
    let Some(end) = value.text[drive..].find(':').map(|at| at + drive) else {
        return;
    };
    let source = value.part(0..end);
    let rest = &value.text[end + 1..];
    let (target, options) = rest.split_once(':').unwrap_or((rest, ""));
    let read_only = options.split(',').any(|option| option == "ro" || option == "readonly");
    if paths::is_path(&source.text) || source.text.contains(['/', '\\', '$']) {
        host(reading, container, at, &source, target, read_only);
    }
}

/// `type=bind,source=…,target=…,readonly`.
fn mount(reading: &mut Reading, container: &mut Container, at: usize, value: &Word) {
    let (mut source, mut target, mut bind, mut read_only) = (None, String::new(), false, false);
    let mut start = 0;
    for field in value.text.split(',') {
        let (key, text) = field.split_once('=').unwrap_or((field, ""));
        match key {
            "type" => bind = text == "bind",
            "source" | "src" => source = Some(value.part(start + key.len() + 1..start + field.len())),
            "target" | "dst" | "destination" => target = text.to_owned(),
            "readonly" | "ro" => read_only = !matches!(text, "false" | "0"),
            _ => {}
        }
        start += field.len() + 1;
    }
    if let Some(source) = source.filter(|_| bind) {
        host(reading, container, at, &source, &target, read_only);
    }
}

fn host(reading: &mut Reading, container: &mut Container, at: usize, source: &Word, target: &str, read_only: bool) {
    const SOCKETS: &[&str] = &["docker.sock", "docker_engine", "containerd.sock", "podman.sock", "crio.sock"];
    let text = source.text.clone();
    let name = text.rsplit(['/', '\\']).next().unwrap_or("");
    let what = if SOCKETS.contains(&name) {
        ContainerOption::Socket { source: text.clone() }
    } else {
        ContainerOption::Mount { source: text.clone(), target: target.to_owned(), read_only }
    };
    container.options.push((at, what));
    reading.launch.paths.push(PathWord {
        word: source.at,
        range: source.range(),
        path: text,
        how: PathUse::Mount,
        read_only,
    });
}
