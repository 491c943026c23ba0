"""Thousands of damaged requests, drawn by Hypothesis from valid ones.

Whatever is sent, the answer is JSON:API as the OpenAPI document describes it, never a
500 and never a page, and what was stored can be read, filtered and edited afterwards.
Each batch starts from the same rows, so that a failure can be repeated; where
CI is set, every run draws the same requests.
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections import Counter
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.db import connection, transaction
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from media_catalog.models import Creator, Playlist, Video
from tests.media_catalog.jsonapi import MEDIA_TYPE, identifier, linkage, resource

pytestmark = pytest.mark.fuzz
BATCH = 40
SAMPLE = 38
# The same sample each time, unless more is asked for.
EXAMPLES = int(os.environ.get("QUINTET_FUZZ_EXAMPLES", SAMPLE))
# Hypothesis may draw a few batches twice or not at all.
LEAST = BATCH * 33
FUZZ = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == SAMPLE,
    deadline=None,
    database=None,
    print_blob=True,
    # Making a batch smaller takes minutes; the failing request is shown.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CODE = re.compile(r"[a-z][a-z0-9_]*")
MODELS: dict[str, Any] = {"user": Creator, "video": Video, "playlist": Playlist}
RELATIONSHIPS = {
    "user": {"owned_videos": "video", "owned_playlists": "playlist"},
    "video": {"author": "user", "playlists": "playlist"},
    "playlist": {"owner": "user", "videos": "video"},
}
IDS = {"user": ["u-alice", "u-bella"], "video": ["v1", "v2", "v3"], "playlist": ["p1"]}
COLUMNS = {
    kind: ["id", "create_at", "update_at", "deleted", "title"] for kind in MODELS
} | {"user": ["id", "create_at", "update_at", "deleted", "name"]}
KEYS = {"user": [], "video": ["author_id"], "playlist": ["owner_id"]}
OPERATORS = """
    == eq != ne <> > gt < lt >= ge <= le in not_in like ilike not_like is_null
    is_not_null has any equals_to && to_tsquery
"""

# Values

DEEP: Any = "x"
for _ in range(70):
    DEEP = [DEEP]
NASTY: list[Any] = [
    None, True, False, 0, -1, 1.5, -0.0, 1e308, float("nan"), float("inf"),
    2**31 - 1, 2**31, -(2**31) - 1, 2**63, 10**40, 10**400,
    "", " ", "0", "null", "\x00", "a\x00b", "\ud800", "\udfff", "\ufffe", "\u202eabc",
    "e\u0301", "ß", "İ", "😀" * 40, "عربى", "\n\r\t", "%", "_", "\\", "%00", "'", '"',
    "'; DROP TABLE video; --", "a,b", "a.b", "-", "x" * 255, "x" * 256, "x" * 3000,
    "2024-06-02", "2024-06-02T04:44:04.906714", "2024-06-02T04:44:04Z", "24:00",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "10000-01-01",
    "2024-02-30", "CURRENT_TIMESTAMP", "infinity", "epoch", "now()",
    [], {}, [[]], [None], {"": None}, {"data": None}, {"id": "v1"}, DEEP,
    "u-alice", "u-bella", "v1", "p1", "nope", "user", "video", "playlist",
]  # fmt: skip
NAMES = [
    "data", "type", "id", "lid", "attributes", "relationships", "links", "meta", "op",
    "jsonapi", "included", "title", "name", "deleted", "create_at", "author", "owner",
    "author_id", "owner_id", "videos", "playlists", "owned_videos", "account", "pk",
    "account_id", "val", "field", "or", "and", "not", "ref", "href", "relationship",
    "atomic:operations", "", "\x00", "😀", "a/b~c", "__proto__", "x" * 300,
]  # fmt: skip
nasty = st.sampled_from(NASTY)
texts = st.text(max_size=12)
# Copies, since a later change may damage what an earlier one has put in.
values = nasty.map(copy.deepcopy) | texts | st.integers() | st.floats()
names = st.sampled_from(NAMES) | st.text(max_size=5)


def places(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a document."""
    paths = [path]
    if isinstance(part, dict | list):
        pairs = part.items() if isinstance(part, dict) else enumerate(part)
        for key, below in pairs:
            paths += places(below, (*path, key))
    return paths


@st.composite
def damaged(draw: Any, document: Any) -> Any:
    """The document after up to three changes, of which none may hurt it at all."""
    box = {"": copy.deepcopy(document)}
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 1, 2, 3]))):
        *path, key = draw(st.sampled_from(places(box)[1:] or [("",)]))
        holder: Any = box
        for step in path:
            holder = holder[step]
        damage(draw, holder, key)
        box.setdefault("", None)
    return box[""]


def damage(draw: Any, holder: Any, key: Any) -> None:
    kind = draw(st.sampled_from(["value", "value", "remove", "add", "rename", "wrap"]))
    if kind == "value":
        holder[key] = draw(values)
    elif kind == "remove":
        del holder[key]
    elif kind == "wrap":
        holder[key] = draw(
            st.sampled_from([[holder[key]], [holder[key]] * 2, {"data": holder[key]}])
        )
    elif isinstance(holder, list):
        holder.insert(key, draw(values))
    else:
        name = draw(names)
        holder[name] = draw(values) if kind == "add" else holder.pop(key)


def encoded(document: Any) -> bytes:
    return json.dumps(document).encode()


@st.composite
def bodies(draw: Any, document: Any) -> bytes:
    raw = encoded(draw(damaged(document)))
    return draw(
        st.sampled_from([raw] * 12 + [
            raw[:-1], raw[: len(raw) // 2], raw + b"x", b"\xef\xbb\xbf" + raw, b"",
            raw.decode().encode("utf-16"), raw.replace(b'"id"', b'"type"'), b"\xff",
            b"[" * 500, raw.replace(b'"', b"'"), b"null", b"[]", b'""',
        ])
    )  # fmt: skip


# URLs

ids = st.sampled_from(
    ["0", ".", "..", "nope", "v1", "u-alice", "p1", "é x", "\x00", "x" * 400]
)
tail = st.sampled_from(
    [""] * 15 + ["/", "//", "?", "/x", "%00", "%FF", ";a=b", ".json"]
)


def or_nasty(draw: Any, usual: Any) -> str:
    """Mostly one of the usual texts."""
    if draw(st.integers(0, 15)):
        return str(draw(st.sampled_from(usual)))
    return str(draw(ids))


def segment(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@st.composite
def paths(draw: Any, shape: str, kind: str) -> str:
    pk = segment(or_nasty(draw, IDS[kind]))
    name = segment(or_nasty(draw, list(RELATIONSHIPS[kind])))
    member = segment(or_nasty(draw, ["v1", "p1"]))
    path = shape.format(kind=kind, pk=pk, name=name, member=member)
    return path + str(draw(tail))


@st.composite
def filter_objects(draw: Any, kind: str, levels: int = 3) -> Any:
    shape = draw(st.sampled_from(["term", "term", "near", "and", "or", "not"]))
    if shape == "term" or not levels:
        columns = COLUMNS[kind] + KEYS[kind]
        filter_object = {"name": draw(st.sampled_from(columns))}
        filter_object["op"] = draw(st.sampled_from(OPERATORS.split()))
        filter_object["val"] = draw(nasty | st.lists(nasty, max_size=3))
        if draw(st.integers(0, 5)) == 0:
            filter_object["field"] = draw(st.sampled_from(columns))
        return filter_object
    if shape == "near":
        name = draw(st.sampled_from(list(RELATIONSHIPS[kind])))
        op = "has" if name in {"author", "owner"} else "any"
        target = RELATIONSHIPS[kind][name]
        return {
            "name": name,
            "op": op,
            "val": draw(filter_objects(target, levels - 1)),
        }
    below = filter_objects(kind, levels - 1)
    if shape == "not":
        return {"not": draw(below)}
    return {shape: draw(st.lists(below, max_size=3))}


PLAIN = [
    *(("page[number]", value) for value in ["1", "2", "0", "-1", "9" * 30, "1.5", "٣"]),
    *(("page[size]", value) for value in ["1", "2", "0", "100", "101", "", "ten"]),
    *((f"page[{way}]", value) for way in ("after", "before") for value in
      ["", "x", "djE", "eyJpZCI6ICJ2MSJ9", "WyJ2MSJd", "bnVsbA==", "====",
       "é", "\x00"]),
    *(("sort", value) for value in
      ["title", "-title", "author.name", "-author.name,id", "0", "", ",", "-", "--id",
       "author", "playlists.title", "owner.id,-deleted,create_at", "id,-id",
       "a" * 999]),
    *(("include", value) for value in
      ["author", "playlists.owner", "owner,videos", "owned_videos.author.owned_videos",
       "", ",", ".", "author.", "a.b.c.d", "author,author", "videos.author.account"]),
    *(("fields[video]", value) for value in ["title", "", "author", "id", "a,,b",
      "\x00"]),
    *((f"fields[{name}]", "title") for name in ["", "user", "[", "\x00", "a]b"]),
    *((f"filter[{name}]", value) for name in
      ["title", "deleted", "create_at", "author_id", "id", "author", "", "x", "single"]
      for value in ["", "1", "B", "2024-06-02", "\x00", "null"]),
    *(("links", value) for value in ["true", "false", "1", "", "x"]),
    ("group", "title"), ("format", "xml"), ("", ""), ("page", "1"), ("filter", "[]"),
    ("page[]", "1"), ("filter[objects][]", "[]"), ("sort[]", "id"),
]  # fmt: skip
BROKEN = [
    "%",
    "%zz",
    "&&&",
    "=",
    "a",
    "%FF=1",
    "filter%5B=1",
    "sort=%00",
    "page[size=1",
]


@st.composite
def queries(draw: Any, kind: str) -> str:
    pairs = draw(st.lists(st.sampled_from(PLAIN), max_size=4))
    if draw(st.integers(0, 2)) == 0:
        filters = [draw(filter_objects(kind))]
        text = json.dumps(draw(damaged(filters)))
        pairs.append(("filter[objects]", text))
    if draw(st.integers(0, 5)) == 0:
        pairs.append((draw(names), str(draw(values))))
    query = urlencode(pairs, errors="surrogatepass")
    if draw(st.integers(0, 12)) == 0:
        query += "&" + draw(st.sampled_from(BROKEN))
    return query


# Headers

ACCEPTS = [
    "*/*", "", "application/json", "text/csv", f"{MEDIA_TYPE};q=0.5", "a/b/c", ",",
    f'{MEDIA_TYPE}; ext="https://jsonapi.org/ext/atomic"', f"{MEDIA_TYPE}; charset=x",
    f'{MEDIA_TYPE}; profile="https://jsonapi.org/profiles/ethanresnick/cursor-pagination"',
    "application/*;q=0", "é", "text/html;q=0.1, */*", "*", "x" * 9000,
]  # fmt: skip
CONTENT_TYPES = [
    "", "application/json", "text/plain", "multipart/form-data", "x", "a/b; c",
    f"{MEDIA_TYPE}; charset=utf-8", f'{MEDIA_TYPE}; profile="x"', "application/*",
    f'{MEDIA_TYPE}; ext="https://jsonapi.org/ext/atomic"', f'{MEDIA_TYPE}; ext="x y"',
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "é",
]  # fmt: skip
ETAGS = ['"x"', "*", 'W/"x"', "x", "", '"a", "b"', '"', "W/", '"é"', ",", '"' * 50]
HEADERS = [
    *(("accept", value) for value in ACCEPTS),
    *((name, value) for name in ("if-match", "if-none-match") for value in ETAGS),
    ("if-modified-since", "yesterday"), ("if-unmodified-since", "0"),
    ("range", "bytes=0-"),
    ("prefer", "return=minimal"), ("authorization", "Bearer x"),
    ("authorization", "Basic"),
    ("x-http-method-override", "DELETE"), ("content-encoding", "gzip"),
    ("cookie", "a=\x01"),
    ("x-forwarded-host", "evil"), ("accept-language", "xx"),
    ("accept-charset", "utf-16"),
]  # fmt: skip


@st.composite
def headers(draw: Any) -> dict[str, str]:
    usual = {"accept": MEDIA_TYPE}
    if draw(st.integers(0, 4)):
        return usual
    return usual | dict(draw(st.lists(st.sampled_from(HEADERS), max_size=3)))


media_types = st.sampled_from([MEDIA_TYPE] * 60 + CONTENT_TYPES)

# Requests


@st.composite
def readings(draw: Any) -> dict[str, Any]:
    """GET and HEAD of every kind of URL."""
    kind = draw(st.sampled_from(list(MODELS)))
    shape = draw(
        st.sampled_from([
            "/api/{kind}", "/api/{kind}", "/api/{kind}", "/api/{kind}/{pk}",
            "/api/{kind}/{pk}/{name}", "/api/{kind}/{pk}/{name}/{member}",
            "/api/{kind}/{pk}/relationships/{name}", "/api/nope",
            "/api/{kind}/{pk}/a/b/c",
        ])
    )  # fmt: skip
    method = draw(st.sampled_from(["GET"] * 8 + ["HEAD", "OPTIONS"]))
    query = draw(queries(kind))
    return {
        "method": method,
        "path": f"{draw(paths(shape, kind))}?{query}",
        "headers": draw(headers()),
    }


def new(kind: str, pk: str, name: str) -> Any:
    times = {"create_at": "2024-06-02T04:44:04.906714", "update_at": "", "deleted": 0}
    attributes: dict[str, Any] = {name: "B", **times}
    relationships: dict[str, Any] = {}
    for relationship, target in RELATIONSHIPS[kind].items():
        is_one = relationship in {"author", "owner"}
        data = identifier(target, IDS[target][0])
        relationships[relationship] = {"data": data if is_one else [data]}
    members = {"attributes": attributes, "relationships": relationships}
    return resource(kind, pk, **members)


@st.composite
def resources(draw: Any) -> dict[str, Any]:
    """Writing resources."""
    kind = draw(st.sampled_from(list(MODELS)))
    is_new = draw(st.booleans())
    pk = draw(st.sampled_from(["x1", "x2", "x3"] if is_new else IDS[kind]))
    text = "name" if kind == "user" else "title"
    document = new(kind, pk, text)
    if kind == "user" and not is_new and draw(st.booleans()):
        del document["data"]["relationships"]
    path = f"/api/{kind}" if is_new else f"/api/{kind}/{pk}"
    usual = "POST" if is_new else "PATCH"
    method = draw(st.sampled_from([usual] * 20 + ["DELETE", "PUT", "POST", "PATCH"]))
    query = draw(queries(kind)) if draw(st.integers(0, 5)) == 0 else ""
    return writing(draw, method, f"{path}?{query}", document)


@st.composite
def linkages(draw: Any) -> dict[str, Any]:
    """Writing relationships."""
    kind = draw(st.sampled_from(list(MODELS)))
    name = draw(st.sampled_from(list(RELATIONSHIPS[kind])))
    target = RELATIONSHIPS[kind][name]
    document: Any = linkage(target, *IDS[target])
    usual = ["PATCH", "POST"] * 7
    if name in {"author", "owner"}:
        document = {"data": identifier(target, IDS[target][-1])}
        usual = ["PATCH"] * 14  # POST is for to-many relationships.
    shape = draw(
        st.sampled_from(
            [f"/api/{{kind}}/{{pk}}/relationships/{name}"] * 6
            + ["/api/{kind}/{pk}/relationships/{name}", "/api/{kind}/{pk}/{name}"]
        )
    )
    method = draw(st.sampled_from([*usual, "POST", "DELETE", "PUT"]))
    return writing(draw, method, draw(paths(shape, kind)), document)


OPERATIONS: list[Any] = [
    {"op": "add", "data": new("user", "x1", "name")["data"]},
    {"op": "add", "data": {"type": "user", "lid": "a", "attributes": {"name": "é"}}},
    {
        "op": "add",
        "data": {
            "type": "video",
            "lid": "b",
            "relationships": {"author": {"data": {"type": "user", "lid": "a"}}},
        },
    },
    {"op": "update", "data": new("video", "v1", "title")["data"]},
    {
        "op": "update",
        "ref": {"type": "video", "id": "v1", "relationship": "author"},
        "data": None,
    },
    {
        "op": "add",
        "ref": {"type": "playlist", "id": "p1", "relationship": "videos"},
        "data": [identifier("video", "v2")],
    },
    {"op": "update", "href": "/api/video/v2", "data": {"type": "video", "id": "v2"}},
    {"op": "remove", "ref": {"type": "video", "id": "v3"}},
    {"op": "remove", "href": "/api/playlist/p1"},
    {"op": "remove", "ref": {"type": "user", "lid": "a"}},
]
ATOMIC = f'{MEDIA_TYPE}; ext="https://jsonapi.org/ext/atomic"'


@st.composite
def operations(draw: Any) -> dict[str, Any]:
    """Several changes at once."""
    chosen = draw(st.lists(st.sampled_from(OPERATIONS), min_size=1, max_size=4))
    document = {"atomic:operations": copy.deepcopy(chosen)}
    method = draw(st.sampled_from(["POST"] * 12 + ["GET", "PATCH", "DELETE"]))
    request = writing(draw, method, "/api/operations", document)
    if request["content_type"] == MEDIA_TYPE and draw(st.integers(0, 12)):
        request["content_type"] = ATOMIC
    if request["headers"] == {"accept": MEDIA_TYPE} and draw(st.integers(0, 12)):
        request["headers"] = {"accept": ATOMIC}
    return request


def writing(draw: Any, method: str, path: str, document: Any) -> dict[str, Any]:
    return {
        "method": method,
        "path": path,
        "data": draw(bodies(document)),
        "content_type": draw(media_types),
        "headers": draw(headers()),
    }


# Promises


def check_answer(request: dict[str, Any], response: Any) -> None:
    assert response.status_code < 500, response.content
    if response.status_code == 304:
        return
    media_type = response.headers["Content-Type"].partition(";")[0]
    assert media_type == MEDIA_TYPE, response.content
    if request["method"] == "HEAD" or response.status_code == 204:
        assert not response.content
        return
    document = json.loads(response.content)
    if response.status_code < 400:
        assert "errors" not in document
        return
    assert document["errors"]
    for error in document["errors"]:
        assert CODE.fullmatch(error["code"]), error


def check_rows(client: Any) -> None:
    """Every stored row is listed, counted, found by its id, included and sorted."""
    for kind, model in MODELS.items():
        rows = list(model.objects.order_by("pk").values_list("pk", flat=True))
        filters = [{"name": "id", "op": "in", "val": rows}]
        query = {
            "page[size]": "0",
            "include": ",".join(RELATIONSHIPS[kind]),
            "sort": ",".join(reversed(COLUMNS[kind])),
        }
        for extra in ({}, {"filter[objects]": json.dumps(filters)}):
            response = client.get(f"/api/{kind}", query_params=query | extra)
            assert response.status_code == 200, response.content
            listed = sorted(row["id"] for row in response.json()["data"])
            assert listed == sorted(rows)
            assert response.json()["meta"]["total"] == len(rows)


def check_admin(client: Any, seen: set[Any]) -> None:
    """The change page of every row as it stands now, unless it was opened before."""
    for model in MODELS.values():
        for row in model.objects.all():
            columns = [field.attname for field in model._meta.concrete_fields]
            state = (model, *(getattr(row, name) for name in columns))
            if state not in seen:
                seen.add(state)
                name = model._meta.label_lower.replace(".", "_")
                url = reverse(f"admin:{name}_change", args=[row.pk])
                assert client.get(url).status_code == 200, state


@pytest.fixture
def back_office(client, staff):
    staff.is_superuser = True
    staff.save()
    client.force_login(staff)
    return client


@pytest.mark.usefixtures("catalog")
@pytest.mark.parametrize("requests", [readings, resources, linkages, operations])
def test_nothing_breaks_the_service(api, back_office, requests):
    sent, opened = Counter(), set()

    @FUZZ
    @given(st.lists(requests(), min_size=BATCH, max_size=BATCH + 2))
    def send(batch: list[dict[str, Any]]) -> None:
        with transaction.atomic():
            for request in batch:
                note(request)
                response = api.generic(**request)
                check_answer(request, response)
                sent[response.status_code] += 1
            connection.check_constraints()
            check_rows(api)
            check_admin(back_office, opened)
            transaction.set_rollback(True)

    send()

    assert sent.total() >= LEAST
    # Damage must not be so great that nothing comes through.
    assert sum(sent[status] for status in (200, 201, 204)) > sent.total() / 50
