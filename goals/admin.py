from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from goals.models import Goal
from goals.services import lock_tree


class GoalForm(forms.ModelForm[Goal]):
    def clean(self) -> dict[str, Any]:
        """Takes the tree's lock before the model looks for a cycle."""
        user = self.cleaned_data.get("user") or self.instance.user
        lock_tree(user.pk)
        return super().clean() or {}


@admin.register(Goal)
class GoalAdmin(admin.ModelAdmin[Goal]):
    form = GoalForm
    list_display = ("name", "user", "parent", "start", "end", "done")
    list_filter = (("end", admin.EmptyFieldListFilter), "start")
    search_fields = ("name", "description", "user__name")
    autocomplete_fields = ("user", "parent")
    list_select_related = ("user", "parent")
    date_hierarchy = "start"
    actions = ["complete"]

    @admin.display(boolean=True)
    def done(self, goal: Goal) -> bool:
        return goal.is_done

    @admin.action(description="Mark the selected goals as completed")
    def complete(self, request: HttpRequest, queryset: Any) -> None:
        changed = queryset.complete()
        self.message_user(request, f"{changed} goals completed.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A goal keeps its user: its sub-goals would stay with the old one."""
        return ("user",) if obj else ()
