"""Filters, sorting, search and pages, for whoever asks for them in the URL.

    GET /actors?gender=female&age_min=30&sort=-age&page=2&per_page=10
    200  X-Total-Count: 31
         Link: <…&page=1>; rel="first", <…&page=1>; rel="prev", …

The body keeps its shape. A parameter that is not known, comes twice or has a value that
does not fit is 400, for an ignored filter would answer everything.
"""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.http import QueryDict
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError
from rest_framework.filters import SearchFilter
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from common.http.numbers import MAX_NUMBER, parse_number
from dialects.envelope.errors import BadQuery
from dialects.pagination import CappedList, NumberedPagination, Page

DEFAULT_SIZE = 10
MAX_SIZE = 100
# Of shorter words an index of PostgreSQL knows nothing.
MIN_INDEXED_LENGTH = 3


class SortFilter(django_filters.OrderingFilter):
    """`sort=title,-release_date`; rows that are equal by that come by id."""

    def __init__(self, *names: str) -> None:
        super().__init__(
            fields=names,
            label="Names to sort by, `-` for descending order.",
            error_messages={
                "invalid_choice": f"%(value)s is not known. Known are: {spell(names)}, "
                "each with or without a - in front."
            },
        )

    def filter(self, qs: Any, value: Any) -> Any:
        if not value:
            return qs
        return qs.order_by(*map(self.get_ordering_value, filter(None, value)), "pk")


class WholeNumberField(forms.IntegerField):
    default_error_messages = {"invalid": "A whole number is expected."}

    def to_python(self, value: Any) -> int | None:
        """Digits alone; Python would also read `1_000`."""
        if value in self.empty_values:
            return None
        if parse_number(value.strip()) is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return int(value)


class WholeNumberFilter(django_filters.NumberFilter):
    field_class = WholeNumberField  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schema = {"type": "integer", "minimum": 0, "description": self.label}
        extend_schema_field(schema)(self)  # type: ignore[type-var]

    def get_max_validator(self) -> None:
        """None is needed: `WholeNumberField` takes only what fits."""


class DayFilter(django_filters.DateFilter):
    """A date in ISO 8601, as the old API takes it in bodies."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        reason = "A date such as 2002-12-04 is expected."
        kwargs |= {"input_formats": ["%Y-%m-%d"], "error_messages": {"invalid": reason}}
        super().__init__(*args, **kwargs)


class EnvelopeFilter(DjangoFilterBackend):
    """The view's FilterSet, strict about names and values."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        kind = self.get_filterset_class(view, queryset)
        if kind is None:
            return queryset
        known = {*kind.base_filters, *EnvelopePagination.parameters}
        if getattr(view, "search_fields", None):
            known.add(EnvelopeSearch.search_param)
        refuse_misnamed(request.query_params, known)
        if kind.base_filters.keys().isdisjoint(request.query_params):
            return queryset
        filterset: Any = self.get_filterset(request, queryset, view)
        if not filterset.is_valid():
            raise BadQuery(filterset.errors)
        return filterset.qs


def refuse_misnamed(query: QueryDict, known: set[str]) -> None:
    unknown = f"It is not known. Known are: {spell(sorted(known))}."
    reasons = {name: [unknown] for name in query if name not in known}
    twice = [name for name, values in query.lists() if len(values) > 1]
    reasons |= {name: ["It may be given once."] for name in twice if name in known}
    if reasons:
        raise BadQuery(reasons)


class EnvelopeSearch(SearchFilter):
    """Rows in which each word of `search` stands somewhere."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        """Looks at rows alone in one of whose texts each word stands.

        An index may find the word in each of several tables, but not in one or other.
        """
        if self.search_param not in request.query_params:
            return queryset
        found = super().filter_queryset(request, queryset, view)
        fields = self.get_search_fields(view, request) or []
        if len(fields) < 2:
            return found
        rows = queryset.model._default_manager.order_by()
        words = self.get_search_terms(request)
        for word in (word for word in words if len(word) >= MIN_INDEXED_LENGTH):
            parts = [rows.filter(**{f"{f}__icontains": word}) for f in fields]
            keys = [part.values("pk") for part in parts]
            found = found.filter(pk__in=keys[0].union(*keys[1:]))
        return found

    def get_search_terms(self, request: Request) -> list[str]:
        try:
            return list(super().get_search_terms(request))
        except ValidationError as exc:
            raise BadQuery({self.search_param: exc.detail}) from exc

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        if not getattr(view, "search_fields", None):
            return []
        about = "Words that all have to stand somewhere in a row's texts."
        return [query_parameter(self.search_param, about, {"type": "string"})]


class EnvelopePagination(NumberedPagination):
    """The whole list, or a page if the request has `page` or `per_page`."""

    parameters = ("page", "per_page", CappedList.offset_param)

    def requested_page(self, request: Request, view: Any) -> Page | None:
        query = request.query_params
        if request.method != "GET" or not {"page", "per_page"} & query.keys():
            return None
        if self.offset_param in query:
            raise BadQuery({self.offset_param: ["It does not go with pages."]})
        number = self.number("page", 1, MAX_NUMBER)
        size = self.number("per_page", DEFAULT_SIZE, MAX_SIZE)
        return Page((number - 1) * size, size)

    def page_url(self, start: int) -> str:
        number = start // self.page.size + 1 if self.page else 1
        return replace_query_param(self.request.build_absolute_uri(), "page", number)

    def number(self, name: str, default: int, maximum: int) -> int:
        text = self.request.query_params.get(name, str(default))
        number = parse_number(text, 1, maximum)
        if number is None:
            up_to = f"from 1 to {maximum}" if maximum == MAX_SIZE else "from 1 on"
            raise BadQuery({name: [f"A whole number {up_to} is expected."]})
        return number

    def offset(self, request: Request) -> int:
        """Rows to skip; a write answers the list from its start."""
        if request.method != "GET":
            return 0
        try:
            return super().offset(request)
        except ValidationError as exc:
            raise BadQuery({self.offset_param: ["A row number is expected."]}) from exc

    def list_url(self, request: Request, view: Any) -> str:
        """The list's own URL, also where a change of one row answers it."""
        is_list = request.method == "GET"
        return (
            super().list_url(request, view)
            if is_list
            else str(view.reverse_action("list"))
        )

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        number = {"type": "integer", "minimum": 1}
        size = {**number, "maximum": MAX_SIZE, "default": DEFAULT_SIZE}
        return [
            query_parameter("page", "The page to answer, from 1.", number),
            query_parameter("per_page", "Rows in a page; asks for pages, too.", size),
            *super().get_schema_operation_parameters(view),
        ]


def query_parameter(name: str, about: str, schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": about}


def spell(names: Any) -> str:
    return ", ".join(names)
