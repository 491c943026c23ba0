from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import models


def know_related(row: models.Model, name: str, related: Iterable[Any]) -> None:
    """Has the row know all its related ones, as after `prefetch_related(name)`.

    For whoever has just written them, and would read nothing else.
    """
    found, rows = list(related), nothing_of(type(row), name)
    if found:
        rows = getattr(row, name).get_queryset()
        rows._result_cache, rows._prefetch_done = found, True
    row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = rows


@cache
def nothing_of(model: type[models.Model], name: str) -> Any:
    related: Any = model._meta.get_field(name).related_model
    return related._base_manager.none()
