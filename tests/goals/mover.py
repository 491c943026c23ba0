"""Moves goals, as one of several processes that do so concurrently.

`python -m tests.goals.mover SEED NUMBER` prints `ready`, waits for a line, and prints
how many moves were refused and how many cycles it saw.
"""

from __future__ import annotations

import random
import sys

import django


def move(seed: int, number: int) -> tuple[int, int]:
    """Return the numbers of refused moves and of cycles."""
    from common.http.errors import Conflict
    from goals.models import Goal
    from goals.services import change_goal

    chance = random.Random(seed)
    goals = list(Goal.objects.select_related("user"))
    refused = cycles = 0
    for _ in range(number):
        goal, parent = chance.sample(goals, 2)
        try:
            change_goal(goal=goal, parent=chance.choice([parent.pk, parent.pk, None]))
        except Conflict:
            refused += 1
        top = Goal.objects.line(goal.pk)[0]
        cycles += top.parent_id is not None
    return refused, cycles


if __name__ == "__main__":
    django.setup()
    print("ready", flush=True)
    sys.stdin.readline()
    print(*move(int(sys.argv[1]), int(sys.argv[2])))
