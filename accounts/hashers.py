from __future__ import annotations

import bcrypt
from django.contrib.auth import hashers
from django.core.cache import cache

from accounts.models import User

OLD_HASHERS_CACHE_KEY = "accounts.old-hashers"
OLD_HASHERS_TTL = 300


class BCryptPasswordHasher(hashers.BCryptPasswordHasher):
    """Verifies the bcrypt hashes of the old systems.

    They ignored all but the first 72 bytes of a password. Today's library refuses
    longer passwords instead of truncating them.
    """

    def encode(self, password: str, salt: bytes) -> str:  # type: ignore[override]
        data = bcrypt.hashpw(password.encode()[:72], salt)
        return f"{self.algorithm}${data.decode('ascii')}"


def equalize_duration(password: str, encoded: str) -> None:
    """Compute what verifying the password against this hash did not compute.

    A failed login then takes equally long for all accounts, and without an account:
    one hash by the preferred hasher, and one by each other hasher that is in use.
    """
    preferred, *others = hashers.get_hashers()
    algorithm = encoded.partition("$")[0]
    names = {hasher.algorithm for hasher in old_hashers()} - {algorithm}
    for hasher in others:
        if hasher.algorithm == algorithm:
            hasher.harden_runtime(password, encoded)
            preferred.encode(password, preferred.salt())
        elif hasher.algorithm in names:
            hasher.encode(password, hasher.salt())


def old_hashers() -> list[hashers.BasePasswordHasher]:
    """Return the hashers of stored passwords, except the preferred one."""
    names = cache.get(OLD_HASHERS_CACHE_KEY)
    if names is None:
        _, *others = hashers.get_hashers()
        names = [other.algorithm for other in others if is_in_use(other.algorithm)]
        cache.set(OLD_HASHERS_CACHE_KEY, names, OLD_HASHERS_TTL)
    return [hashers.get_hasher(name) for name in names]


def is_in_use(algorithm: str | None) -> bool:
    return bool(User.objects.filter(password__startswith=f"{algorithm}$").exists())
