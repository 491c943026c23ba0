"""`manage.py createsuperuser`: Django's, with a default for the name."""

from __future__ import annotations

import os
from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.core.management import CommandError
from django.db import IntegrityError

from accounts.models import User


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Create the user. Without input, the default name is that of the address."""
        if not options["interactive"]:
            options["name"] = options["name"] or default_name(**options)
        try:
            super().handle(*args, **options)
        except IntegrityError as exc:
            raise CommandError("The email address or the name is taken.") from exc


def default_name(*, email: str | None, database: str, **options: object) -> str | None:
    """Return a free name, or None to leave a missing address to Django's command."""
    if name := os.environ.get("DJANGO_SUPERUSER_NAME"):
        return name
    email = email or os.environ.get("DJANGO_SUPERUSER_EMAIL")
    if not email:
        return None
    return str(User.objects.db_manager(database).free_name(email))
