"""Quintet's web server: `python -m config.server`, on granian.

It listens on HOST and PORT or on UNIX_SOCKET, with WEB_CONCURRENCY processes of
WEB_THREADS threads each. docs/how-to/scale.md explains how to choose them.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from common.ops import health
from config.checks import check_old_variables, check_static_files
from config.environment import at_least, invalid, text
from config.listening import AddressError, listen_options, socket_path
from config.static_files import collect_static_files

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

logger = logging.getLogger("quintet.server")

# The time that running requests get after SIGTERM.
GRACE_SECONDS = 20
# The time to accept connections that were opened before the socket file was removed.
ACCEPT_SECONDS = 0.3
# Open connections of each process, and those that wait to be accepted.
MAX_CONNECTIONS, BACKLOG = 512, 1024
MAX_HEAD_BYTES = 64 * 1024
# Idle threads end after this time and close their database connections.
IDLE_SECONDS = 60
METRICS_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Start each worker as a new Python process, as on all platforms and versions.
    multiprocessing.set_start_method("spawn")
    rename_header_variables()
    try:
        server = make_server()
        drain_seconds = at_least("WEB_DRAIN_SECONDS", 0, 0, 3600)
        check_metrics_folder()
        check_database()
    except (ImproperlyConfigured, AddressError) as error:
        sys.exit(f"Quintet: {error}")
    warn_without_proxy()
    warn_of_old_variables()
    prepare_pages()
    server.on_startup(partial(drain_on_sigterm, drain_seconds))
    with shared_folder():
        server.serve()


def check_database() -> None:
    """Raise ImproperlyConfigured here, since a worker would be started again."""
    if settings.PRODUCTION:
        django.setup()
        from accounts.checks import refuse_demo_accounts

        refuse_demo_accounts()


def make_server() -> Any:
    return Granian(
        "config.server:load",
        factory=True,
        **listen_options(),
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=at_least("WEB_CONCURRENCY", 1, 2, 1000),
        blocking_threads=settings.WEB_THREADS,
        blocking_threads_idle_timeout=IDLE_SECONDS,
        backlog=BACKLOG,
        backpressure=MAX_CONNECTIONS,
        http1_settings=HTTP1Settings(max_buffer_size=MAX_HEAD_BYTES),
        workers_kill_timeout=GRACE_SECONDS,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        log_dictconfig=log_config(),
    )


# In a worker


def load() -> WSGIApplication:
    """Return the application, and let the worker exit with the main process."""
    from config.wsgi import application

    # Imported modules stay. Searching them for garbage takes time in requests.
    gc.collect()
    gc.freeze()
    threading.Thread(target=exit_with_parent, daemon=True).start()
    return application


def exit_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        # A worker that is starting may miss the first signal.
        for seconds in (1, GRACE_SECONDS):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(seconds)
        os._exit(1)


# In the main process


def drain_on_sigterm(drain_seconds: int) -> None:
    """Wrap granian's handler of SIGTERM, so that load balancers notice in time.

    `/readyz` fails for `drain_seconds` first. Then the file of a Unix socket is
    removed: new connections fail at once, and waiting ones are still accepted.
    granian calls this after it has set its handler.
    """
    stop = signal.getsignal(signal.SIGTERM)

    def handle(number: int, frame: FrameType | None) -> None:
        Path(os.environ[health.STOPPING_FILE_VARIABLE]).touch()
        time.sleep(drain_seconds)
        if path := socket_path():
            path.unlink(missing_ok=True)
            time.sleep(ACCEPT_SECONDS)
        if callable(stop):
            stop(number, frame)

    signal.signal(signal.SIGTERM, handle)


def rename_header_variables() -> None:
    """Rename environment variables that would look like request headers.

    granian copies the environment of the process into the environ of each request.
    `HTTP_PROXY` is also read as `http_proxy`.
    """
    for name in [name for name in os.environ if name.startswith(("HTTP_", "CONTENT_"))]:
        value = os.environ.pop(name)
        os.environ.setdefault(name.lower(), value)


def check_metrics_folder() -> None:
    path = text(METRICS_FOLDER_VARIABLE)
    if path and not (os.path.isdir(path) and os.access(path, os.W_OK)):
        raise invalid(METRICS_FOLDER_VARIABLE, path, "folders that can be written")


def warn_without_proxy() -> None:
    if settings.PRODUCTION and not settings.BEHIND_PROXY:
        logger.warning(
            "BEHIND_PROXY is not set. Each slow client blocks one of the %d threads of "
            "a process. Run a reverse proxy that buffers requests, as "
            "docs/how-to/deploy.md describes.",
            settings.WEB_THREADS,
        )


def warn_of_old_variables() -> None:
    for warning in check_old_variables(None):
        logger.warning("%s %s", warning.msg, warning.hint)


def prepare_pages() -> None:
    """Collect the static files of production's pages if some are missing."""
    if not settings.PRODUCTION:
        return
    django.setup()
    try:
        collect_static_files()
    except OSError as error:
        logger.error("Static files can't be collected: %s", error)
    for warning in check_static_files(None):
        logger.warning("%s %s", warning.msg, warning.hint)


def log_config() -> dict[str, object]:
    """Return settings.LOGGING with a filter for granian's logger alone.

    Workers set the other loggers when Django starts.
    """
    filters = {"threads": {"()": "config.server.ThreadsFilter"}}
    loggers = {"_granian": {"filters": ["threads"]}}
    return {**settings.LOGGING, "filters": filters, "loggers": loggers}


class ThreadsFilter(logging.Filter):
    """Filter of a warning about threads, which mostly wait for the database."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "Python threads" not in record.getMessage()


@contextmanager
def shared_folder() -> Iterator[None]:
    """Create the folder of the request counters and of the file that means stopping.

    The counters of workers that have exited stay in it, so that sums never decrease.
    """
    with tempfile.TemporaryDirectory(prefix="quintet-") as folder:
        os.environ[health.STOPPING_FILE_VARIABLE] = f"{folder}/stopping"
        if settings.METRICS_TOKEN:
            os.environ.setdefault(METRICS_FOLDER_VARIABLE, folder)
        yield


if __name__ == "__main__":
    main()
