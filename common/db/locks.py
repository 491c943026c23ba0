from __future__ import annotations

from typing import TypeVar

from django.db.models import Model
from django.shortcuts import get_object_or_404

Row = TypeVar("Row", bound=Model)


def lock_row(row: Row) -> Row:
    """Return the row as it is now, locked until the transaction ends.

    Other transactions can still refer to it by a foreign key. Raise Http404 if the row
    has been deleted.
    """
    rows = type(row)._default_manager.select_for_update(no_key=True)
    return get_object_or_404(rows, pk=row.pk)
