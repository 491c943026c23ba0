"""Goals as a flat list. A page reads only the trees up to its end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Generic, TypeVar

from django.db.models import QuerySet

from goals.models import Goal
from goals.trees import Forest

Row = TypeVar("Row")


class FlatRows(ABC, Generic[Row]):
    """A sequence of the visible goals of forests, loaded when it is sliced."""

    # Visible goals in the forests that were read.
    count = 0

    def __init__(self, forests: Iterable[Forest]) -> None:
        self.forests = iter(forests)

    def __getitem__(self, part: slice) -> list[Row]:
        rows: list[Row] = []
        for forest in self.forests:
            start, stop = max(part.start - self.count, 0), part.stop - self.count
            if ids := forest.visible[start:stop]:
                rows += self.load(forest, ids)
            self.count += len(forest.visible)
            if self.count >= part.stop:
                break
        return rows

    def count_further(self) -> bool:
        """Read and count one more forest. Return False after the last one."""
        forest = next(self.forests, None)
        self.count += len(forest.visible) if forest else 0
        return forest is not None

    @abstractmethod
    def load(self, forest: Forest, ids: list[int]) -> list[Row]:
        """Return the rows of these goals of the forest, in this order."""


class FlatGoals(FlatRows[Goal]):
    def load(self, forest: Forest, ids: list[int]) -> list[Goal]:
        return load_goals(Goal.objects.select_related("user"), forest, ids)


def load_goals(queryset: QuerySet[Goal], forest: Forest, ids: list[int]) -> list[Goal]:
    """Return the goals with these IDs in this order, with their tree fields set."""
    progress = forest.progress()
    goals = {goal.pk: goal for goal in queryset.filter(pk__in=ids)}
    for pk, goal in goals.items():
        goal.depth = forest.depths[pk]
        goal.path = forest.path(pk)
        goal.archived_since = forest.archived_since[pk]
        goal.progress = progress[pk]
    return [goals[pk] for pk in ids if pk in goals]
