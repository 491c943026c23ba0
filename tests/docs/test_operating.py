"""docs/how-to/monitor.md shows what a server really says."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import settings

from tests.config.test_logs import LINE
from tests.config.test_metrics import BEARER, TOKEN

pytestmark = pytest.mark.django_db(transaction=True)
GUIDE = (settings.BASE_DIR / "docs/how-to/monitor.md").read_text()
TIME = re.compile(r"20[\d-]+T[\d:.]+Z")
DURATION = re.compile(r"(duration_ms\W{1,3})[\d.]+")


def shown(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)\n```", GUIDE, re.DOTALL)


def alike(line: str) -> str:
    return DURATION.sub(r"\1N", TIME.sub("TIME", line))


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_log_lines_look_as_shown(start, log_format):
    service = start(LOG_FORMAT=log_format)
    service.get("/movies", X_Request_ID="import-17")
    line = service.wait_for_line("quintet.access", "import-17")
    [example] = shown(log_format)

    assert alike(line) == alike(example)
    assert json.loads(line) if log_format == "json" else LINE.fullmatch(line)


def test_the_commands_answer_as_shown(client):
    probe, id_line = (
        client.get("/readyz?verbose"),
        client.get("/movies", HTTP_X_REQUEST_ID="import-17"),
    )
    consoles = "\n".join(shown("console"))

    assert probe.content.decode().strip() in consoles
    assert f"x-request-id: {id_line.headers['X-Request-ID']}" in consoles


def test_the_series_are_those_of_the_table(client, settings):
    settings.METRICS_TOKEN = TOKEN
    page = client.get("/metrics", HTTP_AUTHORIZATION=BEARER["Authorization"])
    named = set(re.findall(r"^\| `(quintet_\w+)`", GUIDE, re.MULTILINE))
    real = set(
        re.findall(r"^# TYPE (quintet_\w+)", page.content.decode(), re.MULTILINE)
    )

    assert named == real
    assert set(re.findall(r"quintet_\w+", GUIDE)) <= named


def test_what_scripts_may_read_is_what_is_exposed():
    told = GUIDE.partition("They may read")[2].partition("headers")[0]
    names = set(re.findall(r"`([\w-]+)", told))

    exposed = set(settings.CORS_EXPOSE_HEADERS)
    assert {name for name in exposed if not name.startswith("X-RateLimit")} == (
        names - {"X-RateLimit-"}
    )
