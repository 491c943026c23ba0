"""What happened to accounts and access, for those who watch over them.

    security.record("password_changed", user_id=user.pk)

writes one line of the logger `quintet.security` with the user's id, the caller's
address and the request's id. Nothing that names or proves a person belongs into it.
A refused request (401, 403, 429) of which nobody has told anything is told at its end.
"""

from __future__ import annotations

import ipaddress
import logging
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, signals
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

logger = logging.getLogger("quintet.security")

REFUSALS = {
    401: "unauthenticated",
    403: "forbidden",
    429: "throttled",
}

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)
_is_refusal_told: ContextVar[bool] = ContextVar("is_refusal_told", default=False)


def record(
    event: str,
    *,
    user_id: Any = None,
    refused: bool = False,
    **fields: str | int | bool | None,
) -> None:
    """Writes one event; `refused` where it is why the request will be refused."""
    if refused:
        _is_refusal_told.set(True)
    request = _request.get()
    known = user_id_of(request) if request and user_id is None else user_id
    address = client_address(request) if request else None
    told = {"user_id": known, "address": address, **fields}
    level = logging.WARNING if refused else logging.INFO
    logger.log(level, event, extra={"fields": told})


def begin(request: HttpRequest) -> None:
    """From here on, events belong to this request."""
    _request.set(request)
    _is_refusal_told.set(False)


def end() -> None:
    _request.set(None)


def tell_refusal(status: int, route: str) -> None:
    """The one line of a refused request, unless its reason was told."""
    if status in REFUSALS and not _is_refusal_told.get():
        record(REFUSALS[status], refused=True, status=status, route=route)


def user_id_of(request: HttpRequest) -> Any:
    """Whose request it is, as far as that was asked: a log line reads no session."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject):
        # Asked already where the session was, whose own key tells it without a query.
        session = request.session
        key = session.get(SESSION_KEY) if session.accessed else None
        return None if key is None else int(key)
    return getattr(user, "pk", None)


def client_address(request: HttpRequest) -> str:
    """The caller's address; behind proxies of ours, the one that the first saw."""
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    count = settings.TRUSTED_PROXIES
    seen = address_in(hops[-count]) if 0 < count <= len(hops) else ""
    return seen or address_in(request.META.get("REMOTE_ADDR", ""))


def address_in(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return ""


def on_login(sender: Any, user: Any, **kwargs: Any) -> None:
    record("login", user_id=user.pk)


def on_login_failed(sender: Any, **kwargs: Any) -> None:
    record("login_refused", refused=True)


def on_logout(sender: Any, user: Any, **kwargs: Any) -> None:
    record("logout", user_id=getattr(user, "pk", None))


def connect() -> None:
    """Listens to what Django tells of logins."""
    signals.user_logged_in.connect(on_login, dispatch_uid="security")
    signals.user_login_failed.connect(on_login_failed, dispatch_uid="security")
    signals.user_logged_out.connect(on_logout, dispatch_uid="security")
