"""What a server might try: each argument is a try, each line what came of it."""

import os
import select
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

ANY = ssl._create_unverified_context()


def fetch(url, *handlers):
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=ANY), *handlers)
    with opener.open(url, timeout=20) as answer:
        return answer.read().decode()


def proxied(url):
    return fetch(url)


def direct(url):
    """As Node 20 and aiohttp do."""
    return fetch(url, urllib.request.ProxyHandler({}))


def posted(url, *handlers):
    """A large body there, and the same back."""
    body = os.urandom(3 << 20)
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=ANY), *handlers)
    with opener.open(url, data=body, timeout=20) as answer:
        return "same" if answer.read() == body else "different"


def posted_direct(url):
    return posted(url, urllib.request.ProxyHandler({}))


def tcp(address, port):
    with socket.create_connection((address, int(port)), timeout=5) as there:
        return "open"


def greeting(name, port):
    with socket.create_connection((name, int(port)), timeout=20) as there:
        return there.makefile().readline().strip()


def tls(address, name):
    """To this address (or name), for that name."""
    with socket.create_connection((address, 443), timeout=20) as there:
        return secure(there, name)


def late(address, name):
    """The same, from one who lets the other side wait for the first word."""
    with socket.create_connection((address, 443), timeout=7) as there:
        try:
            if not there.recv(1):
                raise ConnectionResetError
        except TimeoutError:
            pass
        return secure(there, name)


def tunnel(host, name):
    """Through the proxy to one host, for another name."""
    proxy = os.environ["HTTPS_PROXY"].removeprefix("http://").rsplit(":", 1)
    with socket.create_connection((proxy[0], int(proxy[1])), timeout=20) as there:
        there.sendall(f"CONNECT {host}:443 HTTP/1.1\r\n\r\n".encode())
        status = there.recv(4096).split(b"\r\n")[0].decode()
        return secure(there, name) if " 200 " in status else status


def secure(there, name):
    with ANY.wrap_socket(there, server_hostname=name) as secured:
        secured.sendall(b"GET /tls HTTP/1.0\r\nHost: x\r\n\r\n")
        return secured.makefile().read().splitlines()[-1]


def udp(address, port):
    """A question that the small internet's name server answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        there.settimeout(1)
        query = b"\0\1\1\0\0\1\0\0\0\0\0\0" + b"\3one\7example\3org\0\0\1\0\1"
        there.sendto(query, (address, int(port)))
        return "open" if there.recv(512) else ""


def names(*hosts):
    """Only looked up."""
    found = []
    for host in hosts:
        try:
            found.append(sorted({there[4][0] for there in socket.getaddrinfo(host, 443)}))
        except socket.gaierror:
            found.append("unknown")
    return found if len(found) > 1 else found[0]


def node(url):
    """Node 20 and older know no proxy; newer ones use it."""
    script = f"fetch({url!r}).then(a => a.text()).then(console.log, e => console.log('refused'))"
    env = {**os.environ, "NODE_TLS_REJECT_UNAUTHORIZED": "0", "NODE_NO_WARNINGS": "1"}
    return subprocess.run(["node", "-e", script], env=env, capture_output=True, text=True).stdout.strip()


def curl(*words):
    return subprocess.run(["curl", "-sSk", "-m", "20", *words], capture_output=True, text=True).stdout.strip()


def crowd(count, url):
    """So many connections at once: how many are turned away, and whether one works after that."""
    host, port = os.environ["HTTPS_PROXY"].removeprefix("http://").rsplit(":", 1)
    crowd = [socket.create_connection((host, int(port)), timeout=20) for _ in range(int(count))]
    expected, closed = int(count) - 256, set()
    while len(closed) < expected:
        readable, _, _ = select.select([there for there in crowd if there not in closed], [], [], 20)
        if not readable:
            break
        closed.update(readable)
    for there in crowd:
        there.close()
    while True:
        try:
            return f"{len(closed)} {fetch(url)}"
        except urllib.error.HTTPError:
            raise
        except OSError:
            # Not all of them are gone yet.
            continue


def status(_):
    with open("/proc/self/status") as lines:
        return [line.split()[1] for line in lines if line.startswith(("Cap", "NoNewPrivs"))]


def main():
    for words in sys.argv[1:]:
        name, *rest = words.split()
        try:
            result = globals()[name](*rest)
        except urllib.error.HTTPError as error:
            result = f"{error.code} {error.read().decode().strip()}"
        except (OSError, IndexError) as error:
            result = "refused" if os.environ.get("BRIEF", "1") == "1" else repr(error)
        print(words, "->", result, flush=True)


main()
