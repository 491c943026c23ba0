from __future__ import annotations

from functools import cache, cached_property
from operator import attrgetter
from typing import Any, TypeVar

from django.db import models
from rest_framework import serializers
from rest_framework.fields import SkipField
from rest_framework.relations import PKOnlyObject

from common.plain import UNSURE, Read, reader_of

AnyField = TypeVar("AnyField", bound="serializers.Field[Any, Any, Any, Any]")
# What a serializer's class brings about, whichever instance asks first.
Made = dict[Any, Any]
made_fields: Made = {}
made_validators: Made = {}


class QuickModelSerializer(serializers.ModelSerializer[Any]):
    """Works out its fields once for each class, not for each instance.

    What `Meta` and the declared fields say must not depend on the instance. An
    override of `get_fields` may: it gets fields that are the instance's own.
    """

    def get_fields(self) -> dict[str, Any]:
        made: dict[str, Any] | None = made_fields.get(type(self))
        if made is None:
            made = made_fields[type(self)] = super().get_fields()
            for field in made.values():
                vars(field)["plain_reader"] = reader_of(field)
        return {name: twin_of(field) for name, field in made.items()}

    def get_validators(self) -> list[Any]:
        key = (type(self), *self.fields)
        if key not in made_validators:
            made_validators[key] = super().get_validators()
        return list(made_validators[key])

    def run_validators(self, value: Any) -> None:
        if self.validators:
            super().run_validators(value)

    def to_internal_value(self, data: Any) -> Any:
        found = self.plainly_read(data) if self._reads else None
        return super().to_internal_value(data) if found is None else found

    def plainly_read(self, data: Any) -> dict[str, Any] | None:
        """What DRF would make of it, unless it has to be asked."""
        if type(data) is not dict:
            return None
        found = {}
        for name, source, read in self._reads:
            value = found[source] = read(data.get(name))
            if value is UNSURE:
                return None
        return found

    def to_representation(self, instance: Any) -> dict[str, Any]:
        if not isinstance(instance, self.Meta.model):
            return super().to_representation(instance)
        found: dict[str, Any] = {}
        for name, get, show in self._looks:
            try:
                value = get(instance)
            except SkipField:
                continue
            key = value.pk if isinstance(value, PKOnlyObject) else value
            found[name] = None if key is None else show(value)
        return found

    @cached_property
    def _reads(self) -> list[tuple[str, str, Read]]:
        """How to read what is sent, if that can be told of all fields."""
        found = []
        for field in self._writable_fields:
            reader = vars(field).get("plain_reader")
            if reader is None or reader.validators is not field.validators:
                return []
            is_checked = hasattr(self, f"validate_{field.field_name}")
            if is_checked or len(field.source_attrs) != 1:
                return []
            found.append((field.field_name, field.source, reader.read))
        return found

    @cached_property
    def _looks(self) -> list[tuple[str, Any, Any]]:
        """How each field is looked up and shown."""
        model: Any = self.Meta.model
        columns = columns_of(model)
        return [
            (
                str(field.field_name),
                attrgetter(field.source)
                if type(field).get_attribute is serializers.Field.get_attribute
                and field.source in columns
                else field.get_attribute,
                field.to_representation,
            )
            for field in self._readable_fields
        ]

    @cached_property
    def _writable_fields(self) -> list[Any]:
        return [field for field in self.fields.values() if not field.read_only]

    @cached_property
    def _readable_fields(self) -> list[Any]:
        return [field for field in self.fields.values() if not field.write_only]


@cache
def columns_of(model: Any) -> set[str]:
    return {field.attname for field in model._meta.concrete_fields}


def twin_of(field: AnyField) -> AnyField:
    """A copy that can be bound to another parent, with what is in it bound to the copy.

    All else is shared: nothing changes a field's limits, texts or validators.
    """
    twin = object.__new__(type(field))
    twin.__dict__.update(field.__dict__)
    for name in ("child", "child_relation"):
        if (inner := field.__dict__.get(name)) is not None:
            inner = twin_of(inner)
            inner.parent = twin
            setattr(twin, name, inner)
    return twin


class SentFieldsSerializer(QuickModelSerializer):
    """Writes the fields sent and no others, for somebody else may be changing those."""

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        meta = instance._meta
        lists = {field.name for field in meta.many_to_many} & validated_data.keys()
        columns = validated_data.keys() - lists
        for name in columns:
            setattr(instance, name, validated_data[name])
        instance.save(update_fields=columns | kept_current(meta.concrete_fields))
        for name in lists:
            getattr(instance, name).set(validated_data[name])
        return instance


def kept_current(fields: Any) -> set[str]:
    """The columns that tell when a row was changed, which no client sends."""
    return {
        field.name
        for field in fields
        if isinstance(field, models.DateField) and field.auto_now
    }
