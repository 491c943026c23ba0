"""Undoing an import: the deletion of its rows, except those in use."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.db import Error, transaction
from django.db.models import ManyToOneRel, Model, Q
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import ActionRecord, IdempotencyKey, OldPassword, User
from flask_import.batches import batches
from flask_import.checksums import checksum, checksum_of_row
from flask_import.errors import BrokenOff, first_line
from flask_import.files import create_private
from flask_import.models import ImportedRow, ImportRun
from flask_import.reports import REPORT, write_list

BATCH_SIZE = 500
MAX_KEPT_SHOWN = 10
CHANGED, IN_USE = "changed since", "used by other rows"
HAS_RIGHTS = "has a role or a permission"
SECOND_PASSWORDS = "second passwords"
# Rows of these say that someone has logged in, and go with the account.
TECHNICAL = {ActionRecord, IdempotencyKey, OldPassword, OutstandingToken}


@dataclass
class Undo:
    """Deletion of the rows of a run, those that refer to others first.

    A row that someone has changed since, or that other rows refer to, is kept. If any
    is, so is the run: it can be undone again later.
    """

    imported: ImportRun
    # Numbers of rows, by model.
    deleted: Counter[str] = field(default_factory=Counter)
    # Numbers of rows that are still there, by model and reason.
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)

    def run(self) -> None:
        """Raise BrokenOff if the database fails; nothing is deleted then."""
        try:
            with transaction.atomic():
                self.undo()
        except Error as exc:
            raise BrokenOff(
                f"The database failed, and nothing was deleted: {first_line(exc)}."
            ) from exc

    def undo(self) -> None:
        for model in models_of(self.imported):
            self.deleted[SECOND_PASSWORDS] += undo_merges(self.imported, model)
            self.undo_rows(model)
        self.kept.update((row.model, row.reason) for row in kept_rows(self.imported))
        if not self.kept:
            self.imported.delete()

    def undo_rows(self, model: type[Model]) -> None:
        """Delete what can be deleted of a model, in one pass after another.

        A row may refer to one of the same table that a later batch would delete. The
        passes go back and forth, so that a long line of rows takes two of them.
        """
        for order in cycle(["-pk", "pk"]):
            deleted = undo_pass(self.imported, model, order)
            self.deleted[model._meta.label_lower] += deleted
            if not deleted:
                return


class KeptRow(NamedTuple):
    model: str
    pk: str
    table: str
    old_id: str
    reason: str


def models_of(run: ImportRun) -> list[type[Model]]:
    names = set(run.rows.order_by().values_list("model", flat=True).distinct())
    return children_first(models_named(names))


def models_named(names: set[str]) -> list[type[Model]]:
    return [each for each in apps.get_models(True) if each._meta.label_lower in names]


def children_first(models: list[type[Model]]) -> list[type[Model]]:
    """Return the models so that each comes before those that it refers to."""
    remaining, ordered = list(models), []
    while remaining:
        parents = {parent for each in remaining for parent in parents_of(each)}
        free = [each for each in remaining if each not in parents] or remaining
        ordered += free
        remaining = [each for each in remaining if each not in free]
    return ordered


def parents_of(model: type[Model]) -> set[type[Model]]:
    return {
        each.related_model
        for each in model._meta.concrete_fields
        if each.related_model and each.related_model is not model
    }


def undo_merges(run: ImportRun, model: type[Model]) -> int:
    """Take the second passwords back from accounts that were there already."""
    merged = run.rows.filter(model=model._meta.label_lower, is_new=False)
    number = 0
    for row in merged.order_by("pk").iterator(BATCH_SIZE):
        for password in OldPassword.objects.filter(user=int(row.new_pk)):
            if checksum(password.encoded) == row.checksum:
                password.delete()
                number += 1
    merged.delete()
    return number


def undo_pass(run: ImportRun, model: type[Model], order: str) -> int:
    """Delete what can be deleted now. Return the number of rows."""
    rows, deleted = run.rows.filter(model=model._meta.label_lower), 0
    # In one list, because the rows are deleted while they are read.
    keys = list(rows.order_by(order).values_list("pk", flat=True).iterator())
    for some in batches(keys, BATCH_SIZE):
        batch = ImportedRow.objects.filter(pk__in=some)
        gone = deletable(model, list(batch))
        model._default_manager.filter(pk__in=gone).delete()
        batch.filter(new_pk__in=[str(key) for key in gone]).delete()
        deleted += len(gone)
    return deleted


def deletable(model: type[Model], rows: list[ImportedRow]) -> set[object]:
    """Return the keys of unchanged rows that no other row refers to.

    Rows that have been deleted are among them.
    """
    checksums = {row.new_pk: row.checksum for row in rows}
    keys = {model._meta.pk.to_python(key) for key in checksums}
    stored = model._default_manager.in_bulk(list(keys))
    changed = {
        key for key in stored if checksum_of_row(stored[key]) != checksums[str(key)]
    }
    return keys - changed - used_keys(model, keys, changed)


def used_keys(model: type[Model], keys: set[object], kept: set[object]) -> set[object]:
    """Return those of the keys to which rows refer that are kept or not among them."""
    used: set[object] = set()
    # The targets of each row in the same table.
    targets: defaultdict[object, set[object]] = defaultdict(set)
    for pk, target in references_to(model, keys):
        if pk in keys:
            targets[pk].add(target)
        else:
            used.add(target)
    waiting = list(used | kept)
    while waiting:
        new = targets[waiting.pop()] - used
        used |= new
        waiting += new
    return used


def references_to(
    model: type[Model], keys: set[object]
) -> Iterator[tuple[object, object]]:
    """Return each of the keys to which a row refers, after the key of that row.

    The latter is None for rows of other models.
    """
    for relation in relations_to(model):
        column = relation.field.attname
        rows = relation.related_model._default_manager.order_by().filter(
            **{f"{column}__in": list(keys)}
        )
        if relation.related_model is model:
            yield from rows.values_list("pk", column)
        else:
            for target in rows.values_list(column, flat=True).distinct():
                yield None, target


def relations_to(model: type[Model]) -> Iterator[ManyToOneRel]:
    for relation in model._meta.get_fields(include_hidden=True):
        if (
            isinstance(relation, ManyToOneRel)
            and relation.related_model not in TECHNICAL
        ):
            yield relation


def kept_rows(run: ImportRun) -> Iterator[KeptRow]:
    """Return the rows that are still there, with the reason."""
    for model in models_of(run):
        rows = run.rows.filter(model=model._meta.label_lower).order_by("pk")
        for batch in batches(rows.iterator(BATCH_SIZE), BATCH_SIZE):
            keys = {model._meta.pk.to_python(row.new_pk) for row in batch}
            stored = model._default_manager.in_bulk(list(keys))
            with_rights = keys_with_rights(model, stored)
            for row in batch:
                key = model._meta.pk.to_python(row.new_pk)
                if key in stored:
                    reason = HAS_RIGHTS if key in with_rights else IN_USE
                    if checksum_of_row(stored[key]) != row.checksum:
                        reason = CHANGED
                    yield KeptRow(row.model, row.new_pk, row.table, row.old_id, reason)


def keys_with_rights(model: type[Model], keys: Iterable[object]) -> set[object]:
    """Return the keys of accounts that a role or a permission keeps."""
    if model is not User:
        return set()
    has_rights = Q(groups__isnull=False) | Q(user_permissions__isnull=False)
    accounts = User.objects.filter(has_rights, pk__in=list(keys))
    return set(accounts.values_list("pk", flat=True))


def kept_lines(undone: Undo) -> Iterator[str]:
    """Return what is still there and why, with examples."""
    for (model, reason), number in undone.kept.items():
        yield f"{model}: {number} kept, {reason}"
    rows = islice(kept_rows(undone.imported), MAX_KEPT_SHOWN)
    yield from (f"    {row.model} {row.pk}: {row.reason}" for row in rows)
    if undone.kept.total() > MAX_KEPT_SHOWN:
        yield f"    … and {undone.kept.total() - MAX_KEPT_SHOWN} more; see --report"
    yield f"What is kept can be undone later: --undo {undone.imported.pk}"


def write_kept(path: Path, run: ImportRun) -> None:
    """Write a list of all rows that are still there, as JSON."""
    with create_private(path, REPORT) as file:
        file.write(f"{REPORT},\n")
        kept = (row._asdict() for row in kept_rows(run))
        write_list(file, "kept", kept, end="\n}\n")
