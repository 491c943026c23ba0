"""Writes of lists and their items. Each write of items locks their list first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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

Rows = list[dict[str, Any]]


class TooManyItems(Conflict):
    default_detail = f"A bucket list holds at most {MAX_ITEMS} items."
    default_code = "too_many_items"


class NameTaken(Conflict):
    default_detail = "There is a bucket list of this name already."
    default_code = "name_taken"


@transaction.atomic
def create_list(
    *, owner: User, name: str, items: Rows | None = None, unique: bool = False
) -> Bucketlist:
    """Creates a list with its items, and returns it with the items prefetched.

    Raises NameTaken where `unique` and the owner has one of that name.
    """
    if unique:
        refuse_second(owner_id=owner.pk, name=name)
    bucketlist = Bucketlist.objects.create(created_by=owner, name=name)
    Item.objects.bulk_create(new_items(bucketlist, items or []))
    prefetch_related_objects([bucketlist], "items")
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
    row = lock_row(bucketlist)
    if name is not None:
        row.name = name
    row.save()
    if items is not None:
        write_items(row, items, whole=whole)
    return row


def refuse_second(owner_id: int, name: str, besides: int | None = None) -> None:
    """Raises NameTaken; other requests of the owner wait until this one commits."""
    locked_owner(owner_id)
    same = Bucketlist.objects.filter(created_by=owner_id, name=name)
    if same.exclude(pk=besides or 0).exists():
        raise NameTaken


def hold_list(bucketlist: Bucketlist) -> None:
    """Locks the list and its owner, so that other writers of either wait."""
    locked_owner(bucketlist.created_by_id)
    lists = Bucketlist.objects.select_for_update().filter(pk=bucketlist.pk)
    lists.first()


def locked_owner(owner_id: int) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=owner_id)


def touch_list(bucketlist: Bucketlist) -> None:
    """Locks the list and sets `date_modified`. Raises Http404 if it is gone."""
    lists = Bucketlist.objects.filter(pk=bucketlist.pk)
    if not lists.update(date_modified=timezone.now()):
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
    if new := [row for row in rows if "id" not in row]:
        Item.objects.bulk_create(items_behind(bucketlist, new))


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
def add_item(bucketlist: Bucketlist, **fields: Any) -> Item:
    """Adds one item, at the end unless a position is named. Raises TooManyItems."""
    touch_list(bucketlist)
    (item,) = items_behind(bucketlist, [fields])
    item.save()
    return item


@transaction.atomic
def add_items(bucketlist: Bucketlist, rows: Rows) -> list[Item]:
    """Adds all items or none, as `add_item` does."""
    touch_list(bucketlist)
    return Item.objects.bulk_create(items_behind(bucketlist, rows))


def items_behind(bucketlist: Bucketlist, rows: Rows) -> list[Item]:
    """Makes unsaved items behind the stored ones. Raises TooManyItems."""
    stored = Item.objects.filter(bucketlist=bucketlist)
    if stored.count() + len(rows) > MAX_ITEMS:
        raise TooManyItems
    return new_items(bucketlist, rows, stored.last_position())


def new_items(bucketlist: Bucketlist, rows: Rows, place: int = -1) -> list[Item]:
    """Makes unsaved items behind that place, unless they name a position."""
    items = []
    for row in rows:
        item = Item(bucketlist=bucketlist)
        place = row.get("position", min(place + 1, Item.LAST_POSITION))
        item.assign(**without_id(row) | {"position": place})
        items.append(item)
    return items


@transaction.atomic
def change_item(item: Item, **fields: Any) -> Item:
    touch_list(item.bucketlist)
    # Somebody else may have changed it since it was read.
    current = Item.objects.filter(pk=item.pk).first()
    if current is None:
        raise Http404
    current.assign(**fields)
    current.save()
    return current


@transaction.atomic
def delete_item(item: Item) -> None:
    touch_list(item.bucketlist)
    item.delete()
