from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

Getter = TypeVar("Getter", bound=Callable[..., object])


def depends_only_on_columns(getter: Getter) -> Getter:
    """Mark the getter of a property that needs only the columns of its own row.

    A list can then compute it without reading related rows.
    """
    getter.depends_only_on_columns = True  # type: ignore[attr-defined]
    return getter


class Int32Field(models.IntegerField):
    """A 32-bit integer on every database. SQLite alone would accept 64 bits."""

    default_validators = [MinValueValidator(-(2**31)), MaxValueValidator(2**31 - 1)]
