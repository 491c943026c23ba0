"""A URL is found where Django would find it, with less looking."""

from __future__ import annotations

import re

import pytest
from django.urls import Resolver404, URLResolver, get_resolver, include, path, resolve
from django.views import View

from common.urls import Signpost, part
from tests.openapi import Contract


def paths(contract: Contract) -> list[str]:
    found = [pattern.pattern for pattern, _ in contract.operations]
    return [re.sub(r"\(\[\^/\]\+\)|\[\^/\]\+", "7", name) for name in found]


def outcome(find, name: str):
    try:
        found = find(name)
    except Resolver404:
        return None
    return found.func, found.args, found.kwargs, found.view_name, found.route


def test_every_url_is_found_as_by_django(contract, monkeypatch):
    asked = [
        name for plain in paths(contract) for name in (plain, f"{plain}/", f"{plain}x")
    ]
    found = {name: outcome(resolve, name) for name in asked}
    assert sum(map(bool, found.values())) > 50

    monkeypatch.setattr(Signpost, "resolve", URLResolver.resolve)
    assert {name: outcome(get_resolver().resolve, name) for name in asked} == found


VIEW = View.as_view()
SIGNPOST = Signpost(
    part([path("a/b", VIEW, name="first")], "a"),
    part(include(([path("a/c", VIEW, name="second")], "app")), "a/"),
    part([path("anything", VIEW)], "b"),
)


@pytest.mark.parametrize(
    ("name", "route"), [("a/b", "first"), ("a/c", "second"), ("anything", None)]
)
def test_parts_that_begin_alike_are_asked_in_turn(name, route):
    found = outcome(SIGNPOST.resolve, name)
    assert (found and found[3].rpartition(":")[2]) == route


NESTED = Signpost(
    part(
        [
            Signpost(
                part([path("a/b", VIEW, name="first")], "a/b"),
                part([path("a/<name>", VIEW, name="second")], "a/", "z/"),
            ),
            path("a/c", VIEW, name="never"),
        ],
        "a",
    ),
    part([path("z/<name>", VIEW, name="third")], "z/"),
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a/b", ("first", {})),
        ("a/c", ("second", {"name": "c"})),
        ("z/c", ("third", {"name": "c"})),
        ("a", None),
        ("b", None),
    ],
)
def test_parts_within_parts_are_asked_as_they_stand(name, found):
    match = outcome(NESTED.resolve, name)
    assert (match and (match[3], match[2])) == found
    assert outcome(lambda name: URLResolver.resolve(NESTED, name), name) == match
