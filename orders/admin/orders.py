from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin import LockedDeletionAdmin
from orders.admin.links import link_to
from orders.admin.rows import STYLE, TEMPLATE, LabeledFormSet
from orders.models import Job, Order, OrderItem
from orders.services import start_job


class OrderItemInline(admin.TabularInline):
    model = OrderItem
    formset = LabeledFormSet
    template = TEMPLATE
    fields = ("part_code", "units", "unit_price")
    extra = 0

    class Media:
        css = STYLE


class JobInline(admin.TabularInline):
    """The jobs of an order, read-only: only services and workers change them."""

    model = Job
    template = TEMPLATE
    fields = ("job", "status", "started_at", "finished_at", "error", "job_invoice")
    readonly_fields = fields
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return super().get_queryset(request).select_related("invoice")

    @admin.display(description="Job")
    def job(self, job: Job) -> str:
        return link_to(job)

    @admin.display(description="Invoice")
    def job_invoice(self, job: Job) -> str:
        return link_to(getattr(job, "invoice", None))

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
