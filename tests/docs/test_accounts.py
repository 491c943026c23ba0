"""What the pages on accounts list is what the service does."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as project_settings
from django.core import mail
from django.db.models import CASCADE, PROTECT, SET_NULL
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.models import AttemptCounter, User
from accounts.normal_forms import normalize_email
from accounts.services import issue_tokens
from tests.accounts.test_passwords import run_tasks
from tests.support.factories import PASSWORD
from tests.support.guide_pages import blocks, exchanges_of, is_printed, marked, page
from tests.support.guide_tables import quoted, rows
from tests.support.openapi import document

LOG_IN, MANAGE, REFERENCE = (
    "how-to/log-in",
    "how-to/manage-accounts",
    "reference/accounts",
)
LOGIN, REGISTER, ME = "/auth/login", "/auth/register", "/auth/me"
RESET, CONFIRM = "/auth/password/reset", "/auth/password/reset/confirm"
NEW = "another long password"
APPS = {"accounts", "goals", "bucketlists", "media_catalog", "orders"}


# Log in


def bearer(text: str) -> Response:
    return APIClient().get(ME, HTTP_AUTHORIZATION=text)


def with_token(user: User) -> Response:
    return bearer(f"Bearer {issue_tokens(user).access}")


def with_expired_token(user: User) -> Response:
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        token = issue_tokens(user).access
    return bearer(f"Bearer {token}")


def after(change: Callable[[User], object]) -> Callable[[User], Response]:
    def call(user: User) -> Response:
        token = issue_tokens(user).access
        change(user)
        return bearer(f"Bearer {token}")

    return call


def set_password(user: User) -> None:
    user.set_password(NEW)
    user.save()


UNAUTHENTICATED: dict[str, Callable[[User], Any]] = {
    "token_expired": with_expired_token,
    "token_not_valid": lambda user: bearer("Bearer outdated"),
    "password_changed": after(set_password),
    "user_inactive": after(
        lambda user: User.objects.filter(pk=user.pk).update(is_active=False)
    ),
    "user_not_found": after(lambda user: User.objects.get(pk=user.pk).delete()),
    "not_authenticated": lambda user: APIClient().get(ME),
    "invalid_header": lambda user: bearer("User:1"),
    "bad_credentials": lambda user: APIClient().post(
        LOGIN, {"email": user.email, "password": "wrong"}
    ),
}


@pytest.mark.parametrize("code", UNAUTHENTICATED)
def test_the_header_of_a_401_has_the_code(ada, code):
    response = UNAUTHENTICATED[code](ada)

    assert response.status_code == 401
    assert f"#{code}>" in response.headers["Link"]


def test_the_page_lists_the_codes_of_401():
    listed = [code for cell, _ in rows(LOG_IN, "codes") for code in quoted(cell)]

    assert sorted(listed) == sorted(UNAUTHENTICATED)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_an_application_sets_a_password_as_the_page_shows(api, ada, live_server):
    api.post(RESET, {"email": ada.email})
    run_tasks()
    (token,) = re.findall(r"token=(\S+)", str(mail.outbox[0].body))
    [block] = [each for each in blocks(page(LOG_IN)) if each.note]
    exchanges = exchanges_of(block.text)

    assert len(exchanges) == 2
    for command, printed in exchanges:
        command = command.replace("<token>", token)
        command = command.replace("http://127.0.0.1:8000", live_server.url)
        run = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
        assert is_printed(printed, run.stdout), run.stdout


# Manage accounts


@pytest.mark.parametrize(
    ("mode", "cells"),
    [(quoted(row[0])[0], row[1:]) for row in rows(MANAGE, "registration")],
)
def test_a_registration_has_the_status_of_the_page(settings, ada, api, mode, cells):
    settings.QUINTET_REGISTRATION = mode
    eve = {"email": "eve@example.com", "password": PASSWORD}
    new = api.post(REGISTER, eve).status_code
    known = api.post(REGISTER, {**eve, "email": ada.email}).status_code
    run_tasks()
    joe = {"name": "joe", "email": "joe@example.com", "password": PASSWORD}
    of_goals = api.post("/v1.0/users", joe, "json").status_code

    assert cells[0] == str(new)
    assert cells[1].startswith(str(known))
    assert ("emails the owner" in cells[1]) == bool(mail.outbox)
    assert cells[2] == str(of_goals)


def test_all_modes_of_registration_are_listed():
    modes = [quoted(row[0])[0] for row in rows(MANAGE, "registration")]

    assert modes == ["open", "strict", "closed"]


def test_the_purposes_of_counters_are_listed(settings, ada, api):
    settings.QUINTET_REGISTRATION = "strict"
    api.post(REGISTER, {"email": ada.email, "password": PASSWORD})
    api.post(RESET, {"email": ada.email})
    api.post(LOGIN, {"email": ada.email, "password": "wrong"})
    run_tasks()

    purposes = set(AttemptCounter.objects.values_list("purpose", flat=True))
    assert {quoted(cell)[0] for cell, _ in rows(MANAGE, "purposes")} == purposes


# The reference


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (path, method.upper()): operation
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
        if path.startswith("/auth/") and method != "parameters"
    }


def fields_of(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the fields of the body, by name."""
    if "requestBody" not in operation:
        return {}
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    name = schema["$ref"].rpartition("/")[2]
    fields: dict[str, dict[str, Any]] = document()["components"]["schemas"][name][
        "properties"
    ]
    return fields


def test_the_urls_are_those_of_the_openapi_document():
    tokens = {"[]": "Ignored", "[{'bearer': []}]": "Required"}
    real = {
        key: [
            tokens.get(str(operation["security"]), "Optional"),
            sorted(fields_of(operation)),
            sorted(each for each in operation["responses"] if each.startswith("2")),
        ]
        for key, operation in operations().items()
    }
    listed = {
        (quoted(url)[0], method): [token, sorted(quoted(body)), status.split(", ")]
        for url, method, token, body, status, _ in rows(REFERENCE, "urls")
    }

    assert listed == real


def test_the_limits_of_fields_are_those_of_the_openapi_document():
    listed = {
        name: int(limit.removesuffix(" characters").replace(",", ""))
        for names, _, limit, _ in rows(REFERENCE, "fields")
        for name in quoted(names)
        if limit
    }
    real = {
        name: field["maxLength"]
        for operation in operations().values()
        for name, field in fields_of(operation).items()
    }

    assert listed == real


def test_the_lifetimes_of_tokens_are_the_defaults():
    lifetimes = [row[1] for row in rows(REFERENCE, "tokens")]
    names = ("ACCESS_TOKEN_LIFETIME", "REFRESH_TOKEN_LIFETIME")

    for text, name in zip(lifetimes, names, strict=True):
        lifetime = project_settings.SIMPLE_JWT[name]
        assert text.startswith(f"{lifetime.total_seconds():,.0f} seconds")
        assert not lifetime.days or f"({lifetime.days} days)" in text


def test_the_spelling_of_an_address_is_normalized_as_listed():
    found = re.findall(r"`(\S+@\S+)` is `(\S+)`", marked(REFERENCE, "spellings"))

    assert [(text, normalize_email(text)) for text, _ in found] == found != []


def test_the_effects_of_a_deletion_are_those_of_the_models():
    effects = {CASCADE: "Deleted", SET_NULL: "Kept, without an account"}
    effects[PROTECT] = "Kept; they prevent the deletion"
    real = {
        str(relation.related_model._meta.verbose_name_plural): effects[
            relation.on_delete
        ]
        for relation in User._meta.related_objects
        if relation.related_model._meta.app_label in APPS
    }
    listed = {
        name.lower(): effect
        for names, effect in rows(REFERENCE, "deletion")
        for name in names.split(", ")
    }

    assert listed == real


def test_the_limits_of_attempts_are_the_defaults():
    limits = rows(REFERENCE, "limits")
    minutes = project_settings.QUINTET_LIMIT_SECONDS // 60

    assert len(limits) == 5
    for _, limit, variable in limits:
        most = getattr(project_settings, variable.strip("`"))
        assert limit == f"{most} in {minutes} minutes"
    assert project_settings.PASSWORD_RESET_TIMEOUT == 60 * 60
