from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from goals.models import Goal


class GoalQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The user's own goals; all of them for staff and, in `open`, for anybody."""
        if not user.is_authenticated or user.is_staff:
            return self
        return self.filter(user=user)

    def complete(self) -> int:
        """Marks goals as done, keeping earlier times; the number of those changed."""
        return self.filter(end=None).update(end=timezone.now())

    def subtree_ids(self, goal: Goal) -> list[int]:
        """The goal's id and those of all goals below it, in one query."""
        children = defaultdict(list)
        rows = self.filter(user=goal.user_id).values_list("pk", "parent_id")
        for pk, parent_id in rows:
            children[parent_id].append(pk)
        found = [goal.pk]
        for pk in found:
            found += children.pop(pk, [])
        return found
