from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.fields import SkipField

from accounts.models import User
from dialects.dbbase import (
    DbbaseIntegerField,
    DbbaseKeyField,
    DbbaseModelSerializer,
)
from orders.models import Command, Invoice, InvoiceItem, Job, Order, OrderItem
from orders.services import issue_invoice, place_order, replace_items, start_job

OTHER_OWNER = "The user id does not match the owner id"
MAX_ITEMS = 1000


class VisibleKeyField(DbbaseKeyField):
    """The id of a row that the caller may see; others do not exist."""

    def get_queryset(self) -> Any:
        rows: Any = super().get_queryset()
        return rows.visible_to(self.context["request"].user)


class StatusSerializer(DbbaseModelSerializer):
    """A row whose state shows as a number, which no client sets."""

    status_id = serializers.IntegerField(source="status", read_only=True)


class OwnedSerializer(StatusSerializer):
    owner_id = DbbaseKeyField(source="owner", queryset=User.objects.all())

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance and attrs.get("owner", self.instance.owner) != (
            self.instance.owner
        ):
            raise ValidationError(OTHER_OWNER, code="other_owner")
        return attrs


class ListWhereAny(serializers.ListSerializer[Any]):
    """Stands in an answer only where there are rows."""

    def get_attribute(self, instance: Any) -> Any:
        rows = getattr(instance, self.source_attrs[0]).all()
        if not rows:
            raise SkipField
        return rows


class OrderItemSerializer(DbbaseModelSerializer):
    class Meta:
        model = OrderItem
        fields = ["part_code", "units", "unit_price"]


class OrderSerializer(OwnedSerializer):
    items = ListWhereAny(
        child=OrderItemSerializer(), required=False, max_length=MAX_ITEMS
    )

    class Meta:
        model = Order
        fields = ["id", "owner_id", "description", "ordered_at", "status_id", "items"]

    def insert(self, columns: dict[str, Any]) -> Order:
        return place_order(**columns)

    def update(self, instance: Order, validated_data: dict[str, Any]) -> Order:
        items = validated_data.pop("items", None)
        order: Order = super().update(instance, validated_data)
        if items is not None:
            replace_items(order=order, items=items)
        return order


class OrderJobSerializer(StatusSerializer):
    class Meta:
        model = Job
        fields = [
            "started_at",
            "finished_at",
            "status_id",
            "owner_id",
            "order_id",
            "id",
        ]
        read_only_fields = fields


class OrderWithJobsSerializer(OrderSerializer):
    jobs = OrderJobSerializer(many=True, read_only=True)

    class Meta(OrderSerializer.Meta):
        fields = [*OrderSerializer.Meta.fields, "jobs"]


class StartedJobSerializer(StatusSerializer):
    class Meta:
        model = Job
        fields = ["id", "started_at", "status_id"]
        read_only_fields = fields


class JobOrderSerializer(StatusSerializer):
    class Meta:
        model = Order
        fields = ["description", "ordered_at", "status_id", "owner_id", "id"]
        read_only_fields = fields


class JobSerializer(OwnedSerializer):
    order_id = VisibleKeyField(source="order", queryset=Order.objects.all())
    order = JobOrderSerializer(read_only=True)

    class Meta:
        model = Job
        fields = [
            "id",
            "owner_id",
            "order_id",
            "started_at",
            "finished_at",
            "status_id",
            "order",
        ]
        read_only_fields = ["finished_at"]

    def validate_order_id(self, order: Order) -> Order:
        if self.instance and order != self.instance.order:
            raise ValidationError("A job keeps its order.")
        return order

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not self.instance and attrs["order"].owner_id != attrs["owner"].pk:
            raise ValidationError(OTHER_OWNER, code="other_owner")
        return super().validate(attrs)

    def insert(self, columns: dict[str, Any]) -> Job:
        del columns["owner"]  # The job's owner is the order's.
        return start_job(**columns)


class LineSerializer(DbbaseModelSerializer):
    id = DbbaseIntegerField(read_only=True)
    invoice_id = serializers.IntegerField(read_only=True)

    class Meta:
        model = InvoiceItem
        fields = ["id", "invoice_id", "part_code", "units", "unit_price"]


class InvoiceSerializer(DbbaseModelSerializer):
    user_id = DbbaseKeyField(source="user", queryset=User.objects.all())
    invoice_items = serializers.ListSerializer[Any](
        child=LineSerializer(), required=False, max_length=MAX_ITEMS
    )

    class Meta:
        model = Invoice
        fields = ["id", "user_id", "invoice_date", "invoice_items"]

    def validate_invoice_items(self, items: list[Any]) -> list[Any]:
        if self.instance:
            raise ValidationError("Items are changed at /invoice-items/<id>.")
        return items

    def insert(self, columns: dict[str, Any]) -> Invoice:
        return issue_invoice(items=columns.pop("invoice_items", ()), **columns)


class ItemInvoiceSerializer(DbbaseModelSerializer):
    class Meta:
        model = Invoice
        fields = ["id", "user_id", "invoice_date"]
        read_only_fields = fields


class InvoiceItemSerializer(DbbaseModelSerializer):
    invoice_id = VisibleKeyField(source="invoice", queryset=Invoice.objects.all())
    invoice = ItemInvoiceSerializer(read_only=True)

    class Meta:
        model = InvoiceItem
        fields = ["id", "invoice_id", "part_code", "units", "unit_price", "invoice"]


class CommandSerializer(DbbaseModelSerializer):
    class Meta:
        model = Command
        fields = ["id", "description", "num_variable"]
