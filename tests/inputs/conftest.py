from __future__ import annotations

import pytest

from tests.inputs.cases import Server
from tests.support.service_processes import Service


@pytest.fixture
def slow_passwords(settings, quick_passwords: None) -> None:
    """Hash passwords as the server does, for logins. It has no quick hasher."""
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]


@pytest.fixture
def server(demo: None, service: Service) -> Server:
    """Return a shared web server on the demo data."""
    return Server(service)
