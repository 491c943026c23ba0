"""What the logs say, and what they never say."""

from __future__ import annotations

import json
import logging
import re
import socket
import sys
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from common.ops import request_id, security_events
from common.ops.logs import JSONFormatter, TextFormatter, redact
from tests.support.factories import UserFactory
from tests.support.service_processes import Service

pytestmark = pytest.mark.django_db(transaction=True)
LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (DEBUG|INFO|WARNING|ERROR|CRITICAL) "
    r"[\w.-]+ \[[A-Za-z0-9._-]+\] .*"
)
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.config.settings"}
EMAIL = "canary-mail@canary.example"
PASSWORD = "canary-password-of-ada"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.canary-signature"
SECRETS = {
    "Authorization": f"Bearer {TOKEN}",
    "Cookie": "sessionid=canary-cookie; csrftoken=canary-csrf",
    "Idempotency_Key": "canary-idempotency-key",
}
QUERY = f"?email={EMAIL}&password={PASSWORD}&token={TOKEN}&q=canary-query"
# One URL of each kind, and all that has to do with accounts.
URLS = [
    *(
        "/",
        "/docs",
        "/schema",
        "/livez",
        "/readyz",
        "/metrics",
        "/nothing",
        "/static/x",
    ),
    *("/auth/register", "/auth/login", "/auth/refresh", "/auth/logout", "/auth/me"),
    *("/v1.0/users", "/v1.0/goals", "/bucketlists/", "/bucketlists/1"),
    *("/actors", "/movies/1", "/api/user", "/api/user/1", "/api/operations"),
    *("/books", "/authors/1", "/orders", "/api/v2/orders", "/api/v2/jobs/1"),
    *("/invoices", "/invoice-items", "/a-model-command", "/meta/books/single"),
    *("/admin/", "/admin/login/", "/session/login/"),
]
BODIES = [
    json.dumps({"email": EMAIL, "password": PASSWORD}).encode(),
    json.dumps({"email": EMAIL, "password": "canary-wrong"}).encode(),
    json.dumps({"refresh_token": TOKEN, "user": EMAIL, "name": EMAIL}).encode(),
    f'{{"email": "{EMAIL}", "password": "{PASSWORD}"'.encode(),
    f'["{PASSWORD}", {{"token": "{TOKEN}"}}]'.encode(),
    b'{"password": "canary\x00\xff"}',
]
MALFORMED = [
    f"GET /books{QUERY} canary HTTP/1.1\r\n\r\n",
    f"canary-method /auth/login?password={PASSWORD}\r\n\r\n",
    f"GET / HTTP/1.1\r\nAuthorization : Bearer {TOKEN}\r\n\r\n",
    "GET / HTTP/1.1\r\nCookie\x00: sessionid=canary-cookie\r\n\r\n",
    f"GET / HTTP/1.1\r\nHost: {EMAIL}\r\nCookie: sessionid=canary\r\n\r\n",
    f"POST / HTTP/1.1\r\nContent-Length: {PASSWORD}\r\n\r\n",
]


def send_raw(service: Service, text: str) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as raw:
        raw.sendall(text.encode("latin-1"))
        raw.shutdown(socket.SHUT_WR)
        while raw.recv(4096):
            pass


def use_all_secrets(service: Service) -> None:
    real = {"Authorization": f"Bearer {service.login(EMAIL, PASSWORD)}"}
    for path in URLS:
        for sent in (SECRETS, real):
            service.get(path + QUERY, **sent)
        for body in BODIES:
            kind = {"Content_Type": "application/json"}
            service.call("POST", path + QUERY, body, **kind, **SECRETS)
        form = f"email={EMAIL}&username={EMAIL}&password={PASSWORD}".encode()
        kind = {"Content_Type": "application/x-www-form-urlencoded"}
        service.call("POST", path, form, **kind)
    for how in ("text", "integrity", "sql", "type"):
        service.get(f"/breaks/{how}{QUERY}", **real)
    for text in MALFORMED:
        send_raw(service, text)


@pytest.mark.parametrize(
    "variables",
    [{"LOG_FORMAT": "text", "DEBUG": "1"}, {"LOG_FORMAT": "json"}],
    ids=["text", "json"],
)
def test_no_secret_reaches_a_log_at_any_level(start, variables):
    service = start(
        LOG_LEVEL="DEBUG",
        **SETTINGS,
        **variables,
    )
    service.start_worker()
    use_all_secrets(service)
    owner = {"Authorization": f"Bearer {service.login(EMAIL, PASSWORD)}"}
    order = {"ownerId": 1, "description": f"for {EMAIL}: {PASSWORD}"}
    service.call("POST", "/api/v2/orders", order, **owner)
    service.get("/breaks/last")
    service.wait_for_line("/breaks/last", "quintet.access")

    assert service.printed.count("quintet.access") > 300
    assert (
        service.printed.count("Traceback") + service.printed.count("RuntimeError") > 1
    )
    told = [line for line in service.printed.splitlines() if "canary" in line]
    assert told == []


def test_each_entry_is_one_line_in_json(share):
    service = share(LOG_FORMAT="json", **SETTINGS)
    service.get("/movies/7?secret=1", X_Request_ID="seven")
    service.get(
        "/breaks/text?email=a@b.example&password=x&token=y", X_Request_ID="broken"
    )
    service.wait_for_line('"broken"', "quintet.access")

    entries = [json.loads(line) for line in service.printed.splitlines()]
    [access] = [
        entry
        for entry in entries
        if (entry["logger"], entry["request_id"]) == ("quintet.access", "seven")
    ]
    assert isinstance(access.pop("duration_ms"), float)
    assert access.pop("time").endswith("Z")
    assert access == {
        "level": "WARNING",
        "logger": "quintet.access",
        "message": "/movies/7",
        "method": "GET",
        "request_id": "seven",
        "route": "/movies/<pk>",
        "status": 401,
    }
    [mistake] = [entry for entry in entries if entry["logger"] == "django.request"]
    assert mistake["request_id"] == "broken"
    assert "RuntimeError: text: ***@*** has password=***" in mistake["exception"]
    assert 'File "' in mistake["exception"]


def test_the_access_line_names_the_user(share):
    service = share(LOG_FORMAT="json", **SETTINGS)
    token = service.login("ada@example.com", "correct horse")
    me = service.get("/auth/me", Authorization=f"Bearer {token}").json()["id"]
    line = service.wait_for_line('"/auth/me"', "quintet.access")

    assert json.loads(line)["user_id"] == me


def test_each_entry_starts_a_line_in_text(share):
    service = share(**SETTINGS)
    service.get("/breaks/text?email=a@b.example&password=x&token=y")
    service.get("/nothing%0D%0A2026-01-01T00:00:00.000Z%20INFO%20forged%20[-]%20line")
    service.wait_for_line("/nothing%0D%0A", "quintet.access")

    for line in service.printed.splitlines():
        assert LINE.fullmatch(line) or line.startswith("    "), line
        assert " forged [" not in line


def test_probes_and_files_make_no_noise(share):
    service = share(**SETTINGS)
    for path in ("/livez", "/readyz", "/healthz", "/static/nothing", "/books"):
        service.get(path)
    service.wait_for_line("quintet.access", "/books")

    assert service.printed.count("quintet.access") == 1


def entry(formatter: logging.Formatter, text: str, *args, **more) -> str:
    record = logging.LogRecord("x", logging.INFO, "f", 1, text, args, None)
    record.__dict__.update(more)
    return formatter.format(record)


@pytest.mark.parametrize(
    "sign", ["\n", "\r", "\v", "\f", "\x1b", "\x85", "\u2028", "\0"]
)
@pytest.mark.parametrize("formatter", [TextFormatter(), JSONFormatter()])
def test_no_sign_starts_a_second_line(formatter, sign):
    text = f"a{sign}2026-01-01 INFO forged"
    lines = [
        entry(formatter, text),
        entry(formatter, "%s", text),
        entry(formatter, "x", fields={"name": text}),
    ]

    for line in lines:
        assert len(line.splitlines()) == 1
        assert sign not in line


def test_a_field_cannot_pose_as_another(client):
    line = entry(
        TextFormatter(), "x", fields={"name": 'a" status=200 b', "status": 500}
    )

    assert line.endswith(r'name="a\" status=200 b" status=500')


@pytest.mark.parametrize("formatter", [TextFormatter(), JSONFormatter()])
def test_the_text_of_an_exception_forges_no_line(formatter):
    try:
        raise ValueError("a\n2026-11-21T00:00:00.000Z INFO forged [-] b")
    except ValueError:
        line = entry(formatter, "x", exc_info=sys.exc_info())

    assert len([part for part in line.splitlines() if not part.startswith("    ")]) == 1
    assert "ValueError: a" in line


def test_a_database_s_words_about_a_row_stay_out():
    UserFactory.create(email=EMAIL)
    try:
        with transaction.atomic():
            User.objects.create(email=EMAIL, name="b")
    except IntegrityError:
        line = entry(TextFormatter(), "x", exc_info=sys.exc_info())

    assert "IntegrityError" in line
    assert "canary" not in line
    assert ("23505" in line) == (connection.vendor == "postgresql")


def test_an_exception_in_the_text_of_a_line_is_no_more_open():
    UserFactory.create(email=EMAIL)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        User.objects.create(email=EMAIL, name="b")

    assert entry(TextFormatter(), "no: %s", caught.value).endswith(
        "no: (SQLSTATE 23505)"
        if connection.vendor == "postgresql"
        else "no: (not shown)"
    )
    assert entry(TextFormatter(), "no: %s", ValueError("why")).endswith("no: why")


def test_sql_is_logged_without_what_it_says():
    line = entry(TextFormatter(), "(0.1) %s", "SELECT 'canary'", sql="SELECT 'canary'")

    assert line.endswith("SELECT …")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("password=canary", "password=***"),
        ("{'new_password': 'canary 1', 'a': 2}", "{'new_password': ***, 'a': 2}"),
        ('{"refresh_token": "canary"}', '{"refresh_token": ***}'),
        ("Authorization: Bearer canary.x", "Authorization: ***"),
        ("sent Bearer canary-x to us", "sent Bearer *** to us"),
        ("Idempotency-Key: canary", "Idempotency-Key: ***"),
        ("token eyJhbGci.canary.canary is bad", "token *** is bad"),
        ("GET /a?canary=1 done", "GET /a?*** done"),
        ("mail to a.canary+b@canary.example.com.", "mail to ***@***."),
        (
            "Invalid request from ip=127.0.0.1: canary",
            "Invalid request from ip=127.0.0.1",
        ),
        ("Why? Because: nothing is secret", "Why? Because: nothing is secret"),
        ("Job 7, attempt 2 of 5", "Job 7, attempt 2 of 5"),
        ("delete_expired_tokens failed: Error: gone",) * 2,
    ],
)
def test_secrets_are_blotted_out_of_any_text(text, left):
    assert redact(text) == left


GIVEAWAYS = [
    "eyJhbGciOi",
    "password=",
    "?a=b",
    "a@b.example",
    "bearer ",
    "api_key",
    "=",
]
PARTS = st.sampled_from(
    [*GIVEAWAYS, ":", " ", "/", "-", "_x.y<>", "\n", "é", "Invoice-"]
)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.lists(PARTS | st.text(max_size=3), max_size=6).map("".join))
@example("/actors/" + "eyJhbGciOi")
@example("a/eyJ.b")
def test_what_is_left_as_it_is_at_first_sight_holds_no_secret(text):
    with patch("common.ops.logs.HARMLESS", re.compile("(?!)")):
        slowly = redact(text)
    assert redact(text) == slowly


@pytest.mark.parametrize(
    "sign", ["a", "a-", "@", "eyJ", "?", "password", "/a?", "Bearer "]
)
def test_a_hostile_text_takes_no_time_to_speak_of(sign):
    """Each pattern is linear: the text is cut, and this would else take minutes."""
    assert len(redact(sign * 100_000)) <= 16_000


def test_a_line_carries_the_id_that_work_goes_on_under():
    with request_id.using("of-the-job"):
        assert "[of-the-job]" in entry(TextFormatter(), "x")
        assert '"request_id": "of-the-job"' in entry(JSONFormatter(), "x")
    assert "[-]" in entry(TextFormatter(), "x")


@pytest.fixture
def told(caplog):
    """The security log's entries: what, and the fields."""
    caplog.set_level(logging.INFO, "quintet.security")

    def read() -> list[tuple[str, dict]]:
        return [
            (record.getMessage(), record.fields)
            for record in caplog.records
            if record.name == "quintet.security"
        ]

    return read


def test_a_refused_login_is_told_once(api, told):
    UserFactory.create(email="ada@example.com")
    body = {"email": "ada@example.com", "password": "wrong"}
    assert api.post("/auth/login", body, format="json").status_code == 401

    [(event, fields)] = told()
    assert (event, fields["address"]) == ("login_refused", "127.0.0.1")


def test_a_login_to_the_back_office_is_told_once(client, told, staff):
    staff.set_password("correct horse")
    staff.save()
    login = {"username": staff.email, "password": "correct horse"}
    client.post("/admin/login/", login)

    assert told() == [("login", {"user_id": staff.pk, "address": "127.0.0.1"})]


def test_a_bad_token_and_a_missing_permission_are_told_once(api, client_of, ada, told):
    api.get("/auth/me", HTTP_AUTHORIZATION="Bearer canary")
    client_of(ada).get("/movies")

    assert told() == [
        (
            "unauthenticated",
            {
                "user_id": None,
                "address": "127.0.0.1",
                "status": 401,
                "route": "/auth/me",
            },
        ),
        (
            "forbidden",
            {
                "user_id": ada.pk,
                "address": "127.0.0.1",
                "status": 403,
                "route": "/movies",
            },
        ),
    ]


def test_an_event_of_other_code_belongs_to_no_request(told):
    # A test before may have left a response open.
    security_events.end()
    security_events.record("password_changed", user_id=7)

    assert told() == [("password_changed", {"user_id": 7, "address": None})]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (3, "198.51.100.1, 203.0.113.9", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "canary\r\nforged", "127.0.0.1"),
    ],
)
def test_the_address_is_the_proxys_word_only_behind_one(
    rf, settings, proxies, forwarded, address
):
    settings.TRUSTED_PROXIES = proxies
    request = rf.get("/", HTTP_X_FORWARDED_FOR=forwarded)

    assert security_events.client_ip_address(request) == address
