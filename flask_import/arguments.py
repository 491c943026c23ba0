"""The arguments of `import_flask`."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from common.suggestions import suggestion
from flask_import.errors import NothingWritten
from flask_import.new_ids import QUINTET
from flask_import.options import Options
from flask_import.systems import SYSTEMS


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "database_url",
        nargs="?",
        help="URL of the old database, such as sqlite:////srv/old/app.db or "
        "postgres://user:password@host/name; the database is only read",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="write the rows; without it, only report what would be written",
    )
    add_choices(parser)
    add_people(parser)
    add_files(parser)
    add_runs(parser)


def add_runs(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("earlier imports")
    runs = group.add_mutually_exclusive_group()
    runs.add_argument("--runs", action="store_true", help="list earlier imports")
    runs.add_argument(
        "--undo",
        type=int,
        metavar="RUN",
        help="delete the rows that the import RUN has written",
    )
    runs.add_argument(
        "--forget",
        type=int,
        metavar="RUN",
        help="keep the rows of the import RUN, and forget where they came from",
    )


def check_arguments(arguments: Mapping[str, Any]) -> None:
    """Raise NothingWritten unless there is exactly one thing to do."""
    is_earlier = arguments["runs"] or not (
        arguments["undo"] is None and arguments["forget"] is None
    )
    if arguments["database_url"] is None and not is_earlier:
        raise NothingWritten("The URL of the old database is missing.")
    if is_earlier and (arguments["database_url"] or arguments["write"]):
        raise NothingWritten(
            "--runs, --undo and --forget are for earlier imports. Use them without a "
            "database and without --write."
        )


def add_choices(parser: ArgumentParser) -> None:
    names = ", ".join(system.name for system in SYSTEMS)
    group = parser.add_argument_group("what to import, and how")
    group.add_argument(
        "--system",
        metavar="NAMES",
        default="",
        help=f"import only these, separated by commas: {names}",
    )
    group.add_argument(
        "--source",
        default="",
        help="name of the source (default: name of the database)",
    )
    group.add_argument(
        "--zone",
        default="",
        help="time zone of times without one, such as Europe/Berlin",
    )
    group.add_argument(
        "--ids-of",
        default="",
        metavar="SYSTEM",
        help=f"{QUINTET} gives rows whose IDs are in use new ones",
    )
    group.add_argument(
        "--truncate", action="store_true", help="truncate texts that are too long"
    )
    group.add_argument(
        "--orphans-to",
        default="",
        metavar="EMAIL",
        help="account that gets rows whose owner is missing",
    )


def add_people(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("people")
    merge = group.add_mutually_exclusive_group()
    merge.add_argument(
        "--merge-accounts",
        action="store_const",
        const=True,
        dest="merge_accounts",
        help="map people with the address of an existing account to it",
    )
    merge.add_argument(
        "--keep-accounts",
        action="store_const",
        const=False,
        dest="merge_accounts",
        help="give them an account and an address of their own",
    )
    group.add_argument(
        "--respect-is-active",
        action="store_true",
        help="disable the accounts of inactive people",
    )
    group.add_argument(
        "--respect-is-staff", action="store_true", help="give staff access to the admin"
    )
    group.add_argument(
        "--roles",
        metavar="CSV",
        help="casting roles: file with email address and role per line",
    )
    group.add_argument(
        "--owners",
        metavar="CSV",
        help="file with old user ID and email address per line",
    )


def add_files(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("files")
    group.add_argument(
        "--decisions",
        metavar="FILE",
        help="follow the decisions in this file; a dry run creates it if it is missing",
    )
    group.add_argument("--report", metavar="FILE", help="write the report as JSON")
    group.add_argument(
        "--rejects",
        metavar="DIRECTORY",
        help="write the rows that are left out as JSON lines",
    )


def options_of(arguments: Mapping[str, Any]) -> Options:
    """Return the options. Raise NothingWritten for invalid values."""
    systems = [name.strip() for name in arguments["system"].split(",")]
    check_names("--ids-of", [arguments["ids_of"] or QUINTET], QUINTET)
    check_names("--system", [name for name in systems if name])
    return Options(
        zone=zone_of(arguments["zone"]),
        truncate=arguments["truncate"],
        systems=tuple(name for name in systems if name),
        ids_of=arguments["ids_of"],
        merge_accounts=arguments["merge_accounts"],
        orphans_to=arguments["orphans_to"],
        respect_is_active=arguments["respect_is_active"],
        respect_is_staff=arguments["respect_is_staff"],
        roles=tuple(pairs_of(arguments["roles"])),
        owners=dict(pairs_of(arguments["owners"])),
    )


def check_names(option: str, names: Iterable[str], *others: str) -> None:
    """Raise NothingWritten for a name that is neither a system's nor another one."""
    allowed = [*(system.name for system in SYSTEMS), *others]
    for name in names:
        if name not in allowed:
            raise NothingWritten(
                f'{option}: unknown system "{name}". {suggestion(name, allowed)} '
                f"Possible: {', '.join(allowed)}."
            )


def zone_of(name: str) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NothingWritten(
            f'Unknown zone "{name}". {suggestion(name, available_timezones())} '
            "Use a name such as Europe/Berlin or UTC."
        ) from None


def pairs_of(path: str | None) -> list[tuple[str, str]]:
    """Return the lines of a CSV file with two columns and no heading."""
    if path is None:
        return []
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.reader(file) if line]
    except OSError as exc:
        raise NothingWritten(f"{path} can't be read: {exc.strerror}.") from exc
    except (UnicodeError, csv.Error) as exc:
        raise NothingWritten(f"{path} isn't a CSV file: {exc}.") from exc
    for number, line in enumerate(lines, start=1):
        if len(line) != 2:
            raise NothingWritten(f"{path}, line {number}: two columns are expected.")
    return [(first.strip(), second.strip()) for first, second in lines]
