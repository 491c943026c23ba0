from __future__ import annotations

import pytest

from orders.models import Job, Order, OrderItem
from tests.orders.factories import JobFactory, OrderFactory, OrderItemFactory

BOTH = pytest.mark.parametrize("url", ["/orders", "/api/v2/orders"])
ITEMS = [
    {"partCode": "111", "units": 1, "unitPrice": 20.0},
    {"partCode": "222", "units": 5, "unitPrice": 0.1},
]


@pytest.fixture
def order(ada) -> Order:
    return OrderFactory(owner=ada)


@BOTH
def test_an_order_carries_items_and_shows_them(adas, ada, url):
    body = {"ownerId": ada.pk, "description": "two parts", "items": ITEMS}
    created = adas.post(url, body, "json")

    assert created.status_code in {201, 202}
    assert adas.get(url).json()["Order"][0]["items"] == ITEMS


@BOTH
def test_put_replaces_items_only_where_it_names_some(adas, order, url):
    OrderItemFactory(order=order)
    body = {"ownerId": order.owner_id, "description": "new"}

    adas.put(f"{url}/{order.pk}", body, "json")
    assert [item.part_code for item in order.items.all()] == ["111"]
    adas.put(f"{url}/{order.pk}", body | {"items": ITEMS[1:]}, "json")
    assert [item.part_code for item in order.items.all()] == ["222"]
    adas.put(f"{url}/{order.pk}", body | {"items": []}, "json")
    assert "items" not in adas.get(f"{url}/{order.pk}").json()


def test_a_change_is_answered_with_the_items_it_made(adas, order):
    OrderItemFactory(order=order)
    answer = adas.patch(f"/orders/{order.pk}", {"items": ITEMS}, "json")

    assert answer.json()["items"] == ITEMS


@BOTH
def test_a_bad_item_leaves_nothing_behind(adas, ada, url):
    items = [*ITEMS, {"partCode": "333", "units": "many", "unitPrice": 1}]
    body = {"ownerId": ada.pk, "description": "three", "items": items}
    answer = adas.post(url, body, "json")

    assert answer.status_code == 400
    assert answer.json() == {
        "message": [{"items": [{"item": 2, "units": "The value many is not a number"}]}]
    }
    assert (Order.objects.count(), Job.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "change", [{"units": 0}, {"units": -1}, {"unitPrice": -0.01}, {"units": 2**31}]
)
def test_an_ordered_item_is_not_negative(adas, ada, change):
    body = {"ownerId": ada.pk, "description": "x", "items": [ITEMS[0] | change]}

    assert adas.post("/orders", body, "json").status_code == 400


def test_items_that_are_no_list_are_400(adas, ada):
    body = {"ownerId": ada.pk, "description": "x", "items": {}}
    answer = adas.post("/orders", body, "json")

    assert answer.status_code == 400
    assert answer.json() == {"message": "items data must be in a list form"}


def test_version_1_starts_no_job(adas, order):
    body = {"ownerId": order.owner_id, "description": "new"}

    assert adas.post("/orders", body, "json").status_code == 201
    assert adas.put(f"/orders/{order.pk}", body, "json").status_code == 200
    assert Job.objects.count() == 0


def test_patch_answers_the_order_and_starts_no_job(adas, order):
    url = f"/api/v2/orders/{order.pk}"
    answer = adas.patch(url, {"description": "new"}, "json")

    assert (answer.status_code, answer.json()["description"]) == (200, "new")
    assert answer.json() == adas.get(url).json()
    assert Job.objects.count() == 0


def test_patch_works_in_version_1(adas, order):
    answer = adas.patch(f"/orders/{order.pk}", {"description": "new"}, "json")

    assert (answer.status_code, answer.json()["description"]) == (200, "new")
    assert adas.patch(f"/orders/{order.pk}", {}, "json").json() == answer.json()


def test_an_invalid_order_starts_no_job(adas, ada):
    answer = adas.post("/api/v2/orders", {"ownerId": ada.pk}, "json")

    assert answer.status_code == 400
    assert answer.json() == {"message": [{"missing_columns": ["description"]}]}
    assert Job.objects.count() == 0


def test_deleting_an_order_takes_its_items_and_jobs_along(adas, order):
    OrderItemFactory(order=order)
    JobFactory(order=order)
    answer = adas.delete(f"/api/v2/orders/{order.pk}")

    message = f"Order with {{'id': {order.pk}}} is deleted"
    assert (answer.status_code, answer.json()) == (200, {"message": message})
    assert not OrderItem.objects.exists()
    assert not Job.objects.exists()
    again = adas.delete(f"/orders/{order.pk}")
    message = f"Order with {{'id': {order.pk}}} not found"
    assert (again.status_code, again.json()) == (404, {"message": message})


def test_the_servers_own_columns_are_dropped_silently(adas, ada):
    body = {"ownerId": ada.pk, "description": "x", "statusId": 2, "jobs": [{}]}
    answer = adas.post("/orders", body | {"nonsense": 1}, "json")

    assert (answer.status_code, answer.json()["statusId"]) == (201, 0)
    changed = adas.patch(f"/orders/{answer.json()['id']}", {"status_id": 2}, "json")
    assert changed.json() == answer.json()


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2020-08-27 10:37:47", "2020-08-27 10:37:47"),
        ("2020-08-27T12:37:47+02:00", "2020-08-27 10:37:47"),
        ("2020-08-27", "2020-08-27 00:00:00"),
        ("Aug 27 2020 10:37", "2020-08-27 10:37:00"),
    ],
)
def test_ordered_at_is_parsed(adas, ada, sent, stored):
    body = {"ownerId": ada.pk, "description": "x", "orderedAt": sent}
    answer = adas.post("/orders", body, "json")

    assert (answer.status_code, answer.json()["orderedAt"]) == (201, stored)


def test_a_client_may_choose_a_free_id(adas, ada):
    body = {"ownerId": ada.pk, "description": "mine", "id": 4711}

    assert adas.post("/orders", body, "json").json()["id"] == 4711
    again = adas.post("/api/v2/orders", body, "json")
    message = "{'id': 4711} for Order already exists."
    assert (again.status_code, again.json()) == (409, {"message": message})
    assert Job.objects.count() == 0
    following = adas.post("/orders", body | {"id": None}, "json")
    assert following.json()["id"] > 4711


def test_put_creates_the_order_whose_id_is_free(adas, ada):
    body = {"ownerId": ada.pk, "description": "mine", "id": 5}

    answer = adas.put("/orders/4711", body, "json")
    assert (answer.status_code, answer.json()["id"]) == (200, 4711)
    answer = adas.put("/api/v2/orders/4712", body, "json")
    assert answer.status_code == 202
    assert Job.objects.get().order_id == 4712


def test_put_changes_the_order_of_its_url(adas, order):
    other = OrderFactory(owner=order.owner)
    body = {"ownerId": order.owner_id, "description": "new", "id": other.pk}

    assert adas.put(f"/orders/{order.pk}", body, "json").json()["id"] == order.pk
    other.refresh_from_db()
    assert other.description == "to do stuff"


@BOTH
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_the_collection_cannot_be_changed_as_a_whole(adas, ada, url, method):
    answer = getattr(adas, method)(url, {"ownerId": ada.pk}, "json")

    message = "This method requires the id in the URL for Order."
    assert (answer.status_code, answer.json()) == (400, {"message": message})


@BOTH
def test_post_to_an_id_is_405(adas, order, url):
    answer = adas.post(f"{url}/{order.pk}", {"ownerId": order.owner_id}, "json")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"


@pytest.mark.parametrize("name", ["statusId", "status_id"])
def test_lists_are_filtered_in_either_spelling(adas, order, name):
    OrderFactory(owner=order.owner, status=Order.Status.FULFILLED)

    rows = adas.get(f"/orders?{name}=2").json()["Order"]
    assert [row["statusId"] for row in rows] == [2]
    assert len(adas.get(f"/orders?ownerId={order.owner_id}").json()["Order"]) == 2
    assert len(adas.get("/orders?nonsense=2").json()["Order"]) == 2


def test_the_url_answers_with_a_slash_too(adas, order):
    assert adas.get("/orders/").json() == adas.get("/orders").json()
    assert adas.get(f"/orders/{order.pk}/").status_code == 200
