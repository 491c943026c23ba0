"""The header `Server-Timing`, in development only."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.config.test_settings import PRODUCTION, manage

VALUE = re.compile(r'app;dur=([\d.]+), db;dur=([\d.]+);desc="(\d+) quer(?:y|ies)"')


@pytest.mark.parametrize("url", ["/books", "/v1.0/goals", "/movies", "/nothing", "/"])
def test_counts_the_queries_of_a_response(client, demo, url):
    with CaptureQueriesContext(connection) as queries:
        header = client.get(url).headers["Server-Timing"]

    app, db, count = VALUE.fullmatch(header).groups()
    assert int(count) == len(queries)
    assert float(app) >= float(db)


@pytest.mark.parametrize(("environment", "is_told"), [({}, True), (PRODUCTION, False)])
def test_production_tells_nobody(environment, is_told):
    code = "from django.conf import settings; print(settings.MIDDLEWARE)"
    run = manage("shell", "--no-imports", "-c", code, **environment)

    assert "config.middleware" in run.stdout, run.stderr
    assert ("ServerTimingMiddleware" in run.stdout) == is_told
