"""Views whose querysets need a user are in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.checks import Error, run_checks
from django.core.management import call_command

from bucketlists.models import Bucketlist
from dialects.openapi_document import openapi_document
from orders.models import Order
from tests.support.openapi import inlined

DESCRIBED = pytest.mark.urls("tests.dialects.described_urls")
BROKEN = pytest.mark.urls("tests.dialects.broken_urls")


@pytest.fixture(autouse=True)
def own_document() -> Iterator[None]:
    openapi_document.cache_clear()
    yield
    openapi_document.cache_clear()


@pytest.fixture
def responses_match_the_document() -> None:
    """The document of the project has other URLs."""


@DESCRIBED
def test_the_document_has_them_without_a_warning():
    text = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=text)

    for path in ("/parcels/{id}/send", "/wishes/{id}", "/dreams/{id}"):
        assert f"\n  {path}:" in text.getvalue()


@DESCRIBED
@pytest.mark.parametrize("kind", ["single", "collection"])
@pytest.mark.parametrize("resource", ["parcels", "books"])
def test_meta_has_them(api, db, resource, kind):
    response = api.get(f"/meta/{resource}/{kind}")

    assert response.status_code == 200
    assert all(path.startswith(f"/{resource}") for path in response.json()["paths"])
    part = response.json()
    names = {
        parameter["name"]
        for operations in inlined(part["paths"], part["components"]).values()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
    }
    if (resource, kind) == ("parcels", "collection"):
        assert {"description", "owner.name", "pageConfig"} <= names


@DESCRIBED
def test_they_show_the_users_own_rows(client_of, ada, bob):
    for user in (ada, bob):
        Order.objects.create(owner=user, description=user.name)
        Bucketlist.objects.create(created_by=user, name=user.name)
    client = client_of(ada)

    assert [o["description"] for o in client.get("/parcels").json()["Order"]] == ["ada"]
    assert [w["name"] for w in client.get("/wishes").json()["wishes"]] == ["ada"]
    assert [w["name"] for w in client.get("/dreams").json()] == ["ada"]


@DESCRIBED
def test_an_owner_that_a_hook_sets_cannot_be_bypassed(client_of, ada, bob):
    client = client_of(ada)
    pk = Order.objects.create(owner=bob, description="x").pk
    for method, url, status in [
        (client.post, "/parcels", 201),
        (client.put, f"/parcels/{pk + 1000}", 200),
        (client.put, f"/parcels/{pk}", 404),
        (client.patch, f"/parcels/{pk}", 404),
        (client.delete, f"/parcels/{pk}", 404),
    ]:
        response = method(url, {"description": "y", "ownerId": bob.pk}, "json")
        assert response.status_code == status
    rows = [{"description": "y", "owner_id": bob.pk}] * 2
    assert client.post("/parcels", rows, "json").status_code == 201
    assert client.post("/wishes", {"name": "y"}, "json").status_code == 200
    assert client.post("/dreams", {"name": "y"}, "json").status_code == 201

    assert Order.objects.filter(owner=ada).count() == 4
    assert Bucketlist.objects.filter(created_by=ada).count() == 2


@BROKEN
def test_a_check_names_a_view_that_cannot_be_described():
    errors = [e for e in run_checks() if e.id == "dialects.E001"]

    assert [type(error) for error in errors] == [Error]
    assert "tests.dialects.described_urls.BrokenViewSet" in errors[0].msg
    assert "no_such_field" in errors[0].msg


@BROKEN
@pytest.mark.parametrize("url", ["/schema/", "/meta/books/single", "/docs/"])
def test_it_takes_no_other_view_with_it(api, db, url):
    assert api.get(url).status_code == 200


@DESCRIBED
def test_the_checks_find_nothing_else():
    assert run_checks() == []
