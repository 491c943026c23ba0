"""What is done for an order, and the mail that tells of it."""

from __future__ import annotations

import sys
import types
from datetime import timedelta
from smtplib import SMTPException

import pytest
from django.core import mail
from django.core.checks import run_checks
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from orders.mails import MAX_AGE, RETRY_INTERVAL, send_confirmation, sweep_mails
from orders.models import Job, Order
from orders.services import start_job
from orders.services.watch import LostJob
from tests.config.test_settings import PRODUCTION, manage
from tests.orders.factories import OrderFactory, OrderItemFactory
from tests.support.jobs import run

ADDRESS = "ada@example.com"


@pytest.fixture
def order(ada) -> Order:
    order = OrderFactory(owner=ada, description="nuts & <bolts>")
    OrderItemFactory(order=order, part_code="M8 & co", units=3, unit_price="0.10")
    OrderItemFactory(order=order, part_code="M10", units=1, unit_price="19.99")
    return order


@pytest.fixture
def no_mail_server(monkeypatch):
    def refuse(self, messages):
        raise SMTPException("no such server")

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse)
        yield patch


def make_due(**columns) -> None:
    Job.objects.update(mail_due_at=timezone.now() - timedelta(seconds=1), **columns)


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Doesn't notify the owner of an order",
    new="Sends an email when the order is done",
)
def test_the_owner_is_told_of_the_invoice(order, run_worker):
    job = start_job(order=order)
    run_worker()

    [message] = mail.outbox
    assert message.to == [ADDRESS]
    assert message.subject == f"Your order {order.pk} is confirmed"
    for text in (
        "Hello ada,",
        "nuts & <bolts>",
        "3 x M8 & co at 0.10: 0.30",
        "1 x M10 at 19.99: 19.99",
        "Total: 20.29",
        f"Invoice: {job.invoice.number}",
    ):
        assert text in message.body.splitlines()
    assert Job.objects.get().mail_due_at is None


def test_the_owner_is_told_where_there_is_nothing_to_pay(ada, run_worker):
    start_job(order=OrderFactory(owner=ada, description="x"))
    run_worker()

    [message] = mail.outbox
    assert "There is nothing to pay." in message.body
    assert "Invoice" not in message.body


def test_what_a_user_wrote_stands_in_no_header(ada, run_worker):
    ada.name = "Eve\nBcc: all@example.com"
    ada.save()
    start_job(order=OrderFactory(owner=ada, description="x\nBcc: all@example.com"))
    run_worker()

    [message] = mail.outbox
    assert message.recipients() == [ADDRESS]
    assert set(message.message().keys()) == {
        *("Content-Type", "MIME-Version", "Content-Transfer-Encoding"),
        *("Subject", "From", "To", "Date", "Message-ID"),
    }


def test_a_job_that_comes_to_nothing_tells_nobody(order, run_worker, monkeypatch):
    def lose(*, job):
        raise LostJob

    monkeypatch.setattr("orders.handlers.schedule_confirmation", lose)
    start_job(order=order)
    run_worker()

    job = Job.objects.get()
    assert (job.mail_due_at, hasattr(job, "invoice")) == (None, False)
    assert mail.outbox == []


def test_a_mail_server_that_is_down_fails_no_job(order, run_worker, no_mail_server):
    start_job(order=order)
    run_worker()

    job = Job.objects.get()
    assert job.status == Job.Status.FINISHED
    assert job.invoice.number
    assert job.mail_due_at > timezone.now()


def test_the_mail_is_sent_once_the_server_is_back(order, run_worker, no_mail_server):
    start_job(order=order)
    run_worker()
    no_mail_server.undo()
    run_worker()
    assert mail.outbox == []

    make_due()
    sweep_mails()
    run_worker()
    assert len(mail.outbox) == 1
    assert Job.objects.get().mail_due_at is None


def test_a_mail_that_no_worker_was_told_of_is_found(order, run_worker):
    run(start_job(order=order).pk)
    mail.outbox.clear()
    make_due()
    run_worker()
    sweep_mails()
    run_worker()

    assert len(mail.outbox) == 1


def test_a_mail_is_given_up_after_a_day(order, run_worker, no_mail_server):
    start_job(order=order)
    run_worker()
    old = timezone.now() - MAX_AGE - timedelta(minutes=1)
    make_due(started_at=old, finished_at=old)
    sweep_mails()

    assert Job.objects.get().mail_due_at is None


def test_any_number_of_hints_makes_one_mail(order, monkeypatch):
    enqueued = []
    monkeypatch.setattr(
        type(send_confirmation),
        "enqueue",
        lambda task, *of, **named: enqueued.append(of),
    )
    job = Job.objects.create(
        owner=order.owner,
        order=order,
        status=Job.Status.FINISHED,
        finished_at=timezone.now() + timedelta(seconds=1),
    )
    make_due()
    for _ in range(3):
        sweep_mails()
    assert [of[0] for of in enqueued] == [job.pk]
    for _ in range(3):
        send_confirmation.call(*enqueued[0])

    assert len(mail.outbox) == 1


def test_a_hint_that_was_overtaken_sends_nothing(order, no_mail_server, run_worker):
    start_job(order=order)
    run_worker()
    job = Job.objects.get()
    no_mail_server.undo()
    send_confirmation.call(job.pk, (job.mail_due_at - RETRY_INTERVAL).isoformat())
    assert mail.outbox == []

    send_confirmation.call(job.pk, job.mail_due_at.isoformat())
    assert len(mail.outbox) == 1


@pytest.fixture
def module(monkeypatch) -> types.ModuleType:
    module = types.ModuleType("own_handlers")
    monkeypatch.setitem(sys.modules, "own_handlers", module)
    return module


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("orders.handlers.bill", None),
        ("own_handlers.handle", None),
        ("own_handlers.missing", "orders.E001"),
        ("no_such_module.handle", "orders.E001"),
        ("nodots", "orders.E001"),
        ("", "orders.E001"),
        ("own_handlers.number", "orders.E002"),
        ("own_handlers.takes_none", "orders.E002"),
        ("own_handlers.takes_two", "orders.E002"),
    ],
)
def test_a_handler_that_cannot_work_is_told_at_the_start(
    settings, module, path, number
):
    module.number = 42
    module.handle = lambda attempt, factor=2: None
    module.takes_none = lambda: None
    module.takes_two = lambda attempt, more: None
    settings.QUINTET_ORDER_HANDLER = path
    errors = [error for error in run_checks() if error.id.startswith("orders.")]

    assert [error.id for error in errors] == ([number] if number else [])
    assert all("Set it to" in error.hint for error in errors)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("QUINTET_JOB_TRIES", "orders.E003"),
        ("QUINTET_JOB_SECONDS", "orders.E004"),
        ("QUINTET_JOB_LEASE_SECONDS", "orders.E005"),
        ("QUINTET_MAX_STREAMS", "orders.E006"),
        ("QUINTET_IDEMPOTENCY_HOURS", "orders.E007"),
    ],
)
def test_a_number_that_is_too_small_is_told_at_the_start(settings, name, number):
    setattr(settings, name, -1)
    [error] = [error for error in run_checks() if error.id.startswith("orders.")]

    assert error.id == number
    assert error.msg == f"{name}=-1 is too small."


def test_a_handler_of_ones_own_is_named_in_the_environment():
    run = manage("check", QUINTET_ORDER_HANDLER="no_such_module.handle")

    assert run.returncode != 0
    assert "QUINTET_ORDER_HANDLER='no_such_module.handle'" in run.stderr
    assert "(orders.E001)" in run.stderr


@pytest.mark.parametrize(
    ("environment", "backend"),
    [
        ({}, "console"),
        (PRODUCTION, "dummy"),
        (PRODUCTION | {"EMAIL_URL": "smtp+tls://u:p@mail.example:587"}, "smtp"),
    ],
)
def test_mails_go_where_the_environment_says(environment, backend):
    code = (
        "from django.conf import settings as s;"
        "print(s.EMAIL_BACKEND, s.EMAIL_HOST, s.DEFAULT_FROM_EMAIL)"
    )
    run = manage(
        *("shell", "--no-imports", "-c", code),
        **environment | {"DEFAULT_FROM_EMAIL": "shop@example.com"},
    )

    assert f"backends.{backend}.EmailBackend" in run.stdout
    assert run.stdout.strip().endswith("shop@example.com")


@pytest.mark.parametrize("url", ["mail.example", "pigeon://x", "smtp://x:abc"])
def test_a_bad_mail_url_is_refused_at_the_start(url):
    run = manage("check", EMAIL_URL=url)

    assert run.returncode != 0
    assert "EMAIL_URL must be" in run.stderr
