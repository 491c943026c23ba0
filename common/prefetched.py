"""Related rows that somebody has just read or written, and need not be asked for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import models


def know_related(row: models.Model, name: str, related: Iterable[Any]) -> None:
    """Has the row know all its related ones, as after `prefetch_related(name)`."""
    kind = known_of(type(row), name)
    found = kind.__new__(kind)
    found.__dict__.update(
        model=kind.model,
        known_by=(row, name),
        _result_cache=list(related),
        _prefetch_done=True,
    )
    row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = found


def related_to(row: models.Model, name: str) -> Any:
    """The row's related ones: those that it knows, or all that the database has."""
    known = row.__dict__.get("_prefetched_objects_cache", {})
    return known[name] if name in known else getattr(row, name).all()


def parent_of(row: models.Model, name: str) -> Any:
    """The row that it refers to: the one that it knows, or the database's."""
    known = row._state.__dict__.get("fields_cache", {}).get(name)
    return known or getattr(row, name)


class Known(models.QuerySet[Any]):
    """Rows that are known; a queryset is made of them once more is asked for."""

    known_by: tuple[models.Model, str]
    _prefetch_related_lookups = ()

    def real(self) -> Any:
        row, name = self.__dict__.pop("known_by")
        kept = vars(row)["_prefetched_objects_cache"]
        own = kept.pop(name, None)
        made = getattr(row, name).get_queryset()
        if own is not None:
            kept[name] = own
        self.__class__ = type(made)
        self.__dict__.update({**vars(made), **self.__dict__})
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real(), name)

    def __deepcopy__(self, memo: Any) -> Any:
        return self.real().__deepcopy__(memo)

    def __reduce__(self) -> Any:
        return self.real().__reduce_ex__(2)


@cache
def known_of(model: type[models.Model], name: str) -> Any:
    """The class of what it knows by that name."""
    related: Any = model._meta.get_field(name).related_model
    rows = type(related._default_manager.none())
    return type("Known", (Known, rows), {"model": related})
