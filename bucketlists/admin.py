from __future__ import annotations

from django.contrib import admin

from bucketlists.models import Bucketlist


@admin.register(Bucketlist)
class BucketlistAdmin(admin.ModelAdmin[Bucketlist]):
    list_display = ("name", "created_by", "date_created", "date_modified")
    list_filter = ("date_created",)
    search_fields = ("name", "created_by__email", "created_by__name")
    autocomplete_fields = ("created_by",)
    list_select_related = ("created_by",)
    date_hierarchy = "date_created"
