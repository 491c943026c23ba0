"""Trees of goals, put together from flat rows without recursion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils import timezone

from common.http.errors import Unprocessable

Tree = dict[str, Any]
# Id, parent, user, name, and since when it has been archived.
Name = tuple[int, int | None, int, str, datetime | None]
# Python's own JSON reader gives up at 1,000 levels, and so do old clients.
MAX_DEPTH = 900
# More goals than that are not read for one answer, nor shown with details in a tree.
MAX_GOALS = 200_000
MAX_DETAILED = 10_000
# The names that a path tells at most, so that deep rows stay short.
MAX_PATH = 32


class Node(NamedTuple):
    """What a goal's place in its tree, and the filters, depend on."""

    pk: int
    parent_id: int | None
    user_id: int
    name: str
    end: datetime | None
    due: date | None
    archived: datetime | None

    @property
    def is_done(self) -> bool:
        return self.end is not None

    @property
    def is_overdue(self) -> bool:
        return is_overdue(self.end, self.due)


def is_overdue(end: datetime | None, due: date | None) -> bool:
    """Whether a goal is still open after its due date, by UTC."""
    return end is None and due is not None and due < timezone.localdate()


MATCHES: dict[str, Callable[[Node], bool]] = {
    "open": lambda node: not node.is_done,
    "done": lambda node: node.is_done,
    "overdue": lambda node: node.is_overdue,
}


class Forest:
    """The trees of some users: who stands where, and how far each goal has come.

    `nodes` come in the order that siblings are to have. `shown` lists the ids of the
    goals to be shown, each parent before its sub-goals.
    """

    def __init__(self, nodes: Iterable[Node], *, with_archived: bool = False) -> None:
        self.nodes: dict[int, Node] = {node.pk: node for node in nodes}
        self.depths: dict[int, int] = {}
        # Since when a goal has been out of view, be it on account of one above.
        self.archived: dict[int, datetime | None] = {}
        self.walk()
        self.shown = [
            pk for pk in self.depths if with_archived or self.archived[pk] is None
        ]

    def walk(self) -> None:
        """Goes through the trees depth first, from the top."""
        below = defaultdict(list)
        for node in self.nodes.values():
            below[node.parent_id].append(node.pk)
        waiting = below[None][::-1]
        while waiting:
            pk = waiting.pop()
            above = self.nodes[pk].parent_id or 0
            self.depths[pk] = self.depths.get(above, 0) + 1
            self.archived[pk] = self.archived.get(above) or self.nodes[pk].archived
            waiting += below.get(pk, [])[::-1]

    def cut(self, depth: int | None) -> None:
        """Shows the upper levels alone."""
        if depth is not None:
            self.shown = [pk for pk in self.shown if self.depths[pk] <= depth]

    def matching(self, status: str) -> set[int]:
        matches = MATCHES.get(status, lambda node: True)
        return {pk for pk in self.shown if matches(self.nodes[pk])}

    def keep(self, status: str) -> None:
        """Shows the goals of that status, and those above them as the way to them."""
        kept = self.matching(status)
        for pk in reversed(self.shown):
            above = self.nodes[pk].parent_id
            if pk in kept and above is not None:
                kept.add(above)
        self.shown = [pk for pk in self.shown if pk in kept]

    def pick(self, status: str) -> None:
        """Shows the goals of that status alone."""
        matching = self.matching(status)
        self.shown = [pk for pk in self.shown if pk in matching]

    def progress(self) -> dict[int, float | None]:
        """Of each goal, the share of those below it that are done."""
        done: dict[int, int] = defaultdict(int)
        total: dict[int, int] = defaultdict(int)
        for pk in reversed(self.depths):
            node = self.nodes[pk]
            if node.archived is None and node.parent_id is not None:
                done[node.parent_id] += done[pk] + node.is_done
                total[node.parent_id] += total[pk] + 1
        return {pk: share(done[pk], total[pk]) for pk in self.depths}

    def path(self, pk: int) -> list[str]:
        """Names from the top down to the goal, or the last `MAX_PATH` of them."""
        names: list[str] = []
        above: int | None = pk
        while above is not None and len(names) < MAX_PATH:
            names.append(self.nodes[above].name)
            above = self.nodes[above].parent_id
        return names[::-1]

    def depth(self) -> int:
        return max((self.depths[pk] for pk in self.shown), default=0)


def nest(users: Iterable[tuple[int, str]], forest: Forest) -> Tree:
    """The goals of each user, by name: `{"ada": {"ship": {"test": {}}}}`."""
    tops: dict[int, Tree] = {}
    result: Tree = {}
    for user_id, user_name in users:
        tops[user_id] = result[user_name] = {}
    branches: dict[int, Tree] = {}
    for pk in forest.shown:
        node = forest.nodes[pk]
        above = branches[node.parent_id] if node.parent_id else tops[node.user_id]
        above[node.name] = branches[pk] = {}
    return result


def nest_names(users: Iterable[tuple[int, str]], rows: Iterable[Name]) -> Tree:
    """The same of all goals in view, from `rows` in the order of siblings."""
    tops: dict[int, Tree] = {}
    result: Tree = {}
    for user_id, user_name in users:
        tops[user_id] = result[user_name] = {}
    branches: dict[int, Tree] = {row[0]: {} for row in rows}
    for pk, parent_id, user_id, name, archived in rows:
        # What is below an archived goal stays out of the result with it.
        if archived is None:
            above = branches[parent_id] if parent_id else tops[user_id]
            above[name] = branches[pk]
    return result


def depth_of(tree: Tree) -> int:
    """The levels of goals, below the one of users."""
    depth, level = 0, list(tree.values())
    while level := [branch for above in level for branch in above.values()]:
        depth += 1
    return depth


def nest_details(
    users: Iterable[tuple[int, str]], forest: Forest, details: dict[int, Tree]
) -> Tree:
    """The same, each goal holding its details, and its sub-goals as `goals`."""
    tops: dict[int, Tree] = {}
    result: Tree = {}
    for user_id, user_name in users:
        tops[user_id] = result[user_name] = {}
    for pk in forest.shown:
        node = forest.nodes[pk]
        above = tops[node.user_id]
        if node.parent_id:
            above = details[node.parent_id]["goals"]
        above[node.name] = details[pk]
        details[pk]["goals"] = {}
    return result


def refuse_too_deep(depth: int, most: int) -> None:
    if depth > most:
        raise Unprocessable(
            f"The tree is deeper than {most} levels, too deep to be nested here. "
            "Ask for ?flat=1, or for its upper levels by ?depth=.",
            code="too_deep",
        )


def refuse_too_many(number: int, most: int) -> None:
    if number > most:
        raise Unprocessable(
            f"There are more than {most} goals. "
            "Ask for ?flat=1, or for the goals of one ?user=, or fewer levels by "
            "?depth=.",
            code="too_many",
        )


def share(done: int, total: int) -> float | None:
    """`done` of `total` in hundredths, rounded down: 1 means all. None of nothing."""
    return done * 100 // total / 100 if total else None


def told(names: list[str]) -> str:
    """A way through the tree as one line."""
    if len(names) > 10:
        names = [*names[:5], "…", *names[-5:]]
    return " → ".join(names)
