"""Goals as rows: only the trees up to the end of a page are read for it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from goals.models import Goal
from goals.trees import Forest


class Rows:
    """The goals that some forests show, one forest behind the other, to be sliced."""

    def __init__(self, forests: Iterable[Forest]) -> None:
        self.forests = forests

    def __getitem__(self, part: slice) -> list[Goal]:
        found: list[Goal] = []
        passed = 0
        for forest in self.forests:
            ids = forest.shown[max(part.start - passed, 0) : part.stop - passed]
            if ids:
                found += placed(Goal.objects.select_related("user"), forest, ids)
            passed += len(forest.shown)
            if passed >= part.stop:
                break
        return found


def placed(goals: QuerySet[Goal], forest: Forest, ids: list[int]) -> list[Goal]:
    """The goals of these ids, knowing their place in the forest, in this order."""
    progress = forest.progress()
    found = {goal.pk: goal for goal in goals.filter(pk__in=ids)}
    for pk, goal in found.items():
        goal.depth = forest.depths[pk]
        goal.path = forest.path(pk)
        goal.archived_since = forest.archived[pk]
        goal.progress = progress[pk]
    return [found[pk] for pk in ids if pk in found]
