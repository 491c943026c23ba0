"""A job's changes as Server-Sent Events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from orders import events
from orders.models import Job
from orders.services import cancel, start_job
from tests.orders.factories import OrderItemFactory
from tests.support.jobs import claim, run
from tests.support.web_server import Caller, serving


@pytest.fixture(autouse=True)
def fast_polling(monkeypatch) -> Iterator[None]:
    monkeypatch.setattr(events, "POLL_SECONDS", 0.001)
    # The end of an answer must not end the test's transaction.
    monkeypatch.setattr(
        BaseDatabaseWrapper, "close_if_unusable_or_obsolete", lambda wrapper: None
    )
    yield
    assert events.slots.taken == 0


@pytest.fixture
def job(ada) -> Job:
    return start_job(order=OrderItemFactory(order__owner=ada).order)


def url_of(job: Job) -> str:
    return f"/api/v2/jobs/{job.pk}/events"


@pytest.fixture
def open_stream(ada_client, job) -> Iterator[Any]:
    """Opens streams of the job, and closes them in the end."""
    responses = []

    def connect(seen: str = "") -> Iterator[bytes]:
        headers = {"Last-Event-ID": seen} if seen else {}
        responses.append(ada_client.get(url_of(job), headers=headers))
        return iter(responses[-1].streaming_content)

    yield connect
    for response in responses:
        response.close()


def read(chunk: bytes) -> list[dict[str, Any]]:
    """The events of a chunk, each with its fields; the data as JSON."""
    stream_events = []
    for block in chunk.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        if "data" in fields:
            fields["data"] = json.loads(fields["data"])
        stream_events.append(fields)
    return stream_events


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Requires clients to poll for changes",
    new="Also streams each change at `/api/v2/jobs/<id>/events`",
)
def test_a_stream_sends_each_change_and_the_end(ada_client, job, open_stream):
    stream = open_stream()
    assert read(next(stream)) == [{"retry": "1000"}]

    [first] = read(next(stream))
    assert first["event"] == "job"
    assert first["data"] == ada_client.get(f"/api/v2/jobs/{job.pk}").json()
    attempt = claim(job.pk)
    attempt.report(50)
    [second] = read(next(stream))
    assert (second["data"]["status"], second["data"]["progress"]) == ("running", 50)
    with attempt.finish():
        pass
    third, end = read(next(stream))
    assert (third["data"]["status"], third["data"]["progress"]) == ("finished", 100)
    assert (end["event"], end["data"]) == ("end", {"status": "finished"})
    assert list(stream) == []
    assert len({event["id"] for event in (first, second, third, end)}) == 4


def test_a_finished_job_is_sent_at_once(job, open_stream):
    run(job.pk)
    stream_events = read(b"".join(open_stream()))

    assert [of.get("event") for of in stream_events] == [None, "job", "end"]
    assert stream_events[1]["data"]["invoice"]["number"] == job.invoice.number


def test_an_event_that_was_seen_is_not_sent_again(job, open_stream, monkeypatch):
    monkeypatch.setattr(events, "MAX_STREAM_SECONDS", 0)
    [_, job_event] = read(b"".join(open_stream()))

    assert read(b"".join(open_stream(seen=job_event["id"]))) == [{"retry": "1000"}]
    cancel(job=job)
    [_, news, end] = read(b"".join(open_stream(seen=job_event["id"])))
    assert (news["data"]["status"], end["event"]) == ("cancelled", "end")


def test_a_client_that_has_seen_the_end_gets_204(ada_client, job, open_stream):
    cancel(job=job)
    *_, end = read(b"".join(open_stream()))
    response = ada_client.get(url_of(job), headers={"Last-Event-ID": end["id"]})

    assert (response.status_code, response.content) == (204, b"")


def test_a_deleted_job_ends_the_stream(job, open_stream):
    stream = open_stream()
    next(stream), next(stream)
    Job.objects.all().delete()

    [end] = read(b"".join(stream))
    assert (end["event"], end["data"]) == ("end", {"status": "deleted"})


def test_a_silent_stream_has_a_heartbeat_and_an_end(open_stream, monkeypatch):
    stream = open_stream()
    next(stream), next(stream)
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0)
    assert next(stream) == b":\n\n"

    monkeypatch.setattr(events, "MAX_STREAM_SECONDS", 0)
    assert set(stream) <= {b":\n\n"}


def test_a_poll_without_changes_is_one_query(
    open_stream, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0)
    stream = open_stream()
    next(stream), next(stream)

    with django_assert_num_queries(1) as queries:
        next(stream)
    assert "JOIN" not in queries[0]["sql"]


def test_a_client_without_a_free_slot_gets_the_job_once_and_polls(
    job, open_stream, settings
):
    settings.QUINTET_MAX_STREAMS = 2
    streams = [open_stream() for _ in range(2)]
    for stream in streams:
        next(stream)

    retry, job_event = read(b"".join(open_stream()))
    assert (retry, job_event["event"]) == ({"retry": "2000"}, "job")
    assert read(b"".join(open_stream(seen=job_event["id"]))) == [{"retry": "2000"}]
    cancel(job=job)
    assert list(streams[0])
    assert read(next(open_stream())) == [{"retry": "1000"}]


def test_streams_can_be_turned_off(job, open_stream, settings):
    settings.QUINTET_MAX_STREAMS = 0
    run(job.pk)

    assert [of.get("event") for of in read(b"".join(open_stream()))] == [
        None,
        "job",
        "end",
    ]


def test_a_closed_stream_frees_its_slot(ada_client, job, settings):
    settings.QUINTET_MAX_STREAMS = 1
    for _ in range(3):
        response = ada_client.get(url_of(job))
        assert next(iter(response.streaming_content)) == b"retry: 1000\n\n"
        assert events.slots.taken == 1
        response.close()
        assert events.slots.taken == 0


def test_a_database_that_fails_ends_the_stream(open_stream, monkeypatch):
    def fail(changes):
        raise OperationalError("gone")

    stream = open_stream()
    next(stream)
    monkeypatch.setattr(events.JobChanges, "read", fail)

    assert list(stream) == []


@pytest.mark.parametrize("accept", [None, "text/event-stream", "*/*", "text/*"])
def test_a_stream_is_neither_stored_nor_held_back(ada_client, job, accept):
    cancel(job=job)
    response = ada_client.get(url_of(job), headers={"accept": accept} if accept else {})

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert not {"Content-Length", "ETag", "Content-Encoding"} & set(response.headers)
    assert b"event: end" in b"".join(response.streaming_content)


def test_who_asks_for_json_gets_the_job(ada_client, job):
    response = ada_client.get(url_of(job), headers={"accept": "application/json"})

    assert response.json() == ada_client.get(f"/api/v2/jobs/{job.pk}").json()


@pytest.mark.parametrize("accept", ["text/event-stream", "*/*"])
def test_a_refusal_is_json_before_any_stream(api, bob_client, ada_client, job, accept):
    for client, status in [(api, 401), (bob_client, 404)]:
        response = client.get(url_of(job), headers={"accept": accept})
        assert (response.status_code, list(response.json())) == (status, ["message"])
        assert response.headers["Content-Type"] == "application/json"
    response = ada_client.get(url_of(job), headers={"accept": "image/png"})
    assert (response.status_code, list(response.json())) == (406, ["message"])


def test_a_head_request_starts_no_stream(ada_client, job):
    response = ada_client.head(url_of(job))

    assert response.headers["Content-Type"] == "text/event-stream"
    assert b"".join(response.streaming_content) == b""


def test_staff_may_watch(client_of, staff, job):
    cancel(job=job)

    assert client_of(staff).get(url_of(job)).status_code == 200


def next_event(response: Any) -> dict[str, str]:
    """The fields up to the next empty line of an answer that goes on."""
    fields = {}
    while line := response.readline().decode().strip():
        name, _, value = line.partition(":")
        fields[name] = value.strip()
    return fields


@pytest.mark.django_db(transaction=True)
def test_streams_over_http_have_few_places_and_give_them_back(tmp_path, ada):
    with serving(tmp_path, workers=1, QUINTET_MAX_STREAMS="1") as port:
        ada = Caller(port, ada)
        body = {"ownerId": ada.pk, "description": "parts"}
        pk = json.loads(ada.send("POST", "/api/v2/orders", body)[2])["id"]
        url = f"/api/v2/jobs/{pk}/events"

        gone = ada.open("GET", url)
        response = gone.getresponse()
        assert next_event(response) == {"retry": "1000"}
        assert next_event(response)["event"] == "job"
        status, headers, raw = ada.send("GET", url, Accept="text/event-stream")
        assert (status, headers["Content-Type"]) == (200, "text/event-stream")
        assert raw.startswith(b"retry: 2000\n\nid: ")
        assert b"event: end" not in raw
        response.close()
        gone.close()

        with closing(stream_with_a_place(ada, pk)) as client:
            response = client.answer
            assert next_event(response)["event"] == "job"
            ada.send("POST", f"/api/v2/jobs/{pk}/cancel")
            job_event = next_event(response)
            while '"status":"queued"' in job_event["data"]:
                job_event = next_event(response)
            assert '"status":"cancelled"' in job_event["data"]
            assert next_event(response)["event"] == "end"
            assert response.read() == b""


def stream_with_a_place(caller: Caller, pk: int) -> HTTPConnection:
    """Has the job change, until the server sees that the first client is gone."""
    for second in range(60):
        body = {"startedAt": f"2026-01-01 00:00:{second:02}"}
        caller.send("PATCH", f"/api/v2/jobs/{pk}", body)
        client: Any = caller.open("GET", f"/api/v2/jobs/{pk}/events")
        client.answer = client.getresponse()
        if next_event(client.answer) == {"retry": "1000"}:
            return client
        client.close()
        time.sleep(0.5)
    raise AssertionError("The place was not given back.")
