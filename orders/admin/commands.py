from __future__ import annotations

from django.contrib import admin

from common.admin import SearchAdmin
from orders.models import Command


@admin.register(Command)
class CommandAdmin(SearchAdmin):
    list_display = ("id", "description", "num_variable")
    search_fields = ("description",)
    search_help_text = "Search by description."
    ordering = ("-id",)
