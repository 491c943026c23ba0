from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.db.models import F, Max

from accounts.querysets import OwnedQuerySet
from common.db.text import FoldedContains

if TYPE_CHECKING:
    from bucketlists.models import Bucketlist, Item

Row = TypeVar("Row", bound=models.Model)


class NamedQuerySet(OwnedQuerySet[Row]):
    def name_contains(self, text: str) -> Self:
        """Filter by a part of the name (case-insensitive)."""
        return self.filter(FoldedContains(F("name"), text))


class BucketlistQuerySet(NamedQuerySet["Bucketlist"]):
    owner_lookup = "created_by"

    def with_items(self) -> Self:
        return self.prefetch_related("items")


class ItemQuerySet(NamedQuerySet["Item"]):
    owner_lookup = "bucketlist__created_by"

    def last_position(self) -> int:
        """Return the highest position, or -1 if there are no items."""
        position: int | None = self.aggregate(last=Max("position"))["last"]
        return -1 if position is None else position
