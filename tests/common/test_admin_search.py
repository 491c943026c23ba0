"""Searches and filters of the admin's lists."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from casting.models import Actor, Movie
from common.admin import CappedPaginator
from common.db import search
from orders.models import Order
from orders.services import issue
from tests.orders.factories import (
    InvoiceFactory,
    InvoiceItemFactory,
    JobFactory,
    OrderFactory,
)
from tests.support.factories import UserFactory
from tests.support.many_rows import fill
from tests.test_plans import BOSS, Plans

INVOICES = "/admin/orders/invoice/"
ORDERS = "/admin/orders/order/"


@pytest.fixture
def found(client, staff):
    """Return a function that returns the IDs in a list, in its order."""
    client.force_login(staff)

    def request(url: str, **query: str) -> list[int]:
        response = client.get(url, query)
        assert response.status_code == 200
        return [row.pk for row in response.context["cl"].result_list]

    return request


@pytest.fixture(params=["few", "many"])
def numbers_of_rows(request, monkeypatch) -> None:
    """Search as if some rows were few, and as if they were many."""
    if request.param == "many":
        monkeypatch.setattr(search, "MAX_KEYS", 0)
        monkeypatch.setattr(search, "MAX_FOUND", 0)


def test_every_word_is_found_in_a_row_or_a_related_one(found, numbers_of_rows):
    owner = UserFactory(name="Élodie", email="elo@example.com")
    order = OrderFactory(description="Rye flour", owner=owner)
    OrderFactory(description="Rye bread")

    for term in ("RYE élo", "flour", "elo@example", "fl", '"rye flour"'):
        assert found(ORDERS, q=term) == [order.pk], term
    assert found(ORDERS, q="ye bread élodie") == []
    # One or two characters begin a word.
    assert found(ORDERS, q="lo") == []


def test_an_invoice_with_several_items_is_listed_once(found, numbers_of_rows):
    invoice = InvoiceFactory()
    InvoiceItemFactory.create_batch(3, invoice=invoice, part_code="FLOUR-RYE")
    InvoiceItemFactory(part_code="OVEN")

    assert found(INVOICES, q="flour") == [invoice.pk]
    with CaptureQueriesContext(connection) as queries:
        found(INVOICES, q="flour")
    assert not any("DISTINCT" in query["sql"] for query in queries)


def test_related_rows_of_several_tables_are_found(found, numbers_of_rows):
    movie = Movie.objects.create(title="Alien", release_date="1979-05-25")
    movie.actors.add(
        Actor.objects.create(name="Sigourney Weaver", age=30, gender="female")
    )
    Movie.objects.create(title="Heat", release_date="1995-12-15")

    assert found("/admin/casting/movie/", q="weaver") == [movie.pk]
    assert found("/admin/casting/movie/", q="1979") == []


def test_a_number_finds_ids_and_invoice_numbers_only(found):
    user = UserFactory(name="user 1", email="1@example.com")
    InvoiceItemFactory(invoice__user=user, part_code="7000")
    issued = issue(invoice=InvoiceItemFactory(invoice__user=user).invoice)
    job = JobFactory()

    assert found(INVOICES, q=str(issued.pk)) == [issued.pk]
    assert issued.pk in found(INVOICES, q="000001")
    assert found(INVOICES, q=issued.number) == [issued.pk]
    assert found(INVOICES, q="7000") == []
    assert found("/admin/orders/job/", q=str(job.order_id)) == [job.pk]
    assert found(ORDERS, q="9" * 18) == found(ORDERS, q="9" * 5000) == []


def test_a_search_counts_its_rows_up_to_a_limit(found, client, monkeypatch):
    monkeypatch.setattr(search, "MAX_FOUND", 0)
    monkeypatch.setattr(CappedPaginator, "limit", 2)
    OrderFactory.create_batch(4, description="rye")
    found(ORDERS, q="rye")
    shown = client.get(ORDERS, {"q": "rye"}).content.decode()

    assert "more than 2 orders" in shown
    assert "to select the objects across all pages" not in shown
    assert "4 orders" in client.get(ORDERS).content.decode()


def test_newest_rows_are_first(found):
    orders = OrderFactory.create_batch(3)

    assert found(ORDERS) == [order.pk for order in reversed(orders)]


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({"ordered_at_from": "2026-01-02"}, [3, 2]),
        ({"ordered_at_until": "2026-01-02"}, [2, 1]),
        ({"ordered_at_from": "2026-01-02", "ordered_at_until": "2026-01-02"}, [2]),
        ({"ordered_at_until": "9999-12-31", "q": "rye"}, [3, 2, 1]),
        ({"ordered_at_from": "yesterday"}, []),
        ({"ordered_at_from": "2026-02-30"}, []),
    ],
)
def test_dates_from_and_until_are_included(found, query, days):
    for day in (1, 2, 3):
        OrderFactory(
            description="rye", ordered_at=f"2026-01-0{day}T{day * 7 + 2}:00:00Z"
        )

    ids = found(ORDERS, **query)
    shown = [order.ordered_at.day for order in Order.objects.filter(pk__in=ids)]
    assert shown[::-1] == days


def test_the_form_of_dates_keeps_the_other_filters(client, found):
    OrderFactory(description="rye")
    query = {"q": "rye", "status__exact": "0", "ordered_at_from": "2020-01-01"}
    found(ORDERS, **query)
    shown = client.get(ORDERS, query).content.decode()

    assert '<input type="hidden" name="q" value="rye">' in shown
    assert '<input type="hidden" name="status__exact" value="0">' in shown
    assert 'name="ordered_at_from" value="2020-01-01"' in shown


# Searches and the indexes that serve them.
SEARCHES = {
    "orders/order/?q=c4ca4238a0b92": "order_description_parts user_parts",
    "orders/order/?q=u1777@": "order_description_parts user_parts",
    "orders/order/?q=777": "orders_order_pkey",
    "orders/job/?q=request-777": "job_error_parts user_parts job_request_id",
    "orders/job/?q=777": "orders_job_pkey orders_job_order_id_.*",
    "orders/invoice/?q=part-3999": "invoiceitem_part_code_parts invoice_parts",
    "orders/invoice/?q=777": "orders_invoice_pkey invoice_sequence",
    "orders/invoiceitem/?q=part-3999": "invoiceitem_part_code_parts",
    "accounts/user/?q=u1777@": "user_parts",
}


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="about PostgreSQL")
def test_searches_are_served_by_indexes(client, db):
    fill("accounts", "orders")
    client.force_login(User.objects.create_superuser("b@example.com", "boss", id=BOSS))
    plans = {}
    for url in SEARCHES:
        with CaptureQueriesContext(connection) as statements:
            assert client.get(f"/admin/{url}").status_code == 200
        assert len(statements) <= 8, url
        plans[url] = Plans(statements)

    assert not {u: of for u, of in plans.items() if not of.are_served_by(SEARCHES[u])}
