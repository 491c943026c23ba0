"""The databases of the orders, without jobs (version 1) and with them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import User
from orders.models import Job, Order

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


def test_users_orders_and_jobs_keep_their_ids(take):
    result = take("dbbase-orders")

    assert result.code == 3
    assert "user  8 read  8 to write" in result.output
    assert "order  33 read  29 to write  4 left out" in result.output
    assert "job  36 read  33 to write  3 left out" in result.output
    order, job = Order.objects.get(pk=21), Job.objects.get(pk=21)
    assert (order.owner_id, job.owner_id, job.order_id) == (3, 3, 21)
    # The program wrote its own time, and SQLite the time in UTC.
    assert order.ordered_at == datetime(2026, 11, 29, 11, 26, 3, 124_568, UTC)
    assert job.started_at == datetime(2026, 11, 29, 11, 26, 3, tzinfo=UTC)


LAST = datetime(9999, 12, 31, 23, 59, 59, 999_999, BERLIN)
STRANGE_USERS = {
    1: {
        "email": "user_mainexample.com",
        "is_active": True,
        "is_account_current": False,
    },
    2: {"last_login": datetime(2020, 1, 2, 3, 4, 5, 6, BERLIN)},
    3: {"name": "Zoë Müller-Lüdenscheidt", "last_login": None},
    4: {"name": "ada-2", "date_joined": datetime(1969, 12, 31, tzinfo=UTC)},
    5: {"is_staff": False, "last_login": LAST},
    6: {"name": "user-6"},
    7: {"name": "u" * 64},
}
ORDERED_AT = datetime(2020, 8, 27, 10, 37, 47, tzinfo=BERLIN)
STRANGE_ORDERS = {
    11: {"description": "  blanks at both ends  "},
    24: {"description": ""},
    25: None,  # the status is 7
    26: None,  # the owner is missing
    601: None,  # 20,005 characters
    602: {"description": "nultext", "ordered_at": ORDERED_AT},
    604: {"status": Order.Status.NEW},
    605: None,  # the status is -1
    606: {"ordered_at": datetime(1955, 11, 5, 6, 15, tzinfo=BERLIN), "status": 1},
    607: {"ordered_at": datetime(2021, 3, 14, 2, 30, tzinfo=BERLIN), "status": 2},
}
STARTED_AT = datetime(2020, 8, 27, 17, 38, tzinfo=UTC)
HELD = {"owner_id": 1, "status": Job.Status.QUEUED, "is_held": True, "progress": 0}
FINISHED = {"owner_id": 1, "status": Job.Status.FINISHED, "progress": 100}
STRANGE_JOBS = {
    1: HELD,
    25: None,  # the order is left out
    26: None,
    701: FINISHED | {"finished_at": STARTED_AT.replace(minute=40)},
    702: FINISHED | {"finished_at": STARTED_AT},  # without an end
    703: FINISHED | {"finished_at": STARTED_AT},  # ended before its start
    704: FINISHED | {"finished_at": STARTED_AT.replace(minute=39)},  # status 0
    705: HELD,  # was running
    706: HELD,  # without a status
    707: HELD,  # status 9
    708: HELD,  # another owner than the order's
    709: None,  # the order is missing
    710: HELD,  # the owner is missing
}


def stored(model, expected: dict) -> dict:
    """Return the values of rows with the expected names, None for missing rows."""
    rows = model.objects.in_bulk(expected)
    return {
        pk: {name: getattr(rows[pk], name) for name in values or ()}
        if pk in rows
        else None
        for pk, values in expected.items()
    }


def test_strange_rows_are_taken_as_far_as_possible(take):
    before = timezone.now()
    take("dbbase-orders")

    assert stored(User, STRANGE_USERS) == STRANGE_USERS
    assert stored(Order, STRANGE_ORDERS) == STRANGE_ORDERS
    assert stored(Job, STRANGE_JOBS) == STRANGE_JOBS
    assert before <= Order.objects.get(pk=603).ordered_at <= timezone.now()
    assert not Job.objects.unfinished().exists()
    assert not Job.objects.filter(mail_due_at__isnull=False).exists()


def test_an_order_is_left_out_with_all_its_jobs_if_one_is_left_out(take, tmp_path):
    decisions = tmp_path / "decisions.toml"
    decisions.write_text(
        '["job.status_id other-status"]\nexceptions = { 707 = "skip" }'
    )

    result = take("dbbase-orders", "--decisions", str(decisions))

    assert "order.id incomplete: 1, skip" in result.output
    assert "1: job 707" in result.output
    assert "order  33 read  28 to write  5 left out" in result.output
    assert "job  36 read  23 to write  13 left out" in result.output
    assert not Order.objects.filter(pk=1).exists()
    assert Job.objects.filter(pk=2, order=2).exists()


def test_version_1_has_no_jobs_and_its_flags_count_if_asked(take):
    result = take("dbbase-orders-v1", "--respect-is-active", "--respect-is-staff")

    assert "order  33 read  29 to write  4 left out" in result.output
    assert Order.objects.count() == 29
    flags = dict(User.objects.values_list("pk", "is_active"))
    assert flags == {pk: pk in {3, 5, 6, 7, 8, 9} for pk in range(1, 10)}
    assert User.objects.get(is_staff=True).pk == 6
