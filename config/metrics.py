"""The page that Prometheus reads: the requests of all processes, the jobs' states."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

from django.db import Error as DatabaseError
from django.db.models import Count
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry
from prometheus_client import generate_latest as text_of
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from orders.models import Job

# For how long a job is counted after its end: reading all that ever were takes longer
# with every one of them.
COUNTED = timedelta(hours=1)


class Jobs(Collector):
    """Read when asked, so that it is the same whichever process answers."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("quintet_database_up", "Whether the database answers.")
        try:
            found = [self.by_state(), self.oldest_due()]
        except DatabaseError:
            found = []
        up.add_metric([], float(bool(found)))
        yield from (up, *found)

    def by_state(self) -> Metric:
        family = GaugeMetricFamily(
            "quintet_jobs",
            "Jobs in each state: all that wait or run, and those that ended of late.",
            labels=["state"],
        )
        jobs = Job.objects.recent(COUNTED).order_by()
        rows = jobs.values_list("status").annotate(Count("pk"))
        counts = dict.fromkeys(Job.Status, 0) | dict(rows)
        for state in Job.Status:
            family.add_metric([state.name.lower()], counts[state])
        return family

    def oldest_due(self) -> Metric:
        return GaugeMetricFamily(
            "quintet_jobs_oldest_due_seconds",
            "For how long the oldest job that is due has been so.",
            value=Job.objects.oldest_due_seconds(),
        )


JOBS = Jobs()


def page() -> tuple[bytes, str]:
    """Its text and content type."""
    registry = CollectorRegistry()
    registry.register(JOBS)
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return text_of(REGISTRY) + text_of(registry), CONTENT_TYPE_LATEST
    MultiProcessCollector(registry)
    return text_of(registry), CONTENT_TYPE_LATEST
