from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

# The largest integers that PostgreSQL can store in an `integer` and a `bigint`.
MAX_INT32, MAX_INT64 = 2**31 - 1, 2**63 - 1

Getter = TypeVar("Getter", bound=Callable[..., object])


def depends_only_on_columns(getter: Getter) -> Getter:
    """Mark the getter of a property that needs only the columns of its own row.

    A list can then compute it without reading related rows.
    """
    getter.depends_only_on_columns = True  # type: ignore[attr-defined]
    return getter


class PositionField(models.BigIntegerField):
    """The position of a link, in the through model of a many-to-many relation.

    Null means the ID of the link, so a new link comes last.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        defaults = {"null": True, "blank": True, "editable": False}
        super().__init__(*args, **defaults | kwargs)


class Int32Field(models.IntegerField):
    """A 32-bit integer on every database. SQLite alone would accept 64 bits."""

    default_validators = [
        MinValueValidator(-MAX_INT32 - 1),
        MaxValueValidator(MAX_INT32),
    ]
