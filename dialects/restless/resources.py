"""Resource types: what the outside may see of the models, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, OuterRef, Prefetch, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.functional import cached_property
from rest_framework.fields import Field
from rest_framework.serializers import ModelSerializer

from dialects.restless.expressions import TextList
from dialects.restless.keys import key_field


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
        return not self.field.many_to_many or self.field.auto_created

    @cached_property
    def back(self) -> str:
        """The way back, for look-ups from the related rows."""
        return str(self.field.remote_field.name)

    def related_to(self, row: Model) -> QuerySet[Any]:
        return self.target.queryset.filter(**{self.back: row})

    @cached_property
    def loaded(self) -> str:
        """The attribute of a row for what was loaded: related rows, or their ids."""
        return f"loaded_{self.name}" if self.is_to_many else self.name

    def prefetch(self, rows: QuerySet[Any], limit: int) -> Prefetch[Any]:
        """Loads related rows; one more than the limit tells that there are more."""
        if not self.is_to_many:
            return Prefetch(self.name, rows)
        return Prefetch(self.name, rows[: limit + 1], to_attr=self.loaded)

    def ids(self, limit: int) -> TextList:
        """Loads the ids of related rows alone, within the query of the row."""
        rows = self.target.queryset.filter(**{self.back: OuterRef("pk")})
        texts = rows.order_by("pk").values(value=Cast("pk", TextField()))
        return TextList(texts[: limit + 1])

    def rows(self, row: Model, limit: int) -> list[Model]:
        """The related rows that were loaded with the row, up to the limit."""
        related = getattr(row, self.loaded)
        if self.is_to_many:
            return list(related[:limit])
        return [] if related is None else [related]

    def linkage(self, row: Model, limit: int) -> tuple[Any, bool]:
        """The linkage, and whether it is cut at the limit."""
        if self.is_to_many:
            loaded = getattr(row, self.loaded)
            ids = [self.id_of(related) for related in loaded[:limit]]
            return [self.identifier(pk) for pk in ids], len(loaded) > limit
        pk = getattr(row, self.field.attname)
        return None if pk is None else self.identifier(pk), False

    def id_of(self, related: Any) -> Any:
        """The key of a loaded row, or the key that was loaded as the database's text.

        Databases spell some keys in their own way, such as UUIDs.
        """
        if isinstance(related, Model):
            return related.pk
        return self.target.model._meta.pk.to_python(related)

    def identifier(self, pk: Any) -> dict[str, str]:
        return {"type": self.type, "id": str(pk)}


class ResourceType:
    """One type: its rows, its attributes and its relationships. Ids are texts."""

    def __init__(
        self,
        name: str,
        rows: QuerySet[Any],
        serializer_class: type[ModelSerializer[Any]],
        relationships: Mapping[str, str],
        types: Mapping[str, ResourceType],
        basename: str,
    ) -> None:
        self.name = name
        self.rows = rows
        self.model: Any = rows.model
        self.serializer_class = serializer_class
        self.types = types
        self.basename = basename
        self.relationships = {
            relation: Relationship(
                relation, target, self.model._meta.get_field(relation), types
            )
            for relation, target in relationships.items()
        }

    @cached_property
    def to_many(self) -> list[Relationship]:
        return [of for of in self.relationships.values() if of.is_to_many]

    @property
    def queryset(self) -> QuerySet[Any]:
        return self.rows.all()

    @cached_property
    def serializer(self) -> ModelSerializer[Any]:
        """Draws the attributes of any row; it knows nothing of a request."""
        return self.serializer_class()

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """The serializer's fields by their name on the wire."""
        return dict(self.serializer.fields)

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
