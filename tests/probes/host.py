"""The computer around a server: what there is to steal, to reach and to break, for one user.

`host.py` reads from stdin one JSON object: `home`, `project`, `package`, `base` (a folder of its own for all the rest),
`secret`, `port` (a free one), and the command lines `probes`, `daemon` and `hold`, each started with an environment
`env`. Prints one JSON object of probe to verdict. Everything ends with it; what could outlive it, it removes.
"""

import ctypes
import fcntl
import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import termios
import threading

asked = json.load(sys.stdin)
home, project, package, base, secret = (asked[name] for name in ("home", "project", "package", "base", "secret"))
libc = ctypes.CDLL(None, use_errno=True)

proxy_port = None
signals = []
signal.signal(signal.SIGUSR1, lambda *_: signals.append(1))


def answer(server):
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        with client:
            if server.family == socket.AF_INET and server.getsockname()[1] == proxy_port:
                client.recv(4096)
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                client.sendall(b"hello")


def answer_datagrams(server):
    while True:
        try:
            _, sender = server.recvfrom(64)
        except OSError:
            return
        server.sendto(b"hello", sender)


def listen(family, address):
    """What it can be reached at; `None` when this computer has no such address."""
    try:
        server = socket.socket(family, socket.SOCK_STREAM)
        if isinstance(address, str) and not address.startswith("\0"):
            os.makedirs(os.path.dirname(address), exist_ok=True)
        server.bind(address)
    except OSError:
        return None
    server.listen()
    threading.Thread(target=answer, args=[server], daemon=True).start()
    return server.getsockname()[:2] if isinstance(address, tuple) else address


def receive(address):
    try:
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(address)
    except OSError:
        return None
    threading.Thread(target=answer_datagrams, args=[server], daemon=True).start()
    return server.getsockname()


def own_address():
    """This computer's own address towards others; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))
            return asking.getsockname()[0]
        except OSError:
            return None


def shared_memory():
    """Marked for removal while it is attached, so that it goes with this process, however that ends."""
    number = libc.shmget(0, 4096, 0o1600)
    libc.shmat.restype = ctypes.c_void_p
    at = libc.shmat(number, None, 0)
    ctypes.memmove(at, secret.encode(), len(secret))
    libc.shmctl(number, 0, None)
    return number


mark = "victim-" + os.path.basename(base)
# Ends with this process, at the end of its input.
victim = subprocess.Popen(
    [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()", mark],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "TOKEN": secret},
)
victim.stdout.read(1)

lan = own_address()
proxy = listen(socket.AF_INET, ("127.0.0.1", 0))
proxy_port = proxy[1]
shm_name = "warder-probe-" + mark
with open(f"/dev/shm/{shm_name}", "w") as file:
    file.write(secret)
temporary = f"{base}/other.txt"
with open(temporary, "w") as file:
    file.write(secret)
disk = os.stat(project).st_dev

facts = {
    "home": home, "project": project, "package": package, "secret": secret, "mark": mark, "temporary": temporary,
    "victim": victim.pid, "host": os.getpid(), "disk": disk,
    "victim_memory": int(open(f"/proc/{victim.pid}/maps").readline().split("-")[0], 16),
    "tcp": listen(socket.AF_INET, ("127.0.0.1", 0)), "tcp6": listen(socket.AF_INET6, ("::1", 0)),
    "udp": receive(("127.0.0.1", 0)),
    "lan_tcp": lan and listen(socket.AF_INET, (lan, asked["port"])), "lan_udp": lan and receive((lan, 0)),
    "bus": listen(socket.AF_UNIX, f"{base}/run/bus"), "docker": listen(socket.AF_UNIX, f"{home}/.docker/run/docker.sock"),
    "agent": listen(socket.AF_UNIX, f"{base}/ssh/agent.1"),
    "granted_socket": listen(socket.AF_UNIX, f"{project}/s"),
    "abstract": mark, "interfaces": [name for _, name in socket.if_nameindex() if name != "lo"],
    "shm": shared_memory(), "shm_name": shm_name, "proxy": f"http://127.0.0.1:{proxy_port}",
}
listen(socket.AF_UNIX, "\0" + mark)
with open(f"{package}/facts.json", "w") as file:
    json.dump(facts, file)


def start(words):
    """As a careless client does: its terminal, an open file with a key in it, and a key in the environment."""
    ours, theirs = pty.openpty()

    def session():
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
        os.dup2(os.open(f"{home}/.ssh/id_rsa", os.O_RDONLY), 9)

    env = {**asked["env"], "TOKEN": secret}
    started = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=theirs, env=env, cwd="/", preexec_fn=session,
        close_fds=False,
    )
    os.close(theirs)
    os.set_blocking(ours, False)
    return started, ours


def failure(started, terminal):
    try:
        said = os.read(terminal, 1 << 16)
    except OSError:
        said = b""
    return f"failed: {started.wait(timeout=60)} {said.decode(errors='replace')}"


def lives(patience=0):
    """Whether the daemon is there, after so many seconds at most; it is ended then. `None`: it never was."""
    path = f"{project}/data/alive"
    if not os.path.exists(path):
        return None
    with open(path) as lock:
        try:
            if patience:
                signal.alarm(patience)
                fcntl.flock(lock, fcntl.LOCK_EX)
            else:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
        except (BlockingIOError, TimeoutError):
            end(int(lock.read()))
            return True
        finally:
            signal.alarm(0)
            os.unlink(path)


def end(number):
    """Ends what the daemon says it is, if it is: in a namespace of its own it does not know its number."""
    try:
        with open(f"/proc/{number}/cmdline", "rb") as file:
            if f"{package}/probe.py".encode() in file.read():
                os.kill(number, signal.SIGKILL)
    except FileNotFoundError:
        pass


def too_late(*_):
    raise TimeoutError


signal.signal(signal.SIGALRM, too_late)


def verdict(alive, why):
    return "failed: no daemon" if alive is None else "open" if alive else f"blocked: {why}"


def probes():
    started, terminal = start(asked["probes"])
    output, _ = started.communicate(timeout=60)
    try:
        found = json.loads(output)
    except ValueError:
        return {"start": failure(started, terminal)}
    # What the call says is not what the host saw.
    seen = {
        "append_bashrc": lambda: "probe" in open(f"{home}/.bashrc").read(),
        "overwrite_client_config": lambda: "probe" in open(f"{home}/.cursor/mcp.json").read(),
        "create_autostart": lambda: os.path.exists(f"{home}/.config/autostart/probe.desktop"),
        "modify_own_package": lambda: "probe" in open(f"{package}/index.js").read(),
        "write_granted_folder": lambda: os.path.exists(f"{project}/data/made"),
        "write_beside_git": lambda: os.path.exists(f"{project}/made"),
        "plant_git_hook": lambda: os.path.exists(f"{project}/.git/hooks/pre-commit"),
        "plant_nested_git_hook": lambda: os.path.exists(f"{project}/apps/one/.git/hooks/pre-commit"),
    }
    for name, look in seen.items():
        if found[name] == "open" and not look():
            found[name] = "faked"
        elif found[name] != "open" and look():
            found[name] = "open"
    if found["signal_outside"] == "open" and not signals:
        found["signal_outside"] = "faked"
    return found


def daemon_outlives():
    started, _terminal = start(asked["daemon"])
    # Not to the end of its output, which the daemon may hold.
    started.stdout.readline()
    started.wait(timeout=60)
    return verdict(lives(), "it ended with the launcher")


def killed():
    started, terminal = start(asked["hold"])
    if started.stdout.readline() != b"ready\n":
        return failure(started, terminal)
    started.kill()
    started.wait()
    if asked["fenced"]:
        # The end comes from elsewhere then; the client must see it.
        readable, _, _ = select.select([started.stdout], [], [], 10)
        if not readable or started.stdout.read():
            lives()
            return "open"
        return verdict(lives(patience=10), "nothing survives")
    return verdict(lives(), "nothing survives")


try:
    results = probes()
    if "start" not in results:
        results["daemon_outlives_the_launcher"] = daemon_outlives()
        results["killed_launcher_leaves_something"] = killed()
    print(json.dumps(results))
finally:
    os.unlink(f"/dev/shm/{shm_name}")
    victim.kill()
