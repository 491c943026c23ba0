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
from orders.services import cancel, run, start_job
from orders.services.jobs import claim
from tests.orders.factories import OrderItemFactory
from tests.support.servers import Caller, serving


@pytest.fixture(autouse=True)
def fast_polling(monkeypatch) -> Iterator[None]:
    monkeypatch.setattr(events, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(events, "slots", events.StreamSlots())
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
def opened(adas, job) -> Iterator[Any]:
    """Opens streams of the job, and closes them in the end."""
    answers = []

    def open_stream(seen: str = "") -> Iterator[bytes]:
        headers = {"Last-Event-ID": seen} if seen else {}
        answers.append(adas.get(url_of(job), headers=headers))
        return iter(answers[-1].streaming_content)

    yield open_stream
    for answer in answers:
        answer.close()


def read(chunk: bytes) -> list[dict[str, Any]]:
    """The events of a chunk, each with its fields; the data as JSON."""
    found = []
    for block in chunk.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        if "data" in fields:
            fields["data"] = json.loads(fields["data"])
        found.append(fields)
    return found


def test_a_stream_tells_each_change_and_the_end(adas, job, opened):
    stream = opened()
    assert read(next(stream)) == [{"retry": "1000"}]

    [first] = read(next(stream))
    assert first["event"] == "job"
    assert first["data"] == adas.get(f"/api/v2/jobs/{job.pk}").json()
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
    assert len({found["id"] for found in (first, second, third, end)}) == 4


def test_a_job_that_is_over_is_told_at_once(job, opened):
    run(job.pk)
    found = read(b"".join(opened()))

    assert [of.get("event") for of in found] == [None, "job", "end"]
    assert found[1]["data"]["invoice"]["number"] == job.invoice.number


def test_what_was_seen_is_not_told_again(job, opened, monkeypatch):
    monkeypatch.setattr(events, "MAX_STREAM_SECONDS", 0)
    [_, told] = read(b"".join(opened()))

    assert read(b"".join(opened(seen=told["id"]))) == [{"retry": "1000"}]
    cancel(job=job)
    [_, news, end] = read(b"".join(opened(seen=told["id"])))
    assert (news["data"]["status"], end["event"]) == ("cancelled", "end")


def test_who_has_seen_the_end_need_not_come_back(adas, job, opened):
    cancel(job=job)
    *_, end = read(b"".join(opened()))
    answer = adas.get(url_of(job), headers={"Last-Event-ID": end["id"]})

    assert (answer.status_code, answer.content) == (204, b"")


def test_a_deleted_job_ends_the_stream(job, opened):
    stream = opened()
    next(stream), next(stream)
    Job.objects.all().delete()

    [end] = read(b"".join(stream))
    assert (end["event"], end["data"]) == ("end", {"status": "deleted"})


def test_a_silent_stream_has_a_heartbeat_and_an_end(opened, monkeypatch):
    stream = opened()
    next(stream), next(stream)
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0)
    assert next(stream) == b":\n\n"

    monkeypatch.setattr(events, "MAX_STREAM_SECONDS", 0)
    assert set(stream) <= {b":\n\n"}


def test_looking_for_news_is_one_query(opened, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0)
    stream = opened()
    next(stream), next(stream)

    with django_assert_num_queries(1) as queries:
        next(stream)
    assert "JOIN" not in queries[0]["sql"]


def test_whoever_finds_no_place_is_told_once_and_polls(job, opened, settings):
    settings.QUINTET_MAX_STREAMS = 2
    streams = [opened() for _ in range(2)]
    for stream in streams:
        next(stream)

    retry, told = read(b"".join(opened()))
    assert (retry, told["event"]) == ({"retry": "2000"}, "job")
    assert read(b"".join(opened(seen=told["id"]))) == [{"retry": "2000"}]
    cancel(job=job)
    assert list(streams[0])
    assert read(next(opened())) == [{"retry": "1000"}]


def test_there_may_be_no_place_at_all(job, opened, settings):
    settings.QUINTET_MAX_STREAMS = 0
    run(job.pk)

    assert [of.get("event") for of in read(b"".join(opened()))] == [None, "job", "end"]


def test_a_stream_that_is_hung_up_leaves_its_place(adas, job, settings):
    settings.QUINTET_MAX_STREAMS = 1
    for _ in range(3):
        answer = adas.get(url_of(job))
        assert next(iter(answer.streaming_content)) == b"retry: 1000\n\n"
        assert events.slots.taken == 1
        answer.close()
        assert events.slots.taken == 0


def test_a_database_that_fails_ends_the_stream(opened, monkeypatch):
    def fail(changes):
        raise OperationalError("gone")

    stream = opened()
    next(stream)
    monkeypatch.setattr(events.JobChanges, "read", fail)

    assert list(stream) == []


@pytest.mark.parametrize("accept", [None, "text/event-stream", "*/*", "text/*"])
def test_a_stream_is_neither_stored_nor_held_back(adas, job, accept):
    cancel(job=job)
    answer = adas.get(url_of(job), headers={"accept": accept} if accept else {})

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert not {"Content-Length", "ETag", "Content-Encoding"} & set(answer.headers)
    assert b"event: end" in b"".join(answer.streaming_content)


def test_who_asks_for_json_gets_the_job(adas, job):
    answer = adas.get(url_of(job), headers={"accept": "application/json"})

    assert answer.json() == adas.get(f"/api/v2/jobs/{job.pk}").json()


@pytest.mark.parametrize("accept", ["text/event-stream", "*/*"])
def test_a_refusal_is_json_before_any_stream(api, bobs, adas, job, accept):
    for client, status in [(api, 401), (bobs, 404)]:
        answer = client.get(url_of(job), headers={"accept": accept})
        assert (answer.status_code, list(answer.json())) == (status, ["message"])
        assert answer.headers["Content-Type"] == "application/json"
    answer = adas.get(url_of(job), headers={"accept": "image/png"})
    assert (answer.status_code, list(answer.json())) == (406, ["message"])


def test_a_head_request_starts_no_stream(adas, job):
    answer = adas.head(url_of(job))

    assert answer.headers["Content-Type"] == "text/event-stream"
    assert b"".join(answer.streaming_content) == b""


def test_staff_may_watch(client_of, staff, job):
    cancel(job=job)

    assert client_of(staff).get(url_of(job)).status_code == 200


def next_event(answer: Any) -> dict[str, str]:
    """The fields up to the next empty line of an answer that goes on."""
    fields = {}
    while line := answer.readline().decode().strip():
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
        answer = gone.getresponse()
        assert next_event(answer) == {"retry": "1000"}
        assert next_event(answer)["event"] == "job"
        status, headers, raw = ada.send("GET", url, Accept="text/event-stream")
        assert (status, headers["Content-Type"]) == (200, "text/event-stream")
        assert raw.startswith(b"retry: 2000\n\nid: ")
        assert b"event: end" not in raw
        answer.close()
        gone.close()

        with closing(stream_with_a_place(ada, pk)) as client:
            answer = client.answer
            assert next_event(answer)["event"] == "job"
            ada.send("POST", f"/api/v2/jobs/{pk}/cancel")
            told = next_event(answer)
            while '"status":"queued"' in told["data"]:
                told = next_event(answer)
            assert '"status":"cancelled"' in told["data"]
            assert next_event(answer)["event"] == "end"
            assert answer.read() == b""


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
