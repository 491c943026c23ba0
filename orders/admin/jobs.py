from __future__ import annotations

from typing import Protocol

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from common.admin import LockedDeletionAdmin, show_errors
from common.admin_lists import link_to
from common.db.locks import lock_rows
from common.http.errors import Conflict
from orders.admin.states import StartedRange, job_state
from orders.models import Job, Order
from orders.services import cancel, release, retry


@admin.register(Job)
class JobAdmin(LockedDeletionAdmin):
    list_display = (
        *("id", "state", "order_link", "owner_link", "invoice_link"),
        *("started_at", "finished_at", "page"),
    )
    list_filter = ("status", "is_held", StartedRange)
    search_fields = ("owner__email", "owner__name", "error", "request_id__exact")
    number_fields = ("id", "order")
    search_help_text = (
        "A number finds a job or an order. "
        "Text finds an owner, an error or a request ID."
    )
    list_select_related = ("order", "owner", "invoice")
    ordering = ("-id",)
    readonly_fields = (
        *("id", "order", "owner", "state", "started_at", "finished_at"),
        *("attempts", "progress", "error", "request_id"),
    )
    fields = readonly_fields
    actions = ("cancel_selected", "retry_selected", "release_selected")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(ordering="status")
    def state(self, job: Job) -> str:
        return job_state(job.status, job.is_held)

    @admin.display(description="order", ordering="order")
    def order_link(self, job: Job) -> str:
        return link_to(job.order)

    @admin.display(description="owner", ordering="owner__name")
    def owner_link(self, job: Job) -> str:
        return link_to(job.owner)

    @admin.display(description="invoice")
    def invoice_link(self, job: Job) -> str:
        return link_to(getattr(job, "invoice", None))

    @admin.display(description="page")
    def page(self, job: Job) -> str:
        url = reverse("orders:job-html", args=[job.pk])
        return format_html('<a href="{}">Follow</a>', url)

    def lock(self, rows: QuerySet[Job]) -> None:
        lock_rows(Order.objects.filter(jobs__in=rows.order_by().values("pk")))
        super().lock(rows)

    @admin.action(description="Cancel selected jobs", permissions=["change"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self.apply_to_each(request, queryset, cancel, "cancelled")

    @admin.action(description="Retry selected jobs", permissions=["change"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self.apply_to_each(request, queryset, retry, "queued again")

    @admin.action(description="Release selected jobs", permissions=["change"])
    def release_selected(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self.apply_to_each(request, queryset, release, "released")

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
