"""The page on which an invoice is written, issued and printed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from common.admin_lists import link_to
from orders.admin.invoice_items import InvoiceItemInline
from orders.admin.issuing import IssuingAdmin, to_page
from orders.models import Invoice

WRITTEN = ("user", "invoice_date")
ORIGIN = ("order_link", "job")
# The columns that issuing writes.
KEPT = (
    *("number", "issued_at", "due_date", "currency"),
    *("billed_name", "billed_email", "seller_note"),
)
ISSUED = (
    *("number", "issued_at", "invoice_date", "due_date", "currency"),
    *("billed_name", "billed_email", "user", "seller_note"),
)
TOO_LATE = (
    "Invoice {} was issued in the meantime and can no longer be changed. "
    "Your changes were not saved."
)


class InvoiceDeskAdmin(IssuingAdmin):
    """The form of a draft, with a button that saves and issues it; issued invoices."""

    autocomplete_fields = ("user",)
    readonly_fields = (*KEPT, *ORIGIN)
    inlines = (InvoiceItemInline,)

    def get_fields(
        self, request: HttpRequest, obj: Invoice | None = None
    ) -> tuple[str, ...]:
        fields = ISSUED if obj and obj.is_issued else WRITTEN
        return (*fields, *ORIGIN) if obj and obj.job_id else fields

    def get_form(
        self,
        request: HttpRequest,
        obj: Invoice | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> type[ModelForm]:
        """Remove the icon that deletes the customer."""
        form = super().get_form(request, obj, change, **kwargs)
        if user := form.base_fields.get("user"):
            user.widget.can_delete_related = False
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        today = timezone.localdate()
        return {"invoice_date": today, **super().get_changeform_initial_data(request)}

    @admin.display(description="order", ordering="job__order")
    def order_link(self, invoice: Invoice) -> str:
        return link_to(invoice.job and invoice.job.order)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Explain the refusal if the invoice was issued in the meantime."""
        try:
            return super().change_view(request, object_id, form_url, extra_context)
        except PermissionDenied:
            # Without the permission to change, the refusal stays.
            if not self.has_change_permission(request):
                raise
            invoices = self.get_queryset(request).filter(pk=unquote(object_id))
            invoice = invoices.exclude(issued_at=None).first()
            if invoice is None:
                raise
            messages.error(request, TOO_LATE.format(invoice.number))
            return to_page(invoice)

    def response_add(
        self, request: HttpRequest, obj: Invoice, post_url_continue: str | None = None
    ) -> HttpResponse:
        if "_issue" in request.POST:
            return to_issue_page(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Invoice) -> HttpResponse:
        if "_issue" in request.POST:
            return to_issue_page(request, obj)
        return super().response_change(request, obj)


def to_issue_page(request: HttpRequest, draft: Invoice) -> HttpResponseRedirect:
    messages.success(request, "The draft is saved. It is not issued yet.")
    return HttpResponseRedirect(reverse("admin:orders_invoice_issue", args=[draft.pk]))
