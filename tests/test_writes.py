"""What a write asks of the database, however many rows it brings."""

from __future__ import annotations

import functools
import re
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, Error, IntegrityError, connection, transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework import serializers

from accounts.models import User
from bucketlists.models import Bucketlist, Item
from bucketlists.serializers import BucketlistSerializer
from common.inserts import insert, insert_with
from common.serializers import QuickModelSerializer, SentFieldsSerializer
from orders.models import Invoice, InvoiceItem, Order, OrderItem
from orders.serializers import InvoiceSerializer
from orders.services import draft_invoice, issue

SIZES = [1, 20]


def statements(write) -> list[str]:
    """What the write asks, as `INSERT orders_invoice`, and `SAVEPOINT`."""
    with CaptureQueriesContext(connection) as queries:
        assert write().status_code in {201, 202}
    found = [query["sql"] for query in queries]
    tables = [re.findall(r'(?:FROM|INTO) "(\w+)"', sql) for sql in found]
    return [
        " ".join([sql.split()[0], *of]) for sql, of in zip(found, tables, strict=True)
    ]


def at_once(parent: str, child: str) -> list[str]:
    """What writes a row with others of its own."""
    if connection.vendor == "postgresql":
        return [f"WITH {parent} {child}"]
    return [f"INSERT {parent}", f"INSERT {child}"]


def written(parent: str, child: str) -> list[str]:
    """The same within a test's own transaction."""
    return ["SAVEPOINT", *at_once(parent, child), "RELEASE"]


def caller() -> list[str]:
    """What tells who calls, unless the INSERT of a bucket list does."""
    return [] if connection.vendor == "postgresql" else ["SELECT accounts_user"]


def invoice(user: User, size: int) -> dict:
    item = {"partCode": "P-1", "units": 2, "unitPrice": 9.99}
    return {
        "userId": user.pk,
        "invoiceDate": "2026-01-02",
        "invoiceItems": [item | {"partCode": f"P-{n}"} for n in range(size)],
    }


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("who", ["nobody", "their own", "staff"])
def test_an_invoice_is_written_at_once(api, client_of, ada, staff, who, size):
    """Besides, the user is read, and whose token it is."""
    client = {
        "nobody": lambda: api,
        "their own": lambda: client_of(ada),
        "staff": lambda: client_of(staff),
    }[who]()
    found = statements(lambda: client.post("/invoices", invoice(ada, size), "json"))

    users = ["SELECT accounts_user"] * (2 if who == "staff" else 1)
    assert found == [*users, *written("orders_invoice", "orders_invoiceitem")]
    assert InvoiceItem.objects.count() == size


@pytest.mark.parametrize("size", SIZES)
def test_an_order_is_written_at_once(client_of, ada, size):
    items = [{"partCode": "P", "units": 1, "unitPrice": 1}] * size
    body = {"ownerId": ada.pk, "description": "x", "items": items}
    client = client_of(ada)

    assert statements(lambda: client.post("/orders", body, "json")) == [
        "SELECT accounts_user",
        *written("orders_order", "orders_orderitem"),
    ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("query", ["", "?items=true"])
def test_a_bucket_list_is_written_at_once(client_of, ada, size, query):
    body = {"name": "Soon", "items": [{"name": f"{n}"} for n in range(size)]}
    client = client_of(ada)

    assert statements(lambda: client.post(f"/bucketlists/{query}", body, "json")) == [
        *caller(),
        *written("bucketlists_bucketlist", "bucketlists_item"),
    ]


@pytest.mark.django_db(transaction=True)
def test_one_statement_needs_no_transaction(client_of, ada):
    client = client_of(ada)
    item = {"partCode": "P", "units": 1, "unitPrice": 1}
    order = {"ownerId": ada.pk, "description": "x"}
    bodies = {
        "/invoices": (invoice(ada, 20), "orders_invoice", "orders_invoiceitem"),
        "/orders": (order | {"items": [item]}, "orders_order", "orders_orderitem"),
        "/bucketlists/": (
            {"name": "x", "items": [{"name": "y"}]},
            *("bucketlists_bucketlist", "bucketlists_item"),
        ),
    }
    for url, (body, *tables) in bodies.items():
        found = statements(functools.partial(client.post, url, body, "json"))
        if found[0] == "SELECT accounts_user":
            del found[0]
        expected = at_once(*tables)
        is_one = len(expected) == 1
        assert found == (expected if is_one else ["BEGIN", *expected, "COMMIT"])
    found = statements(lambda: client.post("/bucketlists/", {"name": "x"}))
    assert found == [*caller(), "INSERT bucketlists_bucketlist"]


@pytest.mark.parametrize("method", ["post", "put"])
def test_what_a_new_row_shows_is_what_is_read_later(api, ada, method):
    """The answer to a write comes from what was sent; prices are those stored."""
    body = invoice(ada, 0)
    body["invoiceItems"] = [
        {"partCode": " é\u2028", "units": "3", "unitPrice": "19.989999999999998"},
        {"partCode": "x", "units": -2, "unitPrice": -0.001},
        {"partCode": "x", "units": 0, "unitPrice": 9999999999.99 / 100},
    ]
    url = "/invoices" if method == "post" else "/invoices/77"
    answer = getattr(api, method)(url, body, "json")
    again = api.get(f"/invoices/{answer.json()['id']}")

    assert len(again.json()["invoiceItems"]) == 3
    assert answer.content == again.content
    assert answer.headers["ETag"] == again.headers["ETag"]


def test_items_of_a_new_bucket_list_are_shown_in_their_order(client_of, ada):
    client = client_of(ada)
    items = [
        {"name": "c", "position": 7, "done": True},
        {"name": "b", "position": 7},
        {"name": "a", "position": 0},
    ]
    answer = client.post(
        "/bucketlists/?items=true", {"name": "Soon", "items": items}, "json"
    )
    pk = answer.json()["id"]
    again = client.get(f"/bucketlists/{pk}?items=true")

    assert [item["name"] for item in again.json()["items"]] == ["a", "c", "b"]
    assert answer.content == again.content
    assert answer.headers["ETag"] == again.headers["ETag"]
    # The state covers the items, whether they are shown or not.
    assert answer.headers["ETag"].startswith(
        client.get(f"/bucketlists/{pk}").headers["ETag"].rstrip('"')
    )


def test_a_token_vouches_for_nobody_else(client_of, ada, staff):
    """The caller's own row is at hand; any other is looked for."""
    body = invoice(ada, 1) | {"userId": 4711}
    answer = client_of(staff).post("/invoices", body, "json")

    assert answer.status_code == 400
    assert "does not exist" in str(answer.json())


@pytest.mark.parametrize("pk", [0, -1, -(2**60), 2**63, 10**30])
def test_a_row_that_is_not_there_is_400(api, ada, pk):
    answer = api.post("/invoices", invoice(ada, 1) | {"userId": pk}, "json")

    assert answer.status_code == 400
    assert not Invoice.objects.exists()


LINE = {"part_code": "P", "units": 1, "unit_price": 1}


def line(number: int, **columns) -> OrderItem:
    return OrderItem(**LINE | {"units": number + 1} | columns)


class TestInsertWith:
    def test_gives_all_rows_their_ids_in_order(self, ada):
        order = Order(owner=ada, description="x")
        items = insert_with(order, [line(n) for n in range(30)], by="order")

        stored = OrderItem.objects.in_bulk()
        assert [stored[item.pk].units for item in items] == [*range(1, 31)]
        assert [item.pk for item in items] == sorted(stored)
        assert {(of.order_id, of.order) for of in items} == {(order.pk, order)}
        assert not any(row._state.adding for row in [order, *items])

    def test_of_no_children_writes_the_row(self, ada):
        order = Order(owner=ada, description="x")

        assert insert_with(order, [], by="order") == []
        assert Order.objects.get() == order

    def test_keeps_an_id_that_was_chosen(self, ada):
        insert_with(Order(pk=7, owner=ada, description="x"), [line(1)], by="order")

        assert OrderItem.objects.get().order_id == 7

    def test_what_is_known_of_a_row_is_asked_of_no_other(self, ada):
        for count in (2, 1):
            lines = [LINE] * count
            invoice = draft_invoice(user=ada, invoice_date=date.today(), items=lines)
        assert invoice.invoice_items.filter(units=LINE["units"]).count() == 1
        assert invoice.invoice_items.order_by("-pk").count() == 1

    def test_takes_times_and_what_is_null(self, ada):
        now = timezone.now()
        items = [Item(name="a", done=True, done_at=now), Item(name="b")]
        insert_with(Bucketlist(name="x", created_by=ada), items, by="bucketlist")

        assert [item.done_at for item in Item.objects.order_by("name")] == [now, None]

    @pytest.mark.parametrize(
        "columns",
        [
            {"part_code": "\"'\\ %s {} \u20ac \u2028 \U0001f600"},
            {"unit_price": Decimal("99999999.99")},
            {"unit_price": Decimal("1E+3")},
            {"units": 99_999},
        ],
        ids=repr,
    )
    def test_writes_what_it_was_given(self, ada, columns):
        order = Order(owner=ada, description="x")
        insert_with(order, [line(1), line(2, **columns)], by="order")

        last = OrderItem.objects.latest("pk")
        assert {name: getattr(last, name) for name in columns} == columns

    def test_writes_no_text_in_place_of_what_is_no_value(self, ada):
        rows = [line(1), line(2, part_code=Lower(Value("X")))]
        with pytest.raises((TypeError, Error)):
            insert_with(Order(owner=ada, description="x"), rows, by="order")

        assert not Order.objects.exists()

    @pytest.mark.parametrize("bad", [{"units": 0}, {"part_code": "x" * 81}])
    @pytest.mark.django_db(transaction=True)
    def test_writes_nothing_where_a_row_is_refused(self, ada, bad):
        if connection.vendor == "sqlite" and "part_code" in bad:
            pytest.skip("SQLite knows no lengths.")
        rows = [line(1), line(2, **bad)]
        with pytest.raises(DatabaseError):
            insert_with(Order(owner=ada, description="x"), rows, by="order")

        assert not Order.objects.exists()
        assert not OrderItem.objects.exists()

    @pytest.mark.parametrize("size", [0, 1])
    def test_a_refusal_leaves_the_transaction_around_it_usable(self, ada, size):
        with pytest.raises(IntegrityError):
            insert_with(Order(owner=ada, description=""), [line(1)] * size, by="order")

        assert not Order.objects.exists()

    def test_is_undone_with_the_transaction_around_it(self, ada):
        with suppress(KeyError), transaction.atomic():
            insert_with(Order(owner=ada, description="x"), [line(1)], by="order")
            raise KeyError

        assert not Order.objects.exists()

    def test_adds_nothing_to_an_issued_invoice(self, ada):
        """The database refuses it by this way, too."""
        invoice = draft_invoice(user=ada, invoice_date=date.today(), items=[LINE])
        issue(invoice=invoice)
        again = Invoice(pk=invoice.pk, user=ada, invoice_date=date.today())

        with pytest.raises(IntegrityError):
            insert_with(again, [InvoiceItem(**LINE)], by="invoice")
        with pytest.raises(IntegrityError), transaction.atomic():
            insert([InvoiceItem(invoice=invoice, **LINE)])
        assert InvoiceItem.objects.count() == 1

    def test_writes_no_invoice_that_is_issued_already(self, ada):
        issued = Invoice(
            user=ada,
            invoice_date=date.today(),
            issued_at=timezone.now(),
            year=2026,
            sequence=1,
            billed_name="Ada",
            billed_email="ada@example.org",
        )
        with pytest.raises(IntegrityError):
            insert_with(issued, [InvoiceItem(**LINE)], by="invoice")


class TestInsert:
    def test_gives_the_rows_their_ids_in_order(self, ada):
        rows = insert(Bucketlist(name=str(n), created_by=ada) for n in range(3))

        stored = Bucketlist.objects.in_bulk()
        assert [stored[row.pk].name for row in rows] == ["0", "1", "2"]
        assert all(not row._state.adding for row in rows)
        assert stored[rows[0].pk].date_created == rows[0].date_created

    def test_of_nothing_asks_nothing(self, db, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert insert([]) == []

    def test_keeps_ids_that_were_chosen(self, ada):
        rows = insert([Order(pk=7, owner=ada, description="x")])

        assert rows == [Order.objects.get(pk=7)]

    def test_more_rows_than_a_statement_takes_are_written_too(self, ada, monkeypatch):
        monkeypatch.setattr(type(connection.features), "max_query_params", 9)
        (row,) = insert([Bucketlist(name="x", created_by=ada)])
        insert(Item(bucketlist=row, name=str(n)) for n in range(12))

        names = [item.name for item in Item.objects.order_by("pk")]
        assert names == [str(n) for n in range(12)]

    def test_is_saved_over_afterwards_like_any_other(self, ada):
        (row,) = insert([Bucketlist(name="x", created_by=ada)])
        row.name = "y"
        row.save()

        assert Bucketlist.objects.get().name == "y"


class TestFieldsOfASerializer:
    """They are worked out once for a class, and belong to one instance each."""

    def test_a_change_of_one_instance_stays_there(self):
        one, other = BucketlistSerializer(), BucketlistSerializer()
        one.fields["name"].required = False
        one.fields["items"].child.fields["name"].max_length = 1

        for fields in (other.fields, BucketlistSerializer().fields):
            assert fields["name"].required
            assert fields["items"].child.fields["name"].max_length == 255

    def test_each_finds_its_own_context(self):
        for name in ("a", "b"):
            serializer = InvoiceSerializer(context={"name": name})
            lines = serializer.fields["invoice_items"]

            assert lines.child.fields["units"].context == {"name": name}
            assert lines.child.parent is lines
            assert lines.parent is serializer

    def test_lists_of_keys_do_too(self, ada):
        class Groups(SentFieldsSerializer):
            class Meta:
                model = User
                fields = ["id", "groups"]

        for partial in (False, True):
            fields = Groups(partial=partial).fields
            relation = fields["groups"].child_relation

            assert relation.parent is fields["groups"]
            assert relation.root.partial is partial

    def test_a_class_that_inherits_has_fields_of_its_own(self):
        class Short(BucketlistSerializer):
            class Meta(BucketlistSerializer.Meta):
                fields = ["id", "items"]

        assert list(BucketlistSerializer().fields)[:2] == ["id", "name"]
        assert list(Short().fields) == ["id", "items"]

    def test_they_are_what_rest_framework_makes(self):
        serializer = InvoiceSerializer()
        made = serializers.ModelSerializer.get_fields(serializer)

        for _ in range(2):
            found = QuickModelSerializer.get_fields(serializer)
            assert {name: repr(field) for name, field in found.items()} == {
                name: repr(field) for name, field in made.items()
            }

    def test_rules_over_several_columns_hold_for_those_shown(self):
        class Numbered(SentFieldsSerializer):
            class Meta:
                model = Invoice
                fields = ["year", "sequence"]

        class Dated(Numbered):
            class Meta(Numbered.Meta):
                fields = ["year", "invoice_date"]

        for _ in range(2):
            (rule,) = Numbered().validators
            assert rule.fields == ("year", "sequence")
            assert Dated().validators == []
