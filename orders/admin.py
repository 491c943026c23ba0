from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.html import format_html

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
from orders.printing.table import table_response
from orders.services import cancel, issue, retry, start_job

MAX_REFUSALS_SHOWN = 20


class OrderItemInline(admin.TabularInline[OrderItem, Order]):
    model = OrderItem
    extra = 0


class JobInline(admin.TabularInline[Job, Order]):
    """What became of the order; only workers write here."""

    model = Job
    fields = ("id", "status", "started_at", "finished_at", "error")
    readonly_fields = fields
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin[Order]):
    list_display = ("id", "description", "owner", "status", "ordered_at")
    list_filter = ("status", "ordered_at")
    search_fields = ("=id", "description", "owner__email", "owner__name")
    autocomplete_fields = ("owner",)
    list_select_related = ("owner",)
    date_hierarchy = "ordered_at"
    inlines = (OrderItemInline, JobInline)
    actions = ("run_again",)

    @admin.action(description="Run the selected orders again", permissions=["change"])
    def run_again(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        for order in queryset:
            start_job(order=order)
        self.message_user(request, f"{len(queryset)} jobs started.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """An order keeps its owner: its jobs would stay with the old one."""
        return ("owner",) if obj else ()


@admin.register(Job)
class JobAdmin(admin.ModelAdmin[Job]):
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

    @admin.action(description="Cancel the selected jobs", permissions=["change"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self.do_with_each(request, queryset, cancel, "cancelled")

    @admin.action(description="Retry the selected jobs", permissions=["change"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self.do_with_each(request, queryset, retry, "queued again")

    def do_with_each(
        self,
        request: HttpRequest,
        jobs: QuerySet[Job],
        act: Callable[..., None],
        done: str,
    ) -> None:
        """One that is refused keeps none of the others from it."""
        refusals = []
        for job in jobs:
            try:
                act(job=job)
            except Conflict as exc:
                refusals.append(str(exc.detail))
        count = len(jobs) - len(refusals)
        self.message_user(request, f"{count} jobs {done}, {len(refusals)} refused.")
        for text in refusals[:MAX_REFUSALS_SHOWN]:
            self.message_user(request, text, messages.WARNING)


class KeptOnceIssued(BaseModelAdmin):
    """What belongs to an issued invoice is shown, and not changed."""

    def invoice_of(self, obj: Any) -> Invoice:
        found: Invoice = obj if isinstance(obj, Invoice) else obj.invoice
        return found

    def is_kept(self, obj: Any) -> bool:
        return obj is not None and self.invoice_of(obj).is_issued

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not self.is_kept(obj)


class KeptAdmin(KeptOnceIssued, admin.ModelAdmin[Any]):
    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """A draft that is changed is held, so that nobody issues it meanwhile."""
        found = super().get_object(request, *args, **kwargs)
        if found is None or request.method != "POST":
            return found
        key = self.invoice_of(found).pk
        Invoice.objects.select_for_update().filter(pk=key).first()
        return super().get_object(request, *args, **kwargs)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Those that are issued protect themselves; the page names them."""
        kept = [self.invoice_of(found) for found in objs if self.is_kept(found)]
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        named = [f"Invoice {invoice.number}, which is issued" for invoice in kept]
        return deleted, counts, lacking, [*protected, *dict.fromkeys(named)]


class InvoiceItemInline(KeptOnceIssued, admin.TabularInline[InvoiceItem, Invoice]):
    model = InvoiceItem
    extra = 0
    max_num = MAX_ITEMS
    readonly_fields = ("amount_so_far",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and not self.is_kept(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not self.is_kept(obj)

    @admin.display(description="Amount")
    def amount_so_far(self, item: InvoiceItem) -> Decimal | None:
        return item.amount if item.pk else None


class StateFilter(admin.SimpleListFilter):
    title = parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("draft", "Draft"), ("issued", "Issued")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Invoice]
    ) -> QuerySet[Invoice]:
        if self.value() is None:
            return queryset
        return queryset.filter(issued_at__isnull=self.value() == "draft")


@admin.register(Invoice)
class InvoiceAdmin(KeptAdmin):
    list_display = ("id", "number", "user", "invoice_date", "total", "job", "printed")
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
        *("total", "job", "printed"),
    )
    inlines = (InvoiceItemInline,)
    actions = ("issue_selected", "export_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        return super().get_queryset(request).prefetch_related("invoice_items")

    @admin.display(description="Print")
    def printed(self, invoice: Invoice) -> str:
        if not invoice.pk:
            return ""
        return format_html(
            '<a href="{}">HTML</a> <a href="{}">PDF</a>',
            reverse("orders:invoice-html", args=[invoice.pk]),
            reverse("orders:invoice-pdf", args=[invoice.pk]),
        )

    @admin.action(description="Issue selected invoices", permissions=["change"])
    def issue_selected(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> None:
        """In the order of their ids; one that is refused keeps none from it."""
        drafts = queryset.filter(issued_at=None).order_by("pk")
        refusals = [text for draft in drafts if (text := refusal_to_issue(draft))]
        count = len(drafts) - len(refusals)
        self.message_user(request, f"{count} issued, {len(refusals)} refused.")
        for text in refusals[:MAX_REFUSALS_SHOWN]:
            self.message_user(request, text, messages.WARNING)

    @admin.action(description="Export selected as CSV", permissions=["view"])
    def export_selected(
        self, request: HttpRequest, queryset: QuerySet[Invoice]
    ) -> StreamingHttpResponse:
        # A search may have joined the items, whose rows would show as invoices.
        keys = queryset.order_by().values("pk")
        return table_response(Invoice.objects.filter(pk__in=keys))


def refusal_to_issue(draft: Invoice) -> str:
    try:
        issue(invoice=draft)
    except Conflict as exc:
        return str(exc.detail)
    except ValidationError as exc:
        return f"Invoice {draft.pk}: {' '.join(exc.messages)}"
    return ""


@admin.register(InvoiceItem)
class InvoiceItemAdmin(KeptAdmin):
    list_display = ("id", "invoice", "part_code", "units", "unit_price", "amount")
    search_fields = ("part_code", "=invoice__id")
    autocomplete_fields = ("invoice",)
    list_select_related = ("invoice",)


@admin.register(Command)
class CommandAdmin(admin.ModelAdmin[Command]):
    list_display = ("id", "description", "num_variable")
    search_fields = ("description",)
