"""The bucket lists of the old Flask-API service, and their owners."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.models import User
from bucketlists.models import Bucketlist
from flask_import.accounts import convert_account, look_up_accounts
from flask_import.old_rows import Clock
from flask_import.tables import OldTable, System, Values, columns

if TYPE_CHECKING:
    from flask_import.old_rows import OldRow

MAX_NAME_LENGTH = 255
NO_NAME = "(no name)"


def convert_bucketlist(row: OldRow) -> Values:
    created, modified = dates(row)
    return {
        "created_by_id": row.owner("created_by", "user"),
        "name": row.text("name", MAX_NAME_LENGTH, if_empty=NO_NAME),
        "date_created": created,
        "date_modified": modified,
    }


def dates(row: OldRow) -> tuple[datetime, datetime]:
    """Return when the list was created and modified. One replaces the other.

    A list can be modified before it was created, as the old service allowed it.
    """
    created = row.time("date_created", Clock.DATABASE)
    modified = row.time("date_modified", Clock.DATABASE)
    substitute = modified or created or timezone.now()
    return (
        created or row.time_instead("date_created", substitute),
        modified or row.time_instead("date_modified", substitute),
    )


BUCKETLISTS = System(
    "bucketlists",
    "Bucket lists",
    (
        OldTable(
            "user",
            User,
            convert_account,
            columns("id", "email", "password"),
            without=frozenset({"name", "username", "is_account_current"}),
            secret=frozenset({"password"}),
            look_up=look_up_accounts,
        ),
        OldTable(
            "bucketlist",
            Bucketlist,
            convert_bucketlist,
            columns("id", "name", "date_created", "date_modified", "created_by"),
        ),
    ),
)
