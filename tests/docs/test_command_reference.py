"""docs/reference/commands.md lists the commands, options and checks that there are."""

from __future__ import annotations

import re
from argparse import ArgumentParser

import pytest
from django.core.management import BaseCommand, get_commands, load_command_class

from casting.roles import ROLES
from common.tasks.celery_backend import CeleryBackend
from flask_import.new_ids import QUINTET
from flask_import.systems import SYSTEMS
from tests.support.commands import run
from tests.support.guide_pages import ROOT, marked, page

NAME = "reference/commands"
OWN = {path.stem for path in ROOT.glob("*/management/commands/[a-z]*.py")}
SCRIPTS = {path.name for path in (ROOT / "script").iterdir()}
CELL = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
# Variables that the scripts set, or that name something in the shell.
SET = {"DATABASE_URL", "SECONDS", "PWD", "BASH_SOURCE", "PATH", "CI"}


def listed(mark: str) -> set[str]:
    """Return the first column of a table."""
    return set(CELL.findall(marked(NAME, mark)))


def arguments(parser: ArgumentParser) -> set[str]:
    """Return the options without Django's, and the names of positional arguments."""
    return names_of(parser) - options(BaseCommand())


def names_of(parser: ArgumentParser) -> set[str]:
    return {
        name
        for action in parser._actions
        for name in (action.option_strings or [action.dest])
    }


def options(command: BaseCommand) -> set[str]:
    return names_of(command.create_parser("manage.py", "x"))


def parser_of(name: str) -> ArgumentParser:
    app = str(get_commands()[name])
    return load_command_class(app, name).create_parser("manage.py", name)


def test_each_command_and_each_script_has_a_heading():
    headings = re.findall(r"^### `(script/)?([\w-]+)`$", page(NAME), re.MULTILINE)

    assert {name for script, name in headings if script} == SCRIPTS
    assert {name for script, name in headings if not script} == OWN
    assert len(headings) == len(SCRIPTS) + len(OWN)


@pytest.mark.parametrize(
    "name", ["demo", "grant_role", "import_flask", "record_examples"]
)
def test_the_arguments_of_a_command_are_those_of_its_parser(name):
    assert listed(name) == arguments(parser_of(name))


def test_the_arguments_of_a_worker_are_those_of_both_backends():
    parser = ArgumentParser(add_help=False)
    CeleryBackend.add_worker_arguments(None, parser)

    assert listed("worker") == arguments(parser_of("worker")) | arguments(parser)


def test_the_options_for_superusers_exist():
    assert listed("createsuperuser") <= arguments(parser_of("createsuperuser"))
    assert listed("others") <= get_commands().keys()


def test_the_options_of_the_benchmark_are_those_of_its_help():
    text = run(".venv/bin/python", "-m", "benchmarks.compare", "--help")

    assert listed("bench") == set(re.findall(r"(?m)^  (--[a-z]+)", text))


def test_the_names_that_arguments_take_are_those_of_the_code():
    row = marked(NAME, "grant_role").partition("| `role` |")[2].partition("\n")[0]
    assert set(re.findall(r"`([^`]+)`", row)) == set(ROLES)
    text = marked(NAME, "import_flask")
    row = text.partition("| `--system` |")[2].partition("\n")[0]
    assert set(re.findall(r"`([^`]+)`", row)) == {system.name for system in SYSTEMS}
    assert f"`{QUINTET}`" in text


def test_the_checks_are_those_of_the_code():
    files = [*ROOT.glob("*/checks.py"), *ROOT.glob("dialects/*/checks.py")]
    code = "".join(
        file.read_text() for file in [*files, ROOT / "common/db/triggers.py"]
    )
    restless = (ROOT / "dialects/restless/checks.py").read_text()
    ids = set(re.findall(r'"([a-z]+\.[EW]\d{3})"', code))
    ids |= {f"restless.{each}" for each in re.findall(r'"(E\d{3})"', restless)}

    assert listed("checks") == ids


def test_the_variables_of_the_scripts_are_listed():
    scripts = [(ROOT / "script" / name).read_text() for name in SCRIPTS - {"server"}]
    read = set(re.findall(r"\$\{([A-Z_]{2,})", "".join(scripts)))

    assert listed("variables") == read - SET
