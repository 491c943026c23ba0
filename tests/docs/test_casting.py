"""Every example of docs/reference/casting.md, run on the demo data."""

from __future__ import annotations

import json
import re
import shlex
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from accounts import external, provider_keys
from accounts.demo import account
from casting.filters import ActorFilter, MovieFilter
from casting.permissions import CLAIMS
from casting.roles import ROLES
from dialects.envelope.errors import MESSAGES
from dialects.envelope.pagination import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE

PAGE = (Path(settings.BASE_DIR) / "docs/reference/casting.md").read_text()
EXCHANGES = re.findall(r"```http\n([A-Z]+ /.*?)```\s*```http\n(HTTP.*?)```", PAGE, re.S)
URLS = sorted(set(re.findall(r"`(/(?:actors|movies)[^`]*)`", PAGE)))


@pytest.fixture
def producer(demo, client_of) -> APIClient:
    return client_of(account("producer"))


def send(client: APIClient, text: str) -> Any:
    head, _, body = text.strip().partition("\n\n")
    method, path = head.partition("\n")[0].split(" ", 1)
    return client.generic(method, path, body, content_type="application/json")


def matches(printed: str, real: str) -> bool:
    """Alike, but for white space and what an ellipsis stands for."""
    pattern = ".*".join(re.escape(part) for part in compact(printed).split("…"))
    return bool(re.fullmatch(pattern, compact(real), re.DOTALL))


def compact(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_every_exchange_of_the_page_is_as_printed(producer):
    assert len(EXCHANGES) == PAGE.count("```http") / 2 > 5
    for request, printed in EXCHANGES:
        response = send(producer, request)
        head, _, body = printed.partition("\n\n")
        status, *headers = head.strip().split("\n")
        assert status == f"HTTP/1.1 {response.status_code}", request
        for line in headers:
            name, _, value = line.partition(": ")
            assert matches(value, response.headers[name]), response.headers[name]
        real = json.dumps(json.loads(response.content), ensure_ascii=False)
        assert matches(body, real), real


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_every_url_of_the_page_exists(producer):
    assert len(URLS) > 8
    for url in URLS:
        assert producer.get(url).status_code in {200, 405}, url


def test_the_tables_of_filters_are_complete():
    tables = PAGE.partition("### Filters")[2].partition("`%` and")[0]
    actors, _, movies = tables.partition("| `/movies`")
    for table, filters in ((actors, ActorFilter), (movies, MovieFilter)):
        documented = {
            name
            for row in re.findall(r"^\| (`.*?) \|", table, re.M)
            for name in re.findall(r"`(\w+)`", row)
        }
        assert documented == set(filters.base_filters) - {"sort"} | {"search"}


def test_the_sort_fields_of_the_page_are_those_of_the_filters():
    (text,) = re.findall(r"Actors sort by (.*?)\. What", PAGE, re.S)
    actors, _, movies = text.partition("movies by")
    for part, filters in ((actors, ActorFilter), (movies, MovieFilter)):
        assert re.findall(r"`(\w+)`", part) == list(
            filters.base_filters["sort"].param_map
        )


def test_the_errors_are_those_of_the_dialect():
    table = PAGE.partition("## Errors")[2].partition("Where a reason")[0]
    rows = re.findall(r"^\| (\d+) \|.*`(\{.*\})` \|$", table, re.M)

    assert {int(status) for status, _ in rows} >= {400, 401, 403, 404, 405, 409, 422}
    for status, body in rows:
        if status not in {"401", "403"}:
            assert json.loads(body) == {
                "error": int(status),
                "message": MESSAGES[int(status)],
                "success": False,
            }


def test_every_command_of_the_page_does_what_is_printed(demo):
    found = re.findall(r"^\$ python manage.py (.*)\n(.*)$", PAGE, re.M)
    assert len(found) == 2
    for command, printed in found:
        out = StringIO()
        call_command(*shlex.split(command), stdout=out)
        assert out.getvalue().strip() == printed


def test_the_roles_are_those_of_the_database(db):
    table = PAGE.partition("## Roles")[2].partition("A role is")[0]

    assert re.findall(r"^\| `(.*?)`", table, re.M) == list(ROLES)
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)


@pytest.mark.parametrize("url", re.findall(r"`(/admin/[^`]*)`", PAGE))
def test_every_admin_url_of_the_page_exists(admin_client: Client, url):
    assert admin_client.get(url).status_code == 200


def test_the_permissions_and_limits_are_those_of_the_service():
    assert set(re.findall(r"`(\w+:(?:actors|movies))`", PAGE)) == set(CLAIMS)
    assert external.REQUIRED == ["iss", "aud", "exp", "sub", "permissions"]
    text = " ".join(PAGE.split())
    for phrase in (
        f"{DEFAULT_PAGE_SIZE} unless told, and {MAX_PAGE_SIZE} at most",
        f"kept for {provider_keys.JWKS_TTL_SECONDS // 60} minutes",
        f"once in {provider_keys.PAUSE_SECONDS} seconds",
        f"ends after {provider_keys.TIMEOUT_SECONDS} seconds",
        f"up to {settings.QUINTET_MAX_UNPAGED:,} rows",
    ):
        assert phrase in text, phrase
    assert provider_keys.MAX_STALE_SECONDS == 3600
