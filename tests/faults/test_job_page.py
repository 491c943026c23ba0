"""The page of a job is right while its worker is killed."""

from __future__ import annotations

import re

import pytest

from tests.faults.databases import FINISHED, RUNNING, check
from tests.faults.system import System, wait_until

pytestmark = pytest.mark.faults


def story(system: System, job: int) -> str:
    """What the page says of the job: its status, and the sentence after it."""
    reply = system.ask("GET", f"/api/v2/jobs/{job}.html")
    assert reply.status == 200, reply
    [line] = re.findall(r'<p class="job-status">(.*?)</p>', reply.body.decode())
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", line)).strip()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_the_page_tells_of_a_killed_worker_and_of_the_next_try(system, kind):
    system = system(kind)
    system.serve()
    [first] = system.work()
    job = system.accept("sleep 3")
    system.wait_for(RUNNING, [job])
    assert story(system, job) == "▶ Running Attempt 1 of 5."

    first.kill()
    lost = "Attempt 1 of 5. The worker has stopped, or can&#x27;t be reached."
    wait_until(lambda: lost in story(system, job), timeout=10)
    system.work()
    again = "▶ Running Attempt 2 of 5 after the worker stopped."
    wait_until(lambda: story(system, job) == again)
    system.wait_for(FINISHED, [job])
    assert story(system, job) == "✓ Finished Done in 2 attempts."
    check(system.database, [job])
