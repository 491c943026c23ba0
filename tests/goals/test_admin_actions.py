"""The admin's actions on goals with those below them, their confirmation and undo."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ActionRecord
from goals import admin_changes
from goals.bulk import Change, Counts, change_goals, plan_change, undo_change
from goals.models import Goal

URL = "/admin/goals/goal/"
UNDO = f"{URL}undo/"
COLUMNS = ("name", "start", "end", "archived")
INSERT_RECORDS = f'INSERT INTO "{ActionRecord._meta.db_table}"'


def act(client, action, goals, query="", **data):
    body = {"action": action, "_selected_action": [goal.pk for goal in goals]}
    return client.post(f"{URL}{query}", body | {"index": 0} | data)


def hidden_fields(html: str) -> dict[str, list[str]]:
    """Return the hidden fields of the last form, as a browser would send them."""
    form = html.rpartition("<form")[2]
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form):
        fields.setdefault(name, []).append(unescape(value))
    return fields


def confirm(client, action, goals, query="", **data):
    """Run an action, and press the button of its confirmation page."""
    page = act(client, action, goals, query, **data).content.decode()
    return client.post(f"{URL}{query}", hidden_fields(page), follow=True)


def undo(client):
    page = client.get(URL).content.decode()
    at = re.search(r'name="at" value="([^"]*)"', page)
    assert at, "no change to undo"
    return client.post(UNDO, {"at": unescape(at[1])}, follow=True).content.decode()


def rows() -> list[tuple]:
    return list(Goal.objects.order_by("pk").values_list(*COLUMNS))


def names(**conditions) -> set[str]:
    return set(Goal.objects.filter(**conditions).values_list("name", flat=True))


def test_the_page_says_what_will_happen_and_changes_nothing(admin_client, voyage):
    before = rows()
    page = act(admin_client, "complete", [voyage["voyage"]]).content.decode()

    assert "This completes <strong>3 goals</strong>" in page
    assert "2 already done" in page
    assert rows() == before


# Goals in overlapping selections count once.
@pytest.mark.parametrize(
    ("change", "selected", "counts"),
    [
        ("complete", ["voyage"], Counts(3, 2)),
        ("complete", ["voyage", "boat", "hull", "crew"], Counts(3, 2)),
        ("reopen", ["boat", "voyage"], Counts(2, 3)),
        ("archive", ["voyage", "shed"], Counts(5, 1)),
        ("unarchive", ["garden"], Counts(2, 0)),
        # A goal above, which is not selected, keeps it archived.
        ("unarchive", ["shed"], Counts(0, 0, 1)),
        ("unarchive", ["shed", "garden", "crew"], Counts(2, 1)),
    ],
)
def test_each_goal_counts_once_and_the_counts_come_true(
    admin_client, voyage, change, selected, counts
):
    goals = [voyage[name] for name in selected]
    before = rows()
    assert plan_change(Change(change), [goal.pk for goal in goals]).counts == counts
    if not counts.changed:
        return

    confirm(admin_client, change, goals)
    assert rows() != before
    assert "restored." in undo(admin_client)
    assert rows() == before


def test_what_changes(admin_client, voyage):
    confirm(admin_client, "complete", [voyage["boat"]])
    assert names(end=None) == {"voyage", "crew", "garden", "shed"}
    confirm(admin_client, "reopen", [voyage["voyage"]])
    assert names(end=None) == set(voyage)
    # The goals below are hidden with it, and come back with it.
    confirm(admin_client, "archive", [voyage["voyage"], voyage["crew"]])
    assert names(archived=None) == {"boat", "rigging", "hull", "shed"}
    confirm(admin_client, "unarchive", [voyage["voyage"]])
    assert names(archived=None) == set(voyage) - {"garden"}


def test_a_message_links_to_the_goals(admin_client, voyage):
    page = confirm(admin_client, "complete", [voyage["voyage"]]).content.decode()
    assert "Completed 3 goals. 2 were already done." in page
    link = re.search(r'<a href="([^"]+)">Show them', page)
    listed = admin_client.get(unescape(link[1])).content.decode()

    assert {name for name in voyage if f">{name}</a></th>" in listed} == {
        *("voyage", "rigging", "crew"),
    }


def test_undo_leaves_what_has_been_changed_since(admin_client, voyage):
    late = timezone.now() + timedelta(days=30)
    Goal.objects.filter(name="crew").update(start=late)
    confirm(admin_client, "complete", [voyage["voyage"]])
    other_end = datetime(2030, 1, 1, tzinfo=UTC)
    Goal.objects.filter(name="rigging").update(end=other_end)

    assert "2 goals restored. 1 has been changed" in undo(admin_client)
    assert names(end=None) == {"voyage", "crew", "garden", "shed"}
    assert Goal.objects.get(name="rigging").end == other_end
    assert Goal.objects.get(name="crew").start == late


def test_undo_of_reopening_leaves_ends_that_became_impossible(voyage):
    ids = [voyage["boat"].pk]
    applied = change_goals(change=Change.REOPEN, ids=ids)
    Goal.objects.filter(name="hull").update(start=timezone.now())

    assert undo_change(applied=applied) == 1
    assert names(end=None) == set(voyage) - {"boat"}


def test_undo_is_there_once_for_an_hour_and_for_the_last_change(
    admin_client, voyage, monkeypatch
):
    confirm(admin_client, "complete", [voyage["crew"]])
    page = admin_client.get(URL).content.decode()
    at = re.search(r'name="at" value="([^"]*)"', page)[1]
    confirm(admin_client, "archive", [voyage["crew"]])
    # The form of another tab, for the change before the last one.
    page = admin_client.post(UNDO, {"at": unescape(at)}, follow=True)
    assert "can no longer be undone" in page.content.decode()
    assert Goal.objects.get(name="crew").archived

    undo(admin_client)
    assert Goal.objects.get(name="crew").archived is None
    assert b"Undo</button>" not in admin_client.get(URL).content
    confirm(admin_client, "archive", [voyage["crew"]])
    monkeypatch.setattr(admin_changes, "UNDO_TIME", timedelta())
    assert b"Undo</button>" not in admin_client.get(URL).content
    assert admin_client.get(UNDO).headers["Location"] == URL


def test_goals_that_changed_behind_the_page_are_counted_again(admin_client, voyage):
    page = act(admin_client, "complete", [voyage["voyage"]]).content.decode()
    Goal.objects.filter(name="crew").update(end=timezone.now())
    page = admin_client.post(URL, hidden_fields(page)).content.decode()

    assert "have changed in the meantime" in page
    assert "This completes <strong>2 goals</strong>" in page
    assert names(end=None) == {"voyage", "rigging", "crew", "garden", "shed"} - {"crew"}


@pytest.mark.parametrize(
    "expected", ["x", "1", "1.2.3.4", "-1.0.0", "\N{SUPERSCRIPT TWO}.0.0", ""]
)
def test_nonsense_shows_the_page_again(admin_client, voyage, expected):
    page = act(admin_client, "complete", [voyage["voyage"]], expected=expected)
    assert "This completes" in page.content.decode()


def test_each_request_needs_the_permission(client, ada, voyage):
    ada.is_staff = True
    ada.save()
    ada.user_permissions.add(Permission.objects.get(codename="view_goal"))
    client.force_login(ada)
    before = rows()
    for data in ({}, {"expected": "3.2.0"}):
        act(client, "complete", [voyage["voyage"]], **data)
    assert client.post(UNDO, {"at": "x"}).status_code == 403
    assert rows() == before


def without_trace(queries) -> list[str]:
    """Leave out the records of the trace, which SQLite takes in many statements."""
    statements = [query["sql"] for query in queries]
    return [sql for sql in statements if not sql.startswith(INSERT_RECORDS)]


def test_a_deep_tree_of_all_pages_is_changed_by_few_queries(admin_client, ada):
    """4,000 goals in a search, half of them in one line 2,000 goals deep."""
    Goal.objects.bulk_create(Goal(user=ada, name=f"sail {n}") for n in range(4000))
    top = Goal.objects.earliest("pk").pk
    line = Goal.objects.filter(pk__gt=top, pk__lt=top + 2000)
    line.update(parent_id=F("pk") - 1)
    goal = Goal.objects.get(pk=top + 3000)
    data = {"select_across": 1}
    page = act(admin_client, "complete", [goal], "?q=sail", **data).content.decode()
    assert "This completes <strong>4,000 goals</strong>" in page
    with CaptureQueriesContext(connection) as queries:
        admin_client.post(f"{URL}?q=sail", hidden_fields(page))
    assert len(without_trace(queries)) < 25
    assert not names(end=None)

    with CaptureQueriesContext(connection) as queries:
        assert "4,000 goals restored" in undo(admin_client)
    assert len(without_trace(queries)) < 40
    assert len(names(end=None)) == 4000


def test_too_many_goals_to_undo_are_announced(admin_client, voyage, monkeypatch):
    monkeypatch.setattr(admin_changes, "MAX_UNDONE", 2)
    page = act(admin_client, "complete", [voyage["voyage"]]).content.decode()
    assert "This can't be undone" in page
    confirm(admin_client, "complete", [voyage["voyage"]])
    assert b"Undo</button>" not in admin_client.get(URL).content


def test_too_many_goals_to_read_are_refused(admin_client, voyage, monkeypatch):
    monkeypatch.setattr("goals.bulk.MAX_GOALS", 2)
    page = admin_client.post(
        URL, {"action": "complete", "_selected_action": voyage["boat"].pk}, follow=True
    )
    assert "Select goals of fewer users" in page.content.decode()
