"""The query parameters of the list of goals."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import RequestFactory

from accounts.models import User
from goals import querysets, trees
from goals.models import Goal
from goals.services import delete_goal
from goals.trees import MAX_DEPTH, MAX_PATH
from goals.views import GoalsView, collection
from tests.goals.conftest import chain, fan
from tests.support.factories import UserFactory

URL = "/v1.0/goals"
PLAIN: dict[str, dict] = {"voyage": {"boat": {"rigging": {}, "hull": {}}, "crew": {}}}


def message(response):
    return response.json()["message"]


def names(response) -> list[str]:
    return [row["name"] for row in response.json()]


def followed(api, url: str) -> list[str]:
    """The names on all pages, by the links."""
    found: list[str] = []
    while url:
        response = api.get(url)
        found += names(response)
        url = response.headers.get("Link", "").partition(">")[0].removeprefix("<")
    return found


def test_the_plain_form_is_as_it_was(api, voyage, bob):
    assert api.get(URL).json() == {"ada": PLAIN, "bob": {}}
    for query in ("detail=0", "flat=false", "sort=position", "archived=0"):
        assert api.get(f"{URL}?{query}").json() == {"ada": PLAIN, "bob": {}}


def test_details_come_next_to_the_sub_goals(api, voyage, bob):
    answer = api.get(f"{URL}?detail=1").json()

    assert answer["bob"] == {}
    assert list(answer["ada"]) == ["voyage"]
    top = answer["ada"]["voyage"]
    goals = top.pop("goals")
    assert top == {
        "id": voyage["voyage"].pk,
        "description": "",
        "status": "open",
        "overdue": False,
        "start": "2026-01-01T00:00:00Z",
        "end": None,
        "due": "2031-06-30",
        "archived": None,
        "position": None,
        "progress": 0.5,
    }
    assert list(goals) == ["boat", "crew"]
    assert goals["boat"]["end"] == "2026-02-01T00:00:00Z"
    assert goals["boat"]["goals"]["rigging"]["overdue"] is True
    assert goals["crew"]["goals"] == {}


def test_a_goal_called_status_collides_with_nothing(api, voyage, ada):
    for name in ("status", "goals", "id"):
        Goal.objects.create(user=ada, name=name, parent=voyage["crew"])
    crew = api.get(f"{URL}?detail=true").json()["ada"]["voyage"]["goals"]["crew"]

    assert (crew["status"], crew["id"]) == ("open", voyage["crew"].pk)
    assert list(crew["goals"]) == ["status", "goals", "id"]


def test_flat_rows_list_each_parent_first_and_have_paths(api, voyage):
    response = api.get(f"{URL}?flat=1")

    assert names(response) == ["voyage", "boat", "rigging", "hull", "crew"]
    for row in response.json():
        assert row == api.get(f"{URL}/{row['id']}").json()
    assert [row["depth"] for row in response.json()] == [1, 2, 3, 3, 2]
    assert response.json()[3]["path"] == ["voyage", "boat", "hull"]
    assert response.json()[3]["parent"] == voyage["boat"].pk


def test_flat_rows_come_user_by_user(api, voyage, bob):
    Goal.objects.create(user=bob, name="first")
    Goal.objects.create(user=voyage["crew"].user, name="late")
    answer = api.get(f"{URL}?flat=1").json()

    assert [row["user"] for row in answer] == ["ada"] * 6 + ["bob"]


@pytest.mark.parametrize(
    ("status", "tree", "rows"),
    [
        (
            "open",
            {"voyage": {"boat": {"rigging": {}}, "crew": {}}},
            ["voyage", "rigging", "crew"],
        ),
        ("done", {"voyage": {"boat": {"hull": {}}}}, ["boat", "hull"]),
        ("overdue", {"voyage": {"boat": {"rigging": {}}}}, ["rigging"]),
    ],
)
def test_a_tree_filtered_by_status_keeps_the_ancestors(api, voyage, status, tree, rows):
    """Done goals stay above open ones, and open ones above done ones."""
    assert api.get(f"{URL}?status={status}").json() == {"ada": tree}
    assert names(api.get(f"{URL}?status={status}&flat=1")) == rows


def test_archived_goals_are_shown_if_asked_for(api, voyage):
    tree = api.get(f"{URL}?archived=1").json()["ada"]
    assert tree == PLAIN | {"garden": {"shed": {}}}

    rows = api.get(f"{URL}?archived=true&flat=1").json()
    assert [row["archived"] for row in rows[-2:]] == ["2026-02-01T00:00:00Z"] * 2
    detail = api.get(f"{URL}?archived=1&detail=1").json()["ada"]
    assert detail["garden"]["goals"]["shed"]["archived"] == "2026-02-01T00:00:00Z"


@pytest.mark.parametrize(
    ("depth", "tree", "rows"),
    [
        (1, {"voyage": {}}, ["voyage"]),
        (2, {"voyage": {"boat": {}, "crew": {}}}, ["voyage", "boat", "crew"]),
        (99, PLAIN, ["voyage", "boat", "rigging", "hull", "crew"]),
    ],
)
def test_depth_is_the_number_of_levels(api, voyage, depth, tree, rows):
    assert api.get(f"{URL}?depth={depth}").json() == {"ada": tree}
    assert names(api.get(f"{URL}?depth={depth}&flat=1")) == rows
    detail = api.get(f"{URL}?depth={depth}&detail=1").json()
    assert detail["ada"]["voyage"]["progress"] == 0.5


def test_siblings_come_by_position_and_else_by_creation(api, voyage, ada):
    for position, name in [(2, "boat"), (-1, "late")]:
        goal, _ = Goal.objects.get_or_create(
            user=ada, name=name, defaults={"parent": voyage["voyage"]}
        )
        api.patch(f"{URL}/{goal.pk}", {"position": position}, "json")
    Goal.objects.create(user=ada, name="last", parent=voyage["voyage"])

    assert list(api.get(URL).json()["ada"]["voyage"]) == [
        *("late", "boat", "crew", "last"),
    ]


def test_siblings_come_by_due_date_if_asked_to(api, voyage, ada):
    for name, due in [("b", "2027-01-02"), ("a", "2027-01-01"), ("c", "2027-01-02")]:
        Goal.objects.create(user=ada, name=name, parent=voyage["voyage"], due=due)
    Goal.objects.filter(name="c").update(position=1)

    tree = api.get(f"{URL}?sort=due").json()["ada"]["voyage"]
    assert list(tree) == ["a", "c", "b", "boat", "crew"]
    assert names(api.get(f"{URL}?sort=due&flat=1&depth=2")) == ["voyage", *tree]


def test_mine_and_user_return_one_tree(api, client_of, voyage, bob, staff):
    Goal.objects.create(user=staff, name="own")
    client = client_of(staff)

    assert client.get(f"{URL}?mine=1").json() == {"staff": {"own": {}}}
    assert names(client.get(f"{URL}?mine=1&flat=1")) == ["own"]
    assert client.get(f"{URL}?user=ada").json() == {"ada": PLAIN}
    assert api.get(f"{URL}?user=bob").json() == {"bob": {}}
    assert len(api.get(f"{URL}?user=ada&flat=1").json()) == 5
    assert api.get(f"{URL}?user=nobody").status_code == 404
    assert client_of(bob).get(f"{URL}?user=ada").status_code == 403
    response = api.get(f"{URL}?mine=1")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("query", ["", "?flat=1", "?detail=1", "?archived=1&flat=1"])
def test_every_format_shows_only_the_users_own_goals(client_of, voyage, bob, query):
    Goal.objects.create(user=bob, name="secret")

    assert (
        "secret" not in client_of(voyage["crew"].user).get(URL + query).content.decode()
    )
    assert "voyage" not in client_of(bob).get(URL + query).content.decode()


@pytest.mark.parametrize(
    ("query", "name", "told"),
    [
        ("status=opened", "status", "open, done, overdue"),
        ("status=", "status", "open, done, overdue"),
        ("sort=name", "sort", "position, due"),
        ("depth=0", "depth", "from 1"),
        ("depth=-1", "depth", "from 1"),
        ("depth=x", "depth", "from 1"),
        ("depth=1.5", "depth", "from 1"),
        (f"depth={'9' * 40}", "depth", "from 1"),
        (f"depth={'9' * 2000}", "depth", "from 1"),
        ("detail=yes", "detail", "1, true, 0, false"),
        ("flat=", "flat", "1, true, 0, false"),
        ("mine=2", "mine", "1, true, 0, false"),
        ("archived=all", "archived", "1, true, 0, false"),
        ("user=", "user", "blank"),
        ("offset=x", "offset", "whole number"),
        ("flat=1&offset=-1", "offset", "whole number"),
        ("name=x", "name", "detail, flat, mine, user, archived, status, depth, sort"),
        ("Detail=1", "Detail", "detail, flat, mine"),
    ],
)
def test_an_unknown_parameter_or_value_is_400_and_lists_the_valid_ones(
    api, voyage, query, name, told
):
    response = api.get(f"{URL}?{query}")

    assert (response.status_code, list(message(response))) == (400, [name])
    assert told in message(response)[name]


@pytest.mark.parametrize("query", ["flat=1", "status=done", "sort=x"])
def test_other_methods_refuse_parameters_of_trees(api, ada, query):
    goal = Goal.objects.create(user=ada, name="x")
    for send in (api.post, api.put, api.delete):
        body = {"user": "ada", "name": "y" if send == api.post else "x"}
        assert send(f"{URL}?{query}", body, "json").status_code == 400

    assert list(Goal.objects.all()) == [goal]


def test_flat_rows_are_paged_by_row(api, voyage, bob, settings):
    settings.QUINTET_MAX_UNPAGED = 2
    Goal.objects.create(user=bob, name="first")

    first = api.get(f"{URL}?flat=1")
    assert names(first) == ["voyage", "boat"]
    assert first.headers["Link"] == (
        f'<http://testserver{URL}?flat=1&offset=2>; rel="next"'
    )
    assert followed(api, f"{URL}?flat=1") == [
        *("voyage", "boat", "rigging", "hull", "crew", "first"),
    ]
    assert followed(api, f"{URL}?flat=1&status=open") == [
        *("voyage", "rigging", "crew", "first"),
    ]
    assert api.get(f"{URL}?flat=1&offset=99").json() == []


@pytest.mark.parametrize("portion", [1, 2, 3, 5])
def test_rows_are_the_same_however_many_trees_are_read_at_once(
    api, voyage, bob, settings, monkeypatch, portion
):
    fan(bob, 3)
    urls = [f"{URL}?flat=1{option}" for option in ("", "&status=open", "&depth=1")]
    expected = [[api.get(f"{url}&offset={n}").json() for n in range(9)] for url in urls]
    monkeypatch.setattr(querysets, "CHUNK_SIZE", portion)
    settings.QUINTET_MAX_UNPAGED = 2
    for url, rows in zip(urls, expected, strict=True):
        found = [api.get(f"{url}&offset={n}").json() for n in range(9)]
        assert found == [part[:2] for part in rows]


def test_a_page_of_rows_reads_the_trees_up_to_its_end(
    api, ada, bob, settings, monkeypatch, queries
):
    monkeypatch.setattr(querysets, "CHUNK_SIZE", 10)
    settings.QUINTET_MAX_UNPAGED = 5
    for user in (ada, bob):
        fan(user, 10)
    users = UserFactory.create_batch(20)
    Goal.objects.bulk_create(Goal(user=user, name="x") for user in users)

    assert queries(lambda: api.get(f"{URL}?flat=1")) == 3
    # A tree that is larger than a portion is read once more, as a whole.
    assert queries(lambda: api.get(f"{URL}?flat=1&offset=11")) == 6


@pytest.mark.parametrize("size", [2, 20, 200])
@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("goals:tree", "status=open&sort=due&depth=3"),
        ("goals:tree-detailed", "detail=1&archived=1"),
        ("goals:flat", "flat=1"),
        ("goals:flat", "flat=1&status=open&sort=due&user="),
    ],
)
def test_the_number_of_queries_does_not_depend_on_the_size(
    api, ada, query_counts, size, name, query
):
    fan(ada, size)

    query_counts(name, api, f"{URL}?{query.removesuffix('&user=')}")


@pytest.mark.parametrize(
    "accept", ["application/json", "application/json; indent=4", "text/html"]
)
def test_a_tree_of_the_maximum_depth_is_rendered(api, ada, accept):
    chain(ada, MAX_DEPTH)
    headers = {"accept": accept}

    assert api.get(URL, headers=headers).status_code == 200
    Goal.objects.create(user=ada, name="x", parent=Goal.objects.latest("pk"))
    response = api.get(URL, headers=headers)
    assert response.status_code == 422
    assert "?flat=1" in response.content.decode()
    assert api.get(f"{URL}?depth={MAX_DEPTH}", headers=headers).status_code == 200


def test_details_are_nested_half_as_deep(ada, api):
    """Without the client, whose look at the document goes no deeper than Python."""
    chain(ada, MAX_DEPTH // 2)
    request = RequestFactory().get(URL, {"detail": "1"})

    response = GoalsView.as_view()(request).render()
    assert response.status_code == 200
    assert response.content.count(b'"goals":') == MAX_DEPTH // 2
    Goal.objects.create(user=ada, name="x", parent=Goal.objects.latest("pk"))
    assert api.get(f"{URL}?detail=1").status_code == 422


def test_a_tree_of_5000_levels_is_read_by_rows(api, ada, queries):
    chain(ada, 5000)

    assert followed(api, f"{URL}?flat=1") == [str(n) for n in range(5000)]
    last = api.get(f"{URL}?flat=1&offset=4999").json()[0]
    assert last["depth"] == 5000
    assert last["path"] == [str(n) for n in range(5000 - MAX_PATH, 5000)]
    assert queries(lambda: api.get(f"{URL}?flat=1&offset=4000")) == 2


def test_too_many_goals_for_one_response_are_422(api, voyage, monkeypatch):
    monkeypatch.setattr(querysets, "MAX_GOALS", 7)
    monkeypatch.setattr(collection, "MAX_DETAILED", 5)
    for query in ("", "?flat=1", "?detail=1"):
        assert api.get(URL + query).status_code == 200
    assert api.get(f"{URL}?detail=1&archived=1").status_code == 422
    monkeypatch.setattr(querysets, "MAX_GOALS", 6)
    for query in ("", "?flat=1", "?detail=1"):
        response = api.get(URL + query)
        assert response.status_code == 422
        assert "?user=" in message(response)


def test_a_cycle_in_the_database_does_not_hang_a_request(api, ada):
    """Nothing of it shows, and nothing runs for ever."""
    a, b = (Goal.objects.create(user=ada, name=name) for name in "ab")
    Goal.objects.filter(pk=a.pk).update(parent=b)
    Goal.objects.filter(pk=b.pk).update(parent=a)

    for query in ("", "?flat=1", "?detail=1"):
        assert "a" not in str(api.get(URL + query).json()).replace("ada", "")
    assert api.get(f"{URL}/{a.pk}").status_code == 200
    assert api.post(f"{URL}/{a.pk}/complete?subtree=true").status_code == 200
    assert api.delete(f"{URL}/{a.pk}?cascade=true").status_code == 200
    assert not Goal.objects.exists()


def test_more_users_than_the_limit_are_cut_in_details_too(api, db, settings):
    settings.QUINTET_MAX_UNPAGED = 2
    for n in range(3):
        user: User = UserFactory.create(name=f"user-{n}")
        Goal.objects.create(user=user, name="x")

    first = api.get(f"{URL}?detail=1")
    assert list(first.json()) == ["user-0", "user-1"]
    assert "offset=2" in first.headers["Link"]
    assert trees.MAX_GOALS > trees.MAX_DETAILED


@pytest.mark.parametrize("query", ["", "?detail=1", "?flat=1", "?user=ada&detail=1"])
@pytest.mark.parametrize("name", ["crew", "rigging", "boat", "voyage"])
def test_a_goal_deleted_between_two_queries_is_left_out(api, voyage, query, name):
    seen: list[str] = []

    def delete_first(execute, sql, params, many, context):
        is_read = 'FROM "goals_goal"' in sql
        if is_read and len(seen) == 1:
            seen.append("deletion")
            delete_goal(voyage[name], cascade=True)
        elif is_read:
            seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(delete_first):
        response = api.get(f"{URL}{query}")

    assert response.status_code == 200
    if "deletion" in seen:
        assert f'"{name}"' not in response.content.decode()
        assert not Goal.objects.filter(name=name).exists()


def test_a_goal_whose_parent_is_missing_is_left_out(ada):
    rows = [(2, 1, ada.pk, "below", None), (3, None, ada.pk, "top", None)]
    assert trees.nest_names([(ada.pk, "ada")], rows) == {"ada": {"top": {}}}
