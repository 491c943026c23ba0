"""The texts of recorded actions."""

from __future__ import annotations

import pytest

from accounts import trace
from accounts.models import ActionRecord
from accounts.trace import Verb
from accounts.trace_admin import shown
from tests.support.factories import UserFactory


def test_names_that_are_too_long_are_truncated(ada):
    name = UserFactory.build(name="x" * 300)
    name.pk = ada.pk
    trace.record(Verb.REOPEN, name, {})

    assert ActionRecord.objects.get().object_name == "x" * 200


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        ([], "none"),
        (["a", "b"], "a, b"),
        (True, "yes"),
        ("20261130", "20261130"),
        ("2026-11-30", "2026-11-30"),
        ("2026-11-30T12:34:56.789Z", "2026-11-30 12:34"),
        ("2026-13-30T12:34:56Z", "2026-13-30T12:34:56Z"),
        (-1, "-1"),
    ],
)
def test_values_are_shown_to_people(value, text):
    assert shown(value) == text
