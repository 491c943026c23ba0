"""How often something may be tried: so often in any `QUINTET_LIMIT_SECONDS`.

Every try is counted under the lock of its row before it is made, and forgiven if it
succeeds. However many come at once, from however many processes, no more of them fail
than the limit. Tries under way may succeed, so whoever finds only those in the way
waits for them for a moment.

Logins count by account and address, so that nobody can lock the owner out from
elsewhere, and by address, so that nobody can try many accounts.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import get_random_string, salted_hmac
from rest_framework.exceptions import Throttled

from accounts.models import Throttle
from common.ops.security_events import client_address

# A process that was killed leaves its try under way; after so long it has failed.
UNDER_WAY_SECONDS = 30
WAIT_TIMEOUT_SECONDS = 10
PAUSE_SECONDS = 0.05
# Where a request keeps what it used of its limit, for the headers of its answer.
META = "quintet.rate_limit"
DELETED_AT_ONCE = 1000


class TooManyTries(Throttled):
    default_detail = "Too many tries."
    wait: int


@dataclass(frozen=True)
class Limit:
    """At most `tries` of a purpose by one subject."""

    purpose: str
    subject: str
    tries: int

    @property
    def key(self) -> str:
        subject = f"{self.purpose}:{self.subject}"
        hashed = salted_hmac("quintet.throttle", subject, algorithm="sha256")
        return str(hashed.hexdigest())


class Attempt:
    """A try that was counted; it has failed unless somebody says otherwise."""

    succeeded = False


def login_limits(request: HttpRequest | None, email: str) -> list[Limit]:
    address = client_network(request)
    account = f"{email.lower()} {address}"
    return [
        Limit("login", account, settings.QUINTET_LOGIN_LIMIT),
        Limit("login address", address, settings.QUINTET_ADDRESS_LIMIT),
    ]


def address_limit(request: HttpRequest, purpose: str) -> Limit:
    address = client_network(request)
    return Limit(purpose, address, settings.QUINTET_ADDRESS_LIMIT)


@contextmanager
def attempt(request: HttpRequest | None, limits: Sequence[Limit]) -> Iterator[Attempt]:
    """Counts what is done inside, and forgives it if that says `succeeded`.

    Raises TooManyTries, saying when to come again, where a limit is reached.
    """
    name = get_random_string(12)
    admit(request, limits, name)
    trying = Attempt()
    try:
        yield trying
    finally:
        settle(request, limits, name, trying.succeeded)


def count(request: HttpRequest | None, limit: Limit) -> None:
    """Counts one try, whatever comes of it. Raises TooManyTries as `attempt` does."""
    with attempt(request, [limit]):
        pass


def forget(limits: Sequence[Limit]) -> None:
    """Takes back the tries of somebody who has proved who they are."""
    Throttle.objects.filter(key__in=[limit.key for limit in limits]).delete()


def purge_throttles() -> int:
    """Deletes rows that count nothing any more; how many, of one batch."""
    expired = Throttle.objects.expired()
    batch = expired.order_by("expires_at").values_list("pk", flat=True)
    deleted, _ = expired.filter(pk__in=list(batch[:DELETED_AT_ONCE])).delete()
    return deleted


def admit(request: HttpRequest | None, limits: Sequence[Limit], name: str) -> None:
    waiting_until = time.monotonic() + WAIT_TIMEOUT_SECONDS
    while not reserve(request, limits, name):
        if time.monotonic() > waiting_until:
            raise TooManyTries(wait=1)
        time.sleep(PAUSE_SECONDS)


@transaction.atomic
def reserve(request: HttpRequest | None, limits: Sequence[Limit], name: str) -> bool:
    """Takes a place for a try; False where only tries under way stand in the way."""
    now = timezone.now().timestamp()
    rows = locked(limits)
    is_free = True
    for limit in limits:
        row = rows[limit.key]
        drop_old(row, now)
        if len(row.tries) >= limit.tries:
            tell(request, limits, rows)
            wait = row.tries[-limit.tries] + settings.QUINTET_LIMIT_SECONDS - now
            raise TooManyTries(wait=max(math.ceil(wait), 1))
        is_free &= len(row.tries) + len(row.pending) < limit.tries
    if is_free:
        for row in rows.values():
            row.pending[name] = now
            store(row, now)
    return is_free


@transaction.atomic
def settle(
    request: HttpRequest | None, limits: Sequence[Limit], name: str, succeeded: bool
) -> None:
    """Makes a try under way one that failed, or none."""
    now = timezone.now().timestamp()
    rows = locked(limits)
    for row in rows.values():
        started = row.pending.pop(name, None)
        if started is not None and not succeeded:
            row.tries.append(started)
        drop_old(row, now)
        store(row, now)
    tell(request, limits, rows)


def locked(limits: Sequence[Limit]) -> dict[str, Throttle]:
    return Throttle.objects.locked({limit.key: limit.purpose for limit in limits})


def drop_old(row: Throttle, now: float) -> None:
    lost = {
        name: started
        for name, started in row.pending.items()
        if started < now - UNDER_WAY_SECONDS
    }
    for name in lost:
        del row.pending[name]
    oldest = now - settings.QUINTET_LIMIT_SECONDS
    row.tries = sorted(t for t in [*row.tries, *lost.values()] if t > oldest)


def store(row: Throttle, now: float) -> None:
    latest = max([*row.tries, *row.pending.values()], default=now)
    end = latest + settings.QUINTET_LIMIT_SECONDS + UNDER_WAY_SECONDS
    row.expires_at = datetime.fromtimestamp(end, UTC)
    row.save(update_fields=["tries", "pending", "expires_at"])


def tell(
    request: HttpRequest | None, limits: Sequence[Limit], rows: dict[str, Throttle]
) -> None:
    """Leaves the nearest limit at the request, for the headers of its answer."""
    if request is None:
        return
    left = {limit: limit.tries - len(rows[limit.key].tries) for limit in limits}
    limit = min(left, key=lambda limit: left[limit])
    tries = rows[limit.key].tries[-limit.tries :]
    first = tries[0] if tries else timezone.now().timestamp()
    request.META[META] = {
        "X-RateLimit-Limit": str(limit.tries),
        "X-RateLimit-Remaining": str(max(left[limit], 0)),
        "X-RateLimit-Reset": str(math.ceil(first + settings.QUINTET_LIMIT_SECONDS)),
    }


def client_network(request: HttpRequest | None) -> str:
    """Who sends the request: an IPv4 address, or the /64 network of an IPv6 address."""
    if request is None:
        return ""
    address = client_address(request)
    return network(address) or str(request.META.get("REMOTE_ADDR", ""))


def network(text: str) -> str:
    """The network that an address stands for; empty for what is no address."""
    try:
        address: Any = ipaddress.ip_address(text.strip())
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return str(address)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))
