from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin import LockedDeletionAdmin
from goals.models import Goal
from goals.querysets import GoalQuerySet
from goals.services import (
    archive_goals,
    complete_goals,
    lock_trees,
    record_change,
    reopen_goals,
    unarchive_goals,
)


class GoalForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        """Lock the tree before the model looks for a cycle."""
        user = self.cleaned_data.get("user") or self.instance.user
        lock_trees(user.pk)
        return super().clean() or {}


@admin.register(Goal)
class GoalAdmin(LockedDeletionAdmin):
    form = GoalForm
    list_display = (
        *("name", "user", "parent", "position"),
        *("start", "due", "end", "done", "archived"),
    )
    list_filter = (
        ("end", admin.EmptyFieldListFilter),
        ("archived", admin.EmptyFieldListFilter),
        "due",
        "start",
    )
    search_fields = ("name", "description", "user__name")
    autocomplete_fields = ("user", "parent")
    list_select_related = ("user", "parent")
    date_hierarchy = "start"
    actions = ["complete", "reopen", "archive", "unarchive"]

    def lock(self, rows: QuerySet[Goal]) -> None:
        lock_trees(*rows.order_by().values_list("user", flat=True).distinct())

    def save_model(
        self, request: HttpRequest, obj: Goal, form: forms.ModelForm, change: bool
    ) -> None:
        """Record a goal that the form completes, reopens, archives or unarchives."""
        super().save_model(request, obj, form, change)
        for name in ("end", "archived"):
            if change and name in form.changed_data:
                record_change(obj, name, form.initial[name])

    @admin.display(boolean=True)
    def done(self, goal: Goal) -> bool:
        return goal.is_done

    @admin.action(description="Complete selected goals", permissions=["change"])
    def complete(self, request: HttpRequest, queryset: GoalQuerySet) -> None:
        self.report(request, "completed", complete_goals(goals=queryset))

    @admin.action(description="Reopen selected goals", permissions=["change"])
    def reopen(self, request: HttpRequest, queryset: GoalQuerySet) -> None:
        self.report(request, "reopened", reopen_goals(goals=queryset))

    @admin.action(
        description="Archive selected goals and their sub-goals",
        permissions=["change"],
    )
    def archive(self, request: HttpRequest, queryset: GoalQuerySet) -> None:
        self.report(request, "archived", archive_goals(goals=queryset))

    @admin.action(description="Unarchive selected goals", permissions=["change"])
    def unarchive(self, request: HttpRequest, queryset: GoalQuerySet) -> None:
        self.report(request, "unarchived", unarchive_goals(goals=queryset))

    def report(self, request: HttpRequest, action: str, count: int) -> None:
        noun = "goal" if count == 1 else "goals"
        text = f"Successfully {action} {count} {noun}."
        self.message_user(request, text, messages.SUCCESS)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Goal | None = None
    ) -> tuple[str, ...]:
        # With another user, a goal would leave its sub-goals behind.
        return ("user",) if obj else ()
