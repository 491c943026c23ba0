"""deploy, back-up, upgrade and rotate-secrets, typed into one installation in turn."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands
from django.db import connection

from tests.proxies.proxy import make_certificate, nginx
from tests.support.guide_pages import ROOT, blocks, exchanges, marked, page
from tests.support.http import free_port
from tests.support.machine import Machine
from tests.support.postgresql import connect
from tests.support.service_processes import database_url
from tests.support.settings_page import VARIABLES

PAGES = ["deploy", "back-up", "upgrade", "rotate-secrets"]
CONFIGURATION = ROOT / "docs/configuration"
HOST = "https://api.example.com"
PASSWORD = "a-passw0rd"
ADMIN = "An admin passw0rd"
NEEDED = ["nginx", "openssl", "curl", "git"]
NEEDED += ["sqlite3"] if connection.vendor == "sqlite" else ["psql", "pg_dump"]
MISSING = [name for name in NEEDED if not shutil.which(name)]
MIGRATION = """
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("goals", "{latest}")]
    operations = [
        migrations.RunSQL("CREATE TABLE goals_new (id int)", "DROP TABLE goals_new")
    ]
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder with a path that is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="quintet-") as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.fixture
def database(folder) -> Iterator[dict[str, str]]:
    """Return what to replace in pages for an own role and database."""
    environment_url = r"postgres://quintet:<password>@[^']*"
    if connection.vendor == "sqlite":
        yield {environment_url: f"sqlite:///{folder}/var/lib/quintet/db.sqlite3"}
        return
    name = f"quintet_{secrets.token_hex(4)}"
    where = connection.settings_dict
    url = f"postgres://{name}:<password>@{where['HOST']}:{where['PORT']}/{name}"
    yield {
        environment_url: url,
        r"((?:ROLE|DATABASE|OWNER|TO|role =|--dbname=) ?)quintet": rf"\g<1>{name}",
    }
    with closing(connect(server_url(folder))) as server:
        for each in (name, f"{name}_damaged"):
            server.cursor().execute(f'DROP DATABASE IF EXISTS "{each}" WITH (FORCE)')
        for each in (f"{name}_2", name):
            server.cursor().execute(f'DROP ROLE IF EXISTS "{each}"')


@pytest.fixture
def machine(folder, database) -> Iterator[Machine]:
    secret = {"<password>": PASSWORD, "<new password>": PASSWORD[::-1]}
    # Fewer processes and shorter waits than in production.
    quick = {r"(?m)^BEHIND_PROXY='1'$": "BEHIND_PROXY='1'\nWEB_CONCURRENCY='1'"}
    quick |= {r"sleep 1\b": "sleep 0.1", r"sleep 2\b": "sleep 0.5"}
    replaced = database | secret | quick | {"<admin password>": ADMIN}
    machine = Machine(folder, replaced, **login())
    proxy = start_nginx(folder)
    try:
        yield machine
    finally:
        machine.stop()
        proxy.terminate()
        proxy.wait(timeout=30)


def server_url(folder: Path) -> str:
    return database_url(folder).rpartition("/")[0] + "/postgres"


def login() -> dict[str, str]:
    """Return the variables by which psql logs in as a superuser."""
    if connection.vendor == "sqlite":
        return {}
    where = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER"}
    names |= {"PGPASSWORD": "PASSWORD"}
    variables = {name: str(where[key]) for name, key in names.items()}
    return variables | {"PGDATABASE": "postgres"}


def start_nginx(folder: Path) -> subprocess.Popen[bytes]:
    """Start nginx with the page's file, and have curl find it by the host's name."""
    place, port = folder / "proxy", free_port()
    place.mkdir()
    make_certificate(place)
    sockets = [folder / f"run/quintet/{number}.sock" for number in (1, 2)]
    command = nginx(place, port, sockets, "")
    plain = re.findall(
        r"listen (127\.0\.0\.1:\d+);", (place / "nginx.conf").read_text()
    )
    (folder / "home").mkdir(exist_ok=True)
    (folder / "home/.curlrc").write_text(
        f"insecure\nconnect-to = api.example.com:443:127.0.0.1:{port}\n"
        f"connect-to = api.example.com:80:{plain[0]}\n"
    )
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def of_this_database(text: str) -> str:
    """Return the text without the parts for the other database."""
    other = "postgresql" if connection.vendor == "sqlite" else "sqlite"
    pattern = rf"<!-- test: {other}\b.*?<!-- end test -->"
    return re.sub(pattern, "", text, flags=re.DOTALL)


@contextmanager
def clients(machine: Machine, *commands: str) -> Iterator[Counter[str]]:
    """Repeat curl commands all the time, and count the statuses."""
    statuses: Counter[str] = Counter()
    is_over = threading.Event()

    def ask(command: str) -> None:
        curl = [
            "curl",
            "-s",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            *command.split("|"),
        ]
        while not is_over.is_set():
            done = subprocess.run(
                curl, env=machine.environment, capture_output=True, text=True
            )
            statuses[f"{command.split('|')[0]} {done.stdout}"] += 1
            time.sleep(0.1)

    threads = [threading.Thread(target=ask, args=[each]) for each in commands]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def log_in(machine: Machine) -> dict[str, str]:
    """Return tokens of the administrator."""
    login = f"{HOST}/auth/login -d email=admin@example.com -d 'password={ADMIN}'"
    return dict(json.loads(machine.run(f"curl -s {login}")))


def status(machine: Machine, path: str, options: str = "") -> str:
    return machine.run(
        f"curl -s -o /dev/null -w '%{{http_code}}' {HOST}{path} {options}"
    )


def refresh(machine: Machine, token: str) -> str:
    return status(machine, "/auth/refresh", f"-d refresh_token={token}")


def bearer(token: str) -> str:
    return f"-H 'Authorization: Bearer {token}'"


@pytest.mark.skipif(bool(MISSING), reason=f"There is no {', '.join(MISSING)}.")
def test_an_installation_follows_the_pages(machine):
    latest = max((ROOT / "goals/migrations").glob("0*.py")).stem
    added = {"goals/migrations/9999_new.py": MIGRATION.format(latest=latest)}
    machine.replaced = {"<migration>": latest} | dict(machine.replaced)
    machine.pack("1.0.0")
    machine.pack("1.1.0", **added)

    deploy(machine)
    fail_to_restart(machine)
    back_up(machine)
    upgrade(machine)
    rotate_secrets(machine)


def deploy(machine: Machine) -> None:
    machine.type(of_this_database(page("how-to/deploy")))
    environment = (machine.folder / "etc/quintet/environment").read_text()
    assert "<" not in environment


def fail_to_restart(machine: Machine) -> None:
    """A server that can't start leaves the other one running, as upgrade says."""
    file = "/etc/quintet/environment"
    machine.run(f"cp {file} kept; echo LOG_LEVEL=none >> {file}")
    output = machine.run("quintet-restart; echo exited with $?; cp kept " + file)
    assert "quintet-web@1 isn't ready. The others still run." in output
    assert "exited with 1" in output
    assert status(machine, "/books") == "200"
    assert machine.run("systemctl is-active quintet-web@{1,2}") == "inactive\nactive"
    assert machine.run("quintet-restart") == ""


def back_up(machine: Machine) -> None:
    kept, lost = "Kept in a back-up", "Lost with a back-up"
    create = f"{HOST}/bucketlists/ {bearer(log_in(machine)['access_token'])} -d name="
    machine.run(f"curl -s {create}'{kept}'")
    vendor = connection.vendor
    machine.type(marked("how-to/back-up", f"{vendor} back-up"))
    machine.run(f"curl -s {create}'{lost}'")
    for part in (f"{vendor} restore", "check", "start"):
        machine.type(marked("how-to/back-up", part))

    token = log_in(machine)["access_token"]
    lists = machine.run(f"curl -s {HOST}/bucketlists/ {bearer(token)}")
    assert kept in lists
    assert lost not in lists


def upgrade(machine: Machine) -> None:
    machine.run("cd")
    with clients(machine, f"{HOST}/books", f"{HOST}/readyz") as statuses:
        machine.type(marked("how-to/upgrade", "install"))
        machine.type(marked("how-to/upgrade", "migrate"))
        machine.type(marked("how-to/upgrade", "switch"))
        assert "1.1.0" in working_folder(machine)
        machine.type(marked("how-to/upgrade", "back"))
        assert "1.0.0" in working_folder(machine)
    assert min(statuses.values()) > 5
    assert {name[-3:] for name in statuses} == {"200"}, statuses

    machine.type(marked("how-to/upgrade", "undo"))
    plan = machine.run("quintet-manage migrate --plan")
    assert "CREATE TABLE goals_new" in plan


def working_folder(machine: Machine) -> str:
    pid = (machine.folder / "state/quintet-web@2.pid").read_text()
    return os.readlink(f"/proc/{pid}/cwd")


def log_in_browser(machine: Machine) -> None:
    """Keep a session of the admin in the file `cookies`."""
    login = f"-b cookies -c cookies {HOST}/admin/login/"
    machine.run(f"cd; curl -s -o form {login}")
    token = "$(sed -n 's/.*csrftoken\\t//p' cookies)"
    fields = f"-d csrfmiddlewaretoken={token} -d username=admin@example.com"
    machine.run(f"curl -s {login} -e {HOST}/ {fields} -d 'password={ADMIN}'")
    assert status(machine, "/admin/", "-b cookies -c cookies") == "200"


def rotate_secrets(machine: Machine) -> None:
    tokens = log_in(machine)
    log_in_browser(machine)
    mine = f"{HOST}/auth/me|-H|Authorization: Bearer {tokens['access_token']}"
    with clients(machine, mine) as statuses:
        machine.type(marked("how-to/rotate-secrets", "accept"))
        machine.type(marked("how-to/rotate-secrets", "exchange"))
    assert {name[-3:] for name in statuses} == {"200"}, statuses
    assert refresh(machine, tokens["refresh_token"]) == "200"
    assert status(machine, "/admin/", "-b cookies -c cookies") == "200"

    tokens, old = log_in(machine), tokens
    machine.type(marked("how-to/rotate-secrets", "remove"))
    assert status(machine, "/auth/me", bearer(old["access_token"])) == "401"
    assert status(machine, "/auth/me", bearer(tokens["access_token"])) == "200"
    assert status(machine, "/admin/", "-b cookies -c cookies") == "200"

    machine.type(marked("how-to/rotate-secrets", "leaked"))
    assert status(machine, "/admin/", "-b cookies") == "302"
    assert status(machine, "/auth/me", bearer(tokens["access_token"])) == "401"
    assert refresh(machine, tokens["refresh_token"]) == "401"
    machine.type(marked("how-to/rotate-secrets", "metrics"))
    if connection.vendor == "postgresql":
        machine.type(marked("how-to/rotate-secrets", "postgresql"))
        machine.type(marked("how-to/rotate-secrets", "postgresql member"))
        url = "s|//\\([^:@]*\\):[^@]*@|//\\1_2:<new password>@|"
        machine.run(f"sed -i '{url}' /etc/quintet/environment; quintet-restart")
    assert status(machine, "/readyz") == "200"
    assert log_in(machine)["access_token"]


@pytest.mark.parametrize("name", PAGES[1:])
def test_every_command_of_a_page_has_a_mark(name):
    text = page(f"how-to/{name}")
    parts = re.findall(r"<!-- test: .*? -->(.*?)<!-- end test -->", text, re.DOTALL)

    assert sum(len(exchanges(part)) for part in parts) == len(exchanges(text)) > 0


@pytest.mark.parametrize("name", PAGES)
def test_the_files_of_a_page_are_those_of_the_configuration(name):
    for block in blocks(page(f"how-to/{name}")):
        if block.note == "file":
            assert (ROOT / block.target).read_text().strip() == block.text.strip()
        else:
            assert block.language in {"console", "sh"}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="There is no systemd.")
def test_systemd_accepts_the_units(tmp_path):
    for unit in CONFIGURATION.glob("*.service"):
        command = f"{sys.executable} "
        text = unit.read_text().replace(
            "/srv/quintet/current/.venv/bin/python ", command
        )
        (tmp_path / unit.name).write_text(text)
        check = ["systemd-analyze", "verify", tmp_path / unit.name.replace("@", "@1")]
        done = subprocess.run(check, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


def test_nginx_can_open_the_sockets_of_the_servers():
    unit = (CONFIGURATION / "quintet-web@.service").read_text()
    [group] = re.findall(r"^Group=(.*)$", unit, re.MULTILINE)
    [user] = re.findall(
        r"^user (.*);$", (CONFIGURATION / "nginx.conf").read_text(), re.MULTILINE
    )
    assert user == group  # Debian's user of this name is in this group.


def test_both_servers_find_the_files_that_the_admin_imports():
    unit = (CONFIGURATION / "quintet-web@.service").read_text()
    [variables] = re.findall(r"^Environment=(.*)$", unit, re.MULTILINE)
    [folder] = re.findall(r"^RuntimeDirectory=(.*)$", unit, re.MULTILINE)
    assert "PrivateTmp=yes" in unit
    assert f"TMPDIR=/run/{folder}" in variables.split()


# Containers


def containers() -> dict[str, Any]:
    services = yaml.safe_load((CONFIGURATION / "compose.yaml").read_text())["services"]
    return dict(services)


def test_containers_run_commands_and_variables_that_exist():
    names = {variable.name for variable in VARIABLES} | {"POSTGRES_PASSWORD"}
    quintet = [each for each in containers().values() if each["image"] == "quintet"]
    assert len(quintet) == 3
    for service in quintet:
        assert set(service["environment"]) <= names
        assert (ROOT / service["build"]["dockerfile"]).is_file()
        if command := service.get("command"):
            assert command[:2] == ["python", "manage.py"]
            assert command[2] in get_commands()
    text = (CONFIGURATION / "compose.yaml").read_text()
    assert set(re.findall(r"\$\{(\w+)", text)) == {"POSTGRES_PASSWORD"}
    given = re.findall(
        r"^(\w+)=", marked("how-to/deploy-with-containers", "env"), re.MULTILINE
    )
    assert set(given) <= names
    for command, _ in exchanges(marked("how-to/deploy-with-containers", "containers")):
        if found := re.search(r"(\w+) python manage.py (\w+)", command):
            assert found[1] in containers()
            assert found[2] in get_commands()


def test_the_steps_of_the_image_work(tmp_path):
    """Run the steps of the Containerfile, except those of pip and useradd."""
    steps = (CONFIGURATION / "Containerfile").read_text().replace("\\\n", "")
    runs = re.findall(r"^RUN (.*)$", steps, re.MULTILINE)
    for source in re.findall(r"^COPY (\S+)", steps, re.MULTILINE):
        assert (ROOT / source).exists()
    [collect] = [run for run in runs if "collectstatic" in run]
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (programs / "python").chmod(0o755)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}"}
    copy = tmp_path / "quintet"
    copy.mkdir()
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv*", ".env", "**/*.sqlite3*"} <= set(ignored)
    for path in ROOT.iterdir():
        if path.name != "staticfiles":
            (copy / path.name).symlink_to(path)
    for name in ("config", "manage.py"):
        (copy / name).unlink()
    shutil.copytree(ROOT / "config", copy / "config")
    shutil.copy(ROOT / "manage.py", copy)
    done = subprocess.run(
        ["sh", "-c", collect], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (copy / "staticfiles/staticfiles.json").is_file()
    [command] = re.findall(r"^CMD (.*)$", steps, re.MULTILINE)
    assert json.loads(command) == ["python", "-m", "config.server"]
