"""The page on identity providers, typed into a shell beside the provider it starts."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from casting.permissions import CLAIMS
from casting.roles import ROLES, codenames_of
from tests.support.guide_pages import (
    ROOT,
    assert_printed,
    blocks,
    exchanges_of,
    marked,
    outputs_of,
    page,
)
from tests.support.http import free_port, wait_for

PAGE = "how-to/use-an-identity-provider"
EXCHANGES = [pair for block in blocks(page(PAGE)) for pair in exchanges_of(block.text)]
PROVIDER, SERVER = (command for command, _ in EXCHANGES[:2])
PORT = PROVIDER.rpartition(" ")[2]


class Addresses(NamedTuple):
    provider_port: str
    server: str

    def fill(self, text: str) -> str:
        text = text.replace("http://127.0.0.1:8000", self.server)
        text = text.replace(PORT, self.provider_port)
        return text.replace(".venv/bin/python", sys.executable)


@pytest.fixture
def addresses(transactional_db, demo, start) -> Iterator[Addresses]:
    """Start the provider and a server by the first two commands of the page."""
    port = str(free_port())
    commands = Addresses(port, "")
    *variables, program = commands.fill(SERVER).replace("\\\n", "").split()
    assert program == "script/server"
    provider = subprocess.Popen(shlex.split(commands.fill(PROVIDER)), cwd=ROOT)
    try:
        wait_for(f"http://127.0.0.1:{port}")
        service = start(**dict(each.split("=", 1) for each in variables))
        yield Addresses(port, service.address)
    finally:
        provider.terminate()
        provider.wait()


def test_every_command_of_the_page_prints_what_it_shows(addresses):
    pairs = [tuple(map(addresses.fill, pair)) for pair in EXCHANGES[2:]]
    commands = [command for command, _ in pairs]

    assert_printed(pairs, outputs_of(commands, ROOT, os.environ, timeout=60))


def test_the_permissions_of_each_role_are_those_of_the_database():
    claims = {name.rpartition(".")[2]: claim for claim, name in CLAIMS.items()}
    rows = re.findall(r"^\| (\w+ \w+) \| (`.*) \|$", marked(PAGE, "roles"), re.M)

    assert {role.lower(): set(re.findall(r"[\w:]+", cell)) for role, cell in rows} == {
        role: {claims[name] for name in codenames_of(role)} for role in ROLES
    }
