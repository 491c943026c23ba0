from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import pre_delete


class BucketlistsConfig(AppConfig):
    name = "bucketlists"
    verbose_name = "Bucket lists"

    def ready(self) -> None:
        pre_delete.connect(
            lock_before_deletion, settings.AUTH_USER_MODEL, dispatch_uid="bucketlists"
        )


def lock_before_deletion(instance: Any, **kwargs: object) -> None:
    """Lock the lists of a user whose account is deleted, before their rows are."""
    from bucketlists.models import Bucketlist
    from common.db.locks import lock_rows

    lock_rows(Bucketlist.objects.filter(created_by=instance))
