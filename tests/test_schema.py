from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from rest_framework.parsers import FormParser

from config.openapi import DESCRIPTION, spectacular_settings
from dialects.base import Dialect
from tests.support.openapi import Contract, document

JSON_TYPES = {"application/json", "application/vnd.api+json"}


def test_the_document_is_generated_without_a_warning():
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


def operations_of(openapi: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and operation."""
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


def named(openapi: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the operations by their ids."""
    return {each["operationId"]: each for _, _, each in operations_of(openapi)}


def test_every_operation_has_a_name_and_the_tag_of_its_system():
    tags = {tag["name"]: tag["description"] for tag in document()["tags"]}
    operations = list(operations_of(document()))

    assert len(named(document())) == len(operations)
    for path, _, operation in operations:
        assert re.fullmatch("[a-z]+([A-Z][a-z]*)*", operation["operationId"]), path
        assert operation["summary"], path
        assert tags[operation["tags"][0]], path
    assert {tag for *_, each in operations for tag in each["tags"]} == tags.keys()


def test_every_error_has_an_example_and_every_response_its_request_id():
    for path, method, operation in operations_of(document()):
        assert any(
            status < "300" or status == "419" for status in operation["responses"]
        )
        for status, response in operation["responses"].items():
            assert response["headers"]["X-Request-ID"]["required"], (path, status)
            assert response["description"]
            if status >= "400" and status != "419":
                content = next(iter(response["content"].values()))
                assert content["example"], (path, method, status)


READ = {"200", "304", "401", "406", "503"}
WRITTEN = {"400", "401", "406", "409", "503"}
BODY = {"413", "415"}


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("listBucketLists", READ | {"400"}),
        ("getBook", READ | {"404"}),
        ("createBook", WRITTEN | BODY | {"201"}),
        ("replaceBook", WRITTEN | BODY | {"200", "404", "412"}),
        ("deleteBook", WRITTEN | {"200", "404", "412"}),
        ("createOrder", WRITTEN | BODY | {"201", "403", "422"}),
        ("issueInvoice", WRITTEN | {"200", "403", "404", "412"}),
        ("createActor", WRITTEN | BODY | {"200", "403", "422"}),
        ("logIn", {"200", "400", "401", "406", "429", "503"} | BODY),
    ],
)
def test_an_operation_declares_the_errors_that_can_happen_at_it(name, statuses):
    assert named(document())[name]["responses"].keys() == statuses


def test_an_exception_of_a_view_is_the_example_of_its_error():
    response = named(document())["createOrder"]["responses"]["422"]
    example = response["content"]["application/json"]["example"]

    assert response["description"] == example["message"]
    assert example["message"] == "This Idempotency-Key was used for another request."


def test_headers_are_declared_where_they_are_sent():
    responses = {
        name: each["responses"]["200"]["headers"].keys() - {"X-Request-ID"}
        for name, each in named(document()).items()
        if "200" in each["responses"]
    }

    assert responses["listBooks"] == {"ETag", "Link", "X-Total-Count"}
    assert responses["getBook"] == responses["updateBook"] == {"ETag"}
    assert responses["deleteBook"] == set()
    assert "ETag" not in responses["getInvoicePdf"]


TOKEN: list[dict[str, list[str]]] = [{"bearer": []}]
ANYONE: list[dict[str, list[str]]] = [*TOKEN, {}]


@pytest.mark.parametrize(
    ("name", "in_open", "in_closed"),
    [
        ("listBooks", ANYONE, ANYONE),
        ("createBook", ANYONE, TOKEN),
        ("listInvoices", ANYONE, TOKEN),
        ("listOrders", TOKEN, TOKEN),
        ("logIn", [], []),
        ("logOut", ANYONE, ANYONE),
    ],
)
def test_security_is_that_of_the_mode(name, in_open, in_closed):
    assert named(document("open"))[name]["security"] == in_open
    assert named(document("closed"))[name]["security"] == in_closed


def test_an_operation_names_the_permission_that_it_needs():
    operations = named(document("closed"))

    assert "`media_catalog.add_book`" in operations["createBook"]["description"]
    assert "Requires" in operations["updateMovie"]["description"]
    assert "403" in operations["createBook"]["responses"]
    assert "403" not in operations["getBook"]["responses"]


def test_bodies_are_declared_as_json_alone():
    for path, method, operation in operations_of(document()):
        for media_type in operation.get("requestBody", {}).get("content", ()):
            assert media_type.partition(";")[0] in JSON_TYPES, (path, method)


def test_forms_are_accepted_where_the_description_says_it():
    accepting = {
        f"/{path.split('/')[1]}"
        for path, regex, method, callback in EndpointEnumerator().get_api_endpoints()
        if issubclass(callback.cls, Dialect)
        and FormParser in callback.cls.parser_classes
        # Pages have forms of their own.
        and not path.endswith(".html")
    }

    assert accepting == {"/auth", "/v1.0", "/bucketlists"}
    assert all(f"`{prefix}`" in DESCRIPTION for prefix in accepting)


def test_docstrings_of_developers_are_not_published():
    texts = json.dumps(document())

    assert "Meta." not in texts
    assert "serializer" not in texts.lower().replace("openapi-serializer", "")


def test_repeated_parts_are_components_so_that_the_document_stays_small():
    openapi = SchemaGenerator().get_schema(None, public=True)
    size = len(json.dumps(openapi, separators=(",", ":")))

    assert size < 420_000
    assert {"headers", "parameters", "responses"} <= openapi["components"].keys()


@pytest.mark.parametrize(
    ("prefix", "sender", "url", "contact"),
    [
        ("", "Quintet <quintet@localhost>", "/", {"name": "Quintet"}),
        ("/old", "a@b.example", "/old", {"name": "Quintet", "email": "a@b.example"}),
    ],
)
def test_the_document_names_server_and_contact(prefix, sender, url, contact):
    configured: dict[str, Any] = spectacular_settings(prefix, sender)

    assert [server["url"] for server in configured["SERVERS"]] == [url]
    assert configured["CONTACT"] == contact


HELP = '</guide/reference/errors/#not_authenticated>; rel="help"'


class FakeAnswer:
    def __init__(self, status: int, content: bytes) -> None:
        self.status_code, self.content = status, content
        self.headers = {
            "Content-Type": "application/json",
            "Link": HELP,
            "WWW-Authenticate": "Bearer",
            "X-Request-ID": "1",
        }


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b'[{"id": "1"}]'),
        (200, b"{}"),
        (418, b"{}"),
        (401, b'{"detail": "x"}'),
        (401, b'{"message": "x", "more": 1}'),
    ],
)
def test_an_answer_that_differs_from_the_document_fails(contract, status, content):
    environ = {"PATH_INFO": "/bucketlists/", "REQUEST_METHOD": "GET"}

    with pytest.raises(AssertionError):
        contract.check(environ, FakeAnswer(status, content))


@pytest.mark.parametrize("headers", [{"X-Request-ID": "1"}, {"X-Total-Count": "1"}])
def test_a_missing_header_fails_and_so_does_one_that_is_not_declared(contract, headers):
    answer = FakeAnswer(401, b'{"message": "x"}')
    answer.headers = {"Content-Type": "application/json", "Link": HELP, **headers}

    with pytest.raises(AssertionError, match=r"lacks|does not declare"):
        contract.check({"PATH_INFO": "/bucketlists/", "REQUEST_METHOD": "GET"}, answer)


def test_an_answer_as_documented_passes(contract):
    assert isinstance(contract, Contract)
    environ = {"PATH_INFO": "/bucketlists/", "REQUEST_METHOD": "GET"}

    contract.check(environ, FakeAnswer(401, b'{"message": "x"}'))
