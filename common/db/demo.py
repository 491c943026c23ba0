"""What the loaders of the demo data share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def find_or_add(
    model: type[Row], defaults: dict[str, Any] | None = None, **key: Any
) -> tuple[Row, bool]:
    """The row with the key as it stands, or a new one, and whether it is new.

    Unlike `get_or_create` this takes the first where several have the same key:
    nobody forbids a second film of the same title and day.
    """
    found = model._default_manager.filter(**key).order_by("pk").first()
    if found is not None:
        return found, False
    return model._default_manager.create(**key, **(defaults or {})), True


def utc(text: str) -> datetime:
    """The moment of a text such as `2026-03-01 08:30`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
