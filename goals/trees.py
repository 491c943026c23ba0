"""Trees of goals, built from flat rows without recursion.

A tree has all goals of one user, whose top-level goals are its branches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.utils import timezone

from common.db.text import lower_nfc
from common.http.errors import Unprocessable

# `{"ada": {"ship": {"test": {}}}}`
NameTree = dict[str, "NameTree"]
# ID, parent, user, name, and the time of archiving.
NameRow = tuple[int, int | None, int, str, datetime | None]
# Python's own JSON reader stops at 1,000 levels, and so do old clients.
MAX_DEPTH = 900
# Goals that are read for one response, and goals in one tree with details.
MAX_GOALS = 200_000
MAX_DETAILED = 10_000
# Names in a path. Deep goals would have long ones.
MAX_PATH = 32


class Node(NamedTuple):
    """The columns that a goal's place in its tree, and the filters, depend on."""

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
    """Return whether an open goal's due date has passed in UTC."""
    return end is None and due is not None and due < timezone.localdate()


STATUSES: dict[str, Callable[[Node], bool]] = {
    "open": lambda node: not node.is_done,
    "done": lambda node: node.is_done,
    "overdue": lambda node: node.is_overdue,
}


class Forest:
    """The trees of some users.

    `nodes` have the order of siblings. `visible` lists the IDs of the goals to show,
    each parent before its sub-goals.
    """

    def __init__(self, nodes: Iterable[Node], *, with_archived: bool = False) -> None:
        self.nodes = {node.pk: node for node in nodes}
        self.depths: dict[int, int] = {}
        # When the topmost archived goal on the path to each goal was archived.
        self.archived_since: dict[int, datetime | None] = {}
        self.walk()
        self.visible = [
            pk for pk in self.depths if with_archived or self.archived_since[pk] is None
        ]

    def walk(self) -> None:
        """Set what depends on the goals above, depth first from the top."""
        children: dict[int | None, list[int]] = defaultdict(list)
        for node in self.nodes.values():
            children[node.parent_id].append(node.pk)
        stack = children[None][::-1]
        while stack:
            pk = stack.pop()
            node = self.nodes[pk]
            parent_id = node.parent_id or 0
            self.depths[pk] = self.depths.get(parent_id, 0) + 1
            self.archived_since[pk] = (
                self.archived_since.get(parent_id) or node.archived
            )
            stack += children.get(pk, [])[::-1]

    def limit_depth(self, depth: int | None) -> None:
        if depth is not None:
            self.visible = [pk for pk in self.visible if self.depths[pk] <= depth]

    def matching(self, status: str) -> set[int]:
        has_status = STATUSES[status]
        return {pk for pk in self.visible if has_status(self.nodes[pk])}

    def filter_with_ancestors(self, status: str) -> None:
        """Show the goals of that status and the goals above them."""
        self.keep_with_ancestors(self.matching(status))

    def search(self, text: str) -> None:
        """Show the goals with that text in their names, and the goals above them."""
        folded = lower_nfc(text)
        self.keep_with_ancestors(
            {pk for pk in self.visible if folded in lower_nfc(self.nodes[pk].name)}
        )

    def keep_with_ancestors(self, pks: set[int]) -> None:
        """Show only these goals and the goals above them."""
        kept = set(pks)
        for pk in reversed(self.visible):
            parent_id = self.nodes[pk].parent_id
            if pk in kept and parent_id is not None:
                kept.add(parent_id)
        self.visible = [pk for pk in self.visible if pk in kept]

    def filter(self, status: str) -> None:
        """Show only the goals of that status."""
        kept = self.matching(status)
        self.visible = [pk for pk in self.visible if pk in kept]

    def progress(self) -> dict[int, float | None]:
        """Return by goal the share of done goals below it, archived ones left out."""
        done: dict[int, int] = defaultdict(int)
        total: dict[int, int] = defaultdict(int)
        for pk in reversed(self.depths):
            node = self.nodes[pk]
            if node.archived is None and node.parent_id is not None:
                done[node.parent_id] += done[pk] + node.is_done
                total[node.parent_id] += total[pk] + 1
        return {pk: share(done[pk], total[pk]) for pk in self.depths}

    def path(self, pk: int) -> list[str]:
        """Return the names from the top to the goal, or the last MAX_PATH of them."""
        names: list[str] = []
        current: int | None = pk
        while current is not None and len(names) < MAX_PATH:
            names.append(self.nodes[current].name)
            current = self.nodes[current].parent_id
        return names[::-1]

    def depth(self) -> int:
        return max((self.depths[pk] for pk in self.visible), default=0)


def nest(
    users: Iterable[tuple[int, str]],
    forest: Forest,
    details: Mapping[int, dict[str, object]] | None = None,
) -> dict[str, object]:
    """Return the visible goals by user and name: `{"ada": {"ship": {"test": {}}}}`.

    With `details` by goal, each goal is `{**details, "goals": {…}}`.
    """
    tops: dict[int, dict[str, object]] = {user_id: {} for user_id, _ in users}
    # Goals below a missing goal are put into a branch that stays out.
    branches: dict[int, dict[str, object]] = defaultdict(dict)
    for pk in forest.visible:
        node = forest.nodes[pk]
        siblings = branches[node.parent_id] if node.parent_id else tops[node.user_id]
        branch = branches[pk]
        siblings[node.name] = (
            branch if details is None else {**details[pk], "goals": branch}
        )
    return {name: tops[user_id] for user_id, name in users}


def nest_names(users: Iterable[tuple[int, str]], rows: Iterable[NameRow]) -> NameTree:
    """Return the same tree of names from rows in the order of siblings.

    It is faster than a Forest. Archived goals and the goals below them are left out.
    """
    tops: dict[int, NameTree] = {user_id: {} for user_id, _ in users}
    branches = defaultdict[int, NameTree](dict, {row[0]: {} for row in rows})
    for pk, parent_id, user_id, name, archived in rows:
        # Goals below an archived or missing goal are put into a branch that stays out
        # of the tree.
        if archived is None:
            siblings = branches[parent_id] if parent_id else tops[user_id]
            siblings[name] = branches[pk]
    return {name: tops[user_id] for user_id, name in users}


def depth_of(tree: NameTree) -> int:
    """Return the number of levels of goals, below the level of users."""
    depth, level = 0, list(tree.values())
    while level := [child for branch in level for child in branch.values()]:
        depth += 1
    return depth


def check_depth(depth: int, limit: int) -> None:
    if depth > limit:
        raise Unprocessable(
            f"The tree has more than {limit} levels. "
            "Send ?flat=1, or limit the levels with ?depth=.",
            code="too_deep",
        )


def check_goal_count(number: int, limit: int) -> None:
    if number > limit:
        raise Unprocessable(
            f"There are more than {limit} goals. "
            "Send ?flat=1, or limit the goals with ?user= or ?depth=.",
            code="too_many",
        )


def share(done: int, total: int) -> float | None:
    """Return `done` of `total` in hundredths, rounded down, or None if `total` is 0."""
    return done * 100 // total / 100 if total else None


def format_path(names: list[str]) -> str:
    if len(names) > 10:
        names = [*names[:5], "…", *names[-5:]]
    return " → ".join(names)
