"""One id for a request: in the answer, in each log line, on the job it starts."""

from __future__ import annotations

import json
import re
import socket

import pytest

from orders.models import Job

pytestmark = pytest.mark.django_db(transaction=True)
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.config.settings"}
MADE = re.compile(r"[0-9a-f]{32}")

WAYS = [
    ("GET", "/livez", 200),
    ("GET", "/books", 200),
    ("GET", "/nothing/here", 404),
    ("PUT", "/auth/login", 405),
    ("POST", "/auth/login", 400),
    ("GET", "/auth/me", 401),
    ("GET", "/static/rest_framework/css/default.css", 200),
    ("GET", "/static/nothing.css", 404),
    ("GET", "/admin/", 302),
    ("GET", "/breaks/text", 500),
    ("GET", "/streams", 200),
    ("HEAD", "/streams", 200),
]


def test_every_answer_carries_the_id_that_was_sent(share):
    service = share(**SETTINGS)
    for number, (method, path, status) in enumerate(WAYS):
        sent = f"trace.{number}_of-ours"
        response = service.call(method, path, X_Request_ID=sent)

        assert (response.status, response.headers["X-Request-ID"]) == (status, sent)


def test_answers_before_any_view_carry_it_too(share):
    service = share(**SETTINGS)
    # Development allows the pages of this machine.
    asks = {"Origin": "http://localhost:3000", "Access_Control_Request_Method": "GET"}
    host = service.get("/books", Host="evil.example", X_Request_ID="host")
    preflight = service.call("OPTIONS", "/books", X_Request_ID="pre", **asks)
    css = "/static/rest_framework/css/default.css"
    at = service.get(css).headers["Last-Modified"]
    same = service.get(css, If_Modified_Since=at, X_Request_ID="same")

    assert [
        (found.status, found.headers["X-Request-ID"])
        for found in (host, preflight, same)
    ] == [
        (400, "host"),
        (200, "pre"),
        (304, "same"),
    ]


@pytest.mark.parametrize(
    "sent", ["", "a b", "a,b", "é", "x" * 129, 'x"y', "<script>", "a\tb"]
)
def test_an_id_that_is_none_is_replaced(client, sent):
    response = client.get("/livez", HTTP_X_REQUEST_ID=sent)

    assert MADE.fullmatch(response.headers["X-Request-ID"])


def test_two_requests_have_two_ids(client):
    ids = {client.get("/livez").headers["X-Request-ID"] for _ in range(5)}

    assert len(ids) == 5


def test_an_id_is_forgotten_with_its_request(client):
    from common.ops import request_id

    client.get("/livez", HTTP_X_REQUEST_ID="mine")

    assert request_id.current() == ""


def test_a_stream_keeps_its_id_to_the_last_part(share):
    service = share(**SETTINGS)
    response = service.get("/streams", X_Request_ID="to-the-end")

    assert response.body == b"part\n" * 3
    lines = [line for line in service.printed.splitlines() if "part " in line]
    assert len(lines) == 3
    assert all("[to-the-end]" in line for line in lines)
    service.wait_for_line("quintet.access", "[to-the-end]", "/streams", "status=200")


def test_a_stream_that_its_client_left_is_told_too(share):
    service = share(**SETTINGS)
    service.call("HEAD", "/streams", X_Request_ID="head")

    service.wait_for_line("quintet.access", "[head]", "method=HEAD", "status=200")


def test_one_id_leads_from_the_order_to_its_job_and_the_workers_lines(start, tmp_path):
    service = start(LOG_FORMAT="json")
    token = service.login("ada@example.com", "correct horse")
    bearer = {"Authorization": f"Bearer {token}"}
    me = service.get("/auth/me", **bearer).json()["id"]
    order = {
        "ownerId": me,
        "description": "Two bolts",
        "items": [{"partCode": "M8", "units": 2, "unitPrice": 0.35}],
    }
    response = service.call(
        "POST", "/api/v2/orders", order, X_Request_ID="from-a-to-z", **bearer
    )
    assert response.status in {200, 201, 202}, response
    worker = service.start_worker()

    line = service.wait_for_line('"request_id": "from-a-to-z"', '"orders.')
    assert json.loads(line)["logger"].startswith("orders.")
    worker.terminate()
    worker.wait(timeout=30)
    code = (
        "from orders.models import Job;"
        "print(list(Job.objects.values_list('request_id', flat=True)))"
    )
    shell = service.start("manage.py", "shell", "--no-imports", "-c", code)
    shell.wait(timeout=60)
    service.wait_for_line("['from-a-to-z']")


def test_the_back_office_finds_a_job_by_its_request(admin_client):
    from tests.orders.factories import JobFactory

    JobFactory.create(request_id="looked-for")
    JobFactory.create(request_id="another")
    page = admin_client.get("/admin/orders/job/?q=looked-for").content.decode()

    assert Job.objects.count() == 2
    assert "1 job" in page


def test_nothing_is_answered_to_what_is_no_http(share):
    """What the web server itself refuses has no id: there is no request yet."""
    service = share(**SETTINGS)
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as raw:
        raw.sendall(b"NONSENSE\r\n\r\n")
        answer = raw.recv(4096)

    assert answer.startswith(b"HTTP/1.1 400")
