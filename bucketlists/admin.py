from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin

from bucketlists.models import Bucketlist, Item
from common.admin import LockedDeletionAdmin, SearchAdmin
from common.admin_lists import DateRangeFilter, link_to, state_label


class CreatedRange(DateRangeFilter):
    title, parameter_name = "date created", "date_created"


class ModifiedRange(DateRangeFilter):
    title, parameter_name = "date modified", "date_modified"


class DoneRange(DateRangeFilter):
    title, parameter_name = "date done", "done_at"


@admin.register(Bucketlist)
class BucketlistAdmin(LockedDeletionAdmin):
    list_display = ("name", "owner_link", "date_created", "date_modified")
    list_filter = (CreatedRange, ModifiedRange)
    search_fields = ("name", "created_by__email", "created_by__name")
    autocomplete_fields = ("created_by",)
    search_help_text = "Search by the name of a list or its owner."
    list_select_related = ("created_by",)
    ordering = ("-id",)

    @admin.display(description="owner", ordering="created_by__name")
    def owner_link(self, bucketlist: Bucketlist) -> str:
        return link_to(bucketlist.created_by)


class ItemForm(forms.ModelForm):
    def clean(self) -> dict[str, Any] | None:
        """Set `done_at` along with `done`."""
        self.instance.assign(done=self.cleaned_data.get("done"))
        return super().clean()


@admin.register(Item)
class ItemAdmin(SearchAdmin):
    form = ItemForm
    list_display = ("name", "state", "bucketlist_link", "done_at")
    list_filter = ("done", DoneRange)
    search_fields = ("name", "bucketlist__name", "bucketlist__created_by__email")
    autocomplete_fields = ("bucketlist",)
    search_help_text = "Search by the name of an item, its list or its owner's email."
    list_select_related = ("bucketlist",)
    ordering = ("-id",)
    fields = ("bucketlist", "name", "position", "done", "done_at")
    readonly_fields = ("done_at",)

    @admin.display(ordering="done")
    def state(self, item: Item) -> str:
        tone, text = ("ok", "Done") if item.done else ("waiting", "Open")
        return state_label(tone, text)

    @admin.display(description="bucket list", ordering="bucketlist__name")
    def bucketlist_link(self, item: Item) -> str:
        return link_to(item.bucketlist)
