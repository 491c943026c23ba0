"""The tables of docs/reference/dbbase.md, compared with the DBBase dialect."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any

import pytest
from django.conf import settings
from django.urls import resolve

from accounts.demo import account
from dialects.dbbase import columns, filters, pagination
from dialects.dbbase.camel_case import to_camel
from dialects.dbbase.dates import parse_unambiguous
from dialects.dbbase.serializers import MAX_NEW_ROWS
from media_catalog.models import Author, Book
from media_catalog.serializers import (
    MAX_BOOKS,
    AuthorSerializer,
    BookSerializer,
)
from orders.models import MAX_ITEMS
from orders.serializers import OrderSerializer
from tests.support.guide_pages import marked
from tests.support.guide_tables import (
    error_of,
    first_names,
    listed_errors,
    numbers,
    quoted,
    rows,
    send,
)
from tests.support.openapi import document

PAGE = "reference/dbbase"
ERRORS = listed_errors(PAGE)
# A test of the service takes its database away.
UNTRIED = {"unavailable"}
OPERATORS = [(quoted(row[0])[0], row[2].strip("`")) for row in rows(PAGE, "operators")]
URLS = [url for _, url in OPERATORS]
URLS += [row[2].strip("`") for row in rows(PAGE, "conditions")]
SERIALIZERS: dict[str, Any] = {
    "Book": BookSerializer(),
    "Author": AuthorSerializer(),
    "Order": OrderSerializer(),
}

pytestmark = pytest.mark.usefixtures("demo")


@pytest.fixture
def client(client_of):
    return client_of(account("ada"))


@pytest.fixture
def small_ids(demo) -> None:
    """Where other tests chose large ids, PostgreSQL has counted on from there."""
    for number, pk in enumerate(Book.objects.values_list("pk", flat=True), 1):
        Book.objects.filter(pk=pk).update(id=number)


@pytest.mark.parametrize(
    ("urls", "method"), [row[:2] for row in rows(PAGE, "urls")], ids=str
)
def test_every_url_takes_its_methods(urls, method):
    for url in quoted(urls):
        view: Any = resolve(re.sub(r"<\w+>", "1", url)).func
        assert method.split()[0].lower() in view.actions
        assert not method.endswith("list") or view.cls.takes_lists


def test_the_table_of_columns_is_whole():
    for model, serializer in SERIALIZERS.items():
        listed = [row[1:] for row in rows(PAGE, "columns") if row[0] == model]
        fields = serializer.fields
        assert [row[0].strip("`") for row in listed] == [*map(to_camel, fields)]
        for (column, _, use, _), field in zip(listed, fields.values(), strict=True):
            by_field = "Required" if field.required else "Optional"
            assert use == ("Ignored" if field.read_only else by_field), column


@pytest.mark.parametrize("url", URLS)
def test_every_example_of_a_filter_finds_something(api, small_ids, url):
    response = api.get(url)

    assert response.status_code == 200, response.content
    [found] = response.json().values()
    assert len(found) > 0
    # Every book has an ISBN, and an id that is less than a year.
    finds_all = "isnull" in url or "var:" in url
    assert (len(found) == Book.objects.count()) == finds_all


def test_the_table_of_operators_is_whole():
    assert [name for name, _ in OPERATORS] == list(filters.OPERATORS)
    for name, url in OPERATORS:
        assert f"={name}&" in url


def test_the_table_of_filter_columns_is_whole():
    paths = document()["paths"]
    for lists, own, related in rows(PAGE, "filter columns"):
        for path in quoted(lists):
            parameters = paths[path]["get"]["parameters"]
            names = {each["name"] for each in parameters if each["in"] == "query"}
            assert names - {"offset", "pageConfig"} == {*quoted(own), *quoted(related)}
            view: Any = resolve(path).func.cls()
            for column in columns.columns_of(view, view.model).values():
                assert column.is_to_many == (
                    "(many)" in related and "." in column.name
                ), column.name


def test_the_table_of_page_config_is_whole():
    names = first_names(PAGE, "page config")

    assert set(names) == set(map(to_camel, pagination.KEYS))
    assert pagination.PARAMETERS == ("pageConfig", "page_config")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [(text, row[1]) for row in rows(PAGE, "dates") for text in quoted(row[0])],
)
def test_a_date_of_the_table_is_read_as_it_says(text, meaning):
    moment = parse_unambiguous(text)
    if moment is None:
        assert meaning == "Refused"
        return
    shown = moment.astimezone(UTC) if moment.tzinfo else moment
    assert f"{shown:%Y-%m-%d %H:%M:%S}".removesuffix(" 00:00:00") == meaning


def test_the_meta_resources_have_the_operations_of_the_table(api):
    def operations(url: str) -> set[tuple[str, str]]:
        paths = api.get(url).json()["paths"]
        return {(path, method) for path in paths for method in paths[path]}

    row = "/books/{id}"
    single = {("/books", "post"), *((row, method) for method in ("get", "put"))}
    single |= {(row, "patch"), (row, "delete")}
    collection, all_of, one_method, *others = (
        url.replace("<resource>", "books") for url in first_names(PAGE, "meta")
    )
    assert operations(collection) == {("/books", "get")}
    assert operations(all_of) == single
    assert operations(one_method) == {("/books", "post")}
    for url in others:
        assert operations(url.replace("books", "jobs"))


NEW_BOOK = {"title": "Emma", "pubYear": 1815}
REQUESTS: dict[str, tuple[str, str, Any]] = {
    "required": ("post", "/books", NEW_BOOK),
    "null": ("post", "/books", NEW_BOOK | {"authorId": None}),
    "invalid": ("get", "/books?pubYear=soon", None),
    "max_length": ("get", f"/books?title={'x' * 1001}", None),
    "max_value": ("post", "/books", NEW_BOOK | {"pubYear": 2**31}),
    "min_value": ("post", "/books", NEW_BOOK | {"id": 0}),
    "does_not_exist": ("post", "/books", NEW_BOOK | {"authorId": 2**40}),
    "not_a_list": (
        "post",
        "/authors",
        {"firstName": "Jane", "lastName": "Austen", "books": "Emma"},
    ),
    "malformed_json": ("post", "/books", "{"),
    "id_required": ("put", "/books", {}),
    "other_owner": ("post", "/orders", {"description": "Tea"}),
    "no_column": ("get", '/books?pageConfig={"orderBy":"titel"}', None),
    "bad_operator": ("get", "/books?pubYear=near&pubYear=1815", None),
    "unpaired_operator": ("get", "/books?pubYear=like", None),
    "bad_page_config": ("get", '/books?pageConfig={"size":1}', None),
    "too_much": ("get", f"/books?{'isbn[]=&' * 1001}", None),
    "not_found": ("get", "/books/999999", None),
    "method_not_allowed": ("put", "/a-model-command", {}),
    "too_large": ("post", "/books", NEW_BOOK | {"title": "x" * 3_000_000}),
}


@pytest.mark.parametrize("code", REQUESTS)
def test_an_error_of_the_table_has_its_status(client, code):
    found = error_of(send(client, *REQUESTS[code]))

    assert found[1] == code
    assert found in ERRORS


def test_the_other_errors_of_the_table(client, api, settings):
    author = Author.objects.filter(books__gt=0)[0]
    book = f"/books/{author.books.all()[0].pk}"
    taken = NEW_BOOK | {"id": author.books.all()[0].pk, "authorId": author.pk}
    seen = {
        error_of(send(api, "patch", book, {}, **{"If-Match": "x"})),
        error_of(send(api, "patch", book, {}, **{"If-Match": '"x"'})),
        error_of(api.get("/orders")),
        error_of(api.get("/books", headers={"Accept": "image/png"})),
        error_of(send(api, "post", "/books", taken)),
        error_of(api.delete(f"/authors/{author.pk}")),
        error_of(api.generic("post", "/books", "x", "text/plain")),
    }
    settings.QUINTET_ACCESS = "closed"
    seen.add(error_of(client.delete(book)))

    others = [error for error in ERRORS if error[1] not in {*REQUESTS, *UNTRIED}]
    assert seen == set(others)


def test_the_limits_are_those_of_the_service():
    assert numbers(PAGE, "limits") == [
        filters.MAX_CONDITIONS,
        filters.MAX_VALUES,
        columns.MAX_TEXT,
        pagination.MAX_LENGTH,
        pagination.MAX_ORDER,
        settings.QUINTET_MAX_UNPAGED,
        MAX_NEW_ROWS,
        MAX_BOOKS,
    ]
    assert MAX_ITEMS == MAX_BOOKS
    assert "(`QUINTET_MAX_UNPAGED`)" in marked(PAGE, "limits")
