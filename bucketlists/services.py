"""Writes of lists and their items. Whoever writes items holds their list's row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from accounts.claims import proving
from accounts.models import User
from bucketlists.models import Bucketlist, Item
from common.errors import Conflict
from common.inserts import insert, insert_with, new_row
from common.prefetched import know_related

MAX_ITEMS = 1000

Rows = list[dict[str, Any]]


class TooManyItems(Conflict):
    default_detail = f"A bucket list holds at most {MAX_ITEMS} items."
    default_code = "too_many_items"


class NameTaken(Conflict):
    default_detail = "There is a bucket list of this name already."
    default_code = "name_taken"


def create_list(
    *, owner: User, name: str, items: Rows | None = None, unique: bool = False
) -> Bucketlist:
    """A new list, which knows its items.

    Raises NameTaken where `unique` and the owner has one of that name.
    """
    if not unique:
        return write_list(owner, name, items or [])
    with transaction.atomic():
        refuse_second(owner_id=owner.pk, name=name)
        return write_list(owner, name, items or [])


def write_list(owner: User, name: str, items: Rows) -> Bucketlist:
    bucketlist = new_row(Bucketlist, {"created_by_id": owner.pk, "name": name})
    with proving(owner) as condition:
        written = insert_with(bucketlist, new_items(items), "bucketlist", condition)
    written.sort(key=lambda item: (item.position, item.pk))
    know_related(bucketlist, "items", written)
    return bucketlist


@transaction.atomic
def change_list(
    bucketlist: Bucketlist,
    *,
    name: str | None = None,
    items: Rows | None = None,
    whole: bool = False,
    unique: bool = False,
) -> Bucketlist:
    """Renames a list, changes the items that have an id and adds those that have none.

    With `whole`, items that are not named go, and the others get the positions that
    they have in `items`. Raises NameTaken as `create_list` does.
    """
    if unique and name is not None:
        refuse_second(bucketlist.created_by_id, name, besides=bucketlist.pk)
    lock_list(bucketlist)
    if name is not None:
        bucketlist.name = name
        bucketlist.save(update_fields=["name"])
    if items is not None:
        write_items(bucketlist, items, whole=whole)
    return bucketlist


def refuse_second(owner_id: int, name: str, besides: int | None = None) -> None:
    """Lets the requests of one owner look for a name one after the other."""
    locked(owner_id)
    same = Bucketlist.objects.filter(created_by=owner_id, name=name)
    if same.exclude(pk=besides or 0).exists():
        raise NameTaken


def hold_list(bucketlist: Bucketlist) -> None:
    """Keeps other writers of the list and its items off, and changes nothing."""
    locked(bucketlist.created_by_id)
    lists = Bucketlist.objects.select_for_update().filter(pk=bucketlist.pk)
    lists.first()


def locked(owner_id: int) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=owner_id)


def lock_list(bucketlist: Bucketlist) -> None:
    """Marks the list as modified, which other writers of its items wait for."""
    bucketlist.date_modified = timezone.now()
    row = Bucketlist.objects.filter(pk=bucketlist.pk)
    if not row.update(date_modified=bucketlist.date_modified):
        raise Http404


def write_items(bucketlist: Bucketlist, rows: Rows, *, whole: bool) -> None:
    if whole:
        rows = [{"position": place} | row for place, row in enumerate(rows)]
    own = Item.objects.filter(bucketlist=bucketlist)
    found = {item.pk: item for item in own}
    named = [row["id"] for row in rows if "id" in row]
    refuse_ids(rows, found)
    if whole:
        own.exclude(pk__in=named).delete()
    changed = [found[pk] for pk in named]
    for row in rows:
        if "id" in row:
            found[row["id"]].assign(**without_id(row))
    Item.objects.bulk_update(changed, ["name", "position", "done", "done_at"])
    add_rows(bucketlist, [row for row in rows if "id" not in row])


def refuse_ids(rows: Rows, found: Iterable[int]) -> None:
    """Each id is one of the list's own, and stands there once."""
    left = set(found)
    errors: dict[str, Any] = {}
    for number, row in enumerate(rows):
        if "id" in row and row["id"] not in left:
            errors[str(number)] = {"id": ["The list has no such item."]}
        left.discard(row.get("id", 0))
    if errors:
        raise ValidationError({"items": errors})


def without_id(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}


@transaction.atomic
def add_items(bucketlist: Bucketlist, rows: Rows) -> list[Item]:
    """New items, at the end unless they name a position. Raises TooManyItems."""
    lock_list(bucketlist)
    return add_rows(bucketlist, rows)


def add_rows(bucketlist: Bucketlist, rows: Rows) -> list[Item]:
    if not rows:
        return []
    own = Item.objects.filter(bucketlist=bucketlist)
    if own.count() + len(rows) > MAX_ITEMS:
        raise TooManyItems
    items = new_items(rows, own.last_position())
    for item in items:
        item.bucketlist = bucketlist
    return insert(items)


def new_items(rows: Rows, place: int = -1) -> list[Item]:
    """Unwritten items behind that place, unless they name a position."""
    items = []
    for row in rows:
        item = Item()
        place = row.get("position", min(place + 1, Item.LAST_POSITION))
        item.assign(**without_id(row) | {"position": place})
        items.append(item)
    return items


@transaction.atomic
def change_item(item: Item, **fields: Any) -> Item:
    lock_list(item.bucketlist)
    # Somebody else may have changed it since it was read.
    current = Item.objects.filter(pk=item.pk).first()
    if current is None:
        raise Http404
    current.assign(**fields)
    current.save()
    return current


@transaction.atomic
def delete_item(item: Item) -> None:
    lock_list(item.bucketlist)
    item.delete()
