"""Flask with SQLAlchemy: rows as objects, their relatives loaded along, `jsonify`."""

from __future__ import annotations

import json
import os
from datetime import date
from typing import Any
from urllib.parse import urlencode

import jwt
from flask import Flask, Response, abort, jsonify, request
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from werkzeug.http import http_date

from benchmarks.peers.tables import (
    MAX_ACTORS,
    TOKEN_KEY,
    Actor,
    Book,
    Bucketlist,
    Goal,
    Invoice,
    InvoiceItem,
    User,
    Video,
    database_url,
)

app = Flask(__name__)
# A connection for each thread.
engine = create_engine(
    database_url("psycopg2"), pool_size=int(os.environ["WEB_THREADS"])
)


def caller() -> int:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        return int(jwt.decode(token, TOKEN_KEY, algorithms=["HS256"])["sub"])
    except jwt.InvalidTokenError:
        abort(401)


@app.get("/books")
def books() -> Response:
    config = json.loads(request.args["pageConfig"])
    rows = select(Book).options(joinedload(Book.author)).order_by(Book.id)
    if author := request.args.get("authorId", type=int):
        rows = rows.where(Book.author_id == author)
    page = rows.limit(config["limit"]).offset(config.get("offset", 0))
    with Session(engine) as session:
        return jsonify(Book=[book_of(book) for book in session.scalars(page)])


def book_of(book: Book) -> dict[str, Any]:
    return {
        "id": book.id,
        "isbn": book.isbn,
        "title": book.title,
        "pubYear": book.pub_year,
        "authorId": book.author_id,
        "author": {
            "firstName": book.author.first_name,
            "lastName": book.author.last_name,
            "fullName": book.author.full_name,
            "id": book.author.id,
        },
    }


@app.get("/api/video")
def videos() -> Response:
    size = request.args.get("page[size]", 10, int)
    number = request.args.get("page[number]", 1, int)
    rows = select(Video).options(selectinload(Video.playlists)).order_by(Video.id)
    with Session(engine) as session:
        total = session.scalar(select(func.count()).select_from(Video)) or 0
        page = session.scalars(rows.limit(size).offset((number - 1) * size))
        return json_api(
            data=[resource_of(video) for video in page],
            links=links(size, number, -(-total // size)),
            meta={"total": total},
        )


@app.get("/api/video/<pk>")
def video(pk: str) -> Response:
    with Session(engine) as session:
        found = session.get(Video, pk, options=[selectinload(Video.playlists)])
        if found is None:
            abort(404)
        return json_api(data=resource_of(found))


def resource_of(video: Video) -> dict[str, Any]:
    author = video.author_id and {"type": "user", "id": video.author_id}
    playlists = [{"type": "playlist", "id": found.id} for found in video.playlists]
    return {
        "type": "video",
        "id": video.id,
        "attributes": {
            "title": video.title,
            "create_at": video.create_at and video.create_at.isoformat(),
            "update_at": video.update_at and video.update_at.isoformat(),
            "deleted": video.deleted,
        },
        "relationships": {
            "author": {"data": author},
            "playlists": {"data": playlists},
        },
    }


def links(size: int, number: int, last: int) -> dict[str, str | None]:
    def page(number: int) -> str:
        query = urlencode({"page[size]": size, "page[number]": number})
        return f"{request.base_url}?{query}"

    return {
        "self": request.path,
        "first": page(1),
        "last": page(last),
        "prev": page(number - 1) if number > 1 else None,
        "next": page(number + 1) if number < last else None,
    }


def json_api(**document: Any) -> Response:
    answer = jsonify(jsonapi={"version": "1.0"}, **document)
    answer.content_type = "application/vnd.api+json"
    return answer


@app.get("/v1.0/goals")
def goals() -> Response:
    name = request.args["user"]
    with Session(engine) as session:
        user = session.scalar(select(User).where(User.name == name))
        if user is None:
            abort(404)
        rows = session.scalars(
            select(Goal)
            .where(Goal.user_id == user.id, Goal.archived.is_(None))
            .order_by(Goal.position.nulls_last(), Goal.id)
        ).all()
        return jsonify({name: nested(rows)})


def nested(goals: Any) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    branches: dict[int | None, Any] = {goal.id: {} for goal in goals} | {None: tree}
    for goal in goals:
        if goal.parent_id in branches:
            branches[goal.parent_id][goal.name] = branches[goal.id]
    return tree


@app.post("/invoices")
def invoices() -> tuple[Response, int]:
    sent = request.get_json()
    invoice = Invoice(
        user_id=sent["userId"],
        invoice_date=date.fromisoformat(sent["invoiceDate"]),
        invoice_items=[
            InvoiceItem(
                part_code=item["partCode"],
                units=item["units"],
                unit_price=item["unitPrice"],
            )
            for item in sent["invoiceItems"]
        ],
    )
    with Session(engine, expire_on_commit=False) as session:
        session.add(invoice)
        session.commit()
    return jsonify(invoice_of(invoice)), 201


def invoice_of(invoice: Invoice) -> dict[str, Any]:
    return {
        "id": invoice.id,
        "userId": invoice.user_id,
        "invoiceDate": invoice.invoice_date.isoformat(),
        "invoiceItems": [
            {
                "id": item.id,
                "invoiceId": item.invoice_id,
                "partCode": item.part_code,
                "units": item.units,
                "unitPrice": item.unit_price,
            }
            for item in invoice.invoice_items
        ],
    }


@app.get("/actors")
def actors() -> Response:
    caller()
    rows = select(Actor).order_by(Actor.id)
    if gender := request.args.get("gender"):
        rows = rows.where(func.upper(Actor.gender) == gender.upper())
    if age := request.args.get("age_min", type=int):
        rows = rows.where(Actor.age >= age)
    page = rows.limit(MAX_ACTORS).offset(request.args.get("offset", 0, int))
    with Session(engine) as session:
        found = [
            {"age": row.age, "gender": row.gender, "id": row.id, "name": row.name}
            for row in session.scalars(page)
        ]
    return jsonify(actors=found, success=True)


@app.post("/bucketlists/")
def bucketlists() -> tuple[Response, int]:
    new = Bucketlist(created_by=caller(), name=request.get_json()["name"])
    with Session(engine, expire_on_commit=False) as session:
        session.add(new)
        session.commit()
    document = {
        "id": new.id,
        "name": new.name,
        "date_created": http_date(new.date_created),
        "date_modified": http_date(new.date_modified),
        "created_by": new.created_by,
    }
    return jsonify(document), 201
