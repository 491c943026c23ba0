"""Suggestions for mistyped names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: object, valid_names: Iterable[str]) -> str | None:
    """Return the valid name that is closest to a mistyped one, if any is close."""
    if not isinstance(name, str):
        return None
    closest = get_close_matches(name[:255], list(valid_names), n=1)
    return closest[0] if closest else None


def suggestion(name: object, valid_names: Iterable[str]) -> str:
    """Return `Did you mean "title"?`, or an empty text."""
    close_name = nearest(name, valid_names)
    return f'Did you mean "{close_name}"?' if close_name else ""
