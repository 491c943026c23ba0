"""The media catalog of Flask-Restless: users, videos and playlists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask_import.accounts import account_at
from flask_import.errors import NothingWritten
from flask_import.kinds import SKIP, Kind
from flask_import.tables import MatchedTable, Names, OldTable, System, Values, columns
from media_catalog.models import Creator, Playlist, PlaylistVideo, Video

if TYPE_CHECKING:
    from flask_import.old_rows import OldRow
    from flask_import.planning import Planner
    from flask_import.sources.base import Table

NO_URL = Kind("no-url", "No URL can contain the ID, so only lists show the row.")
NO_ACCOUNT = Kind(
    "no-account",
    "The creator has no account. Only staff with the permission can change it, its "
    "videos and its playlists.",
    "--owners",
)


def convert_row(row: OldRow) -> Values:
    """Return the columns of creators, videos and playlists."""
    if "/" in row.old_id or row.old_id in {".", ".."}:
        row.decide("id", NO_URL, ["take", SKIP])
    return {
        "create_at": row.time("create_at"),
        "update_at": row.time("update_at"),
        "deleted": row.integer("deleted", choices=("clear", SKIP)),
    }


def convert_creator(row: OldRow) -> Values:
    values = convert_row(row)
    address = row.planner.options.owners.get(row.old_id)
    if address is None:
        row.decide("account", NO_ACCOUNT, ["take"])
    return {
        **values,
        "name": row.text_or_none("name"),
        "account_id": None if address is None else account_at(address),
    }


def check_owners(planner: Planner, matched: MatchedTable) -> None:
    """Raise NothingWritten if `--owners` names a creator that isn't imported."""
    for old_id in planner.options.owners:
        if planner.plan.pk_of(matched.name, old_id) is None:
            raise NothingWritten(
                f"--owners: {matched.name} has no row with the ID {old_id}, or it is "
                "left out."
            )


def convert_video(row: OldRow) -> Values:
    return {
        **convert_row(row),
        "title": row.text_or_none("title"),
        "author_id": row.reference("author_id", "user", ("clear", SKIP)),
    }


def convert_playlist(row: OldRow) -> Values:
    return {
        **convert_row(row),
        "title": row.text_or_none("title"),
        "owner_id": row.reference("owner_id", "user", ("clear", SKIP)),
    }


def find_links(table: Table, matched: Mapping[str, MatchedTable]) -> Names | None:
    """Return the columns that refer to a playlist and to a video, as they are named."""
    if "playlist" not in matched:
        return None
    targets = {matched[role].name: role for role in ("playlist", "video")}
    names = {
        f"{targets[target]}_id": (column,)
        for column, target in table.references.items()
        if target in targets
    }
    return names if len(names) == 2 else columns("playlist_id", "video_id")


def convert_link(row: OldRow) -> Values:
    """Return a link. Its position is its ID, and these are in the order of the rows."""
    return {
        "playlist_id": row.required_reference("playlist_id", "playlist"),
        "video_id": row.required_reference("video_id", "video"),
    }


COMMON = ("id", "create_at", "update_at")

MEDIA = System(
    "media",
    "Media catalog",
    (
        OldTable(
            "user",
            Creator,
            convert_creator,
            columns(*COMMON, "name"),
            optional=columns("deleted"),
            without=frozenset({"email"}),
            finish=check_owners,
        ),
        OldTable(
            "video",
            Video,
            convert_video,
            columns(*COMMON, "title", "author_id"),
            optional=columns("deleted"),
        ),
        OldTable(
            "playlist",
            Playlist,
            convert_playlist,
            columns(*COMMON, "title", "owner_id"),
            optional=columns("deleted"),
            is_required=False,
        ),
        OldTable(
            "playlist_video",
            PlaylistVideo,
            convert_link,
            columns("playlist_id", "video_id"),
            find_names=find_links,
            is_required=False,
            key=("playlist_id", "video_id"),
            keeps_id=False,
        ),
    ),
)
