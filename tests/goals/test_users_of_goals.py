"""Users of the other services stay unknown to goals until they have a goal."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from accounts.querysets import MAX_NAME_LENGTH, neutral_name
from accounts.registration import create_account
from goals.models import Goal
from tests.support.factories import UserFactory

GOALS, USERS = "/v1.0/goals", "/v1.0/users"
PASSWORD = "a long passphrase"


@pytest.fixture
def people(api, staff) -> dict[str, User]:
    """Register planner and guest in the goal service, idle and caster elsewhere.

    Planner and caster have a goal.
    """
    User.objects.update(uses_goals=False)
    for name in ("planner", "guest"):
        body = {"name": name, "email": f"{name}@example.com", "password": PASSWORD}
        assert api.post(USERS, body, "json").status_code == 201
    for name in ("idle", "caster"):
        body = {"name": name, "email": f"{name}@example.com", "password": PASSWORD}
        assert api.post("/auth/register", body, "json").status_code == 201
    people = {user.name: user for user in User.objects.all()}
    for name in ("planner", "caster"):
        Goal.objects.create(user=people[name], name=f"of {name}")
    return people


@pytest.fixture
def client_as(api, client_of, people):
    """Return a function that returns the client of a user, or an anonymous one."""
    return lambda name: client_of(people[name]) if name else api


TREES: dict[str, dict] = {
    "planner": {"of planner": {}},
    "guest": {},
    "idle": {},
    "caster": {"of caster": {}},
    "staff": {},
}
# Who sees whom, by whether anonymous clients may read.
VISIBLE = [
    (True, "", ["planner", "guest", "caster"]),
    (True, "staff", ["staff", "planner", "guest", "caster"]),
    (False, "staff", ["staff", "planner", "guest", "caster"]),
    *(
        (is_open, name, [name])
        for is_open in (True, False)
        for name in ("planner", "guest", "idle", "caster")
    ),
]


@pytest.mark.difference(
    "Goals",
    old="Lists all users",
    new="Lists yourself and the users who registered at `/v1.0/users` or have a goal; "
    "other users don't exist here",
    why="One account is valid for five APIs",
)
@pytest.mark.parametrize(("is_open", "name", "visible"), VISIBLE)
def test_goals_list_users_of_goals_and_yourself(
    settings, client_as, is_open, name, visible
):
    settings.QUINTET_ACCESS = "open" if is_open else "closed"
    client = client_as(name)

    tree = client.get(GOALS).json()
    assert (list(tree), tree) == (visible, {name: TREES[name] for name in visible})
    details = client.get(f"{GOALS}?detail=1").json()
    assert {name: list(goals) for name, goals in details.items()} == {
        name: list(TREES[name]) for name in visible
    }
    rows = client.get(f"{GOALS}?flat=1").json()
    assert [row["user"] for row in rows] == [name for name in visible if TREES[name]]
    if name != "idle":
        for suffix in (".html", ".svg"):
            assert b"idle" not in client.get(GOALS + suffix).content
    if name:
        listed = [user["name"] for user in client.get(USERS).json()]
        assert listed == visible
        assert client.get(f"{GOALS}?mine=1").json() == {name: TREES[name]}
        assert client.get(f"{GOALS}?user={name}").json() == {name: TREES[name]}


@pytest.mark.parametrize("url", [GOALS, USERS, f"{GOALS}.html", f"{GOALS}.svg"])
def test_closed_access_lists_nobody_to_anonymous_clients(api, people, closed, url):
    assert api.get(url).status_code == 401


@pytest.mark.parametrize("reader", ["", "staff"])
@pytest.mark.parametrize("url", [GOALS, f"{GOALS}.html", f"{GOALS}.svg"])
@pytest.mark.parametrize("query", ["", "&depth=1", "&status=open", "&offset=5"])
def test_a_user_of_another_service_is_as_unknown_as_no_user(
    client_as, reader, url, query
):
    client = client_as(reader)
    other = client.get(f"{url}?user=idle{query}")
    nobody = client.get(f"{url}?user=none{query}")

    assert (other.status_code, nobody.status_code) == (404, 404)
    assert other.content == nobody.content.replace(b"none", b"idle")
    assert client.get(f"{url}?user=guest{query}").status_code == 200


def test_the_first_goal_makes_a_user_appear(api, client_as):
    assert client_as("idle").post(GOALS, {"name": "first"}, "json").status_code == 200

    assert api.get(GOALS).json()["idle"] == {"first": {}}
    assert api.get(f"{GOALS}?user=idle").json() == {"idle": {"first": {}}}
    listed = [user["name"] for user in client_as("staff").get(USERS).json()]
    assert "idle" in listed


def test_a_user_whose_goals_are_archived_is_listed(api, people):
    Goal.objects.all().archive()

    assert list(api.get(GOALS).json()) == ["planner", "guest", "caster"]


def test_an_import_marks_a_user(api, people):
    create_account(email="new@example.com", password=PASSWORD, name="new")
    assert "new" not in api.get(GOALS).json()
    User.objects.filter(name="new").update(uses_goals=True)

    assert api.get(GOALS).json()["new"] == {}


@pytest.mark.parametrize("size", [2, 20])
def test_users_of_other_services_cost_no_queries(
    api, client_of, staff, query_counts, size
):
    UserFactory.create_batch(size, uses_goals=False)
    for user in UserFactory.create_batch(size, uses_goals=False):
        Goal.objects.create(user=user, name="own")

    query_counts("goals:tree", api, GOALS)
    query_counts("goals:users", client_of(staff), USERS)


def test_a_neutral_name_has_nothing_of_the_email_address(db):
    UserFactory.create(name=neutral_name(7))

    assert neutral_name(7) == "user-7"
    assert len(neutral_name(2**63 - 1)) <= MAX_NAME_LENGTH
    assert User.objects.unique_name(neutral_name(7)).startswith("user-7-")


@pytest.mark.django_db(transaction=True)
def test_existing_users_stay_listed():
    """The migration marks the users that are stored, and no later ones."""
    before = [("accounts", "0005_recorded_actions")]
    executor = MigrationExecutor(connection)
    try:
        executor.migrate(before)
        old_apps = executor.loader.project_state(before).apps
        old_apps.get_model("accounts", "User").objects.create(
            email="old@example.com", name="old"
        )
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    User.objects.create_user("new@example.com", PASSWORD, "new")

    marks = dict(User.objects.values_list("name", "uses_goals"))
    assert marks == {"old": True, "new": False}
