"""The project's URLs, and views that go wrong in each way that could tell a secret."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from accounts.models import User
from config.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

logger = logging.getLogger("tests.config")


def breaks(request: HttpRequest, how: str) -> HttpResponse:
    email, password = request.GET["email"], request.GET["password"]
    with transaction.atomic():
        if how == "integrity":
            User.objects.create_user(email=email, password=password)
            User.objects.create_user(email=email, password=password)
        if how == "sql":
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT '{password}' FROM no_such_table")
        if how == "type":
            with connection.cursor() as cursor:
                cursor.execute("SELECT nothing_at_all(%s)", [password])
    secrets = {name: request.GET[name] for name in ("email", "password", "token")}
    raise RuntimeError(f"{how}: {email} has password={password} in {secrets}")


def streams(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[bytes]:
        for number in range(3):
            logger.warning("part %s", number)
            yield b"part\n"

    return StreamingHttpResponse(parts(), content_type="text/plain")


urlpatterns = [
    *urlpatterns,
    path("breaks/<how>", breaks),
    path("streams", streams),
]
