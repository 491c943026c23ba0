"""Searching, sorting and paging lists, and the names that are taken."""

from __future__ import annotations

import re

import pytest

from bucketlists.models import Bucketlist

URL = "/bucketlists/"


@pytest.fixture
def client(client_of, ada):
    return client_of(ada)


def add(user, *names: str) -> list[Bucketlist]:
    return [Bucketlist.objects.create(name=name, created_by=user) for name in names]


def found(client, **query) -> list[str]:
    response = client.get(URL, query)
    assert response.status_code == 200, response.content
    return [row["name"] for row in response.json()]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SEE", ["See Rome", "Oversee 100%"]),
        ("é", ["Ébauche"]),
        ("%", ["Oversee 100%"]),
        ("_", []),
        (".", []),
        ("\\", ["Back\\slash"]),
        ("[", []),
        ("(", []),
        ("  ", ["See Rome", "Oversee 100%", "Ébauche", "Back\\slash"]),
    ],
)
def test_search_is_case_insensitive(client, ada, bob, text, names):
    add(ada, "See Rome", "Oversee 100%", "Ébauche", "Back\\slash")
    add(bob, "See me not 100%")

    assert found(client, q=text) == names


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Returns lists in no defined order",
    new="Sorts them by ID",
)
def test_lists_are_sorted(client, ada):
    add(ada, "b", "A", "c")

    assert found(client) == ["b", "A", "c"]
    assert found(client, sort="name") == ["A", "b", "c"]
    assert found(client, sort="-name") == ["c", "b", "A"]
    assert found(client, sort="-date_created,name") == ["c", "A", "b"]


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Ignores parameters such as `q`",
    new="Supports `q`, `sort`, `limit`, `page`, `offset`, and `items`, and returns "
    "400 for others",
    why="An ignored filter returns too many rows",
)
@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"sort": "owner"}, "name, date_created"),
        ({"serach": "x"}, "items, limit, offset, page, q, sort"),
        ({"q": "x" * 256}, "q: "),
        ({"q": "\x00"}, "q: "),
        ({"limit": "0"}, "1 to 1000"),
        ({"limit": "1001"}, "1 to 1000"),
        ({"limit": "x"}, "limit: "),
        ({"page": "0"}, "page: "),
        ({"page": "9" * 40}, "page: "),
        ({"page": "1", "offset": "1"}, "page: "),
        ({"offset": "-1"}, "offset: "),
    ],
)
def test_an_invalid_query_is_400(client, query, text):
    response = client.get(URL, query)

    assert response.status_code == 400
    assert text in response.json()["message"]


def links(response) -> dict[str, str]:
    """What each link asks for, in the order of the alphabet."""
    pairs = re.findall(r'<([^>]*)>; rel="(\w+)"', response.headers["Link"])
    return {
        rel: "&".join(sorted(url.partition("?")[2].split("&"))) for url, rel in pairs
    }


def test_pages_are_arrays_with_links_and_total_in_headers(client, ada):
    add(ada, *"abcde")
    response = client.get(URL, {"limit": 2, "page": 2})

    assert [row["name"] for row in response.json()] == ["c", "d"]
    assert response.headers["X-Total-Count"] == "5"
    assert links(response) == {
        "first": "limit=2&page=1",
        "prev": "limit=2&page=1",
        "next": "limit=2&page=3",
        "last": "limit=2&page=3",
    }
    last = client.get(URL, {"limit": 2, "page": 3})
    assert [row["name"] for row in last.json()] == ["e"]
    assert set(links(last)) == {"first", "prev", "last"}


def test_pages_by_limit_and_offset(client, ada):
    add(ada, *"abcde")
    response = client.get(URL, {"limit": 2, "offset": 1})

    assert [row["name"] for row in response.json()] == ["b", "c"]
    assert links(response) == {
        "first": "limit=2&offset=0",
        "prev": "limit=2&offset=0",
        "next": "limit=2&offset=3",
        "last": "limit=2&offset=4",
    }


def test_a_page_beyond_the_last_is_empty_and_links_back(client, ada):
    add(ada, *"abc")
    response = client.get(URL, {"limit": 2, "page": 10**17})

    assert (response.status_code, response.json()) == (200, [])
    assert links(response)["prev"] == "limit=2&page=2"
    empty = client.get(URL, {"page": 1, "q": "nothing"})
    assert (empty.json(), empty.headers["X-Total-Count"]) == ([], "0")
    assert set(links(empty)) == {"first", "last"}


def test_links_keep_the_rest_of_the_query(client, ada):
    add(ada, "see a", "see b", "c")
    response = client.get(URL, {"q": "see", "sort": "-name", "limit": 1})

    assert links(response)["next"] == "limit=1&page=2&q=see&sort=-name"
    assert response.headers["X-Total-Count"] == "2"


def test_without_page_parameters_the_list_is_whole(client, ada):
    add(ada, *"abc")
    response = client.get(URL)

    assert len(response.json()) == 3
    assert "X-Total-Count" not in response.headers
    assert "Link" not in response.headers


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Accepts a second list with the same name",
    new="Accepts it, but returns 409 with `?unique=1`",
)
def test_unique_refuses_a_second_list_with_a_name(client, ada, bob):
    add(ada, "Mine")
    add(bob, "Theirs")

    assert client.post(URL, {"name": "Mine"}).status_code == 201
    response = client.post(f"{URL}?unique=1", {"name": "Mine"})
    assert response.status_code == 409
    assert "already" in response.json()["message"]
    assert client.post(f"{URL}?unique=1", {"name": "Theirs"}).status_code == 201
    assert client.post(f"{URL}?unique=yes", {"name": "New"}).status_code == 400
    assert client.post(f"{URL}?uniqe=1", {"name": "New"}).status_code == 400
    assert Bucketlist.objects.filter(created_by=ada).count() == 3


@pytest.mark.parametrize("method", ["put", "patch"])
def test_unique_refuses_renaming_to_a_taken_name(client, ada, method):
    _, two = add(ada, "one", "two")
    rename = getattr(client, method)

    assert rename(f"{URL}{two.pk}?unique=1", {"name": "one"}).status_code == 409
    assert rename(f"{URL}{two.pk}?unique=1", {"name": "two"}).status_code == 200
    assert rename(f"{URL}{two.pk}", {"name": "one"}).status_code == 200


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Returns 405 for PATCH",
    new="Changes the fields of the request",
)
def test_patch_changes_what_is_sent(client, ada):
    (row,) = add(ada, "old")

    response = client.patch(f"{URL}{row.pk}", {"name": "new"})
    assert (response.status_code, response.json()["name"]) == (200, "new")
    assert client.patch(f"{URL}{row.pk}", {}).json()["name"] == "new"
    assert client.patch(f"{URL}{row.pk}", {"name": ""}).status_code == 400
