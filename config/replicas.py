"""Who reads where, once DATABASE_REPLICA_URL names replicas.

A replica answers requests for the public catalog that only read and bring neither a
token nor a session. Nobody who sends one can have written what it shows, so nobody
misses their own write; settings see to that by refusing replicas where callers without
a token may write. All else is asked of the primary.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from config.replica_watch import Replica, watched

PUBLIC_APP = "media_catalog"

_alias: ContextVar[str] = ContextVar("replica", default=DEFAULT_DB_ALIAS)


class Router:
    """Django's database router: who reads and writes where."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        is_public = model._meta.app_label == PUBLIC_APP
        is_free = is_public and not connection.in_atomic_block
        return _alias.get() if is_free else DEFAULT_DB_ALIAS

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, *rows: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


@contextmanager
def reading_from(replica: Replica) -> Iterator[None]:
    token = _alias.set(replica.alias)
    try:
        yield
    finally:
        _alias.reset(token)


def only_reads_in_public(request: HttpRequest) -> bool:
    is_known = {"HTTP_AUTHORIZATION", "HTTP_COOKIE"} & request.META.keys()
    return request.method in {"GET", "HEAD"} and not is_known


class ReplicaMiddleware:
    """Has a replica answer where one may; the primary answers where it cannot."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not only_reads_in_public(request):
            return self.get_response(request)
        if not (well := [replica for replica in watched() if replica.is_well]):
            return self.get_response(request)
        replica = random.choice(well)  # noqa: S311
        with reading_from(replica):
            response = self.get_response(request)
        if response.status_code < 500:
            return response
        replica.distrust()
        return self.get_response(request)
