from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import call_command

from tests.support.openapi import Contract, document

ABSOLUTE = re.compile(r"""(?:src|href|url\()\s*=?\s*["']?(https?:)?//[^"'\s>]+""")


def test_the_document_is_generated_without_a_warning():
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


def test_every_operation_describes_its_errors():
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            statuses = set(operation["responses"])
            assert {"406", "503"} <= statuses, (path, method)
            assert any(status < "300" or status == "419" for status in statuses)


@pytest.mark.parametrize("url", ["/docs/", "/redoc/", "/docs", "/redoc"])
def test_the_documentation_needs_nothing_from_outside(client, url):
    page = client.get(url)

    assert page.status_code == 200
    assert not ABSOLUTE.findall(page.content.decode())


@pytest.mark.parametrize("url", ["/docs/", "/redoc/"])
def test_the_files_of_the_documentation_are_our_own(client, url):
    page = client.get(url).content.decode()
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)

    assert files
    for file in files:
        assert client.get(file).status_code == 200, file


def test_the_root_leads_to_the_documentation(client):
    assert client.get("/").headers["Location"] == "/docs"


class FakeAnswer:
    def __init__(self, status: int, content: bytes) -> None:
        self.status_code, self.content = status, content
        self.headers = {"Content-Type": "application/json"}


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


def test_an_answer_as_documented_passes(contract):
    assert isinstance(contract, Contract)
    environ = {"PATH_INFO": "/bucketlists/", "REQUEST_METHOD": "GET"}

    contract.check(environ, FakeAnswer(401, b'{"message": "x"}'))
