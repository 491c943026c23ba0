from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.factories import UserFactory


@pytest.mark.django_db(transaction=True)
def test_a_goal_that_ended_before_its_start_is_put_right():
    call_command("migrate", "goals", "0001", verbosity=0)
    apps = MigrationExecutor(connection).loader.project_state(("goals", "0001_initial"))
    goals = apps.apps.get_model("goals", "Goal").objects
    user = UserFactory.create().pk
    for name, end in [("late", "2026-01-01"), ("fine", "2026-03-01"), ("open", None)]:
        goals.create(
            user_id=user,
            name=name,
            start="2026-02-01T00:00:00Z",
            end=end and f"{end}T00:00:00Z",
        )
    call_command("migrate", "goals", verbosity=0)

    ends = dict(goals.values_list("name", "end"))
    assert ends["late"].month == 2
    assert ends["fine"].month == 3
    assert ends["open"] is None
