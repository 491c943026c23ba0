"""Figures for Prometheus: closed by default, bounded, the same in all processes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from orders.models import Job
from tests.orders.factories import JobFactory
from tests.support.openapi import document
from tests.support.service_processes import Service

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "metrics-token-of-24-signs"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def samples(service: Service) -> dict[tuple, float]:
    response = service.get("/metrics", **BEARER)
    assert response.status == 200, response
    assert response.headers["Content-Type"].startswith("text/plain")
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.body.decode())
        for sample in family.samples
    }


def test_there_are_none_unless_a_token_is_set(client):
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer ").status_code == 404


@pytest.mark.parametrize(
    "given", [None, "", "Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "é"]
)
def test_only_the_token_opens_them(client, settings, given):
    settings.METRICS_TOKEN = TOKEN
    sent = {} if given is None else {"HTTP_AUTHORIZATION": given}
    response = client.get("/metrics", **sent)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "METRICS_TOKEN" in response.content.decode()


def test_requests_count_by_route_in_all_processes_together(start):
    service = start(WEB_CONCURRENCY="2", METRICS_TOKEN=TOKEN)
    for number in range(20):
        service.get(f"/books/{number}")
        service.get("/movies")
    found = samples(service)

    def requests(app: str, route: str, status: str) -> float:
        labels = (("app", app), ("method", "GET"), ("route", route), ("status", status))
        return found["quintet_http_requests_total", *labels]

    assert requests("media_catalog", "/books/<pk>", "4xx") == 20
    assert requests("casting", "/movies", "4xx") == 20
    refused = found[
        "quintet_http_refusals_total", ("app", "casting"), ("status", "401")
    ]
    assert refused == 20
    seconds = ("app", "casting"), ("method", "GET")
    assert found["quintet_http_request_seconds_count", *seconds] == 20
    assert (
        found[
            "quintet_http_request_seconds_bucket",
            seconds[0],
            ("le", "+Inf"),
            seconds[1],
        ]
        == 20
    )


def test_the_number_of_series_is_bounded(start):
    from tests.config.test_logs import URLS

    service = start(METRICS_TOKEN=TOKEN)
    assert series_of_made_up_requests(service) < 20
    assert len(samples(service)) < 300

    token = {"Authorization": f"Bearer {service.login('a@example.com', 'pass phrase')}"}
    for path in [*every_path(), *URLS]:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"):
            for who in ({}, token):
                service.call(method, path, {} if method[0] == "P" else None, **who)
    assert 300 < len(samples(service)) < 2000


def series_of_made_up_requests(service: Service) -> int:
    """Return how many series the names that callers make up add."""
    service.get("/warm")
    service.call("BREW", "/books")
    before = set(samples(service)) | set(samples(service))
    for number in range(300):
        service.get(f"/made-up/{number}", X_Request_ID=f"r{number}")
        service.get(f"/static/made-up-{number}", User_Agent=f"a{number}")
        service.call(f"METHOD{number}", "/books")
    return len({name[:3] for name in set(samples(service)) - before})


def every_path() -> list[str]:
    """One URL for each path of the OpenAPI document."""
    return [path.replace("{", "").replace("}", "") for path in document()["paths"]]


def test_jobs_are_counted_by_state(client, settings):
    settings.METRICS_TOKEN = TOKEN
    JobFactory.create_batch(3)
    JobFactory.create(status=Job.Status.RUNNING)
    now = timezone.now()
    for minutes in (10, 50, 70):
        ended = now - timedelta(minutes=minutes)
        columns = {"due_at": None, "started_at": ended, "finished_at": ended}
        JobFactory.create(status=Job.Status.FAILED, **columns)
    text = client.get("/metrics", HTTP_AUTHORIZATION=BEARER["Authorization"])
    lines = text.content.decode().splitlines()

    assert 'quintet_jobs{state="queued"} 3.0' in lines
    assert 'quintet_jobs{state="running"} 1.0' in lines
    # Of those that are over, the ones of the last hour.
    assert 'quintet_jobs{state="failed"} 2.0' in lines
    assert 'quintet_jobs{state="finished"} 0.0' in lines
    assert "quintet_database_up 1.0" in lines
    [age] = [line for line in lines if line.startswith("quintet_jobs_oldest_due")]
    assert float(age.split()[1]) >= 0


def test_without_a_database_the_requests_still_count(start):
    url = "postgres://u:p@127.0.0.1:1/nothing"
    service = start(METRICS_TOKEN=TOKEN, DATABASE_URL=url)
    found = samples(service)

    assert found[("quintet_database_up",)] == 0
    assert ("quintet_jobs_oldest_due_seconds",) not in found
    assert any(name[0] == "quintet_http_requests_total" for name in found)
