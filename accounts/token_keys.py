from __future__ import annotations

import hashlib


def token_key(secret_key: str) -> str:
    """Return the key that signs tokens.

    It isn't the secret key itself, which signs cookies and links in emails.
    """
    return hashlib.sha256(f"quintet.tokens:{secret_key}".encode()).hexdigest()
