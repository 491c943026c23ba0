"""The public keys of an identity provider, fetched from its JWKS URL.

One thread fetches at a time, and requests hold no lock in the meantime. A fetch ends
after `TIMEOUT_SECONDS`, however slowly the provider sends. During a fetch, tokens are
verified by the keys of the last one.
"""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
import time
from contextlib import suppress
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.request import HTTPHandler, HTTPSHandler, Request, build_opener

import jwt
from jwt.exceptions import PyJWTError

from common.http.errors import Unavailable

logger = logging.getLogger("quintet.accounts")

# For the whole fetch, and for a request that waits for it.
TIMEOUT_SECONDS = 3
MAX_BYTES = 1024 * 1024
# Keys are fetched again after the TTL and, for an unknown key id, at once. But at most
# one fetch starts in each pause.
JWKS_TTL_SECONDS = 300
PAUSE_SECONDS = 10
# Seconds for which keys stay valid while the provider is unavailable.
MAX_STALE_SECONDS = 3600
# Requests of a process that may wait for a fetch. The others are refused with 503.
MAX_WAITING = 4
# The exceptions that parsing a forged token or key set can raise.
PARSE_ERRORS = (
    PyJWTError,
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
    RecursionError,
)

Keys = dict[str, jwt.PyJWK]


@cache
def keys_at(url: str) -> ProviderKeys:
    return ProviderKeys(url)


class ProviderKeys:
    """The keys of the last fetch that succeeded."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.lock = threading.Lock()
        self.keys: Keys = {}
        self.fetched_at = self.next_fetch_at = float("-inf")
        # Set when the running fetch ends.
        self.fetch: threading.Event | None = None
        self.waiting = threading.BoundedSemaphore(MAX_WAITING)

    def get(self, key_id: str) -> jwt.PyJWK | None:
        """Return the key, or None if the provider has none with this ID.

        Raise Unavailable without any keys.
        """
        if key_id not in self.valid_keys(JWKS_TTL_SECONDS):
            self.refresh()
        keys = self.valid_keys(MAX_STALE_SECONDS)
        if not keys:
            raise Unavailable("The identity provider does not respond.")
        return keys.get(key_id)

    def valid_keys(self, max_age: float) -> Keys:
        with self.lock:
            age = time.monotonic() - self.fetched_at
            return self.keys if age <= max_age else {}

    def refresh(self) -> None:
        """Start a fetch and wait for it, unless one is running or has just run.

        Without keys, wait for the running one as well.
        """
        fetch = self.start_fetch()
        if fetch is None and not self.valid_keys(MAX_STALE_SECONDS):
            fetch = self.fetch
        if fetch and self.waiting.acquire(blocking=False):
            try:
                fetch.wait(TIMEOUT_SECONDS)
            finally:
                self.waiting.release()

    def start_fetch(self) -> threading.Event | None:
        with self.lock:
            now = time.monotonic()
            if self.fetch or now < self.next_fetch_at:
                return None
            self.next_fetch_at = now + PAUSE_SECONDS
            self.fetch = fetch = threading.Event()
        threading.Thread(target=self.run, args=[fetch], daemon=True).start()
        return fetch

    def run(self, fetch: threading.Event) -> None:
        try:
            keys = parse_keys(download(self.url))
            with self.lock:
                self.keys, self.fetched_at = keys, time.monotonic()
        except (*PARSE_ERRORS, OSError, HTTPException) as exc:
            name = type(exc).__name__
            logger.warning("The keys of the identity provider are missing: %s", name)
        finally:
            with self.lock:
                self.fetch = None
            fetch.set()


def parse_keys(body: bytes) -> Keys:
    """Return the keys of a JWKS document. Raise one of PARSE_ERRORS without any."""
    document = json.loads(body)
    if not isinstance(document, dict):
        raise TypeError("The JWKS document must be an object.")
    keys = {
        key.key_id: key
        for key in jwt.PyJWKSet.from_dict(document).keys
        if key.key_id and key.public_key_use in {None, "sig"}
    }
    if not keys:
        raise ValueError("The JWKS document has no key with an ID.")
    return keys


def download(url: str) -> bytes:
    """Return the body, or what came of it before the timeout.

    Raise ValueError if it is too large, and OSError or HTTPException without a body.
    The timeout of a socket applies to each part that arrives, not to the whole. So a
    timer shuts the sockets down.
    """
    sockets: list[socket.socket] = []
    timer = threading.Timer(TIMEOUT_SECONDS, shut_down, [sockets])
    timer.daemon = True
    timer.start()
    try:
        opener = build_opener(*handlers(sockets))
        with opener.open(url, timeout=TIMEOUT_SECONDS) as response:
            body: bytes = response.read(MAX_BYTES + 1)
    finally:
        timer.cancel()
        for each in sockets:
            each.close()
    if len(body) > MAX_BYTES:
        raise ValueError(f"The JWKS document has more than {MAX_BYTES} bytes.")
    return body


def shut_down(sockets: list[socket.socket]) -> None:
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def handlers(sockets: list[socket.socket]) -> tuple[HTTPHandler, HTTPSHandler]:
    """Return handlers that add a duplicate of each connection's socket to the list."""

    class Connection(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            sockets.append(self.sock.dup())

    class SecureConnection(HTTPSConnection, Connection):
        """Connection that calls `Connection.connect()` before the TLS handshake."""

    class Handler(HTTPHandler):
        def http_open(self, req: Request) -> HTTPResponse:
            return self.do_open(Connection, req)

    class SecureHandler(HTTPSHandler):
        def https_open(self, req: Request) -> HTTPResponse:
            context: Any = ssl.create_default_context()
            return self.do_open(SecureConnection, req, context=context)

    return Handler(), SecureHandler()
