"""The security log: events of accounts and access.

    security_events.record("password_changed", user_id=user.pk)

writes one entry to the logger `quintet.security`, with the user's id, the client's IP
address and the request ID. Don't log personal data or credentials. A refused request
(401, 403, 429) is logged at its end unless an event has explained it before.
"""

from __future__ import annotations

import ipaddress
import logging
from contextvars import ContextVar

from django.conf import settings
from django.contrib.auth import SESSION_KEY, signals
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

logger = logging.getLogger("quintet.security")

REFUSALS = {
    401: "unauthenticated",
    403: "forbidden",
    429: "throttled",
}

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)
_is_refusal_recorded: ContextVar[bool] = ContextVar("recorded", default=False)


def record(
    event: str,
    *,
    user_id: object = None,
    refused: bool = False,
    **fields: str | int | bool | None,
) -> None:
    """Log an event. Set `refused` if it explains why the request is refused."""
    if refused:
        _is_refusal_recorded.set(True)
    request = _request.get()
    if request and user_id is None:
        user_id = user_id_of(request)
    address = client_ip_address(request) if request else None
    level = logging.WARNING if refused else logging.INFO
    entry = {"user_id": user_id, "address": address, **fields}
    logger.log(level, event, extra={"fields": entry})


def begin(request: HttpRequest) -> None:
    """Set the request that the next events belong to."""
    _request.set(request)
    _is_refusal_recorded.set(False)


def end() -> None:
    _request.set(None)


def current_request() -> HttpRequest | None:
    """Return the request that is being processed, or None in workers and commands."""
    return _request.get()


def record_refusal(status: int, route: str) -> None:
    """Log a refused request, unless an event has explained the refusal."""
    if status in REFUSALS and not _is_refusal_recorded.get():
        record(REFUSALS[status], refused=True, status=status, route=route)


def user_id_of(request: HttpRequest) -> object:
    """Return the user's id if the view has loaded the user; never load the session."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject):
        # The id is in a session that was loaded, without a query for the user.
        session = request.session
        user_id = session.get(SESSION_KEY) if session.accessed else None
        return None if user_id is None else int(user_id)
    return getattr(user, "pk", None)


def client_ip_address(request: HttpRequest) -> str:
    """Return the client's IP address, as seen by the first trusted proxy if any."""
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    count = settings.TRUSTED_PROXIES
    forwarded = normalize_ip_address(hops[-count]) if 0 < count <= len(hops) else ""
    return forwarded or normalize_ip_address(request.META.get("REMOTE_ADDR", ""))


def normalize_ip_address(text: str) -> str:
    """Return the IP address, or an empty string if it isn't one."""
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return ""


def on_login(sender: object, user: AbstractBaseUser, **kwargs: object) -> None:
    record("login", user_id=user.pk)


def on_login_failed(sender: object, **kwargs: object) -> None:
    record("login_refused", refused=True)


def on_logout(sender: object, user: AbstractBaseUser | None, **kwargs: object) -> None:
    record("logout", user_id=getattr(user, "pk", None))


def connect_signals() -> None:
    """Record Django's logins and logouts, those of the admin for example."""
    signals.user_logged_in.connect(on_login, dispatch_uid="security")
    signals.user_login_failed.connect(on_login_failed, dispatch_uid="security")
    signals.user_logged_out.connect(on_logout, dispatch_uid="security")
