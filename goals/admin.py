from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin_lists import ChoiceFilter, DateRangeFilter, link_to, state_label
from goals.admin_changes import GoalChangeAdmin
from goals.models import Goal
from goals.services import lock_trees, lock_trees_of, record_change


class StateFilter(ChoiceFilter):
    title = parameter_name = "state"
    field, null, filled = "end", "open", "done"


class ArchivedFilter(ChoiceFilter):
    title = parameter_name = field = "archived"


class DueRange(DateRangeFilter):
    title, parameter_name = "due date", "due"


class StartRange(DateRangeFilter):
    title = parameter_name = "start"


class EndRange(DateRangeFilter):
    title = parameter_name = "end"


class GoalForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        """Lock the tree before the model looks for a cycle."""
        user = self.cleaned_data.get("user") or self.instance.user
        lock_trees(user.pk)
        return super().clean() or {}


@admin.register(Goal)
class GoalAdmin(GoalChangeAdmin):
    form = GoalForm
    list_display = (
        *("name", "state", "user_link", "parent_link"),
        *("start", "due", "end"),
    )
    list_filter = (StateFilter, ArchivedFilter, DueRange, StartRange, EndRange)
    search_fields = ("name", "description", "user__name")
    search_help_text = "Search by the name or description of a goal, or by its user."
    autocomplete_fields = ("user", "parent")
    list_select_related = ("user", "parent")
    ordering = ("-id",)
    actions = ["complete", "reopen", "archive", "unarchive"]

    def lock(self, rows: QuerySet[Goal]) -> None:
        lock_trees_of(rows)

    @admin.display(ordering="end")
    def state(self, goal: Goal) -> str:
        if goal.archived:
            return state_label("off", "Archived")
        if goal.is_done:
            return state_label("ok", "Done")
        if goal.is_overdue:
            return state_label("failed", "Overdue")
        return state_label("waiting", "Open")

    @admin.display(description="user", ordering="user__name")
    def user_link(self, goal: Goal) -> str:
        return link_to(goal.user)

    @admin.display(description="parent", ordering="parent")
    def parent_link(self, goal: Goal) -> str:
        return link_to(goal.parent)

    def save_model(
        self, request: HttpRequest, obj: Goal, form: forms.ModelForm, change: bool
    ) -> None:
        """Record a goal that the form completes, reopens, archives or unarchives."""
        super().save_model(request, obj, form, change)
        for name in ("end", "archived"):
            if change and name in form.changed_data:
                record_change(obj, name, form.initial[name])

    def get_readonly_fields(
        self, request: HttpRequest, obj: Goal | None = None
    ) -> tuple[str, ...]:
        # With another user, a goal would leave its sub-goals behind.
        return ("user",) if obj else ()
