from __future__ import annotations

import re
from typing import Any, Self

from django.db import models
from django.db.models import Max


class NamedQuerySet(models.QuerySet):
    def named_like(self, text: str) -> Self:
        """Those whose name holds the text, in upper or lower case.

        By regular expression, since SQLite's LIKE knows the case of ASCII only.
        """
        return self.filter(name__iregex=re.escape(text))


class BucketlistQuerySet(NamedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """The user's own lists; all of them for staff."""
        return self if user.is_staff else self.filter(created_by=user.pk)

    def with_items(self) -> Self:
        return self.prefetch_related("items")


class ItemQuerySet(NamedQuerySet):
    def last_position(self) -> int:
        """The highest position among the rows; -1 where there are none."""
        found = self.aggregate(last=Max("position"))["last"]
        return -1 if found is None else found
