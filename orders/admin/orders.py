from __future__ import annotations

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import Truncator

from common.admin import LockedDeletionAdmin
from common.admin_lists import NO_VALUE, link_by_key, link_to
from orders.admin.rows import STYLE, TEMPLATE, LabeledFormSet
from orders.admin.states import OrderedRange, job_state, order_state
from orders.models import Job, Order, OrderItem
from orders.services import start_job

# Names of columns that the list adds.
JOB_KEY, JOB_STATUS = "latest_job_key", "latest_job_status"
JOB_IS_HELD = "latest_job_is_held"


def latest_job_columns() -> dict[str, Subquery]:
    """Return the key and the state of each order's latest job."""
    jobs = Job.objects.filter(order=OuterRef("pk")).order_by("-pk")
    columns = {JOB_KEY: "pk", JOB_STATUS: "status", JOB_IS_HELD: "is_held"}
    return {key: Subquery(jobs.values(name)[:1]) for key, name in columns.items()}


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
    fields = ("job", "state", "started_at", "finished_at", "error", "job_invoice")
    readonly_fields = fields
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return super().get_queryset(request).select_related("invoice")

    @admin.display(description="Job")
    def job(self, job: Job) -> str:
        return link_to(job)

    @admin.display(description="Status")
    def state(self, job: Job) -> str:
        return job_state(job.status, job.is_held)

    @admin.display(description="Invoice")
    def job_invoice(self, job: Job) -> str:
        return link_to(getattr(job, "invoice", None))

    def has_add_permission(
        self, request: HttpRequest, obj: Order | None = None
    ) -> bool:
        return False


@admin.register(Order)
class OrderAdmin(LockedDeletionAdmin):
    list_display = ("id", "state", "text", "owner_link", "latest_job", "ordered_at")
    list_filter = ("status", OrderedRange)
    search_fields = ("description", "owner__email", "owner__name")
    number_fields = ("id",)
    search_help_text = "A number finds an order. Text finds a description or an owner."
    autocomplete_fields = ("owner",)
    list_select_related = ("owner",)
    ordering = ("-id",)
    inlines = (OrderItemInline, JobInline)
    actions = ("run_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        orders: QuerySet[Order] = super().get_queryset(request)
        return orders.annotate(**latest_job_columns())

    @admin.display(ordering="status")
    def state(self, order: Order) -> str:
        return order_state(order.status)

    @admin.display(description="description", ordering="description")
    def text(self, order: Order) -> str:
        return Truncator(order.description).chars(80) or NO_VALUE

    @admin.display(description="owner", ordering="owner__name")
    def owner_link(self, order: Order) -> str:
        return link_to(order.owner)

    @admin.display(description="latest job")
    def latest_job(self, order: Order) -> str:
        # Columns of `latest_job_columns()`.
        key, status = getattr(order, JOB_KEY), getattr(order, JOB_STATUS)
        if key is None:
            return NO_VALUE
        state = job_state(status, getattr(order, JOB_IS_HELD))
        return format_html("{} {}", link_by_key(Job, key, f"Job {key}"), state)

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
