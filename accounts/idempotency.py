"""Idempotent POST requests: the `Idempotency-Key` header.

    POST /orders, Idempotency-Key: 5f1c…    201
    the same request again                  201, Idempotency-Replayed: true
    the same while the first one runs       409, Retry-After: 1
    another body or URL                     422

The key's row is committed first, so that concurrent requests meet at it. Then one
transaction locks the row, calls the view and stores the response: an effect without a
stored response, or a response without its effect, can't happen. An error response is
not stored, so the next request with the key is processed again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError, transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from accounts.models import IdempotencyKey, User
from common.db.sqlstates import LOCK_NOT_AVAILABLE, sqlstate_of
from common.http.errors import Conflict, Unprocessable
from common.http.strict_json import canonical_json
from dialects.openapi_parts import response_header
from dialects.schema import can_fail

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
META = "HTTP_IDEMPOTENCY_KEY"
KEY = re.compile(r"[ -~]{1,255}")
STORED_HEADERS = ("Location", "Retry-After")
# 419 is the success status of /a-model-command.
SUCCESS_STATUSES = {200, 201, 202, 419}

Create = Callable[..., Response]


class MalformedKey(ParseError):
    default_detail = f"{HEADER} must contain 1 to 255 printable ASCII characters."
    default_code = "malformed_idempotency_key"


class KeyInUse(Conflict):
    default_detail = (
        f"A request with this {HEADER} is still being processed. Try again later."
    )
    default_code = "idempotency_key_in_use"
    wait = 1


class KeyReused(Unprocessable):
    default_detail = f"This {HEADER} was used for another request."
    default_code = "idempotency_key_reused"


documented = extend_schema(
    parameters=[
        OpenApiParameter(
            HEADER,
            {"type": "string", "pattern": "^[ -~]+$", "minLength": 1, "maxLength": 255},
            OpenApiParameter.HEADER,
            description="A unique value of your choice. If you send the request again "
            "with the same key, it isn't processed again: the first response is "
            "replayed.",
        ),
        OpenApiParameter(
            REPLAYED,
            bool,
            OpenApiParameter.HEADER,
            response=sorted(SUCCESS_STATUSES),
            description="`true` if the response is replayed.",
        ),
        response_header("Retry-After", statuses=[KeyInUse.status_code]),
    ]
)


def idempotent(create: Create) -> Create:
    """Decorate a view's method so that it processes each idempotency key once."""

    @wraps(create)
    def create_once(
        view: object, request: Request, *args: object, **kwargs: object
    ) -> Response:
        key = request.META.get(META)
        if key is None:
            return create(view, request, *args, **kwargs)
        return process_once(
            request, key, lambda: create(view, request, *args, **kwargs)
        )

    return documented(can_fail(KeyInUse.status_code, KeyReused())(create_once))


def process_once(
    request: Request, key: str, get_response: Callable[[], Response]
) -> Response:
    if not KEY.fullmatch(key):
        raise MalformedKey
    user = request.user if isinstance(request.user, User) else None
    sent = IdempotencyKey(user=user, key=key, fingerprint=fingerprint_of(request))
    IdempotencyKey.objects.bulk_create([sent], ignore_conflicts=True)
    # Durable: the response must not be sent before it is committed.
    with transaction.atomic(durable=True):
        row = lock_key(sent)
        if row.is_replayable:
            return replay(row, sent.fingerprint)
        response = get_response()
        if response.status_code in SUCCESS_STATUSES:
            store(row, sent.fingerprint, response)
    return response


def fingerprint_of(request: Request) -> str:
    """Return a hash of the request that ignores the body's format and key order."""
    line = f"{request.method} {request.path.rstrip('/')}\n"
    return hashlib.sha256(line.encode() + canonical_json(request.data)).hexdigest()


def lock_key(sent: IdempotencyKey) -> IdempotencyKey:
    """Return the locked row. Raise KeyInUse if another request has locked it.

    SQLite has a single writer, so that other requests wait instead.
    """
    user = sent.user or AnonymousUser()
    rows = IdempotencyKey.objects.named(user, sent.key, sent.fingerprint)
    try:
        row: IdempotencyKey | None = rows.select_for_update(nowait=True).first()
    except OperationalError as exc:
        if sqlstate_of(exc.__cause__) == LOCK_NOT_AVAILABLE:
            raise KeyInUse from exc
        raise
    if row is None:  # It has expired and was deleted in the meantime.
        raise KeyInUse
    return row


def replay(row: IdempotencyKey, fingerprint: str) -> Response:
    if row.fingerprint != fingerprint:
        raise KeyReused
    headers = {**row.headers, REPLAYED: "true"}
    return Response(json.loads(row.body), status=row.status, headers=headers)


def store(row: IdempotencyKey, fingerprint: str, response: Response) -> None:
    """Store the unrendered response. Rendered again, it has the same bytes."""
    row.fingerprint = fingerprint
    row.stored_at = timezone.now()
    row.status = response.status_code
    row.headers = {
        name: response.headers[name]
        for name in STORED_HEADERS
        if name in response.headers
    }
    row.body = json.dumps(response.data, cls=JSONEncoder)
    row.save()
