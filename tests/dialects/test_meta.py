"""The old meta URLs return the matching part of the OpenAPI document."""

from __future__ import annotations

import pytest
from drf_spectacular.validation import validate_schema

RESOURCES = [
    *("/meta/books", "/meta/authors", "/meta/orders", "/meta/invoices"),
    *("/meta/invoice-items", "/api/v2/meta/orders", "/api/v2/meta/jobs"),
]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Serves documents in its own format at `/meta/<resource>/single` and "
    "`/meta/<resource>/collection`",
    new="Serves the part of the OpenAPI document for the resource",
    why="OpenAPI is a standard",
)
@pytest.mark.parametrize("kind", ["single", "collection"])
@pytest.mark.parametrize("resource", RESOURCES)
def test_a_resource_is_a_document_of_its_own(api, resource, kind):
    response = api.get(f"{resource}/{kind}")

    assert response.status_code == 200
    document = response.json()
    url = resource.replace("/meta", "")
    assert document["paths"]
    assert all(path.startswith(url) for path in document["paths"])
    validate_schema(document)


def test_a_collection_is_only_read(api):
    assert set(api.get("/meta/books/collection").json()["paths"]["/books"]) == {"get"}


@pytest.mark.parametrize("query", ["method=post", "method=POST", "post"])
def test_one_method_can_be_asked_for(api, query):
    paths = api.get(f"/meta/invoices/single?{query}").json()["paths"]

    assert {path: set(operations) for path, operations in paths.items()} == {
        "/invoices": {"post"},
        "/invoices/{id}/issue": {"post"},
    }


def test_types_lengths_and_required_columns_are_described(api):
    document = api.get("/meta/books/single?post").json()
    [reference] = [
        content["schema"]["oneOf"][0]["$ref"]
        for content in document["paths"]["/books"]["post"]["requestBody"][
            "content"
        ].values()
    ]
    component = document["components"]["schemas"][reference.rpartition("/")[2]]

    assert component["properties"]["title"]["maxLength"] == 100
    assert component["properties"]["pubYear"]["type"] == "integer"
    assert set(component["required"]) == {"title", "pubYear", "authorId"}


def test_computed_fields_and_the_error_of_missing_columns_are_described(api):
    schemas = api.get("/meta/books/single").json()["components"]["schemas"]

    assert schemas["BookAuthor"]["properties"]["fullName"]["readOnly"]
    [_, errors] = schemas["DbbaseError"]["properties"]["message"]["oneOf"]
    assert errors["items"]["properties"]["missing_columns"]["type"] == "array"


def test_it_names_the_tokens_and_the_tag_of_its_operations(api):
    document = api.get("/meta/orders/collection").json()

    assert set(document["components"]["securitySchemes"]) == {"bearer"}
    assert [tag["name"] for tag in document["tags"]] == ["Orders"]
    assert document["servers"]


def test_an_export_is_a_collection_as_well(api):
    paths = api.get("/meta/invoices/collection").json()["paths"]

    assert set(paths) == {"/invoices", "/invoices.csv"}


def test_the_command_describes_its_special_status(api):
    paths = api.get("/meta/a-model-command/single").json()["paths"]

    assert "419" in paths["/a-model-command"]["post"]["responses"]


def test_an_unknown_method_is_400_in_the_old_words(api):
    response = api.get("/meta/books/single?method=bad")

    assert response.status_code == 400
    assert response.json() == {"message": "Method 'bad' is not found for this resource"}


def test_an_unknown_resource_is_404(api):
    response = api.get("/meta/nothing/single")

    assert response.status_code == 404
    assert "message" in response.json()
    assert api.get("/meta/books/both").status_code == 404
