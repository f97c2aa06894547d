"""What a server could try: run once without a fence and once inside one.

`probe.py FACTS`: each probe in a process of its own; prints one JSON object of name to "open", "blocked: why" or "not
here". A probe that writes says "open" when the call went through; whether the host saw it is for host.py to tell.
`probe.py FACTS daemon` leaves a process behind; `probe.py FACTS hold` does the same and stays.
"""

import ctypes
import errno
import fcntl
import json
import os
import platform
import resource
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys

facts = json.load(open(sys.argv[1]))
home, project, secret = facts["home"], facts["project"], facts["secret"]
libc = ctypes.CDLL(None, use_errno=True)
LAUNCHER = os.getppid()

# The kernel's numbers: x86-64, and what all later architectures share.
X86 = platform.machine() == "x86_64"
NUMBERS = {
    "keyctl": 250 if X86 else 219,
    "bpf": 321 if X86 else 280,
    "perf_event_open": 298 if X86 else 241,
    "userfaultfd": 323 if X86 else 282,
    "io_uring_setup": 425,
}
CLONE_NEWNS, CLONE_NEWUSER, MNT_DETACH, PTRACE_SEIZE, TIOCSTI = 0x20000, 0x10000000, 2, 0x4206, 0x5412


class Blocked(Exception):
    """Kept out without an error of the system."""


class NotHere(Exception):
    """What is probed does not exist on this computer, or not for this user."""


def checked(result):
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def syscall(name, *arguments):
    return checked(libc.syscall(ctypes.c_long(NUMBERS[name]), *arguments))


def reads(path):
    with open(path, "rb") as file:
        if secret.encode() not in file.read(1 << 20):
            raise Blocked("something else is there")


def writes(path, text="probe\n", mode="w"):
    with open(path, mode) as file:
        file.write(text)


PROBES = {}


def probe(function):
    PROBES[function.__name__] = function
    return function


def each(kind):
    """Several probes of one shape: (name, argument …)."""

    def add(rows):
        for name, *arguments in rows:
            PROBES[name] = lambda arguments=arguments: kind(*arguments)

    return add


each(reads)([
    ("read_ssh_key", f"{home}/.ssh/id_rsa"),
    ("read_client_config", f"{home}/.cursor/mcp.json"),
    ("proc_1_root", f"/proc/1/root{home}/.ssh/id_rsa"),
    ("proc_outside_root", f"/proc/{facts['victim']}/root{home}/.ssh/id_rsa"),
    ("outside_environ", f"/proc/{facts['victim']}/environ"),
    ("posix_shm", f"/dev/shm/{facts['shm_name']}"),
])
each(writes)([
    ("append_bashrc", f"{home}/.bashrc", "probe\n", "a"),
    ("overwrite_client_config", f"{home}/.cursor/mcp.json"),
    ("modify_own_package", f"{facts['package']}/index.js"),
    ("write_granted_folder", f"{project}/data/made"),
    ("write_beside_git", f"{project}/made"),
    ("plant_git_hook", f"{project}/.git/hooks/pre-commit"),
    ("plant_nested_git_hook", f"{project}/apps/one/.git/hooks/pre-commit"),
])


@probe
def list_ssh():
    if "id_rsa" not in os.listdir(f"{home}/.ssh"):
        raise Blocked("an empty folder")


@probe
def create_autostart():
    os.makedirs(f"{home}/.config/autostart", exist_ok=True)
    writes(f"{home}/.config/autostart/probe.desktop")


@probe
def make_repository():
    os.makedirs(f"{project}/data/new/.git/hooks")
    writes(f"{project}/data/new/.git/config", "[core]\n\tfsmonitor = x\n")
    # Landlock closes the folders on the way to a repository at the next start, where other probes leave their marks.
    shutil.rmtree(f"{project}/data/new")


@probe
def make_bare_repository():
    for folder in ["objects", "refs"]:
        os.makedirs(f"{project}/data/bare/{folder}")
    writes(f"{project}/data/bare/HEAD", "ref: refs/heads/main\n")
    shutil.rmtree(f"{project}/data/bare")


@probe
def rename_git():
    os.rename(f"{project}/.git", f"{project}/data/moved")
    os.rename(f"{project}/data/moved", f"{project}/.git")


@probe
def rename_nested_project():
    os.rename(f"{project}/apps", f"{project}/data/moved")
    os.rename(f"{project}/data/moved", f"{project}/apps")


@probe
def symlink_to_secret():
    os.symlink(f"{home}/.ssh/id_rsa", f"{project}/data/link")
    reads(f"{project}/data/link")


@probe
def hard_link_of_secret():
    os.link(f"{home}/.ssh/id_rsa", f"{project}/data/hard")
    reads(f"{project}/data/hard")


@probe
def hard_link_of_git_config():
    os.link(f"{project}/.git/config", f"{project}/data/config")
    os.unlink(f"{project}/data/config")


@probe
def see_outside_processes():
    with open(f"/proc/{facts['victim']}/cmdline", "rb") as file:
        if facts["mark"].encode() not in file.read():
            raise Blocked("another process has its number")


@probe
def signal_outside():
    try:
        with open(f"/proc/{facts['host']}/cmdline", "rb") as file:
            another = b"host.py" not in file.read()
    except OSError:
        another = False
    if another:
        raise Blocked("another process has its number")
    os.kill(facts["host"], signal.SIGUSR1)


@probe
def ptrace_outside():
    checked(libc.ptrace(PTRACE_SEIZE, facts["victim"], None, None))


@probe
def process_vm_readv_outside():
    class Iovec(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]

    buffer = ctypes.create_string_buffer(8)
    ours, theirs = Iovec(ctypes.addressof(buffer), 8), Iovec(facts["victim_memory"], 8)
    checked(libc.process_vm_readv(facts["victim"], ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0))


def greets(family, kind, address):
    if address is None:
        raise NotHere
    with socket.socket(family, kind) as client:
        client.settimeout(5)
        client.connect(tuple(address) if isinstance(address, list) else address)
        if kind == socket.SOCK_DGRAM:
            client.send(b"?")
        if client.recv(64) != b"hello":
            raise Blocked("somebody else answered")


def bytes_of(name):
    return b"\0" + name.encode()


each(greets)([
    ("loopback_tcp", socket.AF_INET, socket.SOCK_STREAM, facts["tcp"]),
    ("loopback_tcp_6", socket.AF_INET6, socket.SOCK_STREAM, facts["tcp6"]),
    ("loopback_udp", socket.AF_INET, socket.SOCK_DGRAM, facts["udp"]),
    ("lan_tcp", socket.AF_INET, socket.SOCK_STREAM, facts["lan_tcp"]),
    ("lan_udp", socket.AF_INET, socket.SOCK_DGRAM, facts["lan_udp"]),
    ("session_bus", socket.AF_UNIX, socket.SOCK_STREAM, facts["bus"]),
    ("docker_socket", socket.AF_UNIX, socket.SOCK_STREAM, facts["docker"]),
    ("ssh_agent", socket.AF_UNIX, socket.SOCK_STREAM, facts["agent"]),
    ("socket_in_granted_folder", socket.AF_UNIX, socket.SOCK_STREAM, facts["granted_socket"]),
    ("abstract_socket", socket.AF_UNIX, socket.SOCK_STREAM, bytes_of(facts["abstract"])),
])


@probe
def bind_and_listen():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()


@probe
def vsock():
    socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()


@probe
def netlink_interfaces():
    if not facts["interfaces"]:
        raise NotHere
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as asked:
        asked.settimeout(5)
        # RTM_GETLINK, as a dump.
        asked.send(struct.pack("=IHHII", 32, 18, 0x301, 1, 0) + bytes(16))
        answer = asked.recv(1 << 16)
        if not any(name.encode() + b"\0" in answer for name in facts["interfaces"]):
            raise Blocked("none of the host's")


@probe
def packet_socket():
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()


@probe
def raw_socket():
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()


@probe
def tiocsti():
    failures = []
    for terminal in ("/dev/tty", 2):
        try:
            opened = os.open(terminal, os.O_RDWR) if isinstance(terminal, str) else terminal
            fcntl.ioctl(opened, TIOCSTI, b"x")
            return
        except OSError as error:
            failures.append(error)
    raise failures[-1]


def new_namespaces(flags):
    checked(libc.unshare(flags))


@probe
def user_namespace():
    new_namespaces(CLONE_NEWUSER)


@probe
def user_namespace_by_clone3():
    # struct clone_args: flags, then the signal at its end.
    arguments = struct.pack("=11Q", CLONE_NEWUSER, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, 0)
    child = checked(libc.syscall(ctypes.c_long(435), arguments, len(arguments)))
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def remounts():
    if libc.umount2(home.encode(), MNT_DETACH) == 0:
        return
    checked(libc.mount(b"none", project.encode(), b"tmpfs", 0, None))
    libc.umount2(project.encode(), MNT_DETACH)


PROBES["mount_or_unmount"] = remounts


@probe
def mount_in_user_namespace():
    new_namespaces(CLONE_NEWUSER | CLONE_NEWNS)
    remounts()


@probe
def setuid_program():
    program = "/usr/bin/su"
    if os.geteuid() == 0 or not os.path.exists(program) or not os.stat(program).st_mode & stat.S_ISUID:
        raise NotHere
    child = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        # By its privileges, and not by its number, which is a matter of the namespace.
        lines = open(f"/proc/{child.pid}/status").read().splitlines()
        capabilities = next(line.split()[1] for line in lines if line.startswith("CapEff"))
        if int(capabilities, 16) == 0:
            raise Blocked("it gains nothing")
    finally:
        child.kill()
        child.wait()


@probe
def capabilities():
    lines = open("/proc/self/status").read().splitlines()
    held = {line.split()[0]: int(line.split()[1], 16) for line in lines if line.startswith("Cap")}
    if not held["CapEff:"] and not held["CapPrm:"] and not held["CapAmb:"]:
        raise Blocked("none")


@probe
def device_node():
    node = f"{project}/data/disk"
    os.mknod(node, stat.S_IFBLK | 0o600, facts["disk"])
    try:
        with open(node, "rb", buffering=0) as disk:
            disk.read(1)
    finally:
        os.unlink(node)


@probe
def chroot():
    os.chroot(project)


@probe
def session_keyring():
    # KEYCTL_GET_KEYRING_ID of the session's.
    syscall("keyctl", 0, ctypes.c_long(-3), 1)


@probe
def bpf():
    # BPF_MAP_CREATE of an array.
    attributes = struct.pack("=4I", 2, 4, 4, 1) + bytes(112)
    os.close(syscall("bpf", 0, attributes, len(attributes)))


@probe
def perf_event_open():
    # A software clock of this process alone, without the kernel's part.
    attributes = bytearray(128)
    struct.pack_into("=II", attributes, 0, 1, 128)
    struct.pack_into("=Q", attributes, 40, 1 << 5 | 1 << 6)
    os.close(syscall("perf_event_open", bytes(attributes), 0, ctypes.c_long(-1), ctypes.c_long(-1), 0))


@probe
def io_uring():
    os.close(syscall("io_uring_setup", 1, bytes(120)))


@probe
def userfaultfd():
    os.close(syscall("userfaultfd", os.O_CLOEXEC | 1))


@probe
def sysv_shm():
    libc.shmat.restype = ctypes.c_void_p
    at = libc.shmat(facts["shm"], None, 0o10000)
    if at == ctypes.c_void_p(-1).value:
        checked(-1)
    if not ctypes.string_at(at, len(secret)).decode(errors="replace") == secret:
        raise Blocked("something else is there")


@probe
def inherited_descriptor():
    for number in range(3, 256):
        try:
            if secret.encode() in os.pread(number, 4096, 0):
                return
        except OSError:
            continue
    raise Blocked("there is none")


@probe
def secret_variable():
    if secret not in os.environ.values():
        raise Blocked("there is none")


@probe
def shadow():
    open("/etc/shadow", "rb").read(1)


@probe
def other_temporary_files():
    os.stat(facts["temporary"])


each(reads)([("read_other_temporary_files", facts["temporary"])])


@probe
def sysrq():
    # Opened, never written.
    os.close(os.open("/proc/sysrq-trigger", os.O_WRONLY))


@probe
def kernel_settings():
    # Opened, never written.
    os.close(os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY))


@probe
def many_processes():
    most, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    if most != resource.RLIM_INFINITY and most <= 4096:
        raise Blocked(f"{most} at most")


@probe
def memory_of_the_launcher():
    failures = []
    for process in (1, LAUNCHER):
        try:
            os.close(os.open(f"/proc/{process}/mem", os.O_RDWR))
            return
        except OSError as error:
            failures.append(error)
    raise failures[-1]


def proxied(target):
    """Through the proxy that the variables name, if they name one."""
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy") or facts["proxy"]
    host, _, port = proxy.split("//")[-1].strip("/").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=5) as client:
        client.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        answer = client.recv(64)
        if b" 200" not in answer:
            raise Blocked(answer.split(b"\r")[0].decode(errors="replace") or "closed")


def address(pair):
    if pair is None:
        raise NotHere
    return f"{pair[0]}:{pair[1]}"


PROBES["proxy_port_elsewhere"] = PROBES["lan_tcp"]
PROBES["literal_address_through_the_proxy"] = lambda: proxied(address(facts["tcp"]))
PROBES["lan_address_through_the_proxy"] = lambda: proxied(address(facts["lan_tcp"]))
PROBES["other_name_through_the_proxy"] = lambda: proxied(f"localhost:{facts['tcp'][1]}")


def run(function):
    """In a process of its own: some of them change or end it."""
    said, saying = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(said)
        try:
            function()
            verdict = "open"
        except NotHere:
            verdict = "not here"
        except Blocked as why:
            verdict = f"blocked: {why}"
        except OSError as error:
            verdict = f"blocked: {errno.errorcode.get(error.errno, error)}"
        except BaseException as error:
            verdict = f"failed: {error!r}"
        os.write(saying, verdict.encode())
        os._exit(0)
    os.close(saying)
    verdict = b""
    while part := os.read(said, 4096):
        verdict += part
    os.close(said)
    os.waitpid(child, 0)
    return verdict.decode() or "blocked: ended"


def leave_a_daemon():
    """One that nobody waits for and that ignores what it can; its lock tells whether it lives."""
    said, saying = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for name in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
                signal.signal(name, signal.SIG_IGN)
            lock = open(f"{project}/data/alive", "w")
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.write(str(os.getpid()))
            lock.flush()
            os.close(said)
            os.write(saying, b"1")
            os.close(saying)
            while True:
                signal.pause()
        os._exit(0)
    os.close(saying)
    os.read(said, 1)


if sys.argv[2:]:
    leave_a_daemon()
    print("ready", flush=True)
    if sys.argv[2] == "hold":
        signal.pause()
else:
    print(json.dumps({name: run(function) for name, function in PROBES.items()}), flush=True)
