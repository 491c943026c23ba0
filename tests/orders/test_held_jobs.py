"""Held jobs, such as imported ones: nothing happens until somebody releases them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import ActionRecord
from common.http.errors import Conflict
from config import probes
from orders.mails import sweep_mails
from orders.models import Invoice, Job, Order
from orders.services import cancel, hold, release, retry, start_job, sweep_jobs
from orders.services.jobs import claim_job, run_job
from tests.orders.factories import JobFactory, OrderItemFactory
from tests.support.factories import UserFactory
from tests.support.jobs import claim, run
from tests.support.many_rows import ROWS, fill
from tests.test_deletion_locks import DELETIONS, begin
from tests.test_plans import Plans

QUEUED, RUNNING, FINISHED, FAILED, CANCELLED = Job.Status
JOBS, ORDERS = "/admin/orders/job/", "/admin/orders/order/"
LONG_AGO = timezone.now() - timedelta(days=999)
ON_POSTGRESQL = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="about PostgreSQL"
)


@pytest.fixture
def job(ada) -> Job:
    """A job as an import writes it."""
    order = OrderItemFactory(order__owner=ada, order__status=1).order
    return JobFactory(order=order, is_held=True)


@pytest.fixture
def started(ada) -> Job:
    """A job that waits in the queue, with a task for it."""
    return start_job(order=OrderItemFactory(order__owner=ada).order)


def state_of(job: Job) -> tuple[int, bool, Any]:
    job.refresh_from_db()
    return job.status, job.is_held, job.due_at


def run_by_celery(job: Job) -> None:
    pytest.importorskip("celery")
    from common.tasks.celery_backend import run_task

    run_task("orders.services.jobs.run_job", [job.pk, job.fence], {})


class TestWorkers:
    def test_no_worker_runs_or_mails_a_held_job(self, started, run_worker):
        """Although it has a task, which was enqueued before the job was held."""
        hold(job=started)
        run_worker()
        run_by_celery(started)
        run(started.pk)
        sweep_jobs()
        sweep_mails()

        assert DBTaskResult.objects.count() == 1
        assert state_of(started) == (QUEUED, True, None)
        assert not Invoice.objects.exists()
        assert mail.outbox == []

    def test_it_runs_once_when_it_is_released(self, job, run_worker):
        release(job=job)
        assert state_of(job)[:2] == (QUEUED, False)
        assert timedelta(0) < job.due_at - timezone.now() <= timedelta(seconds=15)
        assert Order.objects.get().status == Order.Status.NEW
        run_worker()
        run_job.call(job.pk, 0)

        assert state_of(job) == (FINISHED, False, None)
        assert (job.attempts, Invoice.objects.count()) == (1, 1)

    def test_one_held_after_a_failed_try_keeps_its_tries(self, started):
        attempt = claim(started.pk)
        with pytest.raises(Conflict, match="running, so it can't be held"):
            hold(job=started)
        attempt.fail(ValueError("no such part"))
        hold(job=started)
        hold(job=started)
        release(job=started)

        assert state_of(started)[:2] == (QUEUED, False)
        assert started.attempts == 1
        assert claim(started.pk)

    def test_a_sweep_that_is_late_leaves_a_held_job_alone(self, started, monkeypatch):
        Job.objects.update(due_at=LONG_AGO)
        seen = list(Job.objects.due())
        hold(job=started)
        monkeypatch.setattr("orders.querysets.JobQuerySet.__getitem__", lambda *_: seen)
        sweep_jobs()

        assert state_of(started) == (QUEUED, True, None)

    def test_a_queue_that_is_down_does_not_free_a_held_job(self, started, monkeypatch):
        """The sweep takes an offer back that the queue has refused."""
        Job.objects.update(due_at=LONG_AGO)

        def refuse(job: Job) -> bool:
            hold(job=job)
            return False

        monkeypatch.setattr("orders.services.jobs.enqueue_job", refuse)
        sweep_jobs()

        assert state_of(started) == (QUEUED, True, None)

    def test_a_job_in_another_state_is_neither_held_nor_released(self, started):
        with pytest.raises(Conflict, match="queued, so it can't be released"):
            release(job=started)
        cancel(job=started)
        for change, done in ((hold, "held"), (release, "released")):
            with pytest.raises(Conflict, match=f"cancelled, so it can't be {done}"):
                change(job=started)

    def test_both_are_recorded(self, started):
        hold(job=started)
        release(job=started)
        records = ActionRecord.objects.order_by("pk")
        assert list(records.values_list("verb", "changes")) == [
            ("hold", {"is_held": [False, True]}),
            ("release", {"is_held": [True, False]}),
        ]


@pytest.mark.parametrize(
    "state",
    [
        {"due_at": timezone.now()},
        {"mail_due_at": timezone.now()},
        {"status": RUNNING},
        {"status": RUNNING, "due_at": timezone.now()},
        {"status": CANCELLED, "finished_at": timezone.now() + timedelta(hours=1)},
        {"is_held": False, "due_at": None},
    ],
)
def test_the_database_refuses_impossible_holds(db, state):
    with pytest.raises(IntegrityError), transaction.atomic():
        JobFactory(**{"is_held": True, **state})


class TestClients:
    def test_it_is_a_queued_job_to_them(self, ada_client, job):
        shown = ada_client.get(f"/api/v2/jobs/{job.pk}").json()
        assert (shown["statusId"], shown["status"]) == (0, "queued")
        assert "isHeld" not in shown
        [listed] = ada_client.get("/api/v2/jobs?statusId=0").json()["Job"]
        assert listed == shown

    def test_it_can_be_cancelled_and_then_retried(self, ada_client, job, run_worker):
        response = ada_client.post(f"/api/v2/jobs/{job.pk}/retry")
        text = f"Job {job.pk} is queued, so it can't be retried."
        assert (response.status_code, response.json()) == (409, {"message": text})
        assert ada_client.post(f"/api/v2/jobs/{job.pk}/cancel").status_code == 200
        assert state_of(job) == (CANCELLED, False, None)

        retry(job=job)
        run_worker()
        assert state_of(job)[0] == FINISHED

    @pytest.mark.parametrize("method", ["put", "patch"])
    def test_a_change_of_the_job_keeps_it_held(self, ada_client, job, method):
        body = {"ownerId": job.owner_id, "orderId": job.order_id, "statusId": 1}
        url = f"/api/v2/jobs/{job.pk}"
        assert getattr(ada_client, method)(url, body, "json").status_code == 200
        assert state_of(job) == (QUEUED, True, None)


class TestFigures:
    def test_it_is_not_due(self, settings, job):
        settings.QUINTET_QUEUE_SECONDS = 1
        Job.objects.update(started_at=LONG_AGO)

        assert Job.objects.oldest_due_seconds() == 0
        assert probes.queue() == ""

    def test_metrics_count_it_apart(self, client, settings, job):
        settings.METRICS_TOKEN = "metrics-token"
        JobFactory.create_batch(2)
        token = {"authorization": "Bearer metrics-token"}
        lines = client.get("/metrics", headers=token).content.decode().splitlines()

        assert 'quintet_jobs{state="queued"} 2.0' in lines
        assert 'quintet_jobs{state="held"} 1.0' in lines

    def test_the_start_page_counts_it_apart(self, staff_client, job):
        waiting = JobFactory()
        shown = staff_client.get("/admin/").content.decode()

        queued = f"{JOBS}?status__exact=0&amp;is_held__exact=0"
        assert f'<a href="{queued}">1</a>' in shown
        assert f'<a href="{JOBS}?is_held__exact=1">1</a>' in shown
        assert f'{JOBS}{waiting.pk}/change/">Job {waiting.pk}</a>, for' in shown
        waiting.delete()
        assert "Oldest waiting job" not in staff_client.get("/admin/").content.decode()

    @ON_POSTGRESQL
    def test_many_held_jobs_cost_what_waits_nothing(self, client, settings, db):
        settings.QUINTET_QUEUE_SECONDS = 1
        fill("accounts", "orders")
        Job.objects.filter(status=QUEUED).update(mail_due_at=None)
        waiting = [ROWS - 1, ROWS]
        columns = {"status": QUEUED, "finished_at": None, "mail_due_at": None}
        Job.objects.exclude(pk__in=waiting).update(**columns, is_held=True, due_at=None)
        Job.objects.filter(pk__in=waiting).update(**columns, due_at=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE orders_job")

        for read, index in (
            (sweep_jobs, "job_due"),
            (probes.queue, "job_due"),
            (lambda: Job.objects.queued().order_by("pk").first(), "job_waiting"),
            (lambda: Job.objects.recent(timedelta(0)).count(), "job_due"),
        ):
            with CaptureQueriesContext(connection) as statements:
                read()
            plans = Plans([s for s in statements if "orders_job" in s["sql"]])
            assert plans.are_served_by(index), (index, plans, plans.counting)


class TestAdmin:
    def test_lists_show_and_find_it(self, staff_client, job):
        waiting = JobFactory()
        held = '<span aria-hidden="true">‖</span> Held'
        for url in (JOBS, ORDERS, f"{JOBS}{job.pk}/change/"):
            assert staff_client.get(url).content.decode().count(held) == 1, url
        page = staff_client.get(f"{ORDERS}{job.order_id}/change/").content.decode()
        assert page.count(held) == 1

        for query, found in (("1", job), ("0", waiting)):
            response = staff_client.get(JOBS, {"is_held__exact": query})
            assert [*response.context["cl"].result_list] == [found]

    def test_selected_jobs_are_released(self, staff_client, job, started):
        body = {
            "action": "release_selected",
            "_selected_action": [job.pk, started.pk],
        }
        response = staff_client.post(JOBS, body, follow=True)

        shown = unescape(response.content.decode())
        assert "1 jobs released, 1 refused." in shown
        assert f"Job {started.pk} is queued, so it can't be released." in shown
        assert state_of(job)[:2] == (QUEUED, False)
        assert ActionRecord.objects.get().verb == "release"

    def test_the_action_needs_the_permission_to_change_jobs(self, client, job):
        viewer = UserFactory(is_staff=True)
        viewer.user_permissions.add(Permission.objects.get(codename="view_job"))
        client.force_login(viewer)
        assert "release_selected" not in client.get(JOBS).content.decode()
        body = {"action": "release_selected", "_selected_action": [job.pk]}
        client.post(JOBS, body)

        assert state_of(job)[1]


class TestPage:
    @pytest.fixture
    def url(self, job) -> str:
        return f"/api/v2/jobs/{job.pk}.html"

    def test_its_owner_releases_it(self, client_of, ada, job, url):
        session = client_of(ada)
        page = session.get(url).content.decode()
        assert "‖</span> Held" in page
        assert "Nothing happens until the job is released." in page
        assert 'value="release" class="primary">Release job<' in page
        assert 'value="cancel">Cancel job<' in page
        assert "http-equiv" not in page

        assert press(session, url, "release").status_code == 302
        assert state_of(job)[:2] == (QUEUED, False)
        assert "Release job" not in session.get(url).content.decode()
        response = press(session, url, "release")
        assert response.status_code == 409
        text = unescape(response.content.decode())
        assert "is queued, so it can't be released." in text

    def test_it_can_be_cancelled_there(self, client_of, ada, job, url):
        assert press(client_of(ada), url, "cancel").status_code == 302
        assert state_of(job) == (CANCELLED, False, None)

    def test_nobody_else_releases_it(self, client_of, bob, api, job, url):
        viewer = UserFactory(is_staff=True)
        viewer.user_permissions.add(Permission.objects.get(codename="view_job"))
        assert b'name="action"' not in client_of(viewer).get(url).content
        for client, status in ((client_of(viewer), 403), (client_of(bob), 404)):
            assert press(client, url, "release").status_code == status
        assert press(api, url, "release").status_code == 401
        assert state_of(job)[1]


def press(client, url: str, action: str):
    form = "application/x-www-form-urlencoded"
    return client.generic("POST", url, f"action={action}", form)


def in_thread(step: Callable[[], Any]) -> Callable[[], Any]:
    """Return the step so that it closes its thread's connection."""

    def run_step() -> Any:
        try:
            return step()
        finally:
            connections.close_all()

    return run_step


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
class TestRaces:
    @pytest.fixture
    def job(self) -> Job:
        user = UserFactory.create(password="correct horse")
        return JobFactory(order=OrderItemFactory(order__owner=user).order)

    def test_a_worker_that_claims_while_a_job_is_held_gets_nothing(self, job):
        with transaction.atomic():
            hold(job=job)
            claimed = begin(lambda: claim_job(job.pk, job.fence))
            assert not claimed.done()

        assert claimed.result(timeout=20) is None
        assert state_of(job) == (QUEUED, True, None)

    def test_a_worker_that_comes_before_a_release_gets_nothing(self, job):
        hold(job=job)
        with transaction.atomic():
            release(job=job)
            early = begin(lambda: claim_job(job.pk, job.fence))
            assert early.result(timeout=20) is None
        assert claim_job(job.pk, job.fence)

    def test_a_job_is_held_or_claimed_but_never_both(self, job):
        attempt = claim_job(job.pk, job.fence)
        assert attempt
        with attempt.finish():
            attempt.report(50)
            late = begin(lambda: hold(job=job))
            assert not late.done()
        with pytest.raises(Conflict, match="finished, so it can't be held"):
            late.result(timeout=20)

        assert state_of(job) == (FINISHED, False, None)

    def test_one_of_many_releases_has_an_effect(self, job):
        hold(job=job)

        def race() -> bool:
            try:
                release(job=job)
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(5) as pool:
            steps = [pool.submit(in_thread(race)) for _ in range(5)]
        assert sorted(step.result() for step in steps) == [False] * 4 + [True]
        assert DBTaskResult.objects.count() == 1

    @pytest.mark.parametrize("name", DELETIONS)
    def test_a_job_is_released_while_it_is_deleted(self, job, name):
        hold(job=job)
        send = DELETIONS[name](job)
        with transaction.atomic():
            release(job=job)
            deletion = begin(send)
            assert not deletion.done()

        assert deletion.result(timeout=20).status_code in {200, 302}
        assert not Job.objects.filter(pk=job.pk).exists()
