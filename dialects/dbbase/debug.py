"""`debug` in `pageConfig`: how the server understands a list's query string, as SQL."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from dialects.dbbase.camel_case import Verbatim
from dialects.dbbase.columns import columns_of
from dialects.dbbase.filters import OP_CODES, conditions_of
from dialects.dbbase.pagination import PARAMETERS


class DefaultsSerializer(serializers.Serializer[object]):
    model_name = serializers.CharField()
    process_get_input = serializers.CharField(allow_null=True)
    max_page_size = serializers.IntegerField()
    order_by = serializers.CharField(allow_null=True)
    op_codes = serializers.ListField(child=serializers.CharField())


class ExplanationSerializer(serializers.Serializer[object]):
    class_defaults = DefaultsSerializer()
    original_data = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField())
    )
    converted_data = serializers.ListField(child=serializers.ListField())
    page_configs = serializers.DictField()
    query = serializers.CharField()


def explain(view: Any) -> Verbatim:
    """Return the body that takes the place of the list that the view's request names.

    Only staff users can see it, unless `DEBUG` is on.
    """
    request = view.request
    if not (settings.DEBUG or request.user.is_staff):
        raise PermissionDenied("Only staff users can see the SQL of a list.")
    rows = view.filter_queryset(view.get_queryset())
    params, columns = request.query_params, columns_of(view, rows.model)
    return Verbatim(
        class_defaults=defaults_of(rows.model, view),
        original_data={n: params.getlist(n) for n in params if n not in PARAMETERS},
        converted_data=[
            [condition.column.name, condition.op, condition.value]
            for condition in conditions_of(params, columns)
        ],
        page_configs=view.page_config.values,
        query=sql_of(rows[view.paginator.window(request, view)]),
    )


def defaults_of(model: type[Model], view: Any) -> dict[str, object]:
    ordering = getattr(view, "ordering", ())
    names = [ordering] if isinstance(ordering, str) else map(str, ordering)
    return {
        "model_name": model.__name__,
        "process_get_input": None,
        "max_page_size": view.paginator.max_rows(view),
        "order_by": ", ".join(names) or None,
        "op_codes": OP_CODES,
    }


def sql_of(rows: QuerySet[Model]) -> str:
    """Return the query, or an empty text if Django knows that no row matches."""
    try:
        return str(rows.query)
    except EmptyResultSet:
        return ""
