"""The page for Prometheus: the requests of all processes and the jobs by state."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

from django.db import Error as DatabaseError
from django.db.models import Count
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from orders.models import Job

# Ended jobs are counted for this time only, so that the query stays fast.
ENDED_JOBS_WINDOW = timedelta(hours=1)


class Jobs(Collector):
    """The job metrics, read from the database so that all processes report the same."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("quintet_database_up", "1 if the database responds.")
        try:
            families = [self.by_state(), self.oldest_due()]
        except DatabaseError:
            families = []
        up.add_metric([], float(bool(families)))
        yield from (up, *families)

    def by_state(self) -> Metric:
        family = GaugeMetricFamily(
            "quintet_jobs",
            "Number of jobs by state: all unfinished jobs, and those that ended in the "
            "last hour. Held jobs are not among the queued ones.",
            labels=["state"],
        )
        jobs = Job.objects.recent(ENDED_JOBS_WINDOW).order_by()
        rows = jobs.values_list("status").annotate(Count("pk"))
        counts = dict.fromkeys(Job.Status, 0) | dict(rows)
        for state in Job.Status:
            family.add_metric([state.name.lower()], counts[state])
        family.add_metric(["held"], Job.objects.held().count())
        return family

    def oldest_due(self) -> Metric:
        return GaugeMetricFamily(
            "quintet_jobs_oldest_due_seconds",
            "Age of the oldest overdue job, in seconds.",
            value=Job.objects.oldest_due_seconds(),
        )


JOBS = Jobs()


def render_metrics() -> tuple[bytes, str]:
    """Return the page and its content type."""
    registry = CollectorRegistry()
    registry.register(JOBS)
    # `config/server.py` sets it, for the counters of all its processes.
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        requests = generate_latest(REGISTRY)
        return requests + generate_latest(registry), CONTENT_TYPE_LATEST
    MultiProcessCollector(registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST
