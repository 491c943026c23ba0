from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin

from bucketlists.models import Bucketlist, Item
from common.admin import LockedDeletionAdmin, SearchAdmin


@admin.register(Bucketlist)
class BucketlistAdmin(LockedDeletionAdmin):
    list_display = ("name", "created_by", "date_created", "date_modified")
    list_filter = ("date_created",)
    search_fields = ("name", "created_by__email", "created_by__name")
    autocomplete_fields = ("created_by",)
    list_select_related = ("created_by",)
    date_hierarchy = "date_created"


class ItemForm(forms.ModelForm):
    def clean(self) -> dict[str, Any] | None:
        """Set `done_at` along with `done`."""
        self.instance.assign(done=self.cleaned_data.get("done"))
        return super().clean()


@admin.register(Item)
class ItemAdmin(SearchAdmin):
    form = ItemForm
    list_display = ("name", "bucketlist", "done", "done_at")
    list_filter = ("done",)
    search_fields = ("name", "bucketlist__name", "bucketlist__created_by__email")
    autocomplete_fields = ("bucketlist",)
    list_select_related = ("bucketlist",)
    fields = ("bucketlist", "name", "position", "done", "done_at")
    readonly_fields = ("done_at",)
