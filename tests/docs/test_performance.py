"""docs/explanation/performance.md and benchmarks/README.md name what there is."""

from __future__ import annotations

import re

from django.apps import apps

from benchmarks.servers import GROWTH, PROGRAMS, SEVEN
from tests.support.guide_pages import ROOT, page

PAGE = page("explanation/performance")
README = (ROOT / "benchmarks/README.md").read_text()
DATE = r"\d{1,2}\s+[A-Z][a-z]+\s+20\d\d"


def cells(text: str, heading: str) -> list[str]:
    """Return the first cells of the table with this first heading."""
    table = text.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)


def test_each_measurement_has_a_date_and_a_commit():
    measured = re.findall(rf"{DATE}\s+\(commit `|\({DATE},\s+commit `", PAGE)

    assert len(measured) == len(re.findall(r"commit `[0-9a-f]{7}`", PAGE)) > 8
    assert len(re.findall(DATE, PAGE)) == len(measured)


def test_the_tables_are_those_of_the_models():
    models = apps.get_models(include_auto_created=True)
    tables = {model._meta.db_table for model in models}
    named = re.findall(r"`([a-z]+(?:_[a-z]+)*_[a-z]+)`", PAGE)
    listed = {name for name in named if name.split("_")[0] in {"orders", "accounts"}}

    for cell in cells(PAGE, "Table"):
        listed.update(re.findall(r"`(\w+)`", cell))
    assert len(listed) > 10
    assert listed <= tables


def test_the_readme_lists_the_workloads_and_servers():
    workloads = [
        name for cell in cells(README, "Workload") for name in cell.split(", ")
    ]
    servers = [name for cell in cells(README, "Server") for name in cell.split(", ")]

    assert workloads == SEVEN + GROWTH
    assert sorted(servers) == sorted(program.name for program in PROGRAMS)
