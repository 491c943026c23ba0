from __future__ import annotations

from collections import Counter

import pytest

from tests.support.races import race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def headers(service) -> dict[str, str]:
    token = service.login("ada@example.com", "a long password")
    return {"Authorization": f"Bearer {token}"}


def test_concurrent_items_get_different_positions(service, headers):
    made = service.call("POST", "/bucketlists/", {"name": "x"}, **headers).json()
    url = f"/bucketlists/{made['id']}/items"
    responses = race(
        16, lambda n: service.call("POST", url, {"name": f"{n}"}, **headers)
    )

    assert [response.status for response in responses] == [201] * 16
    rows = service.get(url, **headers).json()
    assert [row["position"] for row in rows] == list(range(16))


def test_one_of_concurrent_lists_with_a_unique_name_is_created(service, headers):
    body, url = {"name": "the only one"}, "/bucketlists/?unique=1"
    responses = race(16, lambda _: service.call("POST", url, body, **headers))

    assert Counter(response.status for response in responses) == {201: 1, 409: 15}
    assert len(service.get("/bucketlists/", **headers).json()) == 1
