"""Sentry's SDK, set up as its documentation shows for Django."""

from __future__ import annotations

import pytest

from tests.integrations.programs import run
from tests.support.service_processes import copy_rows

PROGRAM = """
import sentry_sdk
from sentry_sdk.transport import Transport

sent = []

class Memory(Transport):
    def capture_envelope(self, envelope):
        sent.extend(item.payload.json for item in envelope.items)

sentry_sdk.init(
    dsn="https://key@sentry.example/1", transport=Memory, traces_sample_rate=1.0
)
statuses = [
    call("GET", "/books?pageConfig={}"),
    call("GET", "/api/video/no-such-video"),
    call("POST", "/bucketlists/", {"name": "x"}),
    call("GET", "/breaks/type?email=a@example.com&password=x&token=t"),
]
print(json.dumps({"statuses": statuses, "sent": [part for part in sent if part]}))
"""


@pytest.mark.django_db(transaction=True)
def test_transactions_have_routes_and_errors_have_urls(tmp_path):
    copy_rows(tmp_path)
    found = run(tmp_path, PROGRAM, DJANGO_SETTINGS_MODULE="tests.config.settings")

    transactions = [
        part["transaction"]
        for part in found["sent"]
        if part.get("type") == "transaction"
    ]
    assert [status[:3] for status in found["statuses"]] == ["200", "404", "401", "500"]
    assert transactions == [
        "/books/",
        "/api/video/{id}",
        "/bucketlists/",
        "/breaks/{how}",
    ]
    (error,) = [part for part in found["sent"] if "exception" in part]
    assert error["request"]["url"] == "http://localhost/breaks/type"
    assert error["transaction"] == "/breaks/{how}"
