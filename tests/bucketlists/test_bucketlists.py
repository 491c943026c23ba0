from __future__ import annotations

import pytest
import time_machine

from bucketlists.models import Bucketlist
from tests.support.factories import UserFactory

URL = "/bucketlists/"


@pytest.fixture
def travels(ada) -> Bucketlist:
    return Bucketlist.objects.create(name="Travels", created_by=ada)


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Returns `{}` to users without lists, as the article says",
    new="Returns `[]`, as its code does",
    why="Clients can iterate over an array",
)
def test_users_see_only_their_own_lists(client_of, travels, bob):
    assert client_of(bob).get(URL).json() == []
    assert [row["id"] for row in client_of(travels.created_by).get(URL).json()] == [
        travels.pk
    ]


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Lets every user read, rename, and delete every list by its ID",
    new="Returns 404 for lists of other users",
    why="The article promises it",
)
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_another_users_list_is_404(client_of, travels, bob, method):
    client = client_of(bob)
    strange = getattr(client, method)(f"{URL}{travels.pk}", {"name": "Mine"})
    missing = getattr(client, method)(f"{URL}{travels.pk + 1}", {"name": "Mine"})

    assert strange.status_code == missing.status_code == 404
    assert strange.json() == missing.json()
    travels.refresh_from_db()
    assert travels.name == "Travels"


def test_staff_see_all_lists(client_of, travels, staff):
    assert len(client_of(staff).get(URL).json()) == 1


def test_the_url_answers_without_its_slash_too(client_of, ada):
    client = client_of(ada)

    assert client.post("/bucketlists", {"name": "No slash"}).status_code == 201
    assert len(client.get("/bucketlists").json()) == 1
    number = Bucketlist.objects.get().pk
    assert client.get(f"/bucketlists/{number}/").status_code == 200


@pytest.mark.parametrize("form", ["json", "multipart"])
def test_clients_cannot_choose_the_owner_or_the_id(client_of, ada, bob, form):
    body = {"name": "Mine", "id": 4711, "created_by": bob.pk}
    response = client_of(ada).post(URL, body, form)

    assert response.status_code == 201
    assert response.json()["created_by"] == ada.pk
    assert response.json()["id"] != 4711


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Stores empty, blank, and null names, and names that are too long, or returns "
    "500 for a missing one",
    new="Returns 400",
)
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "  "},
        {"name": None},
        {"name": {}},
        {"name": "x" * 256},
    ],
)
@pytest.mark.parametrize("method", ["post", "put"])
def test_invalid_names_are_400(client_of, travels, method, body):
    url = URL if method == "post" else f"{URL}{travels.pk}"
    response = getattr(client_of(travels.created_by), method)(url, body, "json")

    assert response.status_code == 400
    assert isinstance(response.json()["message"], str)
    assert Bucketlist.objects.get().name == "Travels"


def test_a_name_of_255_characters_fits(client_of, ada):
    assert client_of(ada).post(URL, {"name": "é" * 255}).status_code == 201


def test_a_change_moves_the_date_modified(client_of, ada):
    with time_machine.travel("2026-01-01T10:00:00Z", tick=False):
        Bucketlist.objects.create(name="Old", created_by=ada)
        client = client_of(ada)
        number = Bucketlist.objects.get().pk
    with time_machine.travel("2026-01-01T10:04:00Z", tick=False):
        body = client.put(f"{URL}{number}", {"name": "New"}).json()

    assert body["date_created"] == "Thu, 01 Jan 2026 10:00:00 GMT"
    assert body["date_modified"] == "Thu, 01 Jan 2026 10:04:00 GMT"


@pytest.mark.parametrize("number", ["abc", "9" * 18, "9" * 40, "-1", "1.5"])
def test_an_invalid_id_is_404_in_json(client_of, ada, number):
    response = client_of(ada).get(f"{URL}{number}")

    assert response.status_code == 404
    assert isinstance(response.json()["message"], str)


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Token abc", "abc", "Bearer a b", "Bearer abc", ""]
)
def test_an_unreadable_header_is_401(api, db, header):
    response = api.get(URL, HTTP_AUTHORIZATION=header)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert isinstance(response.json()["message"], str)


def test_other_bodies_are_refused_with_the_old_messages(client_of, ada):
    client = client_of(ada)
    text = client.generic("POST", URL, b"name=x", content_type="text/plain")
    broken = client.generic("POST", URL, b"{", content_type="application/json")

    assert (text.status_code, text.json()) == (
        415,
        {"message": "Unsupported media type in the request Content-Type header."},
    )
    assert broken.status_code == 400
    assert broken.json()["message"].startswith("JSON parse error - ")


@pytest.mark.parametrize("size", [2, 20])
def test_a_list_costs_the_same_for_any_number_of_rows(client_of, query_counts, size):
    user = UserFactory()
    Bucketlist.objects.bulk_create(
        [Bucketlist(name=str(n), created_by=user) for n in range(size)]
    )

    query_counts("bucketlists:list", client_of(user), URL)


def test_the_etag_of_a_list_covers_items_that_are_not_shown(client_of, ada):
    client = client_of(ada)
    body = {"name": "Travels", "items": [{"name": "Pack"}]}
    made = [client.post(URL, body, "json"), client.post(f"{URL}?items=1", body, "json")]
    for response in made:
        url = f"{URL}{response.json()['id']}"
        tags = {
            response.headers["ETag"].partition(".")[0].rstrip('"'),
            client.get(url).headers["ETag"].rstrip('"'),
            client.get(f"{url}?items=1").headers["ETag"].partition(".")[0],
        }
        assert len(tags) == 1

    client.post(f"{url}/items", {"name": "Go"}, "json")
    assert client.get(url).headers["ETag"].rstrip('"') not in tags
