from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import pre_delete


class GoalsConfig(AppConfig):
    name = "goals"

    def ready(self) -> None:
        pre_delete.connect(
            lock_before_deletion, settings.AUTH_USER_MODEL, dispatch_uid="goals"
        )


def lock_before_deletion(instance: Any, **kwargs: object) -> None:
    """Lock the goals of a user whose account is deleted, before their rows are."""
    from goals.services import lock_trees

    lock_trees(instance.pk)
