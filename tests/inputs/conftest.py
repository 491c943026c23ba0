from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inputs.cases import Server
from tests.support.service_processes import Service


@pytest.fixture
def server(demo: None, start: Callable[..., Service]) -> Server:
    """Run the web server on the demo data."""
    return Server(start())
