from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Max

from accounts.models import User
from common.db.text import FoldedContains

if TYPE_CHECKING:
    from bucketlists.models import Bucketlist, Item

Row = TypeVar("Row", bound=models.Model)


class NamedQuerySet(models.QuerySet[Row]):
    def name_contains(self, text: str) -> Self:
        """Filter by a part of the name (case-insensitive)."""
        return self.filter(FoldedContains(F("name"), text))


class BucketlistQuerySet(NamedQuerySet["Bucketlist"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the user's own lists. Staff: all. Anonymous users: none.

        No view of bucket lists lets anonymous users in.
        """
        if not user.is_authenticated:
            return self.none()
        return self if user.is_staff else self.filter(created_by=user.pk)

    def with_items(self) -> Self:
        return self.prefetch_related("items")


class ItemQuerySet(NamedQuerySet["Item"]):
    def last_position(self) -> int:
        """Return the highest position, or -1 if there are no items."""
        position: int | None = self.aggregate(last=Max("position"))["last"]
        return -1 if position is None else position
