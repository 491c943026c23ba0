from __future__ import annotations

from django_tasks import task

from accounts.mails import send_account_mail


@task
def send_mail(template: str, email: str, page: str) -> None:
    """Email an account. The user can request a lost email again."""
    send_account_mail(template, email, page)
