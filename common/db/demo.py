"""Helpers for loading demo data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db.models import Model

from common.db.sequences import advance_sequence

Row = TypeVar("Row", bound=Model)

_overwrite: ContextVar[bool] = ContextVar("overwrite", default=False)


@contextmanager
def overwriting() -> Iterator[None]:
    """Let `find_or_add()` give the demo rows their first values again."""
    token = _overwrite.set(True)
    try:
        yield
    finally:
        _overwrite.reset(token)


def is_overwritten(row: Model, number: int | None = None) -> bool:
    """Return whether the row is to become as it was.

    A row with another ID than the demo row's may be someone else's.
    """
    return _overwrite.get() and number in {None, row.pk}


def find_or_add(
    model: type[Row],
    defaults: Mapping[str, object] | None = None,
    number: int | None = None,
    **key: object,
) -> tuple[Row, bool]:
    """Return the first row with the key, or a new one, and whether it is new.

    Unlike `get_or_create`, this accepts several rows with the same key. For example,
    two films may have the same title and release date.

    A new row gets the ID `number`, if no other row has it: a restored row keeps the ID
    that the examples in `docs/examples/` name.
    """
    row = model._default_manager.filter(**key).order_by("pk").first()
    if row is not None:
        if is_overwritten(row, number):
            overwrite(row, defaults or {})
        return row, False
    columns = id_if_free(model, number) | key | dict(defaults or {})
    row = model._default_manager.create(**columns)
    advance_sequence(row)
    return row, True


def overwrite(row: Model, values: Mapping[str, object]) -> None:
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.save(update_fields=changed)


def id_if_free(model: type[Model], number: int | None) -> dict[str, Any]:
    """Return the column `id` with this number, or no column if a row has the number.

    Call `advance_sequence()` on the row that is created with it.
    """
    if number is None or model._default_manager.filter(pk=number).exists():
        return {}
    return {"id": number}


def utc(text: str) -> datetime:
    """Return the time in UTC that a text such as `2026-03-01 08:30` names."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
