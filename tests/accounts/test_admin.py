"""What staff without all rights may do to accounts in the back office."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission

from accounts.attempt_limits import AttemptLimit, count_attempt
from accounts.models import AttemptCounter, User
from tests.support.factories import PASSWORD, UserFactory

USERS = "/admin/accounts/user"
NEW = "another long password"
RIGHTS = ["add_user", "change_user", "delete_user", "view_user"]
RIGHTS += ["change_group", "add_group", "delete_group", "view_group"]


@pytest.fixture
def staff(db) -> User:
    return UserFactory.create(name="staff", is_staff=True)


@pytest.fixture
def helper(client, staff):
    """Somebody who may change accounts, and nothing else."""
    staff.user_permissions.add(*Permission.objects.filter(codename__in=RIGHTS))
    client.force_login(staff)
    return client


def change_password(client, user):
    form = {"usable_password": "true", "password1": NEW, "password2": NEW}
    return client.post(f"{USERS}/{user.pk}/password/", form)


def change_address(client, user):
    form = {"email": "mine@example.com", "name": user.name, "is_active": "on"}
    return client.post(f"{USERS}/{user.pk}/change/", form)


def delete(client, user):
    return client.post(f"{USERS}/{user.pk}/delete/", {"post": "yes"})


def delete_by_action(client, user):
    form = {"action": "delete_selected", "_selected_action": user.pk, "post": "yes"}
    return client.post(f"{USERS}/", form)


def state(user) -> tuple:
    found = User.objects.filter(pk=user.pk).first()
    return found and (found.email, found.check_password(PASSWORD), found.is_superuser)


ACTS = [change_password, change_address, delete, delete_by_action]


@pytest.mark.parametrize("act", ACTS)
def test_accounts_without_rights_are_managed(helper, ada, act):
    before = state(ada)
    act(helper, ada)
    assert state(ada) != before


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("kind", ["superuser", "role", "right"])
def test_accounts_with_more_rights_than_ones_own_are_not(helper, act, kind):
    user = UserFactory.create(name="boss", is_superuser=kind == "superuser")
    if kind == "role":
        user.groups.add(Group.objects.get(name="executive producer"))
    if kind == "right":
        user.user_permissions.add(Permission.objects.get(codename="delete_invoice"))
    before = state(user)
    act(helper, user)
    assert state(user) == before


def test_nobody_makes_themselves_more(helper, staff):
    form = {"email": staff.email, "name": "staff", "is_active": "on"}
    form |= {"is_staff": "on", "is_superuser": "on"}
    form |= {"groups": Group.objects.first().pk}
    helper.post(f"{USERS}/{staff.pk}/change/", form)
    staff.refresh_from_db()

    assert not staff.is_superuser
    assert not staff.groups.exists()


def test_a_new_account_has_no_rights(helper):
    form = {"email": "new@example.com", "name": "new", "usable_password": "true"}
    form |= {"password1": NEW, "password2": NEW, "is_superuser": "on"}
    form |= {"is_staff": "on"}
    helper.post(f"{USERS}/add/", form)
    user = User.objects.get(email="new@example.com")

    assert (user.is_staff, user.is_superuser) == (False, False)


def test_roles_are_for_superusers_to_change(helper, admin_user):
    role = Group.objects.get(name="executive producer")
    form = {"name": "mine", "permissions": Permission.objects.first().pk}
    url = f"/admin/auth/group/{role.pk}"

    assert helper.post(f"{url}/change/", form).status_code == 403
    assert helper.post(f"{url}/delete/", {"post": "yes"}).status_code == 403
    assert helper.post("/admin/auth/group/add/", form).status_code == 403
    assert helper.get("/admin/auth/group/").status_code == 200
    helper.force_login(admin_user)
    assert helper.post(f"{url}/change/", form).status_code == 302


def test_superusers_manage_everybody(admin_client, staff):
    before = state(staff)
    change_password(admin_client, staff)
    assert state(staff) != before


def test_limits_are_looked_at_and_lifted(admin_client):
    count_attempt(None, AttemptLimit("login", "x", 5))
    row = AttemptCounter.objects.get()
    url = f"/admin/accounts/attemptcounter/{row.pk}"

    assert admin_client.get(f"{url}/change/").status_code == 200
    assert admin_client.post(f"{url}/change/", {"key": "x"}).status_code == 403
    assert admin_client.post(f"{url}/delete/", {"post": "yes"}).status_code == 302
    assert not AttemptCounter.objects.exists()
