"""The start page and the lists of the admin in a browser."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.urls import reverse

from orders.models import Job
from tests.test_admin import REGISTERED, named

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
HIDDEN_PART = """() => {
    const list = document.querySelector("#changelist .results");
    const page = document.documentElement;
    const hidden = element => element ? element.scrollWidth - element.clientWidth : 0;
    return [hidden(page), hidden(list)];
}"""


@pytest.fixture
def staff_page(page, log_in):
    call_command("demo", verbosity=0)
    return log_in(page, "staff")


def lists() -> list[str]:
    return [reverse(f"admin:{named(model)}_changelist") for model in REGISTERED]


def test_a_failed_job_is_retried_by_its_button(staff_page):
    staff_page.goto("/admin/")
    failed = Job.objects.filter(status=Job.Status.FAILED).latest("pk")
    staff_page.get_by_role("button", name=f"Retry Job {failed.pk}").click()

    staff_page.wait_for_selector(f"text=Job {failed.pk} is queued again.")
    assert staff_page.url.endswith("/admin/")
    failed.refresh_from_db()
    assert failed.status == Job.Status.QUEUED


def test_lists_fit_a_window_of_1280_pixels(staff_page):
    staff_page.set_viewport_size({"width": 1280, "height": 900})
    hidden = {}
    for url in lists():
        assert staff_page.goto(url).status == 200
        hidden[url] = staff_page.evaluate(HIDDEN_PART)

    assert not {url: parts for url, parts in hidden.items() if any(parts)}
