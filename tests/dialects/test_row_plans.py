"""A plan is kept for later requests only if it can't depend on one of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import QuerySet
from rest_framework import serializers

from casting.models import Actor
from casting.serializers import ActorSerializer
from dialects.row_plans import has_constant_fields, plan_for
from media_catalog.serializers import BookSerializer

STAFF, OTHERS = {"is_staff": True}, {"is_staff": False}


class SecretAgeSerializer(ActorSerializer):
    def get_fields(self) -> Any:
        fields = super().get_fields()
        if not self.context["is_staff"]:
            del fields["age"]
        return fields


class DynamicSerializer(ActorSerializer):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.context["is_staff"]:
            self.fields.pop("age")


class SecretAgeField(serializers.IntegerField):
    def to_representation(self, value: int) -> Any:
        return value if self.context["is_staff"] else None


class FieldSerializer(ActorSerializer):
    age = SecretAgeField()


class TextIdSerializer(ActorSerializer):
    id = serializers.BigIntegerField(coerce_to_string=True, read_only=True)


def represent(kind: type[ActorSerializer], context: dict[str, Any]) -> Any:
    rows: QuerySet[Any] = Actor.objects.all()
    plan = plan_for(kind(context=context), rows)
    assert plan
    return plan.represent(list(plan.select(rows)), rows.db)


@pytest.mark.parametrize(
    "kind", [SecretAgeSerializer, DynamicSerializer, FieldSerializer]
)
def test_a_serializer_that_reads_its_context_is_read_for_each_request(db, kind):
    Actor.objects.create(name="Ada", age=36, gender="female")
    for context in (STAFF, OTHERS, STAFF):
        [drawn] = kind(Actor.objects.all(), many=True, context=context).data
        assert represent(kind, context) == [drawn]
    assert not has_constant_fields(kind)


def test_a_big_integer_may_be_shown_as_text(db):
    actor = Actor.objects.create(name="Ada", age=36, gender="female")
    [drawn] = TextIdSerializer(Actor.objects.all(), many=True).data
    assert represent(TextIdSerializer, {}) == [drawn]
    assert drawn["id"] == str(actor.pk)


def test_the_plan_of_other_serializers_is_kept(db):
    rows = Actor.objects.all()
    assert plan_for(ActorSerializer(), rows) is plan_for(ActorSerializer(), rows)


def test_a_plan_is_kept_for_each_selection_of_fields(db):
    rows: QuerySet[Any] = BookSerializer.Meta.model.objects.for_api()
    for names in (["id"], ["title"], ["id"], [], None):
        plan = plan_for(BookSerializer(context={"serial_fields": names}), rows)
        assert plan
        assert list(plan.parts) == (
            list(BookSerializer().fields) if names is None else names
        )
