"""Compares Quintet with other frameworks over HTTP, as README.md describes.

All servers run at once and are measured in turn, after a check that all of them return
the same documents.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, TypeVar

from benchmarks.database import (
    DEFAULT_URL,
    create_if_missing,
    postmaster,
    prepare,
    remove_written,
)
from benchmarks.json_api import inside
from benchmarks.report import Result, report
from benchmarks.sampling import Meter, Sample, medians, script_of
from benchmarks.servers import PROGRAMS, QUINTET, THREADS, Server, installed, running
from benchmarks.verification import Tokens, verify
from benchmarks.workloads import MAX_ACTORS, Workload, workloads

# Time to wait for other programs, and to repeat samples that they disturbed.
MAX_EXTRA_SECONDS = 60


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2, help="of each sample")
    parser.add_argument("--processes", type=int, default=1, help="of each server")
    parser.add_argument(
        "--threads", type=int, default=THREADS, help="of each process but fastapi's"
    )
    parser.add_argument("--videos", type=int, default=100_000, help="of a new database")
    parser.add_argument("--only", type=split, help="servers, such as quintet,limit")
    parser.add_argument("--workloads", type=split, help="such as W1,W5")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("benchmark.md"),
        help="and figures in .json",
    )
    return parser.parse_args()


def split(text: str) -> list[str]:
    return text.split(",")


class Named(Protocol):
    @property
    def name(self) -> str: ...


Item = TypeVar("Item", bound=Named)


def select(items: list[Item], names: list[str] | None) -> list[Item]:
    if missing := set(names or ()) - {item.name for item in items}:
        sys.exit(f"Unknown or not installed: {', '.join(sorted(missing))}")
    return [item for item in items if names is None or item.name in names]


def environment() -> dict[str, str]:
    """Return the variables of all servers. Tokens outlast the benchmark."""
    return {
        "DATABASE_URL": os.environ.get("DATABASE_URL", DEFAULT_URL),
        "QUINTET_MAX_UNPAGED": str(MAX_ACTORS),
        "ACCESS_TOKEN_SECONDS": "86400",
        "LOG_LEVEL": "WARNING",
    }


def token_key() -> str:
    from django.conf import settings

    return str(settings.SIMPLE_JWT["SIGNING_KEY"])


def issue_all_tokens(workloads: list[Workload]) -> Tokens:
    from accounts.models import User
    from accounts.services import issue_tokens

    users = User.objects.in_bulk(set().union(*(work.users for work in workloads)))
    return {pk: issue_tokens(user).access for pk, user in users.items()}


def measure(
    meter: Meter,
    servers: list[Server],
    todo: list[Workload],
    tokens: Tokens,
    options: argparse.Namespace,
) -> list[Result]:
    samples: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    scripts = {workload.name: script_of(workload, tokens) for workload in todo}
    for workload, server in turns(todo, servers, options.rounds):
        if workload.writes:
            remove_written()
        script = scripts[workload.name]
        sample = meter.sample(server, workload, script, options.seconds)
        samples[workload.name, server.name].append(sample)
        print(f"{workload.name:10}{server.name:10}{sample}", file=sys.stderr)
    return [
        {"workload": workload, "server": server} | medians(taken)
        for (workload, server), taken in samples.items()
    ]


def turns(
    todo: list[Workload], servers: list[Server], rounds: int
) -> Iterator[tuple[Workload, Server]]:
    for _ in range(rounds):
        for workload in todo:
            for server in servers:
                if workload.name in server.program.workloads:
                    yield workload, server


def write(text: str, results: list[Result], path: Path) -> None:
    path.write_text(text)
    path.with_suffix(".json").write_text(json.dumps(results, indent=1) + "\n")
    print(text)


def main() -> None:
    options = parse_options()
    if not shutil.which("wrk"):
        sys.exit("wrk is missing. Install it: apt-get install wrk")
    os.environ.update(environment())
    create_if_missing(os.environ["DATABASE_URL"])
    videos = prepare(options.videos)
    todo = select(workloads(inside, videos), options.workloads)
    tokens = issue_all_tokens(todo)
    programs = installed(PROGRAMS)
    names = {program.name for program in select(programs, options.only)}
    programs = [each for each in programs if each.name in names | {QUINTET}]
    shared = {
        "TOKEN_KEY": token_key(),
        "WEB_CONCURRENCY": f"{options.processes}",
        "WEB_THREADS": f"{options.threads}",
    }
    with running(programs, shared) as servers:
        verify(servers, todo, tokens)
        selected = [server for server in servers if server.name in names]
        meter = Meter(postmaster(), MAX_EXTRA_SECONDS)
        results = measure(meter, selected, todo, tokens, options)
    remove_written()
    write(report(results, todo), results, options.output)


if __name__ == "__main__":
    main()
