"""Each GET that was sent to an old program, sent to Quintet after the import.

What differs is listed by kind, with the number of requests and the reason. A kind that
isn't listed is a mistake of the import or of an API.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User
from flask_import.models import ImportedRow
from goals.models import Goal
from tests.flask_import.conftest import DATABASES
from tests.flask_import.transcripts import (
    JSON,
    Difference,
    Exchange,
    Prepare,
    Report,
    differences,
    transcript,
    unchanged,
)
from tests.support.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("undocumented")]

ROLES = {"assistant": "casting assistant", "producer": "executive producer"}


@pytest.fixture
def compare(request, client_of, tmp_path) -> Callable[..., Counter[str]]:
    """Return a function that imports a database and counts its differences by kind."""

    def compare(
        name: str, prepare: Callable[[], Prepare] | None = None
    ) -> Counter[str]:
        path = tmp_path / "report.json"
        # Dumps need a server of PostgreSQL.
        is_dump = name.endswith("-postgres")
        take = request.getfixturevalue("take_dump" if is_dump else "take")
        result = take(name, "--report", str(path))
        assert result.code in {0, 3}, result.output
        exchanges, report = transcript(name), Report.of(json.loads(path.read_text()))
        clients = Clients(client_of)
        both = prepare() if prepare else (unchanged, unchanged)
        found = list(differences(exchanges, clients.client_for, report, both))
        print(table(name, len(exchanges), found))
        return counted(found)

    return compare


@dataclass
class Clients:
    """Clients with the tokens of the users who asked the old program."""

    client_of: Callable[[User], APIClient]
    clients: dict[User | None, APIClient] = field(default_factory=dict)

    def client_for(self, exchange: Exchange) -> APIClient:
        user = user_of(exchange)
        if user not in self.clients:
            self.clients[user] = self.client_of(user) if user else APIClient()
        return self.clients[user]


def counted(found: list[Difference]) -> Counter[str]:
    """Return the number of requests that have each kind of difference."""
    return Counter(kind for kind, _ in {(each.kind, each.number) for each in found})


def table(name: str, asked: int, found: list[Difference]) -> str:
    same = asked - len({each.number for each in found})
    lines = [f"{name}: {asked} requests, {same} with the same answer"]
    for kind, number in counted(found).most_common():
        example = next(each for each in found if each.kind == kind)
        place = "/".join(
            ":".join(p) if isinstance(p, tuple) else p for p in example.place
        )
        lines.append(
            f"  {number:3} {kind}\n      {example.url} {place}\n"
            f"      {str(example.old)[:150]!r} → {str(example.new)[:150]!r}"
        )
    return "\n".join(lines)


def user_of(exchange: Exchange) -> User | None:
    """Return the user who asked, as far as the old program knew them."""
    if identity := exchange.headers.get("Access-Token"):
        return User.objects.get(email=json.loads(identity)["email"])
    scheme, _, token = exchange.headers.get("Authorization", "").partition(" ")
    if scheme.startswith("User:"):
        return imported_user(scheme.removeprefix("User:"))
    if token.count(".") == 2:
        payload = base64.urlsafe_b64decode(token.split(".")[1] + "==")
        return imported_user(str(json.loads(payload)["sub"]))
    return user_in_role(token) if token else None


def imported_user(old_id: str) -> User:
    model = User._meta.label_lower
    row = ImportedRow.objects.get(model=model, old_id=old_id)
    return User.objects.get(pk=row.new_pk)


def user_in_role(token: str) -> User:
    """Return a user with the role that the test token stood for."""
    role = ROLES.get(token, "executive producer")
    user = User.objects.filter(groups__name=role).first()
    if user is None:
        user = UserFactory.create(uses_goals=False)
        user.groups.add(Group.objects.get(name=role))
    return user


Names = dict[tuple[str, str], str]


def old_names(name: str) -> Names:
    """Return the old IDs of users and goals, by table and name. NULL is `null`."""
    with closing(sqlite3.connect(DATABASES / f"{name}.db")) as source:
        return {
            (table, "null" if text is None else text): str(old_id)
            for table in ("goal", "user")
            for old_id, text in source.execute(
                f'SELECT id, name FROM "{table}" ORDER BY id DESC'
            )
        }


def new_names() -> Names:
    names = dict(User.objects.values_list("pk", "name"))
    goals = dict(Goal.objects.values_list("pk", "name"))
    return {
        (
            row.table,
            (names if row.table == "user" else goals)[int(row.new_pk)],
        ): row.old_id
        for row in ImportedRow.objects.all()
    }


def with_ids(names: Names) -> Callable[[JSON], JSON]:
    """Return a function that gives the users and goals of a tree their old IDs."""

    def rows(tree: JSON, table: str = "user") -> JSON:
        if not isinstance(tree, dict):
            return tree
        return [
            {
                "id": names[table, name],
                "type": table,
                "name": name,
                "goals": rows(below, "goal"),
            }
            for name, below in tree.items()
            if not isinstance(below, str)
        ]

    return rows


# What every list of the DBBase family has besides: pages have links (RFC 8288).
LINKS = "links"
# Texts are compared in any case on SQLite only, as in the old programs.
IN_ANY_CASE = "missing row" if connection.vendor == "postgresql" else ""

EXPECTED: dict[str, dict[str, int]] = {
    "bucketlists": {
        # An unknown list was an HTML page.
        "type: text/html → application/json": 1,
        # The old program showed lists of others.
        "status: 200 → 404": 2,
        # The report names these lists.
        "left out: bucketlists.created_by orphan": 2,
        "left out: bucketlists.name too-long": 4,
        "reported: bucketlists.date_created no-time": 2,
        "reported: bucketlists.date_modified no-time": 3,
        "reported: bucketlists.name empty": 3,
        "reported: bucketlists.name nul": 2,
    },
    "bucketlists-postgres": {
        # PostgreSQL's clock was in local time, which the old program called GMT.
        "date_created: Berlin → UTC": 5,
        "date_modified: Berlin → UTC": 5,
        # The report names these lists.
        "left out: bucketlists.created_by orphan": 1,
        "reported: bucketlists.date_created no-time": 1,
        "reported: bucketlists.date_modified no-time": 1,
        "reported: bucketlists.name empty": 1,
    },
    "casting": {
        # `/actors/` and `/actors/1` are answered now.
        "status: 404 → 200": 1,
        "status: 405 → 200": 1,
        # The report names these actors and movies.
        "left out: actors.age not-a-number": 2,
        "left out: actors.age out-of-range": 2,
        "left out: actors.name empty": 2,
        "left out: actors.name too-long": 2,
        "left out: movies.title empty": 2,
        "reported: actors.gender empty": 2,
        "reported: actors.name nul": 2,
    },
    "casting-bplusv": {
        # Quintet serves the rows at `/actors` and `/movies`, not at `/api/actors`.
        "status: 200 → 404": 4,
        "type: application/json → application/vnd.api+json": 1,
    },
    "dbbase-amodel": {},
    "dbbase-books": {
        LINKS: 2,
        # The books of an author have an order now: by ID.
        "order of rows": 1,
        # The message stood in a printed tuple of Python.
        "value: message": 1,
        # The report names these books.
        "left out: author.first_name too-long": 1,
        "left out: book.author_id no-such-row": 1,
        "left out: book.isbn too-long": 4,
        "left out: book.pub_year not-a-number": 3,
        "left out: book.pub_year out-of-range": 6,
        "reported: book.title nul": 4,
        # Pages on which other books take their places. One shows no IDs.
        "moved up": 1,
        "value: isbn": 1,
        "value: title": 1,
        IN_ANY_CASE: 1,
    },
    "dbbase-invoices": {
        # The old program crashed on `/invoice-items`.
        "status: 500 → 200": 1,
        # The report names these invoices and their items.
        "left out: invoice.id incomplete": 4,
        "left out: invoice_item.invoice_id no-such-row": 1,
        "left out: invoice_item.invoice_id part": 3,
    },
    "dbbase-orders": {
        LINKS: 1,
        # All times are in UTC now, not only those of jobs.
        "orderedAt: Berlin → UTC": 15,
        # Jobs have more members.
        "new key: attempts": 7,
        "new key: error": 7,
        "new key: invoice": 7,
        "new key: progress": 7,
        "new key: status": 3,
        "reported: job.status_id held": 3,
        # The report names these orders and jobs.
        "left out: job.order_id no-such-row": 1,
        "left out: order.description too-long": 2,
        "left out: order.status_id out-of-range": 2,
        "reported: job.finished_at ends-before-start": 3,
        "reported: job.finished_at no-end": 4,
        "reported: job.owner_id other-owner": 2,
        "reported: job.status_id ended": 4,
        "reported: job.status_id held, job.owner_id other-owner": 2,
        "reported: job.status_id other-status": 4,
        "reported: order.description nul": 3,
        "reported: order.ordered_at no-time": 3,
        "reported: order.status_id no-status": 4,
        IN_ANY_CASE: 1,
    },
    "dbbase-orders-postgres": {
        # All times are in UTC now. PostgreSQL's clock was in local time.
        "orderedAt: Berlin → UTC": 5,
        "startedAt: Berlin → UTC": 4,
        "finishedAt: Berlin → UTC": 3,
        # Jobs have more members.
        "new key: attempts": 2,
        "new key: error": 2,
        "new key: invoice": 2,
        "new key: progress": 2,
        "new key: status": 1,
        "reported: job.status_id held": 2,
        # The report names these orders and jobs.
        "left out: job.order_id no-such-row": 1,
        "left out: order.description too-long": 1,
        "left out: order.status_id out-of-range": 1,
        "reported: job.finished_at ends-before-start": 3,
        "reported: job.finished_at no-end": 3,
        "reported: job.status_id ended": 3,
        "reported: job.status_id other-status": 3,
        "reported: order.ordered_at no-time": 1,
        "reported: order.status_id no-status": 1,
    },
    "dbbase-orders-v1": {
        LINKS: 1,
        "orderedAt: Berlin → UTC": 8,
        # The report names these orders.
        "left out: order.description too-long": 2,
        "left out: order.status_id out-of-range": 2,
        "reported: order.description nul": 3,
        "reported: order.ordered_at no-time": 3,
        "reported: order.status_id no-status": 4,
        IN_ANY_CASE: 1,
    },
    "media": {
        # All times are in UTC now.
        "create_at: Berlin → UTC": 18,
        "update_at: Berlin → UTC": 9,
        # Those of a playlist have its own order at every URL, those of a user the
        # order of their IDs, as rows that are equal in `sort`. These were in the
        # order of the table.
        "order of rows": 12,
        # A list names itself, not the collection.
        "value: self": 5,
        # Errors say more, and an unknown relationship is one.
        "new key: parameter": 2,
        "missing key: source": 2,
        "value: code": 3,
        "value: title": 3,
        "status: 500 → 400": 1,
        "type: text/html → application/vnd.api+json": 1,
        # The report names these videos.
        "left out: video.id id-invalid": 5,
        "reported: video.author_id no-such-row": 4,
        "reported: video.deleted out-of-range": 4,
        "reported: video.title nul": 3,
        # There are two fewer, so that others take their places on the pages.
        "moved up": 3,
        "value: total": 6,
        "value: last": 3,
        "value: next": 1,
        LINKS: 3,
    },
    # Quintet doesn't serve this API, but the trees are the same without the status in
    # each goal. A goal named `status` came first, because it replaced the status.
    "over-achiever-oauth": {
        "order of rows": 1,
        "reported: user.name name-missing": 1,
        # The list of users is private, the trees are open.
        "status: 200 → 401": 1,
        "status: 401 → 200": 1,
    },
    "over-achiever-passwords": {
        # The list of users did nothing, and is private now.
        "status: 200 → 401": 1,
        # Browsers get a page.
        "type: application/json → text/html": 1,
        "type: text/html → application/json": 1,
        # The report names these users and goals. Some were invisible.
        "left out: goal.name too-long": 1,
        "reported: goal.name empty": 1,
        "reported: goal.name nul": 1,
        "reported: goal.parent_id circle": 1,
        "reported: goal.parent_id no-such-row": 1,
        "reported: goal.parent_id parent-of-another": 1,
        "reported: goal.start no-time, goal.name empty": 1,
        "reported: user.name name-cut": 1,
        "reported: user.name name-missing": 1,
    },
}


@pytest.mark.parametrize("name", EXPECTED)
def test_answers_differ_only_where_they_have_to(compare, name):
    is_tree = name.startswith("over-achiever")

    def with_old_ids() -> Prepare:
        return with_ids(old_names(name)), with_ids(new_names())

    expected = {kind: number for kind, number in EXPECTED[name].items() if kind}
    assert compare(name, with_old_ids if is_tree else None) == expected
