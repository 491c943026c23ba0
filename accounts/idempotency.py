"""POST that is carried out once, however often it is sent: `Idempotency-Key`.

    POST /orders, Idempotency-Key: 5f1c…    201
    the same again                          201, Idempotency-Replayed: true
    the same while the first one runs       409, Retry-After: 1
    another body or URL                     422

The key's row is written first, by itself, so that two requests meet at it. Then one
transaction locks it, does what is asked and stores the answer: there is an effect
where there is an answer, and no other. A refused request leaves the key as it was, and
what a killed process left without an answer, the next request carries out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import OperationalError, transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from accounts.models import IdempotentAnswer
from common.db.sqlstates import LOCK_NOT_AVAILABLE, sqlstate_of
from common.http.errors import Conflict, Unprocessable
from common.http.json import canonical_json

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
META = "HTTP_IDEMPOTENCY_KEY"
KEY = re.compile(r"[ -~]{1,255}")
KEPT_HEADERS = ("Location", "Retry-After")
# The last one is how the command says that it was done.
SUCCESSES = {200, 201, 202, 419}

Create = Callable[..., Response]


class MalformedKey(ParseError):
    default_detail = f"{HEADER} must hold 1 to 255 printable ASCII characters."
    default_code = "malformed_idempotency_key"


class UnderWay(Conflict):
    default_detail = f"A request with this {HEADER} is under way. Please try again."
    default_code = "idempotency_key_in_use"
    wait = 1


class OtherRequest(Unprocessable):
    default_detail = f"This {HEADER} was used for another request."
    default_code = "idempotency_key_reused"


documented = extend_schema(
    parameters=[
        OpenApiParameter(
            HEADER,
            str,
            OpenApiParameter.HEADER,
            description="A text of your own, new for each thing to be done. Sent "
            "again with the same key, the request gets the first one's answer.",
        ),
        OpenApiParameter(
            REPLAYED,
            bool,
            OpenApiParameter.HEADER,
            response=sorted(SUCCESSES),
            description="`true` where the answer is one that was given before.",
        ),
    ]
)


def idempotent(create: Create) -> Create:
    """Has a view's method carry out the requests of one key once."""

    @wraps(create)
    def create_once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.META.get(META)
        if key is None:
            return create(view, request, *args, **kwargs)
        return answer_once(request, key, lambda: create(view, request, *args, **kwargs))

    create_once.error_statuses = (OtherRequest.status_code,)  # type: ignore[attr-defined]
    return documented(create_once)


def answer_once(request: Request, key: str, act: Callable[[], Response]) -> Response:
    if not KEY.fullmatch(key):
        raise MalformedKey
    asked = IdempotentAnswer(
        user=request.user if request.user.is_authenticated else None,
        key=key,
        fingerprint=fingerprint(request),
    )
    IdempotentAnswer.objects.bulk_create([asked], ignore_conflicts=True)
    # Durable, for an answer must not be sent before it is committed.
    with transaction.atomic(durable=True):
        found = locked(request.user, asked)
        if found.is_current:
            return replay(found, asked.fingerprint)
        response = act()
        if response.status_code in SUCCESSES:
            keep(found, asked.fingerprint, response)
    return response


def fingerprint(request: Request) -> str:
    """What is asked for; spelling and order of keys are no part of it."""
    line = f"{request.method} {request.path.rstrip('/')}\n"
    return hashlib.sha256(line.encode() + canonical_json(request.data)).hexdigest()


def locked(user: Any, asked: IdempotentAnswer) -> IdempotentAnswer:
    """The key's row. SQLite has one writer at a time, so there others wait instead."""
    rows = IdempotentAnswer.objects.named(user, asked.key, asked.fingerprint)
    try:
        found = rows.select_for_update(nowait=True).first()
    except OperationalError as exc:
        if sqlstate_of(exc.__cause__) == LOCK_NOT_AVAILABLE:
            raise UnderWay from exc
        raise
    if found is None:  # It was too old, and deleted in this moment.
        raise UnderWay
    return found


def replay(found: IdempotentAnswer, asked: str) -> Response:
    if found.fingerprint != asked:
        raise OtherRequest
    headers = {**found.headers, REPLAYED: "true"}
    return Response(json.loads(found.body), status=found.status, headers=headers)


def keep(found: IdempotentAnswer, asked: str, response: Response) -> None:
    """Stores the answer before it is drawn; drawn again, it has the same bytes."""
    found.fingerprint = asked
    found.stored_at = timezone.now()
    found.status = response.status_code
    found.headers = {
        name: response.headers[name]
        for name in KEPT_HEADERS
        if name in response.headers
    }
    found.body = json.dumps(response.data, cls=JSONEncoder)
    found.save()
