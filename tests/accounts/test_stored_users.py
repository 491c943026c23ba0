"""Rows of users: spellings, damaged hashes, superusers, names, permissions."""

from __future__ import annotations

from importlib import import_module
from unicodedata import normalize

import pytest
from django.apps import apps
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.mails import send_account_mail
from accounts.models import User
from accounts.normal_forms import normalize_email
from tests.support.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
migration = import_module("accounts.migrations.0003_normal_forms")


def store(user: User, **texts: str) -> None:
    """Store texts as they are, as a version without normal forms did."""
    for name, text in texts.items():
        table = User._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET {name} = %s WHERE id = %s",
                [text, user.pk],
            )


def stored(column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM accounts_user ORDER BY id")
        return [text for (text,) in cursor.fetchall()]


def migrate() -> None:
    migration.normalize(apps, connection.schema_editor())


def test_the_migration_brings_old_rows_to_their_normal_forms():
    store(UserFactory.create(), email="u@xn--mnchen-3ya.de", name=normalize("NFD", "é"))
    store(UserFactory.create(), email="v@xn--bcher-kva.example")
    UserFactory.create(email="w@example.com", name="w")
    migrate()
    migrate()

    assert stored("email") == ["u@münchen.de", "v@bücher.example", "w@example.com"]
    assert stored("name")[0] == "é"


@pytest.mark.parametrize(
    "other", ["u@münchen.de", normalize("NFD", "u@münchen.de")], ids=["nfc", "nfd"]
)
def test_the_migration_stops_with_a_list_where_two_meet(other):
    first, second = UserFactory.create(), UserFactory.create()
    store(first, email="u@xn--mnchen-3ya.de")
    store(second, email=other)
    before = stored("email")
    with pytest.raises(CommandError) as refusal:
        migrate()

    assert f"accounts {first.pk} and {second.pk}" in str(refusal.value) or (
        f"accounts {second.pk} and {first.pk}" in str(refusal.value)
    )
    assert stored("email") == before


@pytest.mark.parametrize("text", ["U@XN--MNCHEN-3YA.de", "u@MÜNCHEN.de"])
def test_every_way_to_store_and_look_up_an_address_uses_the_normal_form(text):
    user = UserFactory.create(email=text)
    assert user.email == "u@münchen.de"
    assert User.objects.get(email=text) == user
    assert User.objects.get(email__in=[text]) == user
    User.objects.update(email=text)
    assert stored("email") == ["u@münchen.de"]
    assert User.objects.normalize_email(text) == "u@münchen.de"
    assert normalize_email("u@münchen.de") == "u@münchen.de"


@pytest.mark.parametrize(
    ("stored_address", "sent"),
    [
        ("u@straße.de", "u@xn--strae-oqa.de"),
        ("u@münchen.de", "u@xn--mnchen-3ya.de"),
        ("u@xn--strae-oqa.de", "u@xn--strae-oqa.de"),
        ("u@strasse.de", "u@strasse.de"),
        ("u@bücher.пример.рф", "u@xn--bcher-kva.xn--e1afmkfd.xn--p1ai"),
    ],
)
def test_mails_go_to_the_domain_of_the_address(mailoutbox, stored_address, sent):
    UserFactory.create(email=stored_address)
    send_account_mail.call("reset_link", stored_address, "https://example.com/")

    assert mailoutbox[0].recipients() == [sent]


@pytest.mark.parametrize("encoded", ["scrypt$1$x", "bcrypt$", "argon2$", "plain", "$"])
def test_the_admin_shows_an_account_with_a_damaged_hash(client, staff, encoded):
    user = UserFactory.create()
    User.objects.filter(pk=user.pk).update(password=encoded)
    client.force_login(staff)
    page = client.get(f"/admin/accounts/user/{user.pk}/change/")

    assert page.status_code == 200
    assert encoded == "$" or f">{encoded}<" not in page.content.decode()
    user.refresh_from_db()
    assert not user.check_password(PASSWORD)


def test_the_admin_takes_the_old_password_in_each_spelling(client, staff):
    staff.set_password(normalize("NFD", "Crème brûlée"))
    staff.save()
    for spelling in ("NFC", "NFD"):
        client.force_login(staff)
        old, new = normalize(spelling, "Crème brûlée"), "Crème brûlée"
        body = {"old_password": old, "new_password1": new, "new_password2": new}
        assert client.post("/admin/password_change/", body).status_code == 302
        staff.refresh_from_db()


def test_the_history_in_the_admin_names_the_user(client, staff, ada):
    client.force_login(staff)
    form = {"email": ada.email, "name": "ada", "is_active": "on"}
    client.post(f"/admin/accounts/user/{ada.pk}/change/", form)
    page = client.get(f"/admin/accounts/user/{ada.pk}/history/").content.decode()

    assert f"{staff.email} ({staff.name})" in page
    assert "None" not in page
    assert staff.get_full_name() == staff.get_short_name() == str(staff)


@pytest.mark.parametrize(
    ("options", "variables", "name"),
    [
        ({"email": "Eve@Example.com"}, {}, "Eve"),
        ({}, {"EMAIL": "eve@example.com"}, "eve"),
        ({"email": "eve@example.com"}, {"NAME": "Eva"}, "Eva"),
        ({"email": "eve@example.com", "name": "Evi"}, {"NAME": "Eva"}, "Evi"),
    ],
)
def test_a_superuser_needs_no_name(monkeypatch, options, variables, name):
    for key, value in {"PASSWORD": "a passphrase", **variables}.items():
        monkeypatch.setenv(f"DJANGO_SUPERUSER_{key}", value)
    call_command("createsuperuser", interactive=False, verbosity=0, **options)
    user = User.objects.get(email="eve@example.com")

    assert (user.name, user.is_superuser) == (name, True)
    assert user.check_password("a passphrase")


def test_a_name_that_is_taken_gets_a_suffix_or_is_refused(ada):
    call_command(
        "createsuperuser", interactive=False, verbosity=0, email="ada@example.org"
    )
    assert User.objects.get(email="ada@example.org").name.startswith("ada-")
    for options in ({"email": "ADA@example.com"}, {"email": "x@y.z", "name": "ada"}):
        with pytest.raises(CommandError):
            call_command("createsuperuser", interactive=False, verbosity=0, **options)


LISTS = ["/orders", "/api/v2/jobs", "/invoices", "/bucketlists/", "/v1.0/goals"]


@pytest.mark.parametrize("url", [*LISTS, "/v1.0/users"])
def test_only_staff_pay_for_reading_permissions(client_of, url):
    def counts(user: User) -> tuple[int, int]:
        client = client_of(user)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        of_permissions = ["auth_permission" in each["sql"] for each in queries]
        return len(queries), sum(of_permissions)

    plain, staff, boss = (UserFactory.create() for _ in range(3))
    User.objects.filter(pk=staff.pk).update(is_staff=True)
    User.objects.filter(pk=boss.pk).update(is_superuser=True)
    plain.user_permissions.set(Permission.objects.all()[:3])

    total, of_permissions = counts(plain)
    assert of_permissions == counts(boss)[1] == 0
    assert counts(staff) == (total + 1, 1)


def test_permissions_are_those_that_django_finds(ada, bob):
    first, second, *others = Permission.objects.all()[:6]
    group = Group.objects.create(name="readers")
    group.permissions.set(others)
    ada.user_permissions.set([first, second, others[0]])
    ada.groups.add(group)
    bob.groups.add(group)

    for user in (ada, bob, UserFactory.create()):
        assert user.get_all_permissions() == ModelBackend().get_all_permissions(user)
    assert len(ada.permission_names) == 6
