"""Every printed exchange of the owner, job, invoice and command examples.

The mock header `User:1` has become a real bearer token; ids and times are the run's.
"""

from __future__ import annotations

import re

import pytest

from tests.support.http import OVER_HTTP

pytestmark = OVER_HTTP

TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
UNAUTHORIZED = {"message": "Unauthorized User"}


@pytest.fixture
def order_body(ada) -> dict[str, object]:
    return {"ownerId": ada.pk, "description": "to do stuff"}


def without_times(body):
    """The body with each time, once it looks like one, replaced by its form."""
    if isinstance(body, dict):
        return {key: without_times(value) for key, value in body.items()}
    if isinstance(body, list):
        return [without_times(value) for value in body]
    return "…" if isinstance(body, str) and TIME.fullmatch(body) else body


# Orders


def test_post_without_authentication(api, order_body):
    response = api.post("/orders", order_body, "json")

    assert (response.status_code, response.json()) == (401, UNAUTHORIZED)
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Accepts `Authorization: User:1`",
    new="Requires a bearer token, and returns 401 for the old header",
    why="The number alone proved no identity",
)
@pytest.mark.parametrize("path", ["/orders", "/api/v2/orders", "/api/v2/jobs"])
@pytest.mark.parametrize("header", ["User:1", "User", "Token User:1"])
def test_the_mock_header_no_longer_opens_anything(api, ada, path, header):
    response = api.get(path, HTTP_AUTHORIZATION=header)

    assert (response.status_code, response.json()) == (401, UNAUTHORIZED)


def test_post_an_order_wrong_login(bob_client, order_body):
    response = bob_client.post("/orders", order_body, "json")

    assert response.status_code == 400
    assert response.json() == {"message": "The user id does not match the owner id"}


def test_post_an_order_that_is_correct(ada_client, ada, order_body):
    response = ada_client.post("/orders", order_body, "json")

    assert response.status_code == 201
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert isinstance(body.pop("id"), int)
    assert without_times(body) == {
        "description": "to do stuff",
        "ownerId": ada.pk,
        "statusId": 0,
        "orderedAt": "…",
    }


def test_get_the_order_collection_no_authorization(api, db):
    response = api.get("/orders")

    assert (response.status_code, response.json()) == (401, UNAUTHORIZED)


def test_get_the_order_collection_wrong_user(ada_client, bob_client, order_body):
    ada_client.post("/orders", order_body, "json")
    response = bob_client.get("/orders", content_type="application/json")

    assert (response.status_code, response.json()) == (200, {"Order": []})


def test_get_the_order_collection_right_user(ada_client, order_body):
    created = ada_client.post("/orders", order_body, "json").json()
    response = ada_client.get("/orders", content_type="application/json")

    assert (response.status_code, response.json()) == (200, {"Order": [created]})


# Orders of version 2, and jobs


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 202 without the URL of the job",
    new="Adds `Location` and `Retry-After`",
)
def test_create_an_order_receive_a_job(ada_client, order_body):
    response = ada_client.post("/api/v2/orders", order_body, "json")

    assert response.status_code == 202
    body = response.json()
    job_id = body.pop("id")
    assert without_times(body) == {"startedAt": "…", "statusId": 0}
    assert response.headers["Location"].endswith(f"/api/v2/jobs/{job_id}")
    assert response.headers["Retry-After"] == "1"


@pytest.fixture
def changed_order(ada_client, ada, order_body):
    """The order after its second run, with the ids of both jobs."""
    first = ada_client.post("/api/v2/orders", order_body, "json").json()
    order = ada_client.get("/api/v2/orders").json()["Order"][0]
    url = f"/api/v2/orders/{order['id']}"
    body = {"ownerId": ada.pk, "description": "to do different stuff"}
    response = ada_client.put(url, body, "json")
    assert response.status_code == 202
    assert response.headers["Retry-After"] == "1"
    return order["id"], first["id"], response.json()


def test_update_an_order_receive_a_job(changed_order):
    _, first_id, second = changed_order

    assert second.pop("id") > first_id
    assert without_times(second) == {"startedAt": "…", "statusId": 0}


def test_get_orders(ada_client, ada, changed_order):
    order_id, first_id, second = changed_order
    response = ada_client.get("/api/v2/orders", content_type="application/json")

    job = {
        "startedAt": "…",
        "finishedAt": None,
        "statusId": 0,
        "ownerId": ada.pk,
        "orderId": order_id,
    }
    order = {
        "description": "to do different stuff",
        "orderedAt": "…",
        "statusId": 0,
        "ownerId": ada.pk,
        "id": order_id,
        "jobs": [job | {"id": first_id}, job | {"id": second["id"]}],
    }
    assert response.status_code == 200
    assert without_times(response.json()) == {"Order": [order]}
    one = ada_client.get(f"/api/v2/orders/{order_id}")
    assert without_times(one.json()) == order


def test_get_jobs(ada_client, ada, changed_order):
    order_id, first_id, second = changed_order
    response = ada_client.get("/api/v2/jobs", content_type="application/json")

    job = {
        "order": {
            "description": "to do different stuff",
            "orderedAt": "…",
            "statusId": 0,
            "ownerId": ada.pk,
            "id": order_id,
        },
        "startedAt": "…",
        "finishedAt": None,
        "statusId": 0,
        "ownerId": ada.pk,
        "orderId": order_id,
        # What the old service did not show comes after what it did.
        "status": "queued",
        "attempts": 0,
        "progress": 0,
        "error": None,
        "invoice": None,
    }
    assert response.status_code == 200
    jobs = [job | {"id": first_id}, job | {"id": second["id"]}]
    assert without_times(response.json()) == {"Job": jobs}
    one = ada_client.get(f"/api/v2/jobs/{first_id}")
    assert without_times(one.json()) == jobs[0]


# Invoices


def test_create_an_invoice_and_get_it(api, ada):
    response = api.post(
        "/invoices",
        {
            "userId": ada.pk,
            "invoiceDate": "2020-08-27",
            "invoiceItems": [
                {"partCode": "111", "units": "1", "unitPrice": 20.0},
                {"partCode": "222", "units": "5", "unitPrice": 15.0},
            ],
        },
        "json",
    )

    assert response.status_code == 201
    invoice = response.json()
    item_ids = [item.pop("id") for item in invoice["invoiceItems"]]
    assert item_ids == sorted(item_ids)
    number = {"invoiceId": invoice["id"]}
    assert invoice == {
        "invoiceItems": [
            {"units": 1, "unitPrice": 20.0, "partCode": "111"} | number,
            {"units": 5, "unitPrice": 15.0, "partCode": "222"} | number,
        ],
        "invoiceDate": "2020-08-27",
        "id": invoice["id"],
        "userId": ada.pk,
    }
    assert b'"unitPrice":20.0' in response.content
    url = f"/invoices/{invoice['id']}"
    assert api.get(url, content_type="application/json").content == response.content


# The command


def test_create_an_entry(api, db):
    response = api.post(
        "/a-model-command", {"description": "A test", "num_variable": 42}, "json"
    )

    assert response.status_code == 419
    body = response.json()
    assert isinstance(body["data"].pop("id"), int)
    assert body == {
        "message": "This is no longer a REST resource. We can do anything.",
        "data": {"numVariable": 42, "description": "A test"},
    }
