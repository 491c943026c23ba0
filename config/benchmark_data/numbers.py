"""How many rows there are, and what they are made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# The last of them has a thousand goals, the others a hundred.
PLANNERS, GOALS, MANY_GOALS = 101, 100, 1000
# Ids of the users who own what a benchmark writes, and of those who may read actors.
OWNERS = range(PLANNERS + 1, PLANNERS + 21)
ASSISTANTS = range(OWNERS.stop, OWNERS.stop + 20)
START = datetime(2020, 1, 1, tzinfo=UTC)
WORDS = ["Anchor", "Bell", "Compass", "Deck", "Ebb", "Fog", "Gale", "Harbour"]
# Primes, which spread relatives evenly without a random number.
STEP, STRIDE = 7919, 104_729


def word(number: int) -> str:
    return WORDS[number % len(WORDS)]


def moment(number: int) -> datetime:
    return START + timedelta(minutes=number)
