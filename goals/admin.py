from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from goals.admin_changes import GoalChangeAdmin
from goals.models import Goal
from goals.services import lock_trees


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

    @admin.display(boolean=True)
    def done(self, goal: Goal) -> bool:
        return goal.is_done

    def get_readonly_fields(
        self, request: HttpRequest, obj: Goal | None = None
    ) -> tuple[str, ...]:
        # With another user, a goal would leave its sub-goals behind.
        return ("user",) if obj else ()
