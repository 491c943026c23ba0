"""Adding a goal, or a list of goals, all or none."""

from __future__ import annotations

import pytest

from goals.models import Goal

URL = "/v1.0/goals"
MISSING = (
    "Missing required parameter in the JSON body or the post body or the query string"
)


def message(response):
    return response.json()["message"]


def post(client, rows):
    return client.post(URL, rows, "json")


@pytest.mark.difference(
    "Goals",
    old="Returns `null` for a new goal, and nothing else",
    new="Adds a `Location` header to the same body",
)
@pytest.mark.difference(
    "Goals", old="Has no URL for one goal", new="Serves each goal at `/v1.0/goals/<id>`"
)
def test_a_new_goal_has_its_url_in_location(api, ada):
    response = api.post(URL, {"user": "ada", "name": "ship"})

    assert (response.status_code, response.json()) == (200, None)
    url = response.headers["Location"]
    assert url == f"http://testserver{URL}/{Goal.objects.get().pk}"
    assert api.get(url).json()["name"] == "ship"


@pytest.mark.difference(
    "Goals",
    old="Ignores `due` and `position` in POST",
    new="Stores them, or returns 400",
)
@pytest.mark.parametrize("form", ["json", "multipart"])
def test_a_new_goal_may_have_a_due_date_and_a_position(api, ada, form):
    body = {"user": "ada", "name": "x", "due": "2026-12-24", "position": "-4"}

    response = api.post(URL, body, form)
    assert response.status_code == 200
    goal = api.get(response.headers["Location"]).json()
    assert (goal["due"], goal["position"]) == ("2026-12-24", -4)


@pytest.mark.parametrize("field", ["due", "position"])
def test_an_invalid_due_date_or_position_is_400(api, ada, field):
    response = api.post(URL, {"user": "ada", "name": "x", field: "soon"}, "json")

    assert (response.status_code, list(message(response))) == (400, [field])
    assert not Goal.objects.exists()
    body = {"user": "ada", "name": "x", field: ""}
    assert api.post(URL, body, "json").status_code == 200


@pytest.mark.difference(
    "Goals", old="Returns 500 for a JSON list", new="Creates all goals of the list"
)
def test_a_list_adds_all_its_goals_in_order(client_of, ada):
    client = client_of(ada)
    Goal.objects.create(user=ada, name="ship")
    rows = [
        {"name": "test", "parent_name": "ship", "description": "Twice."},
        {"name": "sail", "parent_name": "test", "due": "2026-12-24"},
        {"name": "dream", "parent_name": "", "position": 1},
        {"name": "tack", "parent_name": "sail", "user": "ada"},
    ]

    response = post(client, rows)

    assert response.status_code == 200
    assert [row["name"] for row in response.json()] == ["test", "sail", "dream", "tack"]
    for row in response.json():
        assert client.get(f"{URL}/{row['id']}").json()["name"] == row["name"]
    assert client.get(URL).json() == {
        "ada": {"dream": {}, "ship": {"test": {"sail": {"tack": {}}}}}
    }
    assert Goal.objects.get(name="test").description == "Twice."


@pytest.mark.difference(
    "Goals",
    old="Returns 500 for a list with an invalid goal",
    new="Creates none, and returns 400 with the error of each row",
)
def test_a_list_with_invalid_rows_names_each_and_adds_none(client_of, ada):
    Goal.objects.create(user=ada, name="ship")
    rows = [
        {"name": "fine"},
        {"name": ""},
        {},
        {"name": "x", "due": "soon"},
        {"name": "y", "user": "bob"},
    ]

    response = post(client_of(ada), rows)

    assert response.status_code == 400
    assert message(response) == {
        "1": {"name": "This field may not be blank."},
        "2": {"name": MISSING},
        "3": {"due": "A date is expected, such as 2026-12-24."},
        "4": "You can't access other users' goals.",
    }
    assert Goal.objects.count() == 1


def test_rows_that_conflict_with_stored_goals_are_named_too(client_of, ada):
    Goal.objects.create(user=ada, name="ship")
    rows = [
        {"name": "ship"},
        {"name": "a", "parent_name": "b"},
        {"name": "b"},
        {"name": "b"},
    ]

    response = post(client_of(ada), rows)

    assert response.status_code == 400
    assert message(response) == {
        "0": "ada already has a goal named ship.",
        "1": "ada has no goal named b.",
        "3": "ada already has a goal named b.",
    }
    assert Goal.objects.count() == 1


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"name": "ship"}, 409),
        ({"name": "x", "parent_name": "nothing"}, 404),
        ({"name": "x", "user": "bob"}, 403),
        ({"name": " "}, 400),
    ],
)
def test_a_list_has_the_status_of_its_rows(client_of, ada, bob, row, status):
    Goal.objects.create(user=ada, name="ship")

    response = post(client_of(ada), [{"name": "fine"}, row])
    assert (response.status_code, list(message(response))) == (status, ["1"])


def test_an_anonymous_client_names_the_user_of_each_row(api, ada, bob):
    rows = [{"user": name, "name": "ship"} for name in ("ada", "bob")]

    assert post(api, rows).status_code == 200
    assert api.get(URL).json() == {"ada": {"ship": {}}, "bob": {"ship": {}}}
    response = post(api, [{"name": "x"}, {"user": "nobody", "name": "x"}])
    assert message(response) == {
        "0": {"user": MISSING},
        "1": "There is no user named nobody.",
    }


def test_white_space_around_a_users_name_is_ignored(api, ada):
    assert post(api, {"user": " ada ", "name": "ship"}).status_code == 200
    assert post(api, [{"user": " ada ", "name": "sail"}]).status_code == 200

    assert api.get(URL).json() == {"ada": {"ship": {}, "sail": {}}}


def test_a_parent_is_looked_up_among_the_goals_of_the_rows_user(api, ada, bob):
    Goal.objects.create(user=ada, name="ship")
    rows = [
        {"user": "ada", "name": "test", "parent_name": "ship"},
        {"user": "bob", "name": "x", "parent_name": "test"},
        {"user": "bob", "name": "y", "parent_name": "ship"},
    ]

    assert list(message(post(api, rows))) == ["1", "2"]


@pytest.mark.parametrize(
    "rows", [[], [1], [[]], [None], [{"name": "x"}, "y"], [{"name": "x"}] * 1001]
)
def test_a_body_that_is_not_a_list_of_up_to_1000_objects_is_400(client_of, ada, rows):
    response = post(client_of(ada), rows)

    assert response.status_code == 400
    assert message(response) == "A list of 1 to 1000 JSON objects is expected."
    assert not Goal.objects.exists()


@pytest.mark.parametrize("value", [[], {}, 5, None, True, "x" * 65])
def test_any_value_for_the_user_of_a_row_is_accepted_or_refused(api, ada, value):
    response = post(api, [{"user": value, "name": "x"}])

    assert response.status_code in {400, 404}
    assert list(message(response)) == ["0"]


def test_a_list_needs_a_token_in_a_closed_service(api, ada, closed):
    assert post(api, [{"user": "ada", "name": "x"}]).status_code == 401


def test_1000_goals_in_one_line_are_added_with_few_queries(client_of, ada, queries):
    """By SQLite's limit of values in a query, some 25; one by one, 3,000."""
    rows = [{"name": "0"}]
    rows += [{"name": str(n), "parent_name": str(n - 1)} for n in range(1, 1000)]
    client = client_of(ada)

    assert queries(lambda: post(client, rows)) < 40
    assert Goal.objects.count() == 1000
    assert Goal.objects.get(name="999").parent.name == "998"
