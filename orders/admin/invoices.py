from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.html import format_html

from common.admin import show_errors
from common.db.locks import lock_rows
from orders.admin.drafts import DraftAdmin
from orders.admin.invoice_desk import InvoiceDeskAdmin
from orders.admin.issuing import try_to_issue
from orders.models import Invoice, InvoiceItem
from orders.printing.csv_export import invoices_csv


class StateFilter(admin.SimpleListFilter):
    title = parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: object
    ) -> list[tuple[str, str]]:
        return [("draft", "Draft"), ("issued", "Issued")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Invoice]
    ) -> QuerySet[Invoice]:
        if self.value() is None:
            return queryset
        return queryset.filter(issued_at__isnull=self.value() == "draft")


@admin.register(Invoice)
class InvoiceAdmin(InvoiceDeskAdmin):
    list_display = ("id", "number", "user", "invoice_date", "total", "job", "prints")
    list_filter = (StateFilter, "invoice_date", "issued_at")
    search_fields = (
        *("=id", "user__email", "user__name", "invoice_items__part_code"),
        *("billed_name", "billed_email", "number"),
    )
    list_select_related = ("user", "job")
    date_hierarchy = "invoice_date"
    actions = ("issue_selected", "export_selected")
    csv_fields = ()  # `export_selected` has the totals

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        return super().get_queryset(request).prefetch_related("invoice_items")

    @admin.display(description="Print")
    def prints(self, invoice: Invoice) -> str:
        if not invoice.pk:
            return ""
        return format_html(
            '<a href="{}">HTML</a> <a href="{}">PDF</a>',
            reverse("orders:invoice-html", args=[invoice.pk]),
            reverse("orders:invoice-pdf", args=[invoice.pk]),
        )

    @admin.action(description="Issue selected invoices", permissions=["change"])
    def issue_selected(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> None:
        """Issue drafts by id. One that cannot be issued does not stop the others."""
        drafts = queryset.filter(issued_at=None).order_by("pk")
        errors = [error for draft in drafts if (error := try_to_issue(draft))]
        count = len(drafts) - len(errors)
        self.message_user(request, f"{count} issued, {len(errors)} refused.")
        show_errors(request, errors)

    @admin.action(description="Export selected invoices as CSV", permissions=["view"])
    def export_selected(
        self, request: HttpRequest, queryset: QuerySet[Invoice]
    ) -> StreamingHttpResponse:
        # A search may have joined the items, which would repeat their invoices.
        keys = queryset.order_by().values("pk")
        return invoices_csv(Invoice.objects.filter(pk__in=keys))


@admin.register(InvoiceItem)
class InvoiceItemAdmin(DraftAdmin):
    list_display = ("id", "invoice", "part_code", "units", "unit_price", "amount")
    search_fields = ("part_code", "=invoice__id")
    autocomplete_fields = ("invoice",)
    list_select_related = ("invoice",)

    def lock(self, rows: QuerySet[InvoiceItem]) -> None:
        items = rows.order_by().values("pk")
        lock_rows(Invoice.objects.filter(invoice_items__in=items))
        super().lock(rows)
