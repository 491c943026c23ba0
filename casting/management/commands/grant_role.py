from __future__ import annotations

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts import trace
from accounts.models import User
from accounts.trace import Verb
from casting.roles import ROLES, roles_named


class Command(BaseCommand):
    help = "Assigns a role of the casting agency to a user, or revokes it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="email address of the user")
        parser.add_argument("role", help=f"one of: {', '.join(ROLES)}")
        parser.add_argument("--revoke", action="store_true", help="revoke the role")

    @transaction.atomic
    def handle(self, *, email: str, role: str, revoke: bool, **options: object) -> None:
        group, user = get_group(role), get_user(email)
        had_role = user.groups.filter(pk=group.pk).exists()
        before = user.roles
        if revoke:
            user.groups.remove(group)
        else:
            user.groups.add(group)
        if had_role == revoke:
            changes = {"groups": (before, user.roles)}
            trace.record(Verb.CHANGE_RIGHTS, user, changes)
        self.stdout.write(result_text(user, group, had_role, revoke))


def get_group(role: str) -> Group:
    names = roles_named(role)
    if not names:
        raise CommandError(f"Unknown role {role!r}. Valid roles: {', '.join(ROLES)}.")
    if len(names) > 1:
        raise CommandError(f"Ambiguous role {role!r}. Choose from: {', '.join(names)}.")
    (name,) = names
    group = Group.objects.filter(name=name).first()
    if group is None:
        raise CommandError(
            f"The database has no role {name!r}. Create it with: "
            "python manage.py migrate"
        )
    return group


def get_user(email: str) -> User:
    user: User | None = User.objects.filter(email=email.strip()).first()
    if user is None:
        raise CommandError(
            f"No user with the address {email!r}. "
            "Create it first with POST /auth/register."
        )
    return user


def result_text(user: User, group: Group, had_role: bool, revoke: bool) -> str:
    match had_role, revoke:
        case False, True:
            return f"{user.email} does not have the role {group.name}."
        case True, True:
            return f"{user.email} no longer has the role {group.name}."
        case True, False:
            return f"{user.email} already has the role {group.name}."
    return f"{user.email} now has the role {group.name}."
