"""The databases of invoices: alone, and with the orders, whose users have them."""

from __future__ import annotations

import shutil
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from accounts.models import User
from accounts.placeholders import is_placeholder
from orders.models import Invoice, InvoiceItem
from tests.flask_import.conftest import DATABASES, Result, run
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db


def take_changed(directory: Path, *statements: str) -> Result:
    """Import a copy of the database with these changes."""
    path = directory / "invoices.db"
    shutil.copy(DATABASES / "dbbase-invoices.db", path)
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return run(f"sqlite:///{path}", "--write")


def test_users_known_by_number_get_accounts_with_these_ids(take):
    result = take("dbbase-invoices")

    assert "invoice.user_id  4 read  4 to write" in result.output
    assert "invoice.user_id.row no-users: 4, create" in result.output
    users = User.objects.in_bulk()
    assert set(users) == {1, 2, 3, 4711}
    assert users[4711].name == "user-4711"
    assert all(is_placeholder(user.email) for user in users.values())
    owners = [(2, 2), (3, 3), (4, 1), (5, 2), (6, 3), (8, 4711), (9, 1)]
    assert list(Invoice.objects.values_list("pk", "user_id")) == owners
    assert not Invoice.objects.filter(issued_at__isnull=False).exists()


def test_an_invoice_with_an_item_that_cannot_be_taken_is_left_out_whole(take):
    result = take("dbbase-invoices")

    assert result.code == 3
    assert "invoice  9 read  7 to write  2 left out" in result.output
    assert "invoice_item  35 read  16 to write  19 left out" in result.output
    assert "invoice.id incomplete: 2, skip" in result.output
    assert "1: invoice_item 903" in result.output
    assert "7: invoice_item 24" in result.output
    assert "invoice_item.invoice_id part: 11, skip" in result.output
    assert "902: invoice 4242" in result.output
    items = InvoiceItem.objects.filter(invoice=2)
    assert [item.amount for item in items] == [
        Decimal("0.70"),
        Decimal("39.98"),
        Decimal("2469135.78"),
    ]


# Of items that Quintet stores: the units and the price of one.
STRANGE_ITEMS = {
    19: (1, "0.30"),  # .30000000000000004
    20: (1, "20.00"),  # 19.999
    21: (1, "0.01"),  # .005
    22: (1, "2.68"),  # 2.675
    23: (1, "-3.50"),
    25: (1, "0.00"),  # 1e-07
    27: (0, "0.00"),
    901: (-3, "2.50"),
}


def test_prices_are_rounded_half_up_to_cents(tmp_path):
    result = take_changed(
        tmp_path,
        "DELETE FROM invoice_item WHERE id IN (24, 26) OR id BETWEEN 902 AND 907",
    )

    assert result.code == 0
    assert "invoice_item.unit_price rounded: 5, round" in result.output
    items = InvoiceItem.objects.in_bulk(STRANGE_ITEMS)
    assert {
        pk: (item.units, str(item.unit_price)) for pk, item in items.items()
    } == STRANGE_ITEMS
    assert InvoiceItem.objects.get(pk=27).part_code == ""
    assert InvoiceItem.objects.get(pk=908).part_code == "nulpart"


def test_an_invoice_that_is_too_big_for_quintet_is_left_out(tmp_path):
    result = take_changed(
        tmp_path,
        "WITH RECURSIVE number (n) AS "
        "(SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 998) "
        "INSERT INTO invoice_item SELECT 2000 + n, 2, 'many', 1, 1 FROM number",
        "INSERT INTO invoice_item VALUES (3001, 3, 'dear', 1000, 9999999999.99)",
        "INSERT INTO invoice_item VALUES (3002, 4, 'dear', 999, 9999999999.99)",
    )

    assert "invoice.id oversized: 2, skip" in result.output
    assert "2: 1001 items, 2470174.46" in result.output
    assert "3: 4 items, 10000003703754.69" in result.output
    assert set(Invoice.objects.values_list("pk", flat=True)) == {4, 5, 6, 8, 9}


def test_owners_can_be_named_by_number(take, tmp_path):
    ada, bob = UserFactory(), UserFactory()
    owners = tmp_path / "owners.csv"
    owners.write_text(f"1,{ada.email.upper()}\n2,{bob.email}\n")

    result = take(
        *("dbbase-invoices", "--owners", str(owners), "--orphans-to", bob.email)
    )

    assert "invoice.user_id  4 read  0 to write  4 merged" in result.output
    assert set(User.objects.all()) == {ada, bob}
    assert set(ada.invoices.values_list("pk", flat=True)) == {4, 9}
    assert set(bob.invoices.values_list("pk", flat=True)) == {2, 3, 5, 6, 8}
    assert take("dbbase-invoices").output.endswith("there was nothing to write.\n")


def test_an_owner_without_an_account_stops_the_import(take, tmp_path):
    owners = tmp_path / "owners.csv"
    owners.write_text("4711,nobody@example.com\n")

    result = take("dbbase-invoices", "--owners", str(owners))

    assert result.code == 2
    assert "No account has the email address n…@example.com" in result.output
    assert not User.objects.exists()


def test_undoing_the_import_deletes_the_accounts_of_numbers(take, tmp_path):
    ada = UserFactory()
    owners = tmp_path / "owners.csv"
    owners.write_text(f"1,{ada.email}\n")
    output = take("dbbase-invoices", "--ids-of", "quintet", "--owners", str(owners))

    run("--undo", output.output.split()[-1])

    assert User.objects.get() == ada
    assert not Invoice.objects.exists()


def test_all_systems_of_a_file_are_imported_with_the_users_of_the_orders(take):
    result = take("dbbase-all")

    written = [line for line in result.output.splitlines() if "written as" in line]
    assert [line.partition(":")[0] for line in written] == [
        "Books and authors",
        "Orders",
        "Invoices",
        "Commands",
    ]
    assert User.objects.count() == 8
    # The user 4711 is missing.
    assert not Invoice.objects.filter(pk=8).exists()
    assert Invoice.objects.get(pk=3).user.name == "Zoë Müller-Lüdenscheidt"


def test_some_systems_of_a_file_can_be_imported_but_invoices_need_their_users(take):
    result = take("dbbase-all", "--system", "books,commands")
    assert result.output.count("written as") == 2
    assert not User.objects.exists()

    result = take("dbbase-all", "--system", "invoices")
    assert result.code == 2
    assert "--system orders,invoices" in result.output

    take("dbbase-all", "--system", "orders,invoices")
    assert Invoice.objects.count() == 6
