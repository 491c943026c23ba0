"""The IDs of new rows: those of the old rows, if they are free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import AutoField, Max, Model

from flask_import import kinds
from flask_import.errors import LeftOut
from flask_import.tables import MatchedTable

if TYPE_CHECKING:
    from flask_import.old_rows import OldRow
    from flask_import.planning import Planner

# The value of `--ids-of` for the rows that Quintet has already.
QUINTET = "quintet"


class NewIds:
    """Choice of the primary keys of new rows."""

    def __init__(self, planner: Planner) -> None:
        self.planner = planner
        # Keys of existing rows among the old IDs of the current batch.
        self.taken: set[str] = set()
        # The next number that no row has, by model.
        self.next_numbers: dict[type[Model], int] = {}

    def look_up(self, matched: MatchedTable, old_ids: list[str]) -> None:
        """Look up which of the old IDs of a batch are taken."""
        self.taken = set()
        if not matched.old.keeps_id:
            return
        field = matched.old.model._meta.pk
        is_number = isinstance(field, AutoField)
        keys = [key for key in old_ids if not is_number or is_valid(matched, key)]
        rows = matched.old.model._default_manager.filter(pk__in=keys)
        self.taken = {str(key) for key in rows.values_list("pk", flat=True)}

    def choose(self, row: OldRow) -> int | str:
        """Return the primary key of the new row."""
        matched = row.matched
        if not matched.old.keeps_id:
            return self.next_number(matched)
        if not isinstance(matched.old.model._meta.pk, AutoField):
            return self.text_key(row)
        kind = None
        if not is_valid(matched, row.old_id):
            kind = kinds.ID_INVALID
        elif self.is_taken(matched, row.old_id):
            kind = kinds.ID_TAKEN
            self.require_owner(matched)
        if kind is None:
            return int(row.old_id)
        number = self.next_number(matched)
        row.decide("id", kind, ["new"], f"{row.old_id} → {number}")
        return number

    def text_key(self, row: OldRow) -> str:
        """Return the old key. A row whose key another row has is left out."""
        max_length = row.matched.old.model._meta.pk.max_length
        value = row.values[row.matched.old.key[0]]
        if value is None or not 0 < len(row.old_id) <= (max_length or 0):
            detail = f"{len(row.old_id)} of {max_length} characters"
            row.decide("id", kinds.ID_INVALID, [kinds.SKIP], detail)
        if str(value) != row.old_id:
            row.decide("id", kinds.ID_ESCAPED, ["escape", kinds.SKIP], row.old_id)
        if self.is_taken(row.matched, row.old_id):
            row.decide("id", kinds.ID_IN_USE, [kinds.SKIP])
            raise LeftOut
        return row.old_id

    def is_taken(self, matched: MatchedTable, key: str) -> bool:
        label = matched.old.model._meta.label_lower
        claimed = self.planner.plan.claim(f"{label}.pk", key)
        return key in self.taken or claimed is not None

    def require_owner(self, matched: MatchedTable) -> None:
        """Ask whose IDs are kept, if the owner hasn't said."""
        name, ids_of = matched.system.name, self.planner.options.ids_of
        if ids_of and ids_of != name:
            return
        self.planner.require(
            f"Other rows have IDs of {matched.name}. To give its rows new IDs, use "
            f"--ids-of {QUINTET}. To keep its IDs, import {name} before the others: "
            f"use --system {name} and a database without rows."
        )

    def next_number(self, matched: MatchedTable) -> int:
        """Return a number above all IDs, old and new."""
        model = matched.old.model
        if model not in self.next_numbers:
            greatest = model._default_manager.aggregate(n=Max("pk"))["n"] or 0
            self.next_numbers[model] = 1 + max(greatest, self.greatest_old_id(model))
        self.next_numbers[model] += 1
        return self.next_numbers[model] - 1

    def greatest_old_id(self, model: type[Model]) -> int:
        """Return the greatest valid ID of the old tables that become the model."""
        greatest = 0
        for system in self.planner.systems:
            for matched in system.tables.values():
                if matched.old.model is model and matched.old.keeps_id:
                    column = matched.names[matched.old.key[0]]
                    value = self.planner.source.greatest(matched.table, column)
                    if isinstance(value, int) and is_valid(matched, str(value)):
                        greatest = max(greatest, value)
        return greatest


def is_valid(matched: MatchedTable, key: str) -> bool:
    """Return whether the key is a positive number that the column can hold."""
    field = matched.old.model._meta.pk
    _, most = connection.ops.integer_field_range(field.get_internal_type())
    return key.isascii() and key.isdigit() and 0 < int(key) <= (most or 2**63 - 1)
