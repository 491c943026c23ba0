from __future__ import annotations

from typing import Any

from rest_framework import serializers

from bucketlists import services
from bucketlists.models import Bucketlist, Item
from dialects.fields import HttpDateTimeField


class SentBooleanField(serializers.BooleanField):
    """In a form, too, what is not sent is not changed."""

    default_empty_html: Any = serializers.empty


class ItemSerializer(serializers.ModelSerializer[Any]):
    done = SentBooleanField(required=False)
    done_at = HttpDateTimeField(read_only=True, allow_null=True)
    position = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=Item.LAST_POSITION,
        help_text="Items stand in this order; new ones at the end.",
    )

    class Meta:
        model = Item
        fields = ["id", "name", "done", "done_at", "position"]

    def create(self, validated_data: dict[str, Any]) -> Item:
        (item,) = services.add_items(validated_data.pop("bucketlist"), [validated_data])
        return item

    def update(self, instance: Item, validated_data: dict[str, Any]) -> Item:
        return services.change_item(instance, **validated_data)


class NestedItemSerializer(ItemSerializer):
    """An item within its list: with an id it is changed, without one added."""

    id = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    name = serializers.CharField(
        max_length=255, required=False, help_text="Required without an id."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "id" in attrs or "name" in attrs:
            return attrs
        required = self.fields["name"].error_messages["required"]
        raise serializers.ValidationError({"name": [required]}, code="required")


class BucketlistSerializer(serializers.ModelSerializer[Any]):
    """The list as it always was; items go in, but not out."""

    date_created = HttpDateTimeField(read_only=True)
    date_modified = HttpDateTimeField(read_only=True)
    created_by = serializers.IntegerField(source="created_by_id", read_only=True)
    items = NestedItemSerializer(
        many=True,
        required=False,
        write_only=True,
        max_length=services.MAX_ITEMS,
    )

    class Meta:
        model = Bucketlist
        fields = ["id", "name", "date_created", "date_modified", "created_by", "items"]

    def create(self, validated_data: dict[str, Any]) -> Bucketlist:
        return services.create_list(**validated_data)

    def update(self, instance: Bucketlist, validated_data: Any) -> Bucketlist:
        whole = not self.partial
        return services.change_list(instance, whole=whole, **validated_data)


class BucketlistWithItemsSerializer(BucketlistSerializer):
    items = NestedItemSerializer(
        many=True,
        required=False,
        max_length=services.MAX_ITEMS,
    )
