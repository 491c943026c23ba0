"""Errors say what to do: a link to their code, and texts that bodies have no room for.

`tests/support/openapi.py` checks the link of every error response in the suite.
"""

from __future__ import annotations

import re
from pathlib import Path

import django
import pytest
import rest_framework
from django.conf import settings

from common.http.errors import Problem
from dialects.dbbase import DbbaseDialect
from dialects.envelope import EnvelopeDialect
from dialects.error_help import MAX_DETAIL
from dialects.message import MessageDialect
from dialects.restless import RestlessDialect
from goals.models import Goal
from tests.support.openapi import documented_codes

APPS = ["accounts", "bucketlists", "casting", "common", "config", "dialects", "goals"]
APPS += ["media_catalog", "orders"]
CODES = [r'(?:default_code|\bcode) ?= ?"(\w+)"', r'Problem\(\s*\d+,\s*"(\w+)"']
DETAIL = "X-Error-Detail"
DIALECTS = [DbbaseDialect, EnvelopeDialect, MessageDialect, RestlessDialect]


def test_every_code_of_an_exception_is_documented():
    sources = [path for app in APPS for path in (settings.BASE_DIR / app).rglob("*.py")]
    codes = {
        code
        for path in sources
        for pattern in CODES
        for code in re.findall(pattern, path.read_text())
    }

    assert len(codes) > 30
    assert sorted(codes - documented_codes()) == []


def test_every_code_has_a_text_and_appears_once():
    page = (settings.BASE_DIR / "docs/reference/errors.md").read_text()
    sections = re.findall(r"^### `(\w+)`\n\n(?=[A-Z`])", page, re.MULTILINE)

    assert len(sections) == page.count("\n### ") == len(set(sections))


def test_every_documented_code_is_one_of_quintet_or_its_libraries():
    folders = [settings.BASE_DIR / app for app in APPS]
    folders += [Path(package.__file__).parent for package in (rest_framework, django)]
    texts = "".join(
        path.read_text() for folder in folders for path in folder.rglob("*.py")
    )
    words = set(re.findall(r"""["'](\w+)["']""", texts))

    # These two are made of a word and the kind of the member.
    words |= {"unknown_attribute", "unknown_relationship"}
    assert sorted(documented_codes() - words) == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "detail", ['It has "quotes"\n and a line', "Ω ≠ ω \0\x1b", "x" * 2000]
)
def test_a_text_is_either_in_the_body_or_in_a_header(dialect, detail):
    response = dialect.plain_response(Problem(409, "conflict", detail))

    if DETAIL in response.headers:
        value = response.headers[DETAIL]
        assert value.isascii()
        assert value.isprintable()
        assert len(value) <= MAX_DETAIL
    else:
        assert dialect is not EnvelopeDialect


def test_what_the_envelope_leaves_out_is_in_the_header(client_of, staff):
    response = client_of(staff).get("/movies/999999")

    assert response.json() == {
        "error": 404,
        "message": "Resource was not found",
        "success": False,
    }
    assert response.headers[DETAIL]


@pytest.mark.parametrize(
    ("url", "suggested"),
    [
        ('/books?pageConfig={"orderBy":["titel"]}', "title"),
        ('/books?pageConfig={"pageSice":3}', "page_size"),
        ('/books?pageConfig={"pageSize":3,"serialFields":["titel"]}', "title"),
    ],
)
def test_dbbase_suggests_the_nearest_name_in_the_header(api, db, url, suggested):
    response = api.get(url)

    assert response.status_code == 400
    assert response.headers[DETAIL] == f'Did you mean "{suggested}"?'


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("get", "/bucketlists/?limti=3", None),
        ("get", "/actors?per_pag=3", None),
        ("get", "/v1.0/goals?dept=3", None),
        ("post", "/v1.0/goals/{}/complete", {"subtre": True}),
    ],
)
def test_other_apis_suggest_it_in_the_body(client_of, staff, method, url, body):
    goal = Goal.objects.create(user=staff, name="Sail")
    send = getattr(client_of(staff), method)
    response = send(url.format(goal.pk), body, format="json")

    assert "Did you mean" in response.content.decode(), response.content
