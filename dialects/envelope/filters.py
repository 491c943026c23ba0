"""Filters, sorting and search.

    GET /actors?gender=female&age_min=30&search=kelly&sort=-age

Unknown and repeated parameters, and invalid values, return 400: if a filter were
ignored, the list would have all rows.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import OrderBy
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework.exceptions import ValidationError
from rest_framework.filters import SearchFilter
from rest_framework.request import Request

from common.db.text import MAX_SEARCH_WORDS, FoldedContains
from common.http.numbers import parse_number
from dialects.envelope.errors import BadQuery
from dialects.envelope.pagination import EnvelopePagination
from dialects.openapi_parts import Schema, query_parameter
from dialects.query_params import check_query_params, list_pattern

# A trigram index of PostgreSQL cannot find shorter words.
MIN_INDEXED_LENGTH = 3


class SortFilter(django_filters.OrderingFilter):
    """`sort=title,-release_date`, by columns of the model.

    Rows without a value are last in both directions, and those with equal values are
    ordered by id.
    """

    def __init__(self, *names: str) -> None:
        super().__init__(
            fields=names,
            label="Fields to sort by, separated by commas: "
            f"{', '.join(f'`{name}`' for name in names)}. Prefix a field with `-` for "
            "descending order.",
            error_messages={
                "invalid_choice": 'Unknown field "%(value)s". Valid fields: '
                f"{', '.join(names)}, each with or without a `-` prefix."
            },
        )
        self.names = names

    def parameter(self, name: str) -> OpenApiParameter:
        """Return the query parameter in OpenAPI.

        It's a text: not all generated clients can send an array as one parameter.
        """
        schema = {"type": "string", "pattern": f"^{list_pattern(self.names, '-?')}$"}
        return OpenApiParameter(name, schema, description=str(self.label))

    def filter(self, qs: QuerySet[Model], value: list[str]) -> QuerySet[Model]:
        if not value:
            return qs
        order = [self.order_by(qs.model, term) for term in filter(None, value)]
        return qs.order_by(*order, "pk")

    def order_by(self, model: type[Model], term: str) -> str | OrderBy:
        order = str(self.get_ordering_value(term))
        name = order.removeprefix("-")
        # On a column without nulls, the clause would keep the database from its index.
        if not getattr(model._meta.get_field(name), "null", False):
            return order
        is_descending = order != name
        return OrderBy(F(name), descending=is_descending, nulls_last=True)


class WholeNumberField(forms.IntegerField):
    default_error_messages = {"invalid": "A whole number is expected."}

    def to_python(self, value: Any) -> int | None:
        """Take digits only; Django's field also takes `1_000`."""
        if value in self.empty_values:
            return None
        number = parse_number(value.strip())
        if number is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return number


class WholeNumberFilter(django_filters.NumberFilter):
    field_class = WholeNumberField  # type: ignore[assignment]

    def __init__(
        self,
        field_name: str | None = None,
        lookup_expr: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(field_name, lookup_expr, **options)
        schema = {"type": "integer", "minimum": options.get("min_value", 0)}
        if "max_value" in options:
            schema["maximum"] = options["max_value"]
        schema["description"] = self.label
        extend_schema_field(schema)(self)  # type: ignore[type-var]

    def get_max_validator(self) -> None:
        """Return None: `WholeNumberField` limits the number."""


class DayField(forms.DateField):
    def to_python(self, value: Any) -> date | None:
        """Take ASCII digits only; Python's `strptime()` takes those of any script."""
        if isinstance(value, str) and not value.isascii():
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class DayFilter(django_filters.DateFilter):
    """A date in ISO 8601, as in the bodies of the old API."""

    field_class = DayField

    def __init__(self, field_name: str, lookup_expr: str, label: str) -> None:
        message = "A date such as 2002-12-04 is expected."
        super().__init__(
            field_name,
            lookup_expr,
            label=label,
            input_formats=["%Y-%m-%d"],
            error_messages={"invalid": message},
        )


class EnvelopeFilter(DjangoFilterBackend):
    """The view's FilterSet, strict about names and values, for the URL of a list."""

    def filter_queryset(
        self, request: Any, queryset: QuerySet[Model], view: Any
    ) -> QuerySet[Model]:
        filterset_class = self.get_filterset_class(view, queryset)
        if filterset_class is None or not view.is_list:
            return queryset
        filters = filterset_class.base_filters.keys()
        names = {*filters, *EnvelopePagination.parameters}
        if getattr(view, "search_fields", None):
            names.add(EnvelopeSearch.search_param)
        check_query_params(request, names, BadQuery, is_repeatable=False)
        if filters.isdisjoint(request.query_params):
            return queryset
        filterset: Any = self.get_filterset(request, queryset, view)
        if not filterset.is_valid():
            raise BadQuery(filterset.errors)
        rows: QuerySet[Model] = filterset.qs
        return rows


class EnvelopeSearch(SearchFilter):
    """Rows that contain each word of `search` in one of their texts."""

    default_lookup = FoldedContains.lookup_name

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        """Narrow the search by a UNION of one query per field.

        Each can use an index. PostgreSQL has none for an OR over several tables.
        """
        if self.search_param not in request.query_params or not view.is_list:
            return queryset
        matches = super().filter_queryset(request, queryset, view)
        fields = self.get_search_fields(view, request) or []
        if len(fields) < 2:
            return matches
        rows = queryset.model._default_manager.order_by()
        words = self.get_search_terms(request)
        for word in (word for word in words if len(word) >= MIN_INDEXED_LENGTH):
            parts = [
                rows.filter(**{f"{f}__{self.default_lookup}": word}) for f in fields
            ]
            keys = [part.values("pk") for part in parts]
            matches = matches.filter(pk__in=keys[0].union(*keys[1:]))
        return matches

    def get_search_terms(self, request: Request) -> list[str]:
        try:
            words = list(super().get_search_terms(request))
        except ValidationError as exc:
            raise BadQuery({self.search_param: exc.detail}) from exc
        if len(words) > MAX_SEARCH_WORDS:
            text = f"At most {MAX_SEARCH_WORDS} words are allowed."
            raise BadQuery({self.search_param: [text]})
        return words

    def get_schema_operation_parameters(self, view: object) -> list[Schema]:
        if not getattr(view, "search_fields", None):
            return []
        description = (
            f"Up to {MAX_SEARCH_WORDS} words that must all occur in the row's text "
            "fields."
        )
        return [query_parameter(self.search_param, {"type": "string"}, description)]
