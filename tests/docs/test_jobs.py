"""docs/reference/jobs.md: its commands in a shell, its handler at work."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.checks import run_checks

from orders.models import Job, Order
from orders.services import start_job
from tests.docs.test_readme import address as address  # the server with its worker
from tests.docs.test_readme import assert_answers_as_printed, exchanges
from tests.orders.factories import OrderFactory
from tests.support.jobs import run
from tests.support.service_processes import OWN_FILE

PAGE = (Path(settings.BASE_DIR) / "docs/reference/jobs.md").read_text()
[(FILE, HANDLER)] = re.findall(
    r"^`(\w+\.py)`\n\n```python\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL
)


@OWN_FILE
@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_every_command_answers_as_printed(address, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pairs = exchanges(PAGE)

    assert len(pairs) == 10
    assert_answers_as_printed(pairs, address)


@pytest.fixture
def shop(tmp_path, monkeypatch, settings):
    (tmp_path / FILE).write_text(HANDLER)
    monkeypatch.syspath_prepend(tmp_path)
    [settings.QUINTET_ORDER_HANDLER] = re.findall(
        r"`QUINTET_ORDER_HANDLER=([\w.]+)`", PAGE
    )
    yield
    sys.modules.pop(FILE.removesuffix(".py"), None)


def test_the_handler_carries_an_order_out(db, shop):
    assert run_checks() == []
    job = start_job(order=OrderFactory(description="A kite"))
    run(job.pk)

    job.refresh_from_db()
    order = Order.objects.get()
    assert (job.status, job.progress) == (Job.Status.FINISHED, 100)
    assert order.status == Order.Status.FULFILLED
    assert order.description == f"A kite (parcel job-{job.pk}: A kite)"


def test_the_handler_fails_for_good(db, shop):
    job = start_job(order=OrderFactory(description="A lithium cell"))
    run(job.pk)

    job.refresh_from_db()
    assert (job.status, job.reason) == (3, "Lithium cells cannot be sent.")
    assert job.attempts == 1 < settings.QUINTET_JOB_TRIES


@pytest.mark.parametrize("state", Job.Status)
def test_every_state_is_in_the_table(state):
    assert f"| {state.value} | `{state.name.lower()}` |" in PAGE
