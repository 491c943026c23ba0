"""`debug` in `pageConfig`: how a list was understood, and the query it makes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from dialects.dbbase.columns import columns_of
from dialects.dbbase.conditions import OP_CODES, conditions_of
from dialects.dbbase.names import AsIs
from dialects.dbbase.page_config import PARAMETERS


class DefaultsSerializer(serializers.Serializer[Any]):
    model_name = serializers.CharField()
    process_get_input = serializers.CharField(allow_null=True)
    max_page_size = serializers.IntegerField()
    order_by = serializers.CharField(allow_null=True)
    op_codes = serializers.ListField(child=serializers.CharField())


class ExplanationSerializer(serializers.Serializer[Any]):
    class_defaults = DefaultsSerializer()
    original_data = serializers.DictField()
    converted_data = serializers.ListField(child=serializers.ListField())
    page_configs = serializers.DictField()
    query = serializers.CharField()


def explained(view: Any) -> AsIs:
    """Of the list that the view's request asks for; 403 where nobody may see SQL."""
    request = view.request
    if not (settings.DEBUG or request.user.is_staff):
        raise PermissionDenied("Only staff may see the query of a list.")
    rows = view.filter_queryset(view.get_queryset())
    columns = columns_of(view, rows.model)
    return AsIs(
        class_defaults=defaults_of(view, rows.model),
        original_data={
            name: texts
            for name, texts in request.query_params.lists()
            if name not in PARAMETERS
        },
        converted_data=[
            [found.column.name, found.op, found.sent]
            for found in conditions_of(request.query_params, columns)
        ],
        page_configs=view.page_config.values,
        query=sql_of(rows[view.paginator.window(request, view)]),
    )


def defaults_of(view: Any, model: type[Model]) -> dict[str, Any]:
    return {
        "model_name": model.__name__,
        "process_get_input": None,
        "max_page_size": view.paginator.max_rows(view),
        "order_by": None,
        "op_codes": OP_CODES,
    }


def sql_of(rows: QuerySet[Any]) -> str:
    """Nothing, where the rows are known to be none without asking the database."""
    try:
        return str(rows.query)
    except EmptyResultSet:
        return ""
