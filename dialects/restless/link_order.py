"""The order of a to-many relationship, as clients set it.

A many-to-many relationship keeps this order if its through model has a `PositionField`.
New links come last. To change the order, links exchange their positions, so a link that
stays in its place is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db.models import BigIntegerField, Model, OuterRef, Prefetch, QuerySet
from django.db.models.functions import Coalesce

from common.db.fields import PositionField

Rows = QuerySet[Model]
# The annotation of related rows with their position.
POSITION = "link_position"
BATCH_SIZE = 500


@dataclass(frozen=True)
class LinkOrder:
    """The order of the rows that one row is linked to by a through model.

    `source` is the foreign key to that row, `target` the one to the related rows.
    """

    through: type[Model]
    source: Any
    target: Any
    position: str

    @classmethod
    def of(cls, field: Any) -> LinkOrder | None:
        """Return the order that a many-to-many relation keeps, if it keeps one."""
        if not field.many_to_many or field.auto_created:
            return None
        through = field.remote_field.through
        names = [each.name for each in through._meta.fields if is_position(each)]
        if not names:
            return None
        source = through._meta.get_field(field.m2m_field_name())
        target = through._meta.get_field(field.m2m_reverse_field_name())
        return cls(through, source, target, names[0])

    def related_to(self, row: Model | OuterRef, targets: Rows) -> Rows:
        """Return the targets that are linked to the row, with their positions."""
        links = self.target.remote_field.name
        position = position_in(self.position, f"{links}__")
        linked = targets.filter(**{f"{links}__{self.source.name}": row})
        rows: Rows = linked.annotate(**{POSITION: position})
        return rows

    def sort(self, targets: Rows) -> Rows:
        return targets.order_by(POSITION, "pk")

    def sorted_ids(self, targets: Iterable[Model]) -> list[object]:
        """Return the ids of rows from `related_to()`, in the order of the links."""
        return [row.pk for row in sorted(targets, key=attrgetter(POSITION, "pk"))]

    def prefetch(
        self, targets: Rows, rows: Rows, limit: int, name: str
    ) -> Prefetch[str]:
        """Return what loads the links of a row, with `rows`, as its attribute `name`.

        The links lead to `targets`; `rows` are the same with all that they show.
        """
        links = self.through._default_manager.filter(
            **{f"{self.target.name}__in": targets}
        )
        ordered = links.order_by(position_in(self.position), self.target.name)
        loaded = ordered.prefetch_related(Prefetch(self.target.name, rows))
        accessor = self.source.remote_field.get_accessor_name()
        return Prefetch(accessor, loaded[: limit + 1], to_attr=name)

    def arrange(self, row: Model, keys: Sequence[object]) -> None:
        """Put the row's links to these targets in the order of the keys."""
        found = self.through._default_manager.filter(
            **{self.source.name: row, f"{self.target.name}__in": keys}
        )
        links = {getattr(link, self.target.attname): link for link in found}
        moved = []
        for key, position in zip(keys, sorted(map(self.place, found)), strict=True):
            if self.place(links[key]) != position:
                setattr(links[key], self.position, position)
                moved.append(links[key])
        self.through._default_manager.bulk_update(moved, [self.position], BATCH_SIZE)

    def place(self, link: Model) -> int:
        position = getattr(link, self.position)
        return int(link.pk if position is None else position)


def position_in(name: str, prefix: str = "") -> Coalesce:
    """Return the position of links, whose column has this name."""
    return Coalesce(f"{prefix}{name}", f"{prefix}pk", output_field=BigIntegerField())


def is_position(field: object) -> bool:
    return isinstance(field, PositionField)
