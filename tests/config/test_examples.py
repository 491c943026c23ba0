"""The recorded examples are true, and the OpenAPI document shows them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from jsonschema_rs import Draft202012Validator

from config.examples import FOLDER, load_examples
from config.replay import is_same, send
from tests.support.openapi import Contract, as_json_schema, document
from tests.support.project import Project
from tests.support.service_processes import OWN_FILE

EXAMPLES = [each for examples in load_examples().values() for each in examples]
# 419 is the success of a command.
SUCCESS = {200, 201, 202, 204, 419}
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
}
# Its row is no demo row.
CAST = "DELETE /movies/{id}/actors/{actor_id}"


@pytest.fixture(params=["open", "closed"])
def access(request, settings) -> None:
    settings.QUINTET_ACCESS = request.param


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_each_request_gets_the_recorded_response(access):
    call_command("demo", verbosity=0)
    for example in EXAMPLES:
        response = send(example)
        assert response["status"] in SUCCESS, example["operation"]
        assert is_same(response, example["response"]), example["operation"]


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_restored_demo_data_can_be_deleted_again():
    call_command("demo", verbosity=0)
    deletions = [each for each in EXAMPLES if each["operation"].startswith("DELETE")]
    for example in deletions:
        send(example)
    call_command("demo", "--restore", verbosity=0)
    for example in deletions:
        if example["operation"] != CAST:
            assert is_same(send(example), example["response"]), example["operation"]


def test_every_operation_has_an_example():
    assert {example["operation"] for example in EXAMPLES} == OPERATIONS.keys()


def test_every_operation_shows_its_example():
    for name, operation in OPERATIONS.items():
        example = next(each for each in EXAMPLES if each["operation"] == name)
        assert request_shown(operation) == {
            "parameters": {
                **example["request"].get("path", {}),
                **example["request"].get("query", {}),
            },
            "body": example["request"].get("body"),
        }
        assert (
            response_shown(operation, example["response"]["status"])
            == (example["response"]["body"])
        )


def request_shown(operation: dict) -> dict:
    parameters = [resolved(each) for each in operation.get("parameters", [])]
    content = operation.get("requestBody", {}).get("content", {})
    return {
        "parameters": {
            parameter["name"]: parameter["example"]
            for parameter in parameters
            if "example" in parameter
        },
        "body": next((each["example"] for each in content.values()), None),
    }


def response_shown(operation: dict, status: int) -> object:
    content = operation["responses"][str(status)].get("content", {})
    shown = [each["example"] for each in content.values() if "example" in each]
    return shown[0] if shown else None


def resolved(part: dict) -> dict:
    """Return the component that the part refers to, or the part itself."""
    if "$ref" not in part:
        return part
    kind, name = part["$ref"].removeprefix("#/components/").split("/")
    return document()["components"][kind][name]


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_body_of_the_request_is_as_documented(name, contract: Contract):
    path, method = name.split()[::-1]
    operation = contract.operation(path, method)
    assert operation is not None
    for media_type in operation.get("requestBody", {}).get("content", {}).values():
        errors = contract.validator(media_type["schema"]).iter_errors(
            media_type["example"]
        )
        assert [error.message for error in errors] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_parameters_of_the_request_are_as_documented(name, contract: Contract):
    for parameter in map(resolved, OPERATIONS[name].get("parameters", [])):
        if "example" in parameter:
            validator = Draft202012Validator(
                as_json_schema(parameter["schema"]), registry=contract.registry
            )
            assert validator.is_valid(parameter["example"]), parameter


@OWN_FILE
def test_the_command_records_a_new_request(tmp_path: Path):
    project = Project(tmp_path, f"sqlite:///{tmp_path}/quintet.sqlite3")
    file = tmp_path / FOLDER.relative_to(settings.BASE_DIR) / "books-and-authors.json"
    file.parent.mkdir(parents=True)
    request = {"path": {"id": 1}}
    example = {"operation": "GET /books/{id}", "actor": None, "request": request}
    file.write_text(json.dumps([example]))

    code, _, errors = project.manage("record_examples", "--check")
    assert (code, "GET /books/{id}" in errors) == (1, True)
    assert project.run("record_examples") == "GET /books/{id}\n"
    (recorded,) = json.loads(file.read_text())
    assert recorded["response"]["body"]["author"]["fullName"] == "Geoffrey Cooper"
    assert project.run("record_examples") == "All responses are as recorded.\n"
