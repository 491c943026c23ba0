"""What gunicorn does for Quintet; it reads this file in the folder it starts in."""

from __future__ import annotations

import os
import select
import shutil
import tempfile
from typing import Any

from django.conf import settings
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from common import health
from common.logs import FORMATTERS

# docs/operating.md says how many; WEB_CONCURRENCY is read by gunicorn itself.
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
worker_class = (
    "config.gunicorn_worker.Worker" if hasattr(select, "epoll") else "gthread"
)
preload_app = True
# Longer than proxies keep a connection, so that none is closed as it is used.
keepalive = 75
graceful_timeout = 20
limit_request_line = 8190
loglevel = "warning"
control_socket_disable = True

METRICS = "PROMETHEUS_MULTIPROC_DIR"
made_here = ""
if os.environ.get("METRICS_TOKEN") and METRICS not in os.environ:
    # All processes count into one folder, and any of them reports on all.
    made_here = os.environ[METRICS] = tempfile.mkdtemp(prefix="quintet-metrics-")


class EntryLogger(Logger):
    """gunicorn's own messages in the format of all others."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        formatter = FORMATTERS.get(os.environ.get("LOG_FORMAT", ""), FORMATTERS["text"])
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter())


def post_worker_init(worker: Any) -> None:
    """What Django's settings cannot know before there is a process of this server."""
    # From SIGTERM on, `/readyz` says so on connections that are kept alive.
    health.is_stopping = lambda: not worker.alive
    # One thread is always left for requests, however many streams of events there are.
    places = min(settings.QUINTET_MAX_STREAMS, worker.cfg.threads - 1)
    settings.QUINTET_MAX_STREAMS = places


def pre_request(worker: Any, req: Any) -> None:
    """Where gunicorn would write a line that nobody reads."""


def child_exit(server: Any, worker: Any) -> None:
    if METRICS in os.environ and os.environ.get("METRICS_TOKEN"):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    if made_here:
        shutil.rmtree(made_here, ignore_errors=True)


logger_class = EntryLogger
