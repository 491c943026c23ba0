from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from bucketlists import services
from bucketlists.models import Bucketlist, Item
from common.db.fields import MAX_INT64
from common.http.fields import IntegerField
from dialects.fields import HttpDateTimeField


class OptionalBooleanField(serializers.BooleanField):
    # A form that lacks the field leaves it unchanged. DRF would set it to false.
    default_empty_html: Any = serializers.empty


@extend_schema_serializer(component_name="BucketListItem")
class ItemSerializer(serializers.ModelSerializer[Item]):
    done = OptionalBooleanField(required=False)
    done_at = HttpDateTimeField(read_only=True, allow_null=True)
    position = IntegerField(
        required=False,
        min_value=0,
        max_value=Item.MAX_POSITION,
        help_text="Sort position. New items are added at the end.",
    )

    class Meta:
        model = Item
        fields = ["id", "name", "done", "done_at", "position"]

    def create(self, validated_data: dict[str, Any]) -> Item:
        return services.add_item(**validated_data)

    def update(self, instance: Item, validated_data: dict[str, Any]) -> Item:
        return services.change_item(instance, **validated_data)


class NewItemsSerializer(serializers.ListSerializer[Item]):
    """New items, of which all are added or none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            allow_empty=False,
            max_length=services.MAX_ITEMS,
            **kwargs,
        )

    def create(self, validated_data: list[dict[str, Any]]) -> Any:
        lists = [fields.pop("bucketlist") for fields in validated_data]
        rows: Any = validated_data
        return services.add_items(lists[0], rows)


@extend_schema_serializer(component_name="NestedBucketListItem")
class NestedItemSerializer(ItemSerializer):
    """An item of a list. With an `id` it is changed, without one it is added."""

    id = IntegerField(required=False, min_value=1, max_value=MAX_INT64)

    name = serializers.CharField(
        max_length=255, required=False, help_text="Required without an `id`."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "id" in attrs or "name" in attrs:
            return attrs
        required = self.fields["name"].error_messages["required"]
        raise serializers.ValidationError({"name": [required]}, code="required")


class BucketlistSerializer(serializers.ModelSerializer[Bucketlist]):
    """A bucket list in the original format. `items` is write-only."""

    date_created = HttpDateTimeField(read_only=True)
    date_modified = HttpDateTimeField(read_only=True)
    created_by = serializers.IntegerField(source="created_by_id", read_only=True)
    items = NestedItemSerializer(
        many=True,
        required=False,
        write_only=True,
        max_length=services.MAX_ITEMS,  # type: ignore[call-arg]
    )

    class Meta:
        model = Bucketlist
        fields = ["id", "name", "date_created", "date_modified", "created_by", "items"]

    def create(self, validated_data: dict[str, Any]) -> Bucketlist:
        return services.create_list(**validated_data)

    def update(
        self, instance: Bucketlist, validated_data: dict[str, Any]
    ) -> Bucketlist:
        return services.change_list(
            instance, replace=not self.partial, **validated_data
        )


@extend_schema_serializer(component_name="BucketList")
class BucketlistWithItemsSerializer(BucketlistSerializer):
    """A bucket list. Responses contain `items` only with `?items=1`."""

    items = NestedItemSerializer(
        many=True,
        required=False,
        max_length=services.MAX_ITEMS,  # type: ignore[call-arg]
    )
