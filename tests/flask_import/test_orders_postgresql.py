"""The orders of a PostgreSQL database, whose clock is in the zone of its sessions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accounts.models import User
from orders.models import Job, Order

pytestmark = pytest.mark.django_db


def test_the_times_of_orders_and_jobs_are_in_the_same_zone(take_dump):
    result = take_dump("dbbase-orders-postgres")

    assert result.code == 3
    assert "order  28 read  25 to write  3 left out" in result.output
    assert "job  29 read  28 to write  1 left out" in result.output
    # It was 12:30 in Berlin.
    at = datetime(2026, 11, 29, 11, 30, 50, tzinfo=UTC)
    assert Order.objects.get(pk=1).ordered_at == at.replace(microsecond=178_245)
    assert Job.objects.get(pk=1).started_at == at.replace(microsecond=200_333)
    # It was 17:40, in summer.
    finished_at = datetime(2020, 8, 27, 15, 40, tzinfo=UTC)
    assert Job.objects.get(pk=701).finished_at == finished_at
    assert User.objects.get(pk=5).date_joined == datetime(9999, 12, 31, tzinfo=UTC)
    # The sequences of the dump were behind their rows; Quintet's are not.
    assert Order.objects.create(owner_id=2).pk > 607
