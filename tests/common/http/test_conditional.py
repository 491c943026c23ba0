from __future__ import annotations

import pytest
from django.http import HttpResponse

from common.http.conditional import (
    MalformedCondition,
    PreconditionFailed,
    Preconditions,
    digest,
    etag_of,
    is_unmodified,
    to_not_modified,
    version_in,
)


def check(version: str, **headers: str) -> None:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    Preconditions.of(names).check(version)


def test_a_tag_has_the_version_and_the_representation():
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
def test_a_write_succeeds_if_the_version_is_named(header):
    check("a", If_Match=header)


@pytest.mark.parametrize("header", ['W/"b"', '"A"', 'W/"b.a"', '""'])
def test_a_write_is_refused_if_another_version_is_named(header):
    with pytest.raises(PreconditionFailed) as caught:
        check("now", If_Match=header)
    assert caught.value.headers == {"ETag": 'W/"now"'}
    assert caught.value.source == {"header": "If-Match"}


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("header", ["", "a", "W/a", '"a', "w/'a'", "**", ",", "\x00"])
def test_a_malformed_condition_never_lets_a_write_through(name, header):
    with pytest.raises(MalformedCondition) as caught:
        check("a", **{name.replace("-", "_"): header})
    assert caught.value.source == {"header": name}


@pytest.mark.parametrize("header", ["*", '"a"', 'W/"a.form"'])
def test_if_none_match_refuses_a_write_of_what_it_names(header):
    with pytest.raises(PreconditionFailed) as caught:
        check("a", If_None_Match=header)
    assert caught.value.source == {"header": "If-None-Match"}


def test_if_none_match_allows_a_write_of_other_versions():
    check("a", If_None_Match='"b"')


def test_without_headers_there_are_no_preconditions():
    assert not Preconditions.of({})
    check("a")


@pytest.mark.parametrize(
    ("header", "is_current"),
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
def test_reading_compares_the_whole_tag_weakly(header, is_current):
    assert is_unmodified({"HTTP_IF_NONE_MATCH": header}, 'W/"a.b"') is is_current


def test_304_keeps_the_headers_that_a_cache_needs():
    headers = {"ETag": 'W/"a"', "Vary": "Accept", "Link": "<x>", "Content-Length": "7"}

    response = to_not_modified(HttpResponse("content", headers=headers))

    assert (response.status_code, response.content) == (304, b"")
    assert dict(response.headers) == {"ETag": 'W/"a"', "Vary": "Accept"}
