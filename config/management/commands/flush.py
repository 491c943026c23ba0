from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from orders.guards import without_guards


class Command(flush.Command):
    """Django's command, which deletes issued invoices as well."""

    def handle(self, **options: Any) -> None:
        with without_guards(connections[options["database"]]):
            super().handle(**options)
