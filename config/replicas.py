"""Reading from the replicas that DATABASE_REPLICA_URL names.

A replica serves GET and HEAD requests for the public catalog without a token or a
session. Clients that write send one, so they always read their own writes; the settings
refuse replicas if anonymous clients may write. Everything else uses the primary.

While the primary is down, replicas may be behind by QUINTET_REPLICA_OUTAGE_SECONDS.
`X-Data-Age` says so, and whatever needs the primary is 503 at once.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from common.http.errors import Problem, Unavailable
from config.apis import APIS
from config.deadlines import deadline
from config.errors import error_response
from config.replica_watch import Replica, is_primary_down, watched_replicas

PUBLIC_APP = "media_catalog"
# The maximum age of the response's data in seconds, while the primary is down.
AGE_HEADER = "X-Data-Age"
PRIMARY_DOWN = Problem(
    Unavailable.status_code,
    Unavailable.default_code,
    Unavailable.default_detail,
    headers={"Retry-After": str(Unavailable.wait)},
)
# The time limit of a request to a replica. The primary then serves it.
READ_TIMEOUT = 2.0


class Source:
    """The database that the current request reads the catalog from."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.is_used = False


_source: ContextVar[Source | None] = ContextVar("source", default=None)


class Router:
    """A database router, as Django documents it."""

    def db_for_read(self, model: type[Model], **hints: object) -> str:
        is_public = model._meta.app_label == PUBLIC_APP
        source = _source.get() if is_public else None
        if source is None or connection.in_atomic_block:
            return DEFAULT_DB_ALIAS
        source.is_used = True
        return source.alias

    def db_for_write(self, model: type[Model], **hints: object) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, obj1: Model, obj2: Model, **hints: object) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return db == DEFAULT_DB_ALIAS


@contextmanager
def reading_from(replica: Replica) -> Iterator[Source]:
    source = Source(replica.alias)
    token = _source.set(source)
    try:
        yield source
    finally:
        _source.reset(token)


def choose_replica() -> Replica | None:
    """Return a replica that keeps up, or any while the primary is down."""
    replicas = watched_replicas()
    usable = [replica for replica in replicas if replica.is_healthy]
    if not usable and is_primary_down():
        usable = [replica for replica in replicas if replica.can_replace_primary]
    return random.choice(usable) if usable else None  # noqa: S311


def is_anonymous_read(request: HttpRequest) -> bool:
    has_credentials = {"HTTP_AUTHORIZATION", "HTTP_COOKIE"} & request.META.keys()
    return request.method in {"GET", "HEAD"} and not has_credentials


def is_of_api(request: HttpRequest) -> bool:
    prefixes = (prefix for api in APIS for prefix in api.prefixes)
    return request.path_info.startswith(tuple(prefixes))


class ReplicaMiddleware:
    """Middleware that lets a healthy replica serve anonymous reads.

    After a 5xx of whatever cause, such as no response in time, the primary serves the
    request, and the replica is skipped until its next check.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_anonymous_read(request) and (replica := choose_replica()):
            response = self.read_from(replica, request)
            if response.status_code < 500:
                return response
            replica.skip()
        if is_primary_down() and is_of_api(request):
            return error_response(request, PRIMARY_DOWN)
        return self.get_response(request)

    def read_from(self, replica: Replica, request: HttpRequest) -> HttpResponseBase:
        limit = deadline(replica.alias, READ_TIMEOUT)
        with reading_from(replica) as source, limit:
            response = self.get_response(request)
        if source.is_used and is_primary_down():
            response.headers[AGE_HEADER] = str(math.ceil(replica.age))
        return response
