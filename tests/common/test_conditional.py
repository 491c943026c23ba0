from __future__ import annotations

import pytest
from django.http import HttpResponse

from common.http.conditional import (
    MalformedCondition,
    PreconditionFailed,
    Preconditions,
    digest,
    etag_of,
    is_known,
    not_modified,
    version_in,
)


def check(state: str, **headers: str) -> None:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    Preconditions.of(names).check(state)


def test_a_tag_tells_the_state_and_the_form():
    assert etag_of("a") == 'W/"a"'
    assert etag_of("a", "b") == 'W/"a.b"'
    assert {version_in(tag) for tag in ['W/"a"', '"a"', 'W/"a.b"']} == {"a"}


def test_equal_documents_have_one_digest():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({"a": 1}) == digest(b'{"a":1}')
    assert digest({"a": "1"}) != digest({"a": 1})


@pytest.mark.parametrize(
    "header", ['W/"a"', '"a"', 'W/"a.form"', "*", ' "x" , W/"a" ', '"x", oops, "a"']
)
def test_a_write_goes_through_where_the_state_is_named(header):
    check("a", If_Match=header)


@pytest.mark.parametrize("header", ['W/"b"', '"A"', 'W/"b.a"', '""'])
def test_a_write_is_refused_where_it_is_not(header):
    with pytest.raises(PreconditionFailed) as caught:
        check("now", If_Match=header)
    assert caught.value.headers == {"ETag": 'W/"now"'}
    assert caught.value.source == {"header": "If-Match"}


@pytest.mark.parametrize("header", ["", "a", "W/a", '"a', "w/'a'", "**", ",", "\x00"])
def test_a_malformed_if_match_never_lets_a_write_through(header):
    with pytest.raises(MalformedCondition):
        check("a", If_Match=header)


@pytest.mark.parametrize("header", ["*", '"a"', 'W/"a.form"'])
def test_if_none_match_refuses_a_write_of_what_it_names(header):
    with pytest.raises(PreconditionFailed) as caught:
        check("a", If_None_Match=header)
    assert caught.value.source == {"header": "If-None-Match"}


@pytest.mark.parametrize("header", ['"b"', "oops", ""])
def test_if_none_match_lets_all_else_through(header):
    check("a", If_None_Match=header)


def test_without_headers_nothing_is_asked():
    assert not Preconditions.of({})
    check("a")


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ('W/"a.b"', True),
        ('"a.b"', True),
        ("*", True),
        ('"x", W/"a.b"', True),
        ('W/"a"', False),
        ("a.b", False),
        ("", False),
    ],
)
def test_reading_compares_the_whole_tag_weakly(header, known):
    assert is_known({"HTTP_IF_NONE_MATCH": header}, 'W/"a.b"') is known


def test_304_keeps_what_a_cache_goes_by():
    headers = {"ETag": 'W/"a"', "Vary": "Accept", "Link": "<x>", "Content-Length": "7"}

    answer = not_modified(HttpResponse("content", headers=headers))

    assert (answer.status_code, answer.content) == (304, b"")
    assert dict(answer.headers) == {"ETag": 'W/"a"', "Vary": "Accept"}
