"""The options of `import_flask` that change which rows are taken, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Options:
    # The zone of times without one; None if it is unknown.
    zone: ZoneInfo | None = None
    # Cuts texts that are longer than the column.
    truncate: bool = False
    # Systems to import; empty for all that are recognized.
    systems: tuple[str, ...] = ()
    # `quintet`, or any system but the one whose rows get new IDs if theirs are in use.
    ids_of: str = ""
    # True if people with the same address in two systems become one; None if undecided.
    merge_accounts: bool | None = None
    # The address of the account that gets rows whose owner is missing.
    orphans_to: str = ""
    respect_is_active: bool = False
    respect_is_staff: bool = False
    # Roles by address, and addresses by old ID, from the CSV files of the owner.
    roles: tuple[tuple[str, str], ...] = ()
    owners: dict[str, str] = field(default_factory=dict)
