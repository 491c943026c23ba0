"""Conditional requests at every URL of one row, in every dialect but JSON:API.

That one has its own rules: tests/media_catalog/test_jsonapi_conditional.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bucketlists.models import Bucketlist, Item
from casting.models import Actor, Movie
from goals.models import Goal
from media_catalog.models import Author, Book
from orders.models import Invoice, InvoiceItem, Job, Order

STALE = 'W/"00000000000000000000"'
CHANGED = "The resource has changed since you last read it."


@dataclass
class Row:
    """A row at its own URL, and bodies that change it."""

    url: str
    change: dict[str, Any]
    other: dict[str, Any]
    # What PUT takes; nothing where there is no PUT.
    whole: dict[str, Any] = field(default_factory=dict)
    # The key under which the URL's response has the row.
    key: str = ""


def goal(user: Any) -> Row:
    row = Goal.objects.create(user=user, name="a", description="x")
    return Row(f"/v1.0/goals/{row.pk}", {"description": "y"}, {"name": "b"})


def bucketlist(user: Any) -> Row:
    row = Bucketlist.objects.create(created_by=user, name="a")
    Item.objects.create(bucketlist=row, name="i")
    whole = {"name": "whole"}
    return Row(f"/bucketlists/{row.pk}", {"name": "b"}, {"name": "c"}, whole)


def item(user: Any) -> Row:
    row = Bucketlist.objects.create(created_by=user, name="a")
    item = Item.objects.create(bucketlist=row, name="i")
    url = f"/bucketlists/{row.pk}/items/{item.pk}"
    return Row(url, {"name": "j"}, {"done": True}, {"name": "whole"})


def actor(user: Any) -> Row:
    row = Actor.objects.create(name="a", age=1, gender="x")
    return Row(f"/actors/{row.pk}", {"age": 2}, {"name": "b"}, key="actor")


def movie(user: Any) -> Row:
    row = Movie.objects.create(title="a", release_date=date(2026, 1, 1))
    cast = Actor.objects.create(name="a", age=1, gender="x")
    change = {"actors": [cast.pk]}
    return Row(f"/movies/{row.pk}", change, {"title": "b"}, key="movie")


def book(user: Any) -> Row:
    author = Author.objects.create(first_name="A", last_name="L")
    row = Book.objects.create(title="a", pub_year=1, author=author)
    whole = {"title": "whole", "pubYear": 1, "authorId": author.pk}
    return Row(f"/books/{row.pk}", {"pubYear": 2}, {"title": "b"}, whole)


def author(user: Any) -> Row:
    row = Author.objects.create(first_name="A", last_name="L")
    whole = {"firstName": "whole", "lastName": "L"}
    return Row(f"/authors/{row.pk}", {"firstName": "B"}, {"lastName": "M"}, whole)


def order(user: Any, prefix: str = "") -> Row:
    row = Order.objects.create(owner=user, description="a")
    row.items.create(part_code="p", units=1, unit_price="0.35")
    whole = {"ownerId": user.pk, "description": "whole"}
    change = {"items": [{"partCode": "q", "units": 2, "unitPrice": 1}]}
    return Row(f"{prefix}/orders/{row.pk}", change, {"description": "b"}, whole)


def order_with_jobs(user: Any) -> Row:
    return order(user, "/api/v2")


def job(user: Any) -> Row:
    row = Order.objects.create(owner=user, description="a")
    due = "2026-01-01T00:00:00Z"
    job = Job.objects.create(owner=user, order=row, due_at=due)
    whole = {"ownerId": user.pk, "orderId": row.pk, "startedAt": "2026-01-03"}
    url = f"/api/v2/jobs/{job.pk}"
    change, other = {"startedAt": "2026-01-01"}, {"startedAt": "2026-01-02"}
    return Row(url, change, other, whole)


def invoice(user: Any) -> Row:
    row = Invoice.objects.create(user=user, invoice_date=date(2026, 1, 1))
    row.invoice_items.create(part_code="p", units=1, unit_price="0.35")
    whole = {"userId": user.pk, "invoiceDate": "2026-01-04"}
    change, other = {"invoiceDate": "2026-01-02"}, {"invoiceDate": "2026-01-03"}
    return Row(f"/invoices/{row.pk}", change, other, whole)


def invoice_item(user: Any) -> Row:
    row = Invoice.objects.create(user=user, invoice_date=date(2026, 1, 1))
    item = InvoiceItem.objects.create(
        invoice=row, part_code="p", units=1, unit_price="0.35"
    )
    whole = {"invoiceId": row.pk, "partCode": "w", "units": 3, "unitPrice": 1}
    url = f"/invoice-items/{item.pk}"
    return Row(url, {"units": 2}, {"partCode": "q"}, whole)


MAKERS: list[Callable[..., Row]] = [
    *(goal, bucketlist, item, actor, movie, book, author, order, order_with_jobs),
    *(job, invoice, invoice_item),
]


WITH_PUT = [make for make in MAKERS if make not in (goal, actor, movie)]
# Where not everybody may change everything.
OWNED = [make for make in MAKERS if make not in (book, author)]


def name_of(make: Callable[..., Row]) -> str:
    return make.__name__


class Person:
    """A client who sends JSON."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def send(self, method: str, url: str, body: Any = None, **conditions: str) -> Any:
        headers = {name.replace("_", "-"): text for name, text in conditions.items()}
        raw = b"" if body is None else json.dumps(body).encode()
        return self.client.generic(
            method, url, raw, "application/json", headers=headers
        )

    def etag(self, url: str) -> str:
        return self.send("GET", url).headers["ETag"]


@pytest.fixture
def person(ada, client_of) -> Person:
    ada.groups.add(Group.objects.get(name="executive producer"))
    return Person(client_of(ada))


@pytest.fixture(params=MAKERS, ids=name_of)
def row(request, ada) -> Row:
    return request.param(ada)


def assert_refused(response: Any, person: Person, row: Row, header="If-Match") -> None:
    assert response.status_code == 412
    assert response.headers["ETag"] == person.etag(row.url)
    body = response.json()
    if row.key:
        assert body == {
            "error": 412,
            "message": "Precondition failed",
            "success": False,
            "detail": {header: [CHANGED]},
        }
    else:
        assert body == {"message": CHANGED}


class TestReading:
    def test_an_unmodified_row_returns_304(self, person, row):
        tag = person.etag(row.url)
        assert re.fullmatch(r'W/"[0-9a-f]{20}"', tag)
        for header in [tag, tag.removeprefix("W/"), f'"x", {tag}', "*"]:
            response = person.send("GET", row.url, If_None_Match=header)
            assert (response.status_code, response.content) == (304, b"")
            assert response.headers["ETag"] == tag
            assert "Accept" in response.headers["Vary"]

    @pytest.mark.parametrize("header", [STALE, "oops", "", "," * 5000])
    def test_other_tags_return_the_row(self, person, row, header):
        response = person.send("GET", row.url, If_None_Match=header)
        assert response.status_code == 200

    def test_head_returns_the_same_tag(self, person, row):
        assert person.send("HEAD", row.url).headers["ETag"] == person.etag(row.url)

    def test_a_query_makes_another_representation(self, person, row):
        plain, representation = (
            person.etag(row.url),
            person.etag(f"{row.url}?nothing=1"),
        )
        assert representation.startswith(plain.removesuffix('"') + ".")

    def test_a_page_for_a_browser_has_no_tag(self, person, row):
        response = person.client.get(
            row.url, headers={"accept": "text/html", "if-none-match": "*"}
        )
        assert response.status_code == 200
        assert "ETag" not in response.headers

    def test_an_indent_does_not_change_the_tag(self, person, row):
        headers = {"accept": "application/json; indent=4"}
        response = person.client.get(row.url, headers=headers)
        assert response.headers["ETag"] == person.etag(row.url)

    def test_options_and_errors_have_no_tag(self, person, row):
        for method, url in [("OPTIONS", row.url), ("GET", row.url + "000000")]:
            response = person.send(method, url, If_None_Match="*")
            assert response.status_code in {200, 404}
            assert "ETag" not in response.headers


class TestWriting:
    def test_a_write_with_the_current_tag_succeeds(self, person, row):
        tag = person.etag(row.url)
        for body in [row.change, row.other]:
            response = person.send("PATCH", row.url, body, If_Match=tag)
            assert response.status_code == 200, response.content
            assert response.headers["ETag"] == person.etag(row.url) != tag
            tag = response.headers["ETag"]

    @pytest.mark.parametrize("method", ["PATCH", "DELETE"])
    def test_a_write_with_a_stale_tag_is_refused(self, person, row, method):
        before = person.send("GET", row.url).content
        body = row.change if method == "PATCH" else None
        response = person.send(method, row.url, body, If_Match=STALE)
        assert_refused(response, person, row)
        assert person.send("GET", row.url).content == before

    def test_a_tag_is_valid_for_one_change(self, person, row):
        tag = person.etag(row.url)
        assert person.send("PATCH", row.url, row.change).status_code == 200
        response = person.send("PATCH", row.url, row.other, If_Match=tag)
        assert_refused(response, person, row)

    @pytest.mark.parametrize("row", WITH_PUT, ids=name_of, indirect=True)
    def test_put_checks_the_tag_as_patch_does(self, person, row):
        response = person.send("PUT", row.url, row.whole, If_Match=STALE)
        assert_refused(response, person, row)
        tag = person.etag(row.url)
        response = person.send("PUT", row.url, row.whole, If_Match=tag)
        assert response.status_code in {200, 202}, response.content
        assert person.etag(row.url) != tag

    def test_the_tag_of_a_representation_contains_the_version(self, person, row):
        tag = person.etag(f"{row.url}?nothing=1")
        response = person.send("PATCH", row.url, row.change, If_Match=tag)
        assert response.status_code == 200

    def test_a_star_matches_any_version(self, person, row):
        refused = person.send("PATCH", row.url, row.change, If_None_Match="*")
        assert_refused(refused, person, row, "If-None-Match")
        done = person.send("PATCH", row.url, row.change, If_Match="*")
        assert done.status_code == 200

    def test_a_row_with_the_current_tag_is_deleted(self, person, row):
        tag = person.etag(row.url)
        response = person.send("DELETE", row.url, If_Match=tag)
        assert response.status_code == 200
        assert person.send("DELETE", row.url, If_Match=tag).status_code == 404

    @pytest.mark.parametrize("header", ["", "oops", '"', "W/", ",,", "a" * 5000])
    def test_a_malformed_header_changes_nothing(self, person, row, header):
        before = person.send("GET", row.url).content
        for name in ("If-Match", "If-None-Match"):
            condition = {name.replace("-", "_"): header}
            response = person.send("PATCH", row.url, row.change, **condition)
            assert response.status_code == 400
            assert f"{name} must contain entity tags" in response.content.decode()
        assert person.send("GET", row.url).content == before

    def test_a_bad_body_changes_nothing(self, person, row):
        before = person.etag(row.url)
        response = person.client.generic(
            *("PATCH", row.url, b"{oops", "application/json"),
            headers={"If-Match": before},
        )
        assert response.status_code == 400
        assert person.etag(row.url) == before

    def test_errors_found_before_the_body_stay_the_same(self, person, row):
        tag = person.etag(row.url)
        for headers in [{}, {"If-Match": tag}]:
            responses = [
                person.client.generic(
                    "PATCH", row.url, b"a,b", "text/csv", headers=headers
                ),
                person.client.generic("TRACE", row.url, headers=headers),
            ]
            assert [response.status_code for response in responses] == [415, 405]

    @pytest.mark.parametrize("row", OWNED, ids=name_of, indirect=True)
    def test_strangers_learn_no_more_than_before(self, client_of, bob, person, row):
        stranger = Person(client_of(bob))
        for header in ["*", STALE]:
            response = stranger.send("PATCH", row.url, row.change, If_Match=header)
            assert response.status_code in {400, 403, 404}
            assert "ETag" not in response.headers


@pytest.mark.parametrize("url", ["/v1.0/goals.html", "/v1.0/goals.svg"])
@pytest.mark.parametrize("name", ["If_Match", "If_None_Match"])
def test_a_method_that_a_url_lacks_is_405_with_any_condition(person, url, name):
    for header in ("", "*", STALE):
        response = person.send("PUT", url, {}, **{name: header})
        assert response.status_code == 405


def test_the_version_of_a_bucket_list_covers_its_hidden_items(person, ada):
    row = bucketlist(ada)
    plain = person.etag(row.url)
    with_items = person.etag(f"{row.url}?items=1")
    assert with_items.startswith(plain.removesuffix('"') + ".")
    Item.objects.update(name="changed by another door")
    response = person.send("PUT", row.url, {"name": "x", "items": []}, If_Match=plain)
    assert_refused(response, person, row)
    assert Item.objects.count() == 1


def test_the_version_of_a_movie_covers_its_cast(person, ada):
    row = movie(ada)
    tag = person.etag(row.url)
    added = person.send("PUT", f"{row.url}/actors/{Actor.objects.get().pk}")
    assert added.headers["ETag"] == person.etag(row.url) != tag
    url = f"{row.url}/actors/{Actor.objects.get().pk}"
    assert_refused(person.send("DELETE", url, If_Match=tag), person, row)
    assert Movie.objects.get().actors.count() == 1
    done = person.send("DELETE", url, If_Match=added.headers["ETag"])
    assert done.headers["ETag"] == tag


ACTIONS = [
    (goal, ["complete", "reopen", "archive", "unarchive"]),
    (job, ["cancel", "retry"]),
    (invoice, ["issue"]),
]


@pytest.mark.parametrize(("make", "verbs"), ACTIONS, ids=["goal", "job", "invoice"])
def test_actions_check_the_tag_as_changes_do(person, ada, make, verbs):
    row = make(ada)
    for verb in verbs:
        url, before = f"{row.url}/{verb}", person.send("GET", row.url).content
        response = person.send("POST", url, If_Match=STALE)
        assert_refused(response, person, row)
        assert person.send("GET", row.url).content == before
        tag = person.etag(row.url)
        done = person.send("POST", url, If_Match=tag)
        assert done.status_code in {200, 202}, done.content
        assert person.etag(row.url) != tag
        if done.status_code == 200:
            assert done.headers["ETag"] == person.etag(row.url)


class TestPutOfANewRow:
    url = "/books/4711"

    @pytest.fixture
    def body(self, ada) -> dict[str, Any]:
        return book(ada).whole

    def test_is_refused_where_there_is_one(self, person, body):
        done = person.send("PUT", self.url, body, If_None_Match="*")
        assert done.headers["ETag"] == person.etag(self.url)
        again = person.send("PUT", self.url, body | {"title": "x"}, If_None_Match="*")
        assert again.status_code == 412
        assert again.headers["ETag"] == person.etag(self.url)
        assert Book.objects.get(pk=4711).title == "whole"

    @pytest.mark.parametrize("header", ["*", STALE])
    def test_is_refused_where_there_should_be_one(self, person, body, header):
        response = person.send("PUT", self.url, body, If_Match=header)
        assert response.status_code == 412
        assert "ETag" not in response.headers
        assert not Book.objects.filter(pk=4711).exists()


class TestCreating:
    @pytest.mark.parametrize(
        "make",
        [bucketlist, book, author, order, invoice_item],
        ids=name_of,
    )
    def test_a_new_row_comes_with_its_tag(self, person, ada, make):
        row = make(ada)
        url = row.url.rpartition("/")[0]
        response = person.send("POST", url, row.whole)
        assert response.status_code == 201, response.content
        assert response.headers["ETag"] == person.etag(f"{url}/{response.json()['id']}")

    def test_a_post_to_a_list_ignores_preconditions(self, person, ada):
        row = book(ada)
        conditions = {"If_Match": STALE, "If_None_Match": "*"}
        response = person.send("POST", "/books", row.whole, **conditions)
        assert response.status_code == 201

    def test_a_list_of_new_rows_has_no_tag(self, person, ada):
        url = bucketlist(ada).url + "/items"
        response = person.send("POST", url, [{"name": "a"}])
        assert response.status_code == 201
        assert "ETag" not in response.headers


LISTS = {
    "/v1.0/users": None,
    "/v1.0/goals": goal,
    "/v1.0/goals?flat=1": goal,
    "/bucketlists/": bucketlist,
    "/actors": actor,
    "/movies": movie,
    "/books": book,
    "/authors": author,
    "/orders": order,
    "/api/v2/orders": order,
    "/api/v2/jobs": job,
    "/invoices": invoice,
    "/invoice-items": invoice_item,
}


@pytest.mark.parametrize("url", LISTS)
def test_an_unmodified_list_returns_304(person, ada, url):
    row = LISTS[url] and LISTS[url](ada)
    tag = person.etag(url)
    response = person.send("GET", url, If_None_Match=tag)
    assert (response.status_code, response.content) == (304, b"")
    if row:
        person.send("PATCH", row.url, row.other)
        response = person.send("GET", url, If_None_Match=tag)
        assert response.status_code == 200


def test_a_page_whose_total_has_changed_is_sent_again(person, ada):
    for name in "abc":
        Actor.objects.create(name=name, age=1, gender="x")
    url = "/actors?page=1&per_page=2"
    first = person.send("GET", url)
    Actor.objects.create(name="d", age=1, gender="x")
    response = person.send("GET", url, If_None_Match=first.headers["ETag"])
    assert (response.status_code, response.content) == (200, first.content)
    assert response.headers["X-Total-Count"] == "4"


@pytest.mark.parametrize("make", MAKERS, ids=name_of)
def test_without_preconditions_a_write_takes_fewer_queries(person, ada, make):
    """Only preconditions make a write lock the row and read it twice."""
    row = make(ada)
    tag = person.etag(row.url)
    with CaptureQueriesContext(connection) as conditional:
        assert (
            person.send("PATCH", row.url, row.change, If_Match=tag).status_code == 200
        )
    with CaptureQueriesContext(connection) as plain:
        assert person.send("PATCH", row.url, row.other).status_code == 200
    assert len(plain) < len(conditional)


def test_a_page_of_lists_by_goal_has_its_own_tag(person, ada):
    goal(ada)
    assert person.etag("/v1.0/goals") != person.etag("/v1.0/goals?detail=1")
