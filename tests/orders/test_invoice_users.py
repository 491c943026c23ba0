"""An invoice's user must exist."""

from __future__ import annotations

from typing import Any

import pytest

from orders.models import Invoice, InvoiceItem

LINE = {"partCode": "P-1", "units": 2, "unitPrice": 9.99}
BODY = {"invoiceDate": "2026-01-31", "invoiceItems": [LINE]}
UNKNOWN = 'Invalid pk "{}" - object does not exist.'


@pytest.fixture(params=[True, False], ids=["committing", "in a transaction"])
def database(request) -> None:
    request.getfixturevalue("transactional_db" if request.param else "db")


def written() -> tuple[int, int]:
    return Invoice.objects.count(), InvoiceItem.objects.count()


@pytest.mark.parametrize("user", [999, 2**62, 10**30])
@pytest.mark.parametrize("more", [{}, {"id": 5}, {"invoiceItems": []}], ids=str)
def test_an_unknown_user_is_refused_and_nothing_written(database, api, user, more):
    for body in (
        {**BODY, **more, "userId": user},
        {**BODY, **more, "userId": str(user)},
    ):
        response = api.post("/invoices", body, "json")
        assert (response.status_code, response.json()) == (
            400,
            {"message": [{"user_id": UNKNOWN.format(user)}]},
        )
    assert written() == (0, 0)


def test_so_it_is_with_a_key(database, api):
    headers = {"Idempotency-Key": "once"}
    for _ in range(2):
        response = api.post(
            "/invoices", {**BODY, "userId": 999}, "json", headers=headers
        )
        assert response.status_code == 400
    assert written() == (0, 0)


def test_and_in_a_list_or_a_change(database, api, bob):
    body: Any = {**BODY, "userId": bob.pk}
    response = api.post("/invoices", [body, {**BODY, "userId": 999}], "json")
    assert response.status_code == 400
    assert written() == (0, 0)

    pk = api.post("/invoices", body, "json").json()["id"]
    for change in ({"userId": 999}, {**BODY, "userId": 999}):
        change = {name: of for name, of in change.items() if name != "invoiceItems"}
        assert api.patch(f"/invoices/{pk}", change, "json").status_code == 400
    assert Invoice.objects.get().user_id == bob.pk
