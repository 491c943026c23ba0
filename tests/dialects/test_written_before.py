"""An answer is written once for the same rows, and never for another's eyes."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.test import APIRequestFactory

from common.json import Lazy
from dialects import renderers
from dialects.renderers import Bodies, CompactRenderer, WrittenBefore
from media_catalog.models import Author, Video
from tests.dialects import test_not_modified as not_modified
from tests.dialects.test_own_serializers import model_serializer, view_of
from tests.dialects.test_plan import lists
from tests.work import counting

reader = not_modified.reader


def test_no_list_is_drawn_twice_until_it_changes(reader):
    urls = [*lists(), *not_modified.PAGES]
    for url in [url for url in urls if not not_modified.ASKING.match(url)]:
        first = reader.get(url)
        # What is counted is not written anew by the suite's watcher.
        with counting(), not_modified.nothing_rendered(nothing_drawn=True):
            second = reader.get(url)
        assert first.content == second.content, url
        for name in ("Content-Type", "ETag", "Vary"):
            assert first[name] == second[name]


def test_a_changed_row_is_drawn_anew(api, db):
    Video.objects.create(id="v", title="before")
    for title in ("before", "after", "before"):
        Video.objects.update(title=title)
        (row,) = api.get("/api/video").json()["data"]
        assert row["attributes"]["title"] == title


def answer_of(kind: Any, user: Any = None, **headers: Any) -> bytes:
    request = APIRequestFactory().get("/books", headers=headers)
    request.user = user
    authentication: Any = type(
        "Known", (), {"authenticate": lambda self, request: user and (user, None)}
    )
    members = {"authentication_classes": [authentication]}
    answer = view_of(kind, **members).as_view()(request)
    assert answer.status_code == 200
    return bytes(answer.render().content)


@pytest.fixture
def author(db) -> Author:
    return Author.objects.create(first_name="Ann", last_name="Lee")


class ForStaff(serializers.CharField):
    def to_representation(self, value: Any) -> str:
        return value if self.context["request"].user.is_staff else "***"


def test_a_field_that_looks_at_who_asks_is_drawn_for_each(author, ada, staff):
    kind = model_serializer(Author, ["last_name"], last_name=ForStaff())

    found = [answer_of(kind, user) for user in (staff, ada, staff, ada)]

    assert [b"Lee" in body for body in found] == [True, False, True, False]
    assert not renderers.bodies


def test_equal_rows_of_other_views_are_other_answers(author):
    kinds = [
        model_serializer(
            Author, ["id", name], **{name: serializers.CharField(source="first_name")}
        )
        for name in ("given", "called")
    ]
    found = [answer_of(kind) for kind in kinds * 2]

    assert [b"given" in body for body in found] == [True, False, True, False]
    assert len(renderers.bodies) == 2


def test_so_are_equal_rows_in_another_form(author):
    kind = model_serializer(Author, ["id"])
    found = [
        answer_of(kind, accept=accept)
        for accept in ("application/json", "application/json; indent=4")
    ]

    assert b"\n" not in found[0]
    assert b"\n    " in found[1]


def written(key: str, text: str) -> bytes:
    writing = WrittenBefore(CompactRenderer(), key, [Lazy(text, str)])
    return bytes(writing.render(text))


def test_what_is_kept_has_a_limit(monkeypatch):
    monkeypatch.setattr(renderers, "MOST_BYTES", 10_000)
    monkeypatch.setattr(renderers, "LARGEST", 1000)
    for number in range(100):
        written(f"{number}", "x" * 500)
        kept: Bodies = renderers.bodies
        assert sum(map(len, kept.values())) < kept.size <= 12_000
    assert 0 < len(kept) < 10

    written("large", "x" * 2000)
    assert not any(key[-1] == "large" for key in kept)
