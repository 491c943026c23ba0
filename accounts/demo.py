"""The demo accounts: one for each role, and two people with data of their own."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.db import IntegrityError

from accounts.models import User
from common.db.demo import utc

# Known to everybody, which is why the demo data are refused in production.
PASSWORD = "quintet-demo"  # noqa: S105
ROLES = {
    "assistant": "casting assistant",
    "director": "casting director",
    "producer": "executive producer",
    "staff": None,
    "ada": None,
    "bob": None,
}
JOINED = utc("2026-01-05 09:00")


def address(name: str) -> str:
    return f"{name}@example.com"


def account(name: str) -> User:
    return User.objects.get(email=address(name))


def is_loaded() -> bool:
    """Whether all demo data were loaded: the account of the staff stands for them."""
    return User.objects.filter(email=address("staff"), is_superuser=True).exists()


def load() -> int:
    """Adds the accounts that are missing; the number of them."""
    return sum(add_account(name) for name in ROLES)


def add_account(name: str) -> bool:
    email, is_staff = address(name), name == "staff"
    if User.objects.filter(email=email).exists():
        return False
    try:
        user = User.objects.create_user(
            email,
            PASSWORD,
            date_joined=JOINED,
            is_staff=is_staff,
            is_superuser=is_staff,
        )
    except IntegrityError:  # Another process was loading them, and has by now.
        return False
    user.groups.set(Group.objects.filter(name=ROLES[name]))
    return True
