"""Searching and deleting in the admin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from common.admin_export import CSVExportAdmin
from common.db.locks import lock_rows
from common.db.search import search_rows
from common.db.text import MAX_SEARCH_WORDS

MAX_ERRORS_SHOWN = 20
# Query parameters of lists and of autocomplete fields.
SEARCH_PARAMETERS = (SEARCH_VAR, "term")


def has_too_many_words(request: HttpRequest, search_term: str) -> bool:
    """Return whether to refuse a search, and show why: each word is a condition."""
    if len(search_term.split()) <= MAX_SEARCH_WORDS:
        return False
    messages.error(request, f"Search for at most {MAX_SEARCH_WORDS} words.")
    return True


class SearchLimitMixin:
    """Admin mixin that refuses a search for too many words."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if has_too_many_words(request, search_term):
            return queryset.none(), False
        results: Any = super()
        found: tuple[QuerySet[Any], bool] = results.get_search_results(
            request, queryset, search_term
        )
        return found


class CappedPaginator(Paginator[Any]):
    """Paginator that counts rows up to a limit, because a full count is slow."""

    limit = 1000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: self.limit + 1].count())

    @property
    def is_capped(self) -> bool:
        return self.count > self.limit


class SearchMixin:
    """Admin mixin with a search that ignores the case, also of accented letters.

    A number finds the rows that have it in `number_fields`, if there are any. A list
    counts its rows once, and never for each value of a filter.
    """

    number_fields: ClassVar[tuple[str, ...]] = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if has_too_many_words(request, search_term):
            return queryset.none(), False
        options: Any = self
        if not search_term:
            return queryset, False
        texts = options.get_search_fields(request)
        return search_rows(queryset, search_term, texts, self.number_fields), False

    def get_paginator(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> Paginator[Any]:
        if any(map(request.GET.get, SEARCH_PARAMETERS)):
            return CappedPaginator(*args, **kwargs)
        options: Any = super()
        paginator: Paginator[Any] = options.get_paginator(request, *args, **kwargs)
        return paginator


class ReadOnlyMixin:
    """An admin whose rows can only be viewed."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False


class SearchAdmin(SearchMixin, CSVExportAdmin):
    list_per_page = 50


class LockedDeletionAdmin(SearchAdmin):
    """Admin that locks rows before Django deletes the rows that refer to them.

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


def show_errors(request: HttpRequest, errors: Iterable[str]) -> None:
    for text in list(errors)[:MAX_ERRORS_SHOWN]:
        messages.warning(request, text)
