from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.html import format_html

from common.admin_lists import ChoiceFilter, link_to
from common.db.locks import lock_rows
from orders.admin.drafts import DraftAdmin
from orders.admin.invoice_desk import InvoiceDeskAdmin
from orders.admin.issuing_selected import BulkIssuingAdmin
from orders.admin.states import InvoiceDateRange, IssuedRange, invoice_state
from orders.models import Invoice, InvoiceItem
from orders.printing.csv_export import invoices_csv
from orders.printing.sheet import format_money


class StateFilter(ChoiceFilter):
    title = parameter_name = "state"
    field, null, filled = "issued_at", "draft", "issued"


@admin.register(Invoice)
class InvoiceAdmin(BulkIssuingAdmin, InvoiceDeskAdmin):
    list_display = (
        *("id", "state", "number", "customer_link", "invoice_date", "total_amount"),
        *("job_link", "order_link", "prints"),
    )
    list_filter = (StateFilter, InvoiceDateRange, IssuedRange)
    search_fields = (
        *("user__email", "user__name", "invoice_items__part_code"),
        *("billed_name", "billed_email", "number"),
    )
    number_fields = ("id", "sequence")
    search_help_text = (
        "A number finds an ID or the last part of an invoice number. "
        "Text finds an invoice number, a customer or a part."
    )
    list_select_related = ("user", "job__order")
    ordering = ("-id",)
    actions = ("issue_selected", "export_selected")
    csv_fields = ()  # `export_selected` has the totals

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        return super().get_queryset(request).prefetch_related("invoice_items")

    @admin.display(ordering="issued_at")
    def state(self, invoice: Invoice) -> str:
        return invoice_state(invoice)

    @admin.display(description="customer", ordering="user__name")
    def customer_link(self, invoice: Invoice) -> str:
        return link_to(invoice.user)

    @admin.display(description="total")
    def total_amount(self, invoice: Invoice) -> str:
        return format_money(invoice.total)

    @admin.display(description="job", ordering="job")
    def job_link(self, invoice: Invoice) -> str:
        return link_to(invoice.job)

    @admin.display(description="Print")
    def prints(self, invoice: Invoice) -> str:
        if not invoice.pk:
            return ""
        return format_html(
            '<a href="{}">HTML</a> <a href="{}">PDF</a>',
            reverse("orders:invoice-html", args=[invoice.pk]),
            reverse("orders:invoice-pdf", args=[invoice.pk]),
        )

    @admin.action(description="Export selected invoices as CSV", permissions=["view"])
    def export_selected(
        self, request: HttpRequest, queryset: QuerySet[Invoice]
    ) -> StreamingHttpResponse:
        keys = queryset.order_by().values("pk")
        return invoices_csv(Invoice.objects.filter(pk__in=keys))


@admin.register(InvoiceItem)
class InvoiceItemAdmin(DraftAdmin):
    list_display = (
        *("id", "invoice_link", "part_code"),
        *("units_number", "unit_price_amount", "item_amount"),
    )
    search_fields = ("part_code", "invoice__number")
    number_fields = ("invoice",)
    search_help_text = (
        "A number finds the items of an invoice. Text finds a part or a number."
    )
    autocomplete_fields = ("invoice",)
    list_select_related = ("invoice",)
    ordering = ("-id",)

    @admin.display(description="invoice", ordering="invoice")
    def invoice_link(self, item: InvoiceItem) -> str:
        return link_to(item.invoice)

    @admin.display(description="units", ordering="units")
    def units_number(self, item: InvoiceItem) -> str:
        return f"{item.units:,}"

    @admin.display(description="unit price", ordering="unit_price")
    def unit_price_amount(self, item: InvoiceItem) -> str:
        return format_money(item.unit_price)

    @admin.display(description="amount")
    def item_amount(self, item: InvoiceItem) -> str:
        return format_money(item.amount)

    def lock(self, rows: QuerySet[InvoiceItem]) -> None:
        items = rows.order_by().values("pk")
        lock_rows(Invoice.objects.filter(invoice_items__in=items))
        super().lock(rows)
