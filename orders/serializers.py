from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import SkipField
from rest_framework.validators import UniqueValidator

from accounts.models import User
from dialects.dbbase import (
    DbbaseIntegerField,
    DbbaseKeyField,
    DbbaseModelSerializer,
    are_stored,
)
from orders import old_texts
from orders.fields import (
    AmountField,
    IssuedAtField,
    NumberField,
    StatusField,
    VisibleKeyField,
)
from orders.models import (
    MAX_ITEMS,
    TOO_MUCH,
    Command,
    Invoice,
    InvoiceItem,
    Job,
    Order,
    OrderItem,
)
from orders.services import (
    add_item,
    check_size,
    draft_invoice,
    place_order,
    replace_items,
    start_job,
)
from orders.services.orders import Line

OWNER_TEXT = "Only staff with the permission can write rows of other users."
TOO_MANY_DIGITS = "The {} has more than 15 digits."

# Validated values by the name of their column, as DRF passes them on.
Attributes = dict[str, Any]


class OwnedSerializer(DbbaseModelSerializer):
    owner_id = DbbaseKeyField(
        source="owner", queryset=User.objects.all(), help_text=OWNER_TEXT
    )

    def validate(self, attrs: Attributes) -> Attributes:
        row = self.instance
        if row and attrs.get("owner", row.owner) != row.owner:
            raise ValidationError(old_texts.OTHER_OWNER, code="other_owner")
        return attrs


class LinesSerializer(serializers.ListSerializer[Any]):
    """The items of an order or invoice. Refuses a total that JSON cannot show."""

    def __init__(self, *, child: LineSerializer) -> None:
        super().__init__(required=False, max_length=MAX_ITEMS, child=child)

    def validate(self, attrs: list[Line]) -> list[Line]:
        total = sum((line["units"] * line["unit_price"] for line in attrs), Decimal())
        if abs(total) >= TOO_MUCH:
            raise ValidationError(TOO_MANY_DIGITS.format("total"))
        return attrs


class OrderLinesSerializer(LinesSerializer):
    """The items of an order, left out of the response if there are none."""

    may_be_missing = True

    def get_attribute(self, instance: Order) -> QuerySet[OrderItem]:
        rows = instance.items.all()
        if not rows:
            raise SkipField
        return rows


class LineSerializer(DbbaseModelSerializer):
    def validate(self, attrs: Attributes) -> Attributes:
        values, row = attrs, self.instance
        if row is not None:
            values = {"units": row.units, "unit_price": row.unit_price, **attrs}
        elif not self.required_fields.keys() <= attrs.keys():
            raise self.required_error(attrs)
        if abs(values["units"] * values["unit_price"]) >= TOO_MUCH:
            raise ValidationError({"unit_price": TOO_MANY_DIGITS.format("amount")})
        return attrs

    def required_error(self, attrs: Attributes) -> ValidationError:
        """Return the error for columns missing from a new item, also in a PATCH."""
        return ValidationError(
            {
                name: [ErrorDetail("This field is required.", code="required")]
                for source, name in self.required_fields.items()
                if source not in attrs
            }
        )

    @cached_property
    def required_fields(self) -> dict[str, str]:
        """The names of the fields that a new row must have, by their source."""
        return {
            str(field.source): name
            for name, field in self.fields.items()
            if field.required and not field.read_only
        }


class OrderItemSerializer(LineSerializer):
    class Meta:
        model = OrderItem
        fields = ["part_code", "units", "unit_price"]


class OrderSerializer(OwnedSerializer):
    status_id = StatusField(Order.Status)
    items = OrderLinesSerializer(child=OrderItemSerializer())

    class Meta:
        model = Order
        fields = ["id", "owner_id", "description", "ordered_at", "status_id", "items"]

    def insert(self, columns: Attributes) -> Order:
        return place_order(**columns)

    def update(self, instance: Order, validated_data: Attributes) -> Order:
        items = validated_data.pop("items", None)
        order: Order = super().update(instance, validated_data)
        if items is not None:
            replace_items(order=order, items=items)
        return order


class OrderJobSerializer(DbbaseModelSerializer):
    status_id = StatusField(Job.Status)

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


class StartedJobSerializer(DbbaseModelSerializer):
    status_id = StatusField(Job.Status)

    class Meta:
        model = Job
        fields = ["id", "started_at", "status_id"]
        read_only_fields = fields


class JobOrderSerializer(DbbaseModelSerializer):
    status_id = StatusField(Order.Status)

    class Meta:
        model = Order
        fields = ["description", "ordered_at", "status_id", "owner_id", "id"]
        read_only_fields = fields


class JobInvoiceSerializer(DbbaseModelSerializer):
    number = serializers.CharField(read_only=True, allow_null=True)
    url = serializers.HyperlinkedIdentityField(view_name="orders:invoice-detail")

    class Meta:
        model = Invoice
        fields = ["id", "number", "url"]
        read_only_fields = fields


class JobSerializer(OwnedSerializer):
    status_id = StatusField(Job.Status)
    order_id = VisibleKeyField(source="order", queryset=Order.objects.all())
    order = JobOrderSerializer(read_only=True)
    status = serializers.ChoiceField(
        source="status_name",
        choices=[name.lower() for name in Job.Status.names],
        read_only=True,
    )
    error = serializers.CharField(source="reason", read_only=True, allow_null=True)
    invoice = JobInvoiceSerializer(read_only=True, allow_null=True)

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
            "status",
            "attempts",
            "progress",
            "error",
            "invoice",
        ]
        read_only_fields = ["finished_at", "attempts", "progress"]

    def validate_order_id(self, order: Order) -> Order:
        if self.instance and order != self.instance.order:
            raise ValidationError("The order of a job can't be changed.")
        return order

    def validate(self, attrs: Attributes) -> Attributes:
        if not self.instance and attrs["order"].owner_id != attrs["owner"].pk:
            raise ValidationError(old_texts.OTHER_OWNER, code="other_owner")
        return super().validate(attrs)

    def insert(self, columns: Attributes) -> Job:
        del columns["owner"]  # The job's owner is the order's.
        return start_job(**columns)


class InvoiceLineSerializer(LineSerializer):
    """An item within its invoice."""

    id = DbbaseIntegerField(read_only=True)
    invoice_id = serializers.IntegerField(read_only=True)
    amount = AmountField(read_only=True)

    class Meta:
        model = InvoiceItem
        fields = ["id", "invoice_id", "part_code", "units", "unit_price", "amount"]


class InvoiceSerializer(DbbaseModelSerializer):
    create_only_fields = ["invoice_items"]

    user_id = DbbaseKeyField(
        source="user", queryset=User.objects.all(), help_text=OWNER_TEXT
    )
    invoice_items = LinesSerializer(child=InvoiceLineSerializer())
    number = NumberField(read_only=True, allow_null=True)
    issued_at = IssuedAtField(read_only=True, allow_null=True)
    total = AmountField(read_only=True)

    class Meta:
        model = Invoice
        fields = [
            "id",
            "user_id",
            "invoice_date",
            "invoice_items",
            "number",
            "issued_at",
            "total",
        ]

    def validate_invoice_items(self, items: list[Line]) -> list[Line]:
        if self.instance is None:
            return items
        sent = self.initial_data.get("invoice_items", [])
        if not are_stored(items, sent, self.instance.invoice_items.all()):
            raise ValidationError("To change items, use /invoice-items/<id>.")
        return items

    def insert(self, columns: Attributes) -> Invoice:
        return draft_invoice(items=columns.pop("invoice_items", ()), **columns)

    def update(self, instance: Invoice, validated_data: Attributes) -> Invoice:
        validated_data.pop("invoice_items", None)
        invoice: Invoice = super().update(instance, validated_data)
        return invoice


class ItemInvoiceSerializer(DbbaseModelSerializer):
    number = NumberField(read_only=True, allow_null=True)

    class Meta:
        model = Invoice
        fields = ["id", "user_id", "invoice_date", "number"]
        read_only_fields = fields


class InvoiceItemSerializer(LineSerializer):
    """An item with its invoice."""

    invoice_id = VisibleKeyField(source="invoice", queryset=Invoice.objects.all())
    invoice = ItemInvoiceSerializer(read_only=True)
    amount = AmountField(read_only=True)

    class Meta:
        model = InvoiceItem
        fields = [
            "id",
            "invoice_id",
            "part_code",
            "units",
            "unit_price",
            "invoice",
            "amount",
        ]

    def validate_invoice_id(self, invoice: Invoice) -> Invoice:
        invoice.check_draft()
        return invoice

    def insert(self, columns: Attributes) -> InvoiceItem:
        return add_item(**columns)

    def update(self, instance: InvoiceItem, validated_data: Attributes) -> InvoiceItem:
        item: InvoiceItem = super().update(instance, validated_data)
        check_size(invoice=item.invoice)
        return item


class CommandSerializer(DbbaseModelSerializer):
    class Meta:
        model = Command
        model_name = "AModel"  # Its name in the old service.
        fields = ["id", "description", "num_variable"]
        extra_kwargs: dict[str, Any] = {
            "description": {
                "validators": [
                    UniqueValidator(
                        Command.objects.all(),
                        "AModel with this description already exists.",
                    )
                ]
            }
        }
