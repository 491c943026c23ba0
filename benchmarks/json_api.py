"""Measures the JSON:API over a large catalog, as README.md describes.

Requests to compare are sent in turn, so that other load on the machine affects all of
them. It prints medians.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from math import inf
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from benchmarks.database import prepare
from benchmarks.servers import quintet, started

ROOT = Path(__file__).resolve().parent.parent
MEDIA_TYPE = "application/vnd.api+json"
LIMIT_MS = 500
# Accepted time of a far page, as a multiple of the first page's.
MAX_RATIO_BY_NUMBER, MAX_RATIO_BY_CURSOR = 3.0, 1.5
FAR = 4000
SIZE = 20
Get = Callable[[str], Any]
Filter = dict[str, Any]


@dataclass
class Row:
    """One line of the table."""

    name: str
    figure: str
    remark: str = ""


# Requests


def url(path: str, *filters: Filter, **params: Any) -> str:
    query = {f"page[{name}]": value for name, value in params.items()}
    if filters:
        query["filter[objects]"] = json.dumps(filters)
    return f"{path}?{urlencode(query)}"


def term(name: str, op: str, val: Any = None) -> Filter:
    return {"name": name, "op": op, "val": val}


IN_A_PLAYLIST = term("playlists", "any", term("title", "like", "Bell%"))
BY_A_USER = term("author", "has", term("name", "eq", "Bell 1"))
IN_THE_LIST = term("videos", "any", term("title", "like", "Bell%"))
THREE_FAR = term("author", "has", term("owned_playlists", "any", IN_THE_LIST))


def pattern(number: int, name: str = "title") -> Filter:
    """Return another pattern for each number, so that databases can't share work."""
    return term(name, "ilike", f"%n_thing {number}%")


def each(times: int, make: Callable[[int], Filter]) -> list[Filter]:
    return [make(number) for number in range(times)]


def in_playlist(number: int) -> Filter:
    return term("playlists", "any", pattern(number))


def by_name(number: int) -> Filter:
    return term("author", "has", pattern(number, "name"))


def beside_video(number: int) -> Filter:
    """Return a filter for videos in a playlist with another video."""
    return term("playlists", "any", term("videos", "any", pattern(number)))


def by_author_of(number: int) -> Filter:
    return term("author", "has", term("owned_videos", "any", pattern(number)))


def heavy_filters() -> dict[str, list[Filter]]:
    """Return the largest accepted filters, none of which finds a row early."""
    ids = [f"video-{number * 97:07}" for number in range(100)]
    users = [f"user-{number:06}" for number in range(100)]
    return {
        "any of 16 patterns": [{"or": each(16, pattern)}],
        "100 ids": [term("id", "in", ids)],
        "all but 100 ids": [term("id", "not_in", ids)],
        "has one of 100 users": [term("author", "has", term("id", "in", users))],
        "any of 6 playlists": [{"or": each(6, in_playlist)}],
        "any of 6 authors": [{"or": each(6, by_name)}],
        "all of 3 far things": each(3, beside_video),
        "any of 3 far things": [{"or": each(3, beside_video)}],
        "any of 3 other far things": [{"or": each(3, by_author_of)}],
        "none of 3 far things": [{"not": term} for term in each(3, beside_video)],
        "none of 3 other far things": [{"not": term} for term in each(3, by_author_of)],
    }


# Measuring


def check_equal(actual: object, expected: object) -> None:
    if actual != expected:
        raise RuntimeError(f"The response was {actual!r} instead of {expected!r}.")


def timed(get: Get, path: str) -> float:
    started = time.perf_counter()
    get(path)
    return (time.perf_counter() - started) * 1000


def side_by_side(get: Get, paths: dict[str, str], rounds: int) -> dict[str, float]:
    """Return the median milliseconds of each path, requested in turn."""
    times: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(rounds + 1):
        for name, path in paths.items():
            times[name].append(timed(get, path))
    # The first round warms up.
    return {name: median(times[name][1:]) for name in paths}


def compared(
    title: str, times: dict[str, float], limits: dict[str, float] | None = None
) -> Iterator[Row]:
    """Yield times with their ratio to the first, and `OVER` if it exceeds its limit."""
    first = next(iter(times.values()))
    for name, value in times.items():
        limit = (limits or {}).get(name, inf)
        verdict = "" if value <= limit * first else f", OVER {limit:g}"
        yield Row(
            f"{title}: {name}", f"{value:.1f} ms", f"{value / first:.2f}{verdict}"
        )


def query_counts(get: Get) -> Iterator[Row]:
    """Yield the numbers of queries for the largest pages. `get` calls this process."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for name, path in {
        "videos": "/api/video?",
        "include=author": "/api/video?include=author&",
        "include=author,playlists.owner": "/api/video?include=author,playlists.owner&",
        "playlists, one of 1,000 videos": "/api/playlist?",
        "users, one of 1,000 videos": "/api/user?",
    }.items():
        counts = []
        for size in (10, 100):
            with CaptureQueriesContext(connection) as queries:
                get(f"{path}page[size]={size}")
            counts.append(str(len(queries)))
        yield Row(f"queries: {name}", " / ".join(counts), "10 / 100 rows")


def cursor_after(get: Get, pk: str) -> str:
    """Return the URL of the page after a row, by a filter that starts with the row."""
    document = get(url("/api/video", term("id", "ge", pk), after="", size=1))
    query = str(document["links"]["next"]).partition("?")[2].split("&")
    cursor = next(part for part in query if part.startswith("page%5Bafter%5D"))
    return f"/api/video?page[size]={SIZE}&{cursor}"


def pages(get: Get, videos: int, rounds: int) -> Iterator[Row]:
    far = min(FAR, max(2, videos // SIZE))
    last_before = f"video-{(far - 1) * SIZE - 1:07}"
    paths = {
        "1": url("/api/video", size=SIZE),
        f"{far}": url("/api/video", size=SIZE, number=far),
        f"{far} by cursor": cursor_after(get, last_before),
    }
    by_number, by_cursor = get(paths[f"{far}"]), get(paths[f"{far} by cursor"])
    check_equal(by_number["data"], by_cursor["data"])
    limits = {f"{far}": MAX_RATIO_BY_NUMBER, f"{far} by cursor": MAX_RATIO_BY_CURSOR}
    yield from compared("page", side_by_side(get, paths, rounds), limits)


def totals(get: Get, rounds: int) -> Iterator[Row]:
    paths = {
        "kept count": url("/api/video", size=1),
        "counted": url("/api/video", term("id", "is_not_null"), size=1),
    }
    check_equal(get(paths["kept count"])["meta"], get(paths["counted"])["meta"])
    yield from compared("total", side_by_side(get, paths, rounds))


def filters(get: Get, rounds: int) -> Iterator[Row]:
    paths = {
        "none": url("/api/video"),
        "has": url("/api/video", BY_A_USER),
        "any": url("/api/video", IN_A_PLAYLIST),
        "three relationships": url("/api/video", THREE_FAR),
    }
    yield from compared("filter", side_by_side(get, paths, rounds))


def worst_filters(get: Get, rounds: int) -> Iterator[Row]:
    for name, terms in heavy_filters().items():
        path = url("/api/video", *terms)
        value = median(timed(get, path) for _ in range(rounds))
        verdict = "" if value < LIMIT_MS else f"OVER {LIMIT_MS} ms"
        yield Row(f"heavy filter: {name}", f"{value:.0f} ms", verdict)


INSERT = """
    INSERT INTO media_catalog_video (id, title)
    SELECT 'new-' || n, 'new' FROM generate_series(1, %s) AS n
"""


def insert_ms(rows: int, times: int, *, triggers: bool) -> float:
    """Return the milliseconds of a transaction that is rolled back."""
    from django.db import connection, transaction

    switch = "ENABLE" if triggers else "DISABLE"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE media_catalog_video {switch} TRIGGER USER")
        started = time.perf_counter()
        for _ in range(times):
            cursor.execute(INSERT, [rows])
            cursor.execute("DELETE FROM media_catalog_video WHERE id LIKE 'new-%'")
        elapsed = (time.perf_counter() - started) * 1000
        transaction.set_rollback(True)
    return elapsed / times


def triggers(rounds: int) -> Iterator[Row]:
    """Yield the cost of an insert and a delete with and without row counts."""
    from django.db import connection

    # In the caller's transaction, triggers can't be disabled.
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        return
    for rows, times in [(1, 50), (1000, 1)]:
        times_by_kept: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(rounds):
            for kept, values in times_by_kept.items():
                values.append(insert_ms(rows, times, triggers=kept))
        without, with_them = median(times_by_kept[False]), median(times_by_kept[True])
        name = f"insert and delete {rows}"
        yield Row(f"{name}: no count kept", f"{without:.2f} ms", "1.00")
        ratio = with_them / without
        yield Row(f"{name}: count kept", f"{with_them:.2f} ms", f"{ratio:.2f}")


def measure(inside: Get, outside: Get, videos: int, rounds: int) -> Iterator[Row]:
    """Yield all rows of the table. `inside` calls this process, `outside` a server."""
    yield from query_counts(inside)
    yield from pages(outside, videos, rounds)
    yield from totals(outside, rounds)
    yield from filters(outside, rounds)
    # These URLs and their `Link` headers are too long for most servers and clients.
    yield from worst_filters(inside, max(1, rounds // 4))
    yield from triggers(max(1, rounds // 4))


# A server, and ways to send requests


def inside(path: str) -> Any:
    from django.test import Client

    response = Client(headers={"accept": MEDIA_TYPE}).get(path)
    check_equal(response.status_code, 200)
    return json.loads(response.content)


def over_http(port: int) -> Get:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def get(path: str) -> Any:
        connection.request("GET", path, headers={"Accept": MEDIA_TYPE})
        response = connection.getresponse()
        body = response.read()
        check_equal(response.status, 200)
        return json.loads(body)

    return get


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    os.environ |= {"LOG_LEVEL": "WARNING"}
    videos = prepare(options.videos)
    print(f"{videos} videos, medians of {options.rounds} rounds.")
    print("The last column is the ratio to the first row of the group.\n")
    with started(quintet(), {}) as server:
        outside = over_http(server.port)
        for row in measure(inside, outside, videos, options.rounds):
            print(f"{row.name:<52}{row.figure:>12}  {row.remark}", flush=True)


if __name__ == "__main__":
    main()
