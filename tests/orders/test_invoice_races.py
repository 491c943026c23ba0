"""Many clients at once, against a server of their own on a real database."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import pytest
from django.utils import timezone

from orders.numbering import format_number

pytestmark = pytest.mark.django_db(transaction=True)
RACERS = 20
ITEM = {"partCode": "111", "units": 1, "unitPrice": 20.0}
ACCOUNT = {"email": "racer@example.com", "password": "a-long-password"}


Send = Callable[..., tuple[int, Any]]


@pytest.fixture
def send(port) -> Send:
    """Sends a request over a connection of its own, with the racer's token."""
    headers = {"Content-Type": "application/json"}

    def request(method: str, path: str, data: Any = None) -> tuple[int, Any]:
        raw = None if data is None else json.dumps(data)
        link = HTTPConnection("127.0.0.1", port, timeout=30)
        link.request(method, path, raw, headers)
        response = link.getresponse()
        body = json.loads(response.read())
        link.close()
        return response.status, body

    assert request("POST", "/auth/register", ACCOUNT)[0] == 201
    _, login = request("POST", "/auth/login", ACCOUNT)
    headers["Authorization"] = f"Bearer {login['access_token']}"
    request.user_id = login["user_id"]  # type: ignore[attr-defined]
    return request


@pytest.fixture
def drafts(send) -> list[int]:
    body = {"userId": send.user_id, "invoiceDate": "2026-11-21", "invoiceItems": [ITEM]}
    return [send("POST", "/invoices", body)[1]["id"] for _ in range(RACERS)]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Has no invoice numbers",
    new="Numbers invoices that are issued at the same time without gaps",
)
def test_parallel_issues_get_consecutive_numbers(send, drafts):
    with ThreadPoolExecutor(RACERS) as pool:
        responses = list(
            pool.map(lambda pk: send("POST", f"/invoices/{pk}/issue"), drafts)
        )

    assert {status for status, _ in responses} == {200}
    numbers = {body["number"] for _, body in responses}
    year = timezone.localtime().year
    assert numbers == {format_number(year, count) for count in range(1, RACERS + 1)}


def test_one_invoice_issued_by_many_has_one_number(send, drafts):
    url = f"/invoices/{drafts[0]}/issue"
    with ThreadPoolExecutor(RACERS) as pool:
        responses = list(pool.map(lambda _: send("POST", url), drafts))

    year = timezone.localtime().year
    assert {body["number"] for _, body in responses} == {format_number(year, 1)}
    _, other = send("POST", f"/invoices/{drafts[1]}/issue")
    assert other["number"] == format_number(year, 2)


def test_nothing_slips_into_an_invoice_while_it_is_issued(send, drafts):
    """Whoever comes first: the invoice stays as the answer to its issue showed it."""

    def change(pk: int) -> set[int]:
        _, invoice = send("GET", f"/invoices/{pk}")
        url = f"/invoice-items/{invoice['invoiceItems'][0]['id']}"
        return {
            send("POST", "/invoice-items", ITEM | {"invoiceId": pk})[0],
            send("PATCH", url, {"units": 9})[0],
            send("PATCH", url, {"invoiceId": drafts[0]})[0],
            send("PATCH", f"/invoices/{pk}", {"invoiceDate": "2020-01-01"})[0],
        }

    with ThreadPoolExecutor(RACERS) as pool:
        changes = [pool.submit(change, pk) for pk in drafts[1:]]
        issues = [
            pool.submit(send, "POST", f"/invoices/{pk}/issue") for pk in drafts[1:]
        ]
    statuses = set().union(*(future.result() for future in changes))
    assert statuses <= {200, 201, 409}
    for pk, future in zip(drafts[1:], issues, strict=True):
        status, issued = future.result()
        if status == 200:
            assert send("GET", f"/invoices/{pk}") == (200, issued)
        else:
            # Its only item had gone.
            assert status == 409
