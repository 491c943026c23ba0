"""A job's changes as a stream of Server-Sent Events.

Each stream occupies a thread of the web server, so their number is limited. Without a
free slot, a client gets the job's state and reconnects soon, which amounts to polling.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from django.conf import settings
from django.db import Error

from common.http.conditional import digest
from dialects.events import HEARTBEAT, format_event, format_retry
from orders.models import Job

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
HEARTBEAT_SECONDS = 10
MAX_STREAM_SECONDS = 30
# The job is sent again when one of these has changed.
WATCHED_COLUMNS = ("status", "attempts", "progress", "error", "started_at")

# Returns a job as the API shows it.
Render = Callable[[Job], bytes]


class StreamSlots:
    """At most `QUINTET_MAX_STREAMS` streams at a time in this process."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.taken = 0

    @contextmanager
    def take(self) -> Iterator[bool]:
        """Take a slot until the end of the block. Yield False if none is free."""
        with self.lock:
            is_free = self.taken < settings.QUINTET_MAX_STREAMS
            self.taken += is_free
        try:
            yield is_free
        finally:
            with self.lock:
                self.taken -= is_free


slots = StreamSlots()


def job_events(job: Job, render: Render, last_event_id: str) -> Iterator[bytes]:
    """Yield the events of a job until it or the stream's time ends."""
    changes = JobChanges(job, render, last_event_id)
    try:
        with slots.take() as has_slot:
            yield from follow(changes) if has_slot else send_once(changes)
    except Error as exc:
        logger.warning("The event stream of %s has ended: %s", job, exc)


def send_once(changes: JobChanges) -> Iterator[bytes]:
    yield format_retry(2000) + changes.read()


def follow(changes: JobChanges) -> Iterator[bytes]:
    yield format_retry(1000)
    started = sent = time.monotonic()
    while True:
        events = changes.read()
        if events or time.monotonic() - sent >= HEARTBEAT_SECONDS:
            yield events or HEARTBEAT
            sent = time.monotonic()
        if changes.is_over or time.monotonic() - started >= MAX_STREAM_SECONDS:
            return
        time.sleep(POLL_SECONDS)


class JobChanges:
    """Events for the changes of a job since it was last read."""

    def __init__(self, job: Job, render: Render, last_event_id: str) -> None:
        self.render, self.last_event_id = render, last_event_id
        self.rows = Job.objects.filter(pk=job.pk)
        self.columns: tuple[object, ...] | None = ()
        self.is_over = False

    def read(self) -> bytes:
        """Return the new events, or nothing if the job has not changed."""
        columns = self.rows.values_list(*WATCHED_COLUMNS).first()
        if columns == self.columns:
            return b""
        self.columns = columns
        job = self.rows.for_api().first()
        return self.job_event(job) if job else self.end_event("deleted", "deleted")

    def job_event(self, job: Job) -> bytes:
        data = self.render(job)
        event_id = digest(data)
        is_new = event_id != self.last_event_id
        self.last_event_id = event_id
        events = format_event("job", data, event_id) if is_new else b""
        if job.is_over:
            events += self.end_event(job.status_name, end_id(event_id))
        return events

    def end_event(self, status: str, event_id: str) -> bytes:
        self.is_over = True
        return format_event("end", json.dumps({"status": status}).encode(), event_id)


def end_id(event_id: str) -> str:
    """Return the ID of the event that ends all streams of a job."""
    return f"{event_id}-end"


def has_seen_end(job: Job, render: Render, last_event_id: str) -> bool:
    return job.is_over and last_event_id == end_id(digest(render(job)))
