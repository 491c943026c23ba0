from __future__ import annotations

from typing import Self

from django.db import models


class MovieQuerySet(models.QuerySet):
    def for_api(self) -> Self:
        """Movies with their cast, in two queries."""
        return self.prefetch_related("actors")
