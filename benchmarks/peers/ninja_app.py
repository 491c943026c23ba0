"""Django Ninja: a schema of pydantic's for each document."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import jwt
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.http import http_date
from ninja import FilterLookup, FilterSchema, NinjaAPI, Query, Schema
from ninja.security import HttpBearer
from pydantic import AliasGenerator, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel

from benchmarks.peers.models import (
    Actor,
    Book,
    Bucketlist,
    Goal,
    Invoice,
    InvoiceItem,
    User,
    Video,
)

api = NinjaAPI(docs_url=None, openapi_url=None)
CAMEL_IN = ConfigDict(alias_generator=to_camel)
# An alias for both ways would be looked for on every row that is read, in vain.
CAMEL_OUT = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel))
HttpDate = Annotated[datetime, PlainSerializer(lambda at: http_date(at.timestamp()))]
NaiveDate = Annotated[
    datetime, PlainSerializer(lambda at: at.replace(tzinfo=None).isoformat())
]


class Bearer(HttpBearer):
    def authenticate(self, request: Any, token: str) -> int | None:
        try:
            claims = jwt.decode(token, settings.TOKEN_KEY, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            return None
        return int(claims["sub"])


class PageConfig(Schema):
    limit: int
    offset: int = 0


class AuthorOut(Schema):
    model_config = CAMEL_OUT
    first_name: str
    last_name: str
    full_name: str
    id: int


class BookOut(Schema):
    model_config = CAMEL_OUT
    id: int
    isbn: str | None
    title: str
    pub_year: int
    author_id: int
    author: AuthorOut


class Books(Schema):
    Book: list[BookOut]


@api.get("/books", response=Books, by_alias=True)
def books(
    request: Any,
    config: Annotated[str, Query(alias="pageConfig")],
    author: Annotated[int | None, Query(alias="authorId")] = None,
) -> Any:
    page = PageConfig.model_validate_json(config)
    rows = Book.objects.select_related("author").order_by("id")
    if author is not None:
        rows = rows.filter(author_id=author)
    return {"Book": list(rows[page.offset : page.offset + page.limit])}


class Identifier(Schema):
    type: str
    id: str


class ToOne(Schema):
    data: Identifier | None


class ToMany(Schema):
    data: list[Identifier]


class VideoAttributes(Schema):
    title: str | None
    create_at: NaiveDate | None
    update_at: NaiveDate | None
    deleted: int | None


class VideoRelationships(Schema):
    author: ToOne
    playlists: ToMany


class VideoResource(Schema):
    type: str = "video"
    id: str
    attributes: VideoAttributes
    relationships: VideoRelationships


class VideoPage(Schema):
    jsonapi: dict[str, str] = {"version": "1.0"}
    data: list[VideoResource]
    links: dict[str, str | None]
    meta: dict[str, int]


class VideoDocument(Schema):
    jsonapi: dict[str, str] = {"version": "1.0"}
    data: VideoResource


def resource_of(video: Video) -> dict[str, Any]:
    author = video.author_id and {"type": "user", "id": video.author_id}
    playlists = [{"type": "playlist", "id": row.pk} for row in video.playlists.all()]
    return {
        "id": video.pk,
        "attributes": video,
        "relationships": {"author": {"data": author}, "playlists": {"data": playlists}},
    }


@api.get("/api/video", response=VideoPage)
def videos(
    request: Any,
    size: Annotated[int, Query(alias="page[size]")] = 10,
    number: Annotated[int, Query(alias="page[number]")] = 1,
) -> Any:
    total = Video.objects.count()
    rows = Video.objects.prefetch_related("playlists").order_by("id")
    page = rows[(number - 1) * size : number * size]
    return {
        "data": [resource_of(video) for video in page],
        "links": links(request, size, number, -(-total // size)),
        "meta": {"total": total},
    }


@api.get("/api/video/{pk}", response=VideoDocument)
def video(request: Any, pk: str) -> Any:
    rows = Video.objects.prefetch_related("playlists")
    return {"data": resource_of(get_object_or_404(rows, pk=pk))}


def links(request: Any, size: int, number: int, last: int) -> dict[str, str | None]:
    def page(number: int) -> str:
        query = urlencode({"page[size]": size, "page[number]": number})
        return str(request.build_absolute_uri(f"{request.path}?{query}"))

    return {
        "self": request.path,
        "first": page(1),
        "last": page(last),
        "prev": page(number - 1) if number > 1 else None,
        "next": page(number + 1) if number < last else None,
    }


@api.get("/v1.0/goals", response=dict[str, dict[str, Any]])
def goals(request: Any, user: str) -> Any:
    owner = get_object_or_404(User, name=user)
    rows = Goal.objects.filter(user=owner, archived=None)
    return {user: nested(list(rows.order_by(F("position").asc(nulls_last=True), "pk")))}


def nested(goals: list[Goal]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    branches: dict[int | None, Any] = {goal.pk: {} for goal in goals} | {None: tree}
    for goal in goals:
        if goal.parent_id in branches:
            branches[goal.parent_id][goal.name] = branches[goal.pk]
    return tree


class ItemIn(Schema):
    model_config = CAMEL_IN
    part_code: str
    units: int
    unit_price: float


class ItemOut(ItemIn):
    model_config = CAMEL_OUT
    id: int
    invoice_id: int


class InvoiceIn(Schema):
    model_config = CAMEL_IN
    user_id: int
    invoice_date: date
    invoice_items: list[ItemIn]


class InvoiceOut(Schema):
    model_config = CAMEL_OUT
    id: int
    user_id: int
    invoice_date: date
    invoice_items: list[ItemOut]


@api.post("/invoices", response={201: InvoiceOut}, by_alias=True)
def invoices(request: Any, sent: InvoiceIn) -> Any:
    columns = sent.dict(exclude={"invoice_items"})
    lines = [item.dict() for item in sent.invoice_items]
    with transaction.atomic():
        invoice = Invoice.objects.create(**columns)
        items = [InvoiceItem(invoice=invoice, **line) for line in lines]
        created = InvoiceItem.objects.bulk_create(items)
    invoice._prefetched_objects_cache = {"invoice_items": created}
    return 201, invoice


class ActorOut(Schema):
    age: int
    gender: str
    id: int
    name: str


class ActorFilter(FilterSchema):
    gender: Annotated[str | None, FilterLookup("gender__iexact")] = None
    age_min: Annotated[int | None, FilterLookup("age__gte")] = None


class Actors(Schema):
    actors: list[ActorOut]
    success: bool = True


@api.get("/actors", response=Actors, auth=Bearer())
def actors(
    request: Any, filters: Annotated[ActorFilter, Query()], offset: int = 0
) -> Any:
    rows = filters.filter(Actor.objects.order_by("id"))
    return {"actors": list(rows[offset : offset + settings.MAX_ACTORS])}


class BucketlistIn(Schema):
    name: str


class BucketlistOut(Schema):
    id: int
    name: str
    date_created: HttpDate
    date_modified: HttpDate
    created_by: int

    @staticmethod
    def resolve_created_by(row: Bucketlist) -> int:
        return row.created_by_id


@api.post("/bucketlists/", response={201: BucketlistOut}, auth=Bearer())
def bucketlists(request: Any, sent: BucketlistIn) -> Any:
    return 201, Bucketlist.objects.create(name=sent.name, created_by_id=request.auth)


urlpatterns = [path("", api.urls)]
