"""Each action leaves one record, whoever takes it, and both are stored or none."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

import manage
from accounts import trace
from accounts.models import ActionRecord, User
from accounts.trace import Verb
from casting.models import Actor, Movie
from common.ops import request_id
from goals.models import Goal
from goals.services import archive_goals, complete_goal
from orders.models import Invoice, Job
from orders.services import issue
from tests.casting.provider import Provider
from tests.orders.factories import InvoiceItemFactory, JobFactory, OrderItemFactory
from tests.support.jobs import run

REQUEST = "trace-test"
DIRECTOR = "casting director"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def record() -> ActionRecord:
    """Return the only record."""
    (found,) = ActionRecord.objects.all()
    return found


def told(found: ActionRecord) -> tuple[str, ...]:
    return found.verb, found.actor_kind, found.actor_name, found.request_id


def goal(ada: User) -> Goal:
    return Goal.objects.create(user=ada, name="Sail")


def done_goal(ada: User) -> Goal:
    return Goal.objects.create(user=ada, name="Sail", start=NOW, end=NOW)


def archived_goal(ada: User) -> Goal:
    return Goal.objects.create(user=ada, name="Sail", archived=NOW)


def queued_job(ada: User) -> Job:
    return JobFactory(order=OrderItemFactory(order__owner=ada).order)


def failed_job(ada: User) -> Job:
    job = queued_job(ada)
    Job.objects.filter(pk=job.pk).set_ended(Job.Status.FAILED)
    job.refresh_from_db()
    return job


def draft(ada: User) -> Invoice:
    return InvoiceItemFactory(invoice__user=ada).invoice


# By action: a row to take it on, the URL of the API, the action in the admin, and the
# field that it changes.
ACTIONS: dict[str, tuple[Any, str, str, str]] = {
    "complete": (goal, "/v1.0/goals/{}/complete", "complete", "end"),
    "reopen": (done_goal, "/v1.0/goals/{}/reopen", "reopen", "end"),
    "archive": (goal, "/v1.0/goals/{}/archive", "archive", "archived"),
    "unarchive": (
        *(archived_goal, "/v1.0/goals/{}/unarchive", "unarchive", "archived"),
    ),
    "cancel": (queued_job, "/api/v2/jobs/{}/cancel", "cancel_selected", "status"),
    "retry": (failed_job, "/api/v2/jobs/{}/retry", "retry_selected", "status"),
    "issue": (draft, "/invoices/{}/issue", "issue_selected", "number"),
}


def value(row: Any, field: str) -> Any:
    """Return a field as JSON has it."""
    found = getattr(row, "status_name" if field == "status" else field)
    return json.loads(DjangoJSONEncoder().encode(found))


def take_in_admin(client, url: str, body: dict[str, Any]) -> None:
    """Take an action on a list, and confirm it if the admin asks."""
    headers = {"X-Request-ID": REQUEST}
    response = client.post(url, body, headers=headers)
    if response.status_code == 200:
        html = unescape(response.content.decode())
        hidden = re.findall(r"""type="hidden" name="(\w+)" value="(.*?)">""", html)
        client.post(url, dict(hidden), headers=headers)


@pytest.mark.parametrize("way", ["owner", "staff", "admin"])
@pytest.mark.parametrize("verb", ACTIONS)
def test_an_action_is_recorded(client, client_of, ada, staff, verb, way):
    build, url, admin_action, field = ACTIONS[verb]
    row = build(ada)
    before = value(row, field)
    if way == "admin":
        client.force_login(staff)
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}_changelist"
        body = {"action": admin_action, "_selected_action": [row.pk]}
        take_in_admin(client, reverse(name), body)
    else:
        sender = client_of(ada if way == "owner" else staff)
        sender.post(url.format(row.pk), {}, "json", headers={"X-Request-ID": REQUEST})

    found, actor = record(), ada if way == "owner" else staff
    assert told(found) == (verb, "user", actor.name, REQUEST)
    assert found.actor == actor
    assert found.object_type == row._meta.label_lower
    assert found.object_id == str(row.pk)
    row.refresh_from_db()
    assert found.changes == {field: [before, value(row, field)]}


@pytest.mark.parametrize("verb", ACTIONS)
def test_an_action_without_effect_leaves_no_record(client_of, ada, verb):
    build, url, _, _ = ACTIONS[verb]
    url, client = url.format(build(ada).pk), client_of(ada)
    client.post(url, {}, "json")
    client.post(url, {}, "json")

    assert len(ActionRecord.objects.all()) == 1


def test_a_subtree_has_a_record_of_each_goal(client_of, ada):
    top = goal(ada)
    Goal.objects.create(user=ada, name="Rig", parent=top)
    Goal.objects.create(user=ada, name="Hull", parent=top, start=NOW, end=NOW)
    client_of(ada).post(f"/v1.0/goals/{top.pk}/complete", {"subtree": True}, "json")

    assert {found.object_name for found in ActionRecord.objects.all()} == {
        *("Sail", "Rig"),
    }
    assert len(ActionRecord.objects.all()) == 2


def test_the_form_of_a_goal_is_recorded(client, ada, staff):
    row = goal(ada)
    client.force_login(staff)
    form = {"name": "Sail", "start_0": "2026-01-01", "start_1": "00:00:00"}
    ended = {"end_0": "2026-02-01", "end_1": "00:00:00"}
    url = reverse("admin:goals_goal_change", args=[row.pk])
    assert client.post(url, form | ended).status_code == 302
    assert client.post(url, form | ended | {"description": "x"}).status_code == 302

    assert told(record())[:3] == ("complete", "user", "staff")
    assert record().changes == {"end": [None, "2026-02-01T00:00:00Z"]}


def test_a_worker_is_recorded_for_the_request_of_its_job(client_of, ada):
    order = OrderItemFactory(order__owner=ada).order
    url, body = f"/api/v2/orders/{order.pk}", {"ownerId": ada.pk, "description": "x"}
    header = {"X-Request-ID": REQUEST}
    client_of(ada).put(url, body, "json", headers=header)
    run(Job.objects.get().pk)

    assert told(record()) == ("issue", "worker", "", REQUEST)
    assert record().actor is None


def test_users_of_the_provider_are_recorded(settings, db):
    actor = Actor.objects.create(name="Ada", age=36, gender="female")
    movie = Movie.objects.create(title="Engine", release_date=date(1843, 10, 1))
    with Provider.started() as provider:
        settings.OIDC_ISSUER, settings.OIDC_AUDIENCE = (
            provider.issuer,
            provider.audience,
        )
        settings.OIDC_JWKS_URL = provider.jwks_url
        client = provider.client("get:actors", "patch:movies")
        url = f"/movies/{movie.pk}/actors/{actor.pk}"
        for _ in range(2):
            assert client.put(url, headers={"X-Request-ID": REQUEST}).status_code == 200
        added = record()
        for _ in range(2):
            assert client.delete(url).status_code == 200

    name = f"auth0|5f0 of {settings.OIDC_ISSUER}"
    assert told(added) == ("add to cast", "provider", name, REQUEST)
    assert added.changes == {"actors": [None, "Ada"]}
    removed = ActionRecord.objects.exclude(pk=added.pk).get()
    assert told(removed)[:3] == ("remove from cast", "provider", name)
    assert (removed.object_type, removed.object_id) == ("casting.movie", str(movie.pk))


def test_anonymous_clients_are_recorded_as_such(api, ada):
    api.put("/v1.0/goals", {"name": goal(ada).name}, "json")

    assert told(record())[:3] == ("complete", "anonymous", "")


def test_a_command_is_recorded(ada, monkeypatch):
    def execute(arguments: list[str]) -> None:
        """As Django does, but leave the connection of the test open."""
        call_command(*arguments[1:])

    monkeypatch.setattr("django.core.management.execute_from_command_line", execute)
    arguments = ["manage.py", "grant_role", ada.email, "director"]
    monkeypatch.setattr("sys.argv", arguments)
    for _ in range(2):
        manage.main()

    assert told(record()) == ("change rights", "command", "grant_role", "")
    assert record().changes == {"groups": [[], [DIRECTOR]]}
    assert record().object_type == "accounts.user"
    assert record().object_id == str(ada.pk)


def test_a_script_is_recorded(ada):
    with request_id.using(REQUEST):
        issue(invoice=draft(ada))

    assert told(record()) == ("issue", "script", "", REQUEST)


def user_form(user: User, **fields: Any) -> dict[str, Any]:
    return {"email": user.email, "name": user.name, "is_active": "on", **fields}


def test_rights_given_in_the_admin_are_recorded(client, ada, staff):
    client.force_login(staff)
    url = reverse("admin:accounts_user_change", args=[ada.pk])
    role = Group.objects.get(name=DIRECTOR)
    right = Permission.objects.get(codename="view_order")
    given = user_form(ada, groups=[role.pk], is_staff="on", user_permissions=[right.pk])
    for form in (user_form(ada, email="new@example.com"), given, given):
        assert client.post(url, form).status_code == 302, form

    assert told(record())[:3] == ("change rights", "user", "staff")
    assert record().changes == {
        "is_staff": [False, True],
        "groups": [[], [DIRECTOR]],
        "user_permissions": [[], ["orders.view_order"]],
    }


def test_rights_of_a_group_are_recorded(client, staff):
    client.force_login(staff)
    role = Group.objects.create(name="Clerks")
    right = Permission.objects.get(codename="view_order")
    url = reverse("admin:auth_group_change", args=[role.pk])
    client.post(url, {"name": "Clerks", "permissions": [right.pk]})

    assert told(record())[:3] == ("change rights", "user", "staff")
    assert record().changes == {"permissions": [[], ["orders.view_order"]]}


class Failed(Exception):
    pass


def test_what_is_rolled_back_leaves_no_record(ada, monkeypatch):
    def fail(*args: Any) -> None:
        raise Failed

    row = goal(ada)
    child = Goal.objects.create(user=ada, name="Rig", parent=row)
    monkeypatch.setattr("goals.querysets.GoalQuerySet.complete", fail)
    with pytest.raises(Failed):
        complete_goal(goal=row, subtree=True)

    child.refresh_from_db()
    assert not child.is_done
    assert not ActionRecord.objects.exists()


def test_a_record_outlives_its_actor_and_its_object(client_of, client, ada, staff):
    row = goal(ada)
    client_of(ada).post(f"/v1.0/goals/{row.pk}/complete", {}, "json")
    row.delete()
    ada.delete()

    assert told(record())[:3] == ("complete", "user", "ada")
    assert (record().actor, record().object_name) == (None, "Sail")
    client.force_login(staff)
    page = client.get(reverse("admin:accounts_actionrecord_changelist"))
    assert "ada (deleted)" in page.content.decode()


@pytest.mark.parametrize("size", [10, 10_000])
def test_many_goals_are_archived_by_few_statements(ada, size):
    Goal.objects.bulk_create(Goal(user=ada, name=str(n)) for n in range(size))
    with CaptureQueriesContext(connection) as queries:
        assert archive_goals(goals=Goal.objects.filter(user=ada)) == size

    inserts = [each for each in queries if each["sql"].startswith("INSERT")]
    assert len(ActionRecord.objects.all()) == size
    # SQLite takes 999 parameters in a statement.
    assert len(inserts) <= (10 if connection.vendor == "postgresql" else 112)
    assert len(queries) - len(inserts) == 4


def test_the_admin_only_shows_records(client_of, client, ada, staff):
    row = goal(ada)
    header = {"X-Request-ID": REQUEST}
    url = f"/v1.0/goals/{row.pk}/complete"
    client_of(ada).post(url, {}, "json", headers=header)
    client.force_login(staff)
    list_url = reverse("admin:accounts_actionrecord_changelist")
    page_url = reverse("admin:accounts_actionrecord_change", args=[record().pk])
    delete = {"action": "delete_selected", "_selected_action": record().pk}

    client.post(list_url, delete | {"post": "yes"})
    for name in ("add", "change", "delete"):
        url = reverse(
            f"admin:accounts_actionrecord_{name}",
            args=() if name == "add" else [record().pk],
        )
        assert client.post(url, {"verb": "x", "post": "yes"}).status_code == 403
    assert record().verb == "complete"
    assert "end: none → 20" in client.get(page_url).content.decode()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("verb=complete", 1),
        ("verb=archive", 0),
        ("actor_kind__exact=user", 1),
        ("request_id=trace-test", 1),
        ("request_id=other", 0),
        ("request_id=%00", 0),
        ("actor_id={ada}", 1),
        ("actor_id=x", 0),
        ("object=goals.goal:{goal}", 1),
        ("object=goals.goal:{goal}0", 0),
        ("object=goals.goal:" + "9" * 30, 0),
        ("q=trace-test", 1),
        ("q=Sail", 1),
    ],
)
def test_records_are_found_in_the_admin(client_of, client, ada, staff, query, count):
    row, header = goal(ada), {"X-Request-ID": REQUEST}
    url = f"/v1.0/goals/{row.pk}/complete"
    client_of(ada).post(url, {}, "json", headers=header)
    client.force_login(staff)
    query = query.format(ada=ada.pk, goal=row.pk)
    page = client.get(f"{reverse('admin:accounts_actionrecord_changelist')}?{query}")

    assert page.status_code == 200
    assert len(page.context["cl"].result_list) == count


def test_the_page_of_an_object_links_to_its_records(client_of, client, ada, staff):
    row, other = goal(ada), Goal.objects.create(user=ada, name="Sew")
    client_of(ada).post(f"/v1.0/goals/{row.pk}/complete", {}, "json")
    staff.is_superuser = False
    staff.save()
    codenames = ["view_goal", "view_actionrecord"]
    rights = Permission.objects.filter(codename__in=codenames)
    client.force_login(staff)

    def page(goal: Goal) -> str:
        url = reverse("admin:goals_goal_change", args=[goal.pk])
        return client.get(url).content.decode()

    link = f"/admin/accounts/actionrecord/?object=goals.goal%3A{row.pk}"
    staff.user_permissions.set(rights.filter(codename="view_goal"))
    assert link not in page(row)
    staff.user_permissions.set(rights)
    assert link in page(row)
    assert "/accounts/actionrecord/?" not in page(other)
    assert client.get(link).status_code == 200


def test_old_records_are_deleted_if_a_limit_is_set(ada, settings):
    trace.record(Verb.ARCHIVE, ada, {})
    trace.record(Verb.REOPEN, ada, {})
    old = timezone.now() - timedelta(days=31)
    ActionRecord.objects.filter(verb="archive").update(at=old)

    assert trace.delete_old_records() == 0
    settings.QUINTET_TRACE_DAYS = 30
    assert trace.delete_old_records() == 1
    assert record().verb == "reopen"


def test_demo_data_can_be_removed_after_actions(demo, client_of):
    user = User.objects.get(name="bob")
    for invoice in Invoice.objects.filter(user=user, issued_at=None):
        client_of(user).post(f"/invoices/{invoice.pk}/issue")
    assert ActionRecord.objects.filter(actor=user).exists()

    call_command("demo", remove=True, verbosity=0)

    assert not ActionRecord.objects.exclude(actor=None).exists()
    assert ActionRecord.objects.filter(actor_name="bob").exists()
