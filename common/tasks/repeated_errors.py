"""Errors that repeat, of which the log needs one entry a minute."""

from __future__ import annotations

import time

LOG_INTERVAL = 60.0


class RepeatedErrors:
    """The time of the last log entry about each failing part."""

    def __init__(self) -> None:
        self.logged_at: dict[str, float] = {}

    def is_due(self, name: str) -> bool:
        """Return whether to log an error of this part now, and take it as logged."""
        now = time.monotonic()
        if now - self.logged_at.get(name, -LOG_INTERVAL * 2) < LOG_INTERVAL:
            return False
        self.logged_at[name] = now
        return True

    def forget(self, name: str) -> None:
        """Log the next error of this part: it works again."""
        self.logged_at.pop(name, None)
