"""What staff may do with rows of others is a matter of Django's model permissions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Permission

from accounts.demo import PASSWORD
from accounts.models import User
from bucketlists.models import Bucketlist, Item
from goals.models import Goal
from media_catalog.models import Book, Playlist, Video
from orders.models import Invoice, InvoiceItem, Job, Order
from tests.inputs.cases import Case, Server
from tests.support.service_processes import Service

APPS = ["accounts", "goals", "bucketlists", "media_catalog", "orders"]
ACTIONS = ["view", "add", "change", "delete"]
# `clerk` has no permission, `citizen` has all of them but isn't staff.
USERS = [*ACTIONS, "clerk", "citizen"]
JSON_API = {"Content-Type": "application/vnd.api+json"}
ATOMIC = {
    "Content-Type": 'application/vnd.api+json; ext="https://jsonapi.org/ext/atomic"'
}
MISMATCH = "does not match the owner"


@pytest.fixture
def server(demo: None, staff_users: None, service: Service) -> Server:
    return Server(service)


@pytest.fixture
def staff_users(demo: None) -> None:
    for name in USERS:
        is_staff = name != "citizen"
        user = User.objects.create_user(
            f"{name}@example.com", PASSWORD, is_staff=is_staff
        )
        prefix = "" if name == "citizen" else f"{name}_"
        if name != "clerk":
            permissions = Permission.objects.filter(
                content_type__app_label__in=APPS, codename__startswith=prefix
            )
            user.user_permissions.set(permissions)
    boss = User.objects.create_superuser("boss@example.com", PASSWORD)
    User.objects.filter(pk=boss.pk).update(is_staff=False)


def cases(request: str, body: object, done: int, **expected: int) -> Iterator[Case]:
    """Yield a request by each user. Without `expected`, a row of another is 404."""
    for user in USERS:
        yield Case(request, body, expected.get(user, 404), user=user)
    yield Case(request, body, done, user="boss")


class Ids:
    """Rows of Ada and Bob."""

    def __init__(self) -> None:
        self.ada = User.objects.get(name="ada").pk
        self.goals = list(Goal.objects.filter(user=self.ada, sub_goals=None))
        self.lists = list(Bucketlist.objects.filter(created_by=self.ada))
        self.items = list(Item.objects.filter(bucketlist__created_by=self.ada))
        self.orders = list(Order.objects.filter(owner=self.ada))
        self.draft = Invoice.objects.filter(issued_at=None).order_by("pk")[0]
        self.draft_item = InvoiceItem.objects.filter(invoice=self.draft)[0]


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Has no staff users",
    new="Lets staff users read and change rows of other users with [model "
    "permissions](accounts.md)",
)
def test_reading_and_changing_rows_of_others(server: Server) -> None:
    ids = Ids()
    order = {"ownerId": ids.ada, "description": "d"}
    job = Job.objects.filter(owner=ids.ada)[0]
    rows = [
        (f"/v1.0/goals/{ids.goals[0].pk}", {"position": 1}),
        (f"/bucketlists/{ids.lists[0].pk}", {"name": "n"}),
        (
            f"/bucketlists/{ids.items[0].bucketlist_id}/items/{ids.items[0].pk}",
            {"name": "n"},
        ),
        (f"/orders/{ids.orders[0].pk}", order),
        (f"/api/v2/orders/{ids.orders[0].pk}", order),
        (f"/invoices/{ids.draft.pk}", {"userId": ids.draft.user_id}),
        (f"/invoice-items/{ids.draft_item.pk}", {"units": 3}),
    ]
    for url, _ in rows:
        server.check(cases(f"GET {url}", None, 200, view=200, change=200))
    for url in (f"/api/v2/jobs/{job.pk}", f"/invoices/{ids.draft.pk}.html"):
        server.check(cases(f"GET {url}", None, 200, view=200, change=200))
    for url, body in rows:
        refused = [
            case._replace(status=400, shows=MISMATCH)
            if "order" in url or "invoices" in url
            else case
            for case in cases(f"PATCH {url}", body, 200, view=403, change=200)
            if case.user not in {"change", "boss"}
        ]
        done = [Case(f"PATCH {url}", body, 200, user=u) for u in ("change", "boss")]
        server.check([*refused, *done])
    url = f"/v1.0/goals/{ids.goals[0].pk}/complete"
    server.check(cases(f"POST {url}", None, 200, view=403, change=200))


def test_deleting_rows_of_others(server: Server) -> None:
    ids = Ids()
    urls = [
        f"/v1.0/goals/{ids.goals[0].pk}",
        f"/bucketlists/{ids.lists[0].pk}",
        f"/orders/{ids.orders[-1].pk}",
        f"/invoice-items/{ids.draft_item.pk}",
        f"/invoices/{ids.draft.pk}",
    ]
    for url in urls:
        request = f"DELETE {url}"
        refused = {"clerk": 404, "citizen": 404, "add": 404, "view": 403, "change": 403}
        server.check(
            Case(request, None, status, user=user) for user, status in refused.items()
        )
        server.check(
            [
                Case(request, None, 200, user="delete"),
                Case(request, None, 404, user="boss"),
            ]
        )


def test_adding_rows_for_others(server: Server) -> None:
    ids = Ids()
    order = {"ownerId": ids.ada, "description": "d"}
    invoice = {"userId": ids.ada, "invoiceDate": "2026-01-01"}
    for url, body, done in [
        ("/orders", order, 201),
        ("/api/v2/orders", order, 202),
        ("/invoices", invoice, 201),
        ("/api/v2/jobs", {"ownerId": ids.ada, "orderId": ids.orders[-1].pk}, 201),
    ]:
        expected = dict.fromkeys(USERS, 400) | {"add": done}
        server.check(cases(f"POST {url}", body, done, **expected))
    free = {"ownerId": ids.ada, "description": "d"}
    highest = Order.objects.order_by("-pk")[0].pk
    server.check(
        [
            Case(f"PUT /orders/{highest + 50}", free, 400, user="add"),
            Case(f"PUT /orders/{highest + 50}", free, 400, user="change"),
            Case(f"PUT /orders/{highest + 50}", free, 200, user="boss"),
        ]
    )
    goal = {"user": "ada", "name": "of staff"}
    refused = dict.fromkeys(USERS, 403)
    server.check(
        Case("POST /v1.0/goals", goal, 200 if user == "add" else 403, user=user)
        for user in refused
    )
    lists = f"/bucketlists/{ids.lists[0].pk}/items"
    for items in ({"name": "i"}, [{"name": "j"}]):
        expected = {"view": 403, "change": 403, "add": 201}
        server.check(cases(f"POST {lists}", items, 201, **expected))
    item = {"invoiceId": ids.draft.pk, "partCode": "P", "units": 1, "unitPrice": 1}
    expected = dict.fromkeys(USERS, 400) | {"view": 403, "change": 403, "add": 201}
    server.check(cases("POST /invoice-items", item, 201, **expected))


def test_lists_show_rows_of_others_to_those_who_may_view_them(server: Server) -> None:
    mark = {
        "/v1.0/users": "ada@example.com",
        "/v1.0/goals": '"ada"',
        "/v1.0/goals?flat=1": '"ada"',
        "/bucketlists/": "name",
        "/orders": "ownerId",
        "/api/v2/jobs": "ownerId",
        "/invoices": "userId",
        "/invoices.csv": "@example.com",
        "/invoice-items": "invoiceId",
    }
    wrong = [
        f"{url} as {user}"
        for url, text in mark.items()
        for user in [*USERS, "boss"]
        if (text.encode() in server.send(Case(f"GET {url}", user=user)).body)
        is not (user in {"view", "change", "boss"})
    ]
    assert not wrong
    url = "/v1.0/goals?user=ada"
    expected = dict.fromkeys(USERS, 403) | {"view": 200, "change": 200}
    server.check(cases(f"GET {url}", None, 200, **expected))


def test_by_name_goals_are_changed_and_deleted(server: Server) -> None:
    goal = Ids().goals[0]
    body = {"user": "ada", "name": goal.name}
    for method, allowed in [("PUT", "change"), ("DELETE", "delete")]:
        refused = [user for user in USERS if user != allowed]
        request = f"{method} /v1.0/goals"
        server.check(Case(request, body, 403, user=user) for user in refused)
        server.check([Case(request, body, 200, user=allowed)])


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Has no staff users",
    new="Lets staff users change resources of others with [model "
    "permissions](accounts.md)",
)
def test_catalog_rows_of_others_in_closed(
    demo: None, staff_users: None, share: Callable[..., Service]
) -> None:
    server = Server(share(QUINTET_ACCESS="closed"))
    video = Video.objects.filter(author__account__name="ada")[0].pk
    playlist = Playlist.objects.filter(owner__account__name="bob")[0].pk
    refused = dict.fromkeys(USERS, 403)
    body = {"data": {"type": "video", "id": video, "attributes": {"title": "t"}}}
    operation = {"op": "update", **body}
    for request, sent, headers in [
        (f"PATCH /api/video/{video}", body, JSON_API),
        ("POST /api/operations", {"atomic:operations": [operation]}, ATOMIC),
    ]:
        server.check(
            Case(request, sent, 403, user=user, headers=headers)
            for user in USERS
            if user != "change"
        )
        server.check([Case(request, sent, 204, user="change", headers=headers)])
    server.check(
        Case(f"DELETE /api/playlist/{playlist}", None, 403, user=user)
        for user in USERS
        if user != "delete"
    )
    server.check([Case(f"DELETE /api/playlist/{playlist}", None, 204, user="delete")])
    old = Book.objects.all()[0]
    book = {"authorId": old.author_id, "title": "T", "pubYear": 2001}
    # A role may keep books without being staff.
    expected = refused | {"add": 201, "citizen": 201}
    server.check(cases("POST /books", book, 201, **expected))
    expected = refused | {"change": 200, "citizen": 200}
    server.check(cases(f"PATCH /books/{old.pk}", {"pubYear": 2000}, 200, **expected))
