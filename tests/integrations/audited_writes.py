"""Every write route leaves an entry in django-auditlog: `test_audit_log.py` runs it."""

from __future__ import annotations

from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from goals.models import Goal
from tests.support.write_routes import (
    ID,
    JOB,
    ROUTES,
    create_user_with_rows,
    prepare,
    send,
)

# The log has an entry where a column changes, so these have to change one.
BODIES: dict[str, dict[str, Any]] = {
    "PATCH /bucketlists/{id}": {"name": "New"},
    "PATCH /orders/{id}": {"description": "New"},
    "PATCH /api/v2/orders/{id}": {"description": "New"},
    "PUT /api/v2/jobs/{id}": JOB | {"started_at": "2026-01-01"},
}
# Only columns of other rows change, which are written in bulk.
LINKS = {
    "POST /api/user/{id}/relationships/owned_videos",
    "POST /api/user/{id}/relationships/owned_playlists",
}
ROUTES_OF_ROWS = [
    route for route, write in ROUTES.items() if write.model and route not in LINKS
]


@pytest.mark.parametrize("route", ROUTES_OF_ROWS)
def test_a_write_is_in_the_audit_log(db, client_of, route):
    ada = create_user_with_rows()
    write, client = ROUTES[route], client_of(ada)
    body = prepare(route, ada, BODIES.get(route, write.body))
    if route.endswith("/reopen"):
        Goal.objects.complete()
    if route.endswith("/unarchive"):
        Goal.objects.archive()
    LogEntry.objects.all().delete()

    response = send(client, route, body)

    assert response.status_code < 300 or response.status_code == 419, response.content
    kind = ContentType.objects.get_for_model(write.model)
    keys = LogEntry.objects.filter(content_type=kind).values_list(
        "object_pk", flat=True
    )
    assert len(keys) == 1
    assert write.adds or keys[0] == str(ID)
