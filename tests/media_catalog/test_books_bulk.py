"""A JSON list of new books in one POST: all of them are added, or none."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from media_catalog.models import Author, Book

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> Author:
    return Author.objects.create(first_name="Ada", last_name="Lovelace")


@pytest.fixture
def row(author):
    def build(**columns):
        return {"title": "T", "pubYear": 1843, "authorId": author.pk} | columns

    return build


def message(response, status=400):
    assert response.status_code == status, response.content
    assert not Book.objects.exists()
    return response.json()["message"]


def test_all_rows_are_added_in_their_order(api, author, row):
    rows = [row(title="a"), row(title="b", pub_year="1844"), row(title="c", isbn="1")]
    response = api.post("/books", rows, "json")

    assert response.status_code == 201
    books = response.json()["Book"]
    assert [book["title"] for book in books] == ["a", "b", "c"]
    assert books == [api.get(f"/books/{book['id']}").json() for book in books]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 500 for a list of books",
    new="Creates all or none, and returns the errors with the number of each row",
)
def test_errors_are_told_for_each_row_and_nothing_is_added(api, row):
    bad = [
        row(),
        row(title="x" * 101, authorId=4711),
        row(pubYear="x"),
        {"title": "T"},
        7,
        row(authorId=[1]),
    ]
    errors = message(api.post("/books", bad, "json"))

    errors_by_item = [(entry.pop("item"), *entry.items()) for entry in errors]
    assert [(item, name) for item, (name, _) in errors_by_item] == [
        *((1, "title"), (1, "author_id"), (2, "pub_year")),
        *((3, "missing_columns"), (4, "message"), (5, "author_id")),
    ]
    texts = {item: text for item, (_, text) in reversed(errors_by_item)}
    assert texts[1] == "The data exceeds the maximum length 100"
    assert texts[2] == "The value x is not a number"
    assert texts[3] == ["pub_year", "author_id"]
    assert texts[5] == "The value [1] is not a number"


def test_a_row_is_refused_in_the_words_for_one_book(api, row):
    body = row(authorId=4711)
    (alone,) = message(api.post("/books", body, "json"))
    (listed,) = message(api.post("/books", [body], "json"))
    assert listed == {"item": 0} | alone


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Reads `[]` as `{}`",
    new="Returns 400",
)
@pytest.mark.parametrize("body", [[], "x", 1])
def test_what_is_neither_a_row_nor_rows_is_refused(api, body):
    expected = "A JSON object, or a list of at least one, is expected."
    assert expected in message(api.post("/books", body, "json"))


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 500 for any list of books",
    new="Creates up to 1,000 books per request",
)
def test_a_list_has_an_end(api, row):
    text = message(api.post("/books", [row()] * 1001, "json"))
    assert text == "Ensure this field has no more than 1000 elements."
    assert api.post("/books", [row()] * 1000, "json").status_code == 201
    assert Book.objects.count() == 1000


def test_rows_may_choose_their_ids(api, row):
    rows = [row(), row(id=10), row(id="12"), row(id=None)]
    books = api.post("/books", rows, "json").json()["Book"]
    ids = [book["id"] for book in books]
    assert ids[1:3] == [10, 12]
    assert len({*ids, api.post("/books", row(), "json").json()["id"]}) == 5


@pytest.mark.parametrize("ids", [[7, 7], [5, "7"]])
def test_an_id_is_for_one_book(api, author, row, ids):
    taken = Book.objects.create(id=7, title="t", pub_year=1, author=author)
    if ids == [7, 7]:
        taken.delete()
    before = Book.objects.count()
    response = api.post("/books", [row(id=number) for number in ids], "json")
    assert response.status_code == 409
    assert response.json()["message"].endswith("for Book already exists.")
    assert Book.objects.count() == before


def test_many_rows_take_as_many_queries_as_two(api, row):
    """Up to the 999 values that SQLite takes in one query."""
    counts = set()
    for number in (2, 190):
        rows = [row(id=number + place) for place in range(number)]
        with CaptureQueriesContext(connection) as queries:
            assert api.post("/books", rows, "json").status_code == 201
        counts.add(len(queries))
    assert len(counts) == 1


@pytest.mark.parametrize("url", ["/authors", "/books/1"])
def test_lists_are_taken_where_books_are_added_only(api, author, row, url):
    Book.objects.create(id=1, title="t", pub_year=1, author=author)
    method = api.put if url == "/books/1" else api.post
    assert method(url, [row()], "json").status_code == 400


def test_who_may_not_add_one_book_may_not_add_many(api, closed, row):
    assert api.post("/books", [row()], "json").status_code == 401
