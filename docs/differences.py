"""Write docs/reference/differences.md from the markers of the tests.

After a change of a marker, run `.venv/bin/python docs/differences.py`. A test has a
marker for each difference from the old services that it shows:

    @pytest.mark.difference(
        "Goals", old="Returns 500 for a duplicate name", new="Returns 409"
    )

The third keyword, `why`, is optional.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "docs/reference/differences.md"
# The APIs, which are the headings of the page, and what comes before their tables.
APIS = {
    "Everywhere": "These differences apply to several APIs or to all of them:",
    "Goals": "These differences apply to `/v1.0/goals` and `/v1.0/users`:",
    "Bucket lists and accounts": (
        "These differences apply to `/bucketlists/` and `/auth/…`:"
    ),
    "Casting": "These differences apply to `/actors` and `/movies`:",
    "Media catalog: JSON:API": (
        "These differences apply to `/api/user`, `/api/video`, and `/api/playlist`:"
    ),
    "Books, orders, jobs, invoices, the command": (
        "These differences apply to `/books`, `/authors`, `/orders`, `/invoices`,\n"
        "`/invoice-items`, `/api/v2/orders`, `/api/v2/jobs`, and `/a-model-command`:"
    ),
}
MARKER = "pytest.mark.difference"
REQUIRED = {"old", "new"}
NO_CELL = {"|", "\n"}
INTRO = """\
# Differences from the old services

<!-- docs/differences.py writes this page from the markers of the tests. -->

Read this page before you move a client from an old service to Quintet. Requests that worked
in an old service also work in Quintet, with the exceptions in these tables. Most of them
concern cases in which an old service crashed, disclosed data, or let clients change data of
other users. [Move an old service](../moving/index.md) shows how to move its database.

These differences affect clients most often:

| Request of a client | Response of Quintet |
|---|---|
| Sends `Authorization: User:1`, or another scheme than `Bearer` | 401 |
| Sends no token | 401, except for reads of books, authors, and the media catalog. With `QUINTET_ACCESS=open`, more requests work |
| Sends JSON with the media type of a form, as `curl -d` does | 415 or 400 |
| Sends an unknown query parameter to goals, bucket lists, or casting | 400 |
| Reads or changes a bucket list of another user | 404 |
| Reads a list of more than 1,000 rows at once | 1,000 rows, and a `Link` header to the rest |
| Reads `orderedAt` of an order | The time in UTC |
| Comes from a web page of another origin (casting) | No CORS headers in production, unless `CORS_ALLOWED_ORIGINS` contains the origin |

The last column names the test that shows the difference, in the source code of Quintet. "The
article" is the published description of the old service.

`open` and `closed` are [access modes](../explanation/access-and-security.md#open-and-closed),
which `QUINTET_ACCESS` sets. With `open`, the default in development, anonymous clients can
do what an old service allowed without a token or a header. With `closed`, the default in
production, they can only read the public catalog.
"""  # noqa: E501


class MarkerError(Exception):
    """A marker is not as the module's docstring shows it."""


class Difference(NamedTuple):
    """A row. `test` is the name that pytest has for the test."""

    api: str
    test: str
    old: str
    new: str
    why: str = ""

    def __str__(self) -> str:
        cells = " | ".join([self.old, self.new, self.why, f"`{self.test}`"])
        return f"| {cells} |"


def main(file: str) -> None:
    Path(file).write_text(page(differences(ROOT)))


def differences(root: Path) -> list[Difference]:
    """Return the differences by API, file and line. Raise MarkerError."""
    files = sorted((root / "tests").rglob("test_*.py"))
    found = [row for path in files for row in in_file(path, root)]
    return sorted(found, key=lambda row: list(APIS).index(row.api))


def in_file(path: Path, root: Path) -> Iterator[Difference]:
    name, text = path.relative_to(root).as_posix(), path.read_text()
    if MARKER not in text:
        return
    module = ast.parse(text)
    rows = list(in_body(module, name))
    if len(rows) != sum(map(is_marker, ast.walk(module))):
        raise MarkerError(f"{name}: a marker decorates something other than a test")
    yield from rows


def in_body(node: ast.Module | ast.ClassDef, name: str) -> Iterator[Difference]:
    for child in node.body:
        if isinstance(child, ast.ClassDef):
            yield from in_body(child, f"{name}::{child.name}")
        elif isinstance(child, ast.FunctionDef) and child.name.startswith("test_"):
            for decorator in child.decorator_list:
                if isinstance(decorator, ast.Call) and is_marker(decorator.func):
                    yield row_of(decorator, f"{name}::{child.name}")


def is_marker(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node) == MARKER


def row_of(call: ast.Call, test: str) -> Difference:
    """Return the row of a marker. Raise MarkerError."""
    try:
        args = [ast.literal_eval(arg) for arg in call.args]
        keywords = {str(key.arg): ast.literal_eval(key.value) for key in call.keywords}
    except ValueError as error:
        raise MarkerError(f"{test}: the arguments aren't constants") from error
    if len(args) != 1 or args[0] not in APIS:
        raise MarkerError(f"{test}: the first argument isn't one of {list(APIS)}")
    if not REQUIRED <= keywords.keys() <= REQUIRED | {"why"}:
        raise MarkerError(f"{test}: the keywords aren't old, new and possibly why")
    for text in keywords.values():
        if not isinstance(text, str) or not NO_CELL.isdisjoint(text) or not text:
            raise MarkerError(f"{test}: {text!r} isn't the text of a cell")
    return Difference(args[0], test, **keywords)


def page(rows: list[Difference]) -> str:
    return "\n".join([INTRO, *(section(api, rows) for api in APIS)])


def section(api: str, rows: list[Difference]) -> str:
    lines = [
        f"## {api}",
        "",
        APIS[api],
        "",
        "| Old service | Quintet | Reason | Test |",
        "|---|---|---|---|",
        *(str(row) for row in rows if row.api == api),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(*sys.argv[1:] or [str(FILE)])
