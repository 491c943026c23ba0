from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import User
from casting.roles import ROLES, find_role


class Command(BaseCommand):
    help = "Gives an account a role at the casting agency, or takes it away."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address that the account logs in with")
        parser.add_argument("role", help=f"one of: {', '.join(ROLES)}")
        parser.add_argument("--revoke", action="store_true", help="take the role away")

    @transaction.atomic
    def handle(self, *, email: str, role: str, revoke: bool, **options: Any) -> None:
        group, user = role_of(role), account_of(email)
        has_role = user.groups.filter(pk=group.pk).exists()
        if revoke:
            user.groups.remove(group)
        else:
            user.groups.add(group)
        self.stdout.write(told(user, group, has_role, revoke))


def role_of(text: str) -> Group:
    name = find_role(text)
    if name is None:
        raise CommandError(f"There is no role {text!r}. Roles are: {', '.join(ROLES)}.")
    group, _ = Group.objects.get_or_create(name=name)
    return group


def account_of(email: str) -> User:
    user = User.objects.filter(email=email.strip()).first()
    if user is None:
        raise CommandError(
            f"There is no account {email!r}. One is opened by POST /auth/register."
        )
    return user


def told(user: User, group: Group, has_role: bool, revoke: bool) -> str:
    if revoke and not has_role:
        return f"{user.email} is no {group.name} anyway."
    if revoke:
        return f"{user.email} is no {group.name} any more."
    return f"{user.email} is {'already ' if has_role else 'now '}{group.name}."
