"""Quintet's web server: `python -m config.server`, on granian.

HOST and PORT, or UNIX_SOCKET, say where it listens; WEB_CONCURRENCY and WEB_THREADS how
many processes and threads answer. docs/operating.md says what each is good for.
"""

from __future__ import annotations

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

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from common.ops import health
from config.environment import at_least
from config.listening import AddressError, listener, socket_path

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

logger = logging.getLogger("quintet.server")

# For which requests may go on after SIGTERM.
GRACE_SECONDS = 20
# In which workers accept what has connected before the socket lost its name.
ACCEPT_SECONDS = 0.3
# Open connections of each process, and those that wait to be accepted.
MAX_CONNECTIONS, BACKLOG = 512, 1024
MAX_HEAD_BYTES = 64 * 1024
# Threads that idle end, and with them their connections to the database.
IDLE_SECONDS = 60
METRICS = "PROMETHEUS_MULTIPROC_DIR"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Each worker begins as a new Python, on every version and system.
    multiprocessing.set_start_method("spawn")
    rename_header_variables()
    try:
        server = make_server()
        drain_seconds = at_least(0, "WEB_DRAIN_SECONDS", 0)
    except (ImproperlyConfigured, AddressError) as error:
        sys.exit(f"Quintet: {error}")
    warn_without_proxy()
    server.on_startup(partial(stop_gently, drain_seconds))
    with shared_folder():
        server.serve()


def make_server() -> Any:
    return Granian(
        "config.server:load",
        factory=True,
        **listener(),
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=at_least(1, "WEB_CONCURRENCY", 2),
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
    """The application, in a worker that ends when the main process is gone."""
    from config.wsgi import application

    threading.Thread(target=end_with_parent, daemon=True).start()
    return application


def end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        # A worker that is just starting may miss the first one.
        for seconds in (1, GRACE_SECONDS):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(seconds)
        os._exit(1)


# In the main process


def stop_gently(drain_seconds: int) -> None:
    """Has SIGTERM send new requests elsewhere before the workers stop accepting.

    `/readyz` fails while they drain, so load balancers look for another server. Then a
    Unix socket loses its name: later connections fail at once, earlier ones are still
    accepted. granian calls this when it has set its own handler.
    """
    stop: Any = signal.getsignal(signal.SIGTERM)

    def handle(number: int, frame: FrameType | None) -> None:
        Path(os.environ[health.STOPPING]).touch()
        time.sleep(drain_seconds)
        if path := socket_path():
            path.unlink(missing_ok=True)
            time.sleep(ACCEPT_SECONDS)
        stop(number, frame)

    signal.signal(signal.SIGTERM, handle)


def rename_header_variables() -> None:
    """granian puts the process's environment into each request, as if sent by it.

    So no variable may have the name of a header. HTTP_PROXY has another one, too.
    """
    for name in [name for name in os.environ if name.startswith(("HTTP_", "CONTENT_"))]:
        value = os.environ.pop(name)
        os.environ.setdefault(name.lower(), value)


def warn_without_proxy() -> None:
    if settings.PRODUCTION and not settings.BEHIND_PROXY:
        logger.warning(
            "BEHIND_PROXY is not set. A client that sends slowly keeps one of the %d "
            "threads of a process, four clients keep four: put a proxy in front that "
            "reads requests first, as docs/operating.md describes.",
            settings.WEB_THREADS,
        )


def log_config() -> dict[str, Any]:
    """Has granian's loggers, `_granian` and below, write as all others do."""
    filters = {"news": {"()": "config.server.News"}}
    loggers = {"_granian": {"filters": ["news"]}}
    return settings.LOGGING | {"filters": filters, "loggers": loggers}


class News(logging.Filter):
    """Leaves out that there are more threads than cores: they wait for the database."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "Python threads" not in record.getMessage()


@contextmanager
def shared_folder() -> Iterator[None]:
    """What the processes share: requests counted, and the file that says: stopping.

    What ended workers have counted stays in it, so the sums never fall.
    """
    with tempfile.TemporaryDirectory(prefix="quintet-") as folder:
        os.environ[health.STOPPING] = f"{folder}/stopping"
        if settings.METRICS_TOKEN:
            os.environ.setdefault(METRICS, folder)
        yield


if __name__ == "__main__":
    main()
