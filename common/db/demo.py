"""Helpers for loading demo data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def find_or_add(
    model: type[Row], defaults: Mapping[str, object] | None = None, **key: object
) -> tuple[Row, bool]:
    """Return the first row with the key, or a new one, and whether it is new.

    Unlike `get_or_create`, this accepts several rows with the same key. For example,
    two films may have the same title and release date.
    """
    row = model._default_manager.filter(**key).order_by("pk").first()
    if row is not None:
        return row, False
    return model._default_manager.create(**key, **(defaults or {})), True


def utc(text: str) -> datetime:
    """Return the time in UTC that a text such as `2026-03-01 08:30` names."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
