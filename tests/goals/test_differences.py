"""Differences of the goals from the old service that one request shows."""

from __future__ import annotations

import pytest

from goals import querysets, trees
from goals.models import Goal

URL = "/v1.0/goals"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.difference(
    "Goals",
    old="Returns JSON to browsers",
    new="Returns a page at `/v1.0/goals` if the `Accept` header prefers HTML",
)
def test_a_browser_gets_a_page(api, voyage):
    response = api.get(URL, headers={"accept": BROWSER})

    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")
    assert "voyage" in response.content.decode()
    assert api.get(URL).headers["Content-Type"] == "application/json"


@pytest.mark.difference(
    "Goals",
    old="Ignores the query string of GET",
    new="Changes the response as `detail`, `flat`, `status`, and other parameters "
    "say, and returns 400 for unknown ones",
    why="A misspelled option would go unnoticed",
)
def test_query_parameters_change_the_tree(api, voyage):
    details = api.get(f"{URL}?detail=1&status=open").json()["ada"]["voyage"]

    assert details["id"] == voyage["voyage"].pk
    assert [row["name"] for row in api.get(f"{URL}?flat=1&depth=2").json()] == [
        *("voyage", "boat", "crew"),
    ]
    assert api.get(f"{URL}?detial=1").status_code == 400


@pytest.mark.difference(
    "Goals",
    old="Returns all goals in order of creation",
    new="Hides archived goals, and returns goals with a `position` first; otherwise "
    "as before",
)
def test_archived_goals_are_hidden_and_positions_sort(api, ada, voyage):
    Goal.objects.create(name="first", user=ada, position=1)

    assert list(api.get(URL).json()["ada"]) == ["first", "voyage"]
    assert list(api.get(f"{URL}?archived=1").json()["ada"]) == [
        *("first", "voyage", "garden"),
    ]


@pytest.mark.difference(
    "Goals",
    old="Returns trees of any size",
    new="Returns 422 for more than 200,000 goals; `?user=` narrows the response",
    why="Limits memory",
)
def test_a_response_has_at_most_200_000_goals(api, ada, bob, voyage, monkeypatch):
    assert trees.MAX_GOALS == 200_000
    Goal.objects.create(name="his", user=bob)
    monkeypatch.setattr(querysets, "MAX_GOALS", 7)

    assert api.get(URL).status_code == 422
    assert api.get(f"{URL}?user=bob").json() == {"bob": {"his": {}}}
