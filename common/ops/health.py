"""Whether this process may be sent requests: named checks, asked in a moment.

The checks run in a thread of their own with a connection of its own, so that a database
that hangs costs a probe no more than `CHECK_TIMEOUT`. They run at most once in
`RESULT_TTL` seconds, so that any number of probes costs the database one connection.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection
from functools import cache

from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

logger = logging.getLogger("quintet.health")

CHECK_TIMEOUT = 1.0
RESULT_TTL = 1.0

# A check returns what is wrong in a few words for anybody's eyes, or nothing.
Check = Callable[[], str]
Results = dict[str, str]

# Names a file that the web server makes when it is about to stop.
STOPPING = "QUINTET_STOPPING_FILE"


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return ""


def migrations() -> str:
    missing = newest_migrations() - set(
        MigrationRecorder(connection).applied_migrations()
    )
    names = ", ".join(sorted(f"{app}.{name}" for app, name in missing))
    return f"not applied: {names}" if missing else ""


@cache
def newest_migrations() -> frozenset[tuple[str, str]]:
    """Each app's last one, as the code has it; that does not change while it runs."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def is_stopping() -> bool:
    return os.path.exists(os.environ.get(STOPPING, ""))


class Run:
    """One run through all checks, in the background."""

    def __init__(self, checks: dict[str, Check]) -> None:
        self.checks = checks
        self.started = time.monotonic()
        self.results: Results | None = None
        self.is_done = threading.Event()
        threading.Thread(target=self.go_through, daemon=True).start()

    def go_through(self) -> None:
        try:
            self.results = {name: verdict(ask) for name, ask in self.checks.items()}
        finally:
            connection.close()
            self.is_done.set()

    def outcome(self) -> Results:
        """What was found, or that nothing was in time."""
        self.is_done.wait(max(0.0, self.started + CHECK_TIMEOUT - time.monotonic()))
        return self.results or dict.fromkeys(self.checks, "no answer in time")

    @property
    def is_over(self) -> bool:
        return self.is_done.is_set() and time.monotonic() > self.started + RESULT_TTL


def verdict(ask: Check) -> str:
    try:
        return ask()
    except DatabaseError:
        return "the database does not answer"
    except Exception:
        logger.exception("A readiness check broke.")
        return "the check broke"


class Readiness:
    """The latest run's results."""

    def __init__(self, checks: dict[str, Check]) -> None:
        self.checks = checks
        self.lock = threading.Lock()
        self.run: Run | None = None
        self.failed: frozenset[str] = frozenset()

    def results(self, excluded: Collection[str] = ()) -> Results:
        is_ending = "the server is stopping" if is_stopping() else ""
        found = {} if set(self.checks) <= set(excluded) else self.checked()
        return found | {"shutdown": is_ending}

    def checked(self) -> Results:
        with self.lock:
            if self.run is None or self.run.is_over:
                self.run = Run(self.checks)
            run = self.run
        found = run.outcome()
        self.tell_changes(found)
        return found

    def tell_changes(self, results: Results) -> None:
        """One line when a check begins or ceases to fail, however often it is asked."""
        failed = frozenset(name for name, reason in results.items() if reason)
        with self.lock:
            begun, ended = failed - self.failed, self.failed - failed
            self.failed = failed
        for name in sorted(begun):
            logger.error("%s fails: %s", name, results[name])
        for name in sorted(ended):
            logger.warning("%s is well again", name)
