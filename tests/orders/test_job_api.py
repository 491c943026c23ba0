"""What clients see of jobs, and what they may do with them."""

from __future__ import annotations

from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import Job, Order
from orders.services import JobFailed, cancel, retry, start_job
from tests.orders.factories import JobFactory, OrderFactory, OrderItemFactory
from tests.support.jobs import run

OLD_FIELDS = [
    *("id", "ownerId", "orderId", "startedAt", "finishedAt", "statusId", "order"),
]
NEW_FIELDS = ["status", "attempts", "progress", "error", "invoice"]
QUEUED, RUNNING, FINISHED, FAILED, CANCELLED = Job.Status


@pytest.fixture
def order(ada) -> Order:
    return OrderItemFactory(order__owner=ada).order


@pytest.fixture
def job(order) -> Job:
    return start_job(order=order)


def in_state(job: Job, status: Job.Status) -> Job:
    is_over = status in {FINISHED, FAILED, CANCELLED}
    now = timezone.now()
    Job.objects.filter(pk=job.pk).update(
        status=status,
        finished_at=now if is_over else None,
        due_at=None if is_over else now,
    )
    return job


def url_of(job: Job, verb: str = "") -> str:
    return f"/api/v2/jobs/{job.pk}{verb and '/'}{verb}"


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns seven fields of a job",
    new="Adds `status`, `attempts`, `progress`, `error`, and `invoice` after them",
    why="Failures were invisible",
)
@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns the keys of an object in random order",
    new="Returns them in a fixed order",
)
def test_a_job_shows_its_old_fields_first(ada_client, job):
    for shown in (
        ada_client.get(url_of(job)).json(),
        ada_client.get("/api/v2/jobs").json()["Job"][0],
    ):
        assert list(shown) == OLD_FIELDS + NEW_FIELDS
        assert [shown[name] for name in NEW_FIELDS] == ["queued", 0, 0, None, None]


def test_the_jobs_of_an_order_keep_their_old_fields(ada_client, job):
    [shown] = ada_client.get(f"/api/v2/orders/{job.order_id}").json()["jobs"]

    assert list(shown) == [
        *("startedAt", "finishedAt", "statusId", "ownerId", "orderId", "id"),
    ]


def test_a_job_that_is_done_leads_to_its_invoice(ada_client, job):
    run(job.pk)
    shown = ada_client.get(url_of(job)).json()

    assert [shown[name] for name in NEW_FIELDS[:-1]] == ["finished", 1, 100, None]
    assert shown["invoice"]["id"] == job.invoice.pk
    assert shown["invoice"]["number"] == job.invoice.number
    assert ada_client.get(shown["invoice"]["url"]).json()["userId"] == job.owner_id


def test_a_list_of_billed_jobs_costs_no_more_queries(
    ada_client, ada, django_assert_num_queries
):
    ada_client.get("/api/v2/jobs")
    for _ in range(5):
        run(start_job(order=OrderItemFactory(order__owner=ada).order).pk)

    with django_assert_num_queries(2):
        shown = ada_client.get("/api/v2/jobs").json()["Job"]
    assert all(job["invoice"]["number"] for job in shown)


@pytest.mark.parametrize(
    ("exc", "shown"),
    [
        (JobFailed("Part 111 is sold out."), "Part 111 is sold out."),
        (ValueError("secret-host:5432"), "Something went wrong on the server."),
    ],
)
def test_owners_see_why_a_job_failed_but_no_python(
    ada_client, job, settings, monkeypatch, exc, shown
):
    def fail(attempt):
        raise exc

    settings.QUINTET_JOB_TRIES = 1
    monkeypatch.setattr("orders.handlers.bill", fail)
    run(job.pk)

    response = ada_client.get(url_of(job)).json()
    assert (response["status"], response["error"]) == ("failed", shown)
    job.refresh_from_db()
    assert str(exc) in job.error


def test_what_a_job_shows_cannot_be_set(ada_client, job):
    body = {"status": "finished", "attempts": 9, "progress": 50, "error": "x"}
    response = ada_client.patch(url_of(job), body, "json")

    assert [response.json()[name] for name in NEW_FIELDS] == [
        "queued",
        0,
        0,
        None,
        None,
    ]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Can only delete a job",
    new="Also cancels it at `/cancel`, and keeps its record",
)
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("status", [QUEUED, RUNNING])
def test_a_job_is_cancelled_and_keeps_its_record(ada_client, job, status, slash):
    in_state(job, status)
    response = ada_client.post(url_of(job, "cancel") + slash)

    assert response.status_code == 200
    assert response.json() == ada_client.get(url_of(job)).json()
    assert (response.json()["status"], response.json()["statusId"]) == ("cancelled", 4)
    assert response.json()["finishedAt"] is not None


def test_a_cancelled_job_is_not_carried_out(ada_client, job, run_worker):
    ada_client.post(url_of(job, "cancel"))
    run_worker()

    job.refresh_from_db()
    assert job.status == CANCELLED
    assert ada_client.get("/invoices").json() == {"Invoice": []}


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Can't cancel a job",
    new="Returns 200 for a job that is already cancelled, and changes nothing",
)
def test_cancelling_twice_is_as_good_as_once(ada_client, job):
    first = ada_client.post(url_of(job, "cancel"))
    second = ada_client.post(url_of(job, "cancel"))

    assert (second.status_code, second.json()) == (200, first.json())


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Can't retry a job",
    new="Retries a failed or cancelled job at `/retry`",
)
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("status", [FAILED, CANCELLED])
def test_a_retry_is_answered_as_a_new_order_is(
    ada_client, job, run_worker, status, slash
):
    in_state(job, status)
    response = ada_client.post(url_of(job, "retry") + slash)

    assert (response.status_code, response.json()["statusId"]) == (202, 0)
    assert list(response.json()) == ["id", "startedAt", "statusId"]
    assert response.headers["Location"] == f"http://testserver{url_of(job)}"
    assert response.headers["Retry-After"] == "1"
    run_worker()
    assert ada_client.get(response.headers["Location"]).json()["status"] == "finished"


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Can't cancel or retry a job",
    new="Returns 409 for cancelling a finished or failed job, and for retrying a "
    "queued, running, or finished one",
)
@pytest.mark.parametrize(
    ("verb", "status", "done"),
    [
        ("cancel", FINISHED, "cancelled"),
        ("cancel", FAILED, "cancelled"),
        ("retry", QUEUED, "retried"),
        ("retry", RUNNING, "retried"),
        ("retry", FINISHED, "retried"),
    ],
)
def test_the_wrong_state_is_409_and_named(ada_client, job, verb, status, done):
    in_state(job, status)
    response = ada_client.post(url_of(job, verb))

    text = f"Job {job.pk} is {status.name.lower()}, so it can't be {done}."
    assert (response.status_code, response.json()) == (409, {"message": text})
    job.refresh_from_db()
    assert job.status == status


@pytest.mark.parametrize("verb", ["cancel", "retry", "events"])
def test_a_strangers_job_is_not_there(bob_client, api, job, verb):
    send = bob_client.get if verb == "events" else bob_client.post
    response = send(url_of(job, verb))

    text = f"Job with {{'id': {job.pk}}} not found"
    assert (response.status_code, response.json()) == (404, {"message": text})
    send = api.get if verb == "events" else api.post
    response = send(url_of(job, verb))
    assert (response.status_code, response.json()) == (
        401,
        {"message": "Unauthorized User"},
    )
    job.refresh_from_db()
    assert job.status == QUEUED


def test_staff_may_cancel_and_retry(client_of, staff, job):
    client = client_of(staff)

    assert client.post(url_of(job, "cancel")).status_code == 200
    assert client.post(url_of(job, "retry")).status_code == 202
    job.refresh_from_db()
    assert (job.status, job.owner) == (QUEUED, job.order.owner)


@pytest.mark.parametrize("verb", ["cancel", "retry"])
@pytest.mark.parametrize(
    ("body", "media_type"),
    [("", "text/plain"), ("{}", "application/json"), ("a=1", "text/plain")],
)
def test_a_body_is_not_looked_at(ada_client, job, verb, body, media_type):
    if verb == "retry":
        cancel(job=job)
    response = ada_client.generic("POST", url_of(job, verb), body, media_type)

    assert response.status_code in {200, 202}


@pytest.mark.parametrize("verb", ["cancel", "retry"])
def test_other_methods_are_405(ada_client, job, verb):
    response = ada_client.get(url_of(job, verb))

    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("verb", "refused", "done"),
    [("cancel", FINISHED, "cancelled"), ("retry", QUEUED, "queued again")],
)
def test_the_back_office_says_how_many_it_changed_and_which_not(
    staff_client, ada, verb, refused, done
):
    jobs = [start_job(order=OrderFactory(owner=ada)) for _ in range(3)]
    if verb == "retry":
        for each in jobs:
            cancel(job=each)
    in_state(jobs[0], refused)
    body = {
        "action": f"{verb}_selected",
        "_selected_action": [each.pk for each in jobs],
    }
    page = staff_client.post(reverse("admin:orders_job_changelist"), body, follow=True)

    text = unescape(page.content.decode())
    assert f"2 jobs {done}, 1 refused." in text
    assert f"Job {jobs[0].pk} is {refused.name.lower()}, so it can't be" in text
    wanted = CANCELLED if verb == "cancel" else QUEUED
    assert Job.objects.filter(status=wanted).count() == (2 if verb == "cancel" else 3)


def test_a_retry_starts_from_nothing(job):
    Job.objects.update(
        attempts=5,
        progress=40,
        error="x",
        status=FAILED,
        due_at=None,
        finished_at=timezone.now(),
    )
    retry(job=job)

    job = Job.objects.get()
    assert (job.attempts, job.progress, job.error, job.finished_at) == (0, 0, "", None)


def test_two_invoices_never_come_of_one_job(job):
    run(job.pk)
    run(job.pk)
    JobFactory()

    assert Job.objects.filter(invoice__isnull=False).count() == 1
