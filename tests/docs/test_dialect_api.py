"""docs/reference/dialect-api.md lists the names, defaults and checks of the code."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from typing import Any

import pytest
from rest_framework.generics import GenericAPIView
from rest_framework.serializers import ModelSerializer

from dialects import dbbase, envelope, restless
from tests.support.guide_pages import ROOT, marked
from tests.support.guide_tables import rows

NAME = "reference/dialect-api"
PUBLIC = {*dbbase.__all__, *envelope.__all__, *restless.__all__}
# Parts of a dialect that a view of one's own doesn't name.
PARTS = {"DbbaseParser", "DbbaseRenderer", "DbbaseSchema", "are_stored"}


CLASSES = {
    name.strip("`"): module.strip("`") for name, module, _ in rows(NAME, "classes")
}


def named(name: str) -> Any:
    return getattr(import_module(CLASSES[name]), name)


def test_every_public_name_is_listed_and_exists():
    assert all(named(name) for name in CLASSES)
    assert PUBLIC & CLASSES.keys() == PUBLIC - PARTS


TABLES = ["Dialect", "RestlessViewSet", "DbbaseViewSet", "DbbaseModelSerializer"]
# The router, the view or the OpenAPI document sets them.
INTERNAL = {"relationship_name", "is_update", "is_selection"}


def declared(cls: type) -> set[str]:
    """Return the attributes of dialects that DRF's classes don't have."""
    return {
        attribute
        for each in cls.__mro__
        if each.__module__.startswith("dialects.")
        for attribute, value in vars(each).items()
        if isinstance(value, str | bool | tuple | list | dict)
        and not attribute.startswith("_")
        and not any(
            hasattr(known, attribute) for known in (GenericAPIView, ModelSerializer)
        )
    }


def test_every_attribute_is_listed():
    listed = {cells[0].strip("`") for name in TABLES for cells in rows(NAME, name)}

    assert set().union(*(declared(named(name)) for name in TABLES)) - INTERNAL == listed


@pytest.mark.parametrize("name", TABLES)
def test_attributes_have_the_defaults_of_the_table(name):
    for attribute, default, _ in rows(NAME, name):
        value = getattr(named(name), attribute.strip("`"))
        assert value == ast.literal_eval(default.strip("`")), attribute


@pytest.mark.parametrize(
    "name",
    [
        *("Dialect", "RestlessViewSet", "DbbaseViewSet"),
        "EnvelopeViewSet",
        "ArgumentDialect",
    ],
)
def test_methods_of_the_tables_exist(name):
    part = marked(NAME, f"methods of {name}")
    heads = re.findall(r"^\| (`.*?) \|", part, re.MULTILINE)
    methods = [method for head in heads for method in re.findall(r"`(\w+)", head)]
    known = {*dir(named(name)), *named("Dialect").__annotations__}

    assert methods
    assert {*methods} <= known


def test_the_table_lists_every_check():
    source = "".join(
        path.read_text() for path in sorted((ROOT / "dialects").rglob("*.py"))
    )
    whole = re.findall(r'id="(\w+\.[EW]\d+)"', source)
    # `restless/checks.py` makes its ids from the code alone.
    short = [f"restless.{code}" for code in re.findall(r'"(E\d+)"', source)]

    assert {cells[0].strip("`") for cells in rows(NAME, "checks")} == {*whole, *short}


def test_every_recorded_dialect_is_listed():
    files = set((ROOT / "tests/dialects/golden").iterdir())

    assert {ROOT / cells[1].strip("`") for cells in rows(NAME, "recorded")} == files
    assert all(
        (ROOT / cells[2].strip("`")).exists() for cells in rows(NAME, "recorded")
    )
