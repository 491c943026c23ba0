from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Protocol

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.html import format_html

from common.admin import LockedDeletionAdmin, SearchAdmin
from common.db.locks import lock_rows
from common.http.errors import Conflict
from orders.models import (
    MAX_ITEMS,
    Command,
    Invoice,
    InvoiceItem,
    Job,
    Order,
    OrderItem,
)
from orders.printing.csv_export import csv_response
from orders.services import cancel, issue, retry, start_job

MAX_ERRORS_SHOWN = 20


class OrderItemInline(admin.TabularInline):
    model = OrderItem
    extra = 0


class JobInline(admin.TabularInline):
    """The jobs of an order, read-only: only services and workers change them."""

    model = Job
    fields = ("id", "status", "started_at", "finished_at", "error")
    readonly_fields = fields
    can_delete = False
    show_change_link = True

    def has_add_permission(
        self, request: HttpRequest, obj: Order | None = None
    ) -> bool:
        return False


@admin.register(Order)
class OrderAdmin(LockedDeletionAdmin):
    list_display = ("id", "description", "owner", "status", "ordered_at")
    list_filter = ("status", "ordered_at")
    search_fields = ("=id", "description", "owner__email", "owner__name")
    autocomplete_fields = ("owner",)
    list_select_related = ("owner",)
    date_hierarchy = "ordered_at"
    inlines = (OrderItemInline, JobInline)
    actions = ("run_again",)

    @admin.action(description="Run selected orders again", permissions=["change"])
    def run_again(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        for order in queryset:
            start_job(order=order)
        self.message_user(request, f"{len(queryset)} jobs started.")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Order | None = None
    ) -> tuple[str, ...]:
        # The jobs of the order have the same owner.
        return ("owner",) if obj else ()


@admin.register(Job)
class JobAdmin(LockedDeletionAdmin):
    list_display = ("id", "order", "owner", "status", "started_at", "finished_at")
    list_filter = ("status", "started_at")
    search_fields = (
        *("=id", "=order__id", "owner__email", "owner__name"),
        *("error", "request_id__exact"),
    )
    list_select_related = ("order", "owner")
    date_hierarchy = "started_at"
    readonly_fields = (*list_display, "attempts", "progress", "error", "request_id")
    fields = readonly_fields
    actions = ("cancel_selected", "retry_selected")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def lock(self, rows: QuerySet[Job]) -> None:
        lock_rows(Order.objects.filter(jobs__in=rows.order_by().values("pk")))
        super().lock(rows)

    @admin.action(description="Cancel selected jobs", permissions=["change"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self.apply_to_each(request, queryset, cancel, "cancelled")

    @admin.action(description="Retry selected jobs", permissions=["change"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self.apply_to_each(request, queryset, retry, "queued again")

    def apply_to_each(
        self, request: HttpRequest, jobs: QuerySet[Job], change: ChangeJob, done: str
    ) -> None:
        """Change each job. A job that refuses the change does not stop the others."""
        errors = []
        for job in jobs:
            try:
                change(job=job)
            except Conflict as exc:
                errors.append(str(exc.detail))
        count = len(jobs) - len(errors)
        self.message_user(request, f"{count} jobs {done}, {len(errors)} refused.")
        show_errors(request, errors)


class ChangeJob(Protocol):
    def __call__(self, *, job: Job) -> None: ...


def show_errors(request: HttpRequest, errors: Iterable[str]) -> None:
    for text in list(errors)[:MAX_ERRORS_SHOWN]:
        messages.warning(request, text)


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
        return csv_response(Invoice.objects.filter(pk__in=keys))


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


@admin.register(Command)
class CommandAdmin(SearchAdmin):
    list_display = ("id", "description", "num_variable")
    search_fields = ("description",)
