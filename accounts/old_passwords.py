"""Conversion of the passwords that the old systems stored, hashed or not."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils.crypto import get_random_string

from accounts.hashers import WerkzeugHMACPasswordHasher

# Their salts are short enough for the column `User.password`.
BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
PBKDF2 = re.compile(r"pbkdf2:(sha1|sha256|sha512):(\d{1,9})\$([^$]{1,99})\$([0-9a-f]+)")
SCRYPT = re.compile(
    r"scrypt:(\d{1,9}):(\d{1,4}):(\d{1,4})\$([^$]{1,99})\$([0-9a-f]{128})"
)
HMAC = re.compile(
    r"(?:md5\$[^$]{0,99}\$[0-9a-f]{32}|sha1\$[^$]{0,99}\$[0-9a-f]{40}|"
    r"sha256\$[^$]{0,99}\$[0-9a-f]{64}|sha512\$[^$]{0,99}\$[0-9a-f]{128})"
)
# The length of digests in bytes, by PBKDF2's hash function.
DIGEST_SIZES = {"sha1": 20, "sha256": 32, "sha512": 64}

QUICK_ITERATIONS = 100_000
NONE, PLAIN_TEXT = "none", "plain text"
# A text that isn't any of these formats, but isn't what people choose as a password.
PLAIN_TEXT_LIKE_A_HASH = "plain text like a hash"
LIKE_A_HASH = re.compile(
    r"(?:pbkdf2|scrypt|bcrypt|argon2|md5|sha\d+|plain)[\w:]*\$.*|\$\w+\$.*|"
    r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128}",
    re.DOTALL,
)


class StoredPassword(NamedTuple):
    # For the column `User.password`.
    encoded: str
    # Kind of the stored password: `bcrypt`, `pbkdf2:sha1`, …, `plain text` or `none`.
    kind: str


class OldHash(NamedTuple):
    """A hash of an old system: its kind, and what makes it one in Django's format."""

    kind: str
    convert: Callable[[], str]


def stored_password(old: str | None) -> StoredPassword:
    """Return what to store. Without a password, the user can only reset it.

    An empty text is no password: in the old systems, it let anyone log in.
    """
    # No one knows this one. An unusable password would rule out a reset.
    password = old or get_random_string(40)
    found = old_hash(password)
    encoded = found.convert() if found else quick_hash(password)
    return StoredPassword(encoded, kind_of(old))


def quick_hash(password: str) -> str:
    """Return a hash that takes a fraction of the usual time; a login renews it.

    With Argon2, thousands of plain-text passwords would take hours.
    """
    hasher = PBKDF2PasswordHasher()
    return hasher.encode(password, hasher.salt(), QUICK_ITERATIONS)


def stored_passwords_of(old: Iterable[str | None]) -> list[str]:
    """Return what to store for each password, hashed in parallel threads."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [stored.encoded for stored in pool.map(stored_password, old)]


def kind_of(old: str | None) -> str:
    """Return the kind of `stored_password()`, without hashing anything."""
    if not old:
        return NONE
    if found := old_hash(old):
        return found.kind
    return PLAIN_TEXT_LIKE_A_HASH if LIKE_A_HASH.fullmatch(old) else PLAIN_TEXT


def old_hash(old: str) -> OldHash | None:
    """Return the hash, or None if it isn't one of the old systems'."""
    if BCRYPT.fullmatch(old):
        return OldHash("bcrypt", lambda: f"bcrypt${old}")
    if match := PBKDF2.fullmatch(old):
        return old_pbkdf2(*match.groups())
    if match := SCRYPT.fullmatch(old):
        return old_scrypt(*match.groups())
    if HMAC.fullmatch(old):
        kind = f"{old.partition('$')[0]} (HMAC)"
        return OldHash(kind, lambda: WerkzeugHMACPasswordHasher().wrap(old))
    return None


def old_pbkdf2(name: str, iterations: str, salt: str, digest: str) -> OldHash | None:
    if len(digest) != 2 * DIGEST_SIZES[name]:
        return None
    return OldHash(
        f"pbkdf2:{name}",
        lambda: f"pbkdf2_{name}${iterations}${salt}${base64_of(digest)}",
    )


def old_scrypt(n: str, r: str, p: str, salt: str, digest: str) -> OldHash:
    return OldHash(
        f"scrypt:{n}:{r}:{p}",
        lambda: f"scrypt${n}${salt}${r}${p}${base64_of(digest)}",
    )


def base64_of(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()
