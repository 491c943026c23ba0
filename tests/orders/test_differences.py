"""Differences of orders, jobs and invoices from the old service, a request for each."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from orders.models import MAX_ITEMS, Invoice, InvoiceItem, Job, Order
from orders.services import issue
from tests.orders.factories import InvoiceItemFactory, JobFactory, OrderFactory

ITEM = {"partCode": "111", "units": 3, "unitPrice": 0.1}
NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


@pytest.fixture
def order(ada) -> Order:
    return OrderFactory(owner=ada)


@pytest.fixture
def draft(ada) -> Invoice:
    return InvoiceItemFactory(invoice__user=ada).invoice


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Stores a job and never runs it",
    new="Runs it in a worker, which changes `statusId` and `finishedAt`",
)
@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Stores an order as a text",
    new="Also stores `items`, from which the job creates an invoice",
)
def test_a_worker_runs_the_job_and_makes_the_invoice(ada_client, ada, run_worker):
    body = {"ownerId": ada.pk, "description": "parts", "items": [ITEM]}
    url = ada_client.post("/api/v2/orders", body, "json").headers["Location"]
    before = ada_client.get(url).json()
    run_worker()

    after = ada_client.get(url).json()
    assert (before["statusId"], before["finishedAt"]) == (0, None)
    assert (after["status"], after["statusId"]) == ("finished", 2)
    assert after["finishedAt"] is not None
    invoice = ada_client.get(after["invoice"]["url"]).json()
    assert (invoice["userId"], invoice["total"]) == (ada.pk, 0.3)


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns `orderedAt` in local time and `startedAt` in UTC",
    new="Returns both in UTC",
)
@time_machine.travel(NOW, tick=False)
def test_both_times_are_in_utc(client_of, ada):
    ada_client = client_of(ada)
    body = {"ownerId": ada.pk, "description": "x"}
    job = ada_client.post("/api/v2/orders", body, "json").json()
    [order] = ada_client.get("/orders").json()["Order"]

    assert order["orderedAt"] == job["startedAt"] == "2026-11-21 08:30:00"


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Requires `startedAt` for a new job",
    new="Uses the current time as default",
)
def test_a_new_job_needs_no_start(ada_client, order):
    body = {"ownerId": order.owner_id, "orderId": order.pk}

    assert ada_client.post("/api/v2/jobs", body, "json").status_code == 201
    assert Job.objects.get().started_at is not None


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Creates jobs for other users from `jobs` in an order",
    new="Ignores `jobs`",
)
def test_jobs_in_an_order_are_ignored(ada_client, ada, bob):
    jobs = [{"ownerId": bob.pk}]
    body = {"ownerId": ada.pk, "description": "x", "jobs": jobs}

    assert ada_client.post("/orders", body, "json").status_code == 201
    assert not Job.objects.exists()


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Stores `statusId` and `finishedAt` from the client",
    new="Ignores them",
    why="The worker sets them",
)
def test_clients_do_not_set_the_state_of_orders_and_jobs(ada_client, order):
    job = JobFactory(order=order)
    body = {"statusId": 2, "finishedAt": "2020-01-01"}
    for url in (f"/orders/{order.pk}", f"/api/v2/jobs/{job.pk}"):
        before = ada_client.get(url).json()
        assert ada_client.patch(url, body, "json").status_code == 200
        assert ada_client.get(url).json() == before


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Changes the owner and the order of a job",
    new="Returns 400",
    why="Its invoice would keep the old ones",
)
def test_a_job_keeps_its_order_and_its_owner(client_of, staff, bob, order):
    job, other = JobFactory(order=order), OrderFactory(owner=order.owner)
    url = f"/api/v2/jobs/{job.pk}"
    for body in ({"orderId": other.pk}, {"ownerId": bob.pk}):
        assert client_of(staff).patch(url, body, "json").status_code == 400


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Lets clients change an invoice at any time",
    new="Does the same with drafts, and returns 409 for invoices that `POST "
    "/invoices/<id>/issue` has issued",
    why="Accounting requires it",
)
@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns an invoice with its items",
    new="Adds `number`, `issuedAt`, `total`, and the `amount` of each item to issued "
    "invoices, after the old keys",
)
@time_machine.travel(NOW, tick=False)
def test_an_issued_invoice_shows_more_and_stays_as_it_is(client_of, draft):
    ada_client, url = client_of(draft.user), f"/invoices/{draft.pk}"
    before = ada_client.get(url).json()
    issued = ada_client.post(f"{url}/issue").json()

    assert list(issued) == [*before, "number", "issuedAt", "total"]
    assert issued["number"] == "2026-000001"
    assert issued["invoiceItems"][0]["amount"] == issued["total"] == 20.0
    change = {"userId": draft.user_id, "invoiceDate": "2021-01-01"}
    for method in (ada_client.put, ada_client.patch, ada_client.delete):
        assert method(url, change, "json").status_code == 409
    assert ada_client.get(url).json() == issued


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Has no invoice numbers",
    new="Numbers invoices without gaps when they are issued",
    why="Accounting requires it",
)
def test_numbers_of_invoices_have_no_gaps(ada):
    drafts = [InvoiceItemFactory(invoice__user=ada).invoice for _ in range(3)]
    drafts[1].delete()

    assert [issue(invoice=drafts[n], at=NOW).sequence for n in (2, 0)] == [1, 2]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Accepts any number of items for an invoice",
    new="Returns 409 for more than 1,000",
    why="Longer ones can't be printed",
)
def test_an_invoice_has_at_most_1000_items(ada_client, draft):
    assert MAX_ITEMS == 1000
    InvoiceItem.objects.bulk_create(
        InvoiceItemFactory.build_batch(MAX_ITEMS - 1, invoice=draft)
    )
    body = ITEM | {"invoiceId": draft.pk}

    assert ada_client.post("/invoice-items", body, "json").status_code == 409
