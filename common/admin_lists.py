"""Parts of the admin's lists: states, links and filters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import DateTimeField, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.html import format_html

# Each state has a symbol besides its color.
SYMBOLS = {
    "ok": "✓",
    "waiting": "…",
    "held": "\u2016",
    "running": "▶",
    "failed": "✕",
    "off": "\u2013",
}
# An en dash, as in "off".
NO_VALUE = "\u2013"


def state_label(tone: str, text: str) -> str:
    """Return the text with the symbol and the color of a tone, a key of SYMBOLS."""
    return format_html(
        '<span class="state state-{}"><span aria-hidden="true">{}</span> {}</span>',
        *(tone, SYMBOLS[tone], text),
    )


def link_to(row: Model | None, text: str = "") -> str:
    """Return a link to the page of a row in the admin."""
    return link_by_key(type(row), row.pk, text or str(row)) if row else NO_VALUE


def link_by_key(model: type[Model], key: object, text: str) -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    return format_html('<a href="{}">{}</a>', reverse(name, args=[key]), text)


class ChoiceFilter(admin.SimpleListFilter):
    """A filter of two choices: whether a column is null."""

    field: ClassVar[str]
    # The values in the URL: of rows whose column is null, and of the others.
    null, filled = "no", "yes"

    def lookups(
        self, request: HttpRequest, model_admin: object
    ) -> list[tuple[str, str]]:
        return [(value, value.capitalize()) for value in (self.null, self.filled)]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> QuerySet[Any] | None:
        if self.value() not in {self.null, self.filled}:
            return queryset
        return queryset.filter(**{f"{self.field}__isnull": self.value() == self.null})


class DateRangeFilter(admin.SimpleListFilter):
    """Rows from one day until another, both included, in a form with two dates.

    The parameter is the name of the column; those of the URL end in `_from` and
    `_until`.
    """

    template = "admin/date_range_filter.html"

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, Any],
        model: type[Model],
        model_admin: admin.ModelAdmin[Any],
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.names:
            if values := params.pop(name, None):
                self.used_parameters[name] = values[-1]

    @property
    def names(self) -> tuple[str, str]:
        """The parameters of the URL."""
        return f"{self.parameter_name}_from", f"{self.parameter_name}_until"

    def expected_parameters(self) -> list[str | None]:
        return [*self.names]

    def lookups(self, request: HttpRequest, model_admin: object) -> list[Any]:
        return []

    def has_output(self) -> bool:
        return True

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> QuerySet[Any] | None:
        try:
            start, end = map(self.day, self.names)
        except ValueError:
            messages.error(request, "Enter dates such as 2026-11-30.")
            return queryset.none()
        name = str(self.parameter_name)
        is_time = isinstance(queryset.model._meta.get_field(name), DateTimeField)
        bound = midnight if is_time else same_day
        if start:
            queryset = queryset.filter(**{f"{name}__gte": bound(start)})
        if end and end < date.max:
            next_day = end + timedelta(days=1)
            queryset = queryset.filter(**{f"{name}__lt": bound(next_day)})
        return queryset

    def day(self, name: str) -> date | None:
        """Return the date of a parameter. Raise ValueError for other texts."""
        text = self.used_parameters.get(name, "")
        if not text:
            return None
        if found := parse_date(text):
            return found
        raise ValueError(text)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Yield what the template needs: there are no choices."""
        start, end = self.names
        others = sorted({*changelist.params} - {start, end})
        yield {
            "others": [(name, changelist.params[name]) for name in others],
            "start": (start, self.used_parameters.get(start, "")),
            "end": (end, self.used_parameters.get(end, "")),
            "clear": changelist.get_query_string(remove=[start, end])
            if self.used_parameters
            else "",
        }


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def same_day(day: date) -> date:
    return day
