"""Numbers of rows, and the values that rows are made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# Users with goals. The last one has MANY_GOALS.
PLANNERS, GOALS, MANY_GOALS = 101, 100, 1000
# IDs of the users who own what a benchmark writes, and of those who can read actors.
OWNERS = range(PLANNERS + 1, PLANNERS + 21)
ASSISTANTS = range(OWNERS.stop, OWNERS.stop + 20)
START = datetime(2020, 1, 1, tzinfo=UTC)
WORDS = ["Anchor", "Bell", "Compass", "Deck", "Ebb", "Fog", "Gale", "Harbour"]
# Primes that spread related rows evenly, without random numbers.
STEP, STRIDE = 7919, 104_729


def word(number: int) -> str:
    return WORDS[number % len(WORDS)]


def moment(number: int) -> datetime:
    return START + timedelta(minutes=number)
