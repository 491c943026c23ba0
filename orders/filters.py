"""The columns that clients can filter and sort by.

The operators are in `dialects/dbbase/filters.py`.
"""

from __future__ import annotations

import django_filters as filters

from orders.models import Invoice, InvoiceItem, Job, Order


class OrderFilter(filters.FilterSet):
    owner_id = filters.NumberFilter()
    status_id = filters.NumberFilter(field_name="status")

    class Meta:
        model = Order
        fields = ["id", "description", "ordered_at", "items__part_code"]


class JobFilter(filters.FilterSet):
    owner_id = filters.NumberFilter()
    order_id = filters.NumberFilter()
    status_id = filters.NumberFilter(field_name="status")
    order__status_id = filters.NumberFilter(field_name="order__status")

    class Meta:
        model = Job
        fields = [
            "id",
            "started_at",
            "finished_at",
            "order__description",
            "order__ordered_at",
        ]


class InvoiceFilter(filters.FilterSet):
    user_id = filters.NumberFilter()

    class Meta:
        model = Invoice
        fields = ["id", "invoice_date", "invoice_items__part_code"]


class InvoiceItemFilter(filters.FilterSet):
    invoice_id = filters.NumberFilter()
    invoice__user_id = filters.NumberFilter()

    class Meta:
        model = InvoiceItem
        fields = ["id", "part_code", "units", "unit_price", "invoice__invoice_date"]
