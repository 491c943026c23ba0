from __future__ import annotations

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from casting.roles import ROLES
from casting.services import UnknownRole, assign_role, revoke_role, role_named


class Command(BaseCommand):
    help = "Assigns a role of the casting agency to a user, or revokes it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="email address of the user")
        parser.add_argument("role", help=f"one of: {', '.join(ROLES)}")
        parser.add_argument("--revoke", action="store_true", help="revoke the role")

    def handle(self, *, email: str, role: str, revoke: bool, **options: object) -> None:
        group, user = get_group(role), get_user(email)
        if revoke:
            had_role = revoke_role(user=user, group=group)
        else:
            had_role = not assign_role(user=user, group=group)
        self.stdout.write(result_text(user, group, had_role, revoke))


def get_group(role: str) -> Group:
    try:
        return role_named(role)
    except UnknownRole as exc:
        raise CommandError(str(exc)) from exc


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
