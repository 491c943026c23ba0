"""Serializer fields for visible rows, and for values that only issued invoices have."""

from __future__ import annotations

from typing import Any

from django.db.models import IntegerChoices
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.fields import SkipField

from accounts.permissions import action_of
from dialects.dbbase import (
    DbbaseDateTimeField,
    DbbaseKeyField,
    DbbaseModelSerializer,
    MoneyField,
)
from orders.models import Invoice, InvoiceItem
from orders.querysets import InvoiceQuerySet, OrderQuerySet


class VisibleKeyField(DbbaseKeyField):
    """The id of an order or invoice to which the user may link the serializer's row."""

    def get_queryset(self) -> OrderQuerySet | InvoiceQuerySet:
        rows: Any = super().get_queryset()
        serializer: Any = self.parent
        request = self.context["request"]
        action = "add" if request.method == "POST" else action_of(request)
        visible: OrderQuerySet | InvoiceQuerySet = rows.visible_to(
            request.user, action, of=serializer.Meta.model
        )
        return visible


class StatusField(serializers.ChoiceField):
    """The number of a row's status, which only the service changes."""

    def __init__(self, statuses: type[IntegerChoices]) -> None:
        meanings = ", ".join(f"{each} {each.label.lower()}" for each in statuses)
        super().__init__(
            source="status",
            choices=statuses.choices,
            read_only=True,
            help_text=f"Status: {meanings}.",
        )


class IssuedField(serializers.Field[Any, Any, Any, Any]):
    """A field left out of drafts, unless `serialFields` names it."""

    # OpenAPI: the field is not required in responses.
    may_be_missing = True

    def get_attribute(self, instance: Invoice | InvoiceItem) -> object:
        invoice = instance if isinstance(instance, Invoice) else instance.invoice
        if not (invoice.is_issued or self.is_requested):
            raise SkipField
        return super().get_attribute(instance)

    @cached_property
    def is_requested(self) -> bool:
        names = self.context.get("serial_fields") or ()
        parent = self.parent
        is_row = isinstance(parent, DbbaseModelSerializer) and parent.is_row
        return is_row and self.field_name in names


class NumberField(IssuedField, serializers.CharField):
    pass


class IssuedAtField(IssuedField, DbbaseDateTimeField):
    pass


class AmountField(IssuedField, MoneyField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=15, decimal_places=2, **kwargs)
