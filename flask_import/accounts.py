"""The accounts of the people in the user tables of the old systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING

from accounts.models import User
from accounts.normal_forms import nfc, normalize_email
from accounts.old_passwords import kind_of
from accounts.placeholders import MAX_ADDRESS_LENGTH, placeholder_address
from accounts.querysets import MAX_NAME_LENGTH, neutral_name
from flask_import.errors import NothingWritten
from flask_import.kinds import SKIP, Kind
from flask_import.models import ImportedRow
from flask_import.tables import Values

if TYPE_CHECKING:
    from flask_import.old_rows import OldRow
    from flask_import.planning import Planner

ADDRESS_MISSING = Kind("address-missing", "The email address is missing.")
ADDRESS_TRIMMED = Kind("address-trimmed", "The email address has spaces around it.")
ADDRESS_TAKEN = Kind(
    "address-taken",
    "Another person of the system has the email address in another case. The person "
    "logs in with the new address.",
)
ADDRESS_SHARED = Kind(
    "address-shared",
    "An account has the email address already.",
    "--merge-accounts, --keep-accounts",
)
NAME_MISSING = Kind("name-missing", "The name is missing.")
NAME_CUT = Kind("name-cut", "The name is longer than 64 characters.")
NAME_TAKEN = Kind("name-taken", "Another account has the name.")
NO_PASSWORD = Kind(
    "no-password",
    "The person has no password, and can request a link to set one.",
)
PLAIN_TEXT = Kind("plain-text", "The password isn't hashed. Quintet hashes it.")
LIKE_A_HASH = Kind("like-a-hash", "The password looks like a hash, but isn't one.")
PASSWORD_KINDS = {
    "none": NO_PASSWORD,
    "plain text": PLAIN_TEXT,
    "plain text like a hash": LIKE_A_HASH,
}


class Accounts:
    """Existing accounts, for a batch of people."""

    def __init__(self, planner: Planner) -> None:
        self.planner = planner
        # The addresses that were looked up, and the accounts that have some: their ID.
        self.addresses: set[str] = set()
        self.by_address: dict[str, int] = {}
        # The ones among them that came from this source, and the tables they were in.
        self.of_source: dict[int, set[str]] = {}
        # The names that were looked up, and those of them that accounts have.
        self.names: set[str] = set()
        self.taken_names: set[str] = set()

    def look_up(self, addresses: set[str], names: set[str]) -> None:
        self.addresses = addresses
        users = User.objects.filter(email__in=list(addresses))
        self.by_address = dict(users.values_list("email", "pk"))
        imported = ImportedRow.objects.filter(
            source=self.planner.source.name,
            model=User._meta.label_lower,
            new_pk__in=[str(pk) for pk in self.by_address.values()],
        )
        self.of_source = {}
        for pk, table in imported.values_list("new_pk", "table"):
            self.of_source.setdefault(int(pk), set()).add(table)
        self.names = names
        self.taken_names = names_in_use(names)

    def owner_of(self, row: OldRow, address: str) -> tuple[int | None, bool]:
        """Return the account that has the address, and whether it's of this system."""
        earlier = self.planner.plan.claim("address", address, claim_of(row))
        if earlier is not None:
            table, pk = self.planned(earlier)
            return pk, table == row.matched.name
        pk = self.by_address.get(address)
        tables = set() if pk is None else self.of_source.get(pk, set())
        return pk, row.matched.name in tables

    def free_placeholder(self, row: OldRow, local: str) -> str:
        """Return a placeholder that no other account has.

        The users of two systems in one database can have the same ID.
        """
        for source in placeholder_sources(row):
            address = placeholder_address(local, source, row.old_id)
            if self.is_unused(address):
                claimed = self.planner.plan.claim("address", address, claim_of(row))
                if claimed is None:
                    return address
        raise AssertionError("There is an endless number of placeholders.")

    def is_unused(self, address: str) -> bool:
        """Return whether no account has the address. The plan may have given it."""
        if address in self.addresses:
            return address not in self.by_address
        return not User.objects.filter(email=address).exists()

    def with_address(self, address: str) -> int | None:
        """Return the account that has the address, or that the plan gives it to."""
        normal = normalize_email(address)
        user = User.objects.filter(email=normal).first()
        if user is not None:
            return int(user.pk)
        claim = self.planner.plan.claimed_by("address", normal)
        return None if claim is None else self.planned(claim)[1]

    def planned(self, claim: str) -> tuple[str, int | None]:
        """Return the old table of a claim, and the key of the account it became."""
        table, _, old_id = claim.partition("\n")
        pk = self.planner.plan.pk_of(table, old_id)
        return table, None if pk is None else int(pk)

    @cached_property
    def heir(self) -> int | None:
        """The account of `--orphans-to`. An address that no account has is open."""
        address = self.planner.options.orphans_to
        if not address:
            return None
        account = self.with_address(address)
        if account is None:
            self.planner.require(
                "--orphans-to: no account has this email address, neither here nor "
                "among the people who are imported before the rows without an owner."
            )
        return account

    def free_name(self, name: str) -> str:
        """Return the name, with a number if another account has it."""
        candidate, number = name, 1
        while not self.is_free(candidate):
            number += 1
            suffix = f"-{number}"
            candidate = f"{name[: MAX_NAME_LENGTH - len(suffix)]}{suffix}"
        return candidate

    def is_free(self, name: str) -> bool:
        taken = self.taken_names if name in self.names else names_in_use({name})
        if name in taken:
            return False
        return self.planner.plan.claim("name", name) is None


def claim_of(row: OldRow) -> str:
    return f"{row.matched.name}\n{row.old_id}"


def placeholder_sources(row: OldRow) -> Iterator[str]:
    """Return what can stand for the source in a placeholder, the usual one first."""
    source = row.planner.source.name
    long = f"{source}-{row.matched.system.name}"
    yield source
    yield long
    yield from (f"{long}-{number}" for number in count(2))


def usual_placeholder(row: OldRow, address: str) -> str:
    """Return the placeholder that the person gets unless another account has it."""
    return placeholder_address(local_part(address), row.planner.source.name, row.old_id)


def local_part(address: str) -> str:
    return address.rpartition("@")[0] or address


def names_in_use(names: set[str]) -> set[str]:
    users = User.objects.filter(name__in=names)
    return set(users.values_list("name", flat=True))


def look_up_accounts(planner: Planner, rows: Sequence[OldRow]) -> None:
    own = [normalize_email(str(row.values["email"] or "").strip()) for row in rows]
    addresses = {
        *own,
        *(usual_placeholder(*each) for each in zip(rows, own, strict=True)),
    }
    names = {nfc(str(row.values.get("name"))) for row in rows}
    # Names for people without one, if they keep their ID.
    names |= {neutral_name(int(row.old_id)) for row in rows if row.old_id.isdecimal()}
    planner.accounts.look_up(addresses, names)


def convert_account(row: OldRow) -> Values:
    """Return the columns that the users of all systems have.

    The password stays as it was until it is written.
    """
    address = address_of(row)
    password = row.values.get("password")
    old_password = None if password is None else row.clean("password")
    if kind := PASSWORD_KINDS.get(kind_of(old_password)):
        row.decide("password", kind, ["take"])
    if row.existing_pk is not None:
        return {"password": old_password}
    return {
        "email": address,
        "name": name_of(row),
        "password": old_password,
        "is_active": row.boolean("is_active", True)
        if row.planner.options.respect_is_active
        else True,
        "is_staff": row.boolean("is_staff", False)
        if row.planner.options.respect_is_staff
        else False,
    }


def address_of(row: OldRow) -> str:
    """Return the address of the account, or an unused one, to log in with."""
    text = row.text("email", MAX_ADDRESS_LENGTH)
    address = normalize_email(text.strip())
    if address and text != text.strip():
        row.decide("email", ADDRESS_TRIMMED, ["trim", SKIP], masked(address))
    accounts = row.planner.accounts
    if not address:
        placeholder = accounts.free_placeholder(row, "")
        row.decide("email", ADDRESS_MISSING, ["placeholder", SKIP], masked(placeholder))
        return placeholder
    owner, is_same_system = accounts.owner_of(row, address)
    if owner is None:
        return address
    if not is_same_system:
        return shared_address(row, owner, address)
    placeholder = accounts.free_placeholder(row, local_part(address))
    detail = f"{masked(address)} → {masked(placeholder)}"
    row.decide("email", ADDRESS_TAKEN, ["placeholder", SKIP], detail)
    return placeholder


def shared_address(row: OldRow, owner: int, address: str) -> str:
    """Merge the person with an account of another system, or keep them apart."""
    merge = row.planner.options.merge_accounts
    if merge is None:
        row.planner.require(
            f"People in {row.matched.name} have the email address of an existing "
            "account. If they are the same person, use --merge-accounts. Otherwise use "
            "--keep-accounts, which gives the new account another address."
        )
    choices = ["merge", "keep", SKIP] if merge else ["keep", "merge", SKIP]
    detail = f"{masked(address)}, account {owner}"
    if row.decide("email", ADDRESS_SHARED, choices, detail) == "merge":
        row.existing_pk = owner
        return address
    return row.planner.accounts.free_placeholder(row, local_part(address))


def name_of(row: OldRow) -> str:
    """Return a name that no other account has. A generated name reveals no other."""
    name = nfc(row.text("name")) if "name" in row.values else ""
    if not name:
        if "name" in row.matched.names:
            row.decide(
                "name", NAME_MISSING, ["replace", SKIP], neutral_name(int(row.pk))
            )
        name = neutral_name(int(row.pk))
    elif len(name) > MAX_NAME_LENGTH:
        row.decide("name", NAME_CUT, ["cut", SKIP], f"{len(name)} characters")
    name = name[:MAX_NAME_LENGTH]
    free = row.planner.accounts.free_name(name)
    if free != name:
        row.decide("name", NAME_TAKEN, ["number", SKIP], free)
    return free


def account_at(address: str) -> int:
    """Return the account that has the address. Raise NothingWritten without one."""
    email = normalize_email(address)
    pk = User.objects.filter(email=email).values_list("pk", flat=True).first()
    if pk is None:
        raise NothingWritten(
            f"No account has the email address {masked(address)}, which --owners or "
            "--orphans-to names. Create it first."
        )
    return int(pk)


def masked(address: str) -> str:
    """Return the address as a report may show it: `a…@example.com`."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}…{at}{domain}" if at else f"{address[:1]}…"
