"""The query variables of a list: `?pubYear=gt&pubYear=2006`."""

from __future__ import annotations

import pytest
from django.db import connection

from media_catalog.models import Author, Book

WRONG = (
    'Op code "{}" wrong. Must be in '
    "[eq, ne, gt, ge, lt, le, like, ilike, notlike, notilike]"
)
UNPAIRED = "There must be a value paired with the operator. Example: [operator, value]"


@pytest.fixture
def books(db) -> list[Book]:
    """Of 2004, 2006, 2013 and 2015: two by Cooper, two by Skiena."""
    cooper = Author.objects.create(first_name="Geoffrey", last_name="Cooper")
    skiena = Author.objects.create(first_name="Steven", last_name="Skiena")
    rows = [
        ("The Cell", "978-1", 2004, cooper),
        ("the cell, again", None, 2006, cooper),
        ("Algorithms", "978-3", 2013, skiena),
        ("100% true_story", None, 2015, skiena),
    ]
    return [
        Book.objects.create(title=title, isbn=isbn, pub_year=year, author=author)
        for title, isbn, year, author in rows
    ]


def years(api, query: str) -> list[int]:
    response = api.get(f"/books?{query}")
    assert response.status_code == 200, response.content
    return [row["pubYear"] for row in response.json()["Book"]]


def refusal(api, query: str):
    response = api.get(f"/books?{query}")
    assert response.status_code == 400, response.content
    return response.json()["message"]


def test_a_list_is_by_id_under_the_models_name(api, books):
    response = api.get("/books").json()

    assert list(response) == ["Book"]
    assert [row["id"] for row in response["Book"]] == [book.pk for book in books]
    assert api.get("/books?pubYear=1").json() == {"Book": []}


@pytest.mark.parametrize("name", ["pubYear", "pub_year"])
def test_a_column_is_named_in_either_spelling(api, books, name):
    assert years(api, f"{name}=2006") == [2006]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 400 for two unknown parameters with one name",
    new="Ignores them",
    why="One is ignored, too",
)
@pytest.mark.parametrize("query", ["nothing=1", "nothing=1&nothing=2", "nothing[]=x"])
def test_unknown_variables_are_ignored(api, books, query):
    assert len(years(api, query)) == 4


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Filters by every column",
    new="Filters by the declared columns, and ignores others as unknown parameters",
    why="Others may be secret",
)
@pytest.mark.parametrize("name", ["password", "author", "author.id", "pk", "author_pk"])
def test_a_column_that_is_not_declared_cannot_be_asked_about(api, books, name):
    assert len(years(api, f"{name}=0")) == 4
    assert len(years(api, f"{name}=isnull&{name}=true")) == 4


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        ("eq", [2006]),
        ("ne", [2004, 2013, 2015]),
        ("gt", [2013, 2015]),
        ("ge", [2006, 2013, 2015]),
        ("lt", [2004]),
        ("le", [2004, 2006]),
    ],
)
def test_an_operator_and_a_value_compare(api, books, op, expected):
    assert years(api, f"pubYear={op}&pubYear=2006") == expected


def test_conditions_on_several_columns_hold_together(api, books):
    query = "pubYear=gt&pubYear=2004&title=ilike&title=the%25"
    assert years(api, query) == [2006]
    assert years(api, "pubYear=gt&pubYear=2004&pub_year=lt&pub_year=2013") == [2006]


def test_nothing_is_unlike_null(api, books):
    assert years(api, "isbn=ne&isbn=978-1") == [2013]
    assert years(api, "isbn=notlike&isbn=978-1") == [2013]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns filter errors in a printed Python tuple",
    new="Returns only the sentence",
)
@pytest.mark.parametrize("text", ["bad", "like ", "GT", "2006"])
def test_exactly_two_values_need_an_operator(api, books, text):
    query = f"pubYear={text}&pubYear=2004"
    assert refusal(api, query) == WRONG.format(text)


@pytest.mark.parametrize("op", ["eq", "notilike", "isnull"])
def test_an_operator_alone_is_refused(api, books, op):
    assert refusal(api, f"title={op}") == UNPAIRED


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Finds nothing for `id=1,3` and `id=[1,3]`",
    new="Returns the rows with one of these values",
    why="Its documentation promises it",
)
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("pubYear[]=2006", [2006]),
        ("pubYear[]=2004&pubYear[]=2015", [2004, 2015]),
        ("pub_year[]=2004&pub_year[]=1", [2004]),
        ("pubYear=2004&pubYear=2015&pubYear=1", [2004, 2015]),
        ("pubYear=2004,2015", [2004, 2015]),
        ("pubYear=[2004, 2015]", [2004, 2015]),
        ("pubYear[]=2004,2006&pubYear[]=2015", [2004, 2006, 2015]),
        ("title[]=Algorithms&title[]=The Cell", [2004, 2013]),
        ("title=the cell, again", [2006]),
    ],
)
def test_any_of_several_values_will_do(api, books, query, expected):
    assert years(api, query) == expected


@pytest.mark.parametrize("other", ["authorId", "author_id"])
def test_columns_are_compared_with_each_other(api, books, other):
    same = Book.objects.create(
        title="x", pub_year=books[0].author_id, author=books[0].author
    )

    assert years(api, f"pubYear=eq&pubYear=var:{other}") == [same.pub_year]
    assert len(years(api, f"pubYear=gt&pubYear=var:{other}")) == 4


def test_a_column_holds_the_pattern_for_another(api, books):
    Book.objects.update(isbn="978-%")
    books[0].isbn = "978-"
    Book.objects.filter(pk=books[0].pk).update(title="978-x")

    assert years(api, "title=like&title=var:isbn") == [2004]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 500 for `var:` with an unknown column or a relation",
    new="Returns 400",
)
def test_an_unknown_column_to_compare_with_is_refused(api, books):
    for name in ("nope", "author", "password"):
        message = f"{name} is not a column in Book"
        assert refusal(api, f"id=gt&id=var:{name}") == message


def test_columns_of_two_kinds_are_not_compared(api, books):
    assert refusal(api, "title=gt&title=var:pubYear") == [
        {"title": "This column can't be compared with pub_year."}
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("title=like&title=The%25", [2004]),
        ("title=ilike&title=The%25", [2004, 2006]),
        ("title=notlike&title=The%25", [2006, 2013, 2015]),
        ("title=notilike&title=The%25", [2013, 2015]),
        ("title=like&title=Algo______", [2013]),
        ("title=like&title=Algo_____", []),
        ("title=ilike&title=100%25 TRUE_story", [2015]),
        ("title=like&title=100\\%25 true_story", []),
        ("pubYear=like&pubYear=201_", [2013, 2015]),
        ("pubYear=notlike&pubYear=20%256", [2004, 2013, 2015]),
    ],
)
def test_patterns_hold_wildcards_and_no_escapes(api, books, query, expected):
    if connection.vendor == "sqlite" and "like&title=The" in query:
        # The database ignores the case of a pattern, whatever it is called.
        expected = years(api, query.replace("ilike", "like").replace("like", "ilike"))
    assert years(api, query) == expected


def test_like_tells_cases_apart_where_the_database_can(api, books):
    folds = connection.vendor == "sqlite"
    assert years(api, "title=like&title=the%25") == ([2004, 2006] if folds else [2006])
    assert years(api, "title=ilike&title=the%25") == [2004, 2006]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Can't filter by null",
    new="Filters with `isnull`",
)
@pytest.mark.parametrize(
    ("value", "expected"), [("true", [2006, 2015]), ("false", [2004, 2013])]
)
def test_rows_without_a_value_are_found(api, books, value, expected):
    assert years(api, f"isbn=isnull&isbn={value}") == expected
    assert refusal(api, "isbn=isnull&isbn=perhaps") == [
        {"isbn": "Must be a valid boolean."}
    ]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Can't filter by a column of a related row",
    new="Filters by names such as `author.lastName`",
)
@pytest.mark.parametrize("name", ["author.lastName", "author.last_name"])
def test_a_column_of_a_relative_is_reached_by_a_dot(api, books, name):
    assert years(api, f"{name}=Cooper") == [2004, 2006]
    assert years(api, f"{name}=ilike&{name}=sk%25&pubYear=2015") == [2015]
    assert years(api, f"{name}=ne&{name}=Cooper") == [2013, 2015]


def test_an_author_is_found_once_by_any_of_the_books(api, books):
    def names(query):
        rows = api.get(f"/authors?{query}").json()["Author"]
        return [row["lastName"] for row in rows]

    assert names("books.title=ilike&books.title=the cell%25") == ["Cooper"]
    assert names("books.pubYear=gt&books.pubYear=2006") == ["Skiena"]
    assert names("books.isbn=isnull&books.isbn=true") == ["Cooper", "Skiena"]
    assert names("firstName=eq&firstName=var:books.title") == []


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Finds nothing, or returns 500, for a word instead of a number, an invalid "
    "date, or a null character in a filter",
    new="Returns 400 with the name of the column",
    why="An empty list hides the mistake",
)
@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("pubYear=19a", {"pub_year": "The value 19a is not a number"}),
        ("pubYear=", {"pub_year": "The value  is not a number"}),
        ("pubYear=2004,x", {"pub_year": "The value x is not a number"}),
        ("pubYear=gt&pubYear=1.5", {"pub_year": "The value 1.5 is not a number"}),
        ("pubYear=gt&pubYear=1,2", {"pub_year": "The value 1,2 is not a number"}),
        ("authorId=eq&authorId=x", {"author_id": "The value x is not a number"}),
        (
            "title=" + "x" * 1001,
            {"title": "The data exceeds the maximum length 1000"},
        ),
        ("title=%00", {"title": "Null characters are not allowed."}),
        ("title=like&title=%00", {"title": "Null characters are not allowed."}),
    ],
)
def test_a_value_of_the_wrong_kind_names_its_column(api, books, query, error):
    assert refusal(api, query) == [error]


@pytest.mark.parametrize("number", ["9" * 20, "-" + "9" * 20, "9" * 2000])
@pytest.mark.parametrize("query", ["id={}", "id[]={}", "pubYear=lt&pubYear={}"])
def test_a_number_no_database_holds_is_400(api, books, query, number):
    [error] = refusal(api, query.format(number))
    assert list(error) in (["id"], ["pub_year"])


def test_a_number_beyond_the_column_finds_what_it_should(api, books):
    assert years(api, f"pubYear={2**40}") == []
    assert years(api, f"pubYear=lt&pubYear={2**40}") == years(api, "")
    assert years(api, f"pubYear=ne&pubYear={2**40}") == years(api, "")
    assert years(api, f"pubYear[]={2**40}&pubYear[]=2004") == [2004]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Accepts filters of any size",
    new="Returns 400 for more than 50 conditions or 1,000 values",
    why="Large queries block other clients",
)
def test_a_filter_does_not_grow_without_bounds(api, books):
    numbers = ",".join(map(str, range(1001)))
    assert refusal(api, f"id={numbers}").startswith("At most 50 conditions")
    columns = ("title", "isbn", "author.last_name", "author.first_name")
    spellings = dict.fromkeys(
        name[:n].upper() + name[n:] for name in columns for n in range(len(name) + 1)
    )
    conditions = [f"{name}{end}=x" for name in spellings for end in ("", "[]")]
    assert years(api, "&".join(conditions[:50])) == []
    assert refusal(api, "&".join(conditions[:51])).startswith("At most 50 conditions")


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 404 if the query string doesn't match the row of the URL",
    new="Ignores the query string there",
    why="The URL names the row",
)
@pytest.mark.parametrize("path", ["/books/{}?pubYear=1", "/books/{}?id=gt"])
def test_one_book_is_what_its_url_names(api, books, path):
    assert api.get(path.format(books[0].pk)).status_code == 200


@pytest.mark.parametrize("size", [2, 20])
def test_a_filtered_page_costs_the_same_for_any_number_of_rows(
    api, db, query_counts, size
):
    for n in range(size):
        author = Author.objects.create(first_name=str(n), last_name="x")
        Book.objects.create(title=str(n), pub_year=n, author=author)
    page = 'pageConfig={"pageSize": 10, "orderBy": "-id"}'

    query_counts("media_catalog:books-page", api, f"/books?author.lastName=x&{page}")
    query_counts("media_catalog:authors-page", api, f"/authors?books.pubYear=1&{page}")
