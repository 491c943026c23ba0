"""The figures as one Markdown table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.servers import LIMIT, QUINTET
from benchmarks.workloads import Workload

Result = dict[str, Any]
HEADINGS = [
    *("workload", "server", "requests/s", "of the limit", "to the fastest peer"),
    *("server CPU ms", "PostgreSQL CPU ms", "p50 ms", "p99 ms", "spread"),
]


def table(results: list[Result], workloads: list[Workload]) -> str:
    lines = [HEADINGS, ["---", "---", *["---:"] * (len(HEADINGS) - 2)]]
    for workload in workloads:
        rows = [row for row in results if row["workload"] == workload.name]
        lines += lines_of(f"{workload.name} {workload.title}", rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def lines_of(title: str, rows: list[Result]) -> Iterator[list[str]]:
    rates = {row["server"]: row["per_second"] for row in rows}
    fastest = max(
        (rate for name, rate in rates.items() if name not in {QUINTET, LIMIT}),
        default=None,
    )
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
