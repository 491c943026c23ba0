"""Emails to account owners, limited per account, and the task that sends them."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django_tasks import task

from accounts.attempt_limits import AttemptLimit, TooManyAttempts, count_attempt
from accounts.models import User
from accounts.normal_forms import mail_address
from accounts.passwords import make_reset_token

# By template.
SUBJECTS = {
    "reset_link": "Reset your Quintet password",
    "existing_account": "You already have a Quintet account",
}


@task
def send_account_mail(template: str, email: str, page: str) -> None:
    """Email a password-reset link to the active account of an email address, if any.

    Placeholders of addresses get none, nor do accounts without any usable password.
    `page` is the URL to which the link adds its token. A lost email is not sent again:
    the user can request another one.
    """
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None or not user.has_real_address or not has_password(user):
        return
    try:
        count_attempt(None, mail_limit(user, template))
    except TooManyAttempts:
        return
    context = {
        "user": user,
        "link": f"{page}?token={make_reset_token(user)}",
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
    }
    text = render_to_string(f"accounts/{template}.txt", context)
    send_mail(SUBJECTS[template], text, None, [mail_address(user.email)])


def has_password(user: User) -> bool:
    """Return whether the user has a usable password, even if it is an old one."""
    return user.has_usable_password() or user.old_passwords.usable().exists()


def mail_limit(user: User, template: str) -> AttemptLimit:
    max_emails = settings.QUINTET_LOGIN_LIMIT
    return AttemptLimit(f"email {template}", str(user.pk), max_emails)
