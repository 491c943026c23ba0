"""Ids of other rows, and what only issued invoices show."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.fields import SkipField

from accounts.models import User
from common.compiled import BITS
from common.statements import instance_of
from dialects.dbbase import DbbaseDateTimeField, DbbaseKeyField, MoneyField
from orders.models import Invoice


class VisibleKeyField(DbbaseKeyField):
    """The id of a row that the caller may see; others do not exist."""

    def get_queryset(self) -> Any:
        rows: Any = super().get_queryset()
        return rows.visible_to(self.context["request"].user)

    def find(self, pk: int) -> Any:
        return self.get_queryset().filter(pk=pk).first()


class UserKeyField(DbbaseKeyField):
    """The id of a user. The caller's own was read when the request began."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=User.objects.all(), **kwargs)

    def find(self, pk: int) -> Any:
        caller = getattr(self.context.get("request"), "user", None)
        return caller if caller and caller.pk == pk else super().find(pk)


def user_of(pk: int) -> User:
    """The user of that id, if there is one."""
    user: User = instance_of(User, {"id": pk})
    return user


def is_told_by_insert() -> bool:
    """Whether the database refuses a row without its user before a transaction ends."""
    return not connection.in_atomic_block


class UserOfNewRowKeyField(UserKeyField):
    """The same where the statement that writes the row says whether there is one."""

    def find(self, pk: int) -> Any:
        is_new = self.parent.instance is None
        if is_new and is_told_by_insert() and pk.bit_length() < BITS:
            return user_of(pk)
        return super().find(pk)


class OnceIssued:
    """Stands in the answer of an issued invoice, and where it is asked for."""

    is_sometimes = True

    def get_attribute(self: Any, instance: Any) -> Any:
        is_own = isinstance(instance, Invoice)
        invoice = instance if is_own else instance.invoice
        if not (invoice.is_issued or self.is_asked_for):
            raise SkipField
        return super().get_attribute(instance)  # type: ignore[misc]

    @cached_property
    def is_asked_for(self: Any) -> bool:
        asked = self.context.get("serial_fields")
        return bool(asked) and self.parent.is_row and self.field_name in asked


class NumberField(OnceIssued, serializers.CharField):
    pass


class IssuedAtField(OnceIssued, DbbaseDateTimeField):
    pass


class AmountField(OnceIssued, MoneyField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=15, decimal_places=2, **kwargs)
