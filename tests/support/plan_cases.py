"""The index by which PostgreSQL finds each list, by URL, for `test_plans.py`."""

from __future__ import annotations

import json
from typing import NamedTuple

PRIMARY = r"\w+_pkey"

LISTS = {
    "casting": {
        "/actors": "casting_actor_pkey",
        "/actors?name=abcd": "casting_actor_name_parts",
        "/actors?gender=Gender 7": "casting_actor_gender",
        "/actors?age=7": "casting_actor_age(_desc)?",
        "/actors?age_min=150": "casting_actor_age(_desc)?",
        "/actors?age_min=1": "casting_actor_pkey",
        "/actors?age_max=149": "casting_actor_pkey",
        "/actors?movie=5": "casting_movie_actors_movie_id_actor_id_.*_uniq",
        "/actors?search=abcd": "casting_actor_name_parts",
        "/actors?search=abc def": "casting_actor_name_parts",
        "/actors?sort=id": "casting_actor_pkey",
        "/actors?sort=name": "casting_actor_name",
        "/actors?sort=-name": "casting_actor_name",
        "/actors?sort=age": "casting_actor_age",
        "/actors?sort=-age": "casting_actor_age_desc",
        "/actors?sort=-age,name": "casting_actor_age_desc",
        "/actors?sort=gender": "casting_actor_by_gender",
        "/actors?sort=-gender": "casting_actor_gender_desc",
        "/actors?page=2&per_page=5": "casting_actor_pkey",
        "/movies?title=abcd": "casting_movie_title_parts",
        "/movies?year=2018": "casting_movie_released(_desc)?",
        "/movies?released_from=2018-06-01": "casting_movie_released(_desc)?",
        "/movies?released_to=1950-01-05": "casting_movie_released(_desc)?",
        "/movies?actor=5": "casting_movie_actors_actor_id_.*",
        "/movies?search=abcd": "casting_movie_title_parts casting_actor_name_parts",
        "/movies?sort=-id": "casting_movie_pkey",
        "/movies?sort=title": "casting_movie_title",
        "/movies?sort=release_date": "casting_movie_released",
        "/movies?sort=-release_date": "casting_movie_released_desc",
        "/actors/28/movies?sort=-title": "casting_movie_actors_actor_id_.*",
        "/movies/5/actors?search=ab": "casting_movie_actors_movie_id_actor_id_.*_uniq",
    },
    "bucketlists": {
        "/bucketlists/": "bucketlists_bucketlist_pkey",
        "/bucketlists/?q=ABCD": "bucketlist_name_parts",
        "/bucketlists/?sort=id": "bucketlists_bucketlist_pkey",
        "/bucketlists/?sort=-name": "bucketlist_name",
        "/bucketlists/?sort=date_created": "bucketlist_created",
        "/bucketlists/?sort=-date_modified": "bucketlist_modified",
        "/bucketlists/?limit=5&page=2": "bucketlists_bucketlist_pkey",
        "/bucketlists/?items=1": "bucketlists_item_bucketlist_id_.*",
        "/bucketlists/9/items": "bucketlists_item_bucketlist_id_.*",
        "/bucketlists/9/items?q=a": "bucketlists_item_bucketlist_id_.*",
        "/bucketlists/9/items?done=true": "bucketlists_item_bucketlist_id_.*",
        "/bucketlists/9/items?sort=-done_at": "bucketlists_item_bucketlist_id_.*",
    },
    "goals": {
        "/v1.0/users": "accounts_user_pkey",
        "/v1.0/goals?user=user 7": "goals_goal_user_id_.*",
        "/v1.0/goals": "goals_goal_user_id_.*",
        "/v1.0/goals?flat=1": "goals_goal_user_id_.*",
        "/v1.0/goals?user=user 7&detail=1&sort=due&depth=2": "goals_goal_user_id_.*",
        "/v1.0/goals/555": "goals_goal_pkey",
    },
}
# Lists of a user's own rows; few enough to sort without an index.
OWN = {
    "bucketlists": {
        "/bucketlists/": "bucketlist_owner",
        "/bucketlists/?q=abcd": "bucketlist_(owner|name_parts)",
        "/bucketlists/?sort=-name": "bucketlist_owner",
    },
    "goals": {"/v1.0/goals": "goals_goal_user_id_.*"},
    "orders": {
        "/orders": "orders_order_owner_id_.*",
        "/api/v2/jobs": "orders_job_owner_id_.*",
        "/invoices": "orders_invoice_user_id_.*",
        "/invoice-items": "orders_invoice_user_id_.*",
    },
}


class Column(NamedTuple):
    """A column of DBBase: its index, its index for patterns, and rare values."""

    by: str
    low: str
    high: str
    parts: str = ""
    has_nulls: bool = False


HEX = ("000", "fffd")
EARLY, LATE = "2000-01-01", "2100-01-01"
BOOK_AUTHOR = "media_catalog_book_author_id_.*"
PARTS = "orders_{}item_part_code"
DBBASE = {
    "/books": {
        "id": Column("media_catalog_book_pkey", "2", "19999"),
        "isbn": Column("book_isbn", "978-1", "978-9999", "book_parts", has_nulls=True),
        "title": Column("book_title", *HEX, "book_parts"),
        "pubYear": Column("book_pub_year", "2", "1998"),
        "authorId": Column(BOOK_AUTHOR, "2", "19999"),
        "author.firstName": Column("author_first_name", *HEX, "author_parts"),
        "author.lastName": Column("author_last_name", *HEX, "author_parts"),
    },
    "/authors": {
        "id": Column("media_catalog_author_pkey", "2", "19999"),
        "firstName": Column("author_first_name", *HEX, "author_parts"),
        "lastName": Column("author_last_name", *HEX, "author_parts"),
        "books.title": Column("book_title", *HEX, "book_parts"),
        "books.isbn": Column("book_isbn", "978-1", "978-9999", "book_parts"),
        "books.pubYear": Column("book_pub_year", "2", "1998"),
    },
    "/orders": {
        "id": Column("orders_order_pkey", "2", "19999"),
        "orderedAt": Column("order_ordered_at", EARLY, LATE),
        "ownerId": Column("orders_order_owner_id_.*", "2", "1999"),
        "statusId": Column("order_status(_desc)?", "0", "3"),
        "items.partCode": Column("orderitem_part_code", "a", "z"),
    },
    "/api/v2/jobs": {
        "id": Column("orders_job_pkey", "2", "19999"),
        "startedAt": Column("job_started_at", EARLY, LATE),
        "finishedAt": Column("job_finished_at", EARLY, LATE, has_nulls=True),
        "ownerId": Column("orders_job_owner_id_.*", "2", "1999"),
        "orderId": Column("orders_job_order_id_.*", "2", "19999"),
        "statusId": Column("job_(status(_desc)?|due)", "0", "3"),
        "order.orderedAt": Column("order_ordered_at", EARLY, LATE),
        "order.statusId": Column("order_status(_desc)?", "0", "3"),
    },
    "/invoices": {
        "id": Column("orders_invoice_pkey", "2", "19999"),
        "invoiceDate": Column("invoice_date", "1950-01-03", "2018-06-01"),
        "userId": Column("orders_invoice_user_id_.*", "2", "1999"),
        "invoiceItems.partCode": Column("invoiceitem_part_code", "a", "z"),
    },
    "/invoice-items": {
        "id": Column("orders_invoiceitem_pkey", "2", "19999"),
        "partCode": Column("invoiceitem_part_code", "a", "z"),
        "units": Column("invoiceitem_units", "-500", "499"),
        "unitPrice": Column("invoiceitem_unit_price", "2", "4998"),
        "invoiceId": Column("orders_invoiceitem_invoice_id_.*", "2", "19999"),
        "invoice.userId": Column("orders_invoice_user_id_.*", "2", "1999"),
        "invoice.invoiceDate": Column("invoice_date", "1950-01-03", "2018-06-01"),
    },
}
DATA_OF = {"/books": "books", "/authors": "books"}

UNBOUNDED = "no ordered index holds texts of any length, nor finds a range of them"
WRITTEN_OUT = "numbers and dates are written out to be compared with a pattern"
PART_CODES = "every invoice writes many part codes, which are looked up whole"
ABSENT = "no index tells what has no relatives"
WITHOUT_INDEX = {
    "books": {
        "/books?pubYear=like&pubYear=%1234567%": WRITTEN_OUT,
        "/authors?books.title=isnull&books.title=true": ABSENT,
    },
    "orders": {
        "/orders?orderedAt=like&orderedAt=%1234567%": WRITTEN_OUT,
        "/orders?items.partCode=like&items.partCode=%t 77%": PART_CODES,
        "/invoice-items?partCode=like&partCode=%t 77%": PART_CODES,
        "/orders?items.partCode=isnull&items.partCode=true": ABSENT,
        '/orders?pageConfig={"orderBy": "description"}': UNBOUNDED,
        '/api/v2/jobs?pageConfig={"orderBy": "order.description"}': UNBOUNDED,
    },
    "catalog": {
        "/api/video?sort=title": UNBOUNDED,
        "/api/playlist?sort=-title": UNBOUNDED,
        "/api/user?sort=name": UNBOUNDED,
        "/api/video?sort=author.name": UNBOUNDED,
    },
}


def dbbase(path: str) -> dict[str, str]:
    """Return the index for each column with each operator, and for each order."""
    plans: dict[str, str] = {}
    for name, column in DBBASE[path].items():
        plans |= comparisons(path, name, column) | patterns(path, name, column)
        if name.split(".")[0] in {"books", "items", "invoiceItems"}:
            continue
        # Most rows have the same status of their order, so PostgreSQL may sort all.
        for order in (name, f"-{name}") if name != "order.statusId" else ():
            url = f'{path}?pageConfig={{"orderBy": "{order}"}}'
            plans[url] = column.by
    return plans


def comparisons(path: str, name: str, column: Column) -> dict[str, str]:
    values = {"eq": column.low, "lt": column.low, "le": column.low}
    values |= {"gt": column.high, "ge": column.high}
    if column.has_nulls:
        values["isnull"] = "true"
    found = {f"{path}?{name}={op}&{name}={v}": column.by for op, v in values.items()}
    found[f"{path}?{name}[]={column.low}&{name}[]={column.high}"] = column.by
    # Nearly all rows match: they are read in order until the page is full.
    found[f"{path}?{name}=ne&{name}={column.low}"] = PRIMARY
    return found


def patterns(path: str, name: str, column: Column) -> dict[str, str]:
    if not column.parts:
        return {}
    pattern = "%978-55%" if "isbn" in name else "%abcd%"
    ops = {"like": column.parts, "ilike": column.parts}
    ops |= {"notlike": PRIMARY, "notilike": PRIMARY}
    return {f"{path}?{name}={op}&{name}={pattern}": index for op, index in ops.items()}


def json_api() -> dict[str, str]:
    found = {"/api/video": PRIMARY, "/api/video?sort=-id": PRIMARY}
    for kind, text, key in [
        ("user", "name", ""),
        ("video", "title", "author"),
        ("playlist", "title", "owner"),
    ]:
        table = f"media_catalog_{'creator' if kind == 'user' else kind}"
        found |= texts(kind, text, table)
        found |= ordered(kind, "create_at", f"{table}_newest", EARLY, LATE)
        found |= ordered(kind, "update_at", f"{table}_update", EARLY, LATE)
        found |= ordered(kind, "deleted", f"{table}_(un)?mark", 0, 499)
        if key:
            found |= ordered(kind, f"{key}_id", f"{table}_{key}", "u1", "u9999")
    return found | {
        objects(
            "video", "author", "has", {"name": "name", "op": "eq", "val": "abcd"}
        ): ("media_catalog_creator_parts media_catalog_video_author"),
        objects(
            "video",
            "playlists",
            "any",
            {"name": "title", "op": "like", "val": "%abcd%"},
        ): "media_catalog_playlist_parts media_catalog_playlist_(order|video_once)",
        "/api/user/u7/owned_videos?sort=title": "media_catalog_video_author",
        "/api/playlist/p7/videos": "media_catalog_playlist_order",
        "/api/video?page[after]=&sort=-create_at": "media_catalog_video_newest",
        "/api/video?page[before]=": PRIMARY,
    }


def texts(kind: str, name: str, table: str) -> dict[str, str]:
    return {
        f"/api/{kind}?filter[{name}]=abcd": f"{table}_parts",
        objects(kind, name, "in", ["abcd", "efgh"]): f"{table}_parts",
        objects(kind, name, "like", "%abcd%"): f"{table}_parts",
        objects(kind, name, "ilike", "ABCD%"): f"{table}_parts",
        objects(kind, name, "is_null", None): f"{table}_blank",
        # Nearly all rows match: they are read in order until the page is full.
        objects(kind, name, "ne", "abcd"): PRIMARY,
        objects(kind, name, "not_like", "%abcd%"): PRIMARY,
        objects(kind, name, "is_not_null", None): PRIMARY,
    }


def ordered(
    kind: str, name: str, index: str, low: object, high: object
) -> dict[str, str]:
    return {
        objects(kind, name, "eq", low): index,
        objects(kind, name, "le", low): index,
        objects(kind, name, "gt", high): index,
        objects(kind, name, "in", [low, high]): index,
        objects(kind, name, "is_null", None): index,
        objects(kind, name, "ne", low): PRIMARY,
        objects(kind, name, "not_in", [low]): PRIMARY,
        f"/api/{kind}?sort={name}": index,
        f"/api/{kind}?sort=-{name}": index,
    }


def objects(kind: str, name: str, op: str, value: object) -> str:
    found = json.dumps([{"name": name, "op": op, "val": value}])
    return f"/api/{kind}?filter[objects]={found}"
