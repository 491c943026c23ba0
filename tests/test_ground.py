"""The product uses its libraries as their documentation shows, but for this list."""

from __future__ import annotations

import pytest
from django.conf import settings

from tests.support.undocumented_names import Finding, findings

OPENAPI = "drf-spectacular documents AutoSchema for overriding, not every hook of it: "
# What the product holds, and why there is no documented way. At most 25 private names
# and 6 bypasses; patches are none.
PRIVATE = {
    ("dialects/schema.py", "_get_response_headers_for_code"): OPENAPI + "of errors",
    ("dialects/schema.py", "_map_basic_serializer"): OPENAPI + "rows are complete",
    ("dialects/schema.py", "_resolve_path_parameters"): OPENAPI + "ids are integers",
    ("dialects/dbbase/schema.py", "_get_paginator"): OPENAPI + "the model's name",
    ("dialects/dbbase/schema.py", "_get_request_body"): OPENAPI + "one row or a list",
    ("dialects/dbbase/schema.py", "_get_response_bodies"): OPENAPI + "forms of a list",
    ("dialects/dbbase/schema.py", "_get_response_for_code"): OPENAPI + "one response",
    ("dialects/dbbase/schema.py", "_map_basic_serializer"): OPENAPI + "camelCase",
    ("dialects/fields.py", "_map_serializer_field"): OPENAPI + "dates as HTTP has them",
    ("dialects/restless/schema.py", "_map_serializer"): OPENAPI + "attributes alone",
    ("dialects/row_plans.py", "_prefetch_related_lookups"): (
        "no queryset tells otherwise that it has a Prefetch with rows of its own"
    ),
}
BYPASSES: dict[tuple[str, str], str] = {}
LISTED = {"private": PRIVATE, "bypass": BYPASSES, "patch": {}}


@pytest.fixture(scope="module")
def used() -> set[Finding]:
    return set(findings(settings.BASE_DIR))


@pytest.mark.parametrize("kind", LISTED)
def test_nothing_leans_on_what_is_not_documented_but_what_is_listed(used, kind):
    found = {(each.file, each.name) for each in used if each.kind == kind}

    assert sorted(found - LISTED[kind].keys()) == [], "not listed"
    assert sorted(LISTED[kind].keys() - found) == [], "listed, and used nowhere"


def test_the_list_stays_short():
    assert len(PRIVATE) <= 25
    assert len(BYPASSES) <= 6


SAMPLE = """
import library
from library import Thing, _hidden

class Own(Thing):
    def __init__(self):
        self._mine = vars(self)
        object.__setattr__(self, "a", self._mine)
        self._theirs()

library.Thing.method = print
Thing.signal.disconnect(print)
setattr(Thing, "name", getattr(Thing, "_other"))
Thing.__class__ = Thing.__dict__
"""


def test_each_kind_is_seen(tmp_path):
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "sample.py").write_text(SAMPLE)
    found = {(each.kind, each.name) for each in findings(tmp_path)}

    assert found == {
        ("bypass", "vars"),
        ("bypass", "__setattr__"),
        ("bypass", "__class__"),
        ("bypass", "__dict__"),
        ("private", "_hidden"),
        ("private", "_theirs"),
        ("private", "_other"),
        ("patch", "library.Thing.method"),
        ("patch", "Thing.signal.disconnect"),
        ("patch", "Thing.__class__"),
        ("patch", "Thing"),
    }
    assert Finding("private", "common/sample.py", "_theirs") in set(findings(tmp_path))
