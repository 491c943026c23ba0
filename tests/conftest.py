"""Fixtures of the whole suite: users, their clients, and checks of responses.

Every response that a test gets from an API is compared with the OpenAPI document.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import issue_tokens
from config.middleware import forget_request
from tests.support.demo_data import DemoData, all_values
from tests.support.factories import UserFactory
from tests.support.http import request_over_http, wait_for_server
from tests.support.openapi import Contract, ProjectContract, document
from tests.support.rows import all_rows, restore
from tests.support.service_processes import PROCESSES, Service, Services, copy_rows

UNCHECKED_REQUEST = Client.request


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Leave only the migrations' rows after tests that commit.

    Any other test may follow, because pytest's workers share the tests out.
    """
    with django_db_blocker.unblock():
        migrated_rows = all_rows()
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(
            TransactionTestCase,
            "_fixture_teardown",
            lambda case: restore(migrated_rows),
        )
        yield


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """Hash passwords quickly. Argon2 is slow on purpose and has its own tests."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]


@pytest.fixture(autouse=True)
def forgotten_requests() -> Iterator[None]:
    """Forget the request of a test that leaves a stream unread.

    Actions of the next test would be recorded as those of its user.
    """
    yield
    forget_request()


@pytest.fixture(autouse=True)
def static_files_on_demand(settings) -> None:
    """Find static files on request. Otherwise each test client would list them all."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(scope="session")
def contract() -> Contract:
    return ProjectContract.of(document())


@pytest.fixture(autouse=True)
def responses_match_the_document(
    monkeypatch: pytest.MonkeyPatch, contract: Contract
) -> None:
    """Check every response of the test against the generated OpenAPI document."""
    monkeypatch.setattr(Client, "request", contract.checking(Client.request))


@pytest.fixture
def undocumented(responses_match_the_document, monkeypatch) -> None:
    """Check no response, such as those of a view that the test changes."""
    monkeypatch.setattr(Client, "request", UNCHECKED_REQUEST)


@pytest.fixture
def over_http(
    monkeypatch: pytest.MonkeyPatch, contract: Contract, live_server
) -> Iterator[None]:
    """Send the requests of the test's clients over HTTP to a live server."""
    request = request_over_http(live_server.url)
    monkeypatch.setattr(Client, "request", contract.checking(request))
    yield
    wait_for_server()


@pytest.fixture(scope="session")
def services(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    services = Services(tmp_path_factory.mktemp("services"))
    yield services
    services.stop()


@pytest.fixture
def share(
    services: Services, transactional_db: None
) -> Iterator[Callable[..., Service]]:
    """Return a function that returns a web server on the test's rows.

    Unlike those of `start`, other tests have used it. It must run on as it is.
    """
    yield services.with_rows
    services.stop_workers()


@pytest.fixture
def service(share: Callable[..., Service]) -> Service:
    """Return a shared web server of several processes on the test's rows."""
    return share(**PROCESSES)


@pytest.fixture
def port(service) -> int:
    return service.port


@pytest.fixture
def api() -> APIClient:
    """Return a client without a token."""
    return APIClient()


@pytest.fixture
def client_of(db) -> Callable[[User], APIClient]:
    """Return a function that returns a client with a user's bearer token."""

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
    """Return a superuser, as the demo data has one."""
    return UserFactory.create(
        name="staff", email="staff@example.com", is_staff=True, is_superuser=True
    )


@pytest.fixture
def closed(settings) -> None:
    """Close the APIs to anonymous clients, as in production."""
    settings.QUINTET_ACCESS = "closed"


@pytest.fixture
def query_counts() -> Callable[[str, APIClient, str], None]:
    """Return a check that a list has its number of queries in query_counts.json."""
    counts = json.loads((Path(__file__).parent / "query_counts.json").read_text())

    def check(name: str, client: APIClient, url: str) -> None:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(url)
        assert response.status_code == 200, response.content
        assert len(queries) == counts[name], [query["sql"] for query in queries]

    return check


@pytest.fixture(scope="session")
def demo_data(django_db_setup: None, django_db_blocker: Any) -> DemoData:
    with django_db_blocker.unblock():
        return DemoData(all_values())


@pytest.fixture
def demo(db, demo_data: DemoData) -> None:
    """Load the demo data."""
    demo_data.load()


@pytest.fixture
def start(tmp_path, transactional_db) -> Iterator[Callable[..., Service]]:
    """Return a function that starts services on one database until the test ends."""
    copy_rows(tmp_path)
    services: list[Service] = []

    def begin(**variables: str) -> Service:
        services.append(Service(tmp_path, **variables))
        return services[-1]

    yield begin
    for service in services:
        service.stop()
