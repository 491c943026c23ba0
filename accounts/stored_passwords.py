"""Verifying passwords against stored hashes, of which any may be damaged."""

from __future__ import annotations

import logging
from typing import NamedTuple

from django.contrib.auth.hashers import (
    get_hashers,
    identify_hasher,
    is_password_usable,
    verify_password,
)

logger = logging.getLogger("quintet.accounts")


class Verification(NamedTuple):
    is_correct: bool
    # The preferred hasher would hash the password in another way.
    must_update: bool
    # The hasher can't work with the hash.
    is_damaged: bool = False


def verify(password: str, encoded: str, user_id: object) -> Verification:
    """Compare the password with a user's hash. Log the error of a damaged hash."""
    try:
        if is_password_usable(encoded):
            # Raises ValueError for an unknown algorithm; the next call returns False.
            identify_hasher(encoded)
        return Verification(*verify_password(password, encoded))
    # Hashers raise anything: damaged hashes have missing parts and absurd numbers.
    except Exception as exc:
        logger.error(
            "The stored password hash of user %s can't be verified (%s, %s). Let the "
            "user reset the password.",
            user_id,
            algorithm_of(encoded),
            type(exc).__name__,
        )
        return Verification(False, False, is_damaged=True)


def algorithm_of(encoded: str) -> str:
    """Return the name of a known algorithm. Any other text may be a password."""
    name = encoded.partition("$")[0]
    known = {hasher.algorithm for hasher in get_hashers()}
    return name if name in known else "unknown algorithm"
