"""The OpenAPI document describes lists in the DBBase dialect."""

from __future__ import annotations

from typing import Any

import django_filters as filters
import pytest
from django.core.exceptions import ImproperlyConfigured

from dialects.dbbase.columns import columns_of
from dialects.dbbase.filters import OPERATORS
from media_catalog.models import Book
from tests.support import openapi

LISTS = {
    "/books": "Book",
    "/authors": "Author",
    "/orders": "Order",
    "/api/v2/orders": "Order",
    "/api/v2/jobs": "Job",
    "/invoices": "Invoice",
    "/invoice-items": "InvoiceItem",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document()


def parameters(document, url) -> dict[str, Any]:
    declared = document["paths"][url]["get"].get("parameters", [])
    return {
        parameter["name"]: parameter
        for parameter in declared
        if parameter["in"] != "header"
    }


def forms(document, url) -> list[dict[str, Any]]:
    """The bodies that a list has: whole rows, some fields of them, an explanation."""
    response = document["paths"][url]["get"]["responses"]["200"]
    return [resolved(document, of) for of in schema_of(response)["anyOf"]]


def schema_of(response) -> dict[str, Any]:
    [content] = response["content"].values()
    return content["schema"]


def resolved(document, part) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    return document["components"]["schemas"][part["$ref"].rpartition("/")[2]]


@pytest.mark.parametrize("url", LISTS)
def test_a_column_is_a_list_of_texts(document, url):
    columns = parameters(document, url)
    del columns["pageConfig"], columns["offset"]

    assert "id" in columns
    for name, parameter in columns.items():
        assert "_" not in name
        assert parameter["schema"] == {"type": "array", "items": {"type": "string"}}
        assert f"`{name}[]`" in parameter["description"]
        assert f"({', '.join(OPERATORS)})" in parameter["description"]


def test_the_page_config_is_an_object_in_json(document):
    parameter = parameters(document, "/books")["pageConfig"]
    properties = parameter["content"]["application/json"]["schema"]["properties"]

    assert set(properties) == {
        *("orderBy", "pageSize", "limit", "offset", "serialFields", "debug")
    }
    order = properties["orderBy"]["items"]["enum"]
    assert {"pubYear", "-pubYear", "-author.lastName"} <= set(order)
    fields = properties["serialFields"]["items"]["enum"]
    assert fields == ["id", "isbn", "title", "pubYear", "authorId", "author"]


def test_a_column_of_many_relatives_finds_rows_but_does_not_order_them(document):
    columns = parameters(document, "/authors")
    content = columns["pageConfig"]["content"]["application/json"]["schema"]

    assert "books.title" in columns
    assert "books.title" not in content["properties"]["orderBy"]["items"]["enum"]


@pytest.mark.parametrize(("url", "name"), LISTS.items())
def test_a_list_has_three_forms_and_the_headers_of_a_page(document, url, name):
    response = document["paths"][url]["get"]["responses"]["200"]
    whole, selected, explanation = forms(document, url)

    assert set(response["headers"]) == {
        *("Link", "X-Total-Count", "ETag", "X-Request-ID")
    }
    row = resolved(document, whole["properties"][name]["items"])
    part = resolved(document, selected["properties"][name]["items"])
    assert "required" in row
    assert "required" not in part
    assert row["properties"].keys() <= part["properties"].keys()
    assert "class_defaults" in explanation["properties"]


def test_one_row_takes_no_filters(document):
    names = parameters(document, "/books/{id}")

    assert set(names) == {"id"}
    post = document["paths"]["/books"]["post"]
    assert not post.get("parameters")


@pytest.mark.parametrize(
    "declared",
    [
        filters.CharFilter(field_name="title", lookup_expr="icontains"),
        filters.CharFilter(field_name="title", exclude=True),
        filters.CharFilter(field_name="title", method="by_title"),
        filters.CharFilter(field_name="nothing"),
        filters.CharFilter(field_name="author__nothing"),
    ],
)
def test_a_filter_that_names_no_column_is_a_mistake_of_the_programmer(declared):
    class View:
        filterset_class = type("Declared", (filters.FilterSet,), {"title": declared})

    with pytest.raises(ImproperlyConfigured):
        columns_of(View(), Book)
