"""CSV for spreadsheets (RFC 4180), sent in chunks.

Spreadsheets must not run a user's text as a formula: an apostrophe precedes each part
of a text that would begin one. `unescape_formulas()` gives the text back.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from django.http import StreamingHttpResponse

Row = Sequence[object]
# Places where a spreadsheet may begin a cell. With other separators than the comma, it
# also splits a quoted text. Some read the wide characters as the narrow ones.
START = r"(^|[;|\t\r\n])"
# Apostrophes count as well, so that those added here can be distinguished.
FORMULA = r'(?=[\s"\']*[=+\-@＝＋－＠]|\'*[\t\r\n])'  # noqa: RUF001
CELL_START = re.compile(START + FORMULA)
ESCAPED_START = re.compile(f"{START}'{FORMULA}")
# Excel reads the text as UTF-8 because of it.
BOM = "\ufeff"


class Echo:
    """A file for a csv writer that returns each line instead of storing it."""

    def write(self, line: str) -> str:
        return line


def csv_response(
    filename: str, columns: Row, chunks: Iterator[list[Row]]
) -> StreamingHttpResponse:
    """Return the CSV. An error in the first chunk becomes an error response."""
    texts = format_chunks(columns, chain([next(chunks, [])], chunks))
    return StreamingHttpResponse(
        texts,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def format_chunks(columns: Row, chunks: Iterable[list[Row]]) -> Iterator[str]:
    """Yield the heading, then the text of each chunk."""
    write = csv.writer(Echo()).writerow
    yield BOM + write(columns)
    for chunk in chunks:
        if chunk:
            yield "".join(write(row) for row in chunk)


def escape_formulas(text: str) -> str:
    """Return the text with an apostrophe before each part that may be a formula."""
    return CELL_START.sub(r"\1'", text)


def unescape_formulas(text: str) -> str:
    """Return the text that `escape_formulas()` has changed."""
    return ESCAPED_START.sub(r"\1", text)
