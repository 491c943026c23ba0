from __future__ import annotations

import json
import re
from datetime import UTC
from typing import Any

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rest_framework.renderers import JSONRenderer

from common.http.strict_json import MAX_DEPTH, CompactRenderer, MalformedJSON, loads


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        None,
        True,
        1.5,
        -0.0,
        10**30,
        "text",
        {"a": [1, {"b": None}]},
        "emoji \N{GRINNING FACE} and \u05d0 and e\u0301",
    ],
)
def test_json_is_read_as_python_reads_it(document):
    raw = json.dumps(document)

    assert loads(raw.encode()) == document
    assert loads(json.dumps(document, ensure_ascii=False).encode()) == document


REFUSED = {
    "empty": b"",
    "cut": b'{"a": ',
    "two documents": b"{} {}",
    "NaN": b'{"a": NaN}',
    "infinity": b"[Infinity]",
    "minus infinity": b"[-Infinity]",
    "a number that overflows": b"[1e400]",
    "an integer of 5,000 digits": b"9" * 5000,
    "a key twice": b'{"a": 1, "a": 2}',
    "a key twice, deep down": b'[{"x": {"a": 1, "a": 1}}]',
    "NUL": b'{"a": "b\\u0000c"}',
    "NUL in a key": b'{"a\\u0000": 1}',
    "half a surrogate pair": b'"\\ud800"',
    "the other half": b'"\\udc00x"',
    "bad UTF-8": b'"\xff"',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "two byte order marks": b'\xef\xbb\xbf\xef\xbb\xbf{"a": 1}',
    "single quotes": b"{'a': 1}",
    "too deep": b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    "far too deep": b"[" * 100_000 + b"]" * 100_000,
    "too deep in objects": b'{"a":' * 500 + b"1" + b"}" * 500,
}


@pytest.mark.parametrize("kind", REFUSED)
def test_documents_that_no_database_can_store_are_refused(kind):
    with pytest.raises(MalformedJSON):
        loads(REFUSED[kind])


def test_a_whole_surrogate_pair_is_a_character():
    assert loads(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


def test_the_deepest_document_allowed_is_read():
    raw = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH

    assert json.dumps(loads(raw)).encode() == raw


def test_a_duplicate_key_is_named():
    with pytest.raises(MalformedJSON, match="'name'"):
        loads(b'{"name": 1, "name": 2}')


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(0, 2**64).map(lambda number: number + 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([1e16, 1e-7, 1e-5, -0.0, 5e-324, 2**64, -(2**63) - 1, 10**40])
    | st.text()
    | st.text('\u2028\u2029\x7f"\\/<\N{GRINNING FACE}é\x1f')
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(UTC))
    | st.times()
    | st.timedeltas()
    | st.uuids()
    | st.just(gettext_lazy("yes"))
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda part: (
        st.lists(part)
        | st.tuples(part, part)
        | st.dictionaries(st.text() | st.integers() | st.none() | st.booleans(), part)
    ),
    max_leaves=20,
)
# orjson writes numbers near zero in another form, which JSON has, too.
NEAR_ZERO = re.compile(rb"-?\d(?:\.\d+)?e-\d+|-?0\.0000\d+")


def numbers_alike(body: bytes) -> bytes:
    return NEAR_ZERO.sub(lambda match: repr(float(match[0])).encode(), body)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(DOCUMENTS)
@example([1e16, 1e22, -0.0, 123456789012345680.0, 0.1, 1e15])
@example({"a": {1: 2, None: 3, False: 4}})
def test_the_renderer_writes_what_drf_writes(document):
    body = CompactRenderer().render(document)
    expected = JSONRenderer().render(document)

    if numbers_alike(expected) == expected or NEAR_ZERO.search(body):
        assert numbers_alike(body) == numbers_alike(expected)
    else:
        assert body == expected


@pytest.mark.parametrize("depth", [10, 253, 254, 255, 256, 300, 800])
def test_the_renderer_writes_deep_documents_as_drf_does(depth):
    document: Any = []
    for number in range(depth):
        document = [document] if number % 2 else {"a": document}

    assert CompactRenderer().render(document) == JSONRenderer().render(document)
