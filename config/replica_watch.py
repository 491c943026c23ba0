"""Health checks of the replicas in DATABASE_REPLICA_URL.

One thread per replica checks every second if it responds and keeps up, so that requests
never wait for it.
"""

from __future__ import annotations

import logging
import math
import threading
import time

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db import Error as DatabaseError

logger = logging.getLogger("quintet.replicas")

CHECK_INTERVAL = 1.0
# A check that hangs isn't repeated, so its last result must expire soon.
RESULT_TTL = 3.0
# A replica that has replayed all it received isn't behind while it is connected.
SECONDS_BEHIND = """
SELECT CASE
    WHEN NOT pg_is_in_recovery() THEN 0
    WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
        AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
    ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
END
"""


class Replica:
    """A replica and the result of its latest check."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.error = "not checked yet"
        self.healthy_at = -math.inf
        self.watch = threading.Thread()
        self.lock = threading.Lock()

    @property
    def is_healthy(self) -> bool:
        return time.monotonic() - self.healthy_at < RESULT_TTL

    def skip(self) -> None:
        """Treat the replica as unhealthy until the next check."""
        self.healthy_at = -math.inf

    def start_watch(self) -> Replica:
        """Start the thread unless it runs, and return the replica."""
        # A forked process has none of its parent's threads.
        with self.lock:
            if not self.watch.is_alive():
                self.watch = threading.Thread(target=self.run_checks, daemon=True)
                self.watch.start()
        return self

    def run_checks(self) -> None:
        while True:
            self.set_result(self.find_error())
            time.sleep(CHECK_INTERVAL)

    def find_error(self) -> str:
        """Return what is wrong with the replica; empty if it can be used."""
        try:
            with connections[self.alias].cursor() as cursor:
                cursor.execute(SECONDS_BEHIND)
                (seconds,) = cursor.fetchone()
        except DatabaseError:
            connections[self.alias].close()
            return "it does not respond"
        if seconds is None:
            return "it has not replayed any transaction yet"
        is_late = seconds > settings.QUINTET_REPLICA_LAG_SECONDS
        return f"it is {seconds:.0f} s behind" if is_late else ""

    def set_result(self, error: str) -> None:
        if error and not self.error:
            logger.warning("%s is skipped: %s", self.alias, error)
        if self.error and not error:
            logger.info("%s is used", self.alias)
        self.error = error
        self.healthy_at = -math.inf if error else time.monotonic()

    def __str__(self) -> str:
        """Return a line of `/readyz?verbose`, where a replica can't fail."""
        if self.is_healthy:
            return f"[+]{self.alias} ok"
        return f"[ ]{self.alias} skipped: {self.error or 'it does not respond'}"


REPLICAS = [Replica(alias) for alias in settings.DATABASES if alias != DEFAULT_DB_ALIAS]


def watched_replicas() -> list[Replica]:
    """Return all replicas, each with a running watch."""
    return [replica.start_watch() for replica in REPLICAS]
