"""The setting TASKS alone decides which backend queues and runs tasks."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django_tasks.backends.immediate import ImmediateBackend

from accounts.mails import send_account_mail
from common.tasks.worker import WorkerBackendMixin
from tests.config.test_settings import manage


class InProcessBackend(WorkerBackendMixin, ImmediateBackend):
    """Runs each task at once; its worker only notes how it was started."""

    enqueued: list[str] = []
    worker_options: list[int] = []

    def enqueue(self, task, args, kwargs):
        self.enqueued.append(task.name)
        return super().enqueue(task, args, kwargs)

    def add_worker_arguments(self, parser):
        parser.add_argument("--rounds", type=int, default=1)

    def run_worker(self, options):
        self.worker_options.append(options["rounds"])


@pytest.fixture
def third_backend(settings, monkeypatch) -> type[InProcessBackend]:
    monkeypatch.setattr(InProcessBackend, "enqueued", [])
    monkeypatch.setattr(InProcessBackend, "worker_options", [])
    path = f"{InProcessBackend.__module__}.InProcessBackend"
    settings.TASKS = {"default": {"BACKEND": path}}
    return InProcessBackend


def test_a_third_backend_gets_the_tasks(third_backend, ada, mailoutbox):
    send_account_mail.enqueue(
        "reset_link", ada.email, "https://example.com/new-password"
    )

    assert third_backend.enqueued == ["send_account_mail"]
    assert [mail.to for mail in mailoutbox] == [[ada.email]]


@pytest.mark.django_db
def test_a_third_backend_brings_its_worker_and_its_options(third_backend):
    call_command("worker", "--rounds=3")

    assert third_backend.worker_options == [3]


@pytest.mark.django_db
def test_a_backend_without_a_worker_is_refused(settings):
    path = "django_tasks.backends.immediate.ImmediateBackend"
    settings.TASKS = {"default": {"BACKEND": path}}

    with pytest.raises(CommandError, match="ImmediateBackend has no worker"):
        call_command("worker")


@pytest.mark.parametrize(
    ("environment", "option"),
    [({}, "--interval"), ({"BROKER_URL": "amqp://localhost"}, "--concurrency")],
)
def test_each_backend_has_its_own_worker_options(environment, option):
    run = manage("worker", "--help", **environment)

    assert run.returncode == 0, run.stderr
    assert option in run.stdout
