"""Many clients at once, against a server of their own on a real database."""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest

from tests.media_catalog.jsonapi import MEDIA_TYPE, linkage, resource

pytestmark = pytest.mark.django_db(transaction=True)
ATOMIC = f'{MEDIA_TYPE}; ext="https://jsonapi.org/ext/atomic"'
RACERS, SECONDS = 32, 20


class Client:
    """One connection that stays open."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)

    def send(self, method: str, path: str, body=None, **headers: str):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        raw = None if body is None else json.dumps(body)
        names = {"Content-Type": MEDIA_TYPE} | names
        self.connection.request(method, path, raw, names)
        response = self.connection.getresponse()
        return response.status, response.headers["ETag"], response.read()


def race(run, port: int) -> Counter[int]:
    """How often each status was answered to all racers together."""
    with ThreadPoolExecutor(RACERS) as pool:
        runs = [pool.submit(run, Client(port)) for _ in range(RACERS)]
        return Counter(status for run in runs for status in run.result(SECONDS * 2))


def count_up(client: Client) -> list[int]:
    """Reads a number and writes one more, until that was done once or time is up."""
    statuses, end = [], time.monotonic() + SECONDS
    while 204 not in statuses and time.monotonic() < end:
        _, etag, raw = client.send("GET", "/api/video/v?fields[video]=deleted")
        number = json.loads(raw)["data"]["attributes"]["deleted"]
        body = resource("video", "v", attributes={"deleted": number + 1})
        status, *_ = client.send("PATCH", "/api/video/v", body, If_Match=etag)
        statuses.append(status)
    return statuses


def test_no_change_is_lost_between_reading_and_writing(port):
    client = Client(port)
    client.send("POST", "/api/video", resource("video", "v", attributes={"deleted": 0}))

    statuses = race(count_up, port)

    _, _, raw = client.send("GET", "/api/video/v")
    assert json.loads(raw)["data"]["attributes"]["deleted"] == statuses[204] > 0
    assert set(statuses) <= {204, 412}


def test_one_of_all_who_know_a_linkage_replaces_it(port):
    client = Client(port)
    for kind, pk in [("playlist", "p"), ("video", "a"), ("video", "b")]:
        client.send("POST", f"/api/{kind}", resource(kind, pk))
    path = "/api/playlist/p/relationships/videos"
    _, etag, _ = client.send("GET", path)

    def replace(racer: Client) -> list[int]:
        status, *_ = racer.send("PATCH", path, linkage("video", "a"), If_Match=etag)
        return [status]

    assert race(replace, port) == {204: 1, 412: RACERS - 1}


def test_operations_that_race_are_done_whole_or_not_at_all(port):
    def add(racer: Client) -> list[int]:
        operations = [
            {"op": "add", **resource("user", lid="u")},
            {
                "op": "add",
                "data": {
                    "type": "video",
                    "relationships": {"author": {"data": {"type": "user", "lid": "u"}}},
                },
            },
            {"op": "add", **resource("playlist", "the only one")},
        ]
        body = {"atomic:operations": operations}
        status, *_ = racer.send("POST", "/api/operations", body, Content_Type=ATOMIC)
        return [status]

    assert race(add, port) == {200: 1, 409: RACERS - 1}
    for kind in ("user", "video", "playlist"):
        _, _, raw = Client(port).send("GET", f"/api/{kind}")
        assert json.loads(raw)["meta"]["total"] == 1


def test_clients_that_add_to_a_playlist_do_not_mix_their_videos(port):
    client = Client(port)
    client.send("POST", "/api/playlist", resource("playlist", "p"))
    for number in range(RACERS):
        for part in "ab":
            client.send("POST", "/api/video", resource("video", f"{part}{number}"))
    path = "/api/playlist/p/relationships/videos"
    numbers = iter(range(RACERS))

    def add(racer: Client) -> list[int]:
        number = next(numbers)
        status, *_ = racer.send(
            "POST", path, linkage("video", f"b{number}", f"a{number}")
        )
        return [status]

    assert race(add, port) == {204: RACERS}
    _, _, raw = client.send("GET", f"{path}?page[size]=100")
    order = [video["id"] for video in json.loads(raw)["data"]]
    assert len(order) == 2 * RACERS
    for first, second in zip(order[::2], order[1::2], strict=True):
        assert (first[0], second[0]) == ("b", "a")
        assert first[1:] == second[1:]
