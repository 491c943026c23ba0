"""Quintet behind a proxy, as docs/how-to/deploy.md and scale.md (its cache) promise."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any

import pytest

from tests.proxies.proxy import Site, call, replaced

pytestmark = [pytest.mark.proxies, pytest.mark.django_db]

JSON = {"Content-Type": "application/json"}
HTML = "text/html"
# After this, an answer that may be a second old has expired: nginx counts in seconds.
AGE = 2.2
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /v1.0/goals HTTP/1.1\r\n" + HOST
FORM = POST + b"Content-Type: application/x-www-form-urlencoded\r\n"
# More than the two servers have threads.
CLIENTS = 100


@pytest.fixture(scope="session")
def token(site) -> str:
    """Of a user who has no role."""
    return site.sign_in()


@pytest.fixture
def bearer(token) -> dict[str, str]:
    return JSON | {"Authorization": f"Bearer {token}"}


def test_a_part_to_be_replaced_has_to_be_there_once():
    assert replaced("a b", {"a": "c"}) == "c b"
    for text in ("b", "a a"):
        with pytest.raises(AssertionError):
            replaced(text, {"a": "c"})


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /livez HTTP/1.1\r\nHo",
        FORM + b"Content-Length: 30\r\n\r\nuser=a",
        FORM + b"Content-Length: 200000\r\n\r\n" + b"user=a&name=" + b"b" * 50_000,
        FORM + b"Transfer-Encoding: chunked\r\n\r\n6\r\nuser=a\r\n",
        FORM + b"Expect: 100-continue\r\nContent-Length: 30\r\n\r\n",
    ],
    ids=["heads", "short bodies", "long bodies", "chunked", "expect"],
)
def test_slow_clients_keep_no_thread(site, sent):
    with ExitStack() as stack, ThreadPoolExecutor(8) as pool:
        for client in pool.map(site.connect, [sent] * CLIENTS):
            stack.enter_context(client)
        started = time.monotonic()
        for path in ("/livez", "/books") * 5:
            assert site.call("GET", path).status == 200
        assert time.monotonic() - started < 5


def test_early_refusals_of_long_bodies_reach_their_clients(site, bearer):
    long, too_long = b"a" * 300_000, b"a" * 3_000_000
    asked = [("/bucketlists/", long, JSON, 401), ("/movies", long, bearer, 403)] * 300
    asked += [("/nothing", long, bearer, 404)] * 300 + [
        ("/books", too_long, JSON, 413)
    ] * 100

    def status(path: str, body: bytes, headers: dict[str, str], _: int) -> int:
        return site.call("POST", path, body, **headers).status

    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda each: status(*each), asked)
        assert Counter(found) == Counter(wanted for *_, wanted in asked)


class Load:
    """Clients that write and read until told to stop, and what went wrong."""

    def __init__(self, site: Site) -> None:
        self.site, self.ended = site, threading.Event()
        self.answered = 0
        self.failures: list[Any] = []

    def run(self, number: int) -> None:
        with closing(self.site.client()) as client:
            while not self.ended.is_set():
                body = json.dumps({"firstName": str(number), "lastName": "Load"})
                for method, path, sent in [
                    ("POST", "/authors", body),
                    ("GET", "/books", None),
                ]:
                    response: Any = call(client, method, path, sent, JSON)
                    self.answered += 1
                    if response.status not in {200, 201}:
                        self.failures.append((method, response))


def test_a_rolling_restart_fails_no_request(site):
    load = Load(site)
    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(load.run, number) for number in range(4)]
        try:
            site.restart_servers()
        finally:
            load.ended.set()
        for run in runs:
            run.result(timeout=30)

    assert load.failures == []
    assert load.answered > 200


def test_limits_are_quintets_own(site):
    large = site.call("POST", "/books", b"a" * 3_000_000, **JSON)
    long = site.call("GET", f"/books?{'a' * 9000}")

    assert (large.status, long.status) == (413, 414)
    for response in (large, long):
        assert response.headers["content-type"] == "application/json"
        assert "larger" in response.body.decode() or "longer" in response.body.decode()


def test_a_body_that_breaks_off_writes_nothing(site, bearer):
    head = b"POST /bucketlists/ HTTP/1.1\r\n" + HOST + b"Content-Type: "
    head += b"application/x-www-form-urlencoded\r\nAuthorization: "
    head += bearer["Authorization"].encode() + b"\r\nContent-Length: %d\r\n\r\n%s"
    site.connect(head % (30, b"name=cut")).close()
    with closing(site.connect(head % (10, b"name=whole"))) as client:
        assert b" 201 Created" in client.recv(1000)
    time.sleep(0.5)
    found = json.loads(site.call("GET", "/bucketlists/", **bearer).body)

    assert [each["name"] for each in found] == ["whole"]


def test_chunked_bodies_are_taken(site, bearer):
    pieces = iter([b"na", b"me=chunks"])
    response = site.call("POST", "/bucketlists/", pieces, **bearer | URLENCODED)

    assert (response.status, json.loads(response.body)["name"]) == (201, "chunks")
    site.call("DELETE", f"/bucketlists/{json.loads(response.body)['id']}", **bearer)


def lines_of(response: Any) -> Iterator[str]:
    while line := response.readline().decode():
        yield line.strip()


def test_streams_pass_as_they_come(site, bearer):
    me = json.loads(site.call("GET", "/auth/me", **bearer).body)
    order = json.dumps({"ownerId": me["id"], "description": "parts"})
    job = json.loads(site.call("POST", "/api/v2/orders", order, **bearer).body)["id"]
    with closing(site.client()) as client:
        client.request("GET", f"/api/v2/jobs/{job}/events", headers=bearer)
        lines = lines_of(client.getresponse())
        # The stream goes on for as long as the job waits.
        assert any('"status":"queued"' in line for line in lines)
        site.call("POST", f"/api/v2/jobs/{job}/cancel", b"{}", **bearer)
        assert any('"status":"cancelled"' in line for line in lines)


def test_forwarded_headers_of_clients_are_dropped(site, bearer):
    claims = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-For": "192.0.2.7",
        "Forwarded": "for=192.0.2.7;host=evil.example;proto=http",
    }
    claims |= {name.replace("-", "_"): value for name, value in claims.items()}
    me = json.loads(site.call("GET", "/auth/me", **bearer).body)
    order = json.dumps({"ownerId": me["id"], "description": "parts"})
    made = site.call("POST", "/api/v2/orders", order, **bearer, **claims)
    refused = site.call("GET", "/movies", **claims)

    assert made.headers["location"].startswith(f"https://127.0.0.1:{site.port}/")
    logs = "".join(server.log.read_text() for server in site.servers)
    [line] = re.findall(rf"security \[{refused.headers['x-request-id']}\].*", logs)
    assert "address=127.0.0.1" in line


def test_a_header_with_an_underscore_does_not_pose_as_another(site):
    real = site.call("GET", "/livez", **{"X-Request-ID": "chosen"})
    posing = site.call("GET", "/livez", X_Request_ID="chosen")

    assert real.headers["x-request-id"] == "chosen"
    assert posing.headers["x-request-id"] != "chosen"


def test_a_cache_keeps_the_public_catalog_alone(cached):
    def state(path: str, **headers: str) -> str:
        response = cached.call("GET", path, **headers)
        assert response.status < 500
        return response.headers.get("x-cache-status", "none")

    token = cached.sign_in()
    for path in ("/books", "/authors", "/api/video", "/api/user"):
        headers = {"Accept": "application/vnd.api+json"} if "api" in path else {}
        assert [state(path, **headers) for _ in "12"] == ["MISS", "HIT"]
        for private in ({"Authorization": f"Bearer {token}"}, {"Cookie": "a=b"}):
            assert state(path, **headers, **private) == "BYPASS"
    for path in ("/booksellers", "/v1.0/goals", "/api/v2/orders", "/livez"):
        assert state(path) == "none"


def test_a_cached_answer_is_of_its_media_type_and_origin(cached):
    pages = [cached.call("GET", "/books", Accept=kind) for kind in (HTML, "*/*") * 2]
    kinds = [page.headers["content-type"].partition(";")[0] for page in pages]
    assert kinds == ["text/html", "application/json"] * 2
    for origin in ("https://a.example", "https://b.example", "https://c.example") * 2:
        headers = cached.call("GET", "/books", Origin=origin).headers
        allowed = headers.get("access-control-allow-origin")
        assert allowed == (origin if "c." not in origin else None)


def test_a_cached_answer_is_renewed(cached):
    token = cached.sign_in()
    headers = JSON | {"Authorization": f"Bearer {token}"}
    before = cached.call("GET", "/authors")
    author = json.dumps({"firstName": "Ada", "lastName": "Lovelace"})
    assert cached.call("POST", "/authors", author, **headers).status == 201
    time.sleep(AGE)
    after, same = (cached.call("GET", "/authors") for _ in "12")

    assert before.headers["x-cache-status"] == "MISS"
    assert b"Lovelace" not in before.body
    assert b"Lovelace" in after.body == same.body
    assert same.headers["x-cache-status"] == "HIT"
    time.sleep(AGE)
    assert cached.call("GET", "/authors").headers["x-cache-status"] == "REVALIDATED"


def test_a_mounted_prefix_works(mounted):
    page = mounted.call("GET", "/old/admin/login/").body.decode()
    styles = re.findall(r'href="([^"]+\.css)"', page)

    assert styles
    # Probes work without the prefix, too.
    for path in ("/old/livez", "/livez", "/old/books", *styles):
        assert mounted.call("GET", path).status == 200, path
    for path in ("/oldbooks", "/xyz/livez"):
        assert mounted.call("GET", path).status == 404, path
