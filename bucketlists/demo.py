"""Bucket lists of Ada and Bob."""

from __future__ import annotations

from accounts.demo import account
from accounts.models import User
from bucketlists.models import Bucketlist, Item
from common.db.demo import find_or_add, utc

# Name, when it was created, when it was last modified.
LISTS = {
    "ada": [
        ("See the northern lights ✨", "2026-01-12 18:30", "2026-01-12 18:30"),
        ("Sleep in a lighthouse", "2026-02-03 07:15", "2026-05-19 20:40"),
        ("Cross the equator at sea", "2026-02-03 07:20", "2026-02-03 07:20"),
        ("Read the Odyssey in Greek", "2026-04-25 22:05", "2026-08-01 09:00"),
    ],
    "bob": [
        ("Eat pizza in Naples 🍕", "2026-03-14 12:00", "2026-03-14 12:00"),
        (
            "לצוף בים המלח (float in the Dead Sea)",
            "2026-03-14 12:10",
            "2026-06-02 16:45",
        ),
        ("Learn to juggle five balls", "2026-07-07 19:30", "2026-07-07 19:30"),
    ],
}
# Items of one list, by its name: name, and when it was done.
ITEMS: dict[str, list[tuple[str, str | None]]] = {
    "See the northern lights ✨": [
        ("Book a week in Tromsø", "2026-02-11 19:00"),
        ("Buy warm boots", None),
        ("Learn to photograph at night", None),
    ]
}


def load() -> int:
    """Add the missing lists with their items, and return the number of rows added."""
    rows = [(name, *row) for name, rows in LISTS.items() for row in rows]
    return sum(
        add_list(number, account(owner), *row)
        for number, (owner, *row) in enumerate(rows, 1)
    )


def add_list(number: int, user: User, name: str, created: str, modified: str) -> int:
    row, is_new = find_or_add(Bucketlist, number=number, created_by=user, name=name)
    added = int(is_new) + add_items(row)
    if is_new:
        # Saving would set both times to now.
        Bucketlist.objects.filter(pk=row.pk).update(
            date_created=utc(created), date_modified=utc(modified)
        )
    return added


def add_items(bucketlist: Bucketlist) -> int:
    return sum(
        add_item(number, bucketlist, name, done_at)
        for number, (name, done_at) in enumerate(ITEMS.get(bucketlist.name, []), 1)
    )


def add_item(
    number: int, bucketlist: Bucketlist, name: str, done_at: str | None
) -> bool:
    _, is_new = find_or_add(
        Item,
        number=number,
        bucketlist=bucketlist,
        name=name,
        defaults={
            "position": number - 1,
            "done": done_at is not None,
            "done_at": done_at and utc(done_at),
        },
    )
    return is_new
