"""Tables of the guide's references, as tests compare them with the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.support.guide_pages import marked

ERROR = re.compile(r"\[`(\w+)`\]\(errors\.md#(\w+)\)")
HELP = re.compile(r'errors/#(\w+)>; rel="help"')


def rows(name: str, mark: str) -> list[list[str]]:
    """Return the cells of the marked tables of a page, without their headings."""
    lines = marked(name, mark).splitlines()
    tables = "\n".join(line if line.startswith("|") else "" for line in lines)
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
        for table in re.split(r"\n{2,}", tables.strip())
        for line in table.splitlines()[2:]
    ]


def quoted(text: str) -> list[str]:
    """Return what a text has in backticks."""
    return re.findall("`([^`]+)`", text)


def first_names(name: str, mark: str) -> list[str]:
    """Return what the first column of a table has in backticks."""
    return [each for first, *_ in rows(name, mark) for each in quoted(first)]


def numbers(name: str, mark: str) -> list[int]:
    """Return the numbers in the last column of a table."""
    return [int(row[-1].replace(",", "")) for row in rows(name, mark)]


def listed_errors(name: str) -> list[tuple[int, str]]:
    """Return the status and the code of each row of the page's table of errors."""
    return list(read_errors(name))


def read_errors(name: str) -> Iterator[tuple[int, str]]:
    for status, link, _ in rows(name, "errors"):
        found = ERROR.fullmatch(link)
        assert found, link
        assert found[1] == found[2]
        yield int(status), found[1]


def error_of(response: Any) -> tuple[int, str]:
    """Return the status and the code of an error response."""
    found = HELP.search(response.headers.get("Link", ""))
    return response.status_code, found[1] if found else ""


def send(client: Any, method: str, url: str, body: Any = None, **headers: str) -> Any:
    """Send a request whose body is JSON, or a text that is sent as it is."""
    if isinstance(body, str):
        return client.generic(method, url, body, "application/json", headers=headers)
    return getattr(client, method)(url, body, format="json", headers=headers)
