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
def test_an_order_carries_items_and_shows_them(ada_client, ada, url):
    body = {"ownerId": ada.pk, "description": "two parts", "items": ITEMS}
    created = ada_client.post(url, body, "json")

    assert created.status_code in {201, 202}
    assert ada_client.get(url).json()["Order"][0]["items"] == ITEMS


@BOTH
def test_put_replaces_items_only_where_it_names_some(ada_client, order, url):
    OrderItemFactory(order=order)
    body = {"ownerId": order.owner_id, "description": "new"}

    ada_client.put(f"{url}/{order.pk}", body, "json")
    assert [item.part_code for item in order.items.all()] == ["111"]
    ada_client.put(f"{url}/{order.pk}", body | {"items": ITEMS[1:]}, "json")
    assert [item.part_code for item in order.items.all()] == ["222"]
    ada_client.put(f"{url}/{order.pk}", body | {"items": []}, "json")
    assert "items" not in ada_client.get(f"{url}/{order.pk}").json()


def test_a_change_is_answered_with_the_items_it_made(ada_client, order):
    OrderItemFactory(order=order)
    response = ada_client.patch(f"/orders/{order.pk}", {"items": ITEMS}, "json")

    assert response.json()["items"] == ITEMS


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns the error of a nested item without its place",
    new='Counts the items from 0: `{"items": [{"item": 2, "units": "…"}]}`',
)
@BOTH
def test_a_bad_item_leaves_nothing_behind(ada_client, ada, url):
    items = [*ITEMS, {"partCode": "333", "units": "many", "unitPrice": 1}]
    body = {"ownerId": ada.pk, "description": "three", "items": items}
    response = ada_client.post(url, body, "json")

    assert response.status_code == 400
    assert response.json() == {
        "message": [{"items": [{"item": 2, "units": "The value many is not a number"}]}]
    }
    assert (Order.objects.count(), Job.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "change", [{"units": 0}, {"units": -1}, {"unitPrice": -0.01}, {"units": 2**31}]
)
def test_an_ordered_item_is_not_negative(ada_client, ada, change):
    body = {"ownerId": ada.pk, "description": "x", "items": [ITEMS[0] | change]}

    assert ada_client.post("/orders", body, "json").status_code == 400


def test_items_that_are_no_list_are_400(ada_client, ada):
    body = {"ownerId": ada.pk, "description": "x", "items": {}}
    response = ada_client.post("/orders", body, "json")

    assert response.status_code == 400
    assert response.json() == {"message": "items data must be in a list form"}


def test_version_1_starts_no_job(ada_client, order):
    body = {"ownerId": order.owner_id, "description": "new"}

    assert ada_client.post("/orders", body, "json").status_code == 201
    assert ada_client.put(f"/orders/{order.pk}", body, "json").status_code == 200
    assert Job.objects.count() == 0


def test_patch_answers_the_order_and_starts_no_job(ada_client, order):
    url = f"/api/v2/orders/{order.pk}"
    response = ada_client.patch(url, {"description": "new"}, "json")

    assert (response.status_code, response.json()["description"]) == (200, "new")
    assert response.json() == ada_client.get(url).json()
    assert Job.objects.count() == 0


def test_patch_works_in_version_1(ada_client, order):
    response = ada_client.patch(f"/orders/{order.pk}", {"description": "new"}, "json")

    assert (response.status_code, response.json()["description"]) == (200, "new")
    assert ada_client.patch(f"/orders/{order.pk}", {}, "json").json() == response.json()


def test_an_invalid_order_starts_no_job(ada_client, ada):
    response = ada_client.post("/api/v2/orders", {"ownerId": ada.pk}, "json")

    assert response.status_code == 400
    assert response.json() == {"message": [{"missing_columns": ["description"]}]}
    assert Job.objects.count() == 0


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 500 for deleting an order with jobs",
    new="Deletes them as well",
)
def test_deleting_an_order_takes_its_items_and_jobs_along(ada_client, order):
    OrderItemFactory(order=order)
    JobFactory(order=order)
    response = ada_client.delete(f"/api/v2/orders/{order.pk}")

    message = f"Order with {{'id': {order.pk}}} is deleted"
    assert (response.status_code, response.json()) == (200, {"message": message})
    assert not OrderItem.objects.exists()
    assert not Job.objects.exists()
    again = ada_client.delete(f"/orders/{order.pk}")
    message = f"Order with {{'id': {order.pk}}} not found"
    assert (again.status_code, again.json()) == (404, {"message": message})


def test_the_servers_own_columns_are_dropped_silently(ada_client, ada):
    body = {"ownerId": ada.pk, "description": "x", "statusId": 2, "jobs": [{}]}
    response = ada_client.post("/orders", body | {"nonsense": 1}, "json")

    assert (response.status_code, response.json()["statusId"]) == (201, 0)
    changed = ada_client.patch(
        f"/orders/{response.json()['id']}", {"status_id": 2}, "json"
    )
    assert changed.json() == response.json()


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2020-08-27 10:37:47", "2020-08-27 10:37:47"),
        ("2020-08-27T12:37:47+02:00", "2020-08-27 10:37:47"),
        ("2020-08-27", "2020-08-27 00:00:00"),
        ("Aug 27 2020 10:37", "2020-08-27 10:37:00"),
    ],
)
def test_ordered_at_is_parsed(ada_client, ada, sent, stored):
    body = {"ownerId": ada.pk, "description": "x", "orderedAt": sent}
    response = ada_client.post("/orders", body, "json")

    assert (response.status_code, response.json()["orderedAt"]) == (201, stored)


def test_a_client_may_choose_a_free_id(ada_client, ada):
    body = {"ownerId": ada.pk, "description": "mine", "id": 4711}

    assert ada_client.post("/orders", body, "json").json()["id"] == 4711
    again = ada_client.post("/api/v2/orders", body, "json")
    message = "{'id': 4711} for Order already exists."
    assert (again.status_code, again.json()) == (409, {"message": message})
    assert Job.objects.count() == 0
    following = ada_client.post("/orders", body | {"id": None}, "json")
    assert following.json()["id"] > 4711


def test_put_creates_the_order_whose_id_is_free(ada_client, ada):
    body = {"ownerId": ada.pk, "description": "mine"}

    response = ada_client.put("/orders/4711", body | {"id": 4711}, "json")
    assert (response.status_code, response.json()["id"]) == (200, 4711)
    response = ada_client.put("/api/v2/orders/4712", body, "json")
    assert response.status_code == 202
    assert Job.objects.get().order_id == 4712


def test_put_changes_the_order_of_its_url(ada_client, order):
    other = OrderFactory(owner=order.owner)
    body = {"ownerId": order.owner_id, "description": "new"}

    response = ada_client.put(f"/orders/{order.pk}", body | {"id": other.pk}, "json")
    message = [{"id": f"The id must be {order.pk}, as in the URL."}]
    assert (response.status_code, response.json()) == (400, {"message": message})
    assert ada_client.put(f"/orders/{order.pk}", body, "json").json()["id"] == order.pk
    other.refresh_from_db()
    assert other.description == "to do stuff"


def test_an_order_with_an_id_beyond_32_bits_can_be_sent_back(ada_client, ada):
    order = OrderFactory(pk=2**40, owner=ada)
    body = ada_client.get(f"/orders/{order.pk}").json()

    assert ada_client.put(f"/orders/{order.pk}", body, "json").json() == body
    assert ada_client.patch(f"/orders/{order.pk}", body, "json").json() == body
    accepted = ada_client.put(f"/api/v2/orders/{order.pk}", body, "json")
    assert accepted.status_code == 202
    job = {"ownerId": ada.pk, "orderId": order.pk}
    assert ada_client.post("/api/v2/jobs", job, "json").status_code == 201


@BOTH
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_the_collection_cannot_be_changed_as_a_whole(ada_client, ada, url, method):
    response = getattr(ada_client, method)(url, {"ownerId": ada.pk}, "json")

    message = "This method requires the id in the URL for Order."
    assert (response.status_code, response.json()) == (400, {"message": message})


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 500 for POST to the URL of one row",
    new="Returns 405",
)
@BOTH
def test_post_to_an_id_is_405(ada_client, order, url):
    response = ada_client.post(f"{url}/{order.pk}", {"ownerId": order.owner_id}, "json")

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"


@pytest.mark.parametrize("name", ["statusId", "status_id"])
def test_lists_are_filtered_in_either_spelling(ada_client, order, name):
    OrderFactory(owner=order.owner, status=Order.Status.FULFILLED)

    rows = ada_client.get(f"/orders?{name}=2").json()["Order"]
    assert [row["statusId"] for row in rows] == [2]
    assert len(ada_client.get(f"/orders?ownerId={order.owner_id}").json()["Order"]) == 2
    assert len(ada_client.get("/orders?nonsense=2").json()["Order"]) == 2


def test_the_url_answers_with_a_slash_too(ada_client, order):
    assert ada_client.get("/orders/").json() == ada_client.get("/orders").json()
    assert ada_client.get(f"/orders/{order.pk}/").status_code == 200
