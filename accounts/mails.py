"""The mails that accounts get; so many of a kind, and no more, in a while."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from accounts.models import User
from accounts.passwords import reset_token
from accounts.throttles import Limit, TooManyTries, count

SUBJECTS = {
    "reset_link": "A new password for Quintet",
    "known": "You have an account with Quintet already",
}


def mail(kind: str, email: str, page: str) -> None:
    """Mails the account of an address, if there is one, a link to a new password.

    `page` is the URL to which the link adds its token.
    """
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None or not user.has_usable_password():
        return
    try:
        count(None, Limit(f"mail {kind}", str(user.pk), settings.QUINTET_LOGIN_LIMIT))
    except TooManyTries:
        return
    fields = {
        "user": user,
        "link": f"{page}?token={reset_token(user)}",
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
    }
    text = render_to_string(f"accounts/{kind}.txt", fields)
    send_mail(SUBJECTS[kind], text, None, [user.email])
