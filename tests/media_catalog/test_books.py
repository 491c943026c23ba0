from __future__ import annotations

import pytest

from media_catalog.models import Author, Book

BODY = {"title": "Notes", "pubYear": 1843, "isbn": "1"}


@pytest.fixture
def author(db) -> Author:
    return Author.objects.create(first_name="Ada", last_name="Lovelace")


@pytest.fixture
def book(author) -> Book:
    return Book.objects.create(title="Old", pub_year=1842, author=author)


@pytest.fixture
def other(author, book) -> Book:
    """Made after `book`, so that `book` is the first row of the table."""
    return Book.objects.create(title="Other", pub_year=1841, author=author)


def message(response):
    return response.json()["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"title": "T", "pubYear": "1997", "authorId": 0},
        {"title": "T", "pub_year": 1997, "author_id": 0},
        {"title": "T", "pubYear": 1997, "author_id": 0, "unknown": 1},
        {"title": "T", "pubYear": 1997, "authorId": 0, "author": {"id": 4}, "id": None},
    ],
)
def test_keys_come_in_either_spelling_and_numbers_as_text(api, author, body):
    body = {key: author.pk if value == 0 else value for key, value in body.items()}
    response = api.post("/books", body, "json")

    assert response.status_code == 201
    assert response.json()["pubYear"] == 1997
    assert response.json()["authorId"] == author.pk


def test_an_id_of_the_clients_own_is_kept_and_the_next_one_is_free(api, book):
    body = BODY | {"authorId": book.author_id}
    chosen = book.pk + 1000

    for number in (chosen, chosen - 500):
        response = api.post("/books", body | {"id": number}, "json")
        assert (response.status_code, response.json()["id"]) == (201, number)
    assert api.post("/books", body, "json").json()["id"] == chosen + 1


@pytest.mark.parametrize("spell", [int, str])
def test_an_id_in_use_is_409(api, book, spell):
    number = spell(book.pk)
    body = BODY | {"authorId": book.author_id, "id": number}
    response = api.post("/books", body, "json")
    assert response.status_code == 409
    assert message(response) == f"{{'id': {number!r}}} for Book already exists."


@pytest.mark.parametrize(
    ("change", "column", "text"),
    [
        ({"pubYear": "19a"}, "pub_year", "The value 19a is not a number"),
        ({"pubYear": 1.5}, "pub_year", "The value 1.5 is not a number"),
        ({"pubYear": True}, "pub_year", "The value True is not a number"),
        ({"pubYear": [1]}, "pub_year", "The value [1] is not a number"),
        ({"pubYear": 10**12}, "pub_year", None),
        ({"pubYear": 10**30}, "pub_year", None),
        ({"pubYear": None}, "pub_year", None),
        ({"title": None}, "title", None),
        ({"title": ["x"]}, "title", None),
        ({"title": {"x": 1}}, "title", None),
        ({"title": "x" * 101}, "title", "The data exceeds the maximum length 100"),
        ({"isbn": "x" * 21}, "isbn", "The data exceeds the maximum length 20"),
        ({"authorId": 4711}, "author_id", None),
        ({"authorId": "x"}, "author_id", None),
        ({"authorId": 10**30}, "author_id", None),
        ({"authorId": None}, "author_id", None),
        ({"authorId": [1]}, "author_id", None),
        ({"authorId": True}, "author_id", None),
        ({"id": 0}, "id", None),
        ({"id": -1}, "id", None),
        ({"id": 2**31}, "id", None),
        ({"id": "x"}, "id", "The value x is not a number"),
    ],
)
def test_a_bad_column_is_named_in_snake_case(api, author, change, column, text):
    response = api.post("/books", BODY | {"authorId": author.pk} | change, "json")

    assert response.status_code == 400
    [entry] = message(response)
    assert list(entry) == [column]
    assert text in {None, entry[column]}
    assert not Book.objects.exists()


def test_bad_columns_stand_in_order_and_missing_ones_last(api, db):
    response = api.post("/books", {"title": "x" * 101, "isbn": "x" * 21}, "json")

    assert message(response) == [
        {"isbn": "The data exceeds the maximum length 20"},
        {"title": "The data exceeds the maximum length 100"},
        {"missing_columns": ["pub_year", "author_id"]},
    ]


@pytest.mark.parametrize("year", ["-5", -5, "2", 2.0])
def test_numbers_that_fit_are_taken(api, author, year):
    response = api.post(
        "/books", BODY | {"authorId": author.pk, "pubYear": year}, "json"
    )

    assert response.status_code == 201
    assert response.json()["pubYear"] == int(year)


def test_a_number_may_stand_for_text(api, author):
    response = api.post("/books", BODY | {"authorId": author.pk, "title": 1984}, "json")

    assert response.json()["title"] == "1984"


def test_blanks_at_the_ends_are_kept_and_counted(api, author):
    body = BODY | {"authorId": author.pk, "title": f"  {'x' * 97} "}

    assert api.post("/books", body, "json").json()["title"] == body["title"]
    longer = body | {"title": f" {body['title']}"}
    assert api.post("/books", longer, "json").status_code == 400


def test_an_unknown_book_is_404_in_the_old_words(api, db):
    for method in (api.get, api.delete):
        response = method("/books/4711")
        assert response.status_code == 404
        assert message(response) == "Book with {'id': 4711} not found"
    assert api.patch("/books/4711", {"title": "x"}, "json").status_code == 404


def test_put_changes_the_row_that_the_url_names(api, book, other):
    body = BODY | {"authorId": book.author_id}
    response = api.put(f"/books/{other.pk}", body, "json")

    assert (response.status_code, response.json()["id"]) == (200, other.pk)
    response = api.put(f"/books/{other.pk}", body | {"id": book.pk}, "json")
    assert response.status_code == 400
    assert message(response) == [{"id": f"The id must be {other.pk}, as in the URL."}]
    api.put(f"/books/{other.pk}", body | {"id": other.pk, "title": "New"}, "json")
    book.refresh_from_db()
    other.refresh_from_db()
    assert book.title == "Old"
    assert other.title == "New"


def test_put_needs_all_required_columns_and_keeps_the_optional_ones(api, book):
    Book.objects.update(isbn="kept")
    partial = api.put(f"/books/{book.pk}", {"title": "New"}, "json")

    assert partial.status_code == 400
    assert message(partial) == [{"missing_columns": ["pub_year", "author_id"]}]
    whole = {"title": "New", "pubYear": 1, "authorId": book.author_id}
    assert api.put(f"/books/{book.pk}", whole, "json").json()["isbn"] == "kept"


def test_put_on_a_free_id_makes_the_row_there(api, book):
    body = BODY | {"authorId": book.author_id}
    chosen = book.pk + 1000
    response = api.put(f"/books/{chosen}", body, "json")

    assert (response.status_code, response.json()["id"]) == (200, chosen)
    assert api.post("/books", body, "json").json()["id"] == chosen + 1


def test_put_on_a_free_id_too_large_for_the_table_is_4xx(api, author):
    response = api.put(f"/books/{'9' * 18}", BODY | {"authorId": author.pk}, "json")

    assert response.status_code in {400, 404}


@pytest.mark.parametrize("body", [{"title": "New"}, {"title": "New", "id": None}])
def test_patch_changes_what_is_sent(api, book, body):
    response = api.patch(f"/books/{book.pk}", body, "json")

    assert response.status_code == 200
    assert response.json()["title"] == "New"
    assert response.json()["id"] == book.pk
    assert response.json()["pubYear"] == 1842


def test_an_empty_patch_changes_nothing(api, book):
    assert api.patch(f"/books/{book.pk}", {}, "json").status_code == 200


def test_delete_says_what_is_gone(api, book):
    response = api.delete(f"/books/{book.pk}")

    assert response.status_code == 200
    assert message(response) == f"Book with {{'id': {book.pk}}} is deleted"
    assert api.delete(f"/books/{book.pk}").status_code == 404


def test_an_author_with_books_is_not_deleted(api, book):
    assert api.delete(f"/authors/{book.author_id}").status_code == 409
    assert Author.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_method_that_needs_an_id_says_so(api, db, method):
    response = getattr(api, method)("/books", {}, "json")

    assert response.status_code == 400
    assert message(response) == "This method requires the id in the URL for Book."


def test_post_to_one_row_is_405(api, book):
    response = api.post(f"/books/{book.pk}", BODY, "json")

    assert response.status_code == 405
    assert "PUT" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b"title=x", "application/x-www-form-urlencoded"),
        (b"{}", "text/plain"),
        (b"{}", ""),
    ],
)
def test_other_bodies_are_415(api, db, raw, content_type):
    response = api.generic("POST", "/books", raw, content_type=content_type)

    assert (response.status_code, message(response)) == (415, "JSON format is required")


def test_any_kind_of_json_is_taken(api, author):
    raw = b'{"title": "T", "pubYear": 1, "authorId": %d}' % author.pk
    response = api.generic("POST", "/books", raw, "application/hal+json; charset=UTF-8")

    assert response.status_code == 201


@pytest.mark.parametrize("raw", [b"{", b"[]", b"null", b'"x"', b'{"a": NaN}'])
def test_malformed_json_is_400_without_the_bytes(api, db, raw):
    response = api.generic("POST", "/books", raw, "application/json")

    assert response.status_code == 400
    assert message(response).startswith("A JSON format problem:")


@pytest.mark.parametrize("name", ["pubYear", "pub_year"])
def test_a_list_is_filtered_by_a_column(api, book, other, name):
    rows = api.get(f"/books?{name}=1841").json()["Book"]

    assert [row["id"] for row in rows] == [other.pk]
    assert len(api.get("/books?nothing=1").json()["Book"]) == 2


def test_an_author_shows_the_books_without_themselves(api, book):
    response = api.get(f"/authors/{book.author_id}")

    assert response.json() == {
        "id": book.author_id,
        "firstName": "Ada",
        "lastName": "Lovelace",
        "fullName": "Ada Lovelace",
        "books": [
            {
                "id": book.pk,
                "isbn": None,
                "title": "Old",
                "pubYear": 1842,
                "authorId": book.author_id,
            }
        ],
    }


def test_an_author_comes_with_books(api, db):
    body = {
        "firstName": "Mary",
        "last_name": "Shelley",
        "fullName": "dropped",
        "books": [{"title": "Frankenstein", "pubYear": 1818}],
    }
    response = api.post("/authors", body, "json")

    assert response.status_code == 201
    assert response.json()["fullName"] == "Mary Shelley"
    [shown] = response.json()["books"]
    assert shown["authorId"] == response.json()["id"]
    assert Book.objects.get().author.last_name == "Shelley"


@pytest.mark.parametrize("books", [{}, "x", 1, [1], [{"title": "x" * 101}], [{}]])
def test_bad_books_of_a_new_author_are_400_and_nothing_is_written(api, db, books):
    body = {"firstName": "Mary", "lastName": "Shelley", "books": books}
    response = api.post("/authors", body, "json")

    assert response.status_code == 400
    assert not Author.objects.exists()


def test_a_bad_book_of_a_new_author_is_told_by_its_place(api, db):
    books = [
        {"title": "Frankenstein", "pubYear": 1818},
        {"title": "x" * 101},
        1,
        {"title": "x", "pub_year": "x", "nonsense": 1},
    ]
    response = api.post("/authors", {"firstName": "Mary", "books": books}, "json")

    assert response.status_code == 400
    text = "Invalid data. Expected a dictionary, but got int."
    assert message(response) == [
        {
            "books": [
                {"item": 1, "title": "The data exceeds the maximum length 100"},
                {"item": 1, "missing_columns": ["pub_year"]},
                {"item": 2, "message": text},
                {"item": 3, "pub_year": "The value x is not a number"},
            ]
        },
        {"missing_columns": ["last_name"]},
    ]
    assert not Author.objects.exists()


def test_books_of_an_author_are_changed_at_their_own_url(api, book):
    url = f"/authors/{book.author_id}"
    response = api.patch(url, {"books": []}, "json")

    assert response.status_code == 400
    assert message(response) == [{"books": "Change books at /books/<id>."}]
    assert api.patch(url, {"last_name": "Byron"}, "json").json()["books"]


def test_patch_of_a_free_id_creates_nothing(api, book):
    body = BODY | {"authorId": book.author_id, "id": 4711}

    assert api.patch("/books/4711", body, "json").status_code == 404
    assert Book.objects.count() == 1


@pytest.mark.parametrize("column", ["title", "pubYear", "authorId"])
def test_null_in_a_required_column_is_400_in_a_patch_too(api, book, column):
    response = api.patch(f"/books/{book.pk}", {column: None}, "json")

    assert response.status_code == 400
    assert len(message(response)) == 1


def test_books_that_are_no_list_are_refused_in_the_old_words(api, db):
    body = {"firstName": "Mary", "lastName": "Shelley", "books": {}}

    assert message(api.post("/authors", body, "json")) == (
        "books data must be in a list form"
    )


def test_a_closed_service_lets_anybody_read_and_the_trusted_write(
    api, client_of, closed, book, ada, staff
):
    assert api.get("/books").status_code == 200
    assert api.get(f"/authors/{book.author_id}").status_code == 200
    body = BODY | {"authorId": book.author_id}
    assert api.post("/books", body, "json").status_code == 401
    assert client_of(ada).post("/books", body, "json").status_code == 403
    assert client_of(staff).post("/books", body, "json").status_code == 201


@pytest.mark.parametrize("size", [2, 20])
def test_lists_cost_the_same_for_any_number_of_rows(api, db, query_counts, size):
    for n in range(size):
        author = Author.objects.create(first_name=str(n), last_name="x")
        Book.objects.create(title=str(n), pub_year=n, author=author)

    query_counts("media_catalog:books", api, "/books")
    query_counts("media_catalog:authors", api, "/authors")
