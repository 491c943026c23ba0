"""Undoing an import: deletes what it wrote, as far as nobody uses it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db import transaction
from django.db.models import ManyToOneRel, Model
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import ActionRecord, IdempotencyKey, OldPassword, User
from flask_import.batches import batches
from flask_import.checksums import checksum, checksum_of_row
from flask_import.errors import NothingWritten
from flask_import.models import ImportedRow, ImportRun

BATCH_SIZE = 500
CHANGED, IN_USE = "changed since", "used by other rows"
# Rows of these say that someone has logged in or has a role, and go with the account.
TECHNICAL = {
    ActionRecord,
    IdempotencyKey,
    OldPassword,
    OutstandingToken,
    User.groups.through,
    User.user_permissions.through,
}


@dataclass
class Undone:
    deleted: Counter[str] = field(default_factory=Counter)
    # The model, the key and why the row is still there.
    kept: list[tuple[str, str, str]] = field(default_factory=list)


def get_run(number: int) -> ImportRun:
    run = ImportRun.objects.filter(pk=number).first()
    if run is None:
        known = ", ".join(str(each.pk) for each in ImportRun.objects.order_by("pk"))
        raise NothingWritten(
            f"There is no import {number}. There are: {known or 'none'}."
        )
    return run


@transaction.atomic
def undo(run: ImportRun) -> Undone:
    """Delete the rows of a run, those that were written last first.

    A row that someone has changed since, or that other rows refer to, is kept. If any
    is, so is the run: the same command can be given again.
    """
    undone = Undone()
    names = set(run.rows.order_by().values_list("model", flat=True).distinct())
    for model in children_first(models_named(names)):
        undo_merges(run, model)
        # A row may refer to one of the same table that a later batch would delete.
        while undo_pass(run, model, undone):
            pass
        undone.kept += kept_rows(run, model)
    if not run.rows.exists():
        run.delete()
    return undone


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


def undo_merges(run: ImportRun, model: type[Model]) -> None:
    """Take the second passwords back from accounts that were there already."""
    merged = run.rows.filter(model=model._meta.label_lower, is_new=False)
    for row in merged:
        for password in OldPassword.objects.filter(user=int(row.new_pk)):
            if checksum(password.encoded) == row.checksum:
                password.delete()
    merged.delete()


def undo_pass(run: ImportRun, model: type[Model], undone: Undone) -> int:
    """Delete what can be deleted now. Return the number of rows."""
    rows, deleted = run.rows.filter(model=model._meta.label_lower).order_by("-pk"), 0
    # In one list, because the rows are deleted while they are read.
    for keys in batches(list(rows.values_list("pk", flat=True)), BATCH_SIZE):
        batch = ImportedRow.objects.filter(pk__in=keys)
        gone = deletable(model, list(batch))
        model._default_manager.filter(pk__in=gone).delete()
        batch.filter(new_pk__in=[str(key) for key in gone]).delete()
        deleted += len(gone)
    undone.deleted[model._meta.label] += deleted
    return deleted


def deletable(model: type[Model], rows: list[ImportedRow]) -> set[object]:
    """Return the keys of rows that nobody has changed and no other row refers to.

    Rows that somebody has deleted are among them.
    """
    checksums = {row.new_pk: row.checksum for row in rows}
    keys = {model._meta.pk.to_python(key) for key in checksums}
    stored = model._default_manager.in_bulk(list(keys))
    unchanged = {
        key
        for key in keys
        if key not in stored or checksum_of_row(stored[key]) == checksums[str(key)]
    }
    while used := used_keys(model, unchanged):
        unchanged -= used
    return unchanged


def used_keys(model: type[Model], keys: set[object]) -> set[object]:
    """Return those of the keys to which rows refer that aren't among them."""
    used: set[object] = set()
    for relation in model._meta.get_fields(include_hidden=True):
        if (
            not isinstance(relation, ManyToOneRel)
            or relation.related_model in TECHNICAL
        ):
            continue
        column = relation.field.attname
        rows = relation.related_model._default_manager.filter(
            **{f"{column}__in": list(keys)}
        )
        is_same = relation.related_model is model
        used |= {
            target
            for pk, target in rows.values_list("pk", column)
            if not (is_same and pk in keys)
        }
    return used


def kept_rows(run: ImportRun, model: type[Model]) -> Iterator[tuple[str, str, str]]:
    """Return the rows that are still there, with the reason."""
    rows = run.rows.filter(model=model._meta.label_lower).order_by("pk")
    for batch in batches(rows.iterator(BATCH_SIZE), BATCH_SIZE):
        keys = {model._meta.pk.to_python(row.new_pk) for row in batch}
        stored = model._default_manager.in_bulk(list(keys))
        for row in batch:
            instance = stored[model._meta.pk.to_python(row.new_pk)]
            is_changed = checksum_of_row(instance) != row.checksum
            yield model._meta.label, row.new_pk, CHANGED if is_changed else IN_USE
