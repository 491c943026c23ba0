"""docs/reference/settings.md lists the variables as the code reads them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment
from tests.config.test_environment import READ_ELSEWHERE, settings_with
from tests.config.test_settings import PRODUCTION
from tests.support.guide_pages import ROOT, page
from tests.support.settings_page import VARIABLES, Variable

# Sources that read variables outside of the settings.
OTHERS = ("config/server.py", "config/listening.py", "script/server")
READ = re.compile(
    r'(?:text|at_least)\("([A-Z_]+)"|^METRICS_FOLDER_VARIABLE = "(\w+)"'
    r"|\$\{([A-Z]\w+):",
    re.MULTILINE,
)
PROVIDER = {
    "OIDC_ISSUER": "https://x.example/",
    "OIDC_AUDIENCE": "x",
    "OIDC_JWKS_URL": "https://x.example/keys",
}
# Variables that another one needs.
COMPANIONS = {
    "QUINTET_ENV": {n: v for n, v in PRODUCTION.items() if n != "QUINTET_ENV"},
    "DATABASE_REPLICA_URL": {"QUINTET_ACCESS": "closed"},
    "TRUSTED_PROXIES": {"BEHIND_PROXY": "1"},
    "DATABASE_PREPARED_STATEMENTS": {"DATABASE_URL": "postgres://host/name"},
    **dict.fromkeys(PROVIDER, PROVIDER),
}
# The variables that the settings don't read.
SERVER = READ_ELSEWHERE - {"QUINTET_ORDER_HANDLER"}
of_settings = [variable for variable in VARIABLES if variable.name not in SERVER]
settings_variables = pytest.mark.parametrize(
    "variable", of_settings, ids=[variable.name for variable in of_settings]
)


@pytest.fixture
def found_packages(monkeypatch):
    """Have every optional package, which the test doesn't use."""
    monkeypatch.setattr(environment, "find_spec", lambda name: name)


def read_variables(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    names: set[str] = set()
    read = environment.text

    def text(name: str, default: str = "") -> str:
        names.add(name)
        return read(name, default)

    monkeypatch.setattr(environment, "text", text)
    settings_with(monkeypatch, QUINTET_INVOICE_DUE_DAYS="1")
    for path in OTHERS:
        found = READ.findall((ROOT / path).read_text())
        names |= {name for groups in found for name in groups if name}
    return names


def values(settings: dict[str, Any]) -> dict[str, Any]:
    """Return what can be compared."""
    return {
        name: repr(value) if name == "LOGGING" else value
        for name, value in settings.items()
        if name.isupper()
    }


def test_the_page_lists_each_variable_that_is_read_once(monkeypatch):
    names = [variable.name for variable in VARIABLES]

    assert sorted(names) == sorted(read_variables(monkeypatch))
    assert len(re.findall("^### ", page("reference/settings"), re.M)) == len(names)


@settings_variables
def test_the_defaults_are_those_of_the_code(monkeypatch, variable: Variable):
    environments = {"development": {}, "production": PRODUCTION}
    for kind, environ in environments.items():
        default = variable.default_in(kind)
        if default is None or variable.name in environ:
            continue
        more = environ | {variable.name: default}
        assert values(settings_with(monkeypatch, **more)) == values(
            settings_with(monkeypatch, **environ)
        ), kind


@pytest.mark.parametrize("name", ["PORT", "WEB_CONCURRENCY", "WEB_DRAIN_SECONDS"])
def test_the_numbers_of_the_web_server_are_those_of_the_code(name):
    [variable] = [each for each in VARIABLES if each.name == name]
    low, high = variable.limits
    default = variable.default_in("development")
    code = "".join((ROOT / path).read_text() for path in OTHERS)

    assert f'at_least("{name}", {low}, {default}, {high})' in code


@settings_variables
def test_an_example_is_accepted_and_has_an_effect(
    monkeypatch, found_packages, variable: Variable
):
    if "…" in variable.example:
        pytest.skip("The page doesn't show a secret.")
    more = COMPANIONS.get(variable.name, {})
    before = values(settings_with(monkeypatch, **more))
    after = values(
        settings_with(monkeypatch, **more | {variable.name: variable.example})
    )

    is_default = variable.example == variable.default_in("development")
    assert (before == after) == is_default


@settings_variables
def test_the_limits_of_a_type_are_those_of_the_code(monkeypatch, variable: Variable):
    more = COMPANIONS.get(variable.name, {})
    for value in variable.refused:
        with pytest.raises(ImproperlyConfigured, match=variable.name):
            settings_with(monkeypatch, **more | {variable.name: value})
    for value in variable.limits:
        settings_with(monkeypatch, **more | {variable.name: value})
