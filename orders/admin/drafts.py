"""Base of the admins of invoices and their items: issued ones are read-only."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin import LockedDeletionAdmin
from orders.models import Invoice, InvoiceItem

Row = Invoice | InvoiceItem


def invoice_of(obj: Row) -> Invoice:
    return obj if isinstance(obj, Invoice) else obj.invoice


def is_issued(obj: Row | None) -> bool:
    return obj is not None and invoice_of(obj).is_issued


class DraftAdmin(LockedDeletionAdmin):
    """Drafts and their items. Issued invoices and their items are read-only."""

    def has_change_permission(
        self, request: HttpRequest, obj: Row | None = None
    ) -> bool:
        return super().has_change_permission(request, obj) and not is_issued(obj)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Row | None:
        """Return the object; to change it, lock its invoice against being issued."""
        obj = super().get_object(request, object_id, from_field)
        if obj is None or request.method != "POST":
            return obj
        Invoice.objects.select_for_update().filter(pk=invoice_of(obj).pk).first()
        return super().get_object(request, object_id, from_field)

    def get_deleted_objects(
        self, objs: Sequence[Row] | QuerySet[Row], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Add issued invoices to the protected objects, so that the page lists them."""
        issued = [
            f"Invoice {invoice_of(obj).number}, which is issued"
            for obj in objs
            if is_issued(obj)
        ]
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, lacking, [*protected, *dict.fromkeys(issued)]
