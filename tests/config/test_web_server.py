"""`python -m config.server` over sockets: what it answers, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.http import wait_for
from tests.support.service_processes import OWN_FILE, PRODUCTION, ROOT, Service
from tests.support.web_server import Caller

HOST = b"Host: 127.0.0.1\r\n"
GET = b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n"
# Fields are missing, which is found out without a database.
LOGIN = b"POST /auth/login HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
REFUSED = b"email: This field is required."

Connect = Callable[..., socket.socket]


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Service]:
    """It has no database, and what is asked needs none."""
    folder = tmp_path_factory.mktemp("server")
    service = Service(folder, DATABASE_URL=f"sqlite:///{folder}/none")
    yield service
    service.stop()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Opens a connection on which those bytes are sent."""
    with ExitStack() as stack:

        def begin(port: int, sent: bytes = b"") -> socket.socket:
            client = socket.create_connection(("127.0.0.1", port), timeout=20)
            client.sendall(sent)
            return stack.enter_context(client)

        yield begin


def answer_of(client: socket.socket, wanted: bytes, times: int = 1) -> bytes:
    """What was answered, up to the wanted bytes or the connection's end."""
    answer = b""
    while answer.count(wanted) < times and (more := client.recv(65536)):
        answer += more
    return answer


# What it answers


@pytest.mark.difference(
    "Everywhere",
    old="Returns an HTML page for a malformed request",
    new="Returns 400, 414, or 431 without a body",
    why="The web server responds before it has read a request",
)
@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        (b"GET /livez HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 "),
        (b"GET /livez HTTP/1.1\r\n" + HOST + HOST + b"\r\n", b"HTTP/1.1 400 "),
        (b"NONSENSE\r\n\r\n", b"HTTP/1.1 400 "),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", b"HTTP/1.1 414 "),
        (b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", b"HTTP/1.1 414 "),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 200_000 + b"\r\n\r\n", b"HTTP/1.1 431 "),
        (b"GET / HTTP/1.1\r\n" + b"A: a\r\n" * 101 + b"\r\n", b"HTTP/1.1 431 "),
        (LOGIN + b"Content-Length: 2, 2\r\n\r\n{}", b"HTTP/1.1 400 "),
        (LOGIN + b"Content-Length: 99999999\r\n\r\n", b"HTTP/1.1 413 "),
        (
            LOGIN + b"Expect: 100-continue\r\nContent-Length: 3000000\r\n\r\n",
            b"HTTP/1.1 413 ",
        ),
        (LOGIN + b"Transfer-Encoding: gzip\r\n\r\n{}", b"HTTP/1.1 400 "),
    ],
    ids=range(11),
)
def test_what_is_no_proper_request_is_refused(server, connect, sent, wanted):
    client = connect(server.port, sent)

    assert answer_of(client, b"\r\n\r\n").startswith(wanted)
    assert server.get("/livez").status == 200


@pytest.mark.difference(
    "Everywhere",
    old="Writes header names such as `Content-Type`, and Flask's status texts",
    new="Writes lowercase names and standard status texts",
    why="Names of headers are case-insensitive",
)
def test_header_names_are_lowercase_and_status_texts_those_of_http(server, connect):
    sent = LOGIN.replace(b"json", b"csv") + b"Content-Length: 2\r\n\r\n{}"
    head = answer_of(connect(server.port, sent), b"\r\n\r\n").partition(b"\r\n\r\n")[0]
    status, *fields = head.split(b"\r\n")

    assert status == b"HTTP/1.1 415 Unsupported Media Type"
    names = {field.partition(b":")[0] for field in fields}
    assert {b"content-type", b"content-length"} <= names
    assert names == {name.lower() for name in names}
    bare = answer_of(connect(server.port, b"NONSENSE\r\n\r\n"), b"no such text")
    assert (bare[:12], bare[-4:]) == (b"HTTP/1.1 400", b"\r\n\r\n")


def test_requests_in_a_row_are_answered_in_a_row(server, connect):
    row = (LOGIN + b"Content-Length: 2\r\n\r\n{}" + GET) * 3
    answers = answer_of(connect(server.port, row), b"ok\n", times=3)

    found = [answer[:3] for answer in answers.split(b"HTTP/1.1 ")[1:]]
    assert found == [b"400", b"200"] * 3


def test_who_asks_whether_to_go_on_is_told(server, connect):
    head = LOGIN + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    client = connect(server.port, head)

    assert answer_of(client, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(b"{}")
    assert REFUSED in answer_of(client, REFUSED)


@pytest.mark.parametrize("value", [b"close", b"TE, close", b"Close, TE"])
def test_close_is_heard_among_other_options(server, connect, value):
    head = b"GET /livez HTTP/1.1\r\n" + HOST + b"Connection: " + value + b"\r\n\r\n"
    client = connect(server.port, head)

    assert b"ok\n" in answer_of(client, b"ok\n")
    assert client.recv(1) == b""


@pytest.mark.difference(
    "Everywhere",
    old="Accepts any bytes in headers",
    new="Treats a value that isn't ASCII as empty: 401 for `Authorization`, 400 for "
    "`If-Match`, 415 for `Content-Type`",
    why="The web server passes only ASCII on",
)
@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /bucketlists/ HTTP/1.1\r\nAuthorization: Bearer \xc3\xa4\r\n", b"401"),
        (b'PATCH /books/1 HTTP/1.1\r\nIf-Match: "\xc3\xa4"\r\n', b"400"),
        (b"POST /books HTTP/1.1\r\nContent-Type: applic\xc3\xa4tion/json\r\n", b"415"),
    ],
)
def test_values_that_are_not_ascii_are_refused(server, connect, head, status):
    """granian hands them over empty, which is not as if they had not been sent."""
    client = connect(server.port, head + HOST + b"Content-Length: 2\r\n\r\n{}")

    assert answer_of(client, b"\r\n\r\n").startswith(b"HTTP/1.1 " + status)


def test_a_body_that_breaks_off_is_400(server, connect):
    client = connect(server.port, LOGIN + b"Content-Length: 9\r\n\r\n{}")
    client.shutdown(socket.SHUT_WR)

    assert answer_of(client, b"shorter").startswith(b"HTTP/1.1 400 ")


@pytest.mark.django_db(transaction=True)
def test_a_chunked_change_is_carried_out(ada, service):
    caller = Caller(service.port, ada)
    made = json.loads(caller.send("POST", "/bucketlists/", {"name": "old"})[2])
    url, kind = f"/bucketlists/{made['id']}", {"Content-Type": "application/json"}
    client = caller.open("GET", url)
    assert b'"old"' in client.getresponse().read()
    client.request("PATCH", url, iter([b'{"name"', b':"new"}']), caller.headers | kind)

    assert client.getresponse().status == 200
    assert b'"new"' in caller.send("GET", url)[2]
    client.close()


def test_headers_pose_as_nothing(start):
    """Without BEHIND_PROXY=1, only HTTPS is HTTPS, and a mount is the operator's."""
    service = start(**PRODUCTION)
    claims = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "evil.example"}
    response = service.get("/books", Host="api.example.com", **claims, SCRIPT_NAME="/x")

    assert response.status == 301
    assert response.headers["Location"] == "https://api.example.com/books"
    warnings = [line for line in service.printed.splitlines() if "BEHIND_PROXY" in line]
    assert len(warnings) == 1
    assert "WARNING quintet.server" in warnings[0]


@OWN_FILE
def test_the_environment_adds_no_header(start):
    service = start(
        HTTP_HOST="evil.example", HTTP_IF_NONE_MATCH="*", CONTENT_TYPE="text/csv"
    )
    assert service.get("/books").status == 200


@OWN_FILE
def test_a_mount_is_complete(start):
    service = start(SCRIPT_NAME="/old")
    schema = service.get("/old/schema/", Accept="application/json").json()

    assert [server["url"] for server in schema["servers"]] == ["/old"]
    assert "/books" in schema["paths"]
    for page in ("/old/docs/", "/old/reference/", "/old/admin/login/", "/old/books"):
        shown = service.get(page, Accept="text/html").body.decode()
        links = [part.split('"')[0] for part in shown.split('="/')[1:]]
        assert links
        for link in links:
            status = service.get(f"/{link}").status
            # Bucket lists need a login, and some URLs are only posted to.
            assert status < 400 or status in {401, 405}, (page, link)
    assert service.get("/livez").status == 200
    for path in (
        "/oldbooks",
        "/xyz/livez",
        "/static/x",
        "/static/swagger.css",
    ):
        assert service.get(path).status == 404, path


# How it starts and ends


def run(**variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-m", "config.server"]
    return subprocess.run(
        command, cwd=ROOT, env=kept | variables, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("more", [{}, PRODUCTION], ids=["development", "production"])
def test_a_taken_port_is_refused(server, more, tmp_path):
    url = f"sqlite:///{tmp_path}/none"
    found = run(PORT=str(server.port), DATABASE_URL=url, **more)

    assert found.returncode == 1
    [line] = found.stderr.strip().splitlines()
    assert line.startswith(f"Quintet: port {server.port} is in use. Try another")


def workers(service: Service) -> list[int]:
    pid = service.children[0].pid
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in found}
    return [int(pid) for pid in found if b"spawn_main" in commands[pid]]


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
def test_a_worker_that_dies_is_started_again(start):
    service = start(LOG_FORMAT="json")
    [worker] = workers(service)
    os.kill(worker, signal.SIGKILL)

    line = service.wait_for_line("Unexpected exit from worker-1")
    assert line.startswith('{"time": ')
    wait_for(service.address)
    assert workers(service) != [worker]


@linux
def test_no_worker_outlives_its_server(start):
    service = start()
    [worker] = workers(service)
    service.children[0].kill()
    service.children[0].wait()

    for _ in range(100):
        if not Path(f"/proc/{worker}").exists():
            break
        time.sleep(0.1)
    assert not Path(f"/proc/{worker}").exists()


SLOW = """
import time
from config.settings import *

MIDDLEWARE = ["slow.middleware", *MIDDLEWARE]

def middleware(get_response):
    def answer(request):
        time.sleep(float(request.GET.get("seconds", 0)))
        return get_response(request)
    return answer
"""


def test_sigterm_lets_requests_end_and_takes_no_more(start, connect, tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    variables = {"DJANGO_SETTINGS_MODULE": "slow", "PYTHONPATH": str(tmp_path)}
    service = start(**variables)
    slow = connect(service.port, GET.replace(b"livez", b"livez?seconds=3"))
    idle = connect(service.port, GET)
    assert b"ok\n" in answer_of(idle, b"ok\n")
    time.sleep(0.5)
    service.children[0].send_signal(signal.SIGTERM)

    assert idle.recv(1) == b""
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", service.port), timeout=2).close()
    assert b"ok\n" in answer_of(slow, b"ok\n")
    assert service.children[0].wait(timeout=10) == 0


def test_probes_are_told_before_it_stops(start):
    service = start(WEB_DRAIN_SECONDS="2", WEB_CONCURRENCY="2")
    only = "/readyz?exclude=database&exclude=migrations&exclude=queue"
    assert service.get(only).status == 200
    service.children[0].send_signal(signal.SIGTERM)
    time.sleep(0.5)
    found = [service.get(only) for _ in range(10)]

    assert {response.status for response in found} == {503}
    assert b"[-]shutdown failed: the server is shutting down" in found[0].body
    assert service.get("/livez").status == 200
    assert service.children[0].wait(timeout=10) == 0


def ask_at(path: Path) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(path))
        client.sendall(GET)
        return answer_of(client, b"ok\n")


@pytest.fixture
def begin(tmp_path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts a server at a Unix socket."""
    started: list[subprocess.Popen[bytes]] = []
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    kept |= {"DATABASE_URL": f"sqlite:///{tmp_path}/none", "WEB_CONCURRENCY": "1"}
    kept["UNIX_SOCKET"] = str(tmp_path / "a.sock")

    def run() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "config.server"]
        started.append(subprocess.Popen(command, cwd=ROOT, env=kept))
        for _ in range(300):
            if (tmp_path / "a.sock").exists():
                return started[-1]
            time.sleep(0.1)
        raise AssertionError("There is no socket.")

    yield run
    for process in started:
        process.kill()
        process.wait()


def test_a_unix_socket_comes_and_goes_with_its_server(begin, tmp_path):
    path, first = tmp_path / "a.sock", begin()
    for _ in range(300):
        try:
            assert b"200 OK" in ask_at(path)
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            break
    taken = run(UNIX_SOCKET=str(path))
    assert (taken.returncode, "is in use" in taken.stderr) == (1, True)

    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=10) == 0
    assert not path.exists()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))  # as a killed server leaves it
    again = begin()
    time.sleep(0.1)
    assert again.poll() is None
