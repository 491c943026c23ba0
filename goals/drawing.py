"""The goals as an SVG picture that loads nothing else."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from django.http import HttpResponse
from django.template.loader import render_to_string

from common.http.conditional import digest, etag_of
from common.http.policies import POLICY_HEADER, policy_for_style
from goals.pictures import DONE, Picture, PictureGoal, printable
from goals.schema import SVG

# Sizes in pixels.
ROW, INDENT, MARGIN, LETTER = 26, 22, 16, 8
TOP, LEGEND, MIN_WIDTH = 84, 130, 360
# Deeper goals are not indented further, but show their level.
MAX_INDENTS = 24
MAX_LETTERS = 48


class Line(NamedTuple):
    """A user or a goal in its row of the picture."""

    x: int
    y: int
    name: str
    # The whole name, the state and what else is known.
    title: str
    # The text after the name.
    note: str = ""
    goal: PictureGoal | None = None
    # The path of the connection with the goal above.
    branch: str = ""

    @property
    def width(self) -> int:
        return self.x + 24 + text_width(self.name) + text_width(self.note)


def svg_response(picture: Picture, page_url: str) -> HttpResponse:
    context = {"page_url": page_url, "style": style(), **drawing_of(picture)}
    content = render_to_string("goals/goals.svg", context).encode()
    headers = {
        POLICY_HEADER: policy_for_style(style()),
        "ETag": etag_of(digest(content)),
    }
    return HttpResponse(content, content_type=SVG, headers=headers)


def drawing_of(picture: Picture) -> dict[str, object]:
    """Return the sizes and the contents of the picture."""
    lines = list(lines_of(picture))
    legend = [
        (MARGIN + index * LEGEND, state, count)
        for index, (state, count) in enumerate(picture.counts)
    ]
    widths = [MIN_WIDTH, len(legend) * LEGEND, *(line.width for line in lines)]
    rest_y = TOP + (len(lines) + 1) * ROW
    return {
        "picture": picture,
        "lines": lines,
        "legend": legend,
        "width": max(widths) + MARGIN,
        "height": rest_y + (bool(picture.more) or not lines) * ROW,
        "rest_y": rest_y,
    }


@cache
def style() -> str:
    return render_to_string("goals/picture.css")


def lines_of(picture: Picture) -> Iterator[Line]:
    """Yield a line for each goal, and one for the user above the user's goals."""
    # By goal; 0 is the user.
    rows: dict[int, int] = {}
    user_id = None
    y = TOP
    for goal in picture.goals:
        if goal.user_id != user_id:
            user_id = goal.user_id
            y += ROW
            rows[0] = y
            name = printable(picture.users.get(user_id, ""))
            yield Line(MARGIN, y, shortened(name), f"Goals of {name}")
        y += ROW
        rows[goal.pk] = y
        yield goal_line(goal, y, rows.get(goal.parent_id or 0))


def goal_line(goal: PictureGoal, y: int, parent_y: int | None) -> Line:
    note = note_of(goal)
    return Line(
        x=x_of(goal.depth),
        y=y,
        name=shortened(goal.name),
        title=f"{goal.name} ({goal.state.label}{note})",
        note=note,
        goal=goal,
        branch=branch_of(goal, y, parent_y),
    )


def x_of(depth: int) -> int:
    return MARGIN + min(depth, MAX_INDENTS) * INDENT


def branch_of(goal: PictureGoal, y: int, parent_y: int | None) -> str:
    """Return the path from the symbol above to this goal's symbol."""
    x = x_of(goal.depth)
    if goal.depth > MAX_INDENTS:
        # The goals are below each other.
        return f"M{x} {y - ROW + 8}V{y - 8}"
    start = y - ROW + 8 if parent_y is None else parent_y + 8
    return f"M{x_of(goal.depth - 1)} {start}V{y}H{x - 8}"


def note_of(goal: PictureGoal) -> str:
    notes = []
    if goal.due and goal.state != DONE:
        notes.append(f"due {goal.due}")
    if goal.progress is not None:
        notes.append(f"sub-goals {goal.progress} % done")
    if goal.depth > MAX_INDENTS:
        notes.append(f"level {goal.depth}")
    return "".join(f", {note}" for note in notes)


def shortened(name: str) -> str:
    return name if len(name) <= MAX_LETTERS else f"{name[:MAX_LETTERS]}…"


def text_width(text: str) -> int:
    """Return about how wide a text is."""
    if text.isascii():
        return len(text) * LETTER
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return (len(text) + wide) * LETTER
