from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import models
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.fields import SkipField
from rest_framework.relations import PKOnlyObject
from rest_framework.settings import api_settings

from common.plain import Read, Reading, plainly_read, reader_of
from common.prefetched import related_to

AnyField = TypeVar("AnyField", bound="serializers.Field[Any, Any, Any, Any]")
# What a serializer's class brings about, whichever instance asks first.
Made = dict[Any, Any]
made_fields: Made = {}
made_validators: Made = {}
made_instances: Made = {}
# What an instance is given that is not nested in another.
OF_REQUESTS = {"context", "partial"}


class QuickModelSerializer(serializers.ModelSerializer[Any]):
    """Works out its fields once for each class, not for each instance.

    What `Meta` and the declared fields say must not depend on the instance. An
    override of `get_fields` may: it gets fields that are the instance's own.
    """

    def __init__(
        self, instance: Any = None, data: Any = serializers.empty, **options: Any
    ) -> None:
        if not options.keys() <= OF_REQUESTS:
            super().__init__(instance, data, **options)
            return
        # Each time DRF makes a serializer, it changes a class that all fields have in
        # common, and Python forgets what it knows of their attributes.
        own, kind = self.__dict__, type(self)
        if kind not in made_instances:
            super().__init__()
            not_its_own = {"_args", "_kwargs"}
            made_instances[kind] = {k: own[k] for k in own.keys() - not_its_own}
        own.update(made_instances[kind], instance=instance, style={})
        own["_context"] = options.get("context", {})
        own["partial"] = options.get("partial", False)
        if data is not serializers.empty:
            self.initial_data = data

    def get_fields(self) -> dict[str, Any]:
        made: dict[str, Any] | None = made_fields.get(type(self))
        if made is None:
            made = made_fields[type(self)] = super().get_fields()
            for field in made.values():
                vars(field)["plain_reader"] = reader_of(field)
        return {name: twin_of(field) for name, field in made.items()}

    def known_context(self) -> dict[str, Any] | None:
        """All that the fields depend on, or None where they are the instance's own.

        To be defined by whoever overrides `get_fields` or `__init__`; without it their
        fields are taken for the instance's own.
        """
        return {}

    def get_validators(self) -> list[Any]:
        key = (type(self), *self.fields)
        if key not in made_validators:
            made_validators[key] = super().get_validators()
        return list(made_validators[key])

    def run_validators(self, value: Any) -> None:
        if self.pattern.has_validators:
            super().run_validators(value)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        found = self.plainly_read(data) if validates_as_ever(type(self)) else None
        if found is None or self.pattern.has_validators:
            return super().run_validation(data)
        try:
            return self.validate(found)
        except (ValidationError, DjangoValidationError) as exc:
            raise ValidationError(serializers.as_serializer_error(exc)) from exc

    def plainly_read(self, data: Any) -> dict[str, Any] | None:
        """What DRF would make of it, unless it has to be asked."""
        return plainly_read(data, self.pattern.reads)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        if not isinstance(instance, self.Meta.model):
            return super().to_representation(instance)
        try:
            return shown(instance, self.pattern.looks)
        except Varies:
            return shown(instance, self.own_looks())

    def all_shown(self, instances: Iterable[Any]) -> list[dict[str, Any]]:
        """What `to_representation` makes of each of them."""
        try:
            looks = self.pattern.looks
            return [shown(instance, looks) for instance in instances]
        except Varies:
            looks = self.own_looks()
            return [shown(instance, looks) for instance in instances]

    def own_looks(self) -> list[Looking]:
        """Those of this instance, whose class turned out to have none for all."""
        patterns[type(self)], self.__dict__["kept_pattern"] = None, self
        return self.looks

    @property
    def pattern(self) -> Any:
        """An instance that is asked for its fields: of the class, if they are alike.

        Whoever has looked at this one's fields may have changed them.
        """
        own = self.__dict__
        if "fields" in own or "_validators" in own:
            return self
        if "kept_pattern" not in own:
            known = self.known_context()
            found = None if known is None else pattern_of(type(self), known)
            own["kept_pattern"] = found or self
        return own["kept_pattern"]

    @cached_property
    def reads(self) -> list[Reading]:
        return [
            Reading(
                field.field_name,
                field.source,
                read_of(field) if self.is_unchecked(field) else None,
                is_optional=not field.required and field.default is serializers.empty,
            )
            for field in self._writable_fields
        ]

    def is_unchecked(self, field: Any) -> bool:
        return not hasattr(self, f"validate_{field.field_name}")

    @cached_property
    def looks(self) -> list[Looking]:
        model: Any = self.Meta.model
        columns = columns_of(model)
        return [
            Looking(
                str(field.field_name),
                field.source
                if type(field).get_attribute is serializers.Field.get_attribute
                and field.source in columns
                else None,
                getattr(field, "is_left_out", None),
                field.get_attribute,
                field.to_representation,
                verbatim_kind(field),
            )
            for field in self._readable_fields
        ]

    @cached_property
    def has_validators(self) -> bool:
        return bool(self.validators)

    @cached_property
    def _writable_fields(self) -> list[Any]:
        return [field for field in self.fields.values() if not field.read_only]

    @cached_property
    def _readable_fields(self) -> list[Any]:
        return [field for field in self.fields.values() if not field.write_only]


class QuickListSerializer(serializers.ListSerializer[Any]):
    """A field for the rows that refer to one, which may know them already."""

    child: QuickModelSerializer

    def get_attribute(self, instance: Any) -> Any:
        return related_to(instance, str(self.source))

    def to_representation(self, data: Any) -> Any:
        return self.child.all_shown(data)


class Varies(Exception):
    """A context was asked for what each request has of its own."""


class KnownContext(Mapping[str, Any]):
    """The context of an instance that stands for many."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.known = known

    def __getitem__(self, key: str) -> Any:
        if key not in self.known:
            raise Varies(key)
        return self.known[key]

    def __iter__(self) -> Iterator[str]:
        raise Varies

    def __len__(self) -> int:
        raise Varies


# Of each class an instance that stands for all, or None where there is none.
patterns: dict[type, Any] = {}


def pattern_of(kind: type, known: Mapping[str, Any]) -> Any:
    try:
        return patterns[kind]
    except KeyError:
        pass
    found = kind(context=KnownContext(known))
    try:
        is_alike = tells_what_it_depends_on(kind) and not any(
            isinstance(field, serializers.SerializerMethodField)
            for field in found.fields.values()
        )
    except Varies:
        is_alike = False
    return patterns.setdefault(kind, found if is_alike else None)


def tells_what_it_depends_on(kind: type) -> bool:
    makers = {"get_fields", "__init__"}
    maker = next(each for each in kind.__mro__ if makers & vars(each).keys())
    return "known_context" in vars(maker)


def read_of(field: Any) -> Read | None:
    reader = vars(field).get("plain_reader")
    is_own = reader and reader.validators is field.validators
    return reader.read if is_own and len(field.source_attrs) == 1 else None


class Looking(NamedTuple):
    """How a field is looked up and shown; values of one kind are shown as they are."""

    name: str
    # Where an instance has it, if it is no more than that.
    column: str | None
    # Whether an answer is to be without it, where a field says so.
    is_left_out: Callable[[Any], bool] | None
    get: Callable[[Any], Any]
    show: Callable[[Any], Any]
    verbatim: type | None


verbatim: dict[Any, type] = {
    serializers.CharField.to_representation: str,
    serializers.IntegerField.to_representation: int,
    serializers.FloatField.to_representation: float,
    serializers.BooleanField.to_representation: bool,
}


def verbatim_kind(field: Any) -> type | None:
    """The type of the values that the field shows as they are."""
    own = type(field).to_representation
    if own is serializers.BigIntegerField.to_representation:
        default = api_settings.COERCE_BIGINT_TO_STRING
        return None if getattr(field, "coerce_to_string", default) else int
    return verbatim.get(own)


def shown(instance: Any, looks: list[Looking]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    own = instance.__dict__
    for name, column, is_left_out, get, show, kind in looks:
        if is_left_out and is_left_out(instance):
            continue
        try:
            value = own[column] if column in own else get(instance)
        except SkipField:
            continue
        if value is None or type(value) is kind:
            found[name] = value
            continue
        key = value.pk if isinstance(value, PKOnlyObject) else value
        found[name] = None if key is None else show(value)
    return found


@cache
def validates_as_ever(kind: Any) -> bool:
    """Whether nothing but fields, validators and `validate` say what is right."""
    own, drf = QuickModelSerializer, serializers.Serializer
    return (
        kind.run_validators is own.run_validators
        and kind.to_internal_value is drf.to_internal_value
        and kind.validate_empty_values is drf.validate_empty_values
    )


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
        # The row is locked: without columns, all are saved, so that signals are sent.
        sent = columns and columns | kept_current(meta.concrete_fields)
        instance.save(update_fields=sent or None)
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
