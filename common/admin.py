"""Searching and deleting in the admin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from common.admin_export import CSVExportAdmin
from common.db.locks import lock_rows
from common.db.text import MAX_SEARCH_WORDS, FoldedContains

# Django's prefixes of search fields that have a lookup of their own.
PREFIXES = ("^", "=", "@")
MAX_ERRORS_SHOWN = 20


class SearchLimitMixin:
    """Refuses a search for too many words: each is one more condition."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if len(search_term.split()) > MAX_SEARCH_WORDS:
            text = f"Search for at most {MAX_SEARCH_WORDS} words."
            messages.error(request, text)
            return queryset.none(), False
        results: Any = super()
        found: tuple[QuerySet[Any], bool] = results.get_search_results(
            request, queryset, search_term
        )
        return found


class SearchMixin(SearchLimitMixin):
    """Searches in texts ignore the case, also of letters with accents."""

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        fields: Any = super()
        return [with_lookup(name) for name in fields.get_search_fields(request)]


class SearchAdmin(SearchMixin, CSVExportAdmin):
    pass


class LockedDeletionAdmin(SearchAdmin):
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


def with_lookup(name: str) -> str:
    if name.startswith(PREFIXES) or name.endswith("__exact"):
        return name
    return f"{name}__{FoldedContains.lookup_name}"


def show_errors(request: HttpRequest, errors: Iterable[str]) -> None:
    for text in list(errors)[:MAX_ERRORS_SHOWN]:
        messages.warning(request, text)
