"""Markdown tables: Quintet with its fastest peers, and all servers."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from benchmarks.servers import LIMIT, QUINTET
from benchmarks.workloads import Workload

Result = dict[str, Any]
HEADINGS = [
    *("workload", "server", "requests/s", "of the limit", "to the fastest peer"),
    *("server CPU ms", "PostgreSQL CPU ms", "p50 ms", "p99 ms", "spread"),
]
SUMMARY = ["workload", "requests/s", "fastest peer", "its requests/s", "ratio"]


def report(results: list[Result], workloads: list[Workload]) -> str:
    return f"{summary(results, workloads)}\n{table(results, workloads)}"


def summary(results: list[Result], workloads: list[Workload]) -> str:
    """Return a table of Quintet and the fastest peer at each workload."""
    lines = [SUMMARY, ["---", "---:", "---", "---:", "---:"]]
    for workload in workloads:
        rates = rates_of(rows_of(results, workload))
        peers = peers_of(rates)
        if peers and QUINTET in rates:
            name, rate = max(peers.items(), key=itemgetter(1))
            quintet = rates[QUINTET]
            line = [f"{quintet:.0f}", name, f"{rate:.0f}", ratio(quintet, rate)]
            lines.append([title_of(workload), *line])
    return markdown(lines)


def table(results: list[Result], workloads: list[Workload]) -> str:
    lines = [HEADINGS, ["---", "---", *["---:"] * (len(HEADINGS) - 2)]]
    for workload in workloads:
        lines += lines_of(title_of(workload), rows_of(results, workload))
    return markdown(lines)


def markdown(lines: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def title_of(workload: Workload) -> str:
    return f"{workload.name} {workload.title}"


def rows_of(results: list[Result], workload: Workload) -> list[Result]:
    return [row for row in results if row["workload"] == workload.name]


def rates_of(rows: list[Result]) -> dict[str, float]:
    return {row["server"]: row["per_second"] for row in rows}


def peers_of(rates: dict[str, float]) -> dict[str, float]:
    return {name: rate for name, rate in rates.items() if name not in {QUINTET, LIMIT}}


def lines_of(title: str, rows: list[Result]) -> Iterator[list[str]]:
    rates = rates_of(rows)
    fastest = max(peers_of(rates).values(), default=None)
    for row in rows:
        rate = row["per_second"]
        yield [
            title,
            row["server"],
            f"{rate:.0f}",
            ratio(rate, rates.get(LIMIT)),
            ratio(rate, fastest),
            f"{row['server_ms']:.2f}",
            f"{row['database_ms']:.2f}",
            f"{row['p50_ms']:.1f}",
            f"{row['p99_ms']:.1f}",
            f"{row['spread']:.0%} of {row['samples']}",
        ]


def ratio(rate: float, other: float | None) -> str:
    return f"{rate / other:.2f}" if other else "-"
