from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import pre_delete


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = "Orders and invoices"

    def ready(self) -> None:
        from orders import checks  # noqa: F401  (registers itself)
        from orders.guards import GUARDS

        GUARDS.install_on_migrate(self)
        pre_delete.connect(
            lock_before_deletion, settings.AUTH_USER_MODEL, dispatch_uid="orders"
        )


def lock_before_deletion(instance: Any, **kwargs: object) -> None:
    """Lock the orders of a user whose account is deleted, before their rows are."""
    from common.db.locks import lock_rows
    from orders.models import Order

    lock_rows(Order.objects.filter(owner=instance))
