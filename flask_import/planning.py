"""The first pass: reads every old row, and plans what becomes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask_import import kinds
from flask_import.accounts import Accounts
from flask_import.batches import batches
from flask_import.checksums import checksum
from flask_import.decisions import Decisions
from flask_import.errors import LeftOut
from flask_import.kinds import Kind
from flask_import.models import ImportedRow
from flask_import.new_ids import NewIds
from flask_import.old_rows import Clock, OldRow
from flask_import.options import Options
from flask_import.plan import Finding, Plan, PlannedRow, State
from flask_import.sources.base import Source, Value
from flask_import.tables import MatchedSystem, MatchedTable, Values

BATCH_SIZE = 1000
UTC = ZoneInfo("UTC")


class EarlierRow(NamedTuple):
    """A row that an earlier run has written."""

    new_pk: str
    old_checksum: str


class Planner:
    """Planner of an import.

    `open_decisions` are those that the owner has to make before anything is written.
    """

    def __init__(
        self, source: Source, plan: Plan, options: Options, decisions: Decisions
    ) -> None:
        self.source = source
        self.plan = plan
        self.options = options
        self.decisions = decisions
        self.new_ids = NewIds(self)
        # Messages, in the order of their discovery; there are no values.
        self.open_decisions: dict[str, None] = {}
        # The choices that each section offers, for the decisions file.
        self.choices: dict[str, tuple[Kind, Sequence[str]]] = {}
        # By table.
        self.rows_read: Counter[str] = Counter()
        self.systems: list[MatchedSystem] = []
        self.accounts = Accounts(self)

    def plan_systems(
        self,
        systems: list[MatchedSystem],
        progress: Callable[[MatchedTable, int], None],
    ) -> None:
        """Plan all rows. Call `progress` with the number of rows read in each step."""
        self.systems = systems
        for system in systems:
            for matched in system.tables.values():
                self.plan_table(matched, progress)

    def plan_table(
        self, matched: MatchedTable, progress: Callable[[MatchedTable, int], None]
    ) -> None:
        for batch in batches(self.read(matched), BATCH_SIZE):
            self.plan_rows(matched, batch)
            self.rows_read[matched.name] += len(batch)
            progress(matched, len(batch))
        if matched.old.finish:
            matched.old.finish(self, matched)

    def read(self, matched: MatchedTable) -> Iterator[Values]:
        """Read the rows of a table, by Quintet's names of the columns."""
        absent = dict.fromkeys(matched.old.optional)
        columns = list(matched.names.values())
        rows = (
            self.source.distinct_values(matched.table, columns[0])
            if matched.old.is_distinct
            else self.source.rows(matched.table, columns)
        )
        for row in rows:
            yield absent | dict(zip(matched.names, row, strict=True))

    def count(self, matched: MatchedTable) -> int:
        """Return the number of rows that `read()` returns."""
        if matched.old.is_distinct:
            (column,) = matched.names.values()
            return self.source.count_distinct(matched.table, column)
        return self.source.count(matched.table)

    def plan_rows(self, matched: MatchedTable, batch: Iterable[Values]) -> None:
        rows = [OldRow(self, matched, values) for values in batch]
        old_ids = [row.old_id for row in rows]
        imported = self.imported_rows(matched, old_ids)
        self.new_ids.look_up(matched, old_ids)
        if matched.old.look_up:
            matched.old.look_up(self, rows)
        checksums = self.plan.checksums(matched.name, old_ids)
        for row in rows:
            if row.old_id in imported:
                self.keep(row, imported[row.old_id])
            elif row.old_id in checksums:
                self.plan_again(row, checksums[row.old_id])
            elif planned := self.plan_row(row):
                checksums[row.old_id] = planned.old_checksum

    def imported_rows(
        self, matched: MatchedTable, old_ids: list[str]
    ) -> dict[str, EarlierRow]:
        """Return the rows that an earlier run has written, by old ID."""
        rows = ImportedRow.objects.filter(
            source=self.source.name, table=matched.name, old_id__in=old_ids
        ).values_list("old_id", "new_pk", "old_checksum")
        return {old_id: EarlierRow(*each) for old_id, *each in rows}

    def keep(self, row: OldRow, imported: EarlierRow) -> None:
        """Plan nothing for a row that is in. A change since then is only noted."""
        matched = row.matched
        planned = PlannedRow(row.old_id, State.KEPT, imported.new_pk, {})
        is_first = self.plan.add(matched.name, planned)
        if is_first and imported.old_checksum != checksum_of_old(row):
            self.decide(matched, row.old_id, "row", kinds.CHANGED_SINCE, ["keep"])

    def plan_again(self, row: OldRow, earlier: str) -> None:
        """Plan nothing for a row whose ID another row had, which had the checksum.

        Links are the same if they link the same rows.
        """
        is_link = not row.matched.old.keeps_id
        try:
            if is_link or checksum_of_old(row) == earlier:
                row.decide("row", kinds.TWICE, ["once"])
            else:
                row.decide("id", kinds.SAME_ID, [kinds.SKIP])
        except LeftOut:
            values = public_values(row.matched, row.values)
            self.plan.leave_out_again(row.matched.name, row.old_id, values)

    def plan_row(self, row: OldRow) -> PlannedRow | None:
        """Plan a new row. Return None if it is left out."""
        matched, table = row.matched, row.matched.name
        try:
            values, pk = matched.old.convert(row), row.pk
        except LeftOut:
            self.plan.leave_out(table, row.old_id, public_values(matched, row.values))
            return None
        state = State.NEW if row.existing_pk is None else State.MERGED
        planned = PlannedRow(
            row.old_id, state, pk, values, checksum_of_old(row), row.parent
        )
        self.plan.add(table, planned)
        return planned

    def decide(
        self,
        matched: MatchedTable,
        old_id: str,
        column: str,
        kind: Kind,
        choices: Sequence[str],
        detail: str = "",
    ) -> str:
        """Return what to do about a conflict, and note it."""
        section = f"{matched.name}.{matched.names.get(column, column)} {kind.code}"
        choice = self.decisions.choice(section, old_id, choices)
        self.choices.setdefault(section, (kind, choices))
        self.plan.note(Finding(section, matched.name, old_id, choice, detail))
        return choice

    def require(self, message: str) -> None:
        """Note that the owner has to decide something."""
        self.open_decisions[message] = None

    def zone_of(self, matched: MatchedTable, column: str, clock: Clock) -> ZoneInfo:
        """Return the zone of a column's times. Without `--zone`, it is open."""
        if clock is Clock.DATABASE and self.source.is_sqlite:
            return UTC
        if self.options.zone is None:
            self.require(
                f"{matched.name}.{matched.names[column]} has times without a zone. "
                "Name the zone in which the old program ran, such as --zone "
                "Europe/Berlin."
            )
        return self.options.zone or UTC

    def pk_of(self, matched: MatchedTable, role: str, old_id: str) -> int | str | None:
        """Return the primary key of the row that an old row becomes or has become."""
        table = self.table_of(matched, role)
        return None if table is None else self.plan.pk_of(table.name, old_id)

    def table_of(self, matched: MatchedTable, role: str) -> MatchedTable | None:
        """Return the table with the role, of the same system or of another one."""
        tables = [s.tables[role] for s in self.systems if role in s.tables]
        own = [each for each in tables if each.system is matched.system]
        return next(iter(own or tables), None)


def checksum_of_old(row: OldRow) -> str:
    """Return a checksum of the old values, except secret ones."""
    values = sorted(public_values(row.matched, row.values).items())
    return checksum(repr(values))


def public_values(matched: MatchedTable, values: Mapping[str, Value]) -> Values:
    return {
        name: each for name, each in values.items() if name not in matched.old.secret
    }
