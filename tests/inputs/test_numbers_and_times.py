"""Numbers have ASCII digits alone, and a time that may be another one is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from accounts.models import User
from media_catalog.models import Book, Video
from orders.models import Invoice, Order
from tests.inputs.cases import Case, Server

BOOK = {"title": "T", "pubYear": 1997, "authorId": 1}
ITEM = {"partCode": "P", "units": 1, "unitPrice": 1}
ORDER = {"description": "d", "ownerId": 1}
ACTOR = {"name": "n", "gender": "g"}
JSON_API = {"Content-Type": "application/vnd.api+json"}
NOT_NUMBERS = [
    "1_0",
    "1__0",
    "_1",
    "\u0661\u0660",
    "\uff11\uff10",
    "1\u00a00",
    "0x10",
    "1e1_0",
]
NOT_TIMES = [
    "2026-03-04T10:00:00 02:00",
    "2026-03-04 10:00:00  02:00",
    "2026-03-04T10:00 02:00",
    "2026-03-04+02:00",
    "2026-03-04-02:00",
    "2026-03-04x10:00",
    "\u0662026-03-04T10:00",
    "2026-03-04T10:00:00Z 02:00",
]
NOT_DAYS = ["9.8.2020", "8/9/2020", "8-9-2020", "8/9/20", "20-08-09", "8/9/2020 10:37"]


def invoice(**item: object) -> dict[str, object]:
    day = {"userId": 1, "invoiceDate": "2020-08-27"}
    return {**day, "invoiceItems": [ITEM | item]}


def video(**attributes: object) -> dict[str, Any]:
    return {"data": {"type": "video", "attributes": attributes}}


def video_filter(name: str, value: str) -> str:
    """Return the query string of a filter object."""
    filters = [{"name": name, "op": "eq", "val": value}]
    return f"filter[objects]={quote(json.dumps(filters))}"


def number_cases(text: str) -> Iterator[Case]:
    told, in_url = f"The value {text} is not a number", quote(text)
    yield Case("POST /books", BOOK | {"pubYear": text}, 400, told)
    yield Case("POST /books", BOOK | {"id": text}, 400, told)
    yield Case("POST /books", [BOOK | {"authorId": text}], 400, told)
    book = Book.objects.earliest("pk").pk
    yield Case(f"PATCH /books/{book}", {"pubYear": text}, 400, told)
    yield Case("POST /invoices", invoice(unitPrice=text), 400, told)
    yield Case("POST /invoices", invoice(units=text), 400, told)
    yield Case("POST /a-model-command", {"numVariable": text}, 400, told)
    yield Case(f"GET /books?pubYear={in_url}", shows=told)
    yield Case(f"GET /books?pubYear=gt&pubYear={in_url}", shows=told)
    yield Case(f"GET /books?pubYear=1,{in_url}", shows=told)
    yield Case(f"GET /books?id[]={in_url}", shows=told)
    yield Case(f"GET /invoice-items?unitPrice={in_url}", shows=told)
    for config in ({"limit": text}, {"offset": text}, {"pageSize": text}):
        yield Case(f"GET /books?pageConfig={quote(json.dumps(config))}")
    yield Case(f"GET /api/video?filter[deleted]={in_url}")
    yield Case(f"GET /api/video?{video_filter('deleted', text)}")
    yield Case("POST /api/video", video(deleted=text), headers=JSON_API)
    yield Case("POST /actors", ACTOR | {"age": text}, 422, user="producer")
    yield Case(f"GET /actors?age={in_url}", user="producer")


@pytest.mark.difference(
    "Everywhere",
    old="Reads numbers as Python does: `1_0` is 10, and digits of all scripts count",
    new="Returns 400 for a number in a body or filter with other characters than "
    "ASCII digits (422 for bodies of the casting API)",
    why="No other client means that",
)
def test_a_number_of_other_than_ascii_digits_is_refused(server: Server) -> None:
    server.check(case for text in NOT_NUMBERS for case in number_cases(text))
    taken = invoice(unitPrice=" 1.5e1 ") | {"userId": User.objects.earliest("pk").pk}
    server.check(
        [
            Case("GET /books?pubYear=1_997"),
            Case("GET /books?pageConfig={'limit':1_0}"),
            Case("GET /books?pageConfig={'limit':0x10}"),
            Case("POST /invoices", invoice(unitPrice="1_0.5")),
            # White space, a sign, and a fraction of nothing are taken.
            Case("GET /books?pubYear=1,%201997,-2.0,%2B3", status=200),
            Case("POST /invoices", taken, 201, "15.0"),
            Case("GET /books?pageConfig={'limit':1,'serialFields':['id']}", status=200),
        ]
    )


def time_cases(text: str) -> Iterator[Case]:
    in_url = quote(text)
    yield Case("POST /orders", ORDER | {"orderedAt": text}, user="staff")
    yield Case("POST /api/v2/orders", ORDER | {"orderedAt": text}, user="staff")
    yield Case(
        f"PATCH /orders/{Order.objects.earliest('pk').pk}",
        {"orderedAt": text},
        user="staff",
    )
    yield Case("POST /api/v2/jobs", {"orderId": 1, "startedAt": text}, user="staff")
    yield Case(f"GET /orders?orderedAt={in_url}", user="staff")
    yield Case(f"GET /orders?orderedAt=gt&orderedAt={in_url}", user="staff")
    yield Case(f"GET /orders?orderedAt[]={in_url}", user="staff")
    yield Case(f"GET /api/v2/jobs?startedAt={in_url}", user="staff")
    yield Case("POST /api/video", video(create_at=text), headers=JSON_API)
    pk = Video.objects.earliest("pk").pk
    document = {"data": video(create_at=text)["data"] | {"id": pk}}
    yield Case(f"PATCH /api/video/{pk}", document, headers=JSON_API)
    yield Case(f"GET /api/video?filter[create_at]={in_url}")
    yield Case(f"GET /api/video?{video_filter('create_at', text)}")


@pytest.mark.difference(
    "Everywhere",
    old="Accepts any character between date and time, so that `2026-03-04+02:00` is 2 "
    "a.m.",
    new="Returns 400 unless it's `T` or a space",
    why="The text might be a time zone",
)
@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Uses the last of two times in a text, such as an offset whose `+` became a "
    "space in a URL",
    new="Returns 400",
    why="The stored time was hours off",
)
def test_a_text_that_can_mean_two_times_is_refused(server: Server) -> None:
    server.check(case for text in NOT_TIMES for case in time_cases(text))
    server.check(
        [
            Case("GET /orders?orderedAt=2026-03-04T10:00:00+02:00", user="staff"),
            Case("GET /api/video?filter[create_at]=2026-03-04T10:00:00+02:00"),
            *(
                Case(f"GET /orders?orderedAt={text}", status=200, user="staff")
                for text in (
                    "2026-03-04T10:00:00%2B02:00",
                    "2026-03-04+10:00:00",
                    "2026-03-04%2010:00:00%20%2B02:00",
                    "4%20Mar%202026%2010:00%20-0200",
                )
            ),
            *(
                Case(f"GET /api/video?filter[create_at]={text}", status=200)
                for text in ("2026-03-04T10:00:00%2B02:00", "2026-03-04T10:00:00")
            ),
        ]
    )


def day_cases(text: str) -> Iterator[Case]:
    told, in_url = f"Date error: '{text}'", quote(text)
    body = {"userId": 1, "invoiceDate": text}
    yield Case("POST /invoices", body, 400, told)
    yield Case(
        f"PUT /invoices/{Invoice.objects.filter(number=None).earliest('pk').pk}",
        body,
        400,
        told,
    )
    yield Case(f"GET /invoices?invoiceDate={in_url}", shows=told)
    yield Case(f"GET /invoices?invoiceDate=le&invoiceDate={in_url}", shows=told)
    yield Case("POST /orders", ORDER | {"orderedAt": text}, 400, told, user="staff")


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Reads `8/9/2020` as August 9 and `9.8.2020` as September 8, month first",
    new="Returns 400",
    why="Readers disagree on the day",
)
def test_a_day_that_two_people_would_read_differently_is_refused(
    server: Server,
) -> None:
    server.check(case for text in NOT_DAYS for case in day_cases(text))
    user = User.objects.earliest("pk").pk
    server.check(
        Case("POST /invoices", {"userId": user, "invoiceDate": text}, 201, f'"{day}"')
        for text, day in [
            ("27.8.2020", "2020-08-27"),
            ("8/27/2020", "2020-08-27"),
            ("9/9/2020", "2020-09-09"),
            ("2020-08-09", "2020-08-09"),
            ("2020/08/09", "2020-08-09"),
            ("20200809", "2020-08-09"),
            ("9 Aug 2020", "2020-08-09"),
            ("August 9, 2020", "2020-08-09"),
        ]
    )
