"""Reading from the replicas that DATABASE_REPLICA_URL names.

A replica serves GET and HEAD requests for the public catalog without a token or a
session. Clients that write send one, so they always read their own writes; the settings
refuse replicas if anonymous clients may write. Everything else uses the primary.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from config.replica_watch import Replica, watched_replicas

PUBLIC_APP = "media_catalog"

_alias: ContextVar[str] = ContextVar("replica", default=DEFAULT_DB_ALIAS)


class Router:
    """A database router, as Django documents it."""

    def db_for_read(self, model: type[Model], **hints: object) -> str:
        is_public = model._meta.app_label == PUBLIC_APP
        can_use_replica = is_public and not connection.in_atomic_block
        return _alias.get() if can_use_replica else DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[Model], **hints: object) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, obj1: Model, obj2: Model, **hints: object) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return db == DEFAULT_DB_ALIAS


@contextmanager
def reading_from(replica: Replica) -> Iterator[None]:
    token = _alias.set(replica.alias)
    try:
        yield
    finally:
        _alias.reset(token)


def is_anonymous_read(request: HttpRequest) -> bool:
    has_credentials = {"HTTP_AUTHORIZATION", "HTTP_COOKIE"} & request.META.keys()
    return request.method in {"GET", "HEAD"} and not has_credentials


class ReplicaMiddleware:
    """Lets a healthy replica serve anonymous reads.

    After a 5xx of whatever cause, the primary serves the request, and the replica is
    skipped until its next check.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_anonymous_read(request):
            return self.get_response(request)
        healthy = [replica for replica in watched_replicas() if replica.is_healthy]
        if not healthy:
            return self.get_response(request)
        replica = random.choice(healthy)  # noqa: S311
        with reading_from(replica):
            response = self.get_response(request)
        if response.status_code < 500:
            return response
        replica.skip()
        return self.get_response(request)
