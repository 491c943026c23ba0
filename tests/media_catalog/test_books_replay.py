"""Every exchange about books that the DBBase guide prints, with its bodies."""

from __future__ import annotations

import pytest

from media_catalog.models import Author, Book
from tests.support.http import OVER_HTTP

pytestmark = OVER_HTTP

BOOKS = [
    ("Cooper", "The Cell: A Molecular Approach, 3rd edition", "0-87893-214-3", 2004),
    ("Cooper", "The Cell: A Molecular Approach, 4th edition", "978-0878932191", 2006),
    ("Cooper", "The Cell: A Molecular Approach, 7th edition", "978-1605352909", 2015),
    ("Cooper", "The Cell: A Molecular Approach, 9th edition", "978-1605357072", 2018),
    (
        "Kalpakjian",
        "Manufacturing Engineering & Technology (7th Edition)",
        "978-0133128741",
        2013,
    ),
]
NEW = {
    "title": "The Algorithm Design Manual",
    "pubYear": 1997,
    "isbn": "0-387-94860-0",
}


@pytest.fixture
def authors(db) -> dict[str, Author]:
    names = [("Geoffrey", "Cooper"), ("Serope", "Kalpakjian"), ("Steven", "Skiena")]
    authors = {
        last: Author.objects.create(first_name=first, last_name=last)
        for first, last in names
    }
    for last, title, isbn, year in BOOKS:
        Book.objects.create(title=title, isbn=isbn, pub_year=year, author=authors[last])
    return authors


def shown(book: Book) -> dict:
    author = book.author
    return {
        "author": {
            "firstName": author.first_name,
            "lastName": author.last_name,
            "fullName": f"{author.first_name} {author.last_name}",
            "id": author.pk,
        },
        "title": book.title,
        "authorId": author.pk,
        "id": book.pk,
        "isbn": book.isbn,
        "pubYear": book.pub_year,
    }


def test_get_a_book(client, authors):
    book = Book.objects.get(pub_year=2004)
    response = client.get(f"/books/{book.pk}", content_type="application/json")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == shown(book)


def test_post_a_book_but_with_invalid_data(api, authors):
    title = "this is a test woah" + ", this is really a long title, woah" * 4
    body = {"authorId": authors["Cooper"].pk, "title": title}
    response = api.post("/books", body, "json")

    assert response.status_code == 400
    assert response.json() == {
        "message": [
            {"title": "The data exceeds the maximum length 100"},
            {"missing_columns": ["pub_year"]},
        ]
    }


def test_post_a_book_with_valid_data(api, authors):
    response = api.post("/books", NEW | {"authorId": authors["Skiena"].pk}, "json")

    assert response.status_code == 201
    book = Book.objects.get(pub_year=1997)
    assert response.json() == shown(book)
    assert response.json()["author"]["fullName"] == "Steven Skiena"


def test_get_all_books(api, authors):
    api.post("/books", NEW | {"authorId": authors["Skiena"].pk}, "json")
    response = api.get("/books")

    assert response.status_code == 200
    assert response.json() == {"Book": [shown(book) for book in Book.objects.all()]}
    assert len(response.json()["Book"]) == 6


@pytest.mark.parametrize("kind", ["single", "collection"])
@pytest.mark.parametrize("resource", ["books", "authors"])
def test_the_meta_urls_lead_to_the_document(api, resource, kind):
    response = api.get(f"/meta/{resource}/{kind}")

    assert response.status_code == 200
    assert all(path.startswith(f"/{resource}") for path in response.json()["paths"])
