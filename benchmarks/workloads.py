"""The requests to measure, and the checks of their responses.

Each workload is a list of requests for many URLs, rows and users. All servers get them
in the same order.
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

# Rows in the response of /actors.
MAX_ACTORS = 100
ITEMS = 20
# Maximum number of requests of a workload, and the number of those to check.
REQUESTS, CHECKED = 2000, 8
Part = Callable[[Any], Any]
JSON = {"Content-Type": "application/json"}
JSON_API = {"Accept": "application/vnd.api+json"}


def full_page(document: Any) -> int:
    """Return the total of a full page, otherwise 0."""
    return int(document["meta"]["total"]) if len(document["data"]) == SIZE else 0


def size_of_tree(tree: dict[str, Any]) -> int:
    return sum(1 + size_of_tree(below) for below in tree.values())


def owned_tree(document: Any) -> int:
    [tree] = document.values()
    return size_of_tree(tree)


def without_ids(invoice: Any) -> Any:
    """Return a new invoice without generated IDs, which must be consistent."""
    ids = {item["invoiceId"] for item in invoice["invoiceItems"]}
    items = [
        {key: item[key] for key in ("partCode", "units", "unitPrice")}
        for item in invoice["invoiceItems"]
    ]
    return {**invoice, "id": ids == {invoice["id"]}, "invoiceItems": items}


def without_times(row: Any) -> Any:
    times = ("date_created", "date_modified")
    seconds = {name: parsedate_to_datetime(row[name]).second for name in times}
    return row | {"id": type(row["id"])} | {name: name in seconds for name in times}


def resources(document: Any) -> Any:
    """Return what all JSON:API servers have in common: rows with linkage, the total."""
    if isinstance(document["data"], dict):
        return resource(document["data"])
    rows = [resource(row) for row in document["data"]]
    return rows, document["meta"]["total"]


def resource(row: Any) -> Any:
    linkage = {name: of["data"] for name, of in row["relationships"].items()}
    linkage["playlists"].sort(key=itemgetter("id"))
    return row["type"], row["id"], row["attributes"], linkage


def unchanged(document: Any) -> Any:
    return document


@dataclass(frozen=True)
class Request:
    url: str
    body: Any = None
    # The ID of the user whose token is sent.
    user: int | None = None

    @property
    def data(self) -> bytes | None:
        return None if self.body is None else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    requests: list[Request]
    # Counts the rows of a response, which must be `expected` for each request.
    count: Callable[[Any], int]
    expected: int
    headers: dict[str, str] = field(default_factory=dict)
    # Returns the part of a document that all servers have to agree on.
    compared: Part = unchanged

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
        """Return the requests whose responses are checked: some of every kind."""
        return self.requests[:CHECKED]

    def check(self, document: Any) -> None:
        rows = self.count(document)
        if rows != self.expected:
            raise WrongResponse(f"{self.name}: {rows} rows instead of {self.expected}")


class WrongResponse(Exception):
    """A server returned something else than it has to."""


def shuffled(urls: Iterable[str]) -> list[str]:
    """Return the URLs in a random order that is the same in each run."""
    in_order = list(urls)
    random.Random(42).shuffle(in_order)  # noqa: S311
    return in_order


def in_turn(*kinds: list[str]) -> list[str]:
    """Return URLs of each kind in turn. The shorter lists are repeated."""
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
    """Return a workload: pages of all books, and the first books of each author."""
    pages = range(min(50, number // SIZE))
    authors = range(1, max(1, number // 100) + 1)
    urls = in_turn(
        shuffled(f"/books?{page_config(limit=SIZE, offset=SIZE * n)}" for n in pages),
        shuffled(f"/books?authorId={n}&{page_config(limit=SIZE)}" for n in authors),
    )
    title = f"{SIZE} books with author"
    return Workload("W1", title, reading(urls), lambda body: len(body["Book"]), SIZE)


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
    lambda body: len(body["invoiceItems"]),
    ITEMS,
    headers=JSON,
    compared=without_ids,
)
ACTORS = Workload(
    "W6",
    f"{MAX_ACTORS} actors, token",
    reading(
        in_turn(
            shuffled(f"/actors?offset={MAX_ACTORS * n}" for n in range(10)),
            shuffled(
                f"/actors?gender={gender}&age_min={age}"
                for gender in ("female", "male")
                for age in range(18, 58)
            ),
        ),
        ASSISTANTS,
    ),
    lambda body: len(body["actors"]),
    MAX_ACTORS,
)
NEW_BUCKETLISTS = Workload(
    "W7",
    "POST bucket list, token",
    [Request("/bucketlists/", {"name": f"Learn to sail {n}"}, n) for n in OWNERS],
    lambda body: int(body["created_by"] in OWNERS),
    1,
    headers=JSON,
    compared=without_times,
)


def workloads(get: Get, videos: int) -> list[Workload]:
    """Return all workloads for a number of videos. `get` finds the cursors."""
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
    name: str, title: str, urls: Iterable[str], videos: int, compared: Part = unchanged
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
        lambda body: len(body["data"]["attributes"]),
        4,
        headers=JSON_API,
    )
