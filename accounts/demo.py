"""The demo accounts: one for each role, two users with data, and a guest without."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.db import IntegrityError

from accounts.models import User
from common.db.demo import id_if_free, utc
from common.db.sequences import advance_sequence

# It is public, so production refuses the demo data.
PASSWORD = "quintet-demo"  # noqa: S105
# The role of the casting agency, if any, by the account's name.
ACCOUNTS = {
    "assistant": "casting assistant",
    "director": "casting director",
    "producer": "executive producer",
    "staff": None,
    "ada": None,
    "bob": None,
    # Has no data, so that the account can be deleted.
    "guest": None,
}
DATE_JOINED = utc("2026-01-05 09:00")


def email_of(name: str) -> str:
    return f"{name}@example.com"


def account(name: str) -> User:
    user: User = User.objects.get(email=email_of(name))
    return user


def is_loaded() -> bool:
    """Return whether the staff account, and so all demo data, exists."""
    return bool(User.objects.filter(email=email_of("staff"), is_demo=True).exists())


def load() -> int:
    """Add the missing accounts and return their number."""
    return sum(add_account(number, name) for number, name in enumerate(ACCOUNTS, 1))


def add_account(number: int, name: str) -> bool:
    email, is_staff = email_of(name), name == "staff"
    if User.objects.filter(email=email).exists():
        return False
    try:
        user = User.objects.create_user(
            email,
            PASSWORD,
            date_joined=DATE_JOINED,
            is_staff=is_staff,
            is_superuser=is_staff,
            is_demo=True,
            **id_if_free(User, number),
        )
    except IntegrityError:  # Another process has added it in the meantime.
        return False
    advance_sequence(user)
    user.groups.set(Group.objects.filter(name=ACCOUNTS[name]))
    return True


def remove() -> int:
    """Delete the demo accounts with their data, and return their number.

    Their invoices must have been deleted.
    """
    users = User.objects.filter(is_demo=True)
    count = len(users)
    users.delete()
    return count
