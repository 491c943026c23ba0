"""A job's changes as they happen, for those who watch.

Each stream keeps a thread of the web server, so there are few places. Who finds none
is told the job's state at once and comes back soon, as one who polls.
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
LONGEST_SECONDS = 30
# What is looked at to see whether there is news.
WATCHED = ("status", "attempts", "progress", "error", "started_at")

# A job as the API shows it.
Draw = Callable[[Job], bytes]


class Places:
    """At most `QUINTET_MAX_STREAMS` at a time in this process."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.taken = 0

    @contextmanager
    def one(self) -> Iterator[bool]:
        """Whether there was a place, which is kept until the end."""
        with self.lock:
            is_free = self.taken < settings.QUINTET_MAX_STREAMS
            self.taken += is_free
        try:
            yield is_free
        finally:
            with self.lock:
                self.taken -= is_free


places = Places()


def follow(job: Job, draw: Draw, seen: str) -> Iterator[bytes]:
    """The stream, up to the end of the job or of its time; `seen` is the last id."""
    news = News(job, draw, seen)
    try:
        with places.one() as has_place:
            yield from watch(news) if has_place else glance(news)
    except Error as exc:
        logger.warning("A stream of %s ends: %s", job, exc)


def glance(news: News) -> Iterator[bytes]:
    yield format_retry(2000) + news.read()


def watch(news: News) -> Iterator[bytes]:
    yield format_retry(1000)
    started = spoke = time.monotonic()
    while True:
        found = news.read()
        if found or time.monotonic() - spoke >= HEARTBEAT_SECONDS:
            yield found or HEARTBEAT
            spoke = time.monotonic()
        if news.is_over or time.monotonic() - started >= LONGEST_SECONDS:
            return
        time.sleep(POLL_SECONDS)


class News:
    """What has changed about a job since it was last read."""

    def __init__(self, job: Job, draw: Draw, seen: str) -> None:
        self.job, self.draw, self.seen = job, draw, seen
        self.rows = Job.objects.filter(pk=job.pk)
        self.state: tuple[object, ...] | None = ()
        self.is_over = False

    def read(self) -> bytes:
        state = self.rows.values_list(*WATCHED).first()
        if state == self.state:
            return b""
        self.state = state
        job = self.rows.for_api().first()
        return self.told(job) if job else self.ended("deleted", "deleted")

    def told(self, job: Job) -> bytes:
        data = self.draw(job)
        key = digest(data)
        found = b"" if key == self.seen else format_event("job", data, key)
        self.seen = key
        return found + self.ended(job.state, end_of(key)) if job.is_over else found

    def ended(self, state: str, key: str) -> bytes:
        self.is_over = True
        return format_event("end", json.dumps({"status": state}).encode(), key)


def end_of(key: str) -> str:
    """The id of the last event of all."""
    return f"{key}-end"


def has_seen_the_end(job: Job, draw: Draw, seen: str) -> bool:
    return job.is_over and seen == end_of(digest(draw(job)))
