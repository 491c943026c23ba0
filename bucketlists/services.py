"""Writes of bucket lists and items. Each write of items locks their list first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict, Unpack

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.http import Http404
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from accounts.models import User
from bucketlists.models import Bucketlist, Item
from common.db.locks import lock_row
from common.http.errors import Conflict

MAX_ITEMS = 1000


class ItemFields(TypedDict, total=False):
    """Fields that a client sent for a new item or, with an ID, for a stored one."""

    id: int
    name: str
    position: int
    done: bool


class TooManyItems(Conflict):
    default_detail = f"A bucket list can have at most {MAX_ITEMS} items."
    default_code = "too_many_items"


class NameTaken(Conflict):
    default_detail = "You already have a bucket list with this name."
    default_code = "name_taken"


def create_list(
    *,
    owner: User,
    name: str,
    items: list[ItemFields] | None = None,
    unique: bool = False,
) -> Bucketlist:
    """Create a bucket list with its items, and return it with the items read.

    Raise NameTaken if the name must be `unique` and the owner has a list with it.
    """
    if not (items or unique):
        # One INSERT is a transaction of its own.
        bucketlist = Bucketlist.objects.create(created_by=owner, name=name)
        bucketlist.sorted_items = []
        return bucketlist
    with transaction.atomic():
        if unique:
            check_name(owner_id=owner.pk, name=name)
        bucketlist = Bucketlist.objects.create(created_by=owner, name=name)
        Item.objects.bulk_create(new_items(bucketlist, items or []))
        prefetch_related_objects([bucketlist], "items")
    return bucketlist


@transaction.atomic
def delete_list(bucketlist: Bucketlist) -> None:
    """Delete the list and its items. Raise Http404 if it has been deleted."""
    lock_row(bucketlist)
    bucketlist.delete()


@transaction.atomic
def change_list(
    bucketlist: Bucketlist,
    *,
    name: str | None = None,
    items: list[ItemFields] | None = None,
    replace: bool = False,
    unique: bool = False,
) -> Bucketlist:
    """Rename a list, change the items that have an ID, and add those that have none.

    `replace` deletes the others and sets the positions. May raise NameTaken.
    """
    if unique and name is not None:
        check_name(bucketlist.created_by_id, name, except_pk=bucketlist.pk)
    row = lock_row(bucketlist)
    row.name = row.name if name is None else name
    row.save()
    if items is not None:
        write_items(row, items, replace=replace)
    return row


def check_name(owner_id: int, name: str, except_pk: int | None = None) -> None:
    """Lock the owner, and raise NameTaken if another of their lists has the name."""
    lock_owner(owner_id)
    lists = Bucketlist.objects.filter(created_by=owner_id, name=name)
    if lists.exclude(pk=except_pk or 0).exists():
        raise NameTaken


def lock_list_and_owner(bucketlist: Bucketlist) -> None:
    """Lock the list and its owner, so that other writers of either wait."""
    lock_owner(bucketlist.created_by_id)
    lists = Bucketlist.objects.select_for_update().filter(pk=bucketlist.pk)
    lists.first()


def lock_owner(owner_id: int) -> None:
    User.objects.select_for_update(no_key=True).get(pk=owner_id)


def touch_and_lock_list(bucketlist: Bucketlist) -> None:
    """Set `date_modified`, which also locks the list until the transaction ends.

    Raise Http404 if the list has been deleted.
    """
    lists = Bucketlist.objects.filter(pk=bucketlist.pk)
    if not lists.update(date_modified=timezone.now()):
        raise Http404


def write_items(
    bucketlist: Bucketlist, rows: list[ItemFields], *, replace: bool
) -> None:
    if replace:
        rows = [ItemFields(position=place) | row for place, row in enumerate(rows)]
    stored = Item.objects.filter(bucketlist=bucketlist)
    items = {item.pk: item for item in stored}
    check_item_ids(rows, items)
    changed_ids = [row["id"] for row in rows if "id" in row]
    if replace:
        stored.exclude(pk__in=changed_ids).delete()
    for row in rows:
        if "id" in row:
            items[row["id"]].assign(**without_id(row))
    changed = [items[pk] for pk in changed_ids]
    Item.objects.bulk_update(changed, ["name", "position", "done", "done_at"])
    if added := [row for row in rows if "id" not in row]:
        Item.objects.bulk_create(appended_items(bucketlist, added))


def check_item_ids(rows: list[ItemFields], item_ids: Iterable[int]) -> None:
    """Raise ValidationError for IDs that are not in the list or come twice."""
    unused = set(item_ids)
    errors: dict[str, dict[str, list[str]]] = {}
    for number, row in enumerate(rows):
        if "id" in row and row["id"] not in unused:
            errors[str(number)] = {"id": ["The list has no such item."]}
        unused.discard(row.get("id", 0))
    if errors:
        raise ValidationError({"items": errors})


def without_id(row: ItemFields) -> ItemFields:
    fields = row.copy()
    fields.pop("id", None)
    return fields


@transaction.atomic
def add_item(bucketlist: Bucketlist, **fields: Unpack[ItemFields]) -> Item:
    """Add an item, at the end unless it has a position. Raise TooManyItems."""
    touch_and_lock_list(bucketlist)
    (item,) = appended_items(bucketlist, [fields])
    item.save()
    return item


@transaction.atomic
def add_items(bucketlist: Bucketlist, rows: list[ItemFields]) -> list[Item]:
    """Add all items or none, as `add_item` does."""
    touch_and_lock_list(bucketlist)
    return Item.objects.bulk_create(appended_items(bucketlist, rows))


def appended_items(bucketlist: Bucketlist, rows: list[ItemFields]) -> list[Item]:
    """Return unsaved items to follow the stored ones. Raise TooManyItems."""
    stored = Item.objects.filter(bucketlist=bucketlist)
    if stored.count() + len(rows) > MAX_ITEMS:
        raise TooManyItems
    return new_items(bucketlist, rows, stored.last_position())


def new_items(
    bucketlist: Bucketlist, rows: list[ItemFields], last_position: int = -1
) -> list[Item]:
    """Return unsaved items; those without a position follow the one before."""
    items = []
    position = last_position
    for row in rows:
        item = Item(bucketlist=bucketlist)
        position = row.get("position", min(position + 1, Item.MAX_POSITION))
        item.assign(**without_id(row) | {"position": position})
        items.append(item)
    return items


@transaction.atomic
def change_item(item: Item, **fields: Unpack[ItemFields]) -> Item:
    """Write the fields to the item as it is now. Raise Http404 if it is deleted."""
    touch_and_lock_list(item.bucketlist)
    row = Item.objects.filter(pk=item.pk).first()
    if row is None:
        raise Http404
    row.assign(**fields)
    row.save()
    return row


@transaction.atomic
def delete_item(item: Item) -> None:
    touch_and_lock_list(item.bucketlist)
    item.delete()
