"""Resource types: what the outside may see of the models, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Model, Prefetch, QuerySet
from django.utils.functional import cached_property
from rest_framework.fields import Field

from dialects.restless.keys import key_field

if TYPE_CHECKING:
    from dialects.restless.reading import ReadOnlyRestlessViewSet


@dataclass(frozen=True, eq=False)
class Relationship:
    """A relationship by its name on the wire, which is the model field's as well."""

    name: str
    type: str
    field: Any
    types: Mapping[str, ResourceType] = field(repr=False)

    @cached_property
    def target(self) -> ResourceType:
        return self.types[self.type]

    @cached_property
    def is_to_many(self) -> bool:
        return bool(self.field.one_to_many or self.field.many_to_many)

    @cached_property
    def changes_targets(self) -> bool:
        """Whether linking counts as a change of the rows that are linked to.

        It does not where the list is this side's own, as the videos of a playlist.
        """
        return not (self.field.many_to_many and self.field.concrete)

    @cached_property
    def back(self) -> str:
        """The way back, for look-ups from the related rows."""
        return str(self.field.remote_field.name)

    def related_to(self, row: Model) -> QuerySet[Any]:
        return self.target.queryset.filter(**{self.back: row})

    @cached_property
    def loaded(self) -> str:
        """Where a row keeps the related rows that were loaded with it."""
        return f"loaded_{self.name}" if self.is_to_many else self.name

    def prefetch(self, rows: QuerySet[Any], limit: int) -> Prefetch[Any]:
        if not self.is_to_many:
            return Prefetch(self.name, rows)
        # One more than are shown tells that there are more.
        return Prefetch(self.name, rows[: limit + 1], to_attr=self.loaded)

    def named(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Related rows with no more of them than it takes to name them."""
        # Prefetching needs the foreign key that leads back, besides the id.
        back = [self.back] if self.field.one_to_many else []
        return rows.only("pk", *back)

    def rows(self, row: Model, limit: int) -> list[Model]:
        related = getattr(row, self.loaded)
        if self.is_to_many:
            return list(related[:limit])
        return [] if related is None else [related]

    def linkage(self, row: Model, limit: int) -> tuple[Any, bool]:
        """The linkage, and whether it is cut at the limit."""
        if self.is_to_many:
            ids = ids_of(getattr(row, self.loaded))
            return [self.identifier(pk) for pk in ids[:limit]], len(ids) > limit
        pk = getattr(row, self.field.attname)
        return None if pk is None else self.identifier(pk), False

    def identifier(self, pk: Any) -> dict[str, str]:
        return {"type": self.type, "id": str(pk)}


class ResourceType:
    """One type: its rows, its attributes and its relationships. Ids are texts."""

    def __init__(
        self,
        name: str,
        viewset: type[ReadOnlyRestlessViewSet],
        types: Mapping[str, ResourceType],
        basename: str,
    ) -> None:
        self.name = name
        self.basename = basename
        self.viewset = viewset
        self.types = types
        rows: Any = viewset.queryset
        self.rows: QuerySet[Any] = rows
        self.model: Any = rows.model
        self.relationships = {
            relation: Relationship(
                relation, target, self.model._meta.get_field(relation), types
            )
            for relation, target in viewset.relationships.items()
        }

    @cached_property
    def to_many(self) -> list[Relationship]:
        return [of for of in self.relationships.values() if of.is_to_many]

    @property
    def queryset(self) -> QuerySet[Any]:
        return self.rows.all()

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """The serializer's fields by their name on the wire."""
        serializer: Any = self.viewset.serializer_class
        return dict(serializer().fields)

    @cached_property
    def readers(self) -> dict[str, Callable[[Model], Any]]:
        """What shows an attribute of a row."""
        return {
            name: reader_of(field, self.model)
            for name, field in self.attributes.items()
        }

    @cached_property
    def foreign_keys(self) -> dict[str, Relationship]:
        """To-one relationships by their column, which is taken as an attribute."""
        return {
            relation.field.attname: relation
            for relation in self.relationships.values()
            if not relation.is_to_many
        }

    @cached_property
    def columns(self) -> dict[str, tuple[str, Field]]:
        """All that may be sorted and filtered by: look-up and field by name."""
        keys = {
            name: (name, key_field(relation.target.model))
            for name, relation in self.foreign_keys.items()
        }
        stored = {found.name for found in self.model._meta.concrete_fields}
        attributes = {
            name: (found.source, found)
            for name, found in self.attributes.items()
            if found.source in stored
        }
        return {"id": ("pk", key_field(self.model)), **keys, **attributes}

    def model_field(self, lookup: str) -> Any:
        """The model's field behind a column's look-up."""
        meta = self.model._meta
        return meta.pk if lookup == "pk" else meta.get_field(lookup)


def ids_of(related: list[Any]) -> list[Any]:
    """Of rows, or of those whose ids are all that is known of them."""
    if related and isinstance(related[0], str):
        return related
    return [row.pk for row in related]


def reader_of(field: Any, model: Any) -> Callable[[Model], Any]:
    get = field.get_attribute

    def read(row: Model) -> Any:
        value = get(row)
        return None if value is None else field.to_representation(value)

    return read
