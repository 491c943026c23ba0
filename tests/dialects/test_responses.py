"""A quick response is DRF's own, down to what it holds."""

from __future__ import annotations

from typing import Any

import pytest
from django.http.response import ResponseHeaders
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.response import Response

from dialects.renderers import CompactRenderer
from dialects.responses import QuickResponse

GIVEN: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    (({"a": 1},), {}),
    (({"a": 1}, 201), {"headers": {"Location": "/x", "X-Count": 7}}),
    ((None, 204), {"exception": True}),
    ((["ä"],), {"content_type": "application/problem+json"}),
    (("x",), {"template_name": "x.html", "status": 404}),
]


@pytest.mark.parametrize(("args", "named"), GIVEN)
def test_it_holds_the_same(args, named):
    quick, plain = (vars(kind(*args, **named)) for kind in (QuickResponse, Response))
    # DRF writes the type anew when it knows it.
    plain["headers"].pop("Content-Type", None)
    plain.setdefault("status_code", 200)
    for name in ("headers", "cookies"):
        assert type(quick[name]) is type(plain[name])
    assert quick == plain


def test_none_shares_what_can_change():
    one, other = QuickResponse(), QuickResponse()
    for name, value in vars(one).items():
        if isinstance(value, list | dict | ResponseHeaders):
            assert value is not vars(other)[name], name


@pytest.mark.parametrize("renderer", [CompactRenderer, JSONRenderer])
@pytest.mark.parametrize(("args", "named"), GIVEN)
def test_it_is_written_the_same(renderer, args, named):
    found = []
    for kind in (QuickResponse, Response):
        answer: Any = kind(*args, **named)
        answer.accepted_renderer = renderer()
        answer.accepted_media_type = renderer.media_type
        answer.renderer_context = {}
        answer.render()
        found.append((answer.content, answer.status_code, dict(answer.headers)))
    assert found[0] == found[1]


@pytest.mark.django_db
def test_a_page_is_written_the_same(client):
    answer = client.get("/books", headers={"accept": "text/html"})

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert BrowsableAPIRenderer.format in answer.accepted_renderer.format
    assert b"Content-Type" in answer.content
