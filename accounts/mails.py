"""Emails to account owners, limited per account."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from accounts.login_limits import AttemptLimit, TooManyAttempts, count_attempt
from accounts.models import User
from accounts.passwords import make_reset_token

# By template.
SUBJECTS = {
    "reset_link": "Reset your Quintet password",
    "existing_account": "You already have a Quintet account",
}


def send_account_mail(template: str, email: str, page: str) -> None:
    """Email a password-reset link to the active account of an address, if any.

    `page` is the URL to which the link adds its token.
    """
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None or not user.has_usable_password():
        return
    if is_limit_reached(user, template):
        return
    context = {
        "user": user,
        "link": f"{page}?token={make_reset_token(user)}",
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
    }
    text = render_to_string(f"accounts/{template}.txt", context)
    send_mail(SUBJECTS[template], text, None, [user.email])


def is_limit_reached(user: User, template: str) -> bool:
    """Count the email. Return True if the account has received too many of the kind."""
    max_emails = settings.QUINTET_LOGIN_LIMIT
    try:
        count_attempt(None, AttemptLimit(f"mail {template}", str(user.pk), max_emails))
    except TooManyAttempts:
        return True
    return False
