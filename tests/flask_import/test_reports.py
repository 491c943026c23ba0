"""What an import says and writes, for people and for programs."""

from __future__ import annotations

import json
import stat
from io import StringIO

from flask_import.progress import Progress
from flask_import.sources.base import Table
from flask_import.systems.goals import GOALS
from flask_import.tables import MatchedTable
from tests.flask_import.conftest import run, url_of
from tests.flask_import.old_goals import make_goals

SOURCE = url_of("over-achiever-passwords"), "--zone", "Europe/Berlin"
# Passwords, the beginning of a hash, and parts of addresses.
SECRETS = ["secret-word", "pbkdf2:", "ada@", "ADA@", "long-address-"]


def test_a_dry_run_writes_files_and_no_secrets(tmp_path, db):
    report, rejects = tmp_path / "report.json", tmp_path / "new" / "rejects"
    files = ["--report", str(report), "--rejects", str(rejects)]

    result = run(*SOURCE, *files)
    assert result.code == 3
    lines = result.output.splitlines()
    assert max(map(len, lines)) < 80
    assert lines[lines.index("goal.name too-long: 1, skip") + 1 :][:2] == [
        "  The text is longer than the column. Instead: cut. Options: --truncate.",
        "    16: 100 of 64 characters",
    ]
    assert lines[-1] == "This was a dry run: nothing is written without --write."

    data = json.loads(report.read_text())
    goals = data["tables"][1]
    assert (goals["table"], goals["read"], goals["left_out"]) == ("goal", 92, 2)
    assert {each["id"]: each["address"] for each in data["new_addresses"]} == {
        "2": "a…@example.com → a…@imported.invalid",
        "5": "u…@imported.invalid",
        "12": "u…@imported.invalid",
    }
    assert sum(each["rows"] for each in data["kinds"]) == len(data["rows"])
    rows = [json.loads(line) for line in (rejects / "goal.jsonl").open()]
    assert [(row["id"], row["why"][0]["kind"]) for row in rows] == [
        ("16", "goal.name too-long"),
        ("9004", "goal.user_id no-such-row"),
    ]
    texts = [result.output, report.read_text(), (rejects / "goal.jsonl").read_text()]
    assert [secret for secret in SECRETS for text in texts if secret in text] == []
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (rejects, report)]
    assert modes == [0o700, 0o600]


def test_new_ids_are_listed_completely_and_rows_left_out_without_addresses(
    tmp_path, db
):
    run(make_goals(tmp_path / "first.db", ["ada", "bob", "eve"]), "--write")
    report, rejects = tmp_path / "report.json", tmp_path / "rejects"
    decisions = tmp_path / "decisions.toml"
    decisions.write_text('["user.email address-shared"]\nexceptions = { 1 = "skip" }')
    url = make_goals(tmp_path / "second.db", ["eve", "fay"], [(2, None, "Paint")])

    result = run(
        *(url, "--zone", "UTC", "--ids-of", "quintet", "--keep-accounts"),
        *("--report", str(report), "--rejects", str(rejects)),
        *("--decisions", str(decisions)),
    )
    assert result.code == 3
    assert json.loads(report.read_text())["new_ids"] == [
        {"table": "user", "old": "2", "new": 4},
    ]
    [row] = map(json.loads, (rejects / "user.jsonl").open())
    assert row["row"] == {"id": 1, "name": "eve", "email": "e…@example.com"}


def test_only_files_of_an_import_are_replaced(tmp_path, db):
    other = tmp_path / "old.db"
    url = make_goals(other)
    before = other.read_bytes()
    report = tmp_path / "report.json"

    refused = run(url, "--report", str(other), "--write")
    assert refused.code == 2
    assert refused.output.endswith(
        f"There is a file {other}, which an import hasn't written. Choose another name."
    )
    assert other.read_bytes() == before
    assert run(url, "--report", str(report)).code == 0
    assert run(url, "--report", str(report), "--write").code == 0
    assert run(url, "--rejects", str(other)).output.endswith(
        f"{other} can't be created: File exists."
    )


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_a_line_a_tenth_and_a_terminal_the_rate():
    goals = MatchedTable(GOALS, GOALS.tables[1], Table("goal", ()), {})
    log, terminal = StringIO(), Terminal()
    quiet = Progress("read", {"goal": 20_000}, log, StringIO())
    loud = Progress("read", {"goal": 20_000}, StringIO(), terminal)
    for _ in range(20):
        quiet(goals, 1000)
        loud(goals, 1000)
    loud.close()

    assert log.getvalue().splitlines() == [
        f"goal: {percent} % of 20000 rows read" for percent in range(10, 101, 10)
    ]
    assert "goal read: 100%" in terminal.getvalue()
    assert "rows/s" in terminal.getvalue()
