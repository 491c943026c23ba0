"""The header `Server-Timing`, in development only."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.config.test_environment import settings_with
from tests.config.test_settings import PRODUCTION

VALUE = re.compile(r'app;dur=([\d.]+), db;dur=([\d.]+);desc="(\d+) quer(?:y|ies)"')


@pytest.mark.parametrize("url", ["/books", "/v1.0/goals", "/movies", "/nothing", "/"])
def test_counts_the_queries_of_a_response(client, demo, url):
    with CaptureQueriesContext(connection) as queries:
        header = client.get(url).headers["Server-Timing"]

    app, db, count = VALUE.fullmatch(header).groups()
    assert int(count) == len(queries)
    assert float(app) >= float(db)


@pytest.mark.parametrize(("environment", "is_told"), [({}, True), (PRODUCTION, False)])
def test_production_tells_nobody(monkeypatch, environment, is_told):
    middleware = settings_with(monkeypatch, **environment)["MIDDLEWARE"]

    assert "config.middleware" in str(middleware)
    assert ("ServerTimingMiddleware" in str(middleware)) == is_told
