from __future__ import annotations

from datetime import date
from decimal import Decimal

import factory
from django.utils import timezone

from orders.models import Invoice, InvoiceItem, Job, Order, OrderItem
from tests.support.factories import UserFactory


class OrderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Order

    owner = factory.SubFactory(UserFactory)
    description = "to do stuff"


class OrderItemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OrderItem

    order = factory.SubFactory(OrderFactory)
    part_code = "111"
    units = 2
    unit_price = Decimal("20.00")


class JobFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Job

    order = factory.SubFactory(OrderFactory)
    owner = factory.SelfAttribute("order.owner")
    status = Job.Status.QUEUED
    is_held = False
    due_at = factory.LazyAttribute(
        lambda job: timezone.now() if job.status in (0, 1) and not job.is_held else None
    )


class InvoiceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Invoice

    user = factory.SubFactory(UserFactory)
    invoice_date = date(2020, 8, 27)


class InvoiceItemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = InvoiceItem

    invoice = factory.SubFactory(InvoiceFactory)
    part_code = "111"
    units = 1
    unit_price = Decimal("20.00")
