"""What the pages on the casting API list is what the code does."""

from __future__ import annotations

import ast
import json
import re

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from accounts import external, provider_keys
from casting.filters import ActorFilter, MovieFilter
from casting.permissions import CLAIMS
from casting.roles import ROLES, codenames_of
from casting.serializers import ActorSerializer, MovieSerializer
from common.db.text import MAX_SEARCH_WORDS
from dialects.envelope.errors import AUTH_ERRORS, INVALID_CLAIMS, MESSAGES
from dialects.envelope.pagination import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from tests.support.guide_pages import blocks, page
from tests.support.guide_tables import rows
from tests.support.openapi import document

REFERENCE, ASSIGN = "reference/casting", "how-to/assign-roles"
FILTERS = {"actor": ActorFilter, "movie": MovieFilter}
SERIALIZERS = {"actor": ActorSerializer, "movie": MovieSerializer}


def first_cells(mark: str) -> list[str]:
    return [row[0].strip("`") for row in rows(REFERENCE, mark)]


def test_the_urls_are_those_of_the_openapi_document():
    """Of the methods on each URL, and of the roles that may call them."""
    listed = {
        (url.strip("`"), method): roles_with(re.findall(r"`(\w+)`", permissions))
        for url, methods, permissions, _ in rows(REFERENCE, "urls")
        for method in methods.split(", ")
    }
    real = {
        (re.sub(r"\{\w+\}", "<id>", path), method.upper()): roles_in(operation)
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
        if re.match("/(actors|movies)", path) and method != "parameters"
    }

    assert listed == real


def roles_with(codenames: list[str]) -> set[str]:
    return {role for role in ROLES if {*codenames} <= {*codenames_of(role)}}


def roles_in(operation: dict[str, str]) -> set[str]:
    """Return the roles that the operation's description names."""
    [names] = re.findall(r"one of the roles: (.*?)\.", operation["description"])
    return set(names.split(", "))


@pytest.mark.parametrize("model", SERIALIZERS)
def test_the_fields_are_those_of_the_serializer(model):
    words = {True: "Required", False: "Optional"}
    fields = SERIALIZERS[model]().fields
    listed = {name.strip("`"): how for name, _, how, _ in rows(REFERENCE, model)}

    assert listed == {
        name: "Ignored" if field.read_only else words[field.required]
        for name, field in fields.items()
    }
    for name, _, _, description in rows(REFERENCE, model):
        most = getattr(fields[name.strip("`")], "max_length", None)
        assert not most or f"1 to {most} characters" in description


@pytest.mark.parametrize("model", FILTERS)
def test_the_filters_are_complete(model):
    filters = set(FILTERS[model].base_filters) - {"sort"} | {"search"}
    [search] = [
        row[1] for row in rows(REFERENCE, f"{model} filters") if "search" in row[0]
    ]

    assert set(first_cells(f"{model} filters")) == filters
    assert search.startswith(f"Up to {MAX_SEARCH_WORDS} words")


def test_the_fields_to_sort_by_are_those_of_the_filters():
    listed = [re.findall(r"`(\w+)`", row[1]) for row in rows(REFERENCE, "sorting")]

    assert listed == [
        list(each.base_filters["sort"].param_map) for each in FILTERS.values()
    ]


def test_the_limits_of_lists_are_those_of_the_code():
    sizes = {row[0].strip("`"): row[1:3] for row in rows(REFERENCE, "pages")}

    assert sizes["per_page"] == [str(DEFAULT_PAGE_SIZE), str(MAX_PAGE_SIZE)]
    assert f"up to {settings.QUINTET_MAX_UNPAGED:,} (" in page(REFERENCE)


def test_the_errors_are_those_of_the_dialect():
    bodies = {
        int(status): body.strip("`") for status, _, body in rows(REFERENCE, "errors")
    }

    assert bodies.keys() >= MESSAGES.keys() - {429, 500}
    for status in bodies.keys() - {401, 403}:
        assert json.loads(bodies[status]) == {
            "error": status,
            "message": MESSAGES[status],
            "success": False,
        }
    code, description = AUTH_ERRORS["permission_denied"]
    assert json.loads(bodies[403]) == {"code": code, "description": description}


def test_the_codes_of_401_are_those_of_the_dialect():
    codes = {code for code, _ in (*AUTH_ERRORS.values(), INVALID_CLAIMS)}

    assert set(first_cells("codes")) == codes - {"unauthorized"}


def test_the_roles_are_those_of_the_code_and_the_database(db):
    listed = {
        role.strip("`"): {
            f"{action.lower()}_{model}"
            for model, cell in (("actor", actors), ("movie", movies))
            for action in cell.split(", ")
        }
        for role, actors, movies in rows(REFERENCE, "roles")
    }

    assert listed == {role: set(codenames_of(role)) for role in ROLES}
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)


def test_the_entries_of_a_token_are_those_of_the_code():
    assert first_cells("claims") == external.REQUIRED
    assert {
        entry.strip("`"): re.findall(r"`(\w+)`", permission)[0]
        for entry, permission in rows(REFERENCE, "permissions")
    } == {entry: name.rpartition(".")[2] for entry, name in CLAIMS.items()}
    [expiry] = [row[1] for row in rows(REFERENCE, "claims") if "exp" in row[0]]
    assert f"give or take {external.LEEWAY_SECONDS} seconds" in expiry


def test_the_limits_of_keys_are_those_of_the_code():
    assert [row[1] for row in rows(REFERENCE, "keys")] == [
        f"{provider_keys.JWKS_TTL_SECONDS / 60:g} minutes",
        f"{provider_keys.MAX_STALE_SECONDS / 60:g} minutes",
        f"{provider_keys.PAUSE_SECONDS} seconds",
        f"{provider_keys.TIMEOUT_SECONDS} seconds",
        f"{provider_keys.MAX_BYTES / 1024**2:g} MB",
        f"{provider_keys.MAX_WAITING}",
    ]


def test_the_line_of_a_new_role_makes_one(db, ada, monkeypatch, capsys):
    [block] = [each for each in blocks(page(ASSIGN)) if each.language == "python"]
    [(role, models)] = ast.literal_eval(f"{{{block.text}}}").items()
    monkeypatch.setitem(ROLES, role, models)
    call_command("migrate", verbosity=0)
    call_command("grant_role", ada.email, role.rpartition(" ")[2])

    assert f"{ada.email} now has the role {role}." in capsys.readouterr().out
    assert {name.rpartition(".")[2] for name in ada.get_all_permissions()} == set(
        codenames_of(role)
    )


@pytest.mark.parametrize("name", [ASSIGN, "how-to/manage-accounts"])
def test_the_urls_of_the_admin_exist(admin_client: Client, name):
    urls = re.findall(r"`(/admin/[^`]*)`", page(name))

    assert urls
    for url in urls:
        assert admin_client.get(url).status_code == 200
