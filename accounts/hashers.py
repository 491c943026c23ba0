"""Hashers of the passwords that the old systems stored.

`accounts/old_passwords.py` chooses a hasher for each of their formats. When a user logs
in, Django hashes the password again by the preferred hasher.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

import bcrypt
from django.contrib.auth import hashers
from django.core.cache import cache as shared_cache
from django.utils.crypto import get_random_string

from accounts.models import OldPassword, User

HASH_COUNTS_CACHE_KEY = "accounts.hash-counts"
HASH_COUNTS_TTL = 300


class BCryptPasswordHasher(hashers.BCryptPasswordHasher):
    """Hasher that verifies the bcrypt hashes of the old systems.

    They ignored all but the first 72 bytes of a password. Today's library refuses
    longer passwords instead of truncating them. With BCRYPT_HANDLE_LONG_PASSWORDS,
    Flask-Bcrypt hashed the hexadecimal SHA-256 of the password instead, and the result
    looks the same. So both are tried.
    """

    def encode(self, password: str, salt: bytes) -> str:  # type: ignore[override]
        data = bcrypt.hashpw(password.encode()[:72], salt)
        return f"{self.algorithm}${data.decode('ascii')}"

    def verify(self, password: str, encoded: str) -> bool:
        digest = hashlib.sha256(password.encode()).hexdigest()
        # Verify both, so that the duration doesn't reveal the format.
        is_plain = super().verify(password, encoded)
        return super().verify(digest, encoded) or is_plain

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Compute what two verifications lack, for `verify()` tries twice."""
        for _ in range(2):
            super().harden_runtime(password, encoded)


class PBKDF2SHA512PasswordHasher(hashers.PBKDF2PasswordHasher):
    algorithm = "pbkdf2_sha512"
    digest = hashlib.sha512


class ScryptPasswordHasher(hashers.ScryptPasswordHasher):
    """Hasher with the memory that Werkzeug's parameters, 32768:8:1, need."""

    maxmem = 2**27


class WerkzeugHMACPasswordHasher(hashers.BasePasswordHasher):
    """An HMAC by Werkzeug, such as `sha1$salt$digest`, hashed by Argon2.

    HMACs are quick to guess, so that only their Argon2 hash is stored:
    `werkzeug_hmac$sha1$salt$argon2$…`.
    """

    algorithm = "werkzeug_hmac"
    default_digest = "sha1"

    def encode(self, password: str, salt: str) -> str:
        digest = werkzeug_hmac(password, self.default_digest, salt)
        return self.wrap(f"{self.default_digest}${salt}${digest}")

    def wrap(self, werkzeug_hash: str) -> str:
        """Return what is stored for a hash in Werkzeug's format."""
        name, salt, digest = werkzeug_hash.split("$")
        argon2 = hashers.Argon2PasswordHasher()
        inner = argon2.encode(digest, argon2.salt())
        return f"{self.algorithm}${name}${salt}${inner}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, name, salt, inner = encoded.split("$", 3)
        return {"algorithm": algorithm, "digest": name, "salt": salt, "hash": inner}

    def verify(self, password: str, encoded: str) -> bool:
        parts = self.decode(encoded)
        digest = werkzeug_hmac(password, parts["digest"], parts["salt"])
        return hashers.Argon2PasswordHasher().verify(digest, parts["hash"])

    def safe_summary(self, encoded: str) -> Any:
        parts = self.decode(encoded)
        return {
            "algorithm": parts["algorithm"],
            "digest": parts["digest"],
            "salt": hashers.mask_hash(parts["salt"]),
            "hash": hashers.mask_hash(parts["hash"]),
        }

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Do nothing: Argon2 takes as long as for the preferred hasher."""


def werkzeug_hmac(password: str, digest: str, salt: str) -> str:
    """Return the hexadecimal HMAC; without a salt, Werkzeug stored a plain digest."""
    if salt:
        return hmac.new(salt.encode(), password.encode(), digest).hexdigest()
    return hashlib.new(digest, password.encode()).hexdigest()


def equalize_duration(password: str, verified: Sequence[str]) -> None:
    """Compute what verifying the password against these hashes did not compute.

    A failed login then takes equally long for all accounts, and without an account: as
    many hashes by each hasher as any account needs, see `hash_counts()`.
    """
    preferred, *others = hashers.get_hashers()
    missing = Counter(hash_counts())
    missing.subtract(map(algorithm_of, verified))
    for _ in range(missing[str(preferred.algorithm)]):
        preferred.encode(password, preferred.salt())
    for hasher in others:
        for encoded in verified:
            if algorithm_of(encoded) == hasher.algorithm:
                hasher.harden_runtime(password, encoded)
        for _ in range(missing[str(hasher.algorithm)]):
            hasher.verify(password, unknown_hash(hasher))


def algorithm_of(encoded: str) -> str:
    return encoded.partition("$")[0]


def hash_counts() -> dict[str, int]:
    """Return how many hashes one account has at most, by algorithm.

    At least one by the preferred hasher, which a login without an account computes.
    """
    counts: dict[str, int] | None = shared_cache.get(HASH_COUNTS_CACHE_KEY)
    if counts is None:
        counts = count_hashes()
        shared_cache.set(HASH_COUNTS_CACHE_KEY, counts, HASH_COUNTS_TTL)
    return counts


def count_hashes() -> dict[str, int]:
    preferred, *others = (str(each.algorithm) for each in hashers.get_hashers())
    counts = OldPassword.objects.max_hashes([preferred, *others])
    counts[preferred] = max(counts[preferred], 1)
    for name in others:
        counts[name] = counts[name] or int(is_in_use(name))
    return counts


def is_in_use(algorithm: str) -> bool:
    return bool(User.objects.filter(password__startswith=f"{algorithm}$").exists())


@cache
def unknown_hash(hasher: hashers.BasePasswordHasher) -> str:
    """Return a hash that no password of a user has, to fail like a stored one."""
    return hasher.encode(get_random_string(40), hasher.salt())
