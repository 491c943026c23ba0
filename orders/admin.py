from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from orders.models import Command, Invoice, InvoiceItem, Job, Order, OrderItem
from orders.services import start_job


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
    search_fields = ("=id", "=order__id", "owner__email", "owner__name", "error")
    list_select_related = ("order", "owner")
    date_hierarchy = "started_at"
    readonly_fields = (*list_display, "error")
    fields = readonly_fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class InvoiceItemInline(admin.TabularInline[InvoiceItem, Invoice]):
    model = InvoiceItem
    extra = 0


@admin.register(Invoice)
class InvoiceAdmin(admin.ModelAdmin[Invoice]):
    list_display = ("id", "user", "invoice_date", "total", "job")
    list_filter = ("invoice_date",)
    search_fields = ("=id", "user__email", "user__name", "invoice_items__part_code")
    autocomplete_fields = ("user",)
    list_select_related = ("user", "job")
    date_hierarchy = "invoice_date"
    readonly_fields = ("total", "job")
    inlines = (InvoiceItemInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        return super().get_queryset(request).prefetch_related("invoice_items")


@admin.register(InvoiceItem)
class InvoiceItemAdmin(admin.ModelAdmin[InvoiceItem]):
    list_display = ("id", "invoice", "part_code", "units", "unit_price", "amount")
    search_fields = ("part_code", "=invoice__id")
    autocomplete_fields = ("invoice",)
    list_select_related = ("invoice",)


@admin.register(Command)
class CommandAdmin(admin.ModelAdmin[Command]):
    list_display = ("id", "description", "num_variable")
    search_fields = ("description",)
