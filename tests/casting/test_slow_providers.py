"""Identity providers that send slowly, or without an end."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from accounts import provider_keys
from accounts.provider_keys import ProviderKeys, download
from common.http.errors import Unavailable
from tests.casting.provider import hours, jwk, segment
from tests.support.service_processes import Service

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
KEY_SET = json.dumps({"keys": [jwk("first")]}).encode()
Send = Callable[[socket.socket], None]


def drip(text: bytes) -> Send:
    def send(client: socket.socket) -> None:
        for number in range(600):
            client.sendall(text[number : number + 1] or b" ")
            time.sleep(0.1)

    return send


def drip_body(client: socket.socket) -> None:
    client.sendall(HEAD)
    drip(b"")(client)


def flood(client: socket.socket) -> None:
    client.sendall(HEAD)
    for _ in range(300):
        client.sendall(b" " * 1024 * 1024)


def be_silent(client: socket.socket) -> None:
    time.sleep(60)


def cut(client: socket.socket) -> None:
    client.sendall(HEAD.replace(b"\r\n\r\n", b"\r\nContent-Length: 9999\r\n\r\n"))


SLOW = {
    "drips headers": drip(b"HTTP/1.1 200 OK\r\n" + b"X-Header: a\r\n" * 100),
    "drips the body": drip_body,
    "is silent": be_silent,
}
BAD = {**SLOW, "floods": flood, "cuts": cut}


class RawProvider:
    """A server that sends what it is told to each client."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.requests = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/jwks.json"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.socket.accept()
                self.requests += 1
                threading.Thread(
                    target=self.respond, args=[client], daemon=True
                ).start()

    def respond(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            client.recv(4096)
            self.send(client)


@contextmanager
def providing(send: Send) -> Iterator[RawProvider]:
    provider = RawProvider(send)
    yield provider
    provider.socket.close()


def seconds_of(call: Callable[[], object]) -> float:
    started = time.monotonic()
    with suppress(Exception):
        call()
    return time.monotonic() - started


@pytest.mark.parametrize("send", BAD.values(), ids=BAD)
def test_a_fetch_ends_by_its_deadline(send):
    with providing(send) as provider:
        threads = threading.active_count()
        assert seconds_of(lambda: download(provider.url)) < 4
        with pytest.raises(Unavailable):
            ProviderKeys(provider.url).get("first")
        time.sleep(0.3)
        assert threading.active_count() <= threads + 2


def test_requests_wait_once_and_a_few_at_a_time(monkeypatch):
    with providing(SLOW["drips headers"]) as provider:
        keys = ProviderKeys(provider.url)
        with ThreadPoolExecutor(12) as pool:
            waits = list(
                pool.map(lambda _: seconds_of(lambda: keys.get("x")), range(12))
            )
        assert sum(wait > 1 for wait in waits) <= provider_keys.MAX_WAITING
        assert max(waits) < 4
        assert seconds_of(lambda: keys.get("x")) < 1
        assert provider.requests == 1


def test_known_keys_are_used_while_a_fetch_runs():
    with providing(lambda client: client.sendall(HEAD + KEY_SET)) as provider:
        keys = ProviderKeys(provider.url)
        assert keys.get("first")
        provider.send = SLOW["drips the body"]
        keys.next_fetch_at = 0
        with ThreadPoolExecutor(1) as pool:
            unknown = pool.submit(keys.get, "unknown")
            time.sleep(0.2)
            assert seconds_of(lambda: keys.get("first")) < 0.5
            assert seconds_of(lambda: keys.get("another")) < 0.5
            assert keys.get("another") is None
            assert unknown.result() is None
        assert keys.get("first")
        assert provider.requests == 2


def token(issuer: str, key_id: str) -> str:
    claims = {"iss": issuer, "aud": "a", "sub": "s", "exp": hours(1), "permissions": []}
    parts = {"alg": "RS256", "kid": key_id}, claims
    head, body = (segment(json.dumps(part).encode()) for part in parts)
    return f"{head}.{body}.{segment(b'x' * 256)}"


@pytest.mark.parametrize("send", [SLOW["drips headers"], flood])
def test_the_service_goes_on_meanwhile(start: Callable[..., Service], send):
    with providing(send) as provider:
        issuer = "https://agency.example.com/"
        names = {"OIDC_ISSUER": issuer, "OIDC_AUDIENCE": "a"}
        service = start(**names, OIDC_JWKS_URL=provider.url)
        with ThreadPoolExecutor(30) as pool:
            forged = [
                pool.submit(
                    service.get,
                    "/actors",
                    Authorization=f"Bearer {token(issuer, name)}",
                )
                for name in map(str, range(30))
            ]
            time.sleep(0.3)
            for _ in range(5):
                assert seconds_of(lambda: service.get("/books")) < 2
            statuses = {response.result().status for response in forged}
        assert statuses <= {401, 503}
        assert provider.requests == 1
