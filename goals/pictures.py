"""The goals of the page and the SVG picture, from one walk through the trees.

`PictureGoals` has the goals in the order of the trees, each after its parent.
`sections()` nests them for the page, `drawing.py` places them in the picture. Nothing
here is recursive, since trees may have thousands of levels.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from goals.flat import FlatRows
from goals.trees import Forest, Node, format_path

# Levels of lists in lists. Browsers lay out no more than some hundred, and narrow
# screens have no room for them.
MAX_NESTING = 12
# Goals of this level and below it are folded at first.
FOLDED_LEVEL = 6
# They join letters and the parts of an emoji.
JOINERS = {"\u200c", "\u200d"}
FORBIDDEN = {"\ufffe", "\uffff"}
INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


class State(NamedTuple):
    """A state of a goal. `key` is its CSS class, `symbol` its sign on the page."""

    key: str
    label: str
    symbol: str


DONE = State("done", "done", "✓")
OPEN = State("open", "in progress", "◐")
OVERDUE = State("overdue", "overdue", "!")
ARCHIVED = State("archived", "archived", "▪")
STATES = (DONE, OPEN, OVERDUE, ARCHIVED)


class PictureGoal(NamedTuple):
    pk: int
    parent_id: int | None
    user_id: int
    name: str
    depth: int
    state: State
    due: date | None
    # Done goals below it in percent, or None if there are none.
    progress: int | None
    # The names of the goals above it.
    path: str

    @property
    def place(self) -> Place:
        return self.user_id, self.parent_id


# A user and a goal, or None for the top of the user's tree.
Place = tuple[int, int | None]


class PictureGoals(FlatRows[PictureGoal]):
    """The visible goals of forests, as a picture shows them."""

    def load(self, forest: Forest, ids: list[int]) -> list[PictureGoal]:
        progress = forest.progress()
        return [picture_goal(forest, pk, progress[pk]) for pk in ids]


def picture_goal(forest: Forest, pk: int, progress: float | None) -> PictureGoal:
    node = forest.nodes[pk]
    return PictureGoal(
        pk=pk,
        parent_id=node.parent_id,
        user_id=node.user_id,
        name=printable(node.name),
        depth=forest.depths[pk],
        state=state_of(node, is_archived=forest.archived_since[pk] is not None),
        due=node.due,
        progress=None if progress is None else round(progress * 100),
        path=printable(format_path(forest.path(pk)[:-1])),
    )


def state_of(node: Node, *, is_archived: bool) -> State:
    if is_archived:
        return ARCHIVED
    if node.is_done:
        return DONE
    return OVERDUE if node.is_overdue else OPEN


def printable(text: str) -> str:
    """Return the text without characters that XML forbids or that reorder others."""
    if text.isprintable():
        return text
    return "".join(map(printable_character, text))


def printable_character(character: str) -> str:
    if character in JOINERS:
        return character
    is_invisible = unicodedata.category(character) in INVISIBLE
    is_replaced = is_invisible or character in FORBIDDEN
    return "\N{REPLACEMENT CHARACTER}" if is_replaced else character


@dataclass(frozen=True)
class Picture:
    """A page of goals, and what its readers should know about the rest."""

    goals: list[PictureGoal]
    # Names of users by ID.
    users: Mapping[int, str]
    # Goals that follow. There may be more if not all of them have been counted.
    more: int = 0
    has_counted_all: bool = True
    next_url: str | None = None

    @property
    def counts(self) -> list[tuple[State, int]]:
        """Return the states that occur, with the number of their goals."""
        counts = Counter(goal.state for goal in self.goals)
        return [(state, counts[state]) for state in STATES if counts[state]]

    @property
    def rest(self) -> str:
        if not self.more:
            return ""
        return f"… {'' if self.has_counted_all else 'at least '}{self.more:,} more"


class Item(NamedTuple):
    """A goal in nested lists.

    If it opens a list, the following items are its sub-goals. `closed` has an entry for
    each list that ends after the goal.
    """

    goal: PictureGoal
    opens_list: bool
    is_unfolded: bool
    # Its sub-goals are in a section of their own.
    is_continued: bool
    closed: range


@dataclass(frozen=True)
class Section:
    """Nested lists of goals, at the top of a user's tree or below another goal."""

    user: str
    parent_id: int | None
    path: str
    level: int
    items: list[Item]


def sections(picture: Picture, folded_level: int) -> list[Section]:
    """Nest the goals. Those below MAX_NESTING or without a parent begin a section."""
    below = by_place(picture.goals)
    shown = {goal.pk for goal in picture.goals}
    pending = [place for place in below if place[1] not in shown][::-1]
    result: list[Section] = []
    while pending:
        place = pending.pop()
        items = nested_items(below, place, folded_level)
        first = items[0].goal
        user = printable(picture.users.get(first.user_id, ""))
        result.append(Section(user, place[1], first.path, first.depth, items))
        continued = [item.goal for item in items if item.is_continued]
        pending += [(goal.user_id, goal.pk) for goal in continued[::-1]]
    return result


def by_place(goals: Iterable[PictureGoal]) -> dict[Place, list[PictureGoal]]:
    below: dict[Place, list[PictureGoal]] = defaultdict(list)
    for goal in goals:
        below[goal.place].append(goal)
    return dict(below)


def nested_items(
    below: Mapping[Place, list[PictureGoal]], place: Place, folded_level: int
) -> list[Item]:
    """Return the goals below a place in the order of nested lists."""
    items: list[Item] = []
    stack = [(goal, 1) for goal in below[place][::-1]]
    while stack:
        goal, level = stack.pop()
        sub_goals = below.get((goal.user_id, goal.pk), [])
        opens_list = bool(sub_goals) and level < MAX_NESTING
        if opens_list:
            stack += [(sub_goal, level + 1) for sub_goal in sub_goals[::-1]]
        next_level = stack[-1][1] if stack else 1
        items.append(
            Item(
                goal=goal,
                opens_list=opens_list,
                is_unfolded=goal.depth < folded_level,
                is_continued=bool(sub_goals) and not opens_list,
                closed=range(level - next_level),
            )
        )
    return items
