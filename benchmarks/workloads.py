"""The requests that are measured, and what a right answer to each of them is.

Each workload is a list of requests for many URLs, rows and users, which every server
gets in the same order.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from itertools import cycle, islice
from operator import itemgetter
from typing import Any
from urllib.parse import quote

from benchmarks.data.numbers import (
    ASSISTANTS,
    GOALS,
    MANY_GOALS,
    OWNERS,
    PLANNERS,
)
from benchmarks.json_api import FAR, SIZE, Get, cursor_after

# Rows in the answer of /actors, which is the whole list unless there are more.
MOST_ACTORS = 100
ITEMS = 20
# Different requests of a workload, if there are so many, and how many are checked.
REQUESTS, CHECKED = 2000, 8
Part = Callable[[Any], Any]
JSON = {"Content-Type": "application/json"}
JSON_API = {"Accept": "application/vnd.api+json"}


def full_page(document: Any) -> int:
    """How many rows there are in all, if it shows as many as it should."""
    return int(document["meta"]["total"]) if len(document["data"]) == SIZE else 0


def size_of_tree(tree: dict[str, Any]) -> int:
    return sum(1 + size_of_tree(below) for below in tree.values())


def owned_tree(document: Any) -> int:
    [tree] = document.values()
    return size_of_tree(tree)


def without_ids(found: Any) -> Any:
    """What was generated for a new invoice is no matter, but must be coherent."""
    ids = {item["invoiceId"] for item in found["invoiceItems"]}
    items = [
        {key: item[key] for key in ("partCode", "units", "unitPrice")}
        for item in found["invoiceItems"]
    ]
    return {**found, "id": ids == {found["id"]}, "invoiceItems": items}


def without_times(found: Any) -> Any:
    times = ("date_created", "date_modified")
    seconds = {name: parsedate_to_datetime(found[name]).second for name in times}
    return found | {"id": type(found["id"])} | {name: name in seconds for name in times}


def resources(found: Any) -> Any:
    """What all kinds of JSON:API have in common: rows with their linkage, the total."""
    if isinstance(found["data"], dict):
        return resource(found["data"])
    return [resource(row) for row in found["data"]], found["meta"]["total"]


def resource(row: Any) -> Any:
    linkage = {name: of["data"] for name, of in row["relationships"].items()}
    linkage["playlists"].sort(key=itemgetter("id"))
    return row["type"], row["id"], row["attributes"], linkage


def plain(found: Any) -> Any:
    return found


@dataclass(frozen=True)
class Request:
    url: str
    body: Any = None
    # Whose token goes with it.
    user: int | None = None

    @property
    def data(self) -> bytes | None:
        return None if self.body is None else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    requests: list[Request]
    # What an answer holds, counted: the same figure for each of the requests.
    count: Callable[[Any], int]
    expected: int
    headers: dict[str, str] = field(default_factory=dict)
    # The part of the document that must be the same from everybody.
    compared: Part = plain

    @property
    def writes(self) -> bool:
        return self.requests[0].body is not None

    @property
    def method(self) -> str:
        return "POST" if self.writes else "GET"

    @property
    def status(self) -> int:
        return 201 if self.writes else 200

    @property
    def users(self) -> set[int]:
        return {request.user for request in self.requests if request.user is not None}

    @property
    def samples(self) -> list[Request]:
        """The requests whose answers are checked: some of every kind."""
        return self.requests[:CHECKED]

    def check(self, document: Any) -> None:
        found = self.count(document)
        if found != self.expected:
            raise Wrong(f"{self.name}: {found} rows instead of {self.expected}")


class Wrong(Exception):
    """An answer is not what it must be."""


def shuffled(urls: Iterable[str]) -> list[str]:
    """In an order that is the same in each run."""
    found = list(urls)
    random.Random(42).shuffle(found)  # noqa: S311
    return found


def in_turn(*kinds: list[str]) -> list[str]:
    """URLs of each kind by turns; the shorter lists are repeated."""
    turns = zip(*map(cycle, kinds), strict=True)
    longest = max(map(len, kinds))
    return [url for turn in islice(turns, longest) for url in turn]


def reading(urls: list[str], users: Iterable[int | None] = (None,)) -> list[Request]:
    return [
        Request(url, user=user)
        for url, user in zip(urls[:REQUESTS], cycle(users), strict=False)
    ]


def page_config(**values: int) -> str:
    return f"pageConfig={quote(json.dumps(values))}"


def books(number: int) -> Workload:
    """Pages of all books, and the first books of each author."""
    pages = range(min(50, number // SIZE))
    authors = range(1, max(1, number // 100) + 1)
    urls = in_turn(
        shuffled(f"/books?{page_config(limit=SIZE, offset=SIZE * n)}" for n in pages),
        shuffled(f"/books?authorId={n}&{page_config(limit=SIZE)}" for n in authors),
    )
    title = f"{SIZE} books with author"
    return Workload("W1", title, reading(urls), lambda found: len(found["Book"]), SIZE)


TREES = Workload(
    "W4",
    f"tree of {GOALS} goals",
    reading(shuffled(f"/v1.0/goals?user=planner-{n}" for n in range(1, PLANNERS))),
    owned_tree,
    GOALS,
)
LARGE_TREE = Workload(
    "W4big",
    f"tree of {MANY_GOALS} goals",
    reading([f"/v1.0/goals?user=planner-{PLANNERS}"]),
    owned_tree,
    MANY_GOALS,
)


def invoice(user: int) -> dict[str, Any]:
    lines = [
        {"partCode": f"P-{user}-{n}", "units": n + 1, "unitPrice": user + n + 0.25}
        for n in range(ITEMS)
    ]
    return {"userId": user, "invoiceDate": "2026-01-31", "invoiceItems": lines}


NEW_INVOICES = Workload(
    "W5",
    f"POST invoice, {ITEMS} items",
    [Request("/invoices", invoice(user)) for user in OWNERS],
    lambda found: len(found["invoiceItems"]),
    ITEMS,
    headers=JSON,
    compared=without_ids,
)
ACTORS = Workload(
    "W6",
    f"{MOST_ACTORS} actors, token",
    reading(
        in_turn(
            shuffled(f"/actors?offset={MOST_ACTORS * n}" for n in range(10)),
            shuffled(
                f"/actors?gender={gender}&age_min={age}"
                for gender in ("female", "male")
                for age in range(18, 58)
            ),
        ),
        ASSISTANTS,
    ),
    lambda found: len(found["actors"]),
    MOST_ACTORS,
)
NEW_BUCKETLISTS = Workload(
    "W7",
    "POST bucket list, token",
    [Request("/bucketlists/", {"name": f"Learn to sail {n}"}, n) for n in OWNERS],
    lambda found: int(found["created_by"] in OWNERS),
    1,
    headers=JSON,
    compared=without_times,
)


def workloads(get: Get, videos: int) -> list[Workload]:
    """All of them, over so many videos; `get` finds the way to the far pages."""
    last = videos // SIZE
    near = range(1, min(50, last) + 1)
    far = range(max(2, min(FAR, last) - 19), min(FAR, last) + 1)
    return [
        books(videos),
        videos_at("W2", f"JSON:API page of {SIZE}", map(by_number, near), videos),
        video_of(videos),
        TREES,
        NEW_INVOICES,
        ACTORS,
        NEW_BUCKETLISTS,
        videos_at("W2deep", f"page {far[-1]}", map(by_number, far), videos),
        # The cursors in its links are signed by a key that only Quintet has.
        videos_at(
            "W2cursor",
            f"page {far[-1]} by cursor",
            (cursor_after(get, f"video-{(n - 1) * SIZE - 1:07}") for n in far),
            videos,
            resources,
        ),
        LARGE_TREE,
    ]


def by_number(page: int) -> str:
    return f"/api/video?page[size]={SIZE}&page[number]={page}"


def videos_at(
    name: str, title: str, urls: Iterable[str], videos: int, compared: Part = plain
) -> Workload:
    return Workload(
        name,
        title,
        reading(shuffled(urls)),
        full_page,
        videos,
        headers=JSON_API,
        compared=compared,
    )


def video_of(videos: int) -> Workload:
    return Workload(
        "W3",
        "one JSON:API video",
        reading(shuffled(f"/api/video/video-{n:07}" for n in range(videos))),
        lambda found: len(found["data"]["attributes"]),
        4,
        headers=JSON_API,
    )
