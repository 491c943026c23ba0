from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.service import Service, copy_rows


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
