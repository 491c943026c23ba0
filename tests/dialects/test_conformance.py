"""What every dialect must answer to the same situations.

The answers are compared with golden/<dialect>.json. After a change that is meant,
write them anew with `WRITE_GOLDEN=1 script/test tests/dialects/test_conformance.py`
and read the difference.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError
from django.test import Client
from rest_framework.exceptions import Throttled
from rest_framework.permissions import BasePermission
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import issue_tokens
from bucketlists.models import Bucketlist
from bucketlists.views import BucketlistViewSet
from casting.views import ActorViewSet
from goals.models import Goal
from goals.views import GoalsView
from media_catalog.models import Author, Book, Creator, Video
from media_catalog.views import BookViewSet, VideoViewSet
from tests.support.factories import UserFactory

GOLDEN = Path(__file__).parent / "golden"


@dataclass
class Subject:
    """A resource that speaks the dialect, and how to make it answer."""

    view: Any
    url: str
    valid: dict[str, Any]
    invalid: dict[str, Any]
    existing: Callable[[], Any]
    missing: str
    unrouted: str
    wrong_method: tuple[str, str]
    conflict: Callable[[Any], tuple[str, str, dict[str, Any]]]
    # How a row of `existing` is changed at its own URL.
    change: Callable[[Any], tuple[str, str, dict[str, Any]]]
    media_type: str = "application/json"
    client: APIClient = field(default_factory=APIClient)

    def send(self, method: str, url: str, body: Any = None, **headers: Any) -> Any:
        raw: Any = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        content_type = headers.pop("content_type", self.media_type)
        raw = b"" if method == "GET" else raw
        return self.client.generic(method, url, raw, content_type, **headers)


def somebody() -> User:
    return User.objects.get(name="somebody")


def author() -> Author:
    return Author.objects.get_or_create(first_name="Ada", last_name="Lovelace")[0]


def video_document(**parts: Any) -> dict[str, Any]:
    return {"data": {"type": "video", "attributes": {"title": "V"}} | parts}


SUBJECTS: dict[str, Callable[[], Subject]] = {
    "message": lambda: Subject(
        view=BucketlistViewSet,
        url="/bucketlists/",
        valid={"name": "Travels"},
        invalid={"name": ""},
        existing=lambda: Bucketlist.objects.create(name="Old", created_by=somebody()),
        missing="/bucketlists/4711",
        unrouted="/bucketlists/1/nothing",
        wrong_method=("POST", "/bucketlists/4711"),
        conflict=lambda row: (
            "POST",
            "/auth/register",
            {"email": "x@example.com", "password": "x", "name": "somebody"},
        ),
        change=lambda row: ("PUT", f"/bucketlists/{row.pk}", {"name": "New"}),
    ),
    "argument": lambda: Subject(
        view=GoalsView,
        url="/v1.0/goals",
        valid={"name": "ship"},
        invalid={"name": ""},
        existing=lambda: Goal.objects.create(name="old", user=somebody()),
        missing="/v1.0/goals?name=nothing",
        unrouted="/v1.0/nothing",
        wrong_method=("PATCH", "/v1.0/goals"),
        conflict=lambda row: ("POST", "/v1.0/goals", {"name": row.name}),
        change=lambda row: ("PATCH", f"/v1.0/goals/{row.pk}", {"name": "new"}),
    ),
    "envelope": lambda: Subject(
        view=ActorViewSet,
        url="/actors",
        valid={"name": "Ada", "age": 36, "gender": "female"},
        invalid={"name": "", "age": "x", "gender": "female"},
        existing=lambda: ActorViewSet.queryset.create(name="A", age=1, gender="x"),
        missing="/actors/4711",
        unrouted="/actors/abc",
        wrong_method=("PUT", "/actors/4711"),
        conflict=lambda row: ("POST", "/actors", {}),
        change=lambda row: ("PATCH", f"/actors/{row.pk}", {"age": 2}),
    ),
    "restless": lambda: Subject(
        view=VideoViewSet,
        url="/api/video",
        valid=video_document(id="v1"),
        invalid=video_document(attributes={"bogus": 1}),
        existing=lambda: Video.objects.create(
            id="old", title="Old", author=Creator.objects.create(id="c", name="C")
        ),
        missing="/api/video/nothing",
        unrouted="/api/nothing",
        wrong_method=("DELETE", "/api/video"),
        conflict=lambda row: ("POST", "/api/video", video_document(id=row.pk)),
        change=lambda row: ("PATCH", f"/api/video/{row.pk}", video_document(id=row.pk)),
        media_type="application/vnd.api+json",
    ),
    "dbbase": lambda: Subject(
        view=BookViewSet,
        url="/books",
        valid={"title": "Notes", "pubYear": "1843", "authorId": author().pk},
        invalid={"title": "x" * 101, "authorId": author().pk},
        existing=lambda: Book.objects.create(
            title="Old", pub_year=1842, author=author()
        ),
        missing="/books/4711",
        unrouted="/books/abc",
        wrong_method=("POST", "/books/4711"),
        conflict=lambda row: ("DELETE", f"/authors/{row.author_id}", {}),
        change=lambda row: ("PATCH", f"/books/{row.pk}", {"title": "New"}),
    ),
}


@pytest.fixture
def responses_match_the_document(request, monkeypatch, contract) -> None:
    """Check the responses but those of rules that a test adds to a view."""
    case_name = request.node.callspec.params.get("name")
    if case_name not in ADDED_RULES:
        monkeypatch.setattr(Client, "request", contract.checking(Client.request))


@pytest.fixture(params=SUBJECTS)
def dialect(request) -> str:
    return request.param


@pytest.fixture
def subject(db, dialect) -> Subject:
    user = UserFactory.create(name="somebody")
    user.groups.add(Group.objects.get(name="executive producer"))
    subject = SUBJECTS[dialect]()
    subject.client.raise_request_exception = False
    subject.client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_tokens(user).access}")
    return subject


CASES: dict[str, Callable[..., Any]] = {}
# Cases whose permission or throttle is not the view's own.
ADDED_RULES = {"no permission", "too many requests"}


def case(function: Callable[..., Any]) -> Callable[..., Any]:
    CASES[function.__name__.replace("_", " ")] = function
    return function


@case
def a_list(subject, **_):
    subject.existing()
    return subject.send("GET", subject.url)


@case
def a_list_that_is_cut(subject, settings, **_):
    settings.QUINTET_MAX_UNPAGED = 1
    subject.existing()
    subject.send("POST", subject.url, subject.valid)
    return subject.send("GET", subject.url)


@case
def something_created(subject, **_):
    return subject.send("POST", subject.url, subject.valid)


@case
def a_bad_field(subject, **_):
    return subject.send("POST", subject.url, subject.invalid)


@case
def a_malformed_body(subject, **_):
    return subject.send("POST", subject.url, b'{"a": 1, "a": 2}')


@case
def another_charset(subject, **_):
    raw = '{"name": "é"}'.encode("utf-16")
    media_type = f"{subject.media_type}; charset=utf-16"
    return subject.send("POST", subject.url, raw, content_type=media_type)


@case
def a_bad_token(subject, **_):
    subject.client.credentials(HTTP_AUTHORIZATION="Bearer x")
    return subject.send("GET", subject.url)


class Nobody(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return False


@case
def no_permission(subject, monkeypatch, **_):
    monkeypatch.setattr(subject.view, "permission_classes", [Nobody])
    return subject.send("GET", subject.url)


@case
def nothing_there(subject, **_):
    if "?" in subject.missing:
        return subject.send("DELETE", subject.missing)
    body = {"data": {"type": "video", "id": "nothing"}}
    return subject.send("PATCH", subject.missing, body)


@case
def no_such_url(subject, **_):
    return subject.send("GET", subject.unrouted)


@case
def a_wrong_method(subject, **_):
    return subject.send(*subject.wrong_method)


@case
def no_media_type_to_answer_in(subject, **_):
    return subject.send("GET", subject.url, HTTP_ACCEPT="image/png")


@case
def a_conflict(subject, **_):
    return subject.send(*subject.conflict(subject.existing()))


@case
def a_list_that_is_known(subject, **_):
    subject.existing()
    tag = subject.send("GET", subject.url).headers["ETag"]
    return subject.send("GET", subject.url, HTTP_IF_NONE_MATCH=tag)


@case
def a_change_of_another_state(subject, **_):
    change = subject.change(subject.existing())
    return subject.send(*change, HTTP_IF_MATCH='W/"another"')


@case
def a_malformed_condition(subject, **_):
    change = subject.change(subject.existing())
    return subject.send(*change, HTTP_IF_MATCH="another")


@case
def too_large_a_body(subject, settings, **_):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    return subject.send("POST", subject.url, subject.valid)


@case
def another_media_type(subject, **_):
    return subject.send("POST", subject.url, b"a,b", content_type="text/csv")


def raising(error: Exception) -> Callable[..., Any]:
    def view_method(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        raise error

    return view_method


def broken(subject, monkeypatch, error):
    name = "list" if hasattr(subject.view, "list") else "get"
    monkeypatch.setattr(subject.view, name, raising(error))
    return subject.send("GET", subject.url)


@case
def too_many_requests(subject, monkeypatch, **_):
    return broken(subject, monkeypatch, Throttled(wait=7))


@case
def a_mistake_of_ours(subject, monkeypatch, **_):
    return broken(subject, monkeypatch, RuntimeError("secret"))


@case
def no_database(subject, monkeypatch, **_):
    return broken(subject, monkeypatch, OperationalError("secret"))


HEADERS = (
    *("Content-Type", "Allow", "ETag", "Link", "Retry-After", "WWW-Authenticate"),
    "X-Error-Detail",
)


def shown(response: Any) -> dict[str, Any]:
    """Status, the headers that matter and the body, without ids and times."""
    headers = {name: response[name] for name in HEADERS if name in response}
    if "ETag" in headers:
        headers["ETag"] = re.sub("[0-9a-f]{20}", "<digest>", headers["ETag"])
    return {
        "status": response.status_code,
        "headers": headers,
        "body": without_chance(json.loads(response.content or "null")),
    }


IDS = {"id", "created", "created_by", "authorId"}


def without_chance(part: Any) -> Any:
    if isinstance(part, dict):
        return {
            key: "<id>"
            if isinstance(value, int) and key in IDS
            else without_chance(value)
            for key, value in part.items()
        }
    if isinstance(part, list):
        return [without_chance(entry) for entry in part]
    if isinstance(part, str):
        return re.sub(r"\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT", "<date>", part)
    return part


@pytest.mark.difference(
    "Everywhere",
    old="Returns HTML for unknown URLs, wrong methods, and crashes",
    new="Returns JSON in the format of the API",
    why="Clients can parse it",
)
@pytest.mark.parametrize("name", CASES)
def test_the_dialect_returns_what_is_recorded(
    subject, dialect, name, monkeypatch, settings
):
    answer = shown(CASES[name](subject, monkeypatch=monkeypatch, settings=settings))

    path = GOLDEN / f"{dialect}.json"
    golden = json.loads(path.read_text()) if path.exists() else {}
    if os.environ.get("WRITE_GOLDEN"):
        golden[name] = answer
        path.parent.mkdir(exist_ok=True)
        ordered = {key: golden[key] for key in CASES if key in golden}
        path.write_text(json.dumps(ordered, indent=2) + "\n")
    assert answer == golden[name]


@pytest.mark.difference(
    "Everywhere", old="Shows SQL and Python errors", new="Returns a general sentence"
)
def test_a_bug_is_logged_and_hidden_from_the_client(subject, monkeypatch, caplog):
    logging.getLogger("django").propagate = True
    response = broken(subject, monkeypatch, RuntimeError("secret"))
    logging.getLogger("django").propagate = False

    assert b"secret" not in response.content
    assert "secret" in caplog.text


@pytest.mark.parametrize("accept", ["text/html,*/*;q=0.8"])
def test_a_browser_gets_the_browsable_api(subject, accept):
    subject.existing()
    response = subject.send("GET", subject.url, HTTP_ACCEPT=accept)

    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")
    assert subject.url in response.content.decode()
