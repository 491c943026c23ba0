"""Clients that are slow, silent or many, at a web server with two threads.

What is asked needs no database, and there is none.
"""

from __future__ import annotations

import runpy
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.utils import formatdate
from types import SimpleNamespace

import pytest
from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.http import wsgi  # type: ignore[import-untyped]
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from gunicorn.http.message import Request  # type: ignore[import-untyped]

from common import health
from tests.service import ROOT, Service

if not hasattr(select, "epoll"):
    pytest.skip("Only Linux has this worker.", allow_module_level=True)

from config import gunicorn_worker
from config.gunicorn_worker import (
    LONGEST_HEAD,
    LONGEST_LINE,
    MOST_BYTES,
    Parser,
    Response,
    is_whole,
)

HOST = b"Host: 127.0.0.1\r\n"
GET = b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n"
# Fields are missing, which is found out without a database.
LOGIN = b"POST /auth/login HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
REFUSED = b"email: This field is required."

Connect = Callable[..., socket.socket]


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("server")
    service = Service(folder, "--threads=2", DATABASE_URL=f"sqlite:///{folder}/none")
    yield service
    service.stop()


@pytest.fixture
def connect(server) -> Iterator[Connect]:
    """Opens a connection on which those bytes are sent."""
    with ExitStack() as stack:

        def begin(sent: bytes = b"", port: int = server.port) -> socket.socket:
            client = socket.create_connection(("127.0.0.1", port), timeout=20)
            client.sendall(sent)
            return stack.enter_context(client)

        yield begin


def login(length: int) -> bytes:
    """A request's head, with a body of so many bytes to follow."""
    return LOGIN + b"Content-Length: %d\r\n\r\n" % length


def read_until(client: socket.socket, wanted: bytes, times: int = 1) -> bytes:
    """What was answered, up to the wanted bytes or the connection's end."""
    answer = b""
    while answer.count(wanted) < times and (more := client.recv(65536)):
        answer += more
    return answer


@pytest.mark.parametrize(
    ("sent", "rest", "wanted"),
    [
        (b"", GET, b"ok\n"),
        (GET[:20], GET[20:], b"ok\n"),
        (login(30) + b"{", b" " * 28 + b"}", REFUSED),
    ],
    ids=["silent", "half a head", "half a body"],
)
def test_who_sends_slowly_keeps_no_thread(server, connect, sent, rest, wanted):
    slow = [connect(sent) for _ in range(10)]

    assert server.get("/livez").status == 200
    for client in slow:
        client.sendall(rest)
        assert wanted in read_until(client, wanted)


def test_requests_in_a_row_are_answered_in_a_row(connect):
    row = (login(2) + b"{}" + GET) * 3
    at_once = connect(row)
    in_pieces = connect()
    for number in range(0, len(row), 50):
        in_pieces.sendall(row[number : number + 50])

    for client in (at_once, in_pieces):
        answers = read_until(client, b"ok\n", times=3).split(b"HTTP/1.1 ")[1:]
        assert [answer[:3] for answer in answers] == [b"400", b"200"] * 3


def test_a_body_longer_than_is_waited_for_is_read_as_it_comes(connect):
    length = MOST_BYTES + 100_000
    client = connect(login(length) + b"{" + b" " * 100_000)
    client.sendall(b" " * (length - 100_002) + b"}")

    assert REFUSED in read_until(client, REFUSED)


def test_a_body_that_is_too_long_is_refused_before_it_is_sent(connect):
    client = connect(login(99_999_999))

    assert read_until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 413 ")


def test_who_asks_whether_to_go_on_is_told(connect):
    client = connect(LOGIN + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")

    assert read_until(client, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(b"{}")
    assert REFUSED in read_until(client, REFUSED)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /livez HTTP/1.1\nHost: x\n\n", b"400"),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET /" + b"a" * (MOST_BYTES + 1), b"414"),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 9000 + b"\r\n\r\n", b"431"),
        (LOGIN + b"Content-Length: 2, 2\r\n\r\n{}", b"400"),
        (
            LOGIN + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
            b"400",
        ),
    ],
)
def test_what_is_no_proper_request_is_refused_at_once(server, connect, sent, status):
    client = connect(sent)

    assert read_until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 " + status)
    assert server.get("/livez").status == 200


def test_whoever_leaves_is_forgotten(server, connect):
    for sent in (b"", GET, GET[:9], login(9), login(9_999_999)):
        connect(sent).close()

    assert server.get("/livez").status == 200
    assert "ERROR" not in server.printed


def test_silence_ends_a_connection_and_waiting_for_a_thread_does_not(tmp_path, connect):
    more = {"DATABASE_URL": f"sqlite:///{tmp_path}/none"}
    service = Service(tmp_path, "--threads=1", "--keep-alive=1", **more)
    try:
        kept = connect(GET, service.port)
        assert b"keep-alive" in read_until(kept, b"ok\n")
        busy = connect(login(MOST_BYTES + 2) + b"{", service.port)
        queued = connect(GET, service.port)
        # It came after the one that is queued, and so it ends after its time.
        silent = connect(b"", service.port)
        assert (kept.recv(1), silent.recv(1)) == (b"", b"")
        busy.sendall(b" " * MOST_BYTES + b"}")
        assert REFUSED in read_until(busy, REFUSED)
        assert b"200 OK" in read_until(queued, b"ok\n")

        slow = connect(login(2) + b"{", service.port)
        assert service.get("/livez").status == 200
        service.children[0].send_signal(signal.SIGTERM)
        slow.sendall(b"}")
        assert REFUSED in read_until(slow, REFUSED)
    finally:
        service.stop()
    assert service.children[0].returncode == 0


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", False),
        (b"GET / HTTP/1.1\r\n", False),
        (GET, True),
        (login(2) + b"{", False),
        (login(2).lower() + b"{}", True),
        (login(2) + b"{}" + GET, True),
        (login(MOST_BYTES), False),
        (login(MOST_BYTES + 1), True),
        (LOGIN + b"Transfer-Encoding: chunked\r\n\r\n", True),
        (b"a" * (MOST_BYTES + 1), True),
    ],
)
def test_a_request_is_taken_up_when_nobody_has_to_wait(data, expected):
    assert is_whole(data) is expected


@pytest.mark.parametrize(
    ("threads", "wanted", "places"), [(1, 2, 0), (2, 2, 1), (4, 2, 2), (16, 9, 9)]
)
def test_streams_leave_a_thread_for_requests(
    settings, monkeypatch, threads, wanted, places
):
    monkeypatch.setattr(health, "is_stopping", health.is_stopping)
    settings.QUINTET_MAX_STREAMS = wanted
    worker = SimpleNamespace(alive=False, cfg=SimpleNamespace(threads=threads))
    runpy.run_path(f"{ROOT}/gunicorn.conf.py")["post_worker_init"](worker)

    assert places == settings.QUINTET_MAX_STREAMS
    assert health.is_stopping()


# Heads of requests


@pytest.fixture(autouse=True)
def no_head_known(monkeypatch) -> None:
    for name in ("known_heads", "known_lines"):
        monkeypatch.setattr(gunicorn_worker, name, {})


def read(head: str, address: str = "127.0.0.1") -> Request:
    """The request that comes as this head from that address."""
    data = head.replace("\n", "\r\n").encode() + b"\r\n\r\n"
    return next(Parser(Config(), iter([data]), (address, 1)))


def test_equal_headers_are_equal_each_time():
    found = [read(f"GET /{n} HTTP/1.1\nHost: a\nAccept: b") for n in range(3)]

    assert len(gunicorn_worker.known_heads) == 1
    assert [each.path for each in found] == ["/0", "/1", "/2"]
    for each in found:
        assert each.headers == [("HOST", "a"), ("ACCEPT", "b")]
    found[1].headers.clear()
    assert read("GET / HTTP/1.1\nHost: a\nAccept: b").headers == found[0].headers


def test_equal_lines_are_equal_each_time():
    lines = ["GET /a?b=c#d HTTP/1.1", "PUT //a HTTP/1.0", "OPTIONS * HTTP/1.1"]
    first, second = ([read(f"{line}\nHost: a") for line in lines] for _ in range(2))

    assert [line.decode() for line in gunicorn_worker.known_lines] == lines
    for name in gunicorn_worker.PARTS_OF_LINE:
        found = [getattr(each, name) for each in first]
        assert [getattr(each, name) for each in second] == found
    assert (first[0].path, first[0].query, first[0].version) == ("/a", "b=c", (1, 1))


@pytest.mark.parametrize("line", ["GET", "get / HTTP/1.1", "GET a HTTP/1.1", "GET / 1"])
def test_a_wrong_line_is_refused_each_time(line):
    for _ in range(2):
        with pytest.raises(ParseException):
            read(f"{line}\nHost: a")


def test_headers_are_believed_by_address():
    head = "GET / HTTP/1.1\nHost: a\nX-Forwarded-Proto: https"
    for _ in range(2):
        assert read(head).scheme == "https"
        assert read(head, "192.0.2.1").scheme == "http"
        assert read("GET / HTTP/1.1\nHost: a").scheme == "http"


def test_who_asks_whether_to_go_on_is_heard_each_time():
    asking = "HTTP/1.{}\nHost: a\nContent-Length: 2\nExpect: 100-continue"
    for minor in (0, 1, 0, 1):
        found = read(f"POST / {asking.format(minor)}")
        assert found._expected_100_continue is bool(minor)


@pytest.mark.parametrize(
    "headers",
    [
        *("Content-Length: x", "Content-Length: 1\nContent-Length: 2", "A b: c"),
        "Transfer-Encoding: chunked\nContent-Length: 1",
    ],
)
def test_what_is_wrong_is_refused_each_time(headers):
    for _ in range(2):
        with pytest.raises(ParseException):
            read(f"POST / HTTP/1.1\nHost: a\n{headers}")


def test_there_is_an_end_to_the_heads_that_are_known(monkeypatch):
    monkeypatch.setattr(gunicorn_worker, "MOST_KNOWN", 5)
    for number in range(20):
        read(f"GET /{number} HTTP/1.1\nHost: {number}")
        assert len(gunicorn_worker.known_heads) <= 5
        assert len(gunicorn_worker.known_lines) <= 5
    known = dict(gunicorn_worker.known_heads), dict(gunicorn_worker.known_lines)
    path, accept = "b" * LONGEST_LINE, "b" * LONGEST_HEAD
    read(f"GET /{path} HTTP/1.1\nHost: a\nAccept: {accept}")
    assert known == (gunicorn_worker.known_heads, gunicorn_worker.known_lines)


# Answers


def sent_with(headers: list[tuple[str, str]], *parts: bytes) -> list[bytes]:
    """What goes over the connection, piece by piece."""
    pieces: list[bytes] = []
    request = SimpleNamespace(
        method="GET", version=(1, 1), should_close=lambda: False, headers=[]
    )
    connection = SimpleNamespace(sendall=pieces.append)
    response = Response(request, connection, SimpleNamespace(is_ssl=False))
    response.start_response("200 OK", headers)
    for part in parts:
        response.write(part)
    response.close()
    return pieces


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch) -> None:
    monkeypatch.setattr(gunicorn_worker, "known_headers", set())


def test_head_and_body_go_together():
    (piece,) = sent_with([("Content-Length", "2")], b"{}")
    assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
    assert piece.endswith(b"\r\n\r\n{}")


def test_what_comes_later_is_not_waited_for():
    first, second, end = sent_with([], b"one", b"two")
    assert first.endswith(b"\r\n\r\n3\r\none\r\n")
    assert (second, end) == (b"3\r\ntwo\r\n", b"0\r\n\r\n")


STEADY = [("Vary", "Accept, Cookie"), ("Content-Type", "application/json")]


def test_an_answer_has_its_headers_each_time():
    for number in range(3):
        headers = [*STEADY, ("Content-Length", "2"), ("ETag", f'"{number}"')]
        (piece,) = sent_with(headers, b"{}")
        head = piece.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        for name, value in headers:
            assert head.count(f"{name}: {value}") == 1
    assert gunicorn_worker.known_headers == {*STEADY}


@pytest.mark.parametrize(
    "header",
    [
        ("Vary", "a\r\nb"),
        ("Va ry", "a"),
        ("Vary", "\0"),
        ("ETag", '"a"\r\nVary: b'),
        ("X-Request-ID", "a\0"),
    ],
)
def test_what_no_header_may_hold_is_refused_each_time(header):
    for _ in range(2):
        with pytest.raises(Exception, match="header"):
            sent_with([header], b"")
    assert not gunicorn_worker.known_headers


def test_there_is_an_end_to_what_is_known(monkeypatch):
    monkeypatch.setattr(gunicorn_worker, "MOST_KNOWN", 5)
    for number in range(20):
        sent_with([("Content-Type", f"text/{number}"), ("Content-Length", "0")], b"")
    assert len(gunicorn_worker.known_headers) == 5


def test_the_date_is_the_second_that_it_is(monkeypatch):
    for second in (0.9, 1, 1763700000.5, 1):
        monkeypatch.setattr(time, "time", lambda second=second: second)
        assert util.http_date() == formatdate(int(second), usegmt=True)


def test_errors_go_where_the_log_goes(capsys):
    errors = wsgi.base_environ(Config())["wsgi.errors"]
    errors.write("one\n")
    print("two", file=errors)

    assert capsys.readouterr().err == "one\ntwo\n"
