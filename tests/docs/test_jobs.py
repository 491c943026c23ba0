"""docs/reference/jobs.md: its tables say what the code does."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dialects.dbbase.camel_case import to_camel
from orders.models import Job
from orders.serializers import JobSerializer, OrderWithJobsSerializer
from orders.services import Attempt
from tests.orders.factories import JobFactory
from tests.support.guide_tables import rows


@pytest.mark.parametrize(
    ("mark", "serializer"),
    [("job fields", JobSerializer), ("order fields", OrderWithJobsSerializer)],
)
def test_the_fields_are_those_of_the_api(mark, serializer):
    names = re.findall(
        r"`(\w+)`", " ".join(cells[0] for cells in rows("reference/jobs", mark))
    )

    assert sorted(names) == sorted(map(to_camel, serializer.Meta.fields))


def test_the_statuses_are_those_of_the_model():
    shown = [tuple(cells[:2]) for cells in rows("reference/jobs", "statuses")]

    assert shown == [(str(each.value), f"`{each.name.lower()}`") for each in Job.Status]


def job_in(status: Job.Status) -> Job:
    is_over = status not in {Job.Status.QUEUED, Job.Status.RUNNING}
    times = {"finished_at": "2026-05-01 12:00Z", "due_at": None}
    return JobFactory(
        status=status, started_at="2026-05-01 10:00Z", **(times if is_over else {})
    )


@pytest.mark.parametrize(
    "cells", rows("reference/jobs", "actions"), ids=lambda cells: cells[0]
)
def test_an_action_returns_what_the_table_says(db, client_of, cells):
    status = Job.Status[cells[0].strip("`").upper()]
    for action, shown in zip(("cancel", "retry"), cells[1:], strict=True):
        job = job_in(status)
        response = client_of(job.owner).post(f"/api/v2/jobs/{job.pk}/{action}")
        job.refresh_from_db()
        assert described(response.status_code, job, status) == shown


def described(code: int, job: Job, before: Job.Status) -> str:
    if code == 409:
        assert job.status == before
        return "409"
    effect = "no effect" if job.status == before else f"the job is {job.status_name}"
    return f"{code}, {effect}"


def test_every_action_is_tried_in_every_status():
    assert [cells[0] for cells in rows("reference/jobs", "actions")] == [
        f"`{name.lower()}`" for name in Job.Status.names
    ]


def test_an_attempt_has_the_members_of_the_table(db):
    attempt: Any = Attempt(JobFactory())
    names = [
        re.findall(r"`attempt\.(\w+)", cells[0])[0]
        for cells in rows("reference/jobs", "attempt")
    ]

    assert names == ["job", "order", "report", "finish"]
    assert all(hasattr(attempt, name) for name in names)
