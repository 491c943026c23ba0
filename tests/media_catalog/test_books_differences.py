"""Differences of books and authors from Flask-RESTful-DBBase, a request for each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from media_catalog.models import Author, Book


@pytest.fixture
def author(db) -> Author:
    return Author.objects.create(first_name="Ada", last_name="Lovelace")


@pytest.fixture
def books(author) -> list[Book]:
    """Return three books of the same year."""
    return [
        Book.objects.create(title=title, pub_year=1843, author=author)
        for title in "cab"
    ]


@pytest.fixture
def body(author) -> dict[str, Any]:
    return {"title": "Notes", "pubYear": 1843, "authorId": author.pk}


def page(api, config: object) -> Any:
    text = config if isinstance(config, str) else json.dumps(config)
    return api.get("/books", {"pageConfig": text})


# Rows


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Stores spaces at both ends of a text, but doesn't count them",
    new="Counts them",
    why="The column has that length",
)
def test_blanks_at_the_ends_of_a_text_count(api, body):
    for length, status in [(96, 201), (97, 400)]:
        response = api.post("/books", body | {"title": f"  {'x' * length}  "}, "json")
        assert response.status_code == status


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 500 with SQL for null in a required column",
    new="Returns 400",
)
def test_null_in_a_required_column_is_400_without_sql(api, books, body):
    response = api.post("/books", body | {"title": None}, "json")

    assert response.status_code == 400
    assert list(response.json()["message"][0]) == ["title"]
    response = api.patch(f"/books/{books[0].pk}", {"title": None}, "json")
    assert response.status_code == 400


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Stores a foreign key to a missing row",
    new="Returns 400",
)
def test_a_foreign_key_to_a_missing_row_is_400(api, db, body):
    response = api.post("/books", body | {"authorId": 4711}, "json")

    assert response.status_code == 400
    assert list(response.json()["message"][0]) == ["author_id"]
    assert not Book.objects.exists()


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 500 for deleting an author with books",
    new="Returns 409",
)
def test_an_author_with_books_is_kept(api, books, author):
    assert api.delete(f"/authors/{author.pk}").status_code == 409
    assert Book.objects.count() == 3


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Creates the row on PATCH of an unknown ID, or returns 500",
    new="Returns 404",
)
def test_patch_creates_no_row(api, books, body):
    assert api.patch("/books/4711", body, "json").status_code == 404
    assert Book.objects.count() == 3


# Pages


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns lists in no defined order",
    new="Sorts lists by ID, also after the fields of `orderBy`",
    why="Pages must not overlap",
)
def test_a_list_and_each_of_its_orders_end_with_the_id(api, books):
    for config in ({}, {"orderBy": "pubYear"}, {"orderBy": "-pubYear"}):
        rows = page(api, config).json()["Book"]
        assert [row["id"] for row in rows] == [book.pk for book in books]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 500 for a `pageConfig` that is empty, null, not JSON, or has values "
    "of the wrong type",
    new="Returns 400",
)
@pytest.mark.parametrize(
    "config",
    [
        *("", "null", "nope", '{"limit": "x"}', '{"pageSize": null}'),
        *('{"debug": "x"}', '{"serialFields": 1}', '{"serialFields": "nope"}'),
    ],
)
def test_an_invalid_page_config_is_400(api, books, config):
    assert page(api, config).status_code == 400


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 500 for a text in `serialFields`",
    new="Reads it as one name",
)
def test_serial_fields_can_be_one_name(api, books):
    titles = page(api, {"serialFields": "title"}).json()["Book"]

    assert titles == [{"title": "c"}, {"title": "a"}, {"title": "b"}]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns pages of any size",
    new="Returns at most 1,000 rows (`QUINTET_MAX_UNPAGED`)",
    why="Limits memory",
)
@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns a page without the number of rows",
    new="Adds `X-Total-Count` and `Link`",
)
def test_a_page_has_a_total_links_and_a_maximum_size(api, books, settings):
    settings.QUINTET_MAX_UNPAGED = 2
    response = page(api, {"pageSize": 100})

    assert len(response.json()["Book"]) == 2
    assert response.headers["X-Total-Count"] == "3"
    assert 'rel="next"' in response.headers["Link"]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Sorts by every attribute of a class, or returns 500",
    new="Returns 400 except for the declared columns",
    why="Others may be secret",
)
@pytest.mark.parametrize("name", ["author", "query", "metadata", "author.password"])
def test_only_declared_columns_order_a_list(api, books, name):
    assert page(api, {"orderBy": name}).status_code == 400


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old='Returns 500 for `"debug": true`',
    new="Accepts `true`",
)
@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Shows the SQL of a list to any client with `debug`",
    new="Shows it to staff users, and to all if `DEBUG` is on; otherwise returns 403",
    why="Avoids disclosing internals",
)
def test_debug_is_for_staff_and_development(
    api, client_of, ada, staff, books, settings
):
    config = {"debug": True, "limit": 1}
    for client, status in [(api, 403), (client_of(ada), 403), (client_of(staff), 200)]:
        assert page(client, config).status_code == status
    settings.DEBUG = True
    assert "SELECT" in page(api, config).json()["query"]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Sorts by any number of columns",
    new="Returns 400 for more than 10",
    why="Large queries block other clients",
)
def test_at_most_10_columns_order_a_list(api, books):
    assert page(api, {"orderBy": ["id"] * 10}).status_code == 200
    assert page(api, {"orderBy": ["id"] * 11}).status_code == 400
