"""Readiness checks: named functions that check if this process can serve requests.

They run in a thread with a database connection of its own, so that a database that
hangs delays a probe by `CHECK_TIMEOUT` at most. They run at most once per `RESULT_TTL`
seconds, so that any number of probes costs the database a single connection.
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

# A check returns a short error message, which is public, or an empty string.
Check = Callable[[], str]
Results = dict[str, str]
Causes = dict[str, Exception]

# The environment variable that names the file which a stopping web server creates.
STOPPING_FILE_VARIABLE = "QUINTET_STOPPING_FILE"


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return ""


def migrations() -> str:
    missing = latest_migrations() - set(
        MigrationRecorder(connection).applied_migrations()
    )
    names = ", ".join(sorted(f"{app}.{name}" for app, name in missing))
    return f"not applied: {names}" if missing else ""


@cache
def latest_migrations() -> frozenset[tuple[str, str]]:
    """Return the latest migration of each app, as found in the code at the start."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def is_stopping() -> bool:
    return os.path.exists(os.environ.get(STOPPING_FILE_VARIABLE, ""))


class Run:
    """One run of all checks, in a background thread."""

    def __init__(self, checks: dict[str, Check]) -> None:
        self.checks = checks
        self.started_at = time.monotonic()
        self.results: Results | None = None
        # The exceptions of checks; only the log has them, because results are public.
        self.causes: Causes = {}
        self.is_done = threading.Event()
        threading.Thread(target=self.run_checks, daemon=True).start()

    def run_checks(self) -> None:
        try:
            self.results = {
                name: self.run_check(name, check) for name, check in self.checks.items()
            }
        finally:
            connection.close()
            self.is_done.set()

    def run_check(self, name: str, check: Check) -> str:
        try:
            return check()
        except DatabaseError as exc:
            self.causes[name] = exc
            return "the database does not respond"
        except Exception as exc:
            self.causes[name] = exc
            return "the check failed with an error"

    def wait(self) -> Results:
        """Return the results, or an error for each check after `CHECK_TIMEOUT`."""
        deadline = self.started_at + CHECK_TIMEOUT
        self.is_done.wait(max(0.0, deadline - time.monotonic()))
        return self.results or dict.fromkeys(self.checks, "no response in time")

    @property
    def is_expired(self) -> bool:
        age = time.monotonic() - self.started_at
        return self.is_done.is_set() and age > RESULT_TTL


class Readiness:
    """The checks and the results of their latest run."""

    def __init__(self, checks: dict[str, Check]) -> None:
        self.checks = checks
        self.lock = threading.Lock()
        self.run: Run | None = None
        # The failing checks, and whether the log has their exception.
        self.failed: dict[str, bool] = {}

    def results(self, excluded: Collection[str] = ()) -> Results:
        """Return the error of each check, empty if it passes."""
        shutdown = "the server is shutting down" if is_stopping() else ""
        results = {} if set(self.checks) <= set(excluded) else self.latest_results()
        return results | {"shutdown": shutdown}

    def latest_results(self) -> Results:
        with self.lock:
            if self.run is None or self.run.is_expired:
                self.run = Run(self.checks)
            run = self.run
        results = run.wait()
        self.log_changes(results, dict(run.causes))
        return results

    def log_changes(self, results: Results, causes: Causes) -> None:
        """Log when a check starts to fail and when it recovers, once for each.

        A check that first runs out of time and then raises is logged twice.
        """
        failing = {name for name, error in results.items() if error}
        with self.lock:
            before = self.failed
            self.failed = {
                name: before.get(name, False) or name in causes for name in failing
            }
            new = {name for name in failing if before.get(name) != self.failed[name]}
        for name in sorted(new):
            log_failure(name, results[name], causes.get(name))
        for name in sorted(before.keys() - failing):
            logger.warning("%s check has recovered", name)


def log_failure(name: str, error: str, cause: Exception | None) -> None:
    """Log a failing check; a bug in a check with its traceback."""
    if isinstance(cause, DatabaseError):
        logger.error("%s check fails: %s: %s", name, error, cause)
    else:
        logger.error("%s check fails: %s", name, error, exc_info=cause)
