from __future__ import annotations

import html
import json
import re

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from config.examples import Example, load_examples
from config.replay import secrets_of, url_of
from media_catalog.models import Author, Book
from tests.support.factories import PASSWORD
from tests.support.openapi import document
from tests.support.pages import request_forms

HTML = {"HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8"}
SEND = "/session/request"


def readable() -> list[str]:
    """The URLs that answer JSON; others have a form of their own."""
    paths = document()["paths"]
    responses = {
        path: operations["get"]["responses"].get("200", {}).get("content", {})
        for path, operations in paths.items()
        if "get" in operations
    }
    return sorted(
        path
        for path, content in responses.items()
        if content and all(media_type.endswith("json") for media_type in content)
    )


def filled(path: str) -> str:
    """The URL of a row that the demo data hold."""
    for name, pk in DEMO_IDS.items():
        path = path.replace(f"/api/{name}/{{id}}", f"/api/{name}/{pk}")
    for name in ("id", "actor_id", "movie_id", "item_id"):
        path = path.replace(f"{{{name}}}", "1")
    return path.replace("{related_id}", "nothing")


DEMO_IDS = {
    "user": "demo-user-ada",
    "video": "demo-video-sintel",
    "playlist": "demo-playlist-open-movies",
}


@pytest.fixture
def log_in(client):
    """Return a function that logs the test's client in as a demo account."""
    return lambda name: client.force_login(
        User.objects.get(email=f"{name}@example.com")
    )


def page_of(client, url: str) -> str:
    return client.get(url, **HTML).content.decode()


def status_of(page: str) -> int:
    """The status of the response that the page shows."""
    return int(re.findall(r"HTTP (\d{3})", page)[0])


def test_every_url_that_can_be_read_is_a_page_in_a_browser(client, demo, log_in):
    log_in("staff")
    paths = readable()
    assert len(paths) > 20
    for path in paths:
        response = client.get(filled(path), **HTML)
        assert response.headers["Content-Type"].startswith("text/html"), path
        assert response.status_code in {200, 404}, path
        page = response.content.decode()
        assert f"<b>GET</b> {filled(path)}" in page, path
        assert page.count("<h1>") == 1, path
        assert 'aria-current="true"' in page, path


def test_every_url_tells_what_it_takes(client, demo, log_in):
    log_in("staff")
    for path in document()["paths"]:
        response = client.options(filled(path))
        assert response.status_code == 200, path
        assert "OPTIONS" in response.headers["Allow"], path


def test_a_page_lets_people_log_in_and_comes_back(client, ada):
    assert "/session/login/?next=/books" in page_of(client, "/books")
    form = {"username": ada.email, "password": PASSWORD, "next": "/books"}

    assert client.post("/session/login/", form).headers["Location"] == "/books"
    assert "ada" in page_of(client, "/books")


@pytest.mark.parametrize("url", ["/auth/login", "/auth/register", "/a-model-command"])
def test_what_is_only_sent_to_has_a_page_with_a_form(client, db, url):
    response = client.get(url, **HTML)

    assert response.status_code == 405
    assert response.headers["Content-Type"].startswith("text/html")
    assert json.loads(request_forms(response.content.decode())["POST"]["body"])


def sending_examples() -> list[Example]:
    """The first example of each operation that sends something."""
    examples = [each for group in load_examples().values() for each in group]
    first = {each["operation"]: each for each in reversed(examples)}
    return [each for each in first.values() if not each["operation"].startswith("GET")]


def test_every_form_works_as_it_opens(client, demo, log_in):
    """Each form is sent as an account that may do so, and undone.

    A page opens with its row, and with the recorded example if it shows none.
    """
    failed, sent = {}, 0
    for example in sending_examples():
        log_in(example["actor"] or "ada")
        method, path = example["operation"].split()
        url = url_of(path, example["request"])
        form = request_forms(page_of(client, url)).get(method)
        if form is None:
            assert (method, path) == ("DELETE", "/v1.0/goals")
            continue
        for placeholder, value in secrets_of(example["actor"]).items():
            form["body"] = form.get("body", "").replace(placeholder, value)
        with transaction.atomic():
            page = client.post(SEND, form, **HTML).content.decode()
            transaction.set_rollback(True)
        sent += 1
        if status_of(page) != example["response"]["status"]:
            failed[example["operation"]] = (status_of(page), form, page[-3000:])
    assert failed == {}
    assert sent > 60


def test_a_page_is_named_as_people_say(client, demo, log_in):
    log_in("ada")

    assert "<h1>Orders with jobs</h1>" in page_of(client, "/api/v2/orders")
    page = page_of(client, "/api/v2/orders/1/")
    assert "<h1>Order with jobs 1</h1>" in page
    assert '<a href="/api/v2/orders">Orders with jobs</a></li>' in page
    assert "Order With Jobs" not in page


def test_a_row_is_deleted_after_a_question_and_a_list_never(client, demo, log_in):
    log_in("staff")
    page = page_of(client, "/books/14")

    assert "Delete a book: 14 Working Effectively with Legacy Code?" in page
    assert "DELETE" in request_forms(page)
    assert request_forms(page_of(client, "/books")).keys() == {"POST"}
    # It has a DELETE, by name.
    assert request_forms(page_of(client, "/v1.0/goals")).keys() == {"POST", "PUT"}


REFUSALS = [
    (None, "/actors", "You may not GET here.</strong> You need to log in.", set()),
    ("guest", "/actors", "Requires one of the roles: casting assistant", set()),
    ("assistant", "/actors", "You may not POST here: Requires one of", set()),
    ("director", "/movies/3", "You may not DELETE here: Requires", {"PATCH"}),
]


def test_a_page_says_which_right_is_missing(client, demo, log_in):
    for name, url, refusal, methods in REFUSALS:
        if name:
            log_in(name)
        page = html.unescape(page_of(client, url))
        assert refusal in page, name
        assert request_forms(page).keys() == methods, name


def test_the_user_is_the_owner_in_an_example(client, demo, log_in):
    log_in("bob")
    body = request_forms(page_of(client, "/orders"))["POST"]["body"]

    assert json.loads(body)["ownerId"] == User.objects.get(name="bob").pk


def test_a_refused_body_can_be_corrected_without_scripts(client, demo, log_in):
    log_in("staff")
    form = request_forms(page_of(client, "/books"))["POST"] | {"body": '{"title": </'}
    page = client.post(SEND, form, **HTML).content.decode()

    assert status_of(page) == 400
    assert "<b>POST</b> /books" in page
    assert request_forms(page)["POST"]["body"] == '{"title": </'


def test_a_body_can_hold_markup(client, demo, log_in):
    log_in("staff")
    title = "</textarea><script>alert(1)</script>"
    Book.objects.filter(pk=14).update(title=title)
    page = page_of(client, "/books/14")

    assert title not in page
    assert json.loads(request_forms(page)["PUT"]["body"])["title"] == title


BOOK = {"method": "DELETE", "url": "/books/14", "media_type": "", "body": ""}


NOT_SENT = [
    (BOOK | {"method": "GET"}, 400),
    (BOOK | {"method": "TRACE"}, 400),
    (BOOK | {"url": ""}, 400),
    (BOOK | {"url": "/admin/"}, 404),
    (BOOK | {"url": "//books/14"}, 404),
    (BOOK | {"url": "https://example.com/books/14"}, 404),
    (BOOK | {"url": "/session/request"}, 404),
]


def test_only_requests_to_the_apis_are_sent_on(client, demo, log_in):
    log_in("staff")
    for form, status in NOT_SENT:
        assert client.post(SEND, form, **HTML).status_code == status, form
    assert Book.objects.filter(pk=14).exists()


def test_another_site_cannot_send_a_request(demo):
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(email="staff@example.com"))
    form = request_forms(page_of(client, "/books/14"))["DELETE"]
    without_token = form | {"csrfmiddlewaretoken": ""}

    assert client.post(SEND, without_token, **HTML).status_code == 403
    assert client.get(SEND).status_code == 405
    assert Book.objects.filter(pk=14).exists()
    assert status_of(client.post(SEND, form, **HTML).content.decode()) == 200
    assert not Book.objects.filter(pk=14).exists()


def test_a_page_of_many_rows_takes_the_queries_of_a_few(client, staff):
    client.force_login(staff)
    author = Author.objects.create(first_name="Ada", last_name="Lovelace")
    counts = []
    for rows in (2, 200):
        Book.objects.bulk_create(
            Book(title=f"Notes {number}", pub_year=1843, author=author)
            for number in range(rows)
        )
        with CaptureQueriesContext(connection) as queries:
            page = page_of(client, "/books")
        assert status_of(page) == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
