"""The limit of Python with PostgreSQL: bare WSGI and SQL written by hand.

It handles only the requests of workloads.py, with Quintet's documents: a connection per
thread, no framework, no ORM, hardly a check. It checks the signature and expiry of a
token, but doesn't look up the user.
"""

from __future__ import annotations

import base64
import hmac
import os
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import orjson
import psycopg2

KEY = os.environ["TOKEN_KEY"].encode()
MAX_ACTORS = int(os.environ["QUINTET_MAX_UNPAGED"])
HEADS = {
    base64.urlsafe_b64encode(head).rstrip(b"=")
    for head in (b'{"alg":"HS256","typ":"JWT"}', b'{"typ":"JWT","alg":"HS256"}')
}
Environ = dict[str, Any]


class Connection(threading.local):
    """A connection per thread, opened on first use."""

    def __init__(self) -> None:
        connection = psycopg2.connect(os.environ["DATABASE_URL"])
        connection.autocommit = True
        self.cursor = connection.cursor()


connection = Connection()


def query(sql: str, values: Any = None) -> list[Any]:
    connection.cursor.execute(sql, values)
    return list(connection.cursor.fetchall())


def parse_body(environ: Environ) -> Any:
    return orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))


class HTTPError(Exception):
    """An error response with this status line."""


def user_of(environ: Environ) -> int:
    """Return the user ID of a valid bearer token."""
    token = environ.get("HTTP_AUTHORIZATION", "")[7:].encode()
    signed, _, signature = token.rpartition(b".")
    head, _, claims = signed.partition(b".")
    mac = base64.urlsafe_b64encode(hmac.digest(KEY, signed, "sha256")).rstrip(b"=")
    if head not in HEADS or not hmac.compare_digest(mac, signature):
        raise HTTPError("401 Unauthorized")
    payload = orjson.loads(base64.urlsafe_b64decode(claims + b"=="))
    if payload["exp"] <= time.time():
        raise HTTPError("401 Unauthorized")
    return int(payload["sub"])


BOOKS = """
    SELECT book.id, isbn, title, pub_year, author.id, first_name, last_name
    FROM media_catalog_book book
    JOIN media_catalog_author author ON author.id = author_id
    {where} ORDER BY book.id LIMIT %s OFFSET %s
"""
ALL_BOOKS = BOOKS.format(where="")
BOOKS_OF = BOOKS.format(where="WHERE author_id = %s")


def books(environ: Environ) -> Any:
    params = parse_qs(environ["QUERY_STRING"])
    config = orjson.loads(params["pageConfig"][0])
    page = config["limit"], config.get("offset", 0)
    if "authorId" in params:
        rows = query(BOOKS_OF, (int(params["authorId"][0]), *page))
    else:
        rows = query(ALL_BOOKS, page)
    return {"Book": [book(*row) for row in rows]}


def book(
    pk: int, isbn: str, title: str, year: int, author: int, first: str, last: str
) -> Any:
    return {
        "id": pk,
        "isbn": isbn,
        "title": title,
        "pubYear": year,
        "authorId": author,
        "author": {
            "firstName": first,
            "lastName": last,
            "fullName": f"{first} {last}",
            "id": author,
        },
    }


VIDEOS = """
    SELECT id, title, create_at AT TIME ZONE 'UTC', update_at AT TIME ZONE 'UTC',
        deleted, author_id, ARRAY(
            SELECT playlist_id FROM media_catalog_playlist_videos
            WHERE video_id = video.id ORDER BY playlist_id
        )
    FROM media_catalog_video video WHERE {which}
"""
VIDEO = VIDEOS.format(which="id = %s")
FOLLOWING = VIDEOS.format(which="id > %s ORDER BY id LIMIT %s")
# Skipped rows are read from the index alone.
FROM = "(SELECT id FROM media_catalog_video ORDER BY id LIMIT 1 OFFSET %s)"
NUMBERED = VIDEOS.format(which=f"id >= {FROM} ORDER BY id LIMIT %s")
COUNT = "SELECT count(*) FROM media_catalog_video"


def resource(row: Any) -> Any:
    pk, title, created, updated, deleted, author, playlists = row
    return {
        "attributes": {
            "create_at": created,
            "deleted": deleted,
            "title": title,
            "update_at": updated,
        },
        "id": pk,
        "relationships": {
            "author": {"data": author and {"id": author, "type": "user"}},
            "playlists": {
                "data": [{"id": each, "type": "playlist"} for each in playlists]
            },
        },
        "type": "video",
    }


def videos(environ: Environ) -> Any:
    params = parse_qs(environ["QUERY_STRING"])
    size = int(params["page[size]"][0])
    [[total]] = query(COUNT)
    if "page[after]" in params:
        after = params["page[after]"][0].partition(".")[0]
        [last] = orjson.loads(base64.urlsafe_b64decode(after + "=="))
        rows = query(FOLLOWING, (last, size))
        links = {}
    else:
        number = int(params.get("page[number]", ["1"])[0])
        rows = query(NUMBERED, ((number - 1) * size, size))
        links = page_links(environ["HTTP_HOST"], size, number, -(-total // size))
    return {
        "data": [resource(row) for row in rows],
        "jsonapi": {"version": "1.0"},
        "links": links,
        "meta": {"total": total},
    }


def page_links(host: str, size: int, number: int, last: int) -> Any:
    url = f"http://{host}/api/video?page%5Bsize%5D={size}&page%5Bnumber%5D="
    return {
        "first": f"{url}1",
        "last": f"{url}{last}",
        "next": f"{url}{number + 1}" if number < last else None,
        "prev": f"{url}{number - 1}" if number > 1 else None,
        "self": "/api/video",
    }


def video(pk: str) -> Any:
    rows = query(VIDEO, (pk,))
    if not rows:
        raise HTTPError("404 Not Found")
    return {"data": resource(rows[0]), "jsonapi": {"version": "1.0"}}


GOALS = """
    SELECT goal.id, parent_id, goal.name FROM accounts_user owner
    LEFT JOIN goals_goal goal ON user_id = owner.id AND archived IS NULL
    WHERE owner.name = %s ORDER BY position NULLS LAST, goal.id
"""


def goals(environ: Environ) -> Any:
    name = parse_qs(environ["QUERY_STRING"])["user"][0]
    rows = query(GOALS, (name,))
    if not rows:
        raise HTTPError("404 Not Found")
    tree: dict[str, Any] = {}
    branches: dict[int | None, Any] = {pk: {} for pk, _, _ in rows} | {None: tree}
    for pk, above, goal in rows:
        # Goals below an archived one are hidden.
        if pk and above in branches:
            branches[above][goal] = branches[pk]
    return {name: tree}


# Both tables in one statement: one round trip, all or nothing.
INVOICE = """
    WITH invoice AS (
        INSERT INTO orders_invoice
            (user_id, invoice_date, billed_name, billed_email, seller)
        VALUES (%s, %s, '', '', '') RETURNING id
    )
    INSERT INTO orders_invoiceitem (invoice_id, part_code, units, unit_price)
    SELECT invoice.id, line.* FROM invoice,
        json_to_recordset(%s) AS line ("partCode" text, units int, "unitPrice" numeric)
    RETURNING invoice_id, id
"""


def invoices(environ: Environ) -> Any:
    new = parse_body(environ)
    user, day, lines = int(new["userId"]), str(new["invoiceDate"]), new["invoiceItems"]
    rows = query(INVOICE, (user, day, orjson.dumps(lines).decode()))
    return {
        "id": rows[0][0],
        "userId": user,
        "invoiceDate": day,
        "invoiceItems": [
            {
                "id": pk,
                "invoiceId": invoice,
                "partCode": line["partCode"],
                "units": line["units"],
                "unitPrice": line["unitPrice"],
            }
            for (invoice, pk), line in zip(rows, lines, strict=True)
        ],
    }


ACTORS = """
    SELECT age, gender, id, name FROM casting_actor
    {where} ORDER BY id LIMIT %s OFFSET %s
"""
ALL_ACTORS = ACTORS.format(where="")
ACTORS_LIKE = ACTORS.format(where="WHERE upper(gender) = upper(%s) AND age >= %s")


def actors(environ: Environ) -> Any:
    user_of(environ)
    params = parse_qs(environ["QUERY_STRING"])
    page = MAX_ACTORS, int(params.get("offset", ["0"])[0])
    if "gender" in params:
        like = params["gender"][0], int(params["age_min"][0])
        rows = query(ACTORS_LIKE, (*like, *page))
    else:
        rows = query(ALL_ACTORS, page)
    return {
        "actors": [
            {"age": age, "gender": gender, "id": pk, "name": name}
            for age, gender, pk, name in rows
        ],
        "success": True,
    }


BUCKETLIST = """
    INSERT INTO bucketlists_bucketlist
        (name, created_by_id, date_created, date_modified)
    VALUES (%s, %s, %s, %s) RETURNING id
"""


def bucketlists(environ: Environ) -> Any:
    user, name = user_of(environ), str(parse_body(environ)["name"])
    now = datetime.now(UTC)
    [[pk]] = query(BUCKETLIST, (name, user, now, now))
    text = now.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return {
        "id": pk,
        "name": name,
        "date_created": text,
        "date_modified": text,
        "created_by": user,
    }


View = Callable[[Environ], Any]
ROUTES: dict[tuple[str, str], tuple[str, View]] = {
    ("GET", "/books"): ("200 OK", books),
    ("GET", "/api/video"): ("200 OK", videos),
    ("GET", "/v1.0/goals"): ("200 OK", goals),
    ("POST", "/invoices"): ("201 Created", invoices),
    ("GET", "/actors"): ("200 OK", actors),
    ("POST", "/bucketlists/"): ("201 Created", bucketlists),
}


def app(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    kind = "application/json"
    if path.startswith("/api/"):
        kind = "application/vnd.api+json"
    try:
        if path.startswith("/api/video/"):
            status, body = "200 OK", orjson.dumps(video(path[11:]))
        else:
            status, view = ROUTES[environ["REQUEST_METHOD"], path]
            body = orjson.dumps(view(environ))
    except HTTPError as error:
        status, body = str(error), b'{"message": "Refused."}'
    headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
    start_response(status, headers)
    return [body]
