"""The page of a job, and its forms."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from orders.job_page import story_of
from orders.models import Job
from orders.services import cancel, start_job
from tests.orders.factories import JobFactory, OrderItemFactory
from tests.support.factories import UserFactory
from tests.support.jobs import claim, run

FORM = "application/x-www-form-urlencoded"
QUEUED, RUNNING, FINISHED, FAILED, CANCELLED = Job.Status


@pytest.fixture
def job(ada) -> Job:
    return start_job(order=OrderItemFactory(order__owner=ada).order)


@pytest.fixture
def session(ada) -> Client:
    """Ada's browser."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    return client


def url_of(job: Job) -> str:
    return f"/api/v2/jobs/{job.pk}.html"


def text_of(response) -> str:
    assert response.headers["Content-Type"].startswith("text/html")
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", unescape(text))


def press(session: Client, job: Job, action: str, **data: str):
    """Send the page's form, with the token that the page has."""
    page = session.get(url_of(job)).content.decode()
    if token := re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page):
        data["csrfmiddlewaretoken"] = token[1]
    return send(session, job, action=action, **data)


def send(session, job: Job, **data: str):
    return session.generic("POST", url_of(job), urlencode(data), FORM)


def is_reloading(response) -> bool:
    return b'<noscript><meta http-equiv="refresh"' in response.content


def test_a_job_is_watched_from_the_queue_to_its_invoice(session, job):
    page = session.get(url_of(job))
    assert "Queued Waiting for a worker." in text_of(page)
    assert "Invoice not yet" in text_of(page)
    assert is_reloading(page)

    claim(job.pk).report(40)
    page = session.get(url_of(job))
    assert "Running Attempt 1 of 5." in text_of(page)
    assert 'value="40"' in page.content.decode()

    cancel(job=job)
    assert "Cancelled" in text_of(session.get(url_of(job)))
    assert press(session, job, "retry").status_code == 302
    run(job.pk)
    page = session.get(url_of(job))
    assert "Finished Done in 1 attempt." in text_of(page)
    invoice = Job.objects.get(pk=job.pk).invoice
    assert f'href="/invoices/{invoice.pk}.html"' in page.content.decode()
    assert not is_reloading(page)
    assert b'name="action"' not in page.content


@pytest.mark.parametrize(
    ("columns", "story"),
    [
        ({"status": QUEUED}, "Waiting for a worker."),
        (
            {"status": QUEUED, "attempts": 1, "error": "It is ill."},
            "Attempt 1 of 5 is over. Waiting for the next one.",
        ),
        (
            {"status": QUEUED, "attempts": 1},
            "Attempt 1 of 5 is over after the worker stopped. "
            "Waiting for the next one.",
        ),
        ({"status": RUNNING, "attempts": 1, "due": 5}, "Attempt 1 of 5."),
        (
            {"status": RUNNING, "attempts": 2, "due": 5},
            "Attempt 2 of 5 after the worker stopped.",
        ),
        (
            {"status": RUNNING, "attempts": 2, "due": 5, "error": "It is ill."},
            "Attempt 2 of 5.",
        ),
        (
            {"status": RUNNING, "attempts": 1, "due": -1},
            "Attempt 1 of 5. The worker has stopped, or can't be reached. "
            "The next worker takes over.",
        ),
        ({"status": FINISHED, "attempts": 3}, "Done in 3 attempts."),
        ({"status": FAILED, "attempts": 5}, "Failed after 5 attempts."),
        ({"status": CANCELLED}, "Cancelled before it was done."),
    ],
)
def test_the_story_says_where_a_job_stands(columns, story):
    now = timezone.now()
    due = now + timedelta(seconds=columns.pop("due", 0))
    assert story_of(Job(due_at=due, **columns), now) == story


class TestReaders:
    @pytest.fixture
    def failed(self, job, settings) -> Job:
        settings.QUINTET_ORDER_HANDLER = "tests.orders.test_job_page.break_down"
        settings.QUINTET_JOB_TRIES = 1
        run(job.pk)
        return job

    def test_the_owner_reads_the_first_line_of_an_error(self, session, failed):
        text = text_of(session.get(url_of(failed)))
        assert "Last error Something went wrong on the server." in text
        assert "secret" not in text
        assert "in the admin" not in text

    def test_the_back_office_reads_the_whole_error(self, staff_client, failed):
        page = staff_client.get(url_of(failed))
        assert b"the secret &lt;b&gt;" in page.content
        text = text_of(page)
        assert "RuntimeError: the secret <b>" in text
        assert f"Job {failed.pk} in the admin" in text

    def test_others_find_nothing(self, bob_client, failed):
        assert bob_client.get(url_of(failed)).status_code == 404

    def test_anonymous_browsers_get_a_link_to_log_in(self, client, failed):
        page = client.get(url_of(failed), headers={"accept": "text/html"})
        assert page.status_code == 401
        assert f"/session/login/?next={url_of(failed)}".encode() in page.content

    def test_staff_who_may_only_look_have_no_button(self, client, failed):
        viewer = UserFactory(is_staff=True)
        viewer.user_permissions.add(Permission.objects.get(codename="view_job"))
        client.force_login(viewer)
        page = client.get(url_of(failed))
        assert b'name="action"' not in page.content
        assert send(client, failed, action="retry").status_code == 403
        assert Job.objects.get(pk=failed.pk).status == FAILED


def break_down(attempt) -> None:
    raise RuntimeError("the secret <b>")


class TestForms:
    def test_an_unfinished_job_can_be_cancelled(self, session, job):
        response = press(session, job, "cancel")
        assert (response.status_code, response.url) == (302, url_of(job))
        assert Job.objects.get(pk=job.pk).status == CANCELLED

    def test_a_form_without_its_token_changes_nothing(self, session, job):
        assert send(session, job, action="cancel").status_code == 403
        assert Job.objects.get(pk=job.pk).status == QUEUED

    def test_a_job_that_has_ended_meanwhile_says_so(self, session, job, client_of, ada):
        run(job.pk)
        response = send(client_of(ada), job, action="cancel")
        assert response.status_code == 409
        assert "is finished, so it can't be cancelled." in text_of(response)
        assert "Finished" in text_of(response)

    @pytest.mark.parametrize("action", ["delete", "", "__class__"])
    def test_other_actions_are_refused(self, session, job, action):
        assert press(session, job, action).status_code == 400

    def test_it_takes_forms_alone(self, client_of, ada, job):
        response = client_of(ada).post(url_of(job), {"action": "cancel"}, "json")
        assert response.status_code == 415

    def test_strangers_change_nothing(self, job, bob):
        client = Client()
        client.force_login(bob)
        assert send(client, job, action="cancel").status_code == 404
        assert Job.objects.get(pk=job.pk).status == QUEUED


def test_a_hostile_error_stays_text(session, ada):
    job = JobFactory(
        order__owner=ada,
        status=FAILED,
        finished_at=timezone.now() + timedelta(seconds=1),
        error="<script>alert(1)</script>",
    )
    page = session.get(url_of(job))
    assert b"<script>alert" not in page.content
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "no-store" in page.headers["Cache-Control"]
