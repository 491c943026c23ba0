from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from goals.models import Goal
from goals.services import lock_trees


class GoalForm(forms.ModelForm[Goal]):
    def clean(self) -> dict[str, Any]:
        """Takes the tree's lock before the model looks for a cycle."""
        user = self.cleaned_data.get("user") or self.instance.user
        lock_trees(user.pk)
        return super().clean() or {}


@admin.register(Goal)
class GoalAdmin(admin.ModelAdmin[Goal]):
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

    @admin.display(boolean=True)
    def done(self, goal: Goal) -> bool:
        return goal.is_done

    @admin.action(
        description="Mark the selected goals as completed", permissions=["change"]
    )
    def complete(self, request: HttpRequest, queryset: Any) -> None:
        self.message_user(request, f"{queryset.complete()} goals completed.")

    @admin.action(
        description="Mark the selected goals as not completed", permissions=["change"]
    )
    def reopen(self, request: HttpRequest, queryset: Any) -> None:
        self.message_user(request, f"{queryset.reopen()} goals reopened.")

    @admin.action(
        description="Archive the selected goals with all below", permissions=["change"]
    )
    def archive(self, request: HttpRequest, queryset: Any) -> None:
        self.message_user(request, f"{queryset.archive()} goals archived.")

    @admin.action(
        description="Bring the selected goals back from the archive",
        permissions=["change"],
    )
    def unarchive(self, request: HttpRequest, queryset: Any) -> None:
        self.message_user(request, f"{queryset.unarchive()} goals unarchived.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A goal keeps its user: its sub-goals would stay with the old one."""
        return ("user",) if obj else ()
