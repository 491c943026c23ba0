"""POST with an `Idempotency-Key`: carried out once, answered as often as it is sent."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.client import RemoteDisconnected
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts import idempotency
from accounts.models import IdempotencyKey, User
from accounts.services import delete_expired_keys
from orders.models import Command, Invoice, Job, Order
from orders.views import OrderWithJobsViewSet
from tests.support.http import wait_for
from tests.support.web_server import Caller, serving

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
ORDERS = "/api/v2/orders"
REPLAYED = "Idempotency-Replayed"


@pytest.fixture
def adas(client_of, ada):
    return client_of(ada)


@pytest.fixture
def order(ada) -> dict[str, Any]:
    return {"ownerId": ada.pk, "description": "parts"}


def post(client, url, body, key=KEY):
    return client.post(url, body, "json", headers={"Idempotency-Key": key})


def requests_of(user: User) -> dict[str, tuple[dict[str, Any], type]]:
    """A request to each URL that takes a key, and what it makes."""
    order = Order.objects.create(owner=user, description="old")
    invoice = {"userId": user.pk, "invoiceDate": "2026-01-01"}
    item = {"partCode": "1", "units": 1, "unitPrice": 0.1}
    return {
        "/orders": ({"ownerId": user.pk, "description": "x"}, Order),
        ORDERS: ({"ownerId": user.pk, "description": "x"}, Job),
        "/api/v2/jobs": ({"ownerId": user.pk, "orderId": order.pk}, Job),
        "/invoices": (invoice | {"invoiceItems": [item]}, Invoice),
        "/a-model-command": ({"description": "x", "numVariable": 1}, Command),
    }


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Repeats a POST that a client retries",
    new="Executes requests with the same `Idempotency-Key` once",
    why="After a timeout, clients can't know the outcome",
)
@pytest.mark.parametrize(
    "url", ["/orders", ORDERS, "/api/v2/jobs", "/invoices", "/a-model-command"]
)
def test_the_same_request_again_gets_the_same_answer(adas, ada, url):
    body, model = requests_of(ada)[url]
    first = post(adas, url, body)
    count = model.objects.count()
    again = post(adas, url, body)

    assert first.status_code in {201, 202, 419}
    assert REPLAYED not in first.headers
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers[REPLAYED] == "true"
    for name in ("Location", "Retry-After", "Content-Type"):
        assert again.headers.get(name) == first.headers.get(name)
    assert model.objects.count() == count


def test_without_a_key_each_request_counts(adas, order):
    for _ in range(2):
        assert adas.post(ORDERS, order, "json").status_code == 202

    assert Order.objects.count() == 2
    assert not IdempotencyKey.objects.exists()


def test_the_spelling_of_the_request_is_no_part_of_it(adas, ada, order):
    first = post(adas, ORDERS, order)
    respelled = json.dumps({"description": "parts", "owner_id": ada.pk}, indent=4)
    again = adas.post(
        f"{ORDERS}/",
        respelled,
        content_type="application/json",
        headers={"Idempotency-Key": KEY},
    )

    assert again.content == first.content
    assert again.headers[REPLAYED] == "true"


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Ignores `Idempotency-Key`",
    new="Returns 422 if another request had the same key",
)
@pytest.mark.parametrize(
    ("url", "change"), [(ORDERS, {"description": "other"}), ("/orders", {})]
)
def test_another_request_under_the_same_key_is_422(adas, order, url, change):
    post(adas, ORDERS, order)
    response = post(adas, url, order | change)

    text = "This Idempotency-Key was used for another request."
    assert (response.status_code, response.json()) == (422, {"message": text})
    assert Order.objects.count() == 1


def test_a_key_is_its_users_own(adas, order, client_of, bob):
    post(adas, ORDERS, order)
    response = post(client_of(bob), ORDERS, order | {"ownerId": bob.pk})

    assert response.status_code == 202
    assert REPLAYED not in response.headers
    assert list(Order.objects.values_list("owner__name", flat=True)) == ["ada", "bob"]


@pytest.mark.parametrize(
    "key", ["", "x" * 256, "tab\tkey", "sch\u00f6n", "\u20ac", "line\x7f"]
)
def test_an_odd_key_is_400(adas, order, key):
    raw = key.encode().decode("latin-1")
    response = adas.post(ORDERS, order, "json", HTTP_IDEMPOTENCY_KEY=raw)

    text = "Idempotency-Key must contain 1 to 255 printable ASCII characters."
    assert (response.status_code, response.json()) == (400, {"message": text})
    assert not Order.objects.exists()


@pytest.mark.parametrize("key", ["x", "x" * 255, '"quoted"', "a b", "'; DROP--", "%s"])
def test_any_printable_key_is_taken(adas, order, key):
    assert post(adas, ORDERS, order, key).status_code == 202
    assert post(adas, ORDERS, order, key).headers[REPLAYED] == "true"


def test_a_refused_request_leaves_the_key_usable(adas, ada, order):
    refused = post(adas, ORDERS, {"ownerId": ada.pk})
    assert refused.status_code == 400
    assert not Order.objects.exists()

    mended = post(adas, ORDERS, order)
    assert (mended.status_code, mended.headers.get(REPLAYED)) == (202, None)
    assert post(adas, ORDERS, order).headers[REPLAYED] == "true"


def test_a_mistake_of_our_own_leaves_the_key_usable(adas, order, monkeypatch):
    def fail(view, serializer):
        serializer.is_valid(raise_exception=True)
        serializer.save()
        raise RuntimeError

    adas.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr(OrderWithJobsViewSet, "accept", fail)
        assert post(adas, ORDERS, order).status_code == 500

    assert post(adas, ORDERS, order).status_code == 202
    assert (Order.objects.count(), Job.objects.count()) == (1, 1)


def test_there_is_no_effect_without_a_stored_answer(adas, order, monkeypatch):
    def fail(*of):
        raise RuntimeError

    adas.raise_request_exception = False
    monkeypatch.setattr(idempotency, "store", fail)

    assert post(adas, ORDERS, order).status_code == 500
    assert not Order.objects.exists()
    assert not Job.objects.exists()


def test_what_died_without_an_answer_is_carried_out_by_the_next(adas, ada, order):
    IdempotencyKey.objects.create(user=ada, key=KEY, fingerprint="of another body")
    first = post(adas, ORDERS, order)

    assert (first.status_code, first.headers.get(REPLAYED)) == (202, None)
    assert post(adas, ORDERS, order).content == first.content


def test_an_old_key_is_free_again(adas, order):
    post(adas, ORDERS, order)
    old = timezone.now() - timedelta(hours=settings.QUINTET_IDEMPOTENCY_HOURS)
    IdempotencyKey.objects.update(stored_at=old)
    other = post(adas, ORDERS, order | {"description": "other"})

    assert (other.status_code, other.headers.get(REPLAYED)) == (202, None)
    assert Order.objects.count() == 2
    assert post(adas, ORDERS, order).status_code == 422


def test_old_answers_are_forgotten_a_batch_at_a_time(adas, order, monkeypatch):
    monkeypatch.setattr("accounts.services.KEY_BATCH_SIZE", 2)
    for key in "abcd":
        post(adas, ORDERS, order, key)
    old = timezone.now() - timedelta(hours=settings.QUINTET_IDEMPOTENCY_HOURS)
    IdempotencyKey.objects.exclude(key="d").update(stored_at=old)

    assert [delete_expired_keys() for _ in range(3)] == [2, 1, 0]
    assert IdempotencyKey.objects.get().key == "d"


def test_workers_forget_old_answers():
    assert "accounts.services.delete_expired_keys" in settings.SWEEPS


def test_an_answer_goes_with_its_user(adas, ada, order):
    post(adas, "/orders", order)
    User.objects.filter(pk=ada.pk).delete()

    assert not IdempotencyKey.objects.exists()


def test_nobodys_key_stands_for_one_request(api, ada):
    body = {"userId": ada.pk, "invoiceDate": "2026-01-01"}
    first = post(api, "/invoices", body)
    again = post(api, "/invoices", body)
    other = post(api, "/invoices", body | {"invoiceDate": "2026-01-02"})

    assert (again.content, again.headers[REPLAYED]) == (first.content, "true")
    assert (other.status_code, other.headers.get(REPLAYED)) == (201, None)
    assert Invoice.objects.count() == 2


def test_nobody_gets_a_users_answer(adas, api, ada):
    body = {"userId": ada.pk, "invoiceDate": "2026-01-01"}
    post(adas, "/invoices", body)

    assert REPLAYED not in post(api, "/invoices", body).headers


def test_a_key_does_not_open_closed_doors(adas, api, order, closed):
    post(adas, ORDERS, order)

    assert post(api, ORDERS, order).status_code == 401


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row locks")
@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_under_way_others_are_409(adas, ada, order):
    IdempotencyKey.objects.create(user=ada, key=KEY, fingerprint="x")
    with transaction.atomic(), ThreadPoolExecutor(1) as other:
        IdempotencyKey.objects.select_for_update().get()
        response = other.submit(post_and_hang_up, adas, order).result(timeout=30)

    assert (response.status_code, response.headers["Retry-After"]) == (409, "1")
    assert "still being processed" in response.json()["message"]
    assert not Order.objects.exists()
    assert post(adas, ORDERS, order).status_code == 202


def post_and_hang_up(client, body):
    try:
        return post(client, ORDERS, body)
    finally:
        connection.close()


# Against servers of their own.

RACERS = 20
# Dies of the first order, after it was committed and before it is answered.
DYING = """
import os, pathlib, signal
from config.settings import *

MIDDLEWARE = ["dying.middleware", *MIDDLEWARE]

def middleware(get_response):
    def answer(request):
        response = get_response(request)
        died = pathlib.Path(os.environ["DIED"])
        if request.path == "/api/v2/orders" and not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return response
    return answer
"""


def order_once(caller: Caller) -> Any:
    body = {"ownerId": caller.pk, "description": "parts"}
    return caller.send("POST", ORDERS, body, Idempotency_Key=KEY)


def jobs_of_orders(caller: Caller) -> list[int]:
    """How many jobs each of the caller's orders has."""
    _, _, raw = caller.send("GET", ORDERS)
    return [len(order["jobs"]) for order in json.loads(raw)["Order"]]


@pytest.mark.django_db(transaction=True)
def test_of_all_who_race_with_one_key_one_makes_an_order(tmp_path, ada, bob):
    with serving(tmp_path) as port:
        caller = Caller(port, ada)
        with ThreadPoolExecutor(RACERS) as pool:
            runs = [pool.submit(order_once, caller) for _ in range(RACERS)]
            responses = [run.result(timeout=60) for run in runs]
        responses += [order_once(caller) for _ in range(RACERS)]
        other = order_once(Caller(port, bob))
        jobs = jobs_of_orders(caller)

    assert {status for status, *_ in responses} <= {202, 409}
    assert len({raw for status, _, raw in responses if status == 202}) == 1
    made = [of for status, of, _ in responses if status == 202 and REPLAYED not in of]
    assert len(made) == 1
    assert all(of[REPLAYED] for _, of, _ in responses[RACERS:])
    assert all(of["Retry-After"] == "1" for _, of, _ in responses)
    assert (other[0], other[1][REPLAYED]) == (202, None)
    assert jobs == [1]


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_died_on_its_way_is_given_again(tmp_path, ada):
    (tmp_path / "dying.py").write_text(DYING)
    died = tmp_path / "died"
    variables = {"DJANGO_SETTINGS_MODULE": "dying", "DIED": str(died)}
    with serving(tmp_path, workers=1, **variables) as port:
        caller = Caller(port, ada)
        with pytest.raises((RemoteDisconnected, ConnectionError)):
            order_once(caller)
        wait_for(f"http://127.0.0.1:{port}")
        status, headers, raw = order_once(caller)
        jobs = jobs_of_orders(caller)

    assert died.exists()
    assert (status, headers[REPLAYED]) == (202, "true")
    assert headers["Location"].endswith(f"/api/v2/jobs/{json.loads(raw)['id']}")
    assert jobs == [1]
