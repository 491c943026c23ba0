"""Health checks of the primary and of the replicas in DATABASE_REPLICA_URL.

One thread per database checks every second if it responds and keeps up, so that
requests never wait for it.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from typing import Any, Self

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db import Error as DatabaseError

from config.deadlines import deadline

logger = logging.getLogger("quintet.replicas")

CHECK_INTERVAL = 1.0
CHECK_TIMEOUT = 1.0
# A database that takes no connection delays its check, so its last result must expire.
RESULT_TTL = 2.0
# The primary is down after this number of failed checks in a row.
MAX_FAILURES = 2
NO_RESPONSE = "it does not respond"
# A replica that has replayed all it received isn't behind while it is connected.
SECONDS_BEHIND = """
SELECT CASE
    WHEN NOT pg_is_in_recovery() THEN 0
    WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
        AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
    ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
END
"""


class WatchedDatabase:
    """A database that a thread checks every second."""

    statement = "SELECT 1"

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.watch = threading.Thread()
        self.lock = threading.Lock()

    def start_watch(self) -> Self:
        """Start the thread unless it runs, and return the database."""
        # A forked process has none of its parent's threads.
        with self.lock:
            if not self.watch.is_alive():
                self.watch = threading.Thread(target=self.run_checks, daemon=True)
                self.watch.start()
        return self

    def run_checks(self) -> None:
        while True:
            self.check()
            time.sleep(CHECK_INTERVAL)

    def check(self) -> None:
        """Run the statement, and take its result or the failure."""
        try:
            with (
                deadline(self.alias, CHECK_TIMEOUT),
                connections[self.alias].cursor() as cursor,
            ):
                cursor.execute(self.statement)
                (value,) = cursor.fetchone()
        except DatabaseError:
            connections[self.alias].close()
            self.take_failure()
        else:
            self.take_result(value)

    def take_result(self, value: Any) -> None:
        raise NotImplementedError

    def take_failure(self) -> None:
        raise NotImplementedError


class Primary(WatchedDatabase):
    """The primary, which is down after several failed checks."""

    failures = 0

    @property
    def is_down(self) -> bool:
        return self.failures >= MAX_FAILURES

    def take_result(self, value: Any) -> None:
        if self.is_down:
            logger.warning("The primary responds again")
        self.failures = 0

    def take_failure(self) -> None:
        self.failures += 1
        if self.failures == MAX_FAILURES:
            logger.error("The primary does not respond: only replicas are read")


class Replica(WatchedDatabase):
    """A replica and the result of its latest check."""

    statement = SECONDS_BEHIND

    def __init__(self, alias: str) -> None:
        super().__init__(alias)
        self.error = "not checked yet"
        # When it responded, and the latest time whose data it is known to have.
        self.responded_at = self.current_at = -math.inf

    @property
    def responds(self) -> bool:
        return time.monotonic() - self.responded_at < RESULT_TTL

    @property
    def is_healthy(self) -> bool:
        return self.responds and not self.error

    @property
    def age(self) -> float:
        """Return the maximum age of its data in seconds."""
        return time.monotonic() - self.current_at

    @property
    def can_replace_primary(self) -> bool:
        """Return whether it may be read while the primary is down."""
        return self.responds and self.age <= settings.QUINTET_REPLICA_OUTAGE_SECONDS

    def skip(self) -> None:
        """Treat the replica as unhealthy until the next check."""
        self.responded_at = -math.inf

    def take_result(self, value: Any) -> None:
        now = self.responded_at = time.monotonic()
        if value is None:
            self.set_error("it has not replayed any transaction yet")
            return
        seconds = float(value)
        # Without its primary, it returns the age of the last change, which may be long
        # ago. It has all data as of the last check that found nothing missing.
        self.current_at = max(self.current_at, now - seconds)
        is_late = seconds > settings.QUINTET_REPLICA_LAG_SECONDS
        self.set_error(f"it is {seconds:.0f} s behind" if is_late else "")

    def take_failure(self) -> None:
        self.responded_at = self.current_at = -math.inf
        self.set_error(NO_RESPONSE)

    def set_error(self, error: str) -> None:
        if error and not self.error:
            logger.warning("%s is skipped: %s", self.alias, error)
        if self.error and not error:
            logger.info("%s is used", self.alias)
        self.error = error

    def __str__(self) -> str:
        """Return a line of `/readyz?verbose`, where a replica can't fail."""
        if self.is_healthy:
            return f"[+]{self.alias} ok"
        return f"[ ]{self.alias} skipped: {self.error or NO_RESPONSE}"


PRIMARY = Primary(DEFAULT_DB_ALIAS)
REPLICAS = [Replica(alias) for alias in settings.DATABASES if alias != DEFAULT_DB_ALIAS]


def watched_replicas() -> list[Replica]:
    """Return all replicas, each with a running watch."""
    return [replica.start_watch() for replica in REPLICAS]


def is_primary_down() -> bool:
    return PRIMARY.start_watch().is_down
