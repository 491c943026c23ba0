"""Who may open an account, by `QUINTET_REGISTRATION`.

`open` tells who has one already, as the old services did; `strict` answers the same to
all and mails the owner of a known address; `closed` lets nobody in.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from rest_framework.exceptions import PermissionDenied

from accounts.models import User
from accounts.tasks import send_mail
from accounts.throttles import address_limit, count
from common.http.errors import Conflict
from common.ops import security_events


def is_strict() -> bool:
    return bool(settings.QUINTET_REGISTRATION == "strict")


def admit(request: HttpRequest, *, tells_who_is_known: bool = False) -> None:
    """Refuses where registration is closed, or a door tells what `strict` keeps quiet.

    Counts the registrations of an address.
    """
    if settings.QUINTET_REGISTRATION == "closed":
        raise PermissionDenied("Registration is closed.", code="registration_closed")
    if is_strict() and tells_who_is_known:
        raise PermissionDenied(
            "Please register at /auth/register.", code="registration_elsewhere"
        )
    count(request, address_limit(request, "register"))


def register(*, email: str, password: str, name: str = "", page: str) -> bool:
    """Opens an account, and whether it did: not where the address is known.

    With `strict` that takes the same time, and the owner of the address gets a mail
    with a link to `page`, the one for a new password.
    Raises Conflict for a name that is taken.
    """
    if is_strict() and name and User.objects.filter(name=name).exists():
        raise name_taken()
    if User.objects.filter(email=email).exists():
        return keep_quiet(email, password, page)
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, name)
    except IntegrityError:
        if User.objects.filter(email=email).exists():
            return keep_quiet(email, password, page)
        raise name_taken() from None
    security_events.record("registered", user_id=user.pk)
    return True


def keep_quiet(email: str, password: str, page: str) -> bool:
    if is_strict():
        make_password(password)
        send_mail.enqueue("known", email, page)
    return False


def name_taken() -> Conflict:
    return Conflict("This name is taken.", code="name_taken")
