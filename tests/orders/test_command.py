from __future__ import annotations

import pytest

from orders.models import Command

URL = "/a-model-command"
BODY = {"description": "A test", "numVariable": 42}


@pytest.mark.django_db
def test_the_command_is_saved(api):
    assert api.post(f"{URL}/", BODY, "json").status_code == 419
    assert Command.objects.get().num_variable == 42


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 400 with SQL for two commands with one description",
    new="Returns 400 with the name of the column",
)
@pytest.mark.django_db
def test_the_same_description_again_is_refused_in_words(api):
    api.post(URL, BODY, "json")
    response = api.post(URL, BODY, "json")

    assert response.status_code == 400
    message = [{"description": "AModel with this description already exists."}]
    assert response.json() == {"message": message}


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods_are_405(api, method):
    response = getattr(api, method)(URL, BODY, "json")

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST, OPTIONS"


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Stores 1.5 and `true` in integer columns",
    new="Returns 400",
)
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"description": "x" * 81}, "The data exceeds the maximum length 80"),
        ({"numVariable": "19a"}, "The value 19a is not a number"),
        ({"numVariable": 1.5}, "The value 1.5 is not a number"),
        ({"numVariable": True}, "The value True is not a number"),
    ],
)
def test_a_bad_value_is_400(api, change, error):
    response = api.post(URL, BODY | change, "json")

    assert response.status_code == 400
    [entry] = response.json()["message"]
    assert list(entry.values()) == [error]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old='Returns 400 for `"-5"` in integer columns',
    new="Stores -5",
)
@pytest.mark.parametrize("number", [2**31 - 1, -(2**31), "-5"])
def test_integers_of_32_bits_fit(api, db, number):
    response = api.post(URL, BODY | {"numVariable": number}, "json")

    assert (response.status_code, response.json()["data"]["numVariable"]) == (
        419,
        int(number),
    )


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 10**12, 10**30])
def test_larger_integers_do_not(api, db, number):
    assert api.post(URL, BODY | {"numVariable": number}, "json").status_code == 400


@pytest.mark.usefixtures("closed", "db")
def test_a_closed_service_wants_a_token(api):
    response = api.post(URL, BODY, "json")

    assert (response.status_code, response.json()) == (
        401,
        {"message": "Unauthorized User"},
    )


@pytest.mark.usefixtures("closed")
def test_a_token_opens_it(ada_client):
    assert ada_client.post(URL, BODY, "json").status_code == 419
