"""Files that an import writes. Only their owner can read them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TextIO

from flask_import.errors import NothingWritten


def create_private(path: Path, marker: str) -> TextIO:
    """Create a file with the mode 0600.

    It replaces an earlier one, which begins with the same marker. Raise NothingWritten
    rather than replace any other file.
    """
    try:
        if path.exists() and not is_replaceable(path, marker):
            raise NothingWritten(
                f"There is a file {path}, which an import hasn't written. Choose "
                "another name."
            )
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as exc:
        raise NothingWritten(f"{path} can't be written: {exc.strerror}.") from exc
    return os.fdopen(handle, "w", encoding="utf-8")


def is_replaceable(path: Path, marker: str) -> bool:
    """Return whether the file is empty or begins with the marker."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(marker)) in {b"", marker.encode()}


def create_directory(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise NothingWritten(f"{path} can't be created: {exc.strerror}.") from exc
