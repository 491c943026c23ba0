from __future__ import annotations

from typing import Any, Self

from django.db import connections, models
from django.db.models import F, Q
from django.db.models.expressions import OrderBy, RawSQL

from accounts.models import User
from common.statements import Extra, narrow_to_key, with_extra
from media_catalog.row_counts import ROW, TOTAL_OF, counted, placed


class CountedQuerySet(models.QuerySet):
    """Rows of a table whose number the database keeps."""

    def total(self) -> int:
        """As `count()`, but without reading the table where it is all of it."""
        if self.is_whole_table():
            return counted(self.model._meta.db_table, self.db)
        return self.count()

    def with_total(self) -> Any:
        """The rows, each with the total as `total_of_all`, where that is cheap."""
        if not self.is_whole_table():
            return None
        table, name = self.model._meta.db_table, "total_of_all"

        def total() -> dict[str, Any]:
            return {name: RawSQL(TOTAL_OF.format(table=table), [])}  # noqa: S611

        return with_extra(self, Extra(table, (name,), total))

    def from_row(self, number: int) -> tuple[int, Self]:
        """The total, and the rows from a number on, without a walk over all before.

        That is where all rows are listed by their ids; else it is a slice as any.
        """
        if not (number and self.is_whole_table() and self.is_by_id()):
            return self.total(), self[number:]
        total, place = placed(self.model._meta.db_table, number, self.db)
        if place is None:
            return total, self.none()
        return total, narrow_to_key(self.all(), place.start, "gte")[place.skipped :]

    def beginning(self, number: int) -> Q | None:
        """What the rows from a number on have in common, found in one statement.

        Where that is not to be had, `from_row` finds it in another one before.
        """
        is_able = connections[self.db].vendor == "postgresql"
        if not (is_able and self.is_whole_table() and self.is_by_id()):
            return None
        table = self.model._meta.db_table
        return Q(pk__gte=RawSQL(ROW.format(table=table), [table, number]))  # noqa: S611

    def is_by_id(self) -> bool:
        match self.query.order_by:
            case ["pk"] | [OrderBy(expression=F(name="pk"), descending=False)]:  # type: ignore[misc]
                return True
        return False

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
