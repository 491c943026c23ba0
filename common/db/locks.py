from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404

Row = TypeVar("Row", bound=Model)


def lock_row(row: Row) -> Row:
    """Return the row as it is now, locked until the transaction ends.

    Other transactions can still refer to it by a foreign key. Raise Http404 if the row
    has been deleted.
    """
    rows = type(row)._default_manager.select_for_update(no_key=True)
    return get_object_or_404(rows, pk=row.pk)


def lock_rows(rows: QuerySet[Any]) -> None:
    """Lock rows for deletion, in the order of their keys, until the transaction ends.

    The queryset may have joins, whose rows are not locked.
    """
    every: QuerySet[Any] = rows.model._default_manager.select_for_update()
    keys = rows.order_by().values("pk")
    list(every.filter(pk__in=keys).order_by("pk").values_list("pk"))
