"""CSV and XLSX files that people upload, read as rows of texts.

Everything that is wrong with a file raises SheetError with a text for its author. Cells
of XLSX become the texts that a CSV would have, so both are checked in the same way.
"""

from __future__ import annotations

import csv
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from datetime import time as midnight
from io import BytesIO, StringIO
from itertools import islice
from pathlib import Path
from uuid import uuid4
from zipfile import BadZipFile, ZipFile

from import_export.formats import base_formats
from import_export.tmp_storages import BaseStorage
from openpyxl import load_workbook
from openpyxl.cell import Cell
from tablib import Dataset

from common.http.csv_responses import unescape_formulas

MAX_BYTES = 2_000_000
# Maximum bytes of the files in an XLSX file, which is a ZIP archive.
MAX_UNPACKED = 30_000_000
MAX_ROWS = 2000
MAX_COLUMNS = 50
DELIMITERS = ",;\t"
# Databases can't store NUL, and half of a surrogate pair is no character.
FORBIDDEN = re.compile(r"[\x00\ud800-\udfff]")
# Seconds that an upload waits for its confirmation.
UPLOAD_SECONDS = 3600


class SheetError(Exception):
    """The file can't be imported, for the reason in the text."""


class CSVFile(base_formats.CSV):
    def is_binary(self) -> bool:
        return True

    def get_read_mode(self) -> str:
        return "rb"

    def create_dataset(self, in_stream: bytes) -> Dataset:
        try:
            text = in_stream.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise SheetError(
                "The file is not UTF-8. In a spreadsheet program, save it as "
                '"CSV UTF-8".'
            ) from None
        heading = text.partition("\n")[0]
        reader = csv.reader(
            StringIO(text, newline=""),
            delimiter=max(DELIMITERS, key=heading.count),
            strict=True,
        )
        try:
            return to_dataset(reader)
        except csv.Error as exc:
            raise SheetError(
                f"The CSV is malformed near line {reader.line_num}: {exc}."
            ) from None


class XLSXFile(base_formats.XLSX):
    def create_dataset(self, in_stream: bytes) -> Dataset:
        check_archive(in_stream)
        try:
            book = load_workbook(BytesIO(in_stream), read_only=True, keep_links=False)
            cells = book.worksheets[0].iter_rows(
                max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS + 1
            )
            rows = [[to_text(cell) for cell in row] for row in cells]
        except SheetError:
            raise
        # A damaged file makes openpyxl raise anything.
        except Exception as exc:
            raise SheetError("The file is not a readable XLSX file.") from exc
        return to_dataset(rows)


FORMATS = [CSVFile, XLSXFile]
SUFFIXES = [".csv", ".xlsx"]


def check_archive(data: bytes) -> None:
    try:
        with ZipFile(BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except BadZipFile:
        raise SheetError("The file is not an XLSX file.") from None
    if size > MAX_UNPACKED:
        raise SheetError(
            f"The file is larger than {MAX_UNPACKED // 1_000_000} MB when unpacked."
        )


def to_text(cell: Cell) -> str:
    """Return the value as a CSV would have it. Raise SheetError for a formula."""
    value = cell.value
    if cell.data_type == "f":
        raise SheetError(
            f"Cell {cell.coordinate} contains a formula. Replace it with its value."
        )
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime) and value.time() == midnight():
        value = value.date()
    return value.isoformat() if isinstance(value, date) else str(value)


def to_dataset(rows: Iterable[list[str]]) -> Dataset:
    """Return the rows with the heading's names in lower case."""
    lines = numbered_rows(rows)
    _, heading = next(lines, (1, []))
    names = [name.strip().lower() for name in heading]
    if not any(names):
        raise SheetError("The first row has no column names.")
    if len(names) > MAX_COLUMNS:
        raise SheetError(f"The file has more than {MAX_COLUMNS} columns.")
    dataset = Dataset(headers=names)
    for number, row in lines:
        if number > MAX_ROWS + 1:
            raise SheetError(f"The file has more than {MAX_ROWS} rows.")
        if len(row) > len(names):
            raise SheetError(f"Row {number} has more cells than the first row.")
        dataset.append(row + [""] * (len(names) - len(row)))
    return dataset


def numbered_rows(rows: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows without empty cells and empty rows at the end."""
    empty = 0
    for number, row in enumerate(islice(rows, MAX_ROWS + 2), 1):
        if any(map(FORBIDDEN.search, row)):
            raise SheetError(f"Row {number} has a character that can't be stored.")
        cells = [unescape_formulas(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            empty = empty or number
            continue
        if empty:
            raise SheetError(f"Row {empty} is empty. Delete it.")
        yield number, cells


class UploadStorage(BaseStorage):
    """Uploads between preview and confirmation, in a private folder of this machine.

    Those that aren't confirmed are deleted with the next upload after an hour.
    """

    @property
    def path(self) -> Path:
        return upload_folder() / self.name

    def save(self, data: bytes) -> None:
        for path in upload_folder().iterdir():
            if path.stat().st_mtime < time.time() - UPLOAD_SECONDS:
                path.unlink(missing_ok=True)
        self.name = uuid4().hex
        self.path.write_bytes(data)

    def read(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            raise SheetError(
                "The uploaded file no longer exists. Upload it again."
            ) from None

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def upload_folder() -> Path:
    folder = Path(tempfile.gettempdir(), f"quintet-imports-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(
            f"{folder} must belong to this user, and no other user may read it."
        )
    return folder
