"""Placeholders for the email addresses of users who have none.

Some old systems identified users by name only. Such a user logs in with an address as
`ada+over-achiever-2@imported.invalid`, which receives no email: no domain
ends in `.invalid`.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from django.utils.text import slugify

from accounts.normal_forms import normalize_email

PLACEHOLDER_DOMAIN = "imported.invalid"
MAX_ADDRESS_LENGTH = 254
# Characters that are replaced, such as those that Django's EmailValidator refuses.
FORBIDDEN = re.compile(r"[^a-z0-9_+.-]+|\.\.+")


def placeholder_address(local: str, source: str, old_id: object) -> str:
    """Return the placeholder of the user who has this ID in the old system `source`.

    `local` is the user's name there. The address is valid and in its normal form.
    """
    suffix = f"+{slugify(source)}-{slugify(str(old_id))}@{PLACEHOLDER_DOMAIN}"
    letters = normalize("NFKD", local).encode("ascii", "ignore").decode().lower()
    name = FORBIDDEN.sub("-", letters)[: MAX_ADDRESS_LENGTH - len(suffix)]
    return f"{name.strip('.-') or 'user'}{suffix}"


def is_placeholder(email: str) -> bool:
    return normalize_email(email).rpartition("@")[2] == PLACEHOLDER_DOMAIN


def is_real_address(email: str) -> bool:
    """Return whether it has both parts of an address and isn't a placeholder."""
    local, _, domain = email.rpartition("@")
    return bool(local and domain) and not is_placeholder(email)
