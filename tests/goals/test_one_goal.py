"""Each goal at a URL of its own."""

from __future__ import annotations

from functools import partial

import pytest
import time_machine
from django.db import IntegrityError, transaction

from goals import services
from goals.models import Goal
from tests.goals.conftest import BEGUN, chain, fan

URL = "/v1.0/goals"
ACTIONS = ["complete", "reopen", "archive", "unarchive"]


def url(goal: Goal, verb: str = "") -> str:
    return f"{URL}/{goal.pk}/{verb}" if verb else f"{URL}/{goal.pk}"


def message(response):
    return response.json()["message"]


def stored(goal: Goal) -> Goal:
    return Goal.objects.get(pk=goal.pk)


def test_a_goal_has_all_its_fields(api, voyage):
    rigging, boat = voyage["rigging"], voyage["boat"]

    assert api.get(url(rigging)).json() == {
        "id": rigging.pk,
        "user": "ada",
        "parent": boat.pk,
        "depth": 3,
        "path": ["voyage", "boat", "rigging"],
        "name": "rigging",
        "description": "Twice.",
        "status": "open",
        "overdue": True,
        "start": "2026-01-01T00:00:00Z",
        "end": None,
        "due": "2026-03-31",
        "archived": None,
        "position": None,
        "progress": None,
    }


def test_a_trailing_slash_makes_no_difference(api, voyage):
    assert api.get(f"{url(voyage['boat'])}/").status_code == 200
    assert api.post(f"{url(voyage['crew'], 'complete')}/").status_code == 200


@pytest.mark.parametrize(
    ("name", "progress"),
    [("voyage", 0.5), ("boat", 0.5), ("hull", None), ("garden", 0.0)],
)
def test_progress_is_the_share_of_done_goals_below(api, voyage, name, progress):
    assert api.get(url(voyage[name])).json()["progress"] == progress


def test_progress_is_rounded_down_so_that_1_means_all(api, ada):
    top = Goal.objects.create(user=ada, name="top")
    for n in range(300):
        Goal.objects.create(user=ada, name=str(n), parent=top)
    Goal.objects.exclude(pk=top.pk).complete()
    Goal.objects.filter(name="7").reopen()

    assert api.get(url(top)).json()["progress"] == 0.99
    api.put(URL, {"name": "7"})
    assert api.get(url(top)).json()["progress"] == 1.0


def test_archived_goals_do_not_count_as_progress(api, voyage):
    api.post(url(voyage["rigging"], "archive"))

    assert api.get(url(voyage["boat"])).json()["progress"] == 1.0
    tree = api.get(f"{URL}?detail=1&archived=1").json()["ada"]
    assert tree["voyage"]["goals"]["boat"]["progress"] == 1.0


def test_a_goal_is_overdue_from_the_day_after_it_was_due(api, voyage):
    with time_machine.travel("2026-03-31 23:59:59+00:00", tick=False):
        assert api.get(url(voyage["rigging"])).json()["overdue"] is False
    with time_machine.travel("2026-04-01 00:00:00+00:00", tick=False):
        assert api.get(url(voyage["rigging"])).json()["overdue"] is True
    api.post(url(voyage["rigging"], "complete"))
    assert api.get(url(voyage["rigging"])).json()["overdue"] is False


@pytest.mark.parametrize("form", ["json", "multipart"])
def test_patch_writes_what_is_sent(api, voyage, form):
    crew = voyage["crew"]
    body = {
        "name": "company",
        "description": "Four.",
        "due": "2026-12-24",
        "parent": voyage["boat"].pk,
        "position": -3,
    }

    response = api.patch(url(crew), body, form)

    assert response.status_code == 200
    assert response.json() == api.get(url(crew)).json()
    assert body.items() <= response.json().items()
    assert response.json()["path"] == ["voyage", "boat", "company"]


def test_patch_writes_nothing_else(api, voyage, monkeypatch):
    """Somebody else completes the goal between reading and writing it."""
    crew = voyage["crew"]

    def complete_meanwhile(*user_ids: int) -> None:
        Goal.objects.filter(pk=crew.pk).update(end=BEGUN, position=9)

    monkeypatch.setattr(services, "lock_trees", complete_meanwhile)
    assert api.patch(url(crew), {"due": "2026-12-24"}, "json").status_code == 200

    assert (stored(crew).end, stored(crew).position) == (BEGUN, 9)


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ({"due": None, "parent": None, "position": None}, "json"),
        ({"due": "", "parent": "", "position": ""}, "multipart"),
    ],
)
def test_null_or_an_empty_string_clears_a_value(api, voyage, body, form):
    Goal.objects.filter(name="rigging").update(position=1)

    assert api.patch(url(voyage["rigging"]), body, form).status_code == 200
    rigging = stored(voyage["rigging"])
    assert (rigging.due, rigging.parent, rigging.position) == (None, None, None)


def test_a_patch_of_nothing_changes_nothing(api, voyage):
    before = api.get(url(voyage["crew"])).json()

    assert api.patch(url(voyage["crew"]), {}, "json").json() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", None),
        ("name", "x" * 65),
        ("description", "x" * 513),
        ("description", None),
        ("due", "soon"),
        ("due", "2026-02-30"),
        ("due", "2026-12-24T10:00"),
        ("due", 5),
        ("position", 2**31),
        ("position", "first"),
        ("position", 1.5),
        ("parent", "boat"),
        ("parent", -1),
        ("parent", 10**30),
        ("parent", [1]),
    ],
)
def test_values_that_fit_no_column_are_400_by_name(api, voyage, field, value):
    before = api.get(url(voyage["crew"])).json()
    body = {"position": 1, field: value}
    response = api.patch(url(voyage["crew"]), body, "json")

    assert (response.status_code, list(message(response))) == (400, [field])
    assert api.get(url(voyage["crew"])).json() == before


def test_a_rename_to_a_name_in_use_is_409(api, voyage, bob):
    Goal.objects.create(user=bob, name="sextant")

    response = api.patch(url(voyage["crew"]), {"name": "boat", "position": 1}, "json")

    assert response.status_code == 409
    assert message(response) == "ada already has a goal named boat."
    assert stored(voyage["crew"]).position is None
    body = {"name": "sextant"}
    assert api.patch(url(voyage["crew"]), body, "json").status_code == 200


def test_another_users_goal_is_refused_as_parent(api, client_of, voyage, bob, staff):
    other = Goal.objects.create(user=bob, name="other")
    for client in (api, client_of(voyage["crew"].user), client_of(staff)):
        response = client.patch(url(voyage["crew"]), {"parent": other.pk}, "json")
        assert response.status_code == 404
    body = {"parent": 4711}
    assert api.patch(url(voyage["crew"]), body, "json").status_code == 404
    assert stored(voyage["crew"]).parent == voyage["voyage"]


@pytest.mark.parametrize(
    ("name", "parent", "way"),
    [
        ("voyage", "hull", "voyage → boat → hull → voyage"),
        ("voyage", "boat", "voyage → boat → voyage"),
        ("boat", "boat", "boat → boat"),
    ],
)
def test_a_move_below_itself_is_409_and_shows_the_path(api, voyage, name, parent, way):
    response = api.patch(url(voyage[name]), {"parent": voyage[parent].pk}, "json")

    assert response.status_code == 409
    assert message(response) == f"{name} cannot move below itself: {way}."
    assert stored(voyage[name]).parent == voyage[name].parent


def test_a_long_path_is_shortened(api, ada):
    goals = chain(ada, 200)

    response = api.patch(url(goals[0]), {"parent": goals[-1].pk}, "json")
    assert message(response).endswith(
        "0 → 1 → 2 → 3 → 4 → … → 196 → 197 → 198 → 199 → 0."
    )


def test_the_database_refuses_an_end_before_the_start(ada):
    with pytest.raises(IntegrityError), transaction.atomic():
        Goal.objects.create(user=ada, name="x", end=BEGUN)


def test_a_goal_that_was_to_start_later_has_started_when_it_is_done(api, ada):
    goal = Goal.objects.create(user=ada, name="x")
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False):
        response = api.post(url(goal, "complete"))

    assert response.json()["start"] == response.json()["end"] == "2026-01-01T00:00:00Z"


def test_completing_again_keeps_the_first_time(api, voyage):
    crew = voyage["crew"]
    with time_machine.travel("2026-05-01T08:00:00Z", tick=False):
        first = api.post(url(crew, "complete"))
    assert first.status_code == 200
    assert (first.json()["status"], first.json()["end"]) == (
        *("done", "2026-05-01T08:00:00Z"),
    )
    assert api.post(url(crew, "complete")).json() == first.json()


def test_completing_a_goal_leaves_the_ones_below_open_unless_asked(api, voyage):
    api.post(url(voyage["voyage"], "complete"))
    assert not stored(voyage["rigging"]).is_done

    response = api.post(f"{url(voyage['boat'], 'complete')}?subtree=true")
    assert response.json()["progress"] == 1.0
    assert stored(voyage["rigging"]).is_done
    assert stored(voyage["hull"]).end == voyage["hull"].end
    assert not stored(voyage["crew"]).is_done


def test_reopening_clears_the_end(api, voyage):
    for _ in range(2):
        response = api.post(url(voyage["hull"], "reopen"))
        assert (response.json()["status"], response.json()["end"]) == ("open", None)
    assert stored(voyage["boat"]).is_done


def test_an_archived_goal_is_hidden_with_all_goals_below(api, voyage):
    with time_machine.travel("2026-05-01T08:00:00Z", tick=False):
        response = api.post(url(voyage["boat"], "archive"))
    assert response.json()["archived"] == "2026-05-01T08:00:00Z"
    assert api.get(URL).json() == {"ada": {"voyage": {"crew": {}}}}

    below = api.get(url(voyage["hull"])).json()
    assert below["archived"] == "2026-05-01T08:00:00Z"
    assert api.post(url(voyage["boat"], "archive")).json() == response.json()

    assert api.post(url(voyage["boat"], "unarchive")).json()["archived"] is None
    assert list(api.get(URL).json()["ada"]["voyage"]["boat"]) == ["rigging", "hull"]


def test_what_was_archived_by_itself_stays_so(api, voyage):
    api.post(url(voyage["hull"], "archive"))
    api.post(url(voyage["boat"], "archive"))
    api.post(url(voyage["boat"], "unarchive"))

    assert list(api.get(URL).json()["ada"]["voyage"]["boat"]) == ["rigging"]


def test_a_goal_below_an_archived_one_is_not_unarchived_alone(api, voyage):
    response = api.post(url(voyage["shed"], "unarchive"))

    assert response.status_code == 409
    assert "garden" in message(response)
    assert stored(voyage["garden"]).archived


def test_delete_removes_a_goal(api, voyage):
    response = api.delete(url(voyage["crew"]))

    assert (response.status_code, response.json()) == (200, None)
    assert api.delete(url(voyage["crew"])).status_code == 404


@pytest.mark.parametrize("query", ["", "?cascade=false", "?cascade=0"])
def test_a_goal_with_goals_below_is_409(api, voyage, query):
    assert api.delete(f"{url(voyage['boat'])}{query}").status_code == 409
    assert Goal.objects.count() == 7


@pytest.mark.parametrize("query", ["?cascade=true", "?cascade=1"])
def test_cascade_deletes_the_goals_below(api, voyage, query):
    assert api.delete(f"{url(voyage['boat'])}{query}").status_code == 200
    left = set(Goal.objects.values_list("name", flat=True))
    assert left == {"voyage", "crew", "garden", "shed"}


@pytest.mark.parametrize("query", ["?cascade=yes", "?casade=true", "?cascade="])
def test_a_misspelt_option_deletes_nothing(api, voyage, query):
    response = api.delete(f"{url(voyage['boat'])}{query}")

    assert response.status_code == 400
    assert Goal.objects.count() == 7
    query = query.replace("cascade", "subtree")
    assert api.post(f"{url(voyage['boat'], 'complete')}{query}").status_code == 400


@pytest.mark.parametrize("pk", ["4711", "0", "9" * 18, "9" * 30, "x", "-1"])
def test_an_unknown_goal_is_404(api, voyage, pk):
    for method in (api.get, api.patch, api.delete):
        assert method(f"{URL}/{pk}").status_code == 404
    for verb in ACTIONS:
        assert api.post(f"{URL}/{pk}/{verb}").status_code == 404


def test_other_methods_are_405(api, voyage):
    assert api.post(url(voyage["boat"]), {}).status_code == 405
    assert api.put(url(voyage["boat"]), {}).status_code == 405
    for verb in ACTIONS:
        assert api.get(url(voyage["boat"], verb)).status_code == 405


def every_call(client, goal: Goal) -> list[int]:
    calls = [client.get(url(goal)), client.patch(url(goal), {"position": 1}, "json")]
    calls += [client.post(url(goal, verb)) for verb in ACTIONS]
    return [response.status_code for response in [*calls, client.delete(url(goal))]]


def test_a_goal_is_visible_to_its_owner_and_staff(client_of, voyage, bob, staff):
    assert every_call(client_of(bob), voyage["crew"]) == [404] * 7
    assert every_call(client_of(voyage["crew"].user), voyage["crew"]) == [200] * 7
    assert every_call(client_of(staff), voyage["hull"]) == [200] * 7


def test_without_a_token_goals_are_open_or_closed(api, voyage, settings):
    settings.QUINTET_ACCESS = "closed"
    assert every_call(api, voyage["crew"]) == [401] * 7
    settings.QUINTET_ACCESS = "open"
    assert every_call(api, voyage["crew"]) == [200] * 7


def test_clients_cannot_write_the_user_or_computed_fields(api, voyage, bob):
    before = api.get(url(voyage["crew"])).json()
    body = {"id": 1, "user": "bob", "user_id": bob.pk, "end": "2026-05-01T00:00:00Z"}
    body |= {"status": "done", "archived": "2026-05-01T00:00:00Z", "progress": 1}

    for name, value in body.items():
        response = api.patch(url(voyage["crew"]), {name: value}, "json")
        assert (response.status_code, list(message(response))) == (400, [name])
    assert api.get(url(voyage["crew"])).json() == before


def test_subtrees_cost_the_same_whatever_their_size(api, ada, queries):
    """As long as the records of completed goals fit into one statement of SQLite."""
    counts = []
    for width in (10, 75):
        top = url(fan(ada, width))
        calls = [
            partial(api.get, top),
            partial(api.post, f"{top}/complete?subtree=1"),
            partial(api.post, f"{top}/reopen"),
            partial(api.post, f"{top}/archive"),
            partial(api.post, f"{top}/unarchive"),
            partial(api.patch, top, {"parent": None}, "json"),
            partial(api.delete, f"{top}?cascade=true"),
        ]
        counts.append([queries(call) for call in calls])
        assert not Goal.objects.exists()

    assert counts[0] == counts[1]
    assert max(counts[0]) < 16


def test_a_subtree_of_5000_levels_is_completed_and_deleted(api, ada):
    goals = chain(ada, 5000)

    last = api.get(url(goals[-1])).json()
    assert (last["depth"], last["path"][-2:]) == (5000, ["4998", "4999"])
    assert api.post(f"{url(goals[0], 'complete')}?subtree=true").status_code == 200
    assert not Goal.objects.filter(end=None)
    assert api.delete(f"{url(goals[0])}?cascade=true").status_code == 200
    assert not Goal.objects.exists()


def test_a_user_with_a_tree_of_5000_levels_is_deleted(ada):
    chain(ada, 5000)
    ada.delete()

    assert not Goal.objects.exists()


def test_a_browser_shows_a_goal_as_a_page(api, voyage):
    for path in (url(voyage["boat"]), f"{URL}?flat=1", f"{URL}?detail=1"):
        response = api.get(path, headers={"accept": "text/html"})
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith("text/html")
        assert "boat" in response.content.decode()
    for verb in ACTIONS:
        response = api.get(url(voyage["boat"], verb), headers={"accept": "text/html"})
        assert response.status_code == 405
        assert response.headers["Content-Type"].startswith("text/html")


def test_the_admin_reopens_archives_and_unarchives(admin_client, voyage):
    def run(action: str, name: str, expected: str) -> Goal:
        form = {"action": action, "_selected_action": [voyage[name].pk]}
        admin_client.post("/admin/goals/goal/", form | {"expected": expected})
        return stored(voyage[name])

    assert run("reopen", "boat", "2.1.0").end is None
    assert run("archive", "boat", "3.0.0").archived
    assert run("unarchive", "boat", "3.0.0").archived is None
    page = admin_client.get("/admin/goals/goal/").content.decode()
    assert "2031-06-30" in page
