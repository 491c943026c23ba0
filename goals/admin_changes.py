"""The actions of the admin on goals with those below them: confirmation and undo.

The last change can be undone for an hour. What that needs is in the session, so that
it survives a reload and ends with the login.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode
from zlib import compress, decompress

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from common.admin import LockedDeletionAdmin
from goals.bulk import (
    Applied,
    Change,
    Counts,
    OutdatedCountsError,
    Plan,
    TooManyGoalsError,
    change_goals,
    plan_change,
    undo_change,
)
from goals.models import Goal
from goals.trees import MAX_GOALS

SESSION_KEY = "goal_change"
UNDO_TIME = timedelta(hours=1)
# Beyond these, the session would become too large.
MAX_UNDONE = 20_000
MAX_NAMES = 10
CHANGELIST = "admin:goals_goal_changelist"
TOO_MANY = (
    f"The users of these goals have more than {MAX_GOALS:,} goals. Select goals of "
    "fewer users."
)


class Words(NamedTuple):
    verb: str
    participle: str
    unchanged: str


WORDS = {
    Change.COMPLETE: Words("Complete", "completed", "already done"),
    Change.REOPEN: Words("Reopen", "reopened", "already open"),
    Change.ARCHIVE: Words("Archive", "archived", "already archived"),
    Change.UNARCHIVE: Words("Unarchive", "unarchived", "not archived"),
}


class GoalChangeAdmin(LockedDeletionAdmin):
    """Four actions, each with a page that shows its effect first, and an undo."""

    @admin.action(
        description="Complete selected goals and their sub-goals",
        permissions=["change"],
    )
    def complete(
        self, request: HttpRequest, queryset: QuerySet[Goal]
    ) -> HttpResponse | None:
        return self.change(request, queryset, Change.COMPLETE)

    @admin.action(
        description="Reopen selected goals and their sub-goals", permissions=["change"]
    )
    def reopen(
        self, request: HttpRequest, queryset: QuerySet[Goal]
    ) -> HttpResponse | None:
        return self.change(request, queryset, Change.REOPEN)

    @admin.action(
        description="Archive selected goals and their sub-goals",
        permissions=["change"],
    )
    def archive(
        self, request: HttpRequest, queryset: QuerySet[Goal]
    ) -> HttpResponse | None:
        return self.change(request, queryset, Change.ARCHIVE)

    @admin.action(
        description="Unarchive selected goals and their sub-goals",
        permissions=["change"],
    )
    def unarchive(
        self, request: HttpRequest, queryset: QuerySet[Goal]
    ) -> HttpResponse | None:
        return self.change(request, queryset, Change.UNARCHIVE)

    def change(
        self, request: HttpRequest, queryset: QuerySet[Goal], change: Change
    ) -> HttpResponse | None:
        """Show the confirmation page, or change the goals once it is confirmed."""
        expected = parse_counts(request.POST.get("expected", ""))
        try:
            ids = ids_of(queryset)
            if expected is None:
                return self.confirm(request, change, ids)
            applied = change_goals(change=change, ids=ids, expected=expected)
        except TooManyGoalsError:
            self.message_user(request, TOO_MANY, messages.ERROR)
            return None
        except OutdatedCountsError:
            text = "The goals have changed in the meantime. Check the numbers again."
            self.message_user(request, text, messages.WARNING)
            return self.confirm(request, change, ids)
        self.report(request, applied)
        return None

    def confirm(
        self, request: HttpRequest, change: Change, ids: list[int]
    ) -> TemplateResponse:
        plan = plan_change(change, ids)
        context = {
            **self.admin_site.each_context(request),
            **context_of(change, plan),
            "opts": self.opts,
            "media": self.media,
            "ids": ids,
            "is_across": request.POST.get("select_across") == "1",
            "names": Goal.objects.with_ids(ids[:MAX_NAMES]),
            "more": max(len(ids) - MAX_NAMES, 0),
        }
        request.current_app = self.admin_site.name
        template = "admin/goals/goal/confirm_change.html"
        return TemplateResponse(request, template, context)

    def report(self, request: HttpRequest, applied: Applied) -> None:
        """Tell what has been done, and keep what its undo needs."""
        text = summary(applied)
        request.session[SESSION_KEY] = to_session(applied)
        self.message_user(
            request,
            format_html('{} <a href="{}">Show them</a>', text, url_of(applied))
            if applied.counts.changed
            else text,
            messages.SUCCESS if applied.counts.changed else messages.WARNING,
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.undo)
        return [path("undo/", view, name="goals_goal_undo"), *super().get_urls()]

    def undo(self, request: HttpRequest) -> HttpResponse:
        """Undo the last change, if it is the one that the form names.

        After a login, the browser sends a GET, which only leads to the list.
        """
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            self.undo_last(request)
        return HttpResponseRedirect(reverse(CHANGELIST))

    def undo_last(self, request: HttpRequest) -> None:
        stored = undoable(request)
        if stored is None or stored["at"] != request.POST.get("at"):
            text = "This change can no longer be undone."
            self.message_user(request, text, messages.WARNING)
        else:
            applied = from_session(stored)
            count = undo_change(applied=applied)
            del request.session[SESSION_KEY]
            self.message_user(request, *undone(applied, count))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        undo = undoable(request) if self.has_change_permission(request) else None
        context = {"undo": undo, **(extra_context or {})}
        return super().changelist_view(request, context)


def ids_of(queryset: QuerySet[Goal]) -> list[int]:
    """Return the IDs of the selected goals. Raise TooManyGoalsError."""
    keys = queryset.order_by().values_list("pk", flat=True)
    ids = list(dict.fromkeys(keys[: MAX_GOALS + 1]))
    if len(ids) > MAX_GOALS:
        raise TooManyGoalsError
    return ids


def context_of(change: Change, plan: Plan) -> dict[str, object]:
    words, counts = WORDS[change], plan.counts
    return {
        "title": f"{words.verb} goals",
        "change": change.value,
        "words": words,
        "counts": counts,
        "changed_text": goals_text(counts.changed),
        "expected": ".".join(map(str, counts)),
        "can_be_undone": len(plan.targets) <= MAX_UNDONE,
        "max_undone": MAX_UNDONE,
    }


def parse_counts(text: str) -> Counts | None:
    """Return the counts of the confirmation page, or None for the first request."""
    numbers = text.split(".")
    is_valid = len(numbers) == len(Counts._fields) and all(
        number.isascii() and number.isdigit() and len(number) < 10 for number in numbers
    )
    return Counts(*map(int, numbers)) if is_valid else None


def goals_text(count: int) -> str:
    return f"{count:,} goal" if count == 1 else f"{count:,} goals"


def summary(applied: Applied) -> str:
    words, counts = WORDS[applied.change], applied.counts
    texts = [f"{words.participle.capitalize()} {goals_text(counts.changed)}."]
    if counts.unchanged:
        was = "was" if counts.unchanged == 1 else "were"
        texts.append(f"{counts.unchanged:,} {was} {words.unchanged}.")
    if counts.blocked:
        stay = "stays" if counts.blocked == 1 else "stay"
        texts.append(f"{counts.blocked:,} {stay} archived with a goal above.")
    return " ".join(texts)


def url_of(applied: Applied) -> str:
    """Return the URL of the list with the changed goals.

    Those that are open again, or no longer archived, have no time to find them by: the
    list has all such goals.
    """
    queries = {
        Change.COMPLETE: {"end__exact": applied.at.isoformat()},
        Change.REOPEN: {"state": "open"},
        Change.ARCHIVE: {"archived__exact": applied.at.isoformat()},
        Change.UNARCHIVE: {"archived": "no"},
    }
    return f"{reverse(CHANGELIST)}?{urlencode(queries[applied.change])}"


def undone(applied: Applied, count: int) -> tuple[str, int]:
    """Return the message about an undo, and its level."""
    total = sum(map(len, applied.old_values.values()))
    text = f"Undone: {goals_text(count)} restored."
    if count == total:
        return text, messages.SUCCESS
    have = "has" if total - count == 1 else "have"
    rest = f"{total - count:,} {have} been changed or deleted since."
    return f"{text} {rest}", messages.WARNING


def to_session(applied: Applied) -> dict[str, str] | None:
    """Return the change as compact JSON, or None if it is too large or empty."""
    if not 0 < sum(map(len, applied.old_values.values())) <= MAX_UNDONE:
        return None
    words, count = WORDS[applied.change], goals_text(applied.counts.changed)
    values = [
        [value and value.isoformat(), ids] for value, ids in applied.old_values.items()
    ]
    return {
        "change": applied.change.value,
        "at": applied.at.isoformat(),
        "text": f"{words.participle.capitalize()} {count} at {applied.at:%H:%M} UTC.",
        "counts": json.dumps(applied.counts),
        "values": b64encode(compress(json.dumps(values).encode())).decode(),
    }


def from_session(stored: dict[str, str]) -> Applied:
    values = json.loads(decompress(b64decode(stored["values"])))
    return Applied(
        Change(stored["change"]),
        datetime.fromisoformat(stored["at"]),
        Counts(*json.loads(stored["counts"])),
        {value and datetime.fromisoformat(value): ids for value, ids in values},
    )


def undoable(request: HttpRequest) -> dict[str, str] | None:
    """Return the last change of the session while it can be undone."""
    stored: dict[str, str] | None = request.session.get(SESSION_KEY)
    if stored is None:
        return None
    age = timezone.now() - datetime.fromisoformat(stored["at"])
    return stored if age < UNDO_TIME else None
