from __future__ import annotations

from typing import Self

from django.db import models

from accounts.models import User
from media_catalog.row_counts import counted


class CountedQuerySet(models.QuerySet):
    """Rows of a table whose number the database keeps."""

    def total(self) -> int:
        """As `count()`, but without reading the table where it is all of it."""
        if self.is_whole_table():
            return counted(self.model._meta.db_table, self.db)
        return self.count()

    def is_whole_table(self) -> bool:
        query = self.query
        tables = {self.model._meta.db_table, *query.alias_map}
        return len(tables) == 1 and not (
            query.where or query.is_sliced or query.combinator or query.distinct
        )


class CreatorQuerySet(CountedQuerySet):
    def owned_by(self, user: User) -> Self:
        """The creators that are linked to the user's account."""
        return self.filter(account=user)


class VideoQuerySet(CountedQuerySet):
    def owned_by(self, user: User) -> Self:
        """The videos whose author is linked to the user's account."""
        return self.filter(author__account=user)


class PlaylistQuerySet(CountedQuerySet):
    def owned_by(self, user: User) -> Self:
        """The playlists whose owner is linked to the user's account."""
        return self.filter(owner__account=user)
