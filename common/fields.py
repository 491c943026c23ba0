from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class Int32Field(models.IntegerField):
    """A 32-bit integer on every database; SQLite alone would take 64 bits."""

    default_validators = [MinValueValidator(-(2**31)), MaxValueValidator(2**31 - 1)]
