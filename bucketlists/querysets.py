from __future__ import annotations

from typing import Any, Self

from django.db import models


class BucketlistQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The user's own lists; all of them for staff."""
        return self if user.is_staff else self.filter(created_by=user.pk)
