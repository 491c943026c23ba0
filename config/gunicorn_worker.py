"""The process that answers requests under gunicorn; gunicorn.conf.py names it.

gunicorn's own worker hands each request from its main thread to another thread and
back, and keeps that thread while a client sends slowly. Here the threads wait for
requests together, in one epoll, and are kept only by a request that has arrived.
"""

from __future__ import annotations

import re
import select
import socket
import struct
import time
from email.utils import formatdate
from functools import lru_cache
from threading import Thread
from types import SimpleNamespace
from typing import Any

from gunicorn import http, util  # type: ignore[import-untyped]
from gunicorn.http import message, wsgi  # type: ignore[import-untyped]
from gunicorn.http.body import LengthReader  # type: ignore[import-untyped]
from gunicorn.http.parser import RequestParser  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

# Seconds in which a request has to arrive.
PATIENCE = 30
# Seconds that a thread waits in one read or write; a few writes may be in a row.
STALL = struct.pack("ll", 15, 0)
# A longer body is read by a thread, as it comes.
MOST_BYTES = 128 * 1024
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})", re.IGNORECASE)
EXPECT = b"\r\nexpect:"


# Headers of few values, which need not be looked at in each answer anew.
STEADY = {
    *("Allow", "Content-Security-Policy", "Content-Type", "Cross-Origin-Opener-Policy"),
    *("Referrer-Policy", "Vary", "X-Content-Type-Options", "X-Frame-Options"),
}
# And those that each answer has its own of.
OWN = {"ETag", "X-Request-ID"}
MOST_KNOWN = 1000
known_headers: set[tuple[str, str]] = set()


# A client mostly sends the same headers each time.
LONGEST_HEAD = 4096
known_heads: dict[Any, tuple[list[tuple[str, str]], str]] = {}


# And asks for the same over and over.
LONGEST_LINE = 200
PARTS_OF_LINE = ("method", "uri", "path", "query", "fragment", "version")
known_lines: dict[bytes, dict[str, Any]] = {}


class Request(message.Request):
    """Reads the same line once, and the same headers from the same address."""

    def parse_request_line(self, line_bytes: bytes) -> None:
        line, own = bytes(line_bytes), self.__dict__
        if known := known_lines.get(line):
            own.update(known)
            return
        super().parse_request_line(line)
        if len(line) <= LONGEST_LINE:
            if len(known_lines) >= MOST_KNOWN:
                known_lines.clear()
            known_lines[line] = {name: own[name] for name in PARTS_OF_LINE}

    def parse_headers(self, data: bytes, from_trailer: bool = False) -> Any:
        # Which of them are believed is a matter of the address.
        key = data, self.peer_addr and self.peer_addr[0]
        if not from_trailer and (known := known_heads.get(key)):
            headers, self.scheme = known
            return list(headers)
        found = super().parse_headers(data, from_trailer)
        has_no_more = not from_trailer and "EXPECT" not in {name for name, _ in found}
        if has_no_more and len(data) <= LONGEST_HEAD:
            if len(known_heads) >= MOST_KNOWN:
                known_heads.clear()
            known_heads[key] = list(found), self.scheme
        return found


class Parser(RequestParser):
    mesg_class = Request

    def finish_body(self, *args: Any, **kwargs: Any) -> bool:
        """Whether nothing of the last body is left, as mostly is to be seen at once."""
        body: Any = getattr(self.mesg, "body", None)
        reader = getattr(body, "reader", None)
        if isinstance(reader, LengthReader) and not (reader.length or body.failed):
            return True
        return bool(super().finish_body(*args, **kwargs))


def is_plain(name: str, value: str) -> bool:
    """Whether gunicorn would take it as it is, without its looking."""
    return name in OWN and value.isascii() and value.isprintable()


class Response(wsgi.Response):
    """Sends the head together with the beginning of the body."""

    sock: Any

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        found: list[tuple[str, str]] = []
        unknown: list[tuple[str, str]] = []
        # Asked once, for another thread may get to know one of them meanwhile.
        for pair in headers:
            is_known = pair in known_headers or is_plain(*pair)
            (found if is_known else unknown).append(pair)
        super().process_headers(unknown)
        if len(known_headers) < MOST_KNOWN:
            known_headers.update([pair for pair in self.headers if pair[0] in STEADY])
        self.headers += found

    def write(self, arg: bytes) -> None:
        pieces: list[bytes] = []
        connection, self.sock = self.sock, SimpleNamespace(sendall=pieces.append)
        try:
            super().write(arg)
        finally:
            self.sock = connection
        connection.sendall(b"".join(pieces))


class Errors(wsgi.WSGIErrorsWrapper):
    """Looks for where errors go when there is one."""

    def __init__(self, cfg: Any) -> None:
        self.cfg = cfg

    @property
    def streams(self) -> list[Any]:
        found: list[Any] = EagerErrors(self.cfg).streams
        return found


def http_date(timestamp: float | None = None) -> str:
    return date_of(int(time.time() if timestamp is None else timestamp))


@lru_cache(1)
def date_of(second: int) -> str:
    return formatdate(second, usegmt=True)


EagerErrors, wsgi.WSGIErrorsWrapper = wsgi.WSGIErrorsWrapper, Errors
wsgi.Response = Response
util.http_date = http_date
http.RequestParser = Parser


class Worker(ThreadWorker):
    """Whoever takes a connection out of `waiting` has it to themselves.

    The main thread takes new connections, and closes those that wait for too long.
    """

    def init_process(self) -> None:
        self.waiting: dict[int, Any] = {}
        self.arrivals = select.epoll()
        # gunicorn would ask each of its settings anew some twenty times a request.
        settings = self.cfg.settings.items()
        known = {name: of.get() for name, of in settings if name not in dir(self.cfg)}
        self.cfg.__dict__.update(known)
        super().init_process()

    def run(self) -> None:
        for _ in range(self.cfg.threads):
            Thread(target=self.serve, daemon=True).start()
        super().run()

    def enqueue_req(self, conn: Any) -> None:
        """Called with each new connection."""
        if self.cfg.is_ssl:  # the end of a request is not to be seen
            super().enqueue_req(conn)
            return
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            conn.sock.setsockopt(socket.SOL_SOCKET, option, STALL)
        conn.init()
        conn.arrived = b""
        self.arrivals.register(conn.sock, 0)
        self.park(conn)

    def park(self, conn: Any) -> None:
        if not conn.arrived:
            conn.set_timeout()
        descriptor = conn.sock.fileno()
        self.waiting[descriptor] = conn
        self.arrivals.modify(descriptor, select.EPOLLIN | select.EPOLLONESHOT)

    def serve(self) -> None:
        while True:
            for descriptor, _ in self.arrivals.poll(maxevents=1):
                if conn := self.waiting.pop(descriptor, None):
                    self.attend(conn)

    def attend(self, conn: Any) -> None:
        """Answers what has arrived, and has the connection wait for more."""
        try:
            if self.receive(conn) and self.answer(conn):
                self.park(conn)
                return
        except Exception:
            self.log.exception("A connection broke.")
        conn.close(graceful=True)
        self.method_queue.defer(self.forget)

    def receive(self, conn: Any) -> bool:
        """Whether the client is still there."""
        try:
            data = conn.sock.recv(MOST_BYTES, socket.MSG_DONTWAIT)
        except OSError:
            data = b""
        if not conn.arrived:
            conn.timeout = time.monotonic() + PATIENCE
        conn.arrived += data
        return bool(data)

    def answer(self, conn: Any) -> bool:
        """Whether the connection is to be kept."""
        is_kept = True
        while is_kept and conn.arrived and is_whole(conn.arrived):
            conn.parser.unreader.unread(conn.arrived)
            is_kept = self.handle(conn)
            conn.arrived = conn.parser.unreader.take_buffered()
        return is_kept

    def forget(self) -> None:
        self.nr_conns -= 1

    def murder_keepalived(self, force: bool = False) -> None:
        super().murder_keepalived(force)
        now = time.monotonic()
        for descriptor, conn in list(self.waiting.items()):
            is_late = force or (conn.timeout < now and is_silent(conn))
            if is_late and self.waiting.pop(descriptor, None):
                conn.close()
                self.forget()

    def _cap_keepalive(self, deadline: float) -> None:
        super()._cap_keepalive(deadline)
        for conn in list(self.waiting.values()):
            conn.timeout = min(conn.timeout, deadline)


def is_silent(conn: Any) -> bool:
    """Whether it waits for its client, and not for a thread."""
    try:
        return not conn.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return True


def is_whole(data: bytes) -> bool:
    """Whether a thread can take it up: it need not wait, or may refuse it at once."""
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return len(data) > MOST_BYTES or b"\n\n" in data
    length = LENGTH.search(head)
    if length is None or EXPECT in head.lower():
        return True
    return len(body) >= int(length[1]) or int(length[1]) > MOST_BYTES
