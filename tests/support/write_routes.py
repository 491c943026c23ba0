"""Every route that writes, with a valid request."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any, NamedTuple

from django.db import models
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import (
    BlacklistedToken,
    OutstandingToken,
)

from accounts.models import User
from accounts.passwords import make_reset_token
from accounts.services import issue_tokens
from bucketlists.models import Bucketlist, Item
from casting.models import Actor, Movie
from goals.models import Goal
from media_catalog.models import Author, Book, Creator, Playlist, Video
from orders.models import Command, Invoice, InvoiceItem, Job, Order
from orders.services import cancel
from tests.support.factories import PASSWORD
from tests.support.openapi import document

Model = type[models.Model]
# The id of each row that a route names. No sequence of a database reaches it.
ID = 1_000_000
WRITES = {"post", "put", "patch", "delete"}


class Write(NamedTuple):
    """A body, and the model of the row that it changes or, if it `adds` one, adds."""

    model: Model | None
    body: dict[str, Any] = {}
    adds: bool = False


def new(model: Model | None, body: dict[str, Any]) -> Write:
    return Write(model, body, adds=True)


def link(kind: str, *, many: bool = True) -> dict[str, Any]:
    one = {"type": kind, "id": str(ID)}
    return {"data": [one] if many else one}


def resource(kind: str, **members: Any) -> dict[str, Any]:
    return {"data": {"type": kind, **members}}


def changed(kind: str) -> dict[str, Any]:
    name = "name" if kind == "user" else "title"
    return resource(kind, id=str(ID), attributes={name: "New"})


OWNER = {"owner_id": ID}
BOOK = {"title": "New", "pubYear": 1, "authorId": ID}
LINE = {"partCode": "P", "units": 1, "unitPrice": 1}
ORDER = {**OWNER, "description": "New", "items": [LINE]}
JOB = {**OWNER, "order_id": ID}
INVOICE = {"userId": ID, "invoiceDate": "2026-01-02"}
CREDENTIALS = {"email": "ada@example.com", "password": PASSWORD}
NEW_PASSWORD = "a new password 4711"

ROUTES: dict[str, Write] = {
    # accounts
    "POST /auth/login": new(OutstandingToken, CREDENTIALS),
    "POST /auth/logout": new(BlacklistedToken, {"refresh_token": "REFRESH"}),
    "POST /auth/refresh": new(BlacklistedToken, {"refresh_token": "REFRESH"}),
    "POST /auth/register": new(User, {"email": "n@example.com", "password": "n"}),
    "POST /auth/password": Write(
        User, {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    ),
    # It sends a mail and writes no row.
    "POST /auth/password/reset": Write(None, {"email": "ada@example.com"}),
    "POST /auth/password/reset/confirm": Write(
        User, {"token": "RESET", "new_password": NEW_PASSWORD}
    ),
    "DELETE /auth/me": Write(User, {"password": PASSWORD}),
    # bucketlists
    "POST /bucketlists/": new(Bucketlist, {"name": "New", "items": [{"name": "x"}]}),
    "PUT /bucketlists/{id}": Write(Bucketlist, {"name": "New", "items": []}),
    "PATCH /bucketlists/{id}": Write(Bucketlist, {"items": [{"name": "x"}]}),
    "DELETE /bucketlists/{id}": Write(Bucketlist),
    "POST /bucketlists/{id}/items": new(Item, {"name": "New"}),
    "PUT /bucketlists/{id}/items/{item_id}": Write(Item, {"name": "New"}),
    "PATCH /bucketlists/{id}/items/{item_id}": Write(Item, {"done": True}),
    "DELETE /bucketlists/{id}/items/{item_id}": Write(Item),
    # goals
    "POST /v1.0/goals": new(Goal, {"name": "New"}),
    "PUT /v1.0/goals": Write(Goal, {"name": "goal"}),
    "DELETE /v1.0/goals": Write(Goal, {"name": "goal"}),
    "PATCH /v1.0/goals/{id}": Write(Goal, {"description": "New"}),
    "DELETE /v1.0/goals/{id}": Write(Goal),
    "POST /v1.0/goals/{id}/archive": Write(Goal),
    "POST /v1.0/goals/{id}/complete": Write(Goal),
    "POST /v1.0/goals/{id}/reopen": Write(Goal),
    "POST /v1.0/goals/{id}/unarchive": Write(Goal),
    "POST /v1.0/users": new(User, {"name": "n", "email": "n@x.org", "password": "n"}),
    # casting
    "POST /actors": new(Actor, {"name": "New", "age": 1, "gender": "x"}),
    "PATCH /actors/{id}": Write(Actor, {"age": 2}),
    "DELETE /actors/{id}": Write(Actor),
    "POST /movies": new(Movie, {"title": "New", "release_date": "2026-01-01"}),
    "PATCH /movies/{id}": Write(Movie, {"actors": [ID]}),
    "DELETE /movies/{id}": Write(Movie),
    "POST /movies/{id}/actors/{actor_id}": Write(Movie),
    "PUT /movies/{id}/actors/{actor_id}": Write(Movie),
    "DELETE /movies/{id}/actors/{actor_id}": Write(Movie),
    # media_catalog
    **{
        f"{method} /api/{kind}{suffix}": write
        for kind, model in {
            "user": Creator,
            "video": Video,
            "playlist": Playlist,
        }.items()
        for method, suffix, write in [
            ("POST", "", new(model, resource(kind))),
            ("PATCH", "/{id}", Write(model, changed(kind))),
            ("DELETE", "/{id}", Write(model)),
        ]
    },
    **{
        f"{method} /api/{path}": Write(model, body)
        for method, path, model, body in [
            ("POST", "user/{id}/relationships/owned_videos", Creator, link("video")),
            (
                *("POST", "user/{id}/relationships/owned_playlists"),
                *(Creator, link("playlist")),
            ),
            (
                *("PATCH", "video/{id}/relationships/author"),
                *(Video, link("user", many=False)),
            ),
            ("POST", "video/{id}/relationships/playlists", Video, link("playlist")),
            ("PATCH", "video/{id}/relationships/playlists", Video, link("playlist")),
            (
                *("PATCH", "playlist/{id}/relationships/owner"),
                *(Playlist, link("user", many=False)),
            ),
            ("POST", "playlist/{id}/relationships/videos", Playlist, link("video")),
            ("PATCH", "playlist/{id}/relationships/videos", Playlist, link("video")),
        ]
    },
    "POST /api/operations": Write(
        Video, {"atomic:operations": [{"op": "update", **changed("video")}]}
    ),
    "POST /books": new(Book, BOOK),
    "PUT /books/{id}": Write(Book, BOOK),
    "PATCH /books/{id}": Write(Book, {"title": "New"}),
    "DELETE /books/{id}": Write(Book),
    "POST /authors": new(Author, {"firstName": "A", "lastName": "B", "books": []}),
    "PUT /authors/{id}": Write(Author, {"firstName": "A", "lastName": "B"}),
    "PATCH /authors/{id}": Write(Author, {"firstName": "A"}),
    "DELETE /authors/{id}": Write(Author),
    # orders
    "POST /a-model-command": new(Command, {"description": "New", "num_variable": 1}),
    **{
        f"{method} {prefix}/orders{suffix}": write
        for prefix in ("", "/api/v2")
        for method, suffix, write in [
            ("POST", "", new(Order, ORDER)),
            ("PUT", "/{id}", Write(Order, ORDER)),
            ("PATCH", "/{id}", Write(Order, {"items": [LINE]})),
            ("DELETE", "/{id}", Write(Order)),
        ]
    },
    "POST /api/v2/jobs": new(Job, JOB),
    "PUT /api/v2/jobs/{id}": Write(Job, JOB),
    "PATCH /api/v2/jobs/{id}": Write(Job, {"started_at": "2026-01-01"}),
    "DELETE /api/v2/jobs/{id}": Write(Job),
    "POST /api/v2/jobs/{id}/cancel": Write(Job),
    "POST /api/v2/jobs/{id}/retry": Write(Job),
    "POST /invoices": new(Invoice, INVOICE | {"invoiceItems": [LINE]}),
    "PUT /invoices/{id}": Write(Invoice, INVOICE),
    "PATCH /invoices/{id}": Write(Invoice, INVOICE),
    "DELETE /invoices/{id}": Write(Invoice),
    "POST /invoices/{id}/issue": Write(Invoice),
    "POST /invoice-items": new(InvoiceItem, LINE | {"invoiceId": ID}),
    "PUT /invoice-items/{id}": Write(InvoiceItem, LINE | {"invoiceId": ID}),
    "PATCH /invoice-items/{id}": Write(InvoiceItem, {"units": 2}),
    "DELETE /invoice-items/{id}": Write(InvoiceItem),
}


def documented() -> set[str]:
    return {
        f"{method.upper()} {path}"
        for path, operations in document()["paths"].items()
        for method in operations.keys() & WRITES
    }


def create_user_with_rows() -> User:
    """Return a superuser who owns a row of each model."""
    ada = User(id=ID, name="ada", email="ada@example.com")
    ada.is_staff = ada.is_superuser = True
    ada.set_password(PASSWORD)
    ada.save()
    bucketlist = Bucketlist.objects.create(id=ID, name="l", created_by=ada)
    Item.objects.create(id=ID, bucketlist=bucketlist, name="i")
    Goal.objects.create(id=ID, user=ada, name="goal")
    Actor.objects.create(id=ID, name="a", age=1, gender="x")
    Movie.objects.create(id=ID, title="m", release_date=date(2026, 1, 1))
    for model in (Creator, Video, Playlist):
        model._default_manager.create(id=str(ID))
    Book.objects.create(id=ID, pub_year=1, author=Author.objects.create(id=ID))
    order = Order.objects.create(id=ID, owner=ada, description="o")
    Job.objects.create(id=ID, order=order, owner=ada, due_at=timezone.now())
    invoice = Invoice.objects.create(id=ID, user=ada, invoice_date=date(2026, 1, 1))
    line = {"part_code": "p", "units": 1, "unit_price": 1}
    InvoiceItem.objects.create(id=ID, invoice=invoice, **line)
    return ada


def prepare(route: str, ada: User, body: dict[str, Any]) -> dict[str, Any]:
    """Prepare the rows for the route and return the body, with tokens filled in."""
    if route.endswith("/retry"):
        cancel(job=Job.objects.get())
    if route == "DELETE /auth/me":
        Invoice.objects.all().delete()
    if route == "DELETE /authors/{id}":
        Book.objects.all().delete()
    tokens = {"REFRESH": issue_tokens(ada).refresh, "RESET": make_reset_token(ada)}
    return {
        name: tokens.get(value, value) if isinstance(value, str) else value
        for name, value in body.items()
    }


def send(client: APIClient, route: str, body: dict[str, Any]) -> Any:
    method, path = route.split(" ")
    url = re.sub(r"{\w+}", str(ID), path)
    media_type = "application/json"
    if path.startswith("/api/") and not path.startswith("/api/v2"):
        media_type = "application/vnd.api+json"
    if path == "/api/operations":
        media_type += '; ext="https://jsonapi.org/ext/atomic"'
    data = json.dumps(body) if body else ""
    return client.generic(method, url, data, media_type)
