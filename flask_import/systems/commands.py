"""Commands, which are only stored (the resource `a-model-command`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask_import.kinds import SKIP, Kind
from flask_import.old_rows import decoded
from flask_import.tables import OldTable, System, Values, columns
from orders.models import Command

if TYPE_CHECKING:
    from flask_import.old_rows import OldRow
    from flask_import.planning import Planner

MAX_LENGTH = 80
DESCRIPTION_TAKEN = Kind("description-taken", "Another command has the description.")
SCOPE = "command description"


def look_up_descriptions(planner: Planner, rows: Iterable[OldRow]) -> None:
    """Claim the descriptions that Quintet's commands have."""
    texts = [decoded(row.values["description"]) for row in rows]
    # The texts as they will be stored: UTF-8, without NUL characters, truncated.
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    keys = [text.replace("\0", "")[:MAX_LENGTH] for text in texts]
    stored = Command.objects.filter(description__in=keys)
    for description in stored.values_list("description", flat=True):
        planner.plan.claim(SCOPE, description)


def convert_command(row: OldRow) -> Values:
    description = row.required_text("description", MAX_LENGTH)
    number = row.required_integer("num_variable")
    if row.planner.plan.claim(SCOPE, description) is not None:
        row.decide("description", DESCRIPTION_TAKEN, [SKIP])
    return {"description": description, "num_variable": number}


COMMANDS = System(
    "commands",
    "Commands",
    (
        OldTable(
            "command",
            Command,
            convert_command,
            columns("id", "description", "num_variable"),
            look_up=look_up_descriptions,
        ),
    ),
)
