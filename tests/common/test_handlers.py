"""Programs go past what pages need, and their views are called as Django calls them."""

from __future__ import annotations

from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import Http404, HttpResponse
from django.test import Client
from django.urls import path
from django.views.decorators.csrf import csrf_protect

from common import middleware
from common.handlers import asks_for_page

PAGE = {"accept": "text/html"}


async def later(request: Any) -> HttpResponse:
    return HttpResponse("later")


def is_atomic(request: Any) -> HttpResponse:
    return HttpResponse(str(len(connection.savepoint_ids)))


def missing(request: Any) -> HttpResponse:
    raise Http404


def nothing(request: Any) -> None:
    return None


URLS: dict[str, Any] = {
    "later": later,
    "is-atomic": is_atomic,
    "missing": missing,
    "nothing": nothing,
    "protected": csrf_protect(lambda request: HttpResponse("written")),
}


@pytest.fixture
def own_urls(settings) -> None:
    urls = ModuleType("urls")
    vars(urls)["urlpatterns"] = [path(name, view) for name, view in URLS.items()]
    settings.ROOT_URLCONF = urls


@pytest.fixture
def middlemen(monkeypatch) -> list[str]:
    """The middleware that requests go by."""
    met: list[str] = []
    for name in ("ApiMiddleware", "HeadersMiddleware", "RequestMiddleware"):
        kind = getattr(middleware, name)

        def noted(self, request, name=name, call=kind.__call__):
            met.append(name)
            return call(self, request)

        monkeypatch.setattr(kind, "__call__", noted)
    return met


@pytest.mark.parametrize(
    ("url", "headers", "is_page"),
    [
        ("/books", {}, False),
        ("/books", {"accept": "application/json"}, False),
        ("/books", PAGE, True),
        ("/books", {"cookie": "a=b"}, True),
        ("/admin/login/", {}, True),
        ("/session/login/", {}, True),
        ("/static/none.css", {}, True),
        ("/livez", {}, False),
    ],
)
def test_only_pages_go_all_the_way(db, middlemen, url, headers, is_page):
    answer = Client().get(url, headers=headers)

    way = "HeadersMiddleware" if is_page else "ApiMiddleware"
    assert middlemen == ["RequestMiddleware", way]
    assert asks_for_page(answer.wsgi_request) is is_page


@time_machine.travel(datetime(2026, 11, 21, tzinfo=UTC), tick=False)
def test_both_ways_say_the_same_of_an_answer(db):
    """But for what a session has to do with it."""
    headers = [
        dict(Client().get("/livez", headers=sent).items()) for sent in ({}, PAGE)
    ]
    for found in headers:
        assert found.pop("X-Request-ID")
    assert headers[0] == headers[1]
    assert {"X-Frame-Options", "Referrer-Policy", "Content-Length"} <= {*headers[0]}


def test_an_unknown_host_is_refused_on_both(db):
    for sent in ({}, PAGE):
        answer = Client().get("/livez", headers={"host": "evil.example", **sent})
        assert answer.status_code == 400


def test_transport_is_secured_on_both(db, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 60
    for sent in ({}, PAGE):
        client = Client(headers=sent)
        assert client.get("/books").status_code == 301
        answer = client.get("/books", secure=True)
        assert answer["Strict-Transport-Security"].startswith("max-age=60")


@pytest.mark.parametrize("sent", [{}, PAGE], ids=["program", "page"])
def test_views_are_called_as_ever(db, own_urls, sent, settings):
    client = Client(headers=sent, raise_request_exception=False)

    assert client.get("/later").content == b"later"
    assert client.get("/missing").status_code == 404
    assert client.get("/nothing").status_code == 500


def test_a_view_has_its_transaction_if_so_set(db, own_urls, monkeypatch):
    plain = [Client(headers=sent).get("/is-atomic").content for sent in ({}, PAGE)]
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    within = [Client(headers=sent).get("/is-atomic").content for sent in ({}, PAGE)]

    assert plain == [b"0", b"0"]
    assert within == [b"1", b"1"]


def test_a_view_that_asks_for_it_is_protected_on_both(db, own_urls):
    for sent in ({}, PAGE):
        client = Client(enforce_csrf_checks=True, headers=sent)
        assert client.post("/protected").status_code == 403
