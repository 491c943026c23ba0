"""The progress of an import, on a terminal and in a log."""

from __future__ import annotations

from typing import NoReturn, TextIO

from tqdm import tqdm

from flask_import.tables import MatchedTable

# Shorter tables take a moment only.
MIN_ROWS = 10_000


class Progress:
    """Progress bar for each table on a terminal; otherwise a line for every tenth."""

    def __init__(
        self, verb: str, totals: dict[str, int], log: TextIO, terminal: TextIO
    ) -> None:
        self.verb = verb
        self.totals = totals
        self.log = log
        self.terminal = terminal
        self.done = dict.fromkeys(totals, 0)
        # The table that the bar shows.
        self.name = ""
        self.bar: tqdm[NoReturn] | None = None

    def __call__(self, matched: MatchedTable, rows: int) -> None:
        name, total = matched.name, self.totals[matched.name]
        before, self.done[name] = self.done[name], self.done[name] + rows
        if self.terminal.isatty():
            self.show_bar(name, total, rows)
        elif total >= MIN_ROWS and before * 10 // total < self.done[name] * 10 // total:
            percent = self.done[name] * 100 // total
            self.log.write(f"{name}: {percent} % of {total} rows {self.verb}\n")

    def show_bar(self, name: str, total: int, rows: int) -> None:
        if self.bar is None or self.name != name:
            self.close()
            self.name = name
            self.bar = tqdm(
                total=total, desc=f"{name} {self.verb}", unit="rows", file=self.terminal
            )
        self.bar.update(rows)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None
