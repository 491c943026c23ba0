"""The roles of the casting agency that `--roles` assigns to accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.contrib.auth.models import Group

from accounts.models import User
from accounts.normal_forms import normalize_email
from casting.services import UnknownRole, assign_role, role_named
from flask_import.accounts import masked
from flask_import.errors import NothingWritten
from flask_import.planning import Planner
from flask_import.systems.casting import CASTING
from flask_import.tables import MatchedSystem


class Roles:
    """The lines of the CSV file, and what becomes of each."""

    def __init__(self, lines: Iterable[tuple[str, str]]) -> None:
        """Raise NothingWritten for a role that doesn't exist."""
        self.wanted = [
            (normalize_email(address.strip()), find_role(name))
            for address, name in lines
        ]
        self.to_assign: list[str] = []
        self.assigned_already: list[str] = []
        # Addresses that no account has.
        self.without_account: list[str] = []

    def look_up(self, planner: Planner) -> None:
        """Find the accounts, also those that are only planned.

        Raise NothingWritten if the import has no casting agency.
        """
        systems = {matched.system.name for matched in planner.systems}
        if self.wanted and CASTING.name not in systems:
            raise NothingWritten(
                "--roles needs the tables of a casting agency, but none is imported. "
                "To assign a role without them, use manage.py grant_role."
            )
        for address, group in self.wanted:
            if planner.accounts.with_address(address) is None:
                self.without_account.append(address)
            elif User.objects.filter(email=address, groups=group).exists():
                self.assigned_already.append(address)
            else:
                self.to_assign.append(address)

    def assign_after(self, matched: MatchedSystem) -> None:
        """Assign the roles in the current transaction, once casting is written."""
        if matched.system is not CASTING:
            return
        for address, group in self.wanted:
            user = User.objects.filter(email=address).first()
            if user is not None:
                assign_role(user=user, group=group)

    def lines(self) -> Iterator[str]:
        """Return what becomes of the roles, with the addresses that have no account."""
        if not self.wanted:
            return
        yield (
            f"roles  {len(self.wanted)} read  {len(self.to_assign)} to assign  "
            f"{len(self.assigned_already)} assigned already  "
            f"{len(self.without_account)} without an account"
        )
        for address in self.without_account:
            yield f"  No account has the email address {masked(address)}."


def find_role(name: str) -> Group:
    try:
        return role_named(name)
    except UnknownRole as exc:
        raise NothingWritten(f"--roles: {exc}") from exc
