from __future__ import annotations

import pytest

from tests.orders.factories import (
    InvoiceItemFactory,
    JobFactory,
    OrderFactory,
    OrderItemFactory,
)
from tests.support.factories import UserFactory

LISTS = {
    "orders:list": "/orders",
    "orders:list-with-jobs": "/api/v2/orders",
    "orders:jobs": "/api/v2/jobs",
    "orders:invoices": "/invoices",
    "orders:invoice-items": "/invoice-items",
}


@pytest.mark.parametrize("size", [2, 20])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_for_any_number_of_rows(
    client_of, query_counts, name, size
):
    user = UserFactory()
    for _ in range(size):
        order = OrderFactory(owner=user)
        JobFactory(order=order)
        OrderItemFactory.create_batch(2, order=order)
        InvoiceItemFactory(invoice__user=user)

    query_counts(name, client_of(user), LISTS[name])
