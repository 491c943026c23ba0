"""Every exchange that the "Over Achiever" article prints, with its bodies."""

from __future__ import annotations

import pytest

from goals.models import Goal
from tests.support.factories import UserFactory
from tests.support.http import OVER_HTTP

pytestmark = OVER_HTTP

URL = "/v1.0/goals"


@pytest.fixture
def achievers(db) -> None:
    one, two, _ = (UserFactory(name=f"user-{n}") for n in (1, 2, 3))
    parents = {"goal-2": "goal-1", "goal-3": "goal-1"} | {
        f"goal-{n}": "goal-3" for n in (4, 5, 6)
    }
    goals: dict[str | None, Goal] = {}
    for n in range(8):
        name = f"goal-{n}"
        goals[name] = Goal.objects.create(
            user=two if n == 7 else one, name=name, parent=goals.get(parents.get(name))
        )


@pytest.mark.difference(
    "Goals",
    old="Has an `Access-Token` header, a GitHub login, and a `status` in each goal "
    "(version of 2017)",
    new="Serves the API of 2015",
    why="The article documents that version",
)
def test_get_goals(api, achievers):
    response = api.get(URL)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {
        "user-1": {
            "goal-0": {},
            "goal-1": {
                "goal-2": {},
                "goal-3": {"goal-4": {}, "goal-5": {}, "goal-6": {}},
            },
        },
        "user-2": {"goal-7": {}},
        "user-3": {},
    }


def test_add_new_goal(client, achievers):
    response = client.post(URL, {"user": "user-3", "name": "new-goal"})

    assert (response.status_code, response.json()) == (200, None)
    assert Goal.objects.get(name="new-goal").user.name == "user-3"


def test_add_nested_goals(client, achievers):
    client.post(URL, {"user": "user-3", "name": "new-goal"})
    response = client.post(
        URL, {"user": "user-3", "name": "child", "parent_name": "new-goal"}
    )

    assert (response.status_code, response.json()) == (200, None)
    assert Goal.objects.get(name="child").parent.name == "new-goal"
    assert client.get(URL).json()["user-3"] == {"new-goal": {"child": {}}}


def test_complete_goal(client, achievers):
    response = client.put(
        URL,
        "user=user-1&name=goal-0",
        content_type="application/x-www-form-urlencoded",
    )

    assert (response.status_code, response.json()) == (200, None)
    assert Goal.objects.get(name="goal-0").end is not None
