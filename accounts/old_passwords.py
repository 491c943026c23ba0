"""What is stored for a password that an old system stored, hashed or not."""

from __future__ import annotations

import base64
import re
from typing import NamedTuple

from django.contrib.auth.hashers import make_password

from accounts.hashers import WerkzeugHMACPasswordHasher

BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
PBKDF2 = re.compile(r"pbkdf2:(sha1|sha256|sha512):(\d{1,9})\$([^$]+)\$([0-9a-f]+)")
SCRYPT = re.compile(r"scrypt:(\d{1,9}):(\d{1,4}):(\d{1,4})\$([^$]+)\$([0-9a-f]{128})")
HMAC = re.compile(
    r"(?:md5\$[^$]*\$[0-9a-f]{32}|sha1\$[^$]*\$[0-9a-f]{40}|"
    r"sha256\$[^$]*\$[0-9a-f]{64}|sha512\$[^$]*\$[0-9a-f]{128})"
)
# The length of digests in bytes, by PBKDF2's hash function.
DIGEST_SIZES = {"sha1": 20, "sha256": 32, "sha512": 64}


class StoredPassword(NamedTuple):
    # For the column `User.password`.
    encoded: str
    # What the old system stored: `bcrypt`, `pbkdf2:sha1`, …, `plain text` or `none`.
    kind: str


def stored_password(old: str | None) -> StoredPassword:
    """Return what to store. Without a password, the user can only reset it.

    An empty text is no password: the old systems let anybody log in with it.
    """
    if not old:
        return StoredPassword(make_password(None), "none")
    return converted_hash(old) or StoredPassword(make_password(old), "plain text")


def converted_hash(old: str) -> StoredPassword | None:
    """Return the hash in Django's format; None if it isn't one of the old systems'."""
    if BCRYPT.fullmatch(old):
        return StoredPassword(f"bcrypt${old}", "bcrypt")
    if match := PBKDF2.fullmatch(old):
        return converted_pbkdf2(*match.groups())
    if match := SCRYPT.fullmatch(old):
        n, r, p, salt, digest = match.groups()
        encoded = f"scrypt${n}${salt}${r}${p}${base64_of(digest)}"
        return StoredPassword(encoded, f"scrypt:{n}:{r}:{p}")
    if HMAC.fullmatch(old):
        kind = f"{old.partition('$')[0]} (HMAC)"
        return StoredPassword(WerkzeugHMACPasswordHasher().wrap(old), kind)
    return None


def converted_pbkdf2(
    name: str, iterations: str, salt: str, digest: str
) -> StoredPassword | None:
    if len(digest) != 2 * DIGEST_SIZES[name]:
        return None
    encoded = f"pbkdf2_{name}${iterations}${salt}${base64_of(digest)}"
    return StoredPassword(encoded, f"pbkdf2:{name}")


def base64_of(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()
