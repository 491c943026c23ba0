"""FastAPI with SQLAlchemy's async session: a model of pydantic's for each document."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from email.utils import format_datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import jwt
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AliasGenerator, BaseModel, ConfigDict, Json, PlainSerializer
from pydantic.alias_generators import to_camel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload, selectinload

from benchmarks.peers import tables

app = FastAPI()
engine = create_async_engine(tables.database_url("asyncpg"), pool_size=8)
sessions = async_sessionmaker(engine, expire_on_commit=False)


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


def get_caller(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())],
) -> int:
    try:
        token = jwt.decode(
            credentials.credentials, tables.TOKEN_KEY, algorithms=["HS256"]
        )
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error
    return int(token["sub"])


Database = Annotated[AsyncSession, Depends(get_session)]
Caller = Annotated[int, Depends(get_caller)]
HttpDate = Annotated[datetime, PlainSerializer(lambda at: format_datetime(at, True))]
PLAIN = ConfigDict(from_attributes=True)
CAMEL_IN = ConfigDict(alias_generator=to_camel)
CAMEL_OUT = ConfigDict(
    alias_generator=AliasGenerator(serialization_alias=to_camel), from_attributes=True
)


class PageConfig(BaseModel):
    limit: int
    offset: int = 0


class AuthorOut(BaseModel):
    model_config = CAMEL_OUT
    first_name: str
    last_name: str
    full_name: str
    id: int


class BookOut(BaseModel):
    model_config = CAMEL_OUT
    id: int
    isbn: str | None
    title: str
    pub_year: int
    author_id: int
    author: AuthorOut


class Books(BaseModel):
    Book: list[BookOut]


@app.get("/books", response_model=Books)
async def books(
    session: Database,
    config: Annotated[Json[PageConfig], Query(alias="pageConfig")],
    author: Annotated[int | None, Query(alias="authorId")] = None,
) -> Any:
    rows = select(tables.Book).options(joinedload(tables.Book.author))
    if author is not None:
        rows = rows.where(tables.Book.author_id == author)
    page = rows.order_by(tables.Book.id).limit(config.limit).offset(config.offset)
    return {"Book": (await session.scalars(page)).all()}


class Identifier(BaseModel):
    type: str
    id: str


class ToOne(BaseModel):
    data: Identifier | None


class ToMany(BaseModel):
    data: list[Identifier]


class VideoAttributes(BaseModel):
    model_config = PLAIN
    title: str | None
    create_at: datetime | None
    update_at: datetime | None
    deleted: int | None


class VideoRelationships(BaseModel):
    author: ToOne
    playlists: ToMany


class VideoResource(BaseModel):
    type: str = "video"
    id: str
    attributes: VideoAttributes
    relationships: VideoRelationships

    @classmethod
    def of(cls, video: tables.Video) -> VideoResource:
        author = video.author_id and Identifier(type="user", id=video.author_id)
        playlists = [Identifier(type="playlist", id=row.id) for row in video.playlists]
        return cls(
            id=video.id,
            attributes=VideoAttributes.model_validate(video),
            relationships=VideoRelationships(
                author=ToOne(data=author or None), playlists=ToMany(data=playlists)
            ),
        )


class VideoPage(BaseModel):
    jsonapi: dict[str, str] = {"version": "1.0"}
    data: list[VideoResource]
    links: dict[str, str | None]
    meta: dict[str, int]


class VideoDocument(BaseModel):
    jsonapi: dict[str, str] = {"version": "1.0"}
    data: VideoResource


WITH_PLAYLISTS = selectinload(tables.Video.playlists)


@app.get("/api/video", response_model=VideoPage)
async def videos(
    request: Request,
    session: Database,
    size: Annotated[int, Query(alias="page[size]")] = 10,
    number: Annotated[int, Query(alias="page[number]")] = 1,
) -> Any:
    total = await session.scalar(select(func.count()).select_from(tables.Video)) or 0
    rows = select(tables.Video).options(WITH_PLAYLISTS).order_by(tables.Video.id)
    page = await session.scalars(rows.limit(size).offset((number - 1) * size))
    return VideoPage(
        data=[VideoResource.of(video) for video in page],
        links=links(request, size, number, -(-total // size)),
        meta={"total": total},
    )


@app.get("/api/video/{pk}", response_model=VideoDocument)
async def video(pk: str, session: Database) -> Any:
    found = await session.get(tables.Video, pk, options=[WITH_PLAYLISTS])
    if found is None:
        raise HTTPException(404)
    return VideoDocument(data=VideoResource.of(found))


def links(request: Request, size: int, number: int, last: int) -> dict[str, str | None]:
    def page(number: int) -> str:
        query = urlencode({"page[size]": size, "page[number]": number})
        return str(request.url.replace(query=query))

    return {
        "self": request.url.path,
        "first": page(1),
        "last": page(last),
        "prev": page(number - 1) if number > 1 else None,
        "next": page(number + 1) if number < last else None,
    }


@app.get("/v1.0/goals")
async def goals(session: Database, user: str) -> dict[str, dict[str, Any]]:
    owner = await session.scalar(select(tables.User).where(tables.User.name == user))
    if owner is None:
        raise HTTPException(404)
    rows = await session.scalars(
        select(tables.Goal)
        .where(tables.Goal.user_id == owner.id, tables.Goal.archived.is_(None))
        .order_by(tables.Goal.position.nulls_last(), tables.Goal.id)
    )
    return {user: nested(rows.all())}


def nested(goals: Any) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    branches: dict[int | None, Any] = {goal.id: {} for goal in goals} | {None: tree}
    for goal in goals:
        if goal.parent_id in branches:
            branches[goal.parent_id][goal.name] = branches[goal.id]
    return tree


class ItemIn(BaseModel):
    model_config = CAMEL_IN
    part_code: str
    units: int
    unit_price: float


class ItemOut(ItemIn):
    model_config = CAMEL_OUT
    id: int
    invoice_id: int


class InvoiceIn(BaseModel):
    model_config = CAMEL_IN
    user_id: int
    invoice_date: date
    invoice_items: list[ItemIn]


class InvoiceOut(BaseModel):
    model_config = CAMEL_OUT
    id: int
    user_id: int
    invoice_date: date
    invoice_items: list[ItemOut]


@app.post("/invoices", response_model=InvoiceOut, status_code=201)
async def invoices(sent: InvoiceIn, session: Database) -> Any:
    items = [tables.InvoiceItem(**item.model_dump()) for item in sent.invoice_items]
    columns = sent.model_dump(exclude={"invoice_items"})
    invoice = tables.Invoice(**columns, invoice_items=items)
    session.add(invoice)
    await session.commit()
    return invoice


class ActorOut(BaseModel):
    model_config = PLAIN
    age: int
    gender: str
    id: int
    name: str


class Actors(BaseModel):
    actors: list[ActorOut]
    success: bool = True


@app.get("/actors", response_model=Actors)
async def actors(
    session: Database,
    caller: Caller,
    gender: str | None = None,
    age_min: int | None = None,
    offset: int = 0,
) -> Any:
    rows = select(tables.Actor).order_by(tables.Actor.id)
    if gender is not None:
        rows = rows.where(func.upper(tables.Actor.gender) == gender.upper())
    if age_min is not None:
        rows = rows.where(tables.Actor.age >= age_min)
    page = await session.scalars(rows.limit(tables.MAX_ACTORS).offset(offset))
    return {"actors": page.all()}


class BucketlistIn(BaseModel):
    name: str


class BucketlistOut(BaseModel):
    model_config = PLAIN
    id: int
    name: str
    date_created: HttpDate
    date_modified: HttpDate
    created_by: int


@app.post("/bucketlists/", response_model=BucketlistOut, status_code=201)
async def bucketlists(sent: BucketlistIn, session: Database, caller: Caller) -> Any:
    new = tables.Bucketlist(name=sent.name, created_by=caller)
    session.add(new)
    await session.commit()
    return new
