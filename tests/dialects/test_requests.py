"""A quick request is DRF's own, whatever was sent."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.exceptions import APIException
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request, WrappedAttributeError

from dialects.base import StrictJSONParser
from dialects.requests import QuickRequest

FORM = "application/x-www-form-urlencoded"
SENT = [
    ("application/json", b'{"a": [1]}'),
    ("application/json", b"[1, 2]"),
    ("application/json", b"{"),
    ("application/json", b""),
    ("application/json; charset=utf-16", b"{}"),
    ("text/plain", b"a"),
    ("", b"a"),
    ("", b""),
    (FORM, b"a=1&a=2"),
    (FORM, b""),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
]


def made(kind: Any, content_type: str, body: bytes, **options: Any) -> Any:
    request = RequestFactory().generic("POST", "/", body, content_type=content_type)
    parsers = [StrictJSONParser(), FormParser(), MultiPartParser()]
    negotiator = DefaultContentNegotiation()
    return kind(request, parsers=parsers, negotiator=negotiator, **options)


def outcome(request: Any, name: str) -> Any:
    try:
        return getattr(request, name)
    except APIException as exc:
        return type(exc), str(exc)


@pytest.mark.parametrize(("content_type", "body"), SENT)
@pytest.mark.parametrize("first", ["data", "POST", "FILES"])
def test_what_was_sent_is_the_same(content_type, body, first):
    found = []
    for kind in (QuickRequest, Request):
        request = made(kind, content_type, body)
        # A second look finds what the first one left.
        looks = [outcome(request, name) for name in (first, "data", "POST", "FILES")]
        found.append((looks, request.method, request.META.get("CONTENT_TYPE")))
    assert found[0] == found[1]


class Mistaken:
    """An authenticator, and a parser, with a mistake of its own."""

    media_type = "application/json"

    def authenticate(self, request: Any) -> Any:
        return request.no_such_thing

    def parse(self, stream: Any, media_type: str, context: Any) -> Any:
        return self.no_such_thing  # type: ignore[attr-defined]


def test_a_mistake_is_not_taken_for_something_missing():
    request = made(QuickRequest, "text/plain", b"a", authenticators=[Mistaken()])
    request.parsers = [Mistaken()]
    request.negotiator.select_parser = lambda request, parsers: parsers[0]
    for name in ("user", "data"):
        with pytest.raises(WrappedAttributeError, match="no_such_thing"):
            getattr(request, name)


def test_a_user_is_known_to_django_as_well():
    request = made(QuickRequest, "text/plain", b"")
    assert request.user.is_anonymous
    request.user = user = object()
    assert request.user is request._request.user is user
