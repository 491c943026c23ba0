from __future__ import annotations

from typing import Any

import django_filters as filters

from orders.models import Invoice, InvoiceItem, Job, Order


class KeyFilter(filters.NumberFilter):
    """The id of another row, no larger than a database's integers go."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=2**63 - 1, **kwargs)


class OrderFilter(filters.FilterSet):
    owner_id = KeyFilter()
    status_id = filters.NumberFilter(field_name="status")

    class Meta:
        model = Order
        fields = ["id", "description", "ordered_at"]


class JobFilter(filters.FilterSet):
    owner_id = KeyFilter()
    order_id = KeyFilter()
    status_id = filters.NumberFilter(field_name="status")

    class Meta:
        model = Job
        fields = ["id", "started_at", "finished_at"]


class InvoiceFilter(filters.FilterSet):
    user_id = KeyFilter()

    class Meta:
        model = Invoice
        fields = ["id", "invoice_date"]


class InvoiceItemFilter(filters.FilterSet):
    invoice_id = KeyFilter()

    class Meta:
        model = InvoiceItem
        fields = ["id", "part_code", "units", "unit_price"]
