from __future__ import annotations

from django_tasks import task


@task
def send_mail(kind: str, email: str, page: str) -> None:
    """Mails an account. A lost mail is asked for again, one sent twice does no harm."""
    # Tasks are loaded before the models that mails need.
    from accounts.mails import mail

    mail(kind, email, page)
