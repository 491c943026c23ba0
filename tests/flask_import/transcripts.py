"""What the old programs answered, compared with what Quintet answers after an import.

The databases have transcripts: GET requests that were sent to the old program on this
very file, and its answers. `differences()` sends the same requests to Quintet and names
each difference by its kind. What the report of the import explains has the kind of the
report, such as `reported: goal.name empty`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_plus, urlsplit
from zoneinfo import ZoneInfo

from rest_framework.test import APIClient

from tests.flask_import.conftest import DATABASES

JSON = Any
# The tables whose rows stand below a key of a document, or a part of a URL.
TABLES = {
    **dict.fromkeys(["Author", "author", "authors"], "author"),
    **dict.fromkeys(["Book", "books"], "book"),
    **dict.fromkeys(["Invoice", "invoice", "invoices"], "invoice"),
    **dict.fromkeys(["InvoiceItem", "invoiceItems", "invoice-items"], "invoice_item"),
    **dict.fromkeys(["Job", "jobs"], "job"),
    **dict.fromkeys(["Order", "order", "orders"], "order"),
    **{name: name for name in ("actors", "bucketlists", "movies")},
    **{name: name for name in ("playlist", "user", "video")},
}
TIME_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%a, %d %b %Y %H:%M:%S GMT",
)
ORDER = "order of rows"
# The zone in which the old programs ran.
BERLIN = ZoneInfo("Europe/Berlin")


class Row(NamedTuple):
    table: str
    old_id: str


# The way to a value: the keys of objects, and the rows among them.
Place = tuple[str | Row, ...]
Values = Mapping[Place, JSON]


class Answer(NamedTuple):
    """An answer, as far as it is compared."""

    status: int
    media_type: str
    body: str
    # Only paths and queries: the servers have different addresses.
    links: frozenset[str]

    @property
    def is_json(self) -> bool:
        return self.media_type.endswith("json")


class Exchange(NamedTuple):
    """A GET request and the old program's answer."""

    url: str
    headers: Mapping[str, str]
    answer: Answer


class Difference(NamedTuple):
    """The old and the new value in a part of an answer."""

    # The number of the request.
    number: int
    url: str
    kind: str
    place: Place
    old: JSON
    new: JSON


def transcript(name: str) -> list[Exchange]:
    """Return what was sent to the old program on the database of this name."""
    lines = json.loads((DATABASES / f"{name}.transcript.json").read_text())
    return [
        Exchange(
            line["url"],
            line["headers"],
            answer_of(line["status"], line["response_headers"], line["response_body"]),
        )
        for line in lines
    ]


def answer_of(status: int, headers: Mapping[str, str], body: str) -> Answer:
    links = re.split(r",\s*(?=<)", path_of(headers.get("Link", "")))
    media_type = headers.get("Content-Type", "").partition(";")[0]
    return Answer(status, media_type, body, frozenset(filter(is_page, links)))


def path_of(links: str) -> str:
    """Return the links without the addresses of the servers, and decoded."""
    return unquote_plus(re.sub(r"https?://[^/]*", "", links))


def is_page(link: str) -> bool:
    """Return whether the link leads to another page of the list."""
    return bool(link) and not link.endswith('rel="help"')


def ask(client: APIClient, exchange: Exchange) -> Answer:
    """Send the request to Quintet. The client has a token, if one is needed."""
    headers = {
        name: value
        for name, value in exchange.headers.items()
        if name not in {"Authorization", "Access-Token"}
    }
    response = client.get(exchange.url, headers=headers)
    return answer_of(response.status_code, response.headers, response.content.decode())


@dataclass(frozen=True)
class Report:
    """The findings of an import, by row."""

    findings: Mapping[Row, list[Mapping[str, str]]]

    @classmethod
    def of(cls, document: JSON) -> Report:
        findings: dict[Row, list[Mapping[str, str]]] = {}
        for each in document["rows"]:
            row = Row(each["old_table"], each["old_id"])
            findings.setdefault(row, []).append(each)
        return cls(findings)

    def left_out(self, row: Row) -> str | None:
        """Return why the row is left out."""
        sections = (
            each["section"]
            for each in self.findings.get(row, [])
            if each["choice"] in {"skip", "once"}
        )
        return next((f"left out: {section}" for section in sections), None)

    def explained(self, row: Row, columns: Collection[str] = ()) -> str | None:
        """Return what was found in the row, or in one of its columns."""
        sections = dict.fromkeys(
            each["section"]
            for each in self.findings.get(row, [])
            if not columns or column_of(each) in columns
        )
        return f"reported: {', '.join(sections)}" if sections else None

    def explained_at(self, place: Place) -> str | None:
        """Return what was found in a column on the way to a value."""
        row = innermost_row(place)
        keys = place[place.index(row) + 1 :] if row in place else ()
        names = {snake_case(str(key)) for key in keys}
        columns = names | {f"{name}_id" for name in names}
        return self.explained(row, columns) if columns else None


def column_of(finding: Mapping[str, str]) -> str:
    return finding["section"].partition(" ")[0].rpartition(".")[2]


# The kind of a difference, its place, and both values.
Found = tuple[str, Place, JSON, JSON]
# Changes old documents, and new ones, before they are compared.
Prepare = tuple[Callable[[JSON], JSON], Callable[[JSON], JSON]]


def unchanged(document: JSON) -> JSON:
    return document


def differences(
    exchanges: list[Exchange],
    client_for: Callable[[Exchange], APIClient],
    report: Report,
    prepare: Prepare = (unchanged, unchanged),
) -> Iterator[Difference]:
    """Send all requests to Quintet. `prepare` is applied to old and new documents."""
    for number, exchange in enumerate(exchanges):
        new = ask(client_for(exchange), exchange)
        for found in compared(exchange, new, report, prepare):
            yield Difference(number, exchange.url, *found)


def compared(
    exchange: Exchange, new: Answer, report: Report, prepare: Prepare
) -> Iterator[Found]:
    old = exchange.answer
    if old.status != new.status:
        row = row_of_url(exchange.url)
        why = report.left_out(row) if row else None
        kind = why or f"status: {old.status} → {new.status}"
        yield kind, (), old.body[:80], new.body[:80]
        return
    if old.media_type != new.media_type:
        yield f"type: {old.media_type} → {new.media_type}", (), None, None
        return
    if old.links != new.links:
        yield "links", (), sorted(old.links), sorted(new.links)
    if old.is_json:
        table = table_of_url(exchange.url)
        before, after = (
            dict(values(change(json.loads(each.body)), table))
            for each, change in zip((old, new), prepare, strict=True)
        )
        yield from compared_values(before, after, report)


def table_of_url(url: str) -> str:
    """Return the table whose rows the URL shows."""
    parts = urlsplit(url).path.strip("/").split("/")
    return next((TABLES[part] for part in reversed(parts) if part in TABLES), "")


def row_of_url(url: str) -> Row | None:
    parts = urlsplit(url).path.strip("/").split("/")
    if len(parts) > 1 and parts[-2] in TABLES:
        return Row(TABLES[parts[-2]], unquote(parts[-1]))
    return None


def values(node: JSON, table: str, place: Place = ()) -> Iterator[tuple[Place, JSON]]:
    """Return each value of a document that isn't a list or an object."""
    if isinstance(node, dict):
        yield from values_of_object(node, table, place)
    elif isinstance(node, list):
        rows = [each["id"] for each in node if isinstance(each, dict) and "id" in each]
        for number, each in enumerate(node):
            key = () if rows else (str(each) if is_plain(each) else str(number),)
            yield from values(each, table, (*place, *key))
        yield (*place, ORDER), rows or [each for each in node if is_plain(each)]
    else:
        is_link = isinstance(node, str) and node.startswith("http")
        yield place, path_of(node) if is_link else node


def is_plain(node: JSON) -> bool:
    return not isinstance(node, dict | list)


def values_of_object(
    node: Mapping[str, JSON], table: str, place: Place
) -> Iterator[tuple[Place, JSON]]:
    if "id" in node:
        place = (*place, Row(node.get("type", table), str(node["id"])))
    if not node:
        yield place, {}
    for key, value in node.items():
        yield from values(value, TABLES.get(key, table), (*place, key))


def compared_values(old: Values, new: Values, report: Report) -> Iterator[Found]:
    rows_before, rows_after = rows_in(old), rows_in(new)
    # The lists that have lost a row.
    shorter: set[Place] = set()
    for place in [*old, *(each for each in new if each not in old)]:
        before, after = old.get(place), new.get(place)
        if place in old and place in new:
            if is_same(place, before, after):
                continue
            kind = kind_of(place, before, after, report)
        elif place in old:
            gone = first_not_in(rows_after, place)
            shorter |= {gone[:-1]} if gone else set()
            kind = missing_kind(gone, report) or unexplained("missing", place, report)
        elif added := first_not_in(rows_before, place):
            kind = added_kind(added, report, added[:-1] in shorter)
        else:
            kind = unexplained("new", place, report)
        yield kind, place, before, after


def unexplained(what: str, place: Place, report: Report) -> str:
    return report.explained_at(place) or f"{what} key: {place[-1]}"


def rows_in(found: Values) -> set[Place]:
    """Return the places of all rows."""
    return {
        place[: number + 1]
        for place in found
        for number, each in enumerate(place)
        if isinstance(each, Row)
    }


def first_not_in(rows: set[Place], place: Place) -> Place | None:
    """Return the place of the outermost row on the way that isn't among the rows."""
    ways = (place[: number + 1] for number in range(len(place)))
    return next((each for each in ways if is_row(each) and each not in rows), None)


def is_row(place: Place) -> bool:
    return isinstance(place[-1], Row)


def missing_kind(gone: Place | None, report: Report) -> str | None:
    if gone is None:
        return None
    row = innermost_row(gone)
    # The row may be gone because another one no longer refers to it.
    why = report.left_out(row) or report.explained_at(gone[:-1])
    return why or report.explained(row) or "missing row"


def added_kind(added: Place, report: Report, takes_a_place: bool) -> str:
    rows = [each for each in reversed(added) if isinstance(each, Row)]
    # A row that is visible now may be below one that was changed.
    why = next((why for row in rows if (why := report.explained(row))), None)
    return why or ("moved up" if takes_a_place else "new row")


def is_same(place: Place, old: JSON, new: JSON) -> bool:
    """Return whether the values are equal, or are the same order of common rows."""
    if place[-1:] != (ORDER,):
        return bool(old == new)
    return [each for each in old if each in new] == [
        each for each in new if each in old
    ]


def innermost_row(place: Place) -> Row:
    """Return the row that the value belongs to, or an empty one."""
    rows = (each for each in reversed(place) if isinstance(each, Row))
    return next(rows, Row("", ""))


def kind_of(place: Place, old: JSON, new: JSON, report: Report) -> str:
    """Return the kind of a value that both documents have."""
    key = str(place[-1])
    if why := report.explained_at(place):
        return why
    if key == ORDER:
        return ORDER
    before, after = parsed_time(old), parsed_time(new)
    if before and after:
        in_utc = before.replace(tzinfo=BERLIN).astimezone(UTC).replace(tzinfo=None)
        same, zone = f"{key}: format of a time", f"{key}: Berlin → UTC"
        return {before: same, in_utc: zone}.get(after, f"{key}: another time")
    return f"value: {key}"


def snake_case(key: str) -> str:
    return re.sub(r"([A-Z])", r"_\1", key).lower()


def parsed_time(value: JSON) -> datetime | None:
    for text in TIME_FORMATS:
        try:
            return datetime.strptime(value, text)
        except (TypeError, ValueError):
            continue
    return None
