"""Quintet beside the limit and its peers, over HTTP; README.md says how to run it.

All servers run at once, and are asked in turn. Nothing is measured before all of them
have given the same answers.
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
from typing import Any

from benchmarks.asking import Tokens, verify
from benchmarks.database import (
    DEFAULT_URL,
    create_if_missing,
    postmaster,
    prepare,
    remove_written,
)
from benchmarks.json_api import inside
from benchmarks.measuring import Meter, Sample, middle, script_of
from benchmarks.report import Result, report
from benchmarks.servers import PROGRAMS, QUINTET, THREADS, Server, installed, running
from benchmarks.workloads import MOST_ACTORS, Workload, workloads

# Seconds in all that are spent because of other programs.
PATIENCE = 60


def options() -> Any:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2, help="of each sample")
    parser.add_argument(
        "--threads", type=int, default=THREADS, help="of each server but fastapi"
    )
    parser.add_argument("--videos", type=int, default=100_000, help="of a new database")
    parser.add_argument("--only", type=names, help="servers, such as quintet,limit")
    parser.add_argument("--workloads", type=names, help="such as W1,W5")
    parser.add_argument(
        "--output", type=Path, default=Path("benchmark.md"), help="and .json beside it"
    )
    return parser.parse_args()


def names(text: str) -> list[str]:
    return text.split(",")


def chosen(found: list[Any], wanted: list[str] | None) -> list[Any]:
    if missing := set(wanted or ()) - {each.name for each in found}:
        sys.exit(f"Not known or not installed: {', '.join(sorted(missing))}")
    return [each for each in found if wanted is None or each.name in wanted]


def environment() -> dict[str, str]:
    """What all servers are told; tokens are good for longer than it takes."""
    return {
        "DATABASE_URL": os.environ.get("DATABASE_URL", DEFAULT_URL),
        "QUINTET_MAX_UNPAGED": str(MOST_ACTORS),
        "ACCESS_TOKEN_SECONDS": "86400",
        "LOG_LEVEL": "WARNING",
    }


def token_key() -> str:
    from django.conf import settings

    return str(settings.SIMPLE_JWT["SIGNING_KEY"])


def issued(workloads: list[Workload]) -> Tokens:
    from accounts.models import User
    from accounts.services import issue_tokens

    users = User.objects.in_bulk(set().union(*(work.users for work in workloads)))
    return {pk: issue_tokens(user).access for pk, user in users.items()}


def measured(
    meter: Meter,
    servers: list[Server],
    todo: list[Workload],
    tokens: Tokens,
    given: Any,
) -> list[Result]:
    samples: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    scripts = {workload.name: script_of(workload, tokens) for workload in todo}
    for workload, server in turns(todo, servers, given.rounds):
        if workload.writes:
            remove_written()
        script = scripts[workload.name]
        sample = meter.sample(server, workload, script, given.seconds)
        samples[workload.name, server.name].append(sample)
        print(f"{workload.name:10}{server.name:10}{sample}", file=sys.stderr)
    return [
        {"workload": workload, "server": server} | middle(found)
        for (workload, server), found in samples.items()
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
    given = options()
    if not shutil.which("wrk"):
        sys.exit("wrk is missing, which sends the requests: apt-get install wrk")
    os.environ.update(environment())
    create_if_missing(os.environ["DATABASE_URL"])
    videos = prepare(given.videos)
    todo = chosen(workloads(inside, videos), given.workloads)
    tokens = issued(todo)
    programs = installed(PROGRAMS)
    wanted = {program.name for program in chosen(programs, given.only)}
    programs = [each for each in programs if each.name in wanted | {QUINTET}]
    shared = {"TOKEN_KEY": token_key(), "WEB_THREADS": f"{given.threads}"}
    with running(programs, shared) as servers:
        verify(servers, todo, tokens)
        asked = [server for server in servers if server.name in wanted]
        meter = Meter(postmaster(), PATIENCE)
        results = measured(meter, asked, todo, tokens, given)
    remove_written()
    write(report(results, todo), results, given.output)


if __name__ == "__main__":
    main()
