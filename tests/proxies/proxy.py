"""nginx and Caddy with the files of docs/configuration, before two servers."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.http import free_port
from tests.support.service_processes import ROOT, environment

DOCS = ROOT / "docs/configuration"
# What runs elsewhere than in the file.
SANDBOX = """http {{
    access_log off;
    client_body_temp_path {0}/body;
    proxy_temp_path {0}/proxy;
    fastcgi_temp_path {0}/fastcgi;
    uwsgi_temp_path {0}/uwsgi;
    scgi_temp_path {0}/scgi;
"""
TRUSTING = ssl.create_default_context()
TRUSTING.check_hostname = False
TRUSTING.verify_mode = ssl.CERT_NONE


class Response(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def replaced(text: str, parts: dict[str, str]) -> str:
    """The text with each part replaced. Each has to be there, once."""
    for old, new in parts.items():
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def nginx(folder: Path, port: int, sockets: list[Path], mount: str) -> list[str]:
    """The command; the configuration is in the folder."""
    parts = {
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "/etc/ssl/quintet/fullchain.pem": f"{folder}/cert.pem",
        "/etc/ssl/quintet/privkey.pem": f"{folder}/key.pem",
        "server unix:/run/quintet/1.sock": f"server unix:{sockets[0]}",
        "server unix:/run/quintet/2.sock": f"server unix:{sockets[1]}",
    }
    text = replaced((DOCS / "nginx.conf").read_text(), parts)
    text = replaced(text, {"http {\n": SANDBOX.format(folder)})
    # The folder is only for the user who runs the tests.
    user = "user root;" if os.geteuid() == 0 else ""
    text = replaced(text, {"user www-data;": user})
    (folder / "nginx.conf").write_text(text)
    globally = f"daemon off; pid {folder}/pid; error_log {folder}/error.log;"
    return ["nginx", "-p", str(folder), "-c", f"{folder}/nginx.conf", "-g", globally]


def nginx_with_cache(
    folder: Path, port: int, sockets: list[Path], mount: str
) -> list[str]:
    """nginx with the lines of the cache, in which answers live for a second."""
    command = nginx(folder, port, sockets, mount)
    cache = replaced((DOCS / "quintet-cache.conf").read_text(), {"200 10s": "200 1s"})
    (folder / "quintet-cache.conf").write_text(cache)
    parts = {
        "# proxy_cache_path /var/cache/nginx-": f"proxy_cache_path {folder}/",
        "# include /etc/nginx": f"include {folder}",
    }
    file = folder / "nginx.conf"
    file.write_text(replaced(file.read_text(), parts))
    return command


def caddy(folder: Path, port: int, sockets: list[Path], mount: str) -> list[str]:
    parts = {
        "https://api.example.com {": f"https://127.0.0.1:{port} {{",
        "/etc/ssl/quintet/fullchain.pem": f"{folder}/cert.pem",
        "/etc/ssl/quintet/privkey.pem": f"{folder}/key.pem",
        "unix//run/quintet/1.sock unix//run/quintet/2.sock": (
            f"unix/{sockets[0]} unix/{sockets[1]}"
        ),
        "Host api.example.com": "Host localhost",
        'health_uri "/readyz': f'health_uri "{mount}/readyz',
    }
    text = replaced((DOCS / "Caddyfile").read_text(), parts)
    options = "admin off\n\tauto_https disable_redirects\n"
    text = replaced(text, {"{\n\tservers {": f"{{\n\t{options}\tservers {{"})
    (folder / "Caddyfile").write_text(text)
    return ["caddy", "run", "--adapter=caddyfile", f"--config={folder}/Caddyfile"]


KINDS: dict[str, Callable[[Path, int, list[Path], str], list[str]]] = {
    "nginx": nginx,
    "caddy": caddy,
    "nginx with cache": nginx_with_cache,
}
# What the files say of the servers' environment.
VARIABLES = {"caddy": {"WEB_DRAIN_SECONDS": "2"}}


class Server:
    """One server of Quintet at a Unix socket, which can be started again."""

    def __init__(self, folder: Path, number: int, **more: str) -> None:
        self.path = folder / f"{number}.sock"
        self.log = folder / f"server-{number}.log"
        self.mount = more.get("SCRIPT_NAME", "")
        fixed = {"UNIX_SOCKET": str(self.path), "WEB_CONCURRENCY": "1"}
        trust = {"BEHIND_PROXY": "1", "WEB_THREADS": "8"}
        self.environment = environment(folder, **fixed, **trust, **more)
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.server"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait(self) -> None:
        until(self.answers, self.log)

    def answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            try:
                client.connect(str(self.path))
                head = f"GET {self.mount}/livez HTTP/1.1\r\nHost: localhost\r\n"
                client.sendall(f"{head}Connection: close\r\n\r\n".encode())
                return b" 200 OK" in client.recv(100)
            except OSError:
                return False

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)

    def restart(self) -> None:
        assert self.stop() == 0, self.log.read_text()
        self.start()
        self.wait()


class Site:
    """Two servers and the proxy before them."""

    def __init__(self, kind: str, folder: Path, **more: str) -> None:
        self.kind, self.folder, self.port = kind, folder, free_port()
        self.mount = more.get("SCRIPT_NAME", "")
        make_certificate(folder)
        more |= VARIABLES.get(kind, {})
        self.servers = [Server(folder, number, **more) for number in (1, 2)]
        self.log = folder / "proxy.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the proxy when the servers answer: it finds them up at once."""
        for server in self.servers:
            server.wait()
        sockets = [server.path for server in self.servers]
        command = KINDS[self.kind](self.folder, self.port, sockets, self.mount)
        kept = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=kept, stdout=log, stderr=subprocess.STDOUT
            )
        until(self.listens, self.log)

    def listens(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.log.read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        except OSError:
            return False
        return True

    def restart_servers(self) -> None:
        """One after the other, as docs/how-to/deploy.md says."""
        for server in self.servers:
            before = self.times_up()
            server.restart()
            self.notice(before)

    def notice(self, before: int) -> None:
        """Wait until the proxy knows that a server is back."""
        if self.kind == "caddy":
            until(lambda: self.times_up() > before, self.log)
        time.sleep(1)

    def times_up(self) -> int:
        """How often Caddy has found one of the servers up again."""
        return self.log.read_text().count("host is up")

    def stop(self) -> None:
        processes = [server.process for server in self.servers]
        if self.process:
            processes.insert(0, self.process)
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def connect(self, sent: bytes = b"") -> ssl.SSLSocket:
        """A connection on which these bytes were sent."""
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        client = TRUSTING.wrap_socket(raw, server_hostname="127.0.0.1")
        client.sendall(sent)
        return client

    def client(self) -> HTTPSConnection:
        return HTTPSConnection("127.0.0.1", self.port, timeout=30, context=TRUSTING)

    def call(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> Response:
        client = self.client()
        try:
            return call(client, method, path, body, headers)
        finally:
            client.close()

    def sign_in(self) -> str:
        """Register a user, once, and return a token."""
        account = json.dumps({"email": "ada@example.com", "password": "a pass phrase"})
        headers = {"Content-Type": "application/json"}
        self.call("POST", "/auth/register", account, **headers)
        response = self.call("POST", "/auth/login", account, **headers)
        return str(json.loads(response.body)["access_token"])


def call(
    client: HTTPSConnection, method: str, path: str, body: Any, headers: dict[str, str]
) -> Response:
    client.request(method, path, body, headers)
    response = client.getresponse()
    found = {name.lower(): value for name, value in response.getheaders()}
    return Response(response.status, found, response.read())


def make_certificate(folder: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-days", "2", "-nodes"]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
    subprocess.run(command, check=True, capture_output=True)


def until(holds: Callable[[], bool], log: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)
