"""Goals as a flat list. A page reads only the trees up to its end."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from goals.models import Goal
from goals.trees import Forest


class FlatGoals:
    """A sequence of the visible goals of forests, loaded when it is sliced."""

    def __init__(self, forests: Iterable[Forest]) -> None:
        self.forests = forests

    def __getitem__(self, part: slice) -> list[Goal]:
        goals: list[Goal] = []
        skipped = 0
        for forest in self.forests:
            ids = forest.visible[max(part.start - skipped, 0) : part.stop - skipped]
            if ids:
                goals += load_goals(Goal.objects.select_related("user"), forest, ids)
            skipped += len(forest.visible)
            if skipped >= part.stop:
                break
        return goals


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
