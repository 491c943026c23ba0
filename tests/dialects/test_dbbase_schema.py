"""The OpenAPI document describes resources in the DBBase dialect."""

from __future__ import annotations

import json
from typing import Any

import django_filters as filters
import pytest
from django.core.exceptions import ImproperlyConfigured
from jsonschema_rs import Draft202012Validator

from dialects.dbbase.columns import columns_of
from dialects.dbbase.filters import OPERATORS
from media_catalog.models import Book
from tests.support import openapi

LISTS = {
    "/books": ("Book", "Book"),
    "/authors": ("Author", "Author"),
    "/orders": ("Order", "Order"),
    "/api/v2/orders": ("Order", "OrderWithJobs"),
    "/api/v2/jobs": ("Job", "Job"),
    "/invoices": ("Invoice", "Invoice"),
    "/invoice-items": ("InvoiceItem", "InvoiceItem"),
}
DOCUMENT = openapi.document()
PATHS, SCHEMAS = DOCUMENT["paths"], DOCUMENT["components"]["schemas"]


def parameters(url: str) -> dict[str, Any]:
    declared = PATHS[url]["get"].get("parameters", [])
    return {each["name"]: each for each in declared if each["in"] != "header"}


def schema_of(part: dict[str, Any]) -> dict[str, Any]:
    [content] = part["content"].values()
    schema: dict[str, Any] = content["schema"]
    return schema


def body_of(method: str, url: str) -> dict[str, Any]:
    return resolved(schema_of(PATHS[url][method]["requestBody"]))


def name_of(schema: dict[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    return SCHEMAS[name_of(schema)] if "$ref" in schema else schema


@pytest.mark.parametrize("url", LISTS)
def test_a_column_is_a_list_of_texts(url):
    columns = parameters(url)
    del columns["pageConfig"], columns["offset"]

    assert "id" in columns
    for name, parameter in columns.items():
        assert "_" not in name
        assert parameter["schema"] == {"type": "array", "items": {"type": "string"}}
    text = PATHS[url]["get"]["description"]
    assert all(f"`{name}`" in text for name in OPERATORS)


@pytest.mark.parametrize(("url", "name"), [(u, names[1]) for u, names in LISTS.items()])
def test_the_page_config_is_a_text_with_a_component_of_its_own(url, name, client):
    schema = parameters(url)["pageConfig"]["schema"]
    assert (schema["type"], schema["contentMediaType"]) == (
        "string",
        "application/json",
    )
    assert name_of(schema["contentSchema"]) == f"{name}PageConfig"

    component = resolved(schema["contentSchema"])
    validator = Draft202012Validator(
        component | {"components": DOCUMENT["components"]}, validate_formats=True
    )
    for example in schema["examples"]:
        assert validator.is_valid(json.loads(example))


def test_the_page_config_names_columns_and_fields():
    properties = SCHEMAS["BookPageConfig"]["properties"]
    validator = Draft202012Validator(properties["orderBy"])

    assert set(properties) == {
        *("orderBy", "pageSize", "limit", "offset", "serialFields", "debug")
    }
    assert validator.is_valid(["pubYear", "-pubYear", "-author.lastName"])
    assert not validator.is_valid(["author"])
    assert not validator.is_valid(["author-lastName"])
    fields = resolved(properties["serialFields"]["items"])["enum"]
    assert fields == ["id", "isbn", "title", "pubYear", "authorId", "author"]


def test_a_column_of_many_relatives_finds_rows_but_does_not_order_them():
    order = SCHEMAS["AuthorPageConfig"]["properties"]["orderBy"]

    assert "books.title" in parameters("/authors")
    assert not Draft202012Validator(order).is_valid(["books.title"])


@pytest.mark.parametrize(("url", "names"), LISTS.items())
def test_a_list_has_three_forms_and_the_headers_of_a_page(url, names):
    model, name = names
    response = PATHS[url]["get"]["responses"]["200"]
    forms = schema_of(response)["anyOf"]
    whole, selected = resolved(forms[0]), resolved(forms[1])

    assert [name_of(form) for form in forms] == [
        *(f"{name}List", f"{name}SelectionList", "Explanation")
    ]
    assert {"Link", "X-Total-Count", "ETag"} <= set(response["headers"])
    row = resolved(whole["properties"][model]["items"])
    part = resolved(selected["properties"][model]["items"])
    assert row["properties"] == part["properties"]
    assert "required" not in part
    assert "id" in row["required"]
    assert row["properties"]["id"]["type"] == "integer"
    assert "403" in PATHS[url]["get"]["responses"], "debug is for staff"


def test_one_row_takes_no_filters():
    assert set(parameters("/books/{id}")) == {"id"}
    assert not PATHS["/books"]["post"].get("parameters")


def test_an_export_has_the_conditions_and_no_pages():
    assert set(parameters("/invoices.csv")) == {
        *("id", "userId", "invoiceDate", "invoiceItems.partCode")
    }


@pytest.mark.parametrize("url", LISTS)
def test_only_a_new_row_takes_an_id(url):
    new = body_of("post", url)
    new = resolved(new["oneOf"][0]) if "oneOf" in new else new

    assert "id" in new["properties"]
    for method in ("put", "patch"):
        assert "id" not in body_of(method, f"{url}/{{id}}")["properties"]


@pytest.mark.parametrize(
    ("url", "name"), [("/authors", "books"), ("/invoices", "invoiceItems")]
)
def test_nested_rows_are_sent_with_a_new_row_alone(url, name):
    assert name in body_of("post", url)["properties"]
    for method in ("put", "patch"):
        assert name not in body_of(method, f"{url}/{{id}}")["properties"]
        text = PATHS[f"{url}/{{id}}"][method]["description"]
        assert f"`{name}` cannot be changed here." in text


@pytest.mark.parametrize(
    ("component", "name", "values"),
    [
        ("Order", "statusId", [0, 1, 2]),
        ("JobOrder", "statusId", [0, 1, 2]),
        ("Job", "statusId", [0, 1, 2, 3, 4]),
        ("StartedJob", "statusId", [0, 1, 2, 3, 4]),
    ],
)
def test_a_status_is_one_of_its_numbers(component, name, values):
    column = SCHEMAS[component]["properties"][name]
    [reference] = column.get("allOf", [column])

    assert resolved(reference)["enum"] == values
    assert "0 " in column["description"]


def test_keys_uniqueness_defaults_and_formats_are_told():
    book, command = SCHEMAS["Book"]["properties"], SCHEMAS["CommandRequest"]
    job = SCHEMAS["JobRequest"]["properties"]

    assert "Primary key" in book["id"]["description"]
    assert "Foreign key" in book["authorId"]["description"]
    assert "description" not in book["author"], "a row, not a key"
    assert "Unique" in command["properties"]["description"]["description"]
    assert "By default, the current time." in job["startedAt"]["description"]
    assert "UTC" in SCHEMAS["Job"]["properties"]["finishedAt"]["description"]


@pytest.mark.parametrize(
    ("component", "name", "valid", "invalid"),
    [
        ("JobRequest", "startedAt", "2020-08-27 10:37:47", "2020-13-27 10:37:47"),
        ("Job", "startedAt", "1-01-01 00:00:00", "2020-08-27T10:37:47Z"),
        ("InvoiceItemRequest", "unitPrice", -9_999_999_999.99, 10_000_000_000),
        ("OrderItemRequest", "unitPrice", 0, -0.01),
        ("OrderItemRequest", "units", 1, 0),
        ("CommandRequest", "description", "x" * 80, ""),
    ],
)
def test_a_body_has_the_limits_of_its_columns(component, name, valid, invalid):
    validator = Draft202012Validator(SCHEMAS[component]["properties"][name])

    assert validator.is_valid(valid)
    assert not validator.is_valid(invalid)


def test_an_error_of_a_body_is_a_sentence_or_a_list_of_columns():
    message = SCHEMAS["DbbaseError"]["properties"]["message"]
    validator = Draft202012Validator(message)

    for body in ("The body is empty.", [{"title": "x"}, {"missing_columns": ["a"]}]):
        assert validator.is_valid(body)
    for body in (None, {"title": "x"}, [{"missing_columns": "a"}]):
        assert not validator.is_valid(body)
    responses = PATHS["/books"]["post"]["responses"]
    assert name_of(schema_of(responses["400"])) == "DbbaseError"
    assert name_of(schema_of(responses["409"])) == "DbbaseMessage"


@pytest.mark.parametrize(
    ("url", "media_type"),
    [
        ("/invoices/{id}.html", "text/html"),
        ("/invoices/{id}.pdf", "application/pdf"),
        ("/invoices.csv", "text/csv"),
    ],
)
def test_a_suffix_names_the_media_type_whatever_the_client_accepts(url, media_type):
    responses = PATHS[url]["get"]["responses"]

    assert list(responses["200"]["content"]) == [media_type]
    assert "ETag" not in responses["200"]["headers"]
    assert "406" not in responses


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
