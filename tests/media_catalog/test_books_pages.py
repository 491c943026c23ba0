"""`pageConfig`: the order, the page and the columns of a list."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from media_catalog.models import Author, Book

KEYS = {"id", "isbn", "title", "pubYear", "authorId", "author"}


@pytest.fixture
def books(db) -> list[Book]:
    """Seven: of the years 2000 to 2006, in turn by Mary and by Ada."""
    authors = [
        Author.objects.create(first_name=first, last_name=last)
        for first, last in [("Mary", "Shelley"), ("Ada", "Lovelace")]
    ]
    return [
        Book.objects.create(
            title=f"Book {n % 3}",
            pub_year=2000 + n,
            isbn=str(n) if n % 2 else None,
            author=authors[n % 2],
        )
        for n in range(7)
    ]


def page(api, config, name="pageConfig", **variables):
    text = config if isinstance(config, str) else json.dumps(config)
    return api.get("/books", {name: text, **variables})


def rows(api, config, **variables):
    response = page(api, config, **variables)
    assert response.status_code == 200, response.content
    return response.json()["Book"]


def years(api, config, **variables):
    return [row["pubYear"] - 2000 for row in rows(api, config, **variables)]


def links(response) -> dict[str, str]:
    pairs = re.findall(r'<http://testserver(.*?)>; rel="(\w+)"', response["Link"])
    return {rel: url for url, rel in pairs}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("-pubYear", [6, 5, 4, 3, 2, 1, 0]),
        ("-pub_year", [6, 5, 4, 3, 2, 1, 0]),
        (["title", "-pubYear"], [6, 3, 0, 4, 1, 5, 2]),
        (["-title"], [2, 5, 1, 4, 0, 3, 6]),
        ("author.lastName", [1, 3, 5, 0, 2, 4, 6]),
        ("isbn", [0, 2, 4, 6, 1, 3, 5]),
        ("-isbn", [5, 3, 1, 0, 2, 4, 6]),
        ([], [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_list_is_ordered_by_columns_and_the_id_last(api, books, order, expected):
    assert years(api, {"orderBy": order}) == expected
    assert years(api, {"order_by": order, "limit": 3}) == expected[:3]


@pytest.mark.parametrize(
    "name", ["nope", "author", "query", "password", "-nope", "author.password", ""]
)
def test_an_order_by_what_is_no_column_is_refused(api, books, name):
    response = page(api, {"orderBy": name})

    assert response.status_code == 400
    bare = name.removeprefix("-")
    assert response.json() == {"message": f"{bare} is not a column in Book"}


def test_a_column_of_many_relatives_orders_nothing(api, books):
    response = api.get('/authors?pageConfig={"orderBy": "books.title"}')

    assert response.status_code == 400
    assert response.json() == {"message": "books.title is not a column in Author"}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"pageSize": 2}, [0, 1]),
        ({"page_size": "2"}, [0, 1]),
        ({"limit": 3, "pageSize": 2}, [0, 1, 2]),
        ({"limit": 2, "pageSize": 3}, [0, 1]),
        ({"limit": 2, "offset": 2}, [2, 3]),
        ({"pageSize": 2, "offset": "6"}, [6]),
        ({"offset": 5}, [5, 6]),
        ({"limit": 2, "offset": 100}, []),
        ({"limit": 2, "offset": 10**17}, []),
        ({"limit": 0}, []),
        ({"pageSize": 0}, []),
        ("{'limit': 2, 'offset': '1', 'orderBy': ['-id'], 'debug': False}", [5, 4]),
        ("{'limit': 2, 'debug': 'False'}", [0, 1]),
        ("{}", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_page_is_cut_from_the_list(api, books, config, expected):
    response = page(api, config)

    assert [row["pubYear"] - 2000 for row in response.json()["Book"]] == expected
    is_page = config != "{}"
    assert response.headers.get("X-Total-Count") == ("7" if is_page else None)


@pytest.mark.parametrize("name", ["pageConfig", "page_config"])
def test_the_parameter_has_two_spellings(api, books, name):
    assert len(page(api, {"limit": 1}, name).json()["Book"]) == 1


def test_of_the_two_spellings_the_first_counts_alone(api, books):
    query = 'pageConfig={"limit": 1}&page_config={"limit": 3, "offset": 2}'
    again = 'page_config={"limit": 2}&page_config={"limit": 3}'

    assert len(api.get(f"/books?{query}").json()["Book"]) == 1
    assert len(api.get(f"/books?{again}").json()["Book"]) == 2


def test_filter_then_order_then_page(api, books):
    config = {"orderBy": "-pubYear", "limit": 2}
    response = page(api, config, **{"author.lastName": "Shelley"})

    assert [row["pubYear"] for row in response.json()["Book"]] == [2006, 2004]
    assert response.headers["X-Total-Count"] == "4"


def test_links_lead_through_all_pages_and_back(api, books):
    response = page(api, {"orderBy": "-pubYear", "page_size": 3}, title="Book 0")
    assert links(response).keys() == {"first", "last"}

    response = page(api, {"orderBy": "-pubYear", "page_size": 3})
    seen, urls = [], []
    while True:
        seen += [row["pubYear"] - 2000 for row in response.json()["Book"]]
        urls_by_rel = links(response)
        if "next" not in urls_by_rel:
            break
        urls.append(urls_by_rel["next"])
        response = api.get(urls_by_rel["next"])
    assert seen == [6, 5, 4, 3, 2, 1, 0]
    assert urls_by_rel.keys() == {"first", "prev", "last"}
    assert urls_by_rel["last"] == urls[-1]
    back = api.get(urls_by_rel["prev"])
    assert [row["pubYear"] - 2000 for row in back.json()["Book"]] == [3, 2, 1]
    assert links(back)["prev"] == urls_by_rel["first"]


@pytest.mark.parametrize(
    ("config", "begins"),
    [
        ({"limit": 3, "offset": 1}, {"first": 0, "prev": 0, "next": 4, "last": 4}),
        ({"limit": 3, "offset": 2}, {"first": 0, "prev": 0, "next": 5, "last": 5}),
        ({"limit": 3, "offset": 90}, {"first": 0, "prev": 6, "last": 6}),
        ({"limit": 7}, {"first": 0, "last": 0}),
        ({"offset": 6}, {"first": 0, "prev": 0, "last": 6}),
    ],
)
def test_pages_begin_in_steps_of_their_size(api, books, config, begins):
    urls_by_rel = links(page(api, config))

    offsets = {
        rel: int(re.search(r"offset%22%3A\+(\d+)", url)[1])
        for rel, url in urls_by_rel.items()
    }
    assert offsets == begins


def test_links_keep_a_number_as_large_as_no_offset_is(api, books):
    title = "1000000000000000000"
    response = page(api, {"pageSize": 2}, title=["ne", title])
    following = links(response)["next"]

    assert following.endswith(f"&title=ne&title={title}")
    assert [row["pubYear"] for row in api.get(following).json()["Book"]] == [2002, 2003]


def test_an_empty_page_has_no_links(api, books):
    response = page(api, {"limit": 0})

    assert "Link" not in response.headers
    assert response.headers["X-Total-Count"] == "7"


def test_a_page_is_never_larger_than_an_unpaged_list(api, books, settings):
    settings.QUINTET_MAX_UNPAGED = 3
    for config in [{"pageSize": 100}, {"limit": 100}, {"offset": 0}]:
        response = page(api, config)
        assert len(response.json()["Book"]) == 3
        assert len(api.get(links(response)["next"]).json()["Book"]) == 3


def test_a_list_that_is_cut_goes_on_in_its_order(api, books, settings):
    settings.QUINTET_MAX_UNPAGED = 4
    response = page(api, {"orderBy": "-pubYear"})

    assert len(response.json()["Book"]) == 4
    assert "X-Total-Count" not in response.headers
    following = api.get(links(response)["next"])
    assert [row["pubYear"] for row in following.json()["Book"]] == [2002, 2001, 2000]


UNKNOWN = "Unknown page config value: "


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"nope": 1}, "nope"),
        ({"pageSizes": 1}, "page_sizes"),
        ({"limit": -1}, "'-1' for limit, which must be a whole number from 0"),
        ({"offset": "x"}, "'x' for offset, which must be a whole number from 0"),
        (
            {"pageSize": None},
            "'None' for page_size, which must be a whole number from 0",
        ),
        ({"pageSize": 1.5}, "'1.5' for page_size, which must be a whole number from 0"),
        ({"limit": True}, "'True' for limit, which must be a whole number from 0"),
        ({"orderBy": 5}, "'5' for order_by, which must be a name or a list of names"),
        (
            {"serialFields": [1]},
            "'[1]' for serial_fields, which must be a name or a list of names",
        ),
        ({"debug": "x"}, "'x' for debug, which must be true or false"),
        ("", "'' is not a JSON object"),
        ("null", "'null' is not a JSON object"),
        ("nope", "'nope' is not a JSON object"),
        ("[]", "'[]' is not a JSON object"),
        ("{1: 2}", "'{1: 2}' is not a JSON object"),
        ("{'limit': 1", "\"{'limit': 1\" is not a JSON object"),
    ],
)
def test_a_page_config_that_is_none_is_refused(api, books, config, message):
    response = page(api, config)

    assert response.status_code == 400
    assert response.json() == {"message": f"{UNKNOWN}{message}"}


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').getcwd()",
        "{'limit': open('x')}",
        "{**{}}",
        "{[]: 1}",
        "(" * 15,
        "[" * 5000,
        "{'a': " * 1500,
        '{"limit": ' + "9" * 9000 + "}",
        "{'limit': " + "9" * 9000 + "}",
        "{'limit': 1e400}",
        "-" * 9000 + "1",
        "{" + " " * 20_000 + "}",
        "\x00",
        "{'limit': '\\x00'}",
        "{'\\ud800': 1}",
        "{('\\ud800',): 1}",
        "{'orderBy': '\\ud800'}",
        '{"orderBy": "\\ud800"}',
        '{"limit": 1, "limit": 2}',
        '{"limit": ' + "9" * 19 + "}",
        '{"orderBy": ' + json.dumps(["id"] * 11) + "}",
    ],
    ids=lambda text: text[:20],
)
def test_a_hostile_page_config_is_400(api, books, text):
    response = page(api, text)

    assert response.status_code == 400
    assert response.json()["message"]
    assert len(response.content) < 500


# serialFields


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (["id", "title"], {"id", "title"}),
        (["pubYear", "author_id"], {"pubYear", "authorId"}),
        (["author"], {"author"}),
        ("title", {"title"}),
        (["author", "title", "title"], {"author", "title"}),
        ([], set()),
    ],
)
def test_rows_show_the_named_fields(api, books, names, keys):
    books_shown = rows(api, {"serialFields": names})

    assert [row.keys() for row in books_shown] == [keys] * 7
    if "author" in keys:
        assert books_shown[1]["author"] == {
            "id": books[1].author_id,
            "firstName": "Ada",
            "lastName": "Lovelace",
            "fullName": "Ada Lovelace",
        }


def test_computed_fields_and_lists_can_be_named(api, books):
    config = '{"serialFields": ["fullName", "books"]}'
    authors = api.get(f"/authors?pageConfig={config}").json()["Author"]

    assert [row["fullName"] for row in authors] == ["Mary Shelley", "Ada Lovelace"]
    assert [len(row["books"]) for row in authors] == [4, 3]
    assert authors[0]["books"][0].keys() == KEYS - {"author"}


@pytest.mark.parametrize("name", ["nope", "password", "author.lastName", "-id"])
def test_a_field_that_is_not_shown_cannot_be_named(api, books, name):
    response = page(api, {"serialFields": ["id", name]})

    assert response.status_code == 400
    assert response.json()["message"].endswith("is not a column in Book")


@pytest.mark.parametrize(
    ("url", "names", "unread"),
    [
        ("/books", ["id", "title"], ["book.pub_year", "author.id"]),
        ("/books", ["authorId"], ["book.title", "author.id"]),
        ("/books", ["author"], ["book.title", "book.isbn"]),
        ("/authors", ["firstName"], ["author.last_name", "book.id"]),
        ("/authors", ["books"], ["author.last_name"]),
    ],
)
def test_what_is_not_named_is_not_read(api, books, url, names, unread):
    def read(**query):
        with CaptureQueriesContext(connection) as queries:
            response = api.get(url, query)
        assert response.status_code == 200
        sql = " ".join(query["sql"] for query in queries)
        return sql.replace('"', "").replace("media_catalog_", "")

    whole = read()
    narrow = read(pageConfig=json.dumps({"serialFields": names}))
    assert all(column in whole for column in unread)
    assert not [column for column in unread if column in narrow]


def test_a_filter_by_what_is_not_shown_works(api, books):
    books_shown = rows(
        api,
        {"serialFields": "id", "orderBy": "-author.lastName", "limit": 1},
        title="Book 0",
    )
    assert books_shown == [{"id": books[0].pk}]


def test_one_book_is_always_whole(api, books):
    response = api.get(f'/books/{books[0].pk}?pageConfig={{"serialFields": "id"}}')

    assert response.json().keys() == KEYS
    body = {"title": "x", "pubYear": 1, "authorId": books[0].author_id}
    created = api.post('/books?pageConfig={"serialFields": "id"}', body, "json")
    assert created.json().keys() == KEYS


# debug

QUERY = '/books?pubYear=gt&pubYear=2000&id[]=1&pageConfig={"debug": %s, "limit": "2"}'


@pytest.mark.parametrize("value", ["true", '"True"', '"true"'])
def test_debug_tells_staff_how_the_query_was_understood(client_of, staff, books, value):
    response = client_of(staff).get(QUERY % value)

    assert response.status_code == 200
    explanation = response.json()
    sql = explanation.pop("query")
    assert sql.startswith("SELECT ")
    assert '"pub_year" > 2000' in sql
    assert "LIMIT 2" in sql
    assert explanation == {
        "class_defaults": {
            "model_name": "Book",
            "process_get_input": None,
            "max_page_size": 1000,
            "order_by": None,
            "op_codes": [
                *("eq", "ne", "gt", "ge", "lt", "le"),
                *("like", "ilike", "notlike", "notilike"),
            ],
        },
        "original_data": {"pubYear": ["gt", "2000"], "id[]": ["1"]},
        "converted_data": [["pub_year", "gt", "2000"], ["id", "in", ["1"]]],
        "page_configs": {"debug": True, "limit": 2},
    }


def test_debug_is_for_nobody_else(api, client_of, ada, books):
    for client in (api, client_of(ada)):
        response = client.get(QUERY % "true")
        assert response.status_code == 403
        assert response.json() == {
            "message": "Only staff users can see the SQL of a list."
        }
        assert client.get(QUERY % "false").status_code == 200


def test_debug_is_open_to_developers(api, books, settings):
    settings.DEBUG = True
    assert "query" in api.get(QUERY % "true").json()


@pytest.mark.parametrize("order", [[], ["title"], ["-author.lastName", "title"]])
def test_the_id_is_the_last_column_of_every_order(client_of, staff, books, order):
    response = page(client_of(staff), {"debug": True, "orderBy": order, "limit": 2})

    assert '"media_catalog_book"."id" ASC LIMIT 2' in response.json()["query"]


def test_debug_of_a_list_that_needs_no_query(client_of, staff, books):
    response = page(client_of(staff), {"debug": True, "limit": 0})

    assert response.json()["query"] == ""


@pytest.mark.parametrize(
    ("narrowed", "counts"),
    [({}, []), ({"pubYear": "2003"}, ['FROM "media_catalog_book" WHERE'])],
    ids=["all books", "some of them"],
)
def test_a_total_is_counted_without_other_tables(api, books, narrowed, counts):
    """All books are counted by the database as they are written."""
    with CaptureQueriesContext(connection) as queries:
        response = page(api, {"limit": 2}, **narrowed)
    counting = [query["sql"] for query in queries if "COUNT(*)" in query["sql"]]
    assert int(response["X-Total-Count"]) == (1 if narrowed else 7)
    assert len(counting) == len(counts)
    assert all(part in sql for part, sql in zip(counts, counting, strict=True))
