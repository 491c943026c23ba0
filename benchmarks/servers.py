"""The servers to compare, under granian or uvicorn."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The virtual environment of the others. Quintet runs in the current one.
PEERS_ENVIRONMENT = Path(os.environ.get("BENCH_VENV", ROOT / ".venv-bench"))
QUINTET, LIMIT = "quintet", "limit"
# Threads of each server under granian: some wait for the database meanwhile.
THREADS = 4
HOST = "127.0.0.1"
SEVEN = ["W1", "W2", "W3", "W4", "W5", "W6", "W7"]
GROWTH = ["W2deep", "W2cursor", "W4big"]


@dataclass(frozen=True)
class Program:
    name: str
    # With the placeholders `{port}`, `{processes}` and `{threads}`.
    command: list[str]
    workloads: list[str]
    # Modules that must be installed.
    needs: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    # Its JSON:API documents have other links and members than Quintet's.
    has_own_links: bool = False


def granian(target: str, *more: str) -> list[str]:
    options = ["--interface=wsgi", "--http=1", "--no-ws", "--log-level=warning"]
    options += [
        "--workers={processes}",
        "--blocking-threads={threads}",
        "--runtime-threads=1",
    ]
    return ["granian", *options, f"--host={HOST}", "--port={port}", *more, target]


def uvicorn(target: str) -> list[str]:
    options = ["--loop=uvloop", "--log-level=warning", "--no-access-log"]
    options += ["--workers={processes}"]
    return ["uvicorn", *options, f"--host={HOST}", "--port={port}", target]


def in_peers(command: list[str]) -> list[str]:
    return [f"{PEERS_ENVIRONMENT}/bin/python", "-m", *command]


# What `python -m` starts for Quintet. `["config.server"]` needs no arguments: it reads
# the address and the numbers of processes and threads from the environment.
QUINTET_COMMAND = ["config.server"]


def quintet() -> Program:
    return Program(
        QUINTET,
        [sys.executable, "-m", *QUINTET_COMMAND],
        SEVEN + GROWTH,
    )


def of_django(name: str, *needs: str) -> Program:
    """Return a peer made with Django. The module `<name>_app` has its URLs."""
    return Program(
        name,
        in_peers(granian("django.core.wsgi:get_wsgi_application", "--factory")),
        SEVEN,
        ["granian", "django", "psycopg2", "jwt", *needs],
        environment={
            "DJANGO_SETTINGS_MODULE": "benchmarks.peers.django_settings",
            "PEER_URLS": f"benchmarks.peers.{name}_app",
        },
        has_own_links=name == "drf",
    )


PROGRAMS = [
    quintet(),
    Program(
        LIMIT,
        in_peers(granian("benchmarks.limit:app")),
        SEVEN + GROWTH,
        ["granian", "orjson", "psycopg2"],
    ),
    Program(
        "fastapi",
        in_peers(uvicorn("benchmarks.peers.fastapi_app:app")),
        SEVEN,
        ["uvicorn", "uvloop", "fastapi", "sqlalchemy", "asyncpg", "jwt"],
    ),
    Program(
        "flask",
        in_peers(granian("benchmarks.peers.flask_app:app")),
        SEVEN,
        ["granian", "flask", "sqlalchemy", "psycopg2", "jwt"],
    ),
    of_django("ninja", "ninja"),
    of_django("drf", "rest_framework", "rest_framework_json_api"),
    Program(
        "restless",
        in_peers(granian("benchmarks.peers.restless_app:app")),
        ["W2", "W3"],
        ["granian", "flask_restless", "sqlalchemy", "psycopg2"],
        has_own_links=True,
    ),
]


def installed(programs: list[Program]) -> list[Program]:
    """Return the programs whose modules are installed."""
    names = sorted({name for program in programs for name in program.needs})
    script = (
        "import importlib.util, sys\n"
        "print(*[n for n in sys.argv[1:] if importlib.util.find_spec(n)])"
    )
    command = [f"{PEERS_ENVIRONMENT}/bin/python", "-c", script, *names]
    try:
        modules = set(subprocess.check_output(command, text=True).split())  # noqa: S603
    except OSError:
        modules = set()
    return [program for program in programs if modules.issuperset(program.needs)]


@dataclass(frozen=True)
class Server:
    program: Program
    port: int
    pid: int

    @property
    def name(self) -> str:
        return self.program.name


@contextmanager
def running(
    programs: list[Program], environment: dict[str, str]
) -> Iterator[list[Server]]:
    """Run all programs at the same time."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(started(program, environment)) for program in programs
        ]


@contextmanager
def started(program: Program, environment: dict[str, str]) -> Iterator[Server]:
    port = free_port()
    variables = os.environ | address(port) | environment | program.environment
    values = {
        "port": port,
        "processes": variables["WEB_CONCURRENCY"],
        "threads": variables["WEB_THREADS"],
    }
    command = [part.format(**values) for part in program.command]
    child = subprocess.Popen(command, cwd=ROOT, env=variables)  # noqa: S603
    try:
        wait_for(port, program.name)
        yield Server(program, port, child.pid)
    finally:
        child.terminate()
        try:
            child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()


def address(port: int) -> dict[str, str]:
    """Return the variables that config.server reads. Others get them as arguments."""
    numbers = {"WEB_CONCURRENCY": "1", "WEB_THREADS": f"{THREADS}"}
    return {"HOST": HOST, "PORT": f"{port}", **numbers}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, name: str) -> None:
    for _ in range(200):
        with suppress(OSError):
            socket.create_connection((HOST, port), timeout=1).close()
            return
        time.sleep(0.1)
    raise SystemExit(f"{name} does not start.")
