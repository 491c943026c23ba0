from __future__ import annotations

import signal
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.test import Client
from django_tasks_db.management.commands import db_worker
from rest_framework.test import APIClient

from tests.support.factories import UserFactory


@pytest.fixture
def ada_client(client_of, ada) -> APIClient:
    return client_of(ada)


@pytest.fixture
def bob_client(client_of, bob) -> APIClient:
    return client_of(bob)


@pytest.fixture
def staff_client(client, db) -> Client:
    """A browser in which a superuser is logged in to the admin."""
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def run_worker(db, monkeypatch) -> Callable[[], None]:
    """Run a worker until the queue is empty.

    It leaves the test's connection open and pytest's signal handlers in place.
    """
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)

    def run() -> None:
        handled = [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT]
        handlers = {number: signal.getsignal(number) for number in handled}
        try:
            call_command("worker", batch=True, verbosity=0)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    return run
