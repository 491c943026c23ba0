"""docs/reference/logs-and-metrics.md lists what the code logs and measures."""

from __future__ import annotations

import ast
import json
import logging
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib.metadata import distribution
from pathlib import Path

import pytest
from prometheus_client import Counter, Histogram

from common.ops import metrics, security_events
from common.ops.logs import JSONFormatter
from config.probes import READINESS
from tests.config.test_metrics import BEARER, TOKEN
from tests.support.guide_pages import ROOT, marked
from tests.support.packages import PACKAGES

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "reference/logs-and-metrics"
FIRST_CELL = re.compile(r"^\| `([^`]+)`", re.MULTILINE)
# The loggers of libraries that write in a running Quintet, by distribution.
LIBRARIES = {
    "django.request": ("django", "django.request"),
    "django.security.*": ("django", "django.security"),
    "django_tasks": ("django-tasks", "django_tasks"),
    "django_tasks_db": ("django-tasks-db", "django_tasks_db"),
    "celery.*": ("celery", "celery"),
    "_granian": ("granian", "_granian"),
}


def first_cells(mark: str) -> list[str]:
    return FIRST_CELL.findall(marked(PAGE, mark))


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Yield the name and the syntax tree of each module of the product."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), ast.parse(path.read_text())


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Yield the calls of functions and methods with this name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            found = getattr(called, "attr", None) or getattr(called, "id", None)
            if found == name:
                yield node


def own_loggers() -> set[str]:
    names = set()
    for module, tree in trees():
        for call in calls(tree, "getLogger"):
            [argument] = call.args
            names.add(getattr(argument, "value", module))
    return names


def test_every_logger_is_listed():
    listed = first_cells("loggers")

    assert sorted(set(listed)) == sorted(listed)
    assert set(listed) - LIBRARIES.keys() == own_loggers() - {"django_tasks"}
    for name in LIBRARIES:
        assert name in listed


@pytest.mark.parametrize(("listed", "library"), LIBRARIES.items())
def test_libraries_have_the_listed_loggers(listed, library):
    files = distribution(library[0]).files or []
    texts = (
        Path(str(file.locate())).read_text(errors="replace")
        for file in files
        if file.suffix == ".py"
    )

    assert any(f"{library[1]}" in text for text in texts if "getLogger" in text)
    assert fnmatch(library[1] + ".x" * listed.endswith(".*"), listed)


def levels_of(tree: ast.Module) -> set[str]:
    """Return the levels of a module's entries, by the methods of its logger."""
    levels = set()
    for name in ("debug", "info", "warning", "error", "critical", "exception"):
        for call in calls(tree, name):
            if getattr(getattr(call.func, "value", None), "id", "") == "logger":
                levels.add("ERROR" if name == "exception" else name.upper())
    return levels


def test_the_levels_are_those_of_the_code():
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", marked(PAGE, "loggers"), re.M)
    listed = {name: set(re.findall(r"[A-Z]{4,}", levels)) for name, levels in rows}
    real: dict[str, set[str]] = {}
    for module, tree in trees():
        for call in calls(tree, "getLogger"):
            [argument] = call.args
            name = getattr(argument, "value", module)
            real.setdefault(name, set()).update(levels_of(tree))
    # These two use `log()` with a level that they compute.
    for name in ("quintet.access", "quintet.security", "django_tasks"):
        del real[name]

    assert {name: listed[name] for name in real} == real


def test_the_members_are_those_of_an_entry():
    try:
        raise ValueError("x")
    except ValueError:
        fault = sys.exc_info()
    record = logging.LogRecord("x", logging.INFO, "f", 1, "x", (), fault)
    names = re.findall(r"\| `(\w+)` \|", marked(PAGE, "members"))

    assert names == ["time", "level", "logger", "request_id", "message", "exception"]
    assert set(json.loads(JSONFormatter().format(record))) == set(names)


def test_the_fields_of_the_access_log(share):
    service = share(LOG_FORMAT="json")
    token = service.login("ada@example.com", "correct horse")
    service.get("/auth/me", Authorization=f"Bearer {token}")
    entry = json.loads(service.wait_for_line('"/auth/me"', "quintet.access"))
    members = {"time", "level", "logger", "message", "request_id"}

    assert set(first_cells("access")) == set(entry) - members


def test_the_security_events_are_those_of_the_code():
    events = set(security_events.REFUSALS.values())
    for _, tree in trees():
        for call in calls(tree, "record"):
            of = getattr(getattr(call.func, "value", None), "id", "security_events")
            if of == "security_events" and isinstance(call.args[0], ast.Constant):
                events.add(call.args[0].value)
    rows = re.findall(r"^\| `(\w+)` \| (INFO|WARNING) \|", marked(PAGE, "events"), re.M)

    assert {event for event, _ in rows} == events
    refusals = {*security_events.REFUSALS.values(), "login_refused"}
    assert {event for event, level in rows if level == "WARNING"} == refusals


def test_the_checks_are_those_of_readyz():
    assert first_cells("checks") == [*READINESS.checks, "shutdown"]


def test_the_series_have_the_listed_types_and_labels(client, settings):
    settings.METRICS_TOKEN = TOKEN
    text = client.get("/metrics", headers=BEARER).content.decode()
    rows = re.findall(
        r"^\| `(quintet_\w+)` \| (\w+) \| ([^|]+) \|", marked(PAGE, "series"), re.M
    )
    labels = {name: set(re.findall(r"`(\w+)`", cell)) for name, _, cell in rows}

    assert {name: kind.lower() for name, kind, _ in rows} == dict(
        re.findall(r"^# TYPE (quintet_\w+) (\w+)", text, re.M)
    )
    assert {name: set(names) for name, names in measured_labels().items()} == {
        name: found for name, found in labels.items() if "_http_" in name
    }
    assert labels["quintet_jobs"] == set(
        re.findall(r'^quintet_jobs\{(\w+)="', text, re.M)
    )
    for name in ("quintet_jobs_oldest_due_seconds", "quintet_database_up"):
        assert labels[name] == set()


def measured_labels() -> dict[str, tuple[str, ...]]:
    return {
        each._name + "_total" * isinstance(each, Counter): each._labelnames
        for each in vars(metrics).values()
        if isinstance(each, Counter | Histogram)
    }
