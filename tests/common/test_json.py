from __future__ import annotations

import json

import pytest

from common.json import MAX_DEPTH, MalformedJSON, loads


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
def test_what_is_json_is_read_as_python_reads_it(document):
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
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "single quotes": b"{'a': 1}",
    "too deep": b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    "far too deep": b"[" * 100_000 + b"]" * 100_000,
    "too deep in objects": b'{"a":' * 500 + b"1" + b"}" * 500,
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_no_database_can_keep_is_refused(kind):
    with pytest.raises(MalformedJSON):
        loads(REFUSED[kind])


def test_a_whole_surrogate_pair_is_a_character():
    assert loads(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


def test_the_deepest_document_allowed_is_read():
    raw = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH

    assert json.dumps(loads(raw)).encode() == raw


def test_the_key_that_stands_twice_is_named():
    with pytest.raises(MalformedJSON, match="'name'"):
        loads(b'{"name": 1, "name": 2}')
