from __future__ import annotations

from typing import Any

import bcrypt
from django.contrib.auth import hashers
from django.core.cache import cache

from accounts.models import User

OLD_HASHERS = "accounts.old-hashers"
OLD_HASHERS_SECONDS = 300


class BCryptPasswordHasher(hashers.BCryptPasswordHasher):
    """Reads the bcrypt hashes of the old systems.

    They saw the first 72 bytes of a password only; today's library refuses longer
    ones instead of cutting them.
    """

    def encode(self, password: str, salt: Any) -> str:
        data = bcrypt.hashpw(password.encode()[:72], salt)
        return f"{self.algorithm}${data.decode('ascii')}"


def even_out(password: str, encoded: str) -> None:
    """Computes what checking a password against this hash did not.

    A refusal then takes as long for any account, also for none: one hash by the
    present algorithm, and one by each old algorithm that some account still has.
    """
    preferred, *others = hashers.get_hashers()
    own = encoded.partition("$")[0]
    names = {hasher.algorithm for hasher in old_hashers()} - {own}
    for hasher in others:
        if hasher.algorithm == own:
            hasher.harden_runtime(password, encoded)
            preferred.encode(password, preferred.salt())
        elif hasher.algorithm in names:
            hasher.encode(password, hasher.salt())


def old_hashers() -> list[Any]:
    """The hashers, but for the preferred one, that made somebody's password hash."""
    names = cache.get(OLD_HASHERS)
    if names is None:
        _, *others = hashers.get_hashers()
        names = [other.algorithm for other in others if is_in_use(other.algorithm)]
        cache.set(OLD_HASHERS, names, OLD_HASHERS_SECONDS)
    return [hashers.get_hasher(name) for name in names]


def is_in_use(algorithm: str | None) -> bool:
    return User.objects.filter(password__startswith=f"{algorithm}$").exists()
