"""Accounts with goals and bucket lists, and the accounts that send requests."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.models import Group
from django.db.models import Model

from accounts.models import User
from benchmarks.data.numbers import (
    ASSISTANTS,
    GOALS,
    MANY_GOALS,
    OWNERS,
    PLANNERS,
    START,
    STEP,
    STRIDE,
)
from bucketlists.models import Bucketlist
from goals.models import Goal

MAX_DEPTH = 8
BUCKETLISTS = 5000
UNUSABLE = "!"


def tables() -> Iterator[tuple[type[Model], Iterator[Model]]]:
    yield User, (account(number) for number in range(1, ASSISTANTS.stop))
    yield User.groups.through, roles()
    yield Bucketlist, (bucketlist(number) for number in range(1, BUCKETLISTS + 1))
    yield Goal, (goal for user in range(1, PLANNERS + 1) for goal in tree(user))


def account(number: int) -> User:
    name = f"{occupation(number)}-{number}"
    email = f"{name}@example.com"
    return User(id=number, name=name, email=email, password=UNUSABLE, date_joined=START)


def occupation(number: int) -> str:
    if number in OWNERS:
        return "owner"
    return "assistant" if number in ASSISTANTS else "planner"


def roles() -> Iterator[Model]:
    for group in Group.objects.filter(name="casting assistant"):
        for number in ASSISTANTS:
            yield User.groups.through(user_id=number, group_id=group.pk)


def bucketlist(number: int) -> Bucketlist:
    owner = number % PLANNERS + 1
    return Bucketlist(id=number, name=f"Wishes {number}", created_by_id=owner)


def tree(user: int) -> Iterator[Goal]:
    """Yield the goals of a user, each of them a root or below an earlier goal."""
    before, depths = (user - 1) * GOALS, [0]
    for number in range(1, (MANY_GOALS if user == PLANNERS else GOALS) + 1):
        above = (number * STRIDE + user * STEP) % number
        above = above if depths[above] < MAX_DEPTH else 0
        depths.append(depths[above] + 1)
        yield Goal(
            id=before + number,
            user_id=user,
            parent_id=before + above if above else None,
            name=f"Goal number {number}",
            start=START,
        )
