"""The agency's roles, which are groups of accounts."""

from __future__ import annotations

ROLES = ["casting assistant", "casting director", "executive producer"]


def find_role(text: str) -> str | None:
    """The role by its name, or by the last word of it, in any case."""
    wanted = " ".join(text.lower().replace("-", " ").split())
    for role in ROLES:
        if wanted in {role, role.rpartition(" ")[2]}:
            return role
    return None
