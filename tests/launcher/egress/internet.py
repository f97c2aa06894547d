"""A small internet: name server, web servers, and a proxy, for a network namespace of a test's own.

Says `ready`, then, a line each, what it was asked: names, and connections to the proxy."""

import http.server
import ipaddress
import socket
import socketserver
import ssl
import struct
import sys
import threading

NAMES = {
    "one.example.org": ["11.0.0.1", "2600::1"],
    "two.example.org": ["11.0.0.1"],
    "other.example.org": ["11.0.0.1"],
    "six.example.org": ["2600::1"],
    "a.wild.example.org": ["11.0.0.2"],
    "mixed.example.org": ["10.1.2.3", "2002:a01:203::", "11.0.0.2"],
    "here.example.org": ["127.0.0.1", "::1"],
    "metadata.example.org": ["169.254.169.254"],
    "neighbour.example.org": ["10.1.2.3"],
    "interface.example.org": ["11.0.0.9"],
}


def say(*words):
    # In one piece: each connection has a thread.
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


class NameServer(socketserver.BaseRequestHandler):
    def handle(self):
        query, sock = self.request
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode())
            at += 1 + query[at]
        name, (kind,) = ".".join(labels), struct.unpack("!H", query[at + 1 : at + 3])
        say("asked", name)
        found = [ipaddress.ip_address(text) for text in NAMES.get(name, [])]
        found = [address for address in found if {4: 1, 6: 28}[address.version] == kind]
        code = 0 if name in NAMES else 3
        answer = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(found), 0, 0) + query[12 : at + 5]
        for address in found:
            answer += struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(address.packed)) + address.packed
        sock.sendto(answer, self.client_address)


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        name = getattr(self.connection, "asked_for", None) or "plain"
        body = f"{name} {self.headers['Host']} {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):
    """Not http.server's own, which asks for its own name first."""

    address_family = socket.AF_INET6
    daemon_threads = True


class Encrypted(Server):
    def __init__(self, address, handler, pem):
        super().__init__(address, handler)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pem)
        self.context.sni_callback = lambda sock, name, _: setattr(sock, "asked_for", name)

    def finish_request(self, request, address):
        try:
            super().finish_request(self.context.wrap_socket(request, server_side=True), address)
        except OSError:
            pass


class Proxy(socketserver.StreamRequestHandler):
    """Knows one name more than the name server does."""

    def handle(self):
        first = self.rfile.readline().decode().split()
        headers = iter(self.rfile.readline, b"\r\n")
        login = [line for line in headers if line.lower().startswith(b"proxy-authorization")]
        say("through", first[1], *(line.decode().split()[-1] for line in login))
        there = socket.create_connection(("11.0.0.1", int(first[1].rsplit(":", 1)[1])))
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")

        def pump(source, target):
            try:
                while part := source.recv(4096):
                    target.sendall(part)
                target.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        back = threading.Thread(target=pump, args=(there, self.connection))
        back.start()
        pump(self.connection, there)
        back.join()


class Echo(socketserver.StreamRequestHandler):
    """Speaks first, as databases do."""

    def handle(self):
        self.wfile.write(b"hello\n")


def main(pem):
    servers = [
        socketserver.ThreadingUDPServer(("0.0.0.0", 53), NameServer),
        Server(("::", 80), Web),
        Server(("::", 8080), Web),
        Encrypted(("::", 443), Web, pem),
        Server(("::", 5432), Echo),
        Server(("::", 3333), Proxy),
    ]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    say("ready")
    sys.stdin.read()


main(sys.argv[1])
