from __future__ import annotations

from typing import Any

from django.contrib.auth import hashers


class BCryptPasswordHasher(hashers.BCryptPasswordHasher):
    """Reads the bcrypt hashes of the old systems.

    They saw the first 72 bytes of a password only; today's library refuses longer
    ones instead of cutting them.
    """

    def encode(self, password: str, salt: Any) -> str:
        bcrypt = self._load_library()  # type: ignore[attr-defined]
        data = bcrypt.hashpw(password.encode()[:72], salt)
        return f"{self.algorithm}${data.decode('ascii')}"
