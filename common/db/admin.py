from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from common.db.locks import lock_rows


class LockedDeletionAdmin(admin.ModelAdmin):
    """Locks the rows to delete before Django deletes what refers to them.

    The services lock in this order, too: an order before its jobs, for example. So no
    two transactions wait for each other.
    """

    def lock(self, rows: QuerySet[Any]) -> None:
        lock_rows(rows)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        with transaction.atomic():
            self.lock(self.model._default_manager.filter(pk=obj.pk))
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            self.lock(queryset)
            super().delete_queryset(request, queryset)
