"""Fixtures of the whole suite: the people, their clients, and what watches answers.

Every answer that a test gets from an API is compared with the OpenAPI document, and an
error answer without a stable code fails its test.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client, TransactionTestCase
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import issue_tokens
from tests.support.factories import UserFactory
from tests.support.http import request_over_http, wait_for_server
from tests.support.openapi import Contract, document
from tests.support.rows import all_rows, leave
from tests.support.service import PROCESSES, Service, copy_rows


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Has tests that commit leave nothing but the rows that migrations made.

    Processes take tests from each other, so that any other may come next.
    """
    with django_db_blocker.unblock():
        made = all_rows()
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(
            TransactionTestCase, "_fixture_teardown", lambda case: leave(made)
        )
        yield


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """Argon2 is slow on purpose; what it protects is tested where it matters."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]


@pytest.fixture(autouse=True)
def static_files_on_demand(settings) -> None:
    """Else each client of each test would look at all of them first."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract.of(document())


@pytest.fixture(autouse=True)
def answers_match_the_document(
    monkeypatch: pytest.MonkeyPatch, contract: Contract
) -> None:
    """Checks every answer of the test against the generated OpenAPI document."""
    monkeypatch.setattr(Client, "request", contract.checking(Client.request))


@pytest.fixture
def over_http(
    monkeypatch: pytest.MonkeyPatch, contract: Contract, live_server
) -> Iterator[None]:
    """Lets the test's clients speak real HTTP, with a server on a socket."""
    request = request_over_http(live_server.url)
    monkeypatch.setattr(Client, "request", contract.checking(request))
    yield
    wait_for_server()


@pytest.fixture
def service(tmp_path, db) -> Iterator[Service]:
    """Web servers of the test's own; SQLite gets a file, for in memory has one user."""
    copy_rows(tmp_path)
    service = Service(tmp_path, **PROCESSES)
    yield service
    service.stop()


@pytest.fixture
def port(service) -> int:
    return service.port


@pytest.fixture
def api() -> APIClient:
    """A client without a token."""
    return APIClient()


@pytest.fixture
def client_of(db) -> Callable[[User], APIClient]:
    """A client that sends the user's bearer token."""

    def build(user: User) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_tokens(user).access}")
        return client

    return build


@pytest.fixture
def ada(db) -> User:
    return UserFactory.create(name="ada", email="ada@example.com")


@pytest.fixture
def bob(db) -> User:
    return UserFactory.create(name="bob", email="bob@example.com")


@pytest.fixture
def staff(db) -> User:
    return UserFactory.create(name="staff", email="staff@example.com", is_staff=True)


@pytest.fixture
def closed(settings) -> None:
    """The access of a production service."""
    settings.QUINTET_ACCESS = "closed"


@pytest.fixture
def query_counts() -> Callable[[str, APIClient, str], None]:
    """Holds a list to its number of queries in query_counts.json."""
    budgets = json.loads((Path(__file__).parent / "query_counts.json").read_text())

    def check(name: str, client: APIClient, url: str) -> None:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url)
        assert answer.status_code == 200, answer.content
        assert len(queries) == budgets[name], [query["sql"] for query in queries]

    return check


@pytest.fixture
def demo(db) -> None:
    """The demo data, loaded."""
    call_command("demo", verbosity=0)


@pytest.fixture
def start(tmp_path, transactional_db) -> Iterator[Callable[..., Service]]:
    """Starts services on one database, and stops them at the end."""
    copy_rows(tmp_path)
    services: list[Service] = []

    def begin(**variables: str) -> Service:
        services.append(Service(tmp_path, **variables))
        return services[-1]

    yield begin
    for service in services:
        service.stop()
