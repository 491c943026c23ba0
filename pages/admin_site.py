"""The site of the admin: its start page, and the order of its lists."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse

from accounts.forms import AdminLoginForm
from common.http.errors import Conflict
from orders.models import Job
from orders.services import retry
from pages import dashboard
from pages.admin_menu import in_order_of_use


class QuintetAdminSite(admin.AdminSite):
    login_form = AdminLoginForm

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        sections = dashboard.sections(self, request)
        return super().index(request, {"sections": sections, **(extra_context or {})})

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        return apps if app_label else in_order_of_use(apps)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        retry_view = self.admin_view(self.retry_job)
        url = path("jobs/<int:pk>/retry/", retry_view, name="retry-job")
        return [url, *super().get_urls()]

    def retry_job(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Retry a failed job from the start page, and return there.

        After a login, the browser sends a GET, which only leads to the start page.
        """
        job = get_object_or_404(Job, pk=pk)
        if not self.get_model_admin(Job).has_change_permission(request, job):
            raise PermissionDenied
        if request.method == "POST":
            retry_or_warn(request, job)
        return HttpResponseRedirect(reverse("admin:index"))


def retry_or_warn(request: HttpRequest, job: Job) -> None:
    try:
        retry(job=job)
    except Conflict as exc:
        messages.warning(request, str(exc.detail))
    else:
        messages.success(request, f"{job} is queued again.")
