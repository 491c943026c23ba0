"""Bars of charts, as numbers for templates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# Sizes of a column chart, in the units of its viewBox.
HEIGHT, STEP, GAP = 60, 20, 4


@dataclass(frozen=True)
class Bar:
    """A number with its label and the list that it counts."""

    label: str
    count: int
    url: str
    # Place and size in the chart.
    x: float
    y: float
    width: float
    height: float


# Label, count and URL of each bar.
Numbers = Iterable[tuple[str, int, str]]


def columns(numbers: Numbers) -> list[Bar]:
    """Return upright bars from left to right."""
    rows = list(numbers)
    most = max((count for _, count, _ in rows), default=0)
    bars = []
    for place, (label, count, url) in enumerate(rows):
        height = share(count, most) * HEIGHT
        left = place * STEP + GAP / 2
        bars.append(Bar(label, count, url, left, HEIGHT - height, STEP - GAP, height))
    return bars


def lines(numbers: Numbers) -> list[Bar]:
    """Return lying bars, each for a chart of its own whose width is 100."""
    rows = list(numbers)
    most = max((count for _, count, _ in rows), default=0)
    return [
        Bar(label, count, url, 0, 0, share(count, most) * 100, 10)
        for label, count, url in rows
    ]


def share(count: int, most: int) -> float:
    return round(count / most, 4) if most else 0
