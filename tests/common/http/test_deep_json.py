from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.http.strict_json import dumps_deep, escape_separators
from dialects.message import NullJSONRenderer

LEAVES = st.none() | st.booleans() | st.integers() | st.text()
DOCUMENTS = st.recursive(
    LEAVES, lambda part: st.lists(part) | st.dictionaries(st.text(), part)
)


@settings(deadline=None)
@given(DOCUMENTS)
def test_it_writes_what_python_would(document):
    compact = json.dumps(document, separators=(",", ":"), ensure_ascii=False)

    assert dumps_deep(document) == escape_separators(compact.encode())


@settings(deadline=None)
@given(DOCUMENTS)
def test_the_renderer_writes_the_same_either_way(document):
    assert dumps_deep(document) == NullJSONRenderer().render(document)


@pytest.mark.parametrize("accept", ["application/json", "application/json; indent=4"])
def test_no_depth_is_too_much(accept):
    tree: dict = {}
    for _ in range(10_000):
        tree = {"a": tree}

    content = NullJSONRenderer().render(tree, accept)
    assert content == b'{"a":' * 10_000 + b"{}" + b"}" * 10_000
