from __future__ import annotations

import pytest

from orders.models import Job, Order
from tests.orders.factories import JobFactory, OrderFactory

MISMATCH = {"message": "The user id does not match the owner id"}
BOTH = pytest.mark.parametrize("url", ["/orders", "/api/v2/orders"])


@pytest.fixture
def order(ada) -> Order:
    return OrderFactory(owner=ada)


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old='Returns 500 for `"x"` as `ownerId`',
    new="Returns 400",
)
@BOTH
@pytest.mark.parametrize(
    "owner", ["x", None, True, [], {}, 0, -1, 10**30, 1.5, "", " "]
)
def test_an_owner_that_is_not_the_caller_is_400(ada_client, ada, url, owner):
    for body in ({"ownerId": owner}, {"owner_id": owner}, {}):
        response = ada_client.post(url, body, "json")
        assert (response.status_code, response.json()) == (400, MISMATCH)
    assert not Order.objects.exists()


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Treats `owner_id` as missing",
    new="Accepts it",
    why="Other keys have both spellings",
)
@BOTH
@pytest.mark.parametrize("key", ["ownerId", "owner_id"])
@pytest.mark.parametrize("form", [int, str])
def test_the_callers_own_id_is_taken_in_any_form(ada_client, ada, url, key, form):
    response = ada_client.post(url, {key: form(ada.pk), "description": "mine"}, "json")

    assert response.status_code in {201, 202}
    assert Order.objects.get().owner == ada


@BOTH
@pytest.mark.parametrize("method", ["put", "patch"])
def test_the_owner_is_compared_before_anything_is_looked_up(
    bob_client, ada, url, method
):
    response = getattr(bob_client, method)(f"{url}/4711", {"ownerId": ada.pk}, "json")

    assert (response.status_code, response.json()) == (400, MISMATCH)


def test_put_must_name_the_owner_but_patch_need_not(ada_client, order):
    put = ada_client.put(f"/orders/{order.pk}", {"description": "x"}, "json")
    patch = ada_client.patch(f"/orders/{order.pk}", {"description": "x"}, "json")

    assert (put.status_code, put.json()) == (400, MISMATCH)
    assert patch.status_code == 200


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Transfers another user's order to a client that sends its own `ownerId`",
    new="Returns 404",
)
@BOTH
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_a_strangers_order_is_not_found_and_stays_the_strangers(
    bob_client, bob, order, url, method
):
    body = {"ownerId": bob.pk, "description": "taken over"}
    response = getattr(bob_client, method)(f"{url}/{order.pk}", body, "json")

    message = f"Order with {{'id': {order.pk}}} not found"
    assert (response.status_code, response.json()) == (404, {"message": message})
    order.refresh_from_db()
    assert (order.owner.name, order.description) == ("ada", "to do stuff")
    assert not Job.objects.exists()


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_a_strangers_job_is_not_found(bob_client, bob, order, method):
    job = JobFactory(order=order)
    body = {"ownerId": bob.pk, "orderId": order.pk}
    response = getattr(bob_client, method)(f"/api/v2/jobs/{job.pk}", body, "json")

    assert response.status_code == 404
    assert Job.objects.get() == job


def test_lists_hold_the_callers_own_rows(bob_client, order):
    JobFactory(order=order)

    assert bob_client.get("/orders").json() == {"Order": []}
    assert bob_client.get("/api/v2/orders").json() == {"Order": []}
    assert bob_client.get("/api/v2/jobs").json() == {"Job": []}
    assert bob_client.get(f"/orders?ownerId={order.owner_id}").json() == {"Order": []}


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Changes the owner of an order by `ownerId`",
    new="Returns 400",
    why="Its invoices would keep the old owner",
)
@BOTH
def test_an_order_keeps_its_owner(client_of, staff, bob, order, url):
    body = {"ownerId": bob.pk, "description": "for bob"}
    response = client_of(staff).put(f"{url}/{order.pk}", body, "json")

    assert (response.status_code, response.json()) == (400, MISMATCH)


def test_staff_see_and_change_all(client_of, staff, ada, order):
    client = client_of(staff)
    body = {"ownerId": ada.pk, "description": "by staff"}

    assert len(client.get("/orders").json()["Order"]) == 1
    assert client.put(f"/orders/{order.pk}", body, "json").status_code == 200
    assert client.post("/api/v2/orders", body, "json").status_code == 202
    assert client.delete(f"/orders/{order.pk}").status_code == 200
    assert Order.objects.get().owner == ada


@pytest.mark.parametrize("owner", [4711, "x", 10**30, True, None])
def test_staff_must_name_an_owner_who_exists(client_of, staff, owner):
    body = {"ownerId": owner, "description": "x"}
    response = client_of(staff).post("/orders", body, "json")

    assert response.status_code == 400
    assert list(response.json()["message"][0]) == ["owner_id"]


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize(
    "url", ["/orders", "/orders/1", "/api/v2/orders", "/api/v2/orders/1"]
)
def test_without_a_token_every_method_is_401(api, db, url, method):
    response = getattr(api, method)(url, {}, "json")

    assert response.status_code == 401
    assert response.json() == {"message": "Unauthorized User"}
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_deactivated_user_is_401(ada_client, ada):
    ada.is_active = False
    ada.save()

    assert ada_client.get("/orders").json() == {"message": "Unauthorized User"}
