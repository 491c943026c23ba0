"""The database of commands."""

from __future__ import annotations

import pytest

from orders.models import Command

pytestmark = pytest.mark.django_db


def test_commands_that_quintet_can_store_keep_their_ids(take):
    result = take("dbbase-amodel")

    assert result.code == 3
    assert "amodel  25 read  22 to write  3 left out  1 changed" in result.output
    numbers = dict(Command.objects.values_list("pk", "num_variable"))
    assert numbers[1] == -3
    # 10^10, an empty text, 200 characters.
    assert not numbers.keys() & {21, 23, 99}
    assert Command.objects.get(pk=98).description == "nul"


def test_a_description_that_another_command_has_is_left_out(take):
    Command.objects.create(pk=500, description="d" * 80, num_variable=1)
    Command.objects.create(pk=501, description="nul", num_variable=1)

    result = take("dbbase-amodel", "--truncate")

    assert "amodel.description description-taken: 2, skip" in result.output
    assert set(Command.objects.filter(pk__in=[98, 99, 500, 501])) == {
        Command(pk=500),
        Command(pk=501),
    }
