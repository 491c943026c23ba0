from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from bucketlists.models import Bucketlist, Item
from bucketlists.services import MAX_ITEMS
from tests.support.factories import UserFactory

URL = "/bucketlists/"


@pytest.fixture
def travels(ada) -> Bucketlist:
    return Bucketlist.objects.create(name="Travels", created_by=ada)


@pytest.fixture
def url(travels) -> str:
    return f"{URL}{travels.pk}/items"


@pytest.fixture
def client(client_of, ada):
    return client_of(ada)


def add(bucketlist: Bucketlist, *names: str) -> list[Item]:
    rows = [
        Item(bucketlist=bucketlist, name=name, position=place)
        for place, name in enumerate(names)
    ]
    return Item.objects.bulk_create(rows)


def names(bucketlist: Bucketlist) -> list[str]:
    return list(
        Item.objects.filter(bucketlist=bucketlist).values_list("name", flat=True)
    )


def test_an_item_is_added_read_changed_and_deleted(client, travels, url):
    created = client.post(url, {"name": "Pack"})
    assert created.status_code == 201
    item = created.json()
    assert list(item) == ["id", "name", "done", "done_at", "position"]
    wanted = {"id": item["id"], "name": "Pack", "done": False}
    assert item == wanted | {"done_at": None, "position": 0}
    one = f"{url}/{item['id']}"

    assert client.get(url).json() == [item]
    assert client.get(one).json() == item
    assert client.patch(one, {"name": "Unpack"}).json()["name"] == "Unpack"
    assert client.put(one, {"name": "Rest", "position": 7}).json()["position"] == 7
    assert client.delete(one).json() == {"message": f"item {item['id']} deleted"}
    assert client.get(one).status_code == 404
    assert client.get(url).json() == []


def test_done_sets_done_at_and_undone_clears_it(client, travels):
    (item,) = add(travels, "x")
    one = f"{URL}{travels.pk}/items/{item.pk}"
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        first = client.patch(one, {"done": True}, "json").json()
    with time_machine.travel(now + timedelta(minutes=1), tick=False):
        again = client.put(one, {"name": "x", "done": True}, "json").json()

    assert first["done"] is True
    assert first["done_at"] == format_datetime(now.replace(microsecond=0), usegmt=True)
    assert again["done_at"] == first["done_at"]
    assert client.put(one, {"name": "y"}).json()["done"] is True
    undone = client.patch(one, {"done": "false"}).json()
    assert (undone["done"], undone["done_at"]) == (False, None)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"done": True},
        {"done_at": timezone.now()},
        {"position": 1_000_001},
        {"position": -1},
    ],
)
def test_the_database_refuses_invalid_items(travels, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        Item.objects.create(**{"bucketlist": travels, "name": "x"} | fields)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": None},
        {"name": "x" * 256},
        {"name": {}},
        {"name": "x", "position": -1},
        {"name": "x", "position": 1_000_001},
        {"name": "x", "position": 10**30},
        {"name": "x", "position": "first"},
        {"name": "x", "done": "perhaps"},
        {"name": "x", "done": None},
    ],
)
@pytest.mark.parametrize("method", ["post", "put"])
def test_bad_values_are_400(client, travels, url, body, method):
    (item,) = add(travels, "Old")
    target = url if method == "post" else f"{url}/{item.pk}"
    response = getattr(client, method)(target, body, "json")

    assert response.status_code == 400
    assert isinstance(response.json()["message"], str)
    assert names(travels) == ["Old"]


def test_a_list_of_items_is_added_in_its_order(client, travels, url):
    add(travels, "Old")
    response = client.post(url, [{"name": "b"}, {"name": "a", "done": True}], "json")

    assert response.status_code == 201
    rows = response.json()
    assert [(row["name"], row["position"]) for row in rows] == [("b", 1), ("a", 2)]
    assert names(travels) == ["Old", "b", "a"]


def test_a_list_with_invalid_items_names_each_and_adds_none(client, travels, url):
    rows = [{"name": "good"}, {"name": ""}, "text", {"name": "x", "position": -1}]
    response = client.post(url, rows, "json")

    assert response.status_code == 400
    body = response.json()
    assert body["message"] == "1.name: This field may not be blank."
    assert list(body["errors"]) == ["1", "2", "3"]
    assert list(body["errors"]["2"]) == [""]
    assert "position" in body["errors"]["3"]
    assert names(travels) == []


@pytest.mark.parametrize("count", [0, MAX_ITEMS + 1])
def test_an_empty_or_too_long_list_is_400(client, travels, url, count):
    response = client.post(url, [{"name": "x"}] * count, "json")

    assert response.status_code == 400
    assert list(response.json()) == ["message"]
    assert names(travels) == []


def test_a_bucket_list_has_a_maximum_of_items(client, travels, url):
    assert client.post(url, [{"name": "x"}] * MAX_ITEMS, "json").status_code == 201
    for body in ({"name": "x"}, [{"name": "x"}]):
        assert client.post(url, body, "json").status_code == 409
    nested = {"items": [{"name": "x"}]}
    assert client.patch(f"{URL}{travels.pk}", nested, "json").status_code == 409
    assert Item.objects.count() == MAX_ITEMS
    assert len(client.get(url).json()) == MAX_ITEMS


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["items", "items/{item}"])
def test_another_users_items_are_404(client_of, bob, travels, method, path):
    (item,) = add(travels, "Old")
    stranger = client_of(bob)
    path = path.format(item=item.pk)
    strange = getattr(stranger, method)(f"{URL}{travels.pk}/{path}", {"name": "x"})
    missing = getattr(stranger, method)(f"{URL}{travels.pk + 1}/{path}", {"name": "x"})
    is_operation = (method in {"get", "post"}) == (path == "items") or method == "get"

    if is_operation and "name" not in strange.json()["message"]:
        assert strange.status_code == missing.status_code == 404
    assert strange.status_code == missing.status_code >= 400
    assert strange.json() == missing.json()
    assert names(travels) == ["Old"]


def test_an_item_is_404_under_another_list(client, ada, travels):
    other = Bucketlist.objects.create(name="Other", created_by=ada)
    (item,) = add(travels, "Old")

    assert client.get(f"{URL}{other.pk}/items/{item.pk}").status_code == 404


def test_items_are_deleted_with_their_list_and_require_a_token(client, api, url):
    client.post(url, {"name": "x"})
    assert api.get(url).status_code == 401
    assert client.delete(url.removesuffix("/items")).status_code == 200
    assert not Item.objects.exists()


def test_items_are_filtered_and_sorted(client, travels, url):
    _, two, _ = add(travels, "beta", "Alpha", "gamma_%")
    client.patch(f"{url}/{two.pk}", {"done": True})

    def names_by(query: str) -> list[str]:
        return [row["name"] for row in client.get(f"{url}?{query}").json()]

    assert names_by("done=true") == ["Alpha"]
    assert names_by("done=false") == ["beta", "gamma_%"]
    assert names_by("q=_%25") == ["gamma_%"]
    assert names_by("sort=name") == ["Alpha", "beta", "gamma_%"]
    assert names_by("sort=-name") == ["gamma_%", "beta", "Alpha"]
    assert names_by("sort=done_at")[0] == names_by("sort=-done_at")[0] == "Alpha"
    assert names_by("limit=1&page=2") == ["Alpha"]
    assert client.get(f"{url}?dine=true").status_code == 400
    refused = client.get(f"{url}?done=maybe")
    assert refused.status_code == 400
    assert "true or false" in refused.json()["message"]


# Items within their list.


def test_a_list_shows_its_items_with_the_parameter_items(client, travels):
    add(travels, "Pack")
    five = ["id", "name", "date_created", "date_modified", "created_by"]
    one = f"{URL}{travels.pk}"

    assert list(client.get(one).json()) == five
    assert list(client.get(URL).json()[0]) == five
    assert list(client.get(f"{one}?items=0").json()) == five
    shown = client.get(f"{one}?items=1").json()
    assert list(shown) == [*five, "items"]
    assert [item["name"] for item in shown["items"]] == ["Pack"]
    assert client.get(f"{URL}?items=true").json() == [shown]
    assert client.get(f"{one}?items=all").status_code == 400


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Ignores `items` in a JSON body",
    new="Stores the items with the list, and returns them with `?items=1` only",
    why="Old clients get the same response as before",
)
def test_a_list_is_made_with_its_items(client):
    body = {"name": "New", "items": [{"name": "b"}, {"name": "a", "done": True}]}
    plain = client.post(URL, body, "json")
    shown = client.post(f"{URL}?items=1", body, "json")

    assert plain.status_code == shown.status_code == 201
    assert "items" not in plain.json()
    assert [item["name"] for item in shown.json()["items"]] == ["b", "a"]
    assert [item["done"] for item in shown.json()["items"]] == [False, True]
    assert Item.objects.count() == 4


def test_put_with_items_replaces_the_items(client, travels):
    one, two, three = add(travels, "one", "two", "three")
    body = {
        "name": "Travels",
        "items": [{"name": "new"}, {"id": three.pk, "done": True}, {"id": one.pk}],
    }
    response = client.put(f"{URL}{travels.pk}?items=1", body, "json")

    assert response.status_code == 200
    rows = [(row["name"], row["position"]) for row in response.json()["items"]]
    assert rows == [("new", 0), ("three", 1), ("one", 2)]
    assert not Item.objects.filter(pk=two.pk).exists()
    three.refresh_from_db()
    assert three.done


def test_put_without_items_leaves_them_alone(client, travels):
    add(travels, "one")
    for form in ("json", "multipart"):
        assert client.put(f"{URL}{travels.pk}", {"name": "N"}, form).status_code == 200
    assert names(travels) == ["one"]
    body = {"name": "N", "items": []}
    assert client.put(f"{URL}{travels.pk}", body, "json").status_code == 200
    assert names(travels) == []


def test_patch_with_items_changes_and_adds(client, travels):
    _, two = add(travels, "one", "two")
    body = {"items": [{"id": two.pk, "name": "second"}, {"name": "third"}]}
    response = client.patch(f"{URL}{travels.pk}?items=1", body, "json")

    rows = [(row["name"], row["position"]) for row in response.json()["items"]]
    assert rows == [("one", 0), ("second", 1), ("third", 2)]
    assert response.json()["name"] == "Travels"


@pytest.mark.parametrize(
    ("items", "where"),
    [
        ([{"name": "x"}, {"name": ""}], "items.1.name"),
        ([{}], "items.0.name"),
        ([{"id": 4711}], "items.0.id"),
        ([{"id": "x", "name": "x"}], "items.0.id"),
        ([{"id": 10**30, "name": "x"}], "items.0.id"),
        (["x"], "items.0"),
        ("x", "items"),
        (None, "items"),
        ([{"name": "x"}] * (MAX_ITEMS + 1), "items"),
    ],
)
@pytest.mark.parametrize("method", ["put", "patch"])
def test_bad_items_change_nothing(client, travels, items, where, method):
    add(travels, "one")
    body = {"name": "Changed", "items": items}
    response = getattr(client, method)(f"{URL}{travels.pk}", body, "json")

    assert response.status_code == 400
    assert response.json()["message"].startswith(f"{where}: ")
    travels.refresh_from_db()
    assert (travels.name, names(travels)) == ("Travels", ["one"])


def test_an_item_of_another_list_or_named_twice_is_refused(client, ada, travels):
    other = Bucketlist.objects.create(name="Other", created_by=ada)
    (foreign,) = add(other, "foreign")
    (own,) = add(travels, "own")
    for items in ([{"id": foreign.pk}], [{"id": own.pk}, {"id": own.pk}]):
        body = {"items": items}
        assert client.patch(f"{URL}{travels.pk}", body, "json").status_code == 400
    assert names(other) == ["foreign"]


def test_a_form_may_have_items_too(client, travels):
    body = {"name": "N", "items[0]name": "a", "items[1]name": "b", "colour": "red"}

    assert client.put(f"{URL}{travels.pk}", body).status_code == 200
    assert names(travels) == ["a", "b"]


def test_changing_an_item_changes_its_list(client, travels, url):
    before = travels.date_modified
    client.post(url, {"name": "x"})
    travels.refresh_from_db()
    assert travels.date_modified > before


@pytest.mark.parametrize("size", [2, 200])
def test_reading_costs_the_same_for_any_number_of_items(client_of, query_counts, size):
    user = UserFactory()
    lists = Bucketlist.objects.bulk_create(
        [Bucketlist(name=str(n), created_by=user) for n in range(size // 2)]
    )
    for bucketlist in lists:
        add(bucketlist, *(str(n) for n in range(size // len(lists))))
    add(lists[0], *(str(n) for n in range(size)))
    client = client_of(user)

    query_counts("bucketlists:list-with-items", client, f"{URL}?items=1")
    query_counts("bucketlists:page", client, f"{URL}?limit=2&q=0&sort=-name")
    query_counts("bucketlists:items", client, f"{URL}{lists[0].pk}/items")


def test_pages_of_lists_with_items_are_bounded(client, ada):
    rows = [Bucketlist(name=str(n), created_by=ada) for n in range(101)]
    Bucketlist.objects.bulk_create(rows)
    response = client.get(f"{URL}?items=1")

    assert len(response.json()) == 100
    assert 'offset=100>; rel="next"' in response.headers["Link"]
    assert client.get(f"{URL}?items=1&limit=101").status_code == 400
    assert len(client.get(URL).json()) == 101


def test_the_admin_sets_done_at_with_done(admin_client, travels):
    form = {"bucketlist": travels.pk, "name": "x", "position": 0, "done": "on"}
    response = admin_client.post("/admin/bucketlists/item/add/", form)

    assert response.status_code == 302
    assert Item.objects.get().done_at is not None
