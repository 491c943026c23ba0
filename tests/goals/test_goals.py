from __future__ import annotations

import pytest
import time_machine
from django.db import IntegrityError, transaction

from goals.models import Goal
from goals.trees import MAX_DEPTH
from tests.support.factories import UserFactory

URL = "/v1.0/goals"
MISSING = (
    "Missing required parameter in the JSON body or the post body or the query string"
)


def message(response):
    return response.json()["message"]


@pytest.fixture
def ship(ada) -> Goal:
    return Goal.objects.create(user=ada, name="ship")


@pytest.fixture
def test_goal(ada, ship) -> Goal:
    return Goal.objects.create(user=ada, name="test", parent=ship)


def test_fields_come_as_json_form_or_query(api, ada):
    assert api.post(URL, {"user": "ada", "name": "json"}, "json").status_code == 200
    assert api.post(f"{URL}?user=ada&name=query").status_code == 200
    assert api.post(f"{URL}?user=ada", {"name": "form"}).status_code == 200
    assert api.get(URL).json() == {"ada": {"json": {}, "query": {}, "form": {}}}


def test_the_url_answers_with_a_slash_too(api, ada):
    assert api.post(f"{URL}/", {"user": "ada", "name": "slash"}).status_code == 200
    assert api.get(f"{URL}/").json() == {"ada": {"slash": {}}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"user": MISSING}),
        ({"name": "x"}, {"user": MISSING}),
        ({"user": "ada"}, {"name": MISSING}),
    ],
)
def test_the_first_missing_field_is_named(api, ada, body, expected):
    response = api.post(URL, body, "json")

    assert (response.status_code, message(response)) == (400, expected)


def test_put_names_its_missing_field(api, ada):
    response = api.put(URL, {"user": "ada"}, "json")

    assert (response.status_code, message(response)) == (400, {"name": MISSING})


@pytest.mark.parametrize(
    "raw", [b"{", b"[1]", b'"text"', b"null", b'{"name": NaN}', b"\xff"]
)
def test_a_body_that_is_no_json_object_is_400(api, ada, raw):
    response = api.generic("POST", URL, raw, content_type="application/json")

    assert response.status_code == 400
    assert isinstance(message(response), str)


def test_malformed_json_gets_the_old_sentence(api, ada):
    response = api.generic("POST", URL, b"{oops", content_type="application/json")

    assert message(response) == (
        "The browser (or proxy) sent a request that this server could not understand."
    )


@pytest.mark.difference(
    "Goals",
    old="Stores empty and null names, and texts that are too long",
    new="Returns 400",
    why="The models forbid them",
)
@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "   "},
        {"name": None},
        {"name": ["x"]},
        {"name": {"x": 1}},
        {"name": "x" * 65},
        {"name": "x", "description": "x" * 513},
        {"name": "a\u0000b"},
    ],
)
def test_invalid_values_are_400_and_write_nothing(api, ada, body):
    response = api.post(URL, {"user": "ada", **body}, "json")

    assert response.status_code == 400
    assert not Goal.objects.exists()


def test_a_number_is_taken_as_text(api, ada):
    assert api.post(URL, {"user": "ada", "name": 5}, "json").status_code == 200
    assert api.get(URL).json() == {"ada": {"5": {}}}


def test_a_null_for_an_optional_field_counts_as_missing(api, ada):
    body = {"user": "ada", "name": "x", "parent_name": None, "description": None}

    assert api.post(URL, body, "json").status_code == 200
    assert Goal.objects.get().parent is None


@pytest.mark.difference(
    "Goals", old="Returns 500 for an unknown user or parent", new="Returns 404"
)
@pytest.mark.difference(
    "Goals", old="Returns 500 for a duplicate name", new="Returns 409"
)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"user": "nobody", "name": "x"}, 404),
        ({"user": "ada", "name": "x", "parent_name": "nothing"}, 404),
        ({"user": "ada", "name": "ship"}, 409),
    ],
)
def test_unknown_names_are_404_and_duplicates_409(api, ship, body, status):
    response = api.post(URL, body, "json")

    assert response.status_code == status
    assert isinstance(message(response), str)
    assert Goal.objects.count() == 1


@pytest.mark.difference(
    "Goals",
    old="Requires names that are unique among all users",
    new="Requires names that are unique per user",
    why="Users could block or probe names of others",
)
def test_two_users_may_use_one_name(api, ship, bob):
    assert api.post(URL, {"user": "bob", "name": "ship"}).status_code == 200


@pytest.mark.difference(
    "Goals",
    old="Accepts another user's goal as parent, and hides the new goal",
    new="Returns 404",
)
def test_a_parent_is_looked_up_among_the_users_own_goals(api, ship, bob):
    body = {"user": "bob", "name": "x", "parent_name": "ship"}

    assert api.post(URL, body).status_code == 404


@pytest.mark.difference(
    "Goals",
    old="Replaces the end time on a second PUT",
    new="Keeps the first end time unless the request has an `end`",
    why="The goal was reached then",
)
def test_a_second_completion_keeps_the_first_time(api, ship):
    with time_machine.travel("2026-01-01", tick=False):
        api.put(URL, {"name": "ship"})
    api.put(URL, {"name": "ship"})

    ship.refresh_from_db()
    assert ship.end.year == 2026
    assert ship.end.month == 1


def test_completing_a_goal_leaves_its_sub_goals_open(api, test_goal):
    api.put(URL, {"name": "ship"})

    test_goal.refresh_from_db()
    assert not test_goal.is_done


@pytest.mark.difference(
    "Goals", old="Returns 500 for PUT of an unknown goal", new="Returns 404"
)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "nothing"}, 404),
        ({"name": "ship", "user": "bob"}, 404),
        ({"name": "ship", "user": "nobody"}, 404),
    ],
)
def test_put_of_an_unknown_goal_is_404(api, ship, bob, body, status):
    assert api.put(URL, body).status_code == status
    ship.refresh_from_db()
    assert not ship.is_done


@pytest.mark.difference(
    "Goals",
    old="Completes a goal by its name alone",
    new="Returns 409 and asks for `user` if several users have a goal with this name",
)
def test_put_of_a_name_that_several_users_have_requires_the_user(api, ship, bob):
    Goal.objects.create(user=bob, name="ship")

    response = api.put(URL, {"name": "ship"})
    assert response.status_code == 409
    assert "user" in message(response)
    assert api.put(URL, {"name": "ship", "user": "bob"}).status_code == 200
    ship.refresh_from_db()
    assert not ship.is_done


def test_delete_removes_a_goal(api, ship):
    response = api.delete(URL, {"name": "ship"})

    assert (response.status_code, response.json()) == (200, None)
    assert api.delete(URL, {"name": "ship"}).status_code == 404


@pytest.mark.difference(
    "Goals",
    old="Returns 405 for DELETE, though the article promises it",
    new="Deletes the goal; returns 409 if it has sub-goals, unless you send "
    "`?cascade=true`",
)
def test_a_goal_with_sub_goals_is_deleted_only_with_cascade(api, test_goal):
    assert api.delete(URL, {"name": "ship"}).status_code == 409
    assert Goal.objects.count() == 2
    assert api.delete(f"{URL}?cascade=true", {"name": "ship"}).status_code == 200
    assert not Goal.objects.exists()


def test_other_methods_are_405(api):
    response = api.patch(URL, {})

    assert response.status_code == 405
    assert message(response) == "The method is not allowed for the requested URL."
    assert {"GET", "POST", "PUT", "DELETE"} <= set(
        response.headers["Allow"].split(", ")
    )


@pytest.mark.difference(
    "Goals",
    old="Ignores `user` in PUT, so that any client can complete any goal",
    new="Changes a goal of `user`, and returns 403 if that isn't the user of the token",
)
@pytest.mark.difference(
    "Goals",
    old="Shows all goals to all clients",
    new="Does the same for anonymous clients in `open`; authenticated users see only "
    "their own goals",
)
def test_an_authenticated_user_sees_and_changes_only_their_own_goals(
    client_of, ship, bob
):
    Goal.objects.create(user=bob, name="rest")
    client = client_of(bob)

    assert client.get(URL).json() == {"bob": {"rest": {}}}
    assert client.post(URL, {"name": "more"}).status_code == 200
    assert client.post(URL, {"name": "x", "user": "ada"}).status_code == 403
    assert client.put(URL, {"name": "ship"}).status_code == 404
    assert client.put(URL, {"name": "ship", "user": "ada"}).status_code == 403
    assert client.delete(URL, {"name": "ship", "user": "ada"}).status_code == 403
    assert Goal.objects.filter(user__name="ada", end=None).count() == 1


def test_staff_see_and_change_all(client_of, ship, staff):
    client = client_of(staff)

    assert client.get(URL).json() == {"ada": {"ship": {}}, "staff": {}}
    assert client.put(URL, {"name": "ship", "user": "ada"}).status_code == 200


@pytest.mark.difference(
    "Goals", old="Has no login", new="Requires a token if `QUINTET_ACCESS` is `closed`"
)
def test_a_closed_service_asks_for_a_token(api, client_of, closed, ship, ada):
    for method in (api.get, api.post, api.put, api.delete):
        response = method(URL, {"user": "ada", "name": "ship"})
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
    assert client_of(ada).get(URL).json() == {"ada": {"ship": {}}}


@pytest.mark.parametrize("size", [2, 20, 200])
def test_a_tree_costs_the_same_whatever_its_size(api, ada, query_counts, size):
    parent = None
    for n in range(size):
        parent = Goal.objects.create(user=ada, name=f"goal-{n}", parent=parent)

    query_counts("goals:tree", api, URL)


def chain(user, length: int) -> None:
    parent = None
    for n in range(length):
        parent = Goal(pk=n + 1, user=user, name=str(n), parent=parent)
        parent.save(force_insert=True)


def test_a_tree_is_nested_as_deep_as_clients_can_read(api, ada):
    chain(ada, MAX_DEPTH)

    assert api.get(URL).status_code == 200


@pytest.mark.difference(
    "Goals",
    old="Crashes on a tree of 1,000 levels",
    new="Returns 422 for more than 900 levels; `?flat=1` returns rows at any depth",
    why="JSON parsers have limits",
)
def test_a_tree_too_deep_to_nest_is_422(api, ada):
    chain(ada, MAX_DEPTH + 1)

    assert api.get(URL).status_code == 422


def test_the_database_refuses_a_goal_that_is_its_own_parent(ship):
    ship.parent = ship
    with pytest.raises(IntegrityError), transaction.atomic():
        ship.save()


def test_the_admin_refuses_a_parent_below_the_goal_itself(admin_client, ada, test_goal):
    ship = test_goal.parent
    form = {"user": ada.pk, "parent": test_goal.pk, "name": "ship"}
    form |= {"start_0": "2026-01-01", "start_1": "00:00:00"}

    response = admin_client.post(f"/admin/goals/goal/{ship.pk}/change/", form)

    assert "The parent is below this goal." in response.content.decode()
    ship.refresh_from_db()
    assert ship.parent is None


def test_the_admin_completes_goals(admin_client, ship):
    form = {"action": "complete", "_selected_action": [ship.pk], "expected": "1.0.0"}
    admin_client.post("/admin/goals/goal/", form)

    ship.refresh_from_db()
    assert ship.is_done


def test_deleting_a_user_deletes_the_whole_tree(ada, test_goal):
    ada.delete()

    assert not Goal.objects.exists()


def test_more_users_than_the_limit_are_cut_with_a_link(api, db, settings):
    settings.QUINTET_MAX_UNPAGED = 2
    for n in range(3):
        UserFactory(name=f"user-{n}")

    first = api.get(URL)
    assert list(first.json()) == ["user-0", "user-1"]
    assert first.headers["Link"] == f'<http://testserver{URL}?offset=2>; rel="next"'
    rest = api.get(f"{URL}?offset=2")
    assert list(rest.json()) == ["user-2"]
    assert "Link" not in rest.headers
    assert api.get(f"{URL}?offset=-1").status_code == 400
