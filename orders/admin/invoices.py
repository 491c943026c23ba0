from __future__ import annotations

from decimal import Decimal

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.html import format_html

from common.admin import show_errors
from common.db.locks import lock_rows
from common.http.errors import Conflict
from orders.admin.drafts import DraftAdmin, is_issued
from orders.models import MAX_ITEMS, Invoice, InvoiceItem
from orders.printing.csv_export import invoices_csv
from orders.services import issue


class InvoiceItemInline(admin.TabularInline):
    model = InvoiceItem
    extra = 0
    max_num = MAX_ITEMS
    readonly_fields = ("item_amount",)

    def has_add_permission(
        self, request: HttpRequest, obj: Invoice | None = None
    ) -> bool:
        return super().has_add_permission(request, obj) and not is_issued(obj)

    def has_change_permission(
        self, request: HttpRequest, obj: Invoice | None = None
    ) -> bool:
        return super().has_change_permission(request, obj) and not is_issued(obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: Invoice | None = None
    ) -> bool:
        return super().has_delete_permission(request, obj) and not is_issued(obj)

    @admin.display(description="Amount")
    def item_amount(self, item: InvoiceItem) -> Decimal | None:
        return item.amount if item.pk else None


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
class InvoiceAdmin(DraftAdmin):
    list_display = ("id", "number", "user", "invoice_date", "total", "job", "prints")
    list_filter = (StateFilter, "invoice_date", "issued_at")
    search_fields = (
        *("=id", "user__email", "user__name", "invoice_items__part_code"),
        *("billed_name", "billed_email", "number"),
    )
    autocomplete_fields = ("user",)
    list_select_related = ("user", "job")
    date_hierarchy = "invoice_date"
    readonly_fields = (
        *("number", "issued_at", "billed_name", "billed_email"),
        *("total", "job", "prints"),
    )
    inlines = (InvoiceItemInline,)
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


def try_to_issue(draft: Invoice) -> str:
    """Issue a draft. Return why it cannot be issued, or an empty text."""
    try:
        issue(invoice=draft)
    except Conflict as exc:
        return str(exc.detail)
    except ValidationError as exc:
        return f"Invoice {draft.pk}: {' '.join(exc.messages)}"
    return ""


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
