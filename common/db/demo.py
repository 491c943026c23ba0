"""Helpers for loading demo data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db.models import Model

from common.db.sequences import advance_sequence

Row = TypeVar("Row", bound=Model)


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
        return row, False
    columns = id_if_free(model, number) | key | dict(defaults or {})
    row = model._default_manager.create(**columns)
    advance_sequence(row)
    return row, True


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
