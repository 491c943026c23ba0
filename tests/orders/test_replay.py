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
def stuff(ada) -> dict[str, object]:
    return {"ownerId": ada.pk, "description": "to do stuff"}


def timeless(body):
    """The body with each time, once it looks like one, replaced by its form."""
    if isinstance(body, dict):
        return {key: timeless(value) for key, value in body.items()}
    if isinstance(body, list):
        return [timeless(value) for value in body]
    return "…" if isinstance(body, str) and TIME.fullmatch(body) else body


# Orders


def test_post_without_authentication(api, stuff):
    answer = api.post("/orders", stuff, "json")

    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/orders", "/api/v2/orders", "/api/v2/jobs"])
@pytest.mark.parametrize("header", ["User:1", "User", "Token User:1"])
def test_the_mock_header_no_longer_opens_anything(api, ada, path, header):
    answer = api.get(path, HTTP_AUTHORIZATION=header)

    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


def test_post_an_order_wrong_login(bobs, stuff):
    answer = bobs.post("/orders", stuff, "json")

    assert answer.status_code == 400
    assert answer.json() == {"message": "The user id does not match the owner id"}


def test_post_an_order_that_is_correct(adas, ada, stuff):
    answer = adas.post("/orders", stuff, "json")

    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert isinstance(body.pop("id"), int)
    assert timeless(body) == {
        "description": "to do stuff",
        "ownerId": ada.pk,
        "statusId": 0,
        "orderedAt": "…",
    }


def test_get_the_order_collection_no_authorization(api, db):
    answer = api.get("/orders")

    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


def test_get_the_order_collection_wrong_user(adas, bobs, stuff):
    adas.post("/orders", stuff, "json")
    answer = bobs.get("/orders", content_type="application/json")

    assert (answer.status_code, answer.json()) == (200, {"Order": []})


def test_get_the_order_collection_right_user(adas, stuff):
    created = adas.post("/orders", stuff, "json").json()
    answer = adas.get("/orders", content_type="application/json")

    assert (answer.status_code, answer.json()) == (200, {"Order": [created]})


# Orders of version 2, and jobs


def test_create_an_order_receive_a_job(adas, stuff):
    answer = adas.post("/api/v2/orders", stuff, "json")

    assert answer.status_code == 202
    body = answer.json()
    job_id = body.pop("id")
    assert timeless(body) == {"startedAt": "…", "statusId": 0}
    assert answer.headers["Location"].endswith(f"/api/v2/jobs/{job_id}")
    assert answer.headers["Retry-After"] == "1"


@pytest.fixture
def changed_order(adas, ada, stuff):
    """The order after its second run, with the ids of both jobs."""
    first = adas.post("/api/v2/orders", stuff, "json").json()
    order = adas.get("/api/v2/orders").json()["Order"][0]
    url = f"/api/v2/orders/{order['id']}"
    body = {"ownerId": ada.pk, "description": "to do different stuff"}
    answer = adas.put(url, body, "json")
    assert answer.status_code == 202
    assert answer.headers["Retry-After"] == "1"
    return order["id"], first["id"], answer.json()


def test_update_an_order_receive_a_job(changed_order):
    _, first_id, second = changed_order

    assert second.pop("id") > first_id
    assert timeless(second) == {"startedAt": "…", "statusId": 0}


def test_get_orders(adas, ada, changed_order):
    order_id, first_id, second = changed_order
    answer = adas.get("/api/v2/orders", content_type="application/json")

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
    assert answer.status_code == 200
    assert timeless(answer.json()) == {"Order": [order]}
    one = adas.get(f"/api/v2/orders/{order_id}")
    assert timeless(one.json()) == order


def test_get_jobs(adas, ada, changed_order):
    order_id, first_id, second = changed_order
    answer = adas.get("/api/v2/jobs", content_type="application/json")

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
    assert answer.status_code == 200
    jobs = [job | {"id": first_id}, job | {"id": second["id"]}]
    assert timeless(answer.json()) == {"Job": jobs}
    one = adas.get(f"/api/v2/jobs/{first_id}")
    assert timeless(one.json()) == jobs[0]


# Invoices


def test_create_an_invoice_and_get_it(api, ada):
    answer = api.post(
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

    assert answer.status_code == 201
    invoice = answer.json()
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
    assert b'"unitPrice":20.0' in answer.content
    url = f"/invoices/{invoice['id']}"
    assert api.get(url, content_type="application/json").content == answer.content


# The command


def test_create_an_entry(api, db):
    answer = api.post(
        "/a-model-command", {"description": "A test", "num_variable": 42}, "json"
    )

    assert answer.status_code == 419
    body = answer.json()
    assert isinstance(body["data"].pop("id"), int)
    assert body == {
        "message": "This is no longer a REST resource. We can do anything.",
        "data": {"numVariable": 42, "description": "A test"},
    }
