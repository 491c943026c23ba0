"""What all serializers of a class have in common is asked of one of them."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework import serializers

from common.serializers import QuickModelSerializer, patterns
from media_catalog.models import Author


class Plain(QuickModelSerializer):
    class Meta:
        model = Author
        fields = ["first_name", "last_name"]


class Loud(serializers.CharField):
    def to_representation(self, value: Any) -> str:
        return str(value).upper() if self.context.get("is_loud") else str(value)


class ByContext(Plain):
    last_name = Loud()


class WithinContext(Plain):
    author = ByContext(source="*")

    class Meta(Plain.Meta):
        fields = ["author"]


class ByInstance(Plain):
    def get_fields(self) -> dict[str, Any]:
        found = super().get_fields()
        if self.instance and self.instance.pk:
            del found["last_name"]
        return found


class ByArgument(Plain):
    def __init__(self, *args: Any, hidden: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hidden = hidden
        self.fields.pop(hidden, None)


class ByLaterArgument(Plain):
    """Leaves it to `get_fields` what it was made with."""

    def __init__(self, *args: Any, hidden: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hidden = hidden

    def get_fields(self) -> dict[str, Any]:
        found = super().get_fields()
        return {name: of for name, of in found.items() if name != self.hidden}


class ByMethod(Plain):
    whose = serializers.SerializerMethodField()

    class Meta(Plain.Meta):
        fields = ["whose"]

    def get_whose(self, row: Author) -> Any:
        return self.initial_data["whose"]


ANN = Author(first_name="Ann", last_name="Lee")
SAVED = Author(pk=7, first_name="Ann", last_name="Lee")
WHOLE = {"first_name": "Ann", "last_name": "Lee"}
LOUD = {"first_name": "Ann", "last_name": "LEE"}


def test_one_shows_and_reads_for_all():
    one, other = Plain(ANN), Plain(data=WHOLE)

    assert one.data == WHOLE
    assert other.is_valid()
    assert other.validated_data == WHOLE
    assert one.pattern is other.pattern
    assert "fields" not in vars(one)


@pytest.mark.parametrize("kind", [ByContext, WithinContext])
def test_a_field_that_asks_who_is_each_ones_own(kind):
    def shown(context: Any = None) -> Any:
        found = kind(ANN, context=context or {}).data
        return found.get("author", found)

    patterns.pop(kind, None)
    assert [shown(), shown({"is_loud": True}), shown()] == [WHOLE, LOUD, WHOLE]
    assert patterns[kind] is None


def test_so_are_fields_that_depend_on_the_instance():
    assert [ByInstance(row).data for row in (ANN, SAVED, ANN)] == [
        WHOLE,
        {"first_name": "Ann"},
        WHOLE,
    ]


@pytest.mark.parametrize("kind", [ByArgument, ByLaterArgument])
def test_or_on_what_it_is_made_with(kind):
    for _ in range(2):
        assert kind(ANN, hidden="last_name").data == {"first_name": "Ann"}
        assert kind(ANN).data == WHOLE
        serializer = kind(data={"first_name": "Ann"}, hidden="last_name")
        assert serializer.is_valid()
        assert not kind(data={"first_name": "Ann"}).is_valid()


def test_a_method_is_called_on_the_serializer_itself():
    for name in ("ada", "bob"):
        serializer = ByMethod(ANN, data={"whose": name})
        assert serializer.to_representation(ANN) == {"whose": name}


def test_changed_fields_count():
    serializer = Plain(data={"first_name": "Ann"})
    serializer.fields["last_name"].required = False

    assert serializer.is_valid()
    assert serializer.validated_data == {"first_name": "Ann"}
    assert not Plain(data={"first_name": "Ann"}).is_valid()


def test_changed_validators_count():
    def refuse(attrs: Any) -> None:
        raise serializers.ValidationError("No.")

    serializer = Plain(data=WHOLE)
    serializer.validators = [refuse]

    assert not serializer.is_valid()
    assert Plain(data=WHOLE).is_valid()


@pytest.mark.parametrize(
    ("args", "options"),
    [
        ((), {}),
        ((ANN,), {"context": {"is_loud": True}}),
        ((ANN, WHOLE), {"partial": True}),
        ((), {"data": WHOLE}),
        ((ANN,), {"source": "*", "read_only": True}),
        ((), {"required": False, "error_messages": {"required": "No."}}),
    ],
)
def test_one_is_made_as_by_drf(args, options):
    one, other = Plain(*args, **options), serializers.ModelSerializer.__new__(Plain)
    serializers.ModelSerializer.__init__(other, *args, **options)
    quick, plain = vars(one), vars(other)
    for own in (quick, plain):
        own.pop("_creation_counter")
        own.pop("_args", None), own.pop("_kwargs", None)

    assert quick == plain
    assert quick["style"] is not vars(Plain(*args, **options))["style"]
