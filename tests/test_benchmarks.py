"""The benchmarks run; what they measure is no matter of a test."""

from __future__ import annotations

import importlib
import json
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings as project_settings
from django.core.management import CommandError, call_command

from media_catalog.models import Creator, Playlist, Video
from orders.models import Job
from orders.services import run


@pytest.fixture
def json_api(monkeypatch) -> ModuleType:
    """The script, which is no module of a package."""
    monkeypatch.syspath_prepend(Path(project_settings.BASE_DIR) / "benchmarks")
    return importlib.import_module("json_api")


@pytest.fixture
def project_settings_path() -> Path:
    return Path(project_settings.BASE_DIR) / "benchmarks"


@pytest.fixture
def get(api):
    def ask(path):
        answer = api.get(path)
        assert answer.status_code == 200, answer.content
        return json.loads(answer.content)

    return ask


@pytest.fixture
def rows(db) -> None:
    call_command("benchmark_data", videos=200, verbosity=0)


def test_the_rows_are_always_the_same(rows):
    assert (Creator.objects.count(), Playlist.objects.count()) == (3, 5)
    assert Video.objects.count() == 200
    assert Video.objects.get(pk="video-0000041").author_id == "user-000000"
    assert Playlist.objects.get(pk="playlist-000000").videos.count() == 200
    before = list(Playlist.videos.through.objects.values_list("playlist", "video"))

    call_command("benchmark_data", videos=200, verbosity=0, force=True)

    after = list(Playlist.videos.through.objects.values_list("playlist", "video"))
    assert sorted(before) == sorted(after)


def test_rows_are_not_added_to_others_unasked(rows):
    with pytest.raises(CommandError, match="holds rows already"):
        call_command("benchmark_data", videos=200)


def test_production_gets_no_rows(db, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        call_command("benchmark_data", videos=200)
    assert not Video.objects.exists()


def test_the_benchmark_measures_all_it_promises(rows, json_api, get):
    table = list(json_api.measure(get, get, 200, 1))

    groups = {row.name.partition(":")[0] for row in table}
    assert {"queries", "page", "total", "filter", "heavy filter"} <= groups
    assert all(row.figure for row in table)


def test_the_jobs_benchmark_places_orders_and_counts_what_was_done(
    db, monkeypatch, project_settings_path
):
    monkeypatch.syspath_prepend(project_settings_path)
    jobs = importlib.import_module("jobs")

    @contextmanager
    def work(number):
        assert number == 3
        for job in Job.objects.all():
            run(job.pk)
        yield

    row = jobs.throughput(work, 5, 3)

    assert float(row.figure) > 0
    assert Job.objects.filter(status=Job.Status.FINISHED).count() == 5
