"""Registration, as `QUINTET_REGISTRATION` allows it.

`open` reveals whether an email address is registered, as the old services did. `strict`
makes all responses the same and emails the owner of a registered email address.
`closed` disables registration.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from rest_framework.exceptions import PermissionDenied

from accounts.attempt_limits import count_attempt, ip_address_limit
from accounts.mails import send_account_mail
from accounts.models import User
from common.http.errors import Conflict
from common.ops import security_events


class RegistrationClosed(PermissionDenied):
    default_detail = "Registration is closed."
    default_code = "registration_closed"


def is_strict() -> bool:
    return bool(settings.QUINTET_REGISTRATION == "strict")


def check_and_count_registration(
    request: HttpRequest, *, reveals_users: bool = False
) -> None:
    """Raise PermissionDenied if registration is disabled, else count an attempt.

    `strict` also disables views that reveal whether an email address is registered.
    Raise TooManyAttempts if the limit of the client's IP address is reached.
    """
    if settings.QUINTET_REGISTRATION == "closed":
        raise RegistrationClosed
    if is_strict() and reveals_users:
        raise PermissionDenied(
            "Register at /auth/register instead.", code="registration_elsewhere"
        )
    count_attempt(request, ip_address_limit(request, "register"))


def register(*, email: str, password: str, name: str = "", page: str) -> bool:
    """Create a user. Return False if the email address is registered already.

    With `strict`, that takes equally long, and the owner of the email address gets an
    email with a link to `page`, where they can set a new password.
    Raise Conflict if the name is taken.
    """
    # First, or a taken name would tell whether the email address is registered.
    if is_strict() and name and User.objects.filter(name=name).exists():
        raise name_taken_error()
    if User.objects.filter(email=email).exists():
        return reject_registered(email, password, page)
    try:
        create_account(email=email, password=password, name=name)
    except IntegrityError:
        if User.objects.filter(email=email).exists():
            return reject_registered(email, password, page)
        raise name_taken_error() from None
    return True


def create_account(
    *, email: str, password: str, name: str = "", uses_goals: bool = False
) -> User:
    """Create a user. Raise IntegrityError if the email address or name is taken."""
    with transaction.atomic():
        user: User = User.objects.create_user(
            email, password, name, uses_goals=uses_goals
        )
    security_events.record("registered", user_id=user.pk)
    return user


def reject_registered(email: str, password: str, page: str) -> bool:
    """Return False, after as much work as for a new email address if that is secret."""
    if is_strict():
        make_password(password)
        send_account_mail.enqueue("existing_account", email, page)
    return False


def name_taken_error() -> Conflict:
    return Conflict("This name is taken.", code="name_taken")
