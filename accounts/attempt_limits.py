"""Limits of attempts: failed logins, registrations and emails to account owners.

To limit the requests to any other view, set `throttle_classes` on the view to a
throttle of DRF with a `rate`.

A limit allows N attempts per `QUINTET_LIMIT_SECONDS`. Each attempt is counted under the
lock of its row before it is made, and taken back if it succeeds. So concurrent requests
can't exceed the limit, even in different processes. An attempt waits for a moment if
only pending attempts, which may still succeed, are in its way.

Logins count by account and IP address, so that a login from elsewhere can't lock out
the owner, and by IP address alone, so that one client can't try many accounts.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import get_random_string, salted_hmac
from rest_framework.exceptions import Throttled

from accounts.models import AttemptCounter
from accounts.normal_forms import normalize_email
from common.ops.security_events import client_ip_address

# An attempt that is pending for longer was made by a killed process: it has failed.
PENDING_TIMEOUT = 30
WAIT_TIMEOUT = 10
POLL_INTERVAL = 0.05
# The key in `request.META` of the headers for the response.
HEADERS_META = "quintet.rate_limit_headers"
DELETE_BATCH_SIZE = 1000


class TooManyAttempts(Throttled):
    default_detail = "Too many attempts."
    wait: int


@dataclass(frozen=True)
class AttemptLimit:
    """The limit of attempts for one purpose by one subject."""

    purpose: str
    subject: str
    max_attempts: int

    @property
    def key(self) -> str:
        subject = f"{self.purpose}:{self.subject}"
        return salted_hmac("quintet.throttle", subject, algorithm="sha256").hexdigest()


Limits = Sequence[AttemptLimit]


class Attempt:
    """A counted attempt, which has failed unless `succeeded` is set."""

    succeeded = False


def login_limits(request: HttpRequest | None, email: str) -> list[AttemptLimit]:
    network = client_network(request)
    account = f"{normalize_email(email)} {network}"
    return [
        AttemptLimit("login", account, settings.QUINTET_LOGIN_LIMIT),
        AttemptLimit("login address", network, settings.QUINTET_ADDRESS_LIMIT),
    ]


def ip_address_limit(request: HttpRequest, purpose: str) -> AttemptLimit:
    network = client_network(request)
    return AttemptLimit(purpose, network, settings.QUINTET_ADDRESS_LIMIT)


@contextmanager
def limit_attempts(request: HttpRequest | None, limits: Limits) -> Iterator[Attempt]:
    """Count the attempt made in the block unless it sets `succeeded`.

    Raise TooManyAttempts, with the seconds to wait, if a limit is reached.
    """
    attempt_id = get_random_string(12)
    wait_and_reserve(request, limits, attempt_id)
    attempt = Attempt()
    try:
        yield attempt
    finally:
        settle(request, limits, attempt_id, attempt.succeeded)


def count_attempt(request: HttpRequest | None, limit: AttemptLimit) -> None:
    """Count one attempt. Raise TooManyAttempts if the limit is reached."""
    with limit_attempts(request, [limit]):
        pass


def reset_login_limit(request: HttpRequest, email: str) -> None:
    """Forget failed logins to the account from the client's IP address."""
    account_limit, _ = login_limits(request, email)
    AttemptCounter.objects.filter(key=account_limit.key).delete()


def delete_expired_counters() -> int:
    """Delete a batch of expired counters and return their number."""
    expired = AttemptCounter.objects.expired()
    batch = expired.order_by("expires_at").values_list("pk", flat=True)
    deleted, _ = expired.filter(pk__in=list(batch[:DELETE_BATCH_SIZE])).delete()
    return deleted


def wait_and_reserve(
    request: HttpRequest | None, limits: Limits, attempt_id: str
) -> None:
    deadline = time.monotonic() + WAIT_TIMEOUT
    while not reserve(request, limits, attempt_id):
        if time.monotonic() > deadline:
            raise TooManyAttempts(wait=1)
        time.sleep(POLL_INTERVAL)


@transaction.atomic
def reserve(request: HttpRequest | None, limits: Limits, attempt_id: str) -> bool:
    """Add a pending attempt. Return False if only pending attempts prevent it."""
    now = timezone.now().timestamp()
    rows = lock_counters(limits)
    is_free = True
    for limit in limits:
        row = rows[limit.key]
        drop_expired(row, now)
        if len(row.attempts) >= limit.max_attempts:
            set_headers(request, limits, rows)
            oldest = row.attempts[-limit.max_attempts]
            wait = math.ceil(oldest + settings.QUINTET_LIMIT_SECONDS - now)
            raise TooManyAttempts(wait=max(wait, 1))
        is_free &= len(row.attempts) + len(row.pending) < limit.max_attempts
    if is_free:
        for row in rows.values():
            row.pending[attempt_id] = now
            save(row, now)
    return is_free


@transaction.atomic
def settle(
    request: HttpRequest | None,
    limits: Limits,
    attempt_id: str,
    succeeded: bool,
) -> None:
    """Remove the pending attempt, and count it if it has failed."""
    now = timezone.now().timestamp()
    rows = lock_counters(limits)
    for row in rows.values():
        started = row.pending.pop(attempt_id, None)
        if started is not None and not succeeded:
            row.attempts.append(started)
        drop_expired(row, now)
        save(row, now)
    set_headers(request, limits, rows)


def lock_counters(limits: Limits) -> dict[str, AttemptCounter]:
    return AttemptCounter.objects.lock({limit.key: limit.purpose for limit in limits})


def drop_expired(row: AttemptCounter, now: float) -> None:
    """Drop attempts outside the window, and count pending ones that timed out."""
    timed_out = {
        attempt_id: started
        for attempt_id, started in row.pending.items()
        if started < now - PENDING_TIMEOUT
    }
    for attempt_id in timed_out:
        del row.pending[attempt_id]
    oldest = now - settings.QUINTET_LIMIT_SECONDS
    row.attempts = sorted(
        start for start in [*row.attempts, *timed_out.values()] if start > oldest
    )


def save(row: AttemptCounter, now: float) -> None:
    latest = max([*row.attempts, *row.pending.values()], default=now)
    end = latest + settings.QUINTET_LIMIT_SECONDS + PENDING_TIMEOUT
    row.expires_at = datetime.fromtimestamp(end, UTC)
    row.save(update_fields=["attempts", "pending", "expires_at"])


def set_headers(
    request: HttpRequest | None,
    limits: Limits,
    rows: dict[str, AttemptCounter],
) -> None:
    """Store the headers of the limit with the fewest attempts left in the request."""
    if request is None:
        return
    left = {each: each.max_attempts - len(rows[each.key].attempts) for each in limits}
    limit = min(left, key=lambda each: left[each])
    attempts = rows[limit.key].attempts[-limit.max_attempts :]
    first = attempts[0] if attempts else timezone.now().timestamp()
    request.META[HEADERS_META] = {
        "X-RateLimit-Limit": str(limit.max_attempts),
        "X-RateLimit-Remaining": str(max(left[limit], 0)),
        "X-RateLimit-Reset": str(math.ceil(first + settings.QUINTET_LIMIT_SECONDS)),
    }


def client_network(request: HttpRequest | None) -> str:
    """Return the client's IPv4 address, or the /64 network of its IPv6 address."""
    if request is None:
        return ""
    return network_of(client_ip_address(request)) or str(
        request.META.get("REMOTE_ADDR", "")
    )


def network_of(text: str) -> str:
    """Return the network of an IP address, or an empty string if it isn't one."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))
