"""The requests that are measured, and what a right answer to each of them is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from operator import itemgetter
from typing import Any
from urllib.parse import quote

from benchmarks.json_api import FAR, SIZE, Get, cursor_after
from config.benchmark_data.numbers import ASSISTANT, GOALS, MANY_GOALS, OWNER, PLANNERS

# Rows in the answer of /actors, which is the whole list unless there are more.
MOST_ACTORS = 100
ITEMS = 20
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
class Workload:
    name: str
    title: str
    # `{n}` is any number below `numbers`, plus `first`.
    path: str
    # What its answer holds, counted: the figure for any of the numbers.
    count: Callable[[Any], int]
    expected: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    first: int = 0
    numbers: int = 0
    # The part of the document that must be the same from everybody.
    compared: Part = plain
    user: int | None = None

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"

    @property
    def status(self) -> int:
        return 200 if self.body is None else 201

    @property
    def data(self) -> bytes | None:
        return None if self.body is None else json.dumps(self.body).encode()

    def url(self, number: int = 0) -> str:
        return self.path.format(n=self.first + number)

    def samples(self) -> list[str]:
        """The URLs to check: the ends of the range and one between."""
        last = max(self.numbers - 1, 0)
        return [self.url(number) for number in sorted({0, last // 2, last})]

    def check(self, document: Any) -> None:
        found = self.count(document)
        if found != self.expected:
            raise Wrong(f"{self.name}: {found} rows instead of {self.expected}")


class Wrong(Exception):
    """An answer is not what it must be."""


INVOICE = {
    "userId": OWNER,
    "invoiceDate": "2026-01-31",
    "invoiceItems": [
        {"partCode": f"P-{number:04}", "units": number + 1, "unitPrice": number + 0.25}
        for number in range(ITEMS)
    ],
}
BOOKS = Workload(
    "W1",
    f"{SIZE} books with author",
    f"/books?pageConfig={quote(json.dumps({'limit': SIZE}))}",
    lambda found: len(found["Book"]),
    SIZE,
)
TREE = Workload(
    "W4",
    f"tree of {GOALS} goals",
    "/v1.0/goals?user=planner-{n}",
    owned_tree,
    GOALS,
    first=1,
    numbers=PLANNERS - 1,
)
LARGE_TREE = Workload(
    "W4big",
    f"tree of {MANY_GOALS} goals",
    f"/v1.0/goals?user=planner-{PLANNERS}",
    owned_tree,
    MANY_GOALS,
)
NEW_INVOICE = Workload(
    "W5",
    f"POST invoice, {ITEMS} items",
    "/invoices",
    lambda found: len(found["invoiceItems"]),
    ITEMS,
    body=INVOICE,
    headers=JSON,
    compared=without_ids,
)
ACTORS = Workload(
    "W6",
    f"{MOST_ACTORS} actors, token",
    "/actors",
    lambda found: len(found["actors"]),
    MOST_ACTORS,
    user=ASSISTANT,
)
NEW_BUCKETLIST = Workload(
    "W7",
    "POST bucket list, token",
    "/bucketlists/",
    lambda found: int(found["created_by"]),
    OWNER,
    body={"name": "Learn to sail"},
    headers=JSON,
    compared=without_times,
    user=OWNER,
)


def workloads(get: Get, videos: int) -> list[Workload]:
    """All of them, over so many videos; `get` finds the way to the far page."""
    far = min(FAR, videos // SIZE)
    page = f"/api/video?page[size]={SIZE}"
    by_cursor = cursor_after(get, f"video-{(far - 1) * SIZE - 1:07}")
    return [
        BOOKS,
        videos_at("W2", f"JSON:API page of {SIZE}", page, videos),
        video_of(videos),
        TREE,
        NEW_INVOICE,
        ACTORS,
        NEW_BUCKETLIST,
        videos_at("W2deep", f"page {far}", f"{page}&page[number]={far}", videos),
        # The cursors in its links are signed by a key that only Quintet has.
        videos_at("W2cursor", f"page {far} by cursor", by_cursor, videos, resources),
        LARGE_TREE,
    ]


def videos_at(
    name: str, title: str, url: str, videos: int, compared: Part = plain
) -> Workload:
    return Workload(
        name, title, url, full_page, videos, headers=JSON_API, compared=compared
    )


def video_of(videos: int) -> Workload:
    return Workload(
        "W3",
        "one JSON:API video",
        "/api/video/video-{n:07}",
        lambda found: len(found["data"]["attributes"]),
        4,
        headers=JSON_API,
        numbers=videos,
    )
