from __future__ import annotations

from functools import cache
from typing import Any, Self

from django.core.exceptions import EmptyResultSet
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
        """Whether nothing narrows the rows: SQL selects their ids as those of all."""
        if self.query.is_sliced:
            return False
        try:
            return sql_of_ids(self) == sql_of_all(self.model)
        except EmptyResultSet:
            return False


def sql_of_ids(rows: models.QuerySet[Any]) -> str:
    return str(rows.order_by().values("pk").query)


@cache
def sql_of_all(model: type[models.Model]) -> str:
    return sql_of_ids(model._base_manager.all())


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
