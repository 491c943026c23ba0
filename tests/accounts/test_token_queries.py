"""What a bearer token costs, and that nothing about its user is remembered."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.querysets import UserQuerySet
from bucketlists.models import Bucketlist
from casting.models import Actor

LISTS, ACTORS = "/bucketlists/", "/actors"
VIEW = "view_actor"


@pytest.fixture(autouse=True)
def actor(db) -> Actor:
    return Actor.objects.create(name="Guy", age=40, gender="male")


@pytest.fixture
def granted(ada) -> Permission:
    """A permission of the user's own."""
    permission = Permission.objects.get(codename=VIEW)
    ada.user_permissions.add(permission)
    return permission


def statements(client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in queries]


@pytest.mark.parametrize(("url", "rights"), [(LISTS, 0), (ACTORS, 1)])
def test_a_token_costs_one_statement_and_rights_one(
    client_of, ada, granted, url, rights
):
    client = client_of(ada)
    user, *others = statements(client, url)

    assert 'FROM "accounts_user" WHERE' in user
    assert sum("FROM auth_permission" in sql for sql in others) == rights
    assert len(others) == rights + 1


def test_the_user_of_a_token_is_whole(client_of, ada, monkeypatch):
    User.objects.update(last_login=ada.date_joined)
    seen = []
    visible_to = UserQuerySet.visible_to
    monkeypatch.setattr(
        "bucketlists.views.Bucketlist.objects.visible_to",
        lambda user, action: seen.append(user) or Bucketlist.objects.none(),
    )
    client_of(ada).get(LISTS)

    (user,) = seen
    stored = visible_to(User.objects.all(), ada).get()
    for field in User._meta.concrete_fields:
        assert getattr(user, field.attname) == getattr(stored, field.attname)
    assert not user._state.adding
    assert not user.get_deferred_fields()


def test_each_token_finds_its_own_user(client_of, ada, bob, granted):
    first, second = client_of(ada), client_of(bob)

    for _ in range(2):
        assert first.get(ACTORS).status_code == 200
        assert second.get(ACTORS).status_code == 403


def test_a_permission_of_ones_own_counts_until_it_is_taken(client_of, ada, granted):
    client = client_of(ada)

    assert client.get(ACTORS).status_code == 200
    ada.user_permissions.clear()
    assert client.get(ACTORS).status_code == 403


@pytest.mark.parametrize("change", ["leave", "take", "delete"])
def test_a_permission_of_a_group_counts_until_it_is_taken(client_of, ada, change):
    group = Group.objects.create(name="readers")
    group.permissions.set(Permission.objects.filter(codename=VIEW))
    client = client_of(ada)

    assert client.get(ACTORS).status_code == 403
    ada.groups.add(group)
    assert client.get(ACTORS).status_code == 200
    if change == "leave":
        ada.groups.clear()
    elif change == "take":
        group.permissions.clear()
    else:
        group.delete()
    assert client.get(ACTORS).status_code == 403


def test_a_superuser_needs_no_permission_and_stops_being_one(client_of, ada):
    client = client_of(ada)

    for is_superuser, status in [(False, 403), (True, 200), (False, 403)]:
        User.objects.update(is_superuser=is_superuser)
        assert client.get(ACTORS).status_code == status
