"""What is read in one step is what DRF would have read, and all else goes its way."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.validators import RegexValidator
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from bucketlists.serializers import BucketlistSerializer
from common.plain import UNSURE, reader_of
from dialects.dbbase import MoneyField
from orders import fields
from orders.models import Invoice
from orders.serializers import InvoiceSerializer, LineSerializer, OrderItemSerializer

LINE = {"part_code": "P-1", "units": 2, "unit_price": 9.99}
ODD: list[Any] = [
    *(None, True, False, "", " ", " x ", "1", "1.5", "1e3", "\n", "a\u2028b", "\x00"),
    *("\ud800", "x" * 80, "x" * 81, [], {}, [1], 0, -1, 1, 2**31 - 1, 2**31, -(2**31)),
    *(-(2**31) - 1, 10**10 - 1, 10**10, -(10**10), 10**400, 0.0, -0.0, -0.001, 0.005),
    *(0.015, -0.015, 1.005, 19.989999999999998, 9999999999.99, 9999999999.995, 1e-9),
    *(9999999999.994, 1e10, 1e15, 1e300, 3.0, 3.5, 1e22),
]
VALUES = st.sampled_from(ODD) | st.integers() | st.text(max_size=3) | st.floats()


def outcome(read, data):
    try:
        found = read(data)
    except ValidationError as exc:
        return exc.get_full_details()
    return {
        # Of a user no more is known.
        name: (type(value), str(getattr(value, "pk", value)))
        for name, value in found.items()
    }


def both_ways(kind, data) -> None:
    serializer = kind(data={})
    drf = serializers.Serializer.run_validation
    assert outcome(serializer.run_validation, data) == outcome(
        lambda sent: drf(serializer, sent), data
    )


@pytest.mark.parametrize("kind", [LineSerializer, OrderItemSerializer])
@pytest.mark.parametrize("name", LINE)
@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:30])
def test_an_odd_value_is_read_as_by_drf(kind, name, value):
    both_ways(kind, LINE | {name: value})


class WithinBounds(BucketlistSerializer):
    name = serializers.CharField(
        min_length=2, max_length=4, trim_whitespace=False, allow_blank=True
    )


@pytest.mark.parametrize(
    "value", [*ODD, " x ", "\u00a0x", "a\tb", "x" * 255, "x" * 256]
)
def test_a_text_is_trimmed_as_by_drf(value):
    for kind in (BucketlistSerializer, WithinBounds):
        both_ways(kind, {"name": value})


def test_what_may_be_left_out_is_left_out():
    assert BucketlistSerializer().plainly_read({"name": " x "}) == {"name": "x"}
    assert BucketlistSerializer().plainly_read({"name": "x", "items": []}) is None
    both_ways(BucketlistSerializer, {"name": "x", "items": [], "other": 1})
    both_ways(BucketlistSerializer, {"items": [{}]})


@given(st.dictionaries(st.sampled_from([*LINE, "other"]), VALUES))
def test_any_item_is_read_as_by_drf(item):
    both_ways(LineSerializer, LINE | item)
    both_ways(LineSerializer, item)


def test_a_plain_item_is_read_without_drf():
    assert LineSerializer().plainly_read(LINE) is not None
    assert LineSerializer().plainly_read(LINE | {"units": "2"}) is None


INVOICE = {"user_id": 7, "invoice_date": "2026-01-31", "invoice_items": [LINE, LINE]}
ODD_OF_INVOICE: dict[str, list[Any]] = {
    "id": [None, 1, "1"],
    "user_id": ["7", True, None, 7.0, "x"],
    "invoice_date": ["2026-02-30", "2026-1-31", "31 Jan 2026", "2026-01-31T10:00", 7],
    "invoice_items": [
        *([], None, {}, "x", [LINE, None], [LINE, {}], [LINE | {"units": "2"}]),
        *([LINE | {"units": 2**31}], [LINE] * 1000, [LINE] * 1001),
        [LINE | {"units": 2**31 - 1, "unit_price": 10**9}],
        [LINE | {"units": 10**6, "unit_price": 9 * 10**8}] * 2,
    ],
}


@pytest.fixture
def told_by_insert(monkeypatch) -> None:
    """As where no transaction has begun, so that no user is looked for."""
    monkeypatch.setattr(fields, "is_told_by_insert", lambda: True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in ODD_OF_INVOICE.items() for value in values],
    ids=lambda value: repr(value)[:30],
)
def test_an_invoice_is_read_as_by_drf(name, value, told_by_insert):
    both_ways(InvoiceSerializer, INVOICE | {name: value})


def test_a_plain_invoice_is_read_without_drf(told_by_insert):
    found = InvoiceSerializer().plainly_read(INVOICE)

    assert found is not None
    assert found["user"].pk == INVOICE["user_id"]
    assert [line["units"] for line in found["invoice_items"]] == [LINE["units"]] * 2
    assert InvoiceSerializer(Invoice()).plainly_read(INVOICE) is None


class RoundPrice(MoneyField):
    def to_internal_value(self, data):
        return super().to_internal_value(data).quantize(1)


class RoundSerializer(LineSerializer):
    unit_price = RoundPrice(max_digits=12, decimal_places=2)


class CheckedSerializer(LineSerializer):
    def validate_units(self, value):
        return value + 1


class PatternSerializer(LineSerializer):
    class Meta(LineSerializer.Meta):
        extra_kwargs = {"part_code": {"validators": [RegexValidator("^Q")]}}


class LaterSerializer(LineSerializer):
    def get_fields(self):
        found = super().get_fields()
        found["part_code"].validators = [RegexValidator("^Q")]
        return found


OTHERS = [RoundSerializer, CheckedSerializer, PatternSerializer, LaterSerializer]


@pytest.mark.parametrize("kind", OTHERS)
def test_who_reads_otherwise_is_asked(kind):
    assert kind().plainly_read(LINE) is None
    both_ways(kind, LINE)


def test_money_of_other_decimals_is_not_plain():
    field = MoneyField(max_digits=5, decimal_places=1)
    assert reader_of(field).read(1.5) is UNSURE
