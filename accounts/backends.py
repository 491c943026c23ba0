"""How passwords are checked, whichever door they come by: the APIs, the back office,
the login page.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password, verify_password
from django.http import HttpRequest

from accounts.hashers import even_out
from accounts.models import User
from accounts.throttles import attempt, login_limits


class EmailBackend(ModelBackend):
    """By address and password, within the limits of failed logins."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The user, or None. Raises TooManyTries, which no other backend answers."""
        email = kwargs.get("email", username)
        if email is None or password is None:
            return None
        user = User.objects.filter(email=email).first()
        with attempt(request, login_limits(request, email)) as trying:
            trying.succeeded = is_password_of(user, password)
        return user if trying.succeeded else None


def is_password_of(user: User | None, password: str) -> bool:
    """Whether an active user has this password; refusing takes equally long for all."""
    encoded = user.password if user else "!"
    is_right, is_old = verify_password(password, encoded)
    if user is None or not is_right or not user.is_active:
        even_out(password, encoded)
        return False
    if is_old:
        renew(user, password)
    return True


def renew(user: User, password: str) -> None:
    """Hashes the password anew; of several logins at a time, the first one does."""
    old = User.objects.filter(pk=user.pk, password=user.password)
    old.update(password=make_password(password))
    user.refresh_from_db(fields=["password"])
