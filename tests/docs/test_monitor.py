"""docs/how-to/monitor.md: entries of a real server, and what Prometheus reads."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.config.test_logs import LINE
from tests.config.test_metrics import BEARER, TOKEN
from tests.support.guide_pages import ROOT, marked, shown
from tests.support.packages import PACKAGES

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "how-to/monitor"
CONFIGURATION = ROOT / "docs/configuration"
TIME = re.compile(r"20[\d-]+T[\d:.]+Z")
DURATION = re.compile(r"(duration_ms\W{1,3})[\d.]+")
SERIES = re.compile(r"(quintet_\w+)(?:\{(.*?)\})?")
HISTOGRAM_PARTS = re.compile(r"_(bucket|count|sum)$")


def without_times(line: str) -> str:
    return DURATION.sub(r"\1N", TIME.sub("TIME", line.strip()))


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_entries_look_as_shown(start, log_format):
    service = start(LOG_FORMAT=log_format)
    service.get("/movies", X_Request_ID="import-17")
    line = service.wait_for_line("quintet.access", "import-17")

    [entry] = shown(PAGE, log_format)
    assert without_times(line) == without_times(entry)
    assert json.loads(line) if log_format == "json" else LINE.fullmatch(line)


def test_the_probes_of_kubernetes_get_200(client, settings):
    settings.ALLOWED_HOSTS = ["api.example.com"]
    [block] = shown(PAGE, "yaml")
    probes = yaml.safe_load(block)

    assert set(probes) == {"livenessProbe", "readinessProbe"}
    for probe in probes.values():
        request = probe["httpGet"]
        headers = {each["name"]: each["value"] for each in request["httpHeaders"]}
        assert client.get(request["path"], headers=headers).status_code == 200


def prometheus() -> dict[str, Any]:
    return yaml.safe_load((CONFIGURATION / "prometheus.yml").read_text())


def test_prometheus_scrapes_a_page_that_there_is(client, settings):
    settings.METRICS_TOKEN = TOKEN
    [job] = prometheus()["scrape_configs"]
    response = client.get(job["metrics_path"], headers=BEARER)

    assert response.status_code == 200
    assert job["scheme"] == "https"
    assert set(job["authorization"]) == {"credentials_file"}
    assert f'up{{job="{job["job_name"]}"}}' in alerts()["QuintetDown"]


def alerts() -> dict[str, str]:
    """Return the expressions of the alerts by name."""
    [name] = prometheus()["rule_files"]
    [group] = yaml.safe_load((CONFIGURATION / name).read_text())["groups"]
    return {rule["alert"]: rule["expr"] for rule in group["rules"]}


def panels() -> dict[str, str]:
    """Return the expressions of the dashboard by name."""
    rows = re.findall(r"^\| (.+) \| `(.+)` \|$", marked(PAGE, "dashboard"), re.M)
    return dict(rows)


def test_alerts_and_panels_use_series_and_labels_that_there_are(client, settings):
    settings.METRICS_TOKEN = TOKEN
    client.get("/movies")
    metrics = client.get("/metrics", headers=BEARER).content.decode()
    real: dict[str, set[str]] = {}
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? ", metrics, re.M):
        real.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))

    expressions = [*alerts().values(), *panels().values()]
    assert len(expressions) > 10
    used: set[str] = set()
    for expression in expressions:
        for name, matchers in SERIES.findall(expression):
            used.add(HISTOGRAM_PARTS.sub("", name))
            labels = set(re.findall(r'(\w+)!?="', matchers))
            labels |= grouped_labels(expression)
            assert labels <= real[name], expression
            if app := re.search(r'app!?="(\w+)"', matchers):
                assert app[1] in PACKAGES
    types = set(re.findall(r"^# TYPE (quintet_\w+)", metrics, re.M))
    assert used == types


def grouped_labels(expression: str) -> set[str]:
    lists = re.findall(r"\bby \(([\w, ]+)\)", expression)
    return {label for text in lists for label in text.split(", ")}


@pytest.mark.skipif(not shutil.which("promtool"), reason="there is no promtool")
def test_promtool_accepts_the_configuration_and_the_panels(tmp_path: Path):
    text = (CONFIGURATION / "prometheus.yml").read_text()
    token = tmp_path / "token"
    token.write_text(TOKEN)
    text = text.replace("/etc/prometheus/quintet-token", str(token))
    (tmp_path / "prometheus.yml").write_text(text)
    shutil.copy(CONFIGURATION / "quintet-alerts.yml", tmp_path)
    rules = [
        {"record": f"panel:{n}", "expr": e} for n, e in enumerate(panels().values())
    ]
    group = {"name": "panels", "rules": rules}
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [group]}))

    for kind, file in [("config", "prometheus.yml"), ("rules", "panels.yml")]:
        command = ["promtool", "check", kind, str(tmp_path / file)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stdout + run.stderr
