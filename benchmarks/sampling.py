"""Samples of requests per second, by wrk, and of the CPU time that they take."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.servers import HOST, Server
from benchmarks.verification import Tokens, headers_of
from benchmarks.workloads import Workload, WrongResponse

CONNECTIONS = 8
WARM_UP = 1
TICKS = os.sysconf("SC_CLK_TCK")
# The share of a core that other programs can use without disturbing a sample.
MAX_OTHER_LOAD = 0.2
# All requests are formatted in advance, to save the client's time.
SCRIPT = """
local sent, number = {{}}, 0
init = function()
  for _, of in ipairs({{
{requests}
  }}) do
    sent[#sent + 1] = wrk.format("{method}", of.url, of.headers, of.body)
  end
end
request = function()
  number = number % #sent + 1
  return sent[number]
end
done = function(summary, latency)
  local failed = summary.errors
  io.write(string.format('RESULT {{"requests": %d, "us": %d, "p50": %d, "p99": %d, '
    .. '"failed": %d}}\\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), failed.status + failed.connect
    + failed.read + failed.write + failed.timeout))
end
"""


@dataclass(frozen=True)
class Sample:
    per_second: float
    p50_ms: float
    p99_ms: float
    server_ms: float
    database_ms: float
    # Cores that other programs used.
    others: float

    def __str__(self) -> str:
        return (
            f"{self.per_second:7.0f}/s {self.server_ms:6.2f} ms"
            f"{' disturbed' if self.is_disturbed else ''}"
        )

    @property
    def is_disturbed(self) -> bool:
        return self.others > MAX_OTHER_LOAD


class Meter:
    """Takes samples, and repeats those that other programs disturb.

    Waiting and repeating takes at most `extra_seconds` in all.
    """

    def __init__(self, database: int | None, extra_seconds: float) -> None:
        self.database = database
        self.extra_seconds = extra_seconds

    def sample(
        self, server: Server, workload: Workload, script: str, seconds: int
    ) -> Sample:
        wrk(server, workload, script, WARM_UP)
        samples = [self.sample_once(server, workload, script, seconds)]
        while samples[-1].is_disturbed and len(samples) < 3 and self.extra_seconds > 0:
            self.extra_seconds -= seconds
            samples.append(self.sample_once(server, workload, script, seconds))
        return min(samples, key=lambda sample: sample.others)

    def sample_once(
        self, server: Server, workload: Workload, script: str, seconds: int
    ) -> Sample:
        self.wait_until_quiet()
        before = self.readings(server)
        result = wrk(server, workload, script, seconds)
        server_time, database, client, machine = (
            after - earlier
            for after, earlier in zip(self.readings(server), before, strict=True)
        )
        return Sample(
            per_second=result["requests"] / result["us"] * 1e6,
            p50_ms=result["p50"] / 1000,
            p99_ms=result["p99"] / 1000,
            server_ms=server_time / result["requests"] * 1000,
            database_ms=database / result["requests"] * 1000,
            others=(machine - client - database) / (result["us"] / 1e6),
        )

    def readings(self, server: Server) -> tuple[float, float, float, float]:
        database = cpu_seconds(self.database) if self.database else 0.0
        return cpu_seconds(server.pid), database, cpu_seconds(os.getpid()), busy()

    def wait_until_quiet(self) -> None:
        while self.extra_seconds > 0:
            earlier = busy()
            time.sleep(0.3)
            if busy() - earlier < 0.3 * MAX_OTHER_LOAD:
                return
            self.extra_seconds -= 0.3


def medians(samples: list[Sample]) -> dict[str, float]:
    """Return the medians of the undisturbed samples, or of all if there are none."""
    chosen = [sample for sample in samples if not sample.is_disturbed] or samples
    rows = [asdict(sample) for sample in chosen]
    values = {name: median(row[name] for row in rows) for name in rows[0]}
    rates = [sample.per_second for sample in chosen]
    spread = (max(rates) - min(rates)) / values["per_second"]
    return values | {"spread": spread, "samples": len(chosen)}


# wrk


def script_of(workload: Workload, tokens: Tokens) -> str:
    """Return a script for wrk that repeats the workload's requests in order."""
    lines = [
        f"    {{url = {lua_string(request.url)}, body = {lua_string(request.data)}, "
        f"headers = {lua_table(headers_of(workload, request, tokens))}}},"
        for request in workload.requests
    ]
    return SCRIPT.format(method=workload.method, requests="\n".join(lines))


def lua_string(text: str | bytes | None) -> str:
    """Return a literal. Lua reads those of JSON if they are ASCII."""
    if text is None:
        return "nil"
    return json.dumps(text if isinstance(text, str) else text.decode())


def lua_table(values: dict[str, str]) -> str:
    pairs = [
        f"[{lua_string(name)}] = {lua_string(value)}" for name, value in values.items()
    ]
    return f"{{{', '.join(pairs)}}}"


def wrk(
    server: Server, workload: Workload, script: str, seconds: int
) -> dict[str, float]:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        options = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout=30s"]
        options += ["-s", file.name, f"http://{HOST}:{server.port}"]
        printed = subprocess.check_output(["wrk", *options], text=True)  # noqa: S603, S607
    result: dict[str, float] = json.loads(printed.partition("RESULT ")[2])
    if result["failed"]:
        raise WrongResponse(f"{server.name} failed at {workload.name}: {result}")
    if result["requests"]:
        return result
    # On a busy machine, no request may have finished.
    return wrk(server, workload, script, 2 * seconds)


# CPU time, from /proc


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process and its living descendants."""
    total, waiting = 0, [pid]
    while waiting:
        process = Path(f"/proc/{waiting.pop()}")
        try:
            numbers = (process / "stat").read_text().rpartition(")")[2].split()
            children = (process / "task" / process.name / "children").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(map(int, numbers[11:15]))
        waiting += map(int, children.split())
    return total / TICKS


def busy() -> float:
    """Return the CPU seconds that the machine has used, or that were stolen from it."""
    numbers = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _waiting, irq, softirq, stolen = map(int, numbers)
    return (user + nice + system + irq + softirq + stolen) / TICKS
