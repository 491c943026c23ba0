"""The decisions file: made by a dry run, edited, followed."""

from __future__ import annotations

import stat

from goals.models import Goal
from tests.flask_import.conftest import run, url_of

SOURCE = url_of("over-achiever-passwords"), "--zone", "Europe/Berlin"


def test_a_dry_run_makes_the_file_and_the_same_command_follows_it(tmp_path, db):
    path = tmp_path / "decisions.toml"
    command = [*SOURCE, "--decisions", str(path)]

    assert run(*command, "--write") == (
        2,
        f"The file {path} doesn't exist. Create it by the same command without "
        "--write.",
    )
    assert f"Decisions to edit: {path}." in run(*command).output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    made = path.read_text()
    assert '["goal.name too-long"]\n# default = "skip"  # one of: skip, cut' in made
    path.write_text(
        made.replace('# exceptions = { "16" = "cut" }', 'exceptions = { 16 = "cut" }')
        + '["goal.parent_id circle"]\nexceptions = { 4711 = "clear" }\n'
        + '["goal.description too-long"]\ndefault = "cut"\n'
        + '["goal.description nul"]\ndefault = "skip"\n'
    )
    edited = path.read_text()
    result = run(*command, "--write")

    assert "goal.name too-long: 1, cut" in result.output
    assert 'Row 4711 doesn\'t have the conflict "goal.parent_id circle".' in (
        result.output
    )
    assert 'No row has the conflict "goal.description nul"' in result.output
    assert len(Goal.objects.get(pk=16).name) == 64
    assert path.read_text() == edited


def test_mistakes_in_the_file_are_told_before_anything_is_written(tmp_path, db):
    path = tmp_path / "decisions.toml"
    mistakes = {
        '["goal.nmae too-long"]': 'Did you mean "goal.name too-long"?',
        '["goal.name to-long"]': 'Did you mean "goal.name too-long"?',
        '["goal.name too-long"]\ndefault = "ctu"': (
            'Unknown decision "ctu" for "goal.name too-long". Did you mean "cut"? '
            "Possible: skip, cut."
        ),
        '["goal.name too-long"]\nexceptions = { 1 = "keep" }': (
            'Unknown decision "keep" for "goal.name too-long".'
        ),
        '["goal.name too-long"]\ndefalt = "cut"': (
            'The section "goal.name too-long" of the decisions file can have `default`'
        ),
        "default = 1": 'The section "default" of the decisions file can have',
        "[": f"{path} isn't a decisions file: ",
    }
    for text, message in mistakes.items():
        path.write_text(text)
        result = run(*SOURCE, "--write", "--decisions", str(path))

        assert result.code == 2
        assert message in result.output
    assert not Goal.objects.exists()
