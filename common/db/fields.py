from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


def depends_only_on_columns(getter: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Marks the getter of a property that needs nothing but the columns of its row.

    A list can then compute it without the related rows.
    """
    getter.depends_only_on_columns = True  # type: ignore[attr-defined]
    return getter


class Int32Field(models.IntegerField):
    """A 32-bit integer on every database; SQLite alone would take 64 bits."""

    default_validators = [MinValueValidator(-(2**31)), MaxValueValidator(2**31 - 1)]
