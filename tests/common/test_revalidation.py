"""An answer is given again while its rows are the same, and never to anybody else."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from bucketlists.models import Bucketlist
from casting.models import Actor
from common import revalidation
from common.compiled import RowByKey
from common.reads import Read
from common.revalidation import Answer, Answers
from media_catalog.models import Author
from tests.dialects import test_not_modified as not_modified
from tests.dialects.test_plan import lists
from tests.factories import ENDS

reader = not_modified.reader
OF_ROWS = re.compile("/(books|authors|actors|movies|bucketlists/|v1.0/goals)$")


@contextmanager
def counting() -> Iterator[None]:
    """Answers given again are then not compared with new ones."""
    before = sys.getprofile()
    sys.setprofile(lambda *event: None)
    try:
        yield
    finally:
        sys.setprofile(before)


def is_made_anew(client: Any, url: str, **headers: str) -> bool:
    """Whether a view was asked; what is counted is not made anew by the watcher."""
    with counting(), patch.object(APIView, "dispatch", autospec=True) as made:
        made.return_value = HttpResponse("anew")
        return bool(client.get(url, headers=headers).content == b"anew")


def test_lists_are_answered_again_without_a_view(reader):
    urls = [url for url in lists() if OF_ROWS.match(url)]
    assert len(urls) == 6
    for url in urls:
        answers = [reader.get(url) for _ in range(3)]
        assert not is_made_anew(reader, url), url
        assert {answer.content for answer in answers} == {answers[0].content}
        for name in ("Content-Type", "ETag", "Vary", "Allow", "Content-Length"):
            assert {answer[name] for answer in answers} == {answers[0][name]}
        assert len({answer["X-Request-ID"] for answer in answers}) == 3


def test_it_takes_the_same_statements(api, db):
    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            api.get("/books")
        return [query["sql"] for query in queries]

    first, _, third = statements(), statements(), statements()
    if connection.vendor == "postgresql":
        (at_once,) = third
        assert first
        assert all(sql in at_once for sql in first)
    else:
        assert first == third != []


def test_a_changed_row_shows_at_once(api, db):
    Author.objects.create(first_name="Ann", last_name="Lee")
    for name in ("Lee", "Lee", "Lee", "Ray", "Lee", "Lee"):
        Author.objects.update(last_name=name)
        (row,) = api.get("/authors").json()["Author"]
        assert row["lastName"] == name


def test_who_has_it_gets_304(api, db):
    Author.objects.create(first_name="Ann", last_name="Lee")
    tag, _ = (api.get("/authors")["ETag"] for _ in range(2))

    assert not is_made_anew(api, "/authors", **{"If-None-Match": tag})
    assert api.get("/authors", headers={"If-None-Match": tag}).status_code == 304
    assert api.get("/authors", headers={"If-None-Match": 'W/"x"'}).status_code == 200


def test_everybody_gets_their_own(client_of, ada, bob):
    for user in (ada, bob):
        Bucketlist.objects.create(created_by=user, name=f"of {user.name}")
    for _ in range(3):
        for user in (ada, bob):
            (found,) = client_of(user).get("/bucketlists/").json()
            assert found["name"] == f"of {user.name}"


def test_other_headers_are_another_question(api, db):
    for _ in range(3):
        for accept in ("application/json", "application/json; indent=4"):
            found = api.get("/books", headers={"accept": accept})
            assert (b"\n" in found.content) is ("indent" in accept)
    assert is_made_anew(api, "/books", accept="application/*")
    others = {"user-agent": "x", "x-request-id": "y"}
    assert not is_made_anew(api, "/books", accept="application/json", **others)


@pytest.mark.parametrize("end", ENDS)
def test_who_may_no_longer_is_refused(client_of, ada, end):
    client = client_of(ada)
    assert [client.get("/bucketlists/").status_code for _ in range(3)] == [200] * 3

    end(ada)

    assert client.get("/bucketlists/").status_code == 401


def test_so_is_who_lost_a_right(client_of, ada):
    Actor.objects.create(name="Ann", age=30, gender="female")
    ada.groups.add(Group.objects.get(name="casting assistant"))
    client = client_of(ada)
    assert [client.get("/actors").status_code for _ in range(3)] == [200] * 3

    ada.groups.clear()

    assert client.get("/actors").status_code == 403


def test_so_is_a_token_that_has_ended(client_of, ada):
    client = client_of(ada)
    for _ in range(3):
        client.get("/bucketlists/")
    (kept,) = [answer for answer in revalidation.answers.values() if answer]
    assert time.time() < kept.until <= time.time() + 300

    (key,) = revalidation.answers
    revalidation.answers[key] = kept._replace(until=time.time())
    assert is_made_anew(client, "/bucketlists/")


def test_a_database_that_fails_is_a_matter_of_the_view(api, db, monkeypatch):
    for _ in range(2):
        api.get("/books")
    monkeypatch.setattr(RowByKey, "first", None)

    def fail(read: Read) -> bool:
        raise OperationalError

    monkeypatch.setattr(Read, "is_as_before", fail)
    assert is_made_anew(api, "/books")


# Views of one's own


@pytest.fixture
def author(db) -> None:
    Author.objects.create(pk=7, first_name="Ann", last_name="Lee")


class OfRows(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    answers_by_rows = frozenset({"get"})

    def get(self, request: Any) -> Response:
        authors = RowByKey(lambda key: Author.objects.filter(pk=key))
        found = authors.first(int(request.query_params["pk"]))
        return Response(found and found.last_name, headers={"ETag": 'W/"x"'})


class OfMore(OfRows):
    """Reads something that is not noted."""

    def get(self, request: Any) -> Response:
        Author.objects.count()
        return super().get(request)


class Silent(OfRows):
    answers_by_rows = frozenset()


class WithCookie(OfRows):
    def get(self, request: Any) -> Response:
        found = super().get(request)
        found.set_cookie("a", "b")
        return found


def answer(view: Any, **headers: str) -> tuple[bytes, bool]:
    """What the view answers, and whether it was asked for it."""
    request, asked = RequestFactory().get("/?pk=7", headers=headers), []

    def make() -> Any:
        asked.append(view)
        return view(request).render()

    found: Any = revalidation.answered(request, view, make)
    return bytes(found.content), bool(asked)


@pytest.mark.parametrize("kind", [OfRows, OfMore, Silent, WithCookie])
def test_only_what_is_known_to_be_of_rows_is_given_again(author, kind):
    view = kind.as_view()
    with counting():
        found = [answer(view) for _ in range(3)]

    assert {body for body, _ in found} == {b'"Lee"'}
    assert found[2][1] is (kind is not OfRows)


def test_who_is_known_by_another_proof_is_asked_for_it_each_time(author):
    view = OfRows.as_view()
    with counting():
        found = [answer(view, authorization="Other x") for _ in range(3)]

    assert [is_asked for _, is_asked in found] == [True] * 3


def test_a_refusal_is_made_anew(api, db):
    for _ in range(3):
        assert api.get("/books?pageConfig=x").status_code == 400
    assert is_made_anew(api, "/books?pageConfig=x")


# Memory


def answer_of(size: int) -> Answer:
    return Answer([], float("inf"), b"x" * size, {}, None)


def test_what_is_kept_has_a_limit(monkeypatch):
    monkeypatch.setattr(revalidation, "MOST_BYTES", 100_000)
    kept = Answers()
    for number in range(1000):
        kept.keep(number, answer_of(500))
        assert kept.size == sum(
            revalidation.BYTES_BESIDES + len(answer.content)
            for answer in kept.values()
            if answer
        )
        assert kept.size <= 100_000
    assert 1 < len(kept) < 100


def test_what_replaces_an_answer_takes_its_place():
    kept = Answers()
    for size in (0, 500, 20, 300):
        kept.keep("same", answer_of(size) if size else None)
        assert kept.size == revalidation.BYTES_BESIDES + size


def test_a_large_answer_is_made_each_time(api, db, monkeypatch):
    monkeypatch.setattr(revalidation, "LARGEST", 10)
    for _ in range(3):
        api.get("/books")
    assert is_made_anew(api, "/books")


def test_a_long_question_is_not_kept(api, db):
    for _ in range(3):
        api.get("/books", headers={"x-long": "x" * revalidation.BYTES_BESIDES})
    assert not revalidation.answers


def test_a_post_is_no_question(rf):
    made: list[HttpResponse] = []

    def make() -> HttpResponse:
        made.append(HttpResponse())
        return made[-1]

    for _ in range(3):
        revalidation.answered(rf.post("/"), OfRows.as_view(), make)
    assert len(made) == 3
    assert not revalidation.answers
