"""Which of the databases of DATABASE_REPLICA_URL may be read from.

A thread for each asks every second whether it is there and keeps up. No request waits
for that.
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

PAUSE = 1.0
# A replica that hangs is not asked again, so a verdict must not hold for long.
TRUSTED_FOR = 3.0
# With nothing left to replay it is not behind, as long as it is still sent something.
SECONDS_BEHIND = """
SELECT CASE
    WHEN NOT pg_is_in_recovery() THEN 0
    WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
        AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
    ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
END
"""


class Replica:
    """What is known of one replica."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.trouble = "not asked yet"
        self.was_well_at = -math.inf
        self.watch = threading.Thread()
        self.lock = threading.Lock()

    @property
    def is_well(self) -> bool:
        return time.monotonic() - self.was_well_at < TRUSTED_FOR

    def distrust(self) -> None:
        """Leaves it alone until the watch finds it well again."""
        self.was_well_at = -math.inf

    def watched(self) -> Replica:
        # A process that was forked has none of its parent's threads.
        with self.lock:
            if not self.watch.is_alive():
                self.watch = threading.Thread(target=self.keep_asking, daemon=True)
                self.watch.start()
        return self

    def keep_asking(self) -> None:
        while True:
            self.note(self.ask())
            time.sleep(PAUSE)

    def ask(self) -> str:
        """What is wrong with it, in a few words; nothing if nothing is."""
        try:
            with connections[self.alias].cursor() as cursor:
                cursor.execute(SECONDS_BEHIND)
                (seconds,) = cursor.fetchone()
        except DatabaseError:
            connections[self.alias].close()
            return "it does not answer"
        if seconds is None:
            return "it has replayed nothing yet"
        is_late = seconds > settings.QUINTET_REPLICA_LAG_SECONDS
        return f"it is {seconds:.0f} s behind" if is_late else ""

    def note(self, trouble: str) -> None:
        if trouble and not self.trouble:
            logger.warning("%s is skipped: %s", self.alias, trouble)
        if self.trouble and not trouble:
            logger.info("%s is read from", self.alias)
        self.trouble = trouble
        self.was_well_at = -math.inf if trouble else time.monotonic()

    def __str__(self) -> str:
        """A line of `/readyz?verbose`; trouble here is no reason to send nothing."""
        if self.is_well:
            return f"[+]{self.alias} ok"
        return f"[ ]{self.alias} skipped: {self.trouble or 'it does not answer'}"


REPLICAS = [Replica(alias) for alias in settings.DATABASES if alias != DEFAULT_DB_ALIAS]


def watched() -> list[Replica]:
    """All of them, with somebody who asks."""
    return [replica.watched() for replica in REPLICAS]
