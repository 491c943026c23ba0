"""The page of a job, for its owner and staff.

The page shows the current job. `job.js` reads it again when the job's event stream
reports a change. Without JavaScript, the browser reloads it until the job is over.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import FormParser
from rest_framework.request import Request

from accounts.model_permissions import has_model_permission
from common.admin_lists import SYMBOLS
from common.http.errors import Conflict
from common.http.policies import PAGE_POLICY, POLICY_HEADER
from dialects.suffixes import SuffixNegotiation
from orders import services
from orders.models import Job
from orders.print_views import PrintSchema
from orders.states import tone_and_label
from orders.views import JobViewSet


class StatusLook(NamedTuple):
    """The look of a status on the page; `key` is its CSS class."""

    key: str
    symbol: str


# The CSS class of each tone.
CLASSES = {
    "waiting": "busy",
    "running": "busy",
    "ok": "ok",
    "failed": "bad",
    "off": "quiet",
    "held": "quiet",
}
CHANGES: dict[str, Callable[..., None]] = {
    "cancel": services.cancel,
    "retry": services.retry,
    "release": services.release,
}


class JobPageViewSet(JobViewSet):
    """The page of a job, and its form to cancel, to retry or to release the job."""

    content_negotiation_class = SuffixNegotiation
    parser_classes = [FormParser]
    bodyless_actions = ["submit"]
    schema = PrintSchema()

    @extend_schema(
        operation_id="getJobHtml",
        summary="Get a job as an HTML page",
        responses={(200, "text/html"): OpenApiTypes.STR},
    )
    def html(self, request: Request, *args: object, **kwargs: object) -> HttpResponse:
        """Return a page that follows the job until it is over."""
        return self.page_of(self.get_object())

    # A form of the page. Programs cancel and retry at URLs of their own.
    @extend_schema(exclude=True)
    def submit(
        self, request: Request, *args: object, **kwargs: object
    ) -> HttpResponseBase:
        job = self.get_object()
        change = CHANGES.get(self.body.get("action", ""))
        if change is None:
            raise ValidationError(f"The action must be one of: {', '.join(CHANGES)}.")
        try:
            change(job=job)
        except Conflict as exc:
            return self.page_of(self.read_again(job), str(exc.detail), 409)
        return HttpResponseRedirect(reverse("orders:job-html", args=[job.pk]))

    def page_of(self, job: Job, message: str = "", status: int = 200) -> HttpResponse:
        context = {"job": job, "message": message, **self.context_of(job)}
        page = render(self.request, "orders/job.html", context, status=status)
        page.headers[POLICY_HEADER] = PAGE_POLICY
        add_never_cache_headers(page)
        return page

    def context_of(self, job: Job) -> dict[str, object]:
        user = self.request.user
        tone, state = tone_and_label(job.status, job.is_held)
        sees_all = user.is_staff and has_model_permission(user, "view", Job)
        is_own = job.owner_id == user.pk
        return {
            "look": StatusLook(CLASSES[tone], SYMBOLS[tone]),
            "state": state,
            "story": story_of(job, timezone.now()),
            "max_tries": settings.QUINTET_JOB_TRIES,
            "error": job.error if sees_all else job.reason,
            "invoice": getattr(job, "invoice", None),
            "actions": actions_for(job),
            "may_change": is_own or has_model_permission(user, "change", Job),
            "sees_all": sees_all,
        }


def actions_for(job: Job) -> list[str]:
    """Return what the form can do with the job; nothing with a finished one."""
    if job.is_held:
        return ["release", "cancel"]
    if not job.is_over:
        return ["cancel"]
    return [] if job.status == Job.Status.FINISHED else ["retry"]


def story_of(job: Job, now: datetime) -> str:
    """Describe the state of the job in a sentence or two."""
    match job.status:
        case Job.Status.QUEUED:
            return story_of_queued(job)
        case Job.Status.RUNNING:
            return story_of_running(job, now)
        case Job.Status.FINISHED:
            return f"Done in {attempts(job.attempts)}."
        case Job.Status.FAILED:
            return f"Failed after {attempts(job.attempts)}."
    return "Cancelled before it was done."


def story_of_queued(job: Job) -> str:
    if job.is_held:
        return "Nothing happens until the job is released."
    if job.attempts == 0:
        return "Waiting for a worker."
    end = " after the worker stopped" if has_lost_worker(job) else ""
    return f"{this_attempt(job)} is over{end}. Waiting for the next one."


def story_of_running(job: Job, now: datetime) -> str:
    if job.due_at and job.due_at < now:
        return (
            f"{this_attempt(job)}. The worker has stopped, or can't be reached. "
            "The next worker takes over."
        )
    is_later_attempt = job.attempts > 1
    begin = (
        " after the worker stopped" if is_later_attempt and has_lost_worker(job) else ""
    )
    return f"{this_attempt(job)}{begin}."


def this_attempt(job: Job) -> str:
    return f"Attempt {job.attempts} of {settings.QUINTET_JOB_TRIES}"


def has_lost_worker(job: Job) -> bool:
    """Return whether an attempt was lost: a failed one would have left an error."""
    return not job.error


def attempts(number: int) -> str:
    return "1 attempt" if number == 1 else f"{number} attempts"
