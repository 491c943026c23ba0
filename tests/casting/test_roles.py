"""Roles and their permissions, how users get them, and how soon they count."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.checks import Tags, run_checks
from django.core.management import CommandError, call_command
from django.urls import reverse

from casting.models import GrantedPermission
from casting.roles import ROLES, codenames_of
from tests.config.test_settings import manage
from tests.support.service_processes import OWN_FILE

INVALID = {
    "code": "invalid_claims",
    "description": "The token is not valid for this service.",
}


def grant(*arguments: str) -> str:
    out = StringIO()
    call_command("grant_role", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    "role", ["casting director", "director", "Casting Director", "casting-director"]
)
def test_the_command_assigns_and_revokes_a_role(client_of, ada, actor, role):
    client = client_of(ada)
    assert client.get("/actors").status_code == 403

    assert (
        grant("ada@example.com", role)
        == "ada@example.com now has the role casting director.\n"
    )
    assert client.get("/actors").status_code == 200
    assert client.get("/auth/me").json()["roles"] == ["casting director"]
    assert "already" in grant("ADA@example.com", role)

    assert "no longer" in grant("ada@example.com", role, "--revoke")
    assert client.get("/actors").status_code == 403
    assert client.get("/auth/me").json()["roles"] == []
    assert "does not have" in grant("ada@example.com", role, "--revoke")


def test_revoking_one_role_keeps_the_others(ada):
    grant("ada@example.com", "assistant")
    grant("ada@example.com", "producer")
    grant("ada@example.com", "producer", "--revoke")

    assert ada.roles == ["casting assistant"]


@pytest.mark.parametrize("role", ["king", "", "executive", "staff"])
def test_an_unknown_role_is_an_error_that_lists_the_roles(ada, role):
    with pytest.raises(CommandError) as caught:
        grant("ada@example.com", role)

    assert all(name in str(caught.value) for name in ROLES)
    assert ada.roles == []


def test_a_word_of_two_roles_is_an_error_that_lists_them(db, monkeypatch, ada):
    monkeypatch.setitem(ROLES, "art director", {"movie": ["view"]})
    migrate()

    with pytest.raises(CommandError, match="Choose from: casting director, art dir"):
        grant("ada@example.com", "director")
    assert ada.roles == []

    grant("ada@example.com", "art director")
    assert ada.roles == ["art director"]


def test_an_unknown_email_address_is_an_error(db):
    with pytest.raises(CommandError, match="No user with the address 'eve@example"):
        grant("eve@example.com", "director")


def test_a_role_that_the_database_lacks_is_not_assigned(ada):
    Group.objects.get(name="casting director").delete()

    with pytest.raises(CommandError, match=r"manage\.py migrate"):
        grant("ada@example.com", "director")


@OWN_FILE
@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["eve@example.com", "director"], 1, "No user with the address"),
        (["eve@example.com", "king"], 1, f"Valid roles: {next(iter(ROLES))}, "),
        (["eve@example.com"], 2, "role"),
    ],
)
def test_the_command_exits_with_an_error(tmp_path, arguments, code, text):
    address = f"sqlite:///{tmp_path}/q.sqlite3"
    assert manage("migrate", "-v0", DATABASE_URL=address).returncode == 0
    run = manage("grant_role", *arguments, DATABASE_URL=address)

    assert run.returncode == code
    assert text in run.stderr
    assert "Traceback" not in run.stderr


def permissions_of(role: str) -> set[str]:
    group = Group.objects.get(name=role)
    return set(group.permissions.values_list("codename", flat=True))


def migrate() -> None:
    call_command("migrate", verbosity=0, skip_checks=True)


def warnings() -> list[str]:
    found = run_checks(tags=[Tags.database], databases=["default"])
    return [warning.msg for warning in found if warning.id == "casting.W001"]


def test_the_database_has_the_roles_and_their_permissions(db):
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)
    for role in ROLES:
        assert permissions_of(role) == set(codenames_of(role))
    assert warnings() == []


def test_a_role_added_to_the_table_is_created_by_migrate(db, monkeypatch, ada):
    monkeypatch.setitem(ROLES, "talent scout", {"actor": ["view", "add"]})
    (warning,) = warnings()
    assert "'talent scout'" in warning

    migrate()

    assert permissions_of("talent scout") == {"view_actor", "add_actor"}
    assert warnings() == []
    grant("ada@example.com", "scout")
    assert ada.has_perm("casting.add_actor")


def test_a_permission_added_to_the_table_is_granted_by_migrate(db, monkeypatch):
    monkeypatch.setitem(ROLES["casting assistant"], "movie", ["view", "add"])
    (warning,) = warnings()
    assert "add_movie" in warning

    migrate()

    assert permissions_of("casting assistant") == {
        *("view_actor", "view_movie", "add_movie"),
    }
    assert warnings() == []


def test_what_administrators_change_survives_migrate(db):
    group = Group.objects.get(name="casting director")
    group.permissions.remove(Permission.objects.get(codename="delete_actor"))
    group.permissions.add(Permission.objects.get(codename="add_movie"))
    changed = permissions_of("casting director")

    migrate()

    assert permissions_of("casting director") == changed
    assert warnings() == []


def test_a_deleted_role_is_created_again_by_migrate(db):
    Group.objects.get(name="casting director").delete()
    (warning,) = warnings()
    assert "'casting director'" in warning

    migrate()

    assert permissions_of("casting director") == set(codenames_of("casting director"))


def test_a_group_of_an_older_database_keeps_its_permissions(db):
    GrantedPermission.objects.all().delete()
    group = Group.objects.get(name="casting director")
    group.permissions.remove(Permission.objects.get(codename="delete_actor"))

    migrate()

    assert "delete_actor" not in permissions_of("casting director")
    assert warnings() == []


@pytest.mark.django_db(transaction=True)
def test_the_roles_are_there_after_a_flush():
    call_command("flush", interactive=False, verbosity=0)

    for role in ROLES:
        assert permissions_of(role) == set(codenames_of(role))


@pytest.mark.django_db(transaction=True)
def test_the_records_of_roles_migrate_back_and_forth():
    call_command("migrate", "casting", "0001", verbosity=0, skip_checks=True)
    assert warnings() == []
    migrate()
    assert GrantedPermission.objects.count() == sum(
        len(codenames_of(role)) for role in ROLES
    )
    assert Group.objects.count() == len(ROLES)


@pytest.mark.difference(
    "Casting",
    old="Reads roles from an Auth0 token",
    new="Issues tokens at `/auth/login`, and reads roles from the database on each "
    "request",
    why="Revoking a role has effect immediately",
)
def test_a_demotion_works_at_the_next_request(client_of, ada, actor):
    ada.groups.add(Group.objects.get(name="executive producer"))
    client = client_of(ada)
    assert client.patch(f"/actors/{actor.pk}", {"age": 37}, "json").status_code == 200

    ada.groups.set([Group.objects.get(name="casting assistant")])
    refused = client.patch(f"/actors/{actor.pk}", {"age": 38}, "json")

    assert refused.status_code == 403
    assert client.get("/actors").status_code == 200
    actor.refresh_from_db()
    assert actor.age == 37


def test_a_permission_revoked_from_a_role_is_missing_at_the_next_request(
    director, actor
):
    group = Group.objects.get(name="casting director")
    group.permissions.remove(group.permissions.get(codename="delete_actor"))

    assert director.delete(f"/actors/{actor.pk}").status_code == 403
    assert director.get("/actors").status_code == 200


@pytest.mark.parametrize("end", ["deactivate", "delete", "new password"])
def test_a_deactivated_user_is_401_at_the_next_request(client_of, ada, actor, end):
    ada.groups.add(Group.objects.get(name="casting assistant"))
    client = client_of(ada)
    assert client.get("/actors").status_code == 200

    match end:
        case "deactivate":
            ada.is_active = False
            ada.save()
        case "delete":
            ada.delete()
        case "new password":
            ada.set_password("another correct horse")
            ada.save()

    response = client.get("/actors")
    assert (response.status_code, response.json()) == (401, INVALID)


def test_a_role_is_assigned_in_the_admin(admin_client, client_of, ada, actor):
    group = Group.objects.get(name="casting director")
    url = reverse("admin:accounts_user_change", args=[ada.pk])
    form = {"email": ada.email, "name": ada.name, "is_active": "on", "groups": group.pk}
    response = admin_client.post(url, form)

    assert response.status_code == 302, response.content
    assert client_of(ada).get("/actors").status_code == 200


def test_the_admin_shows_actors_and_their_movies(admin_client, actor, movie):
    actors = admin_client.get(reverse("admin:casting_actor_changelist"))
    movies = admin_client.get(reverse("admin:casting_movie_changelist"))
    page = admin_client.get(reverse("admin:casting_actor_change", args=[actor.pk]))

    assert '<td class="field-movie_count">1</td>' in actors.content.decode()
    assert '<td class="field-cast">Ada</td>' in movies.content.decode()
    assert "Engine" in page.content.decode()
