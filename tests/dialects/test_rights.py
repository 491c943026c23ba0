"""What `missing_right()` says agrees with what a request gets."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from rest_framework import permissions
from rest_framework.test import APIClient

from accounts.demo import account
from accounts.services import issue_tokens
from casting.views import MovieViewSet
from dialects.rights import LOG_IN, REFUSED, STAFF_ONLY, missing_right
from tests.support.openapi import document
from tests.test_browsable import filled

pytestmark = pytest.mark.django_db
# Their views refuse by themselves, who has sent what.
BY_BODY = ("/auth/",)


class Never(permissions.BasePermission):
    def has_permission(self, request, view) -> bool:
        return False


@pytest.mark.parametrize("access", ["open", "closed"])
@pytest.mark.parametrize("name", ["director", "ada", "staff", None])
def test_a_refused_request_is_a_missing_right(demo, settings, name, access):
    settings.QUINTET_ACCESS = access
    user = account(name) if name else AnonymousUser()
    client = APIClient()
    if name:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_tokens(user).access}")
    for path, operations in document()["paths"].items():
        for method in operations.keys() & {"get", "post", "put", "patch", "delete"}:
            url = filled(path)
            if url.startswith(BY_BODY) or url.endswith("/events"):
                continue
            with transaction.atomic():
                status = client.generic(method.upper(), url).status_code
                transaction.set_rollback(True)
            missing = missing_right(user, method.upper(), url)
            # A single row may be refused, too, or be hidden.
            assert not missing or status in {401, 403}, (method, url, missing)
            if status == 401:
                assert missing.startswith(LOG_IN), (method, url)


@pytest.mark.parametrize(
    ("permission", "text"),
    [
        (permissions.IsAdminUser, STAFF_ONLY),
        (
            permissions.DjangoModelPermissions,
            "Requires the permission `casting.add_movie`.",
        ),
        (Never, REFUSED),
    ],
)
def test_names_the_rights_of_djangos_permissions(monkeypatch, ada, permission, text):
    monkeypatch.setattr(MovieViewSet, "permission_classes", [permission])

    assert missing_right(ada, "POST", "/movies") == text


@pytest.mark.parametrize(
    ("method", "url"),
    [("GET", "/nothing"), ("PUT", "/movies"), ("TRACE", "/movies"), ("GET", "/livez")],
)
def test_nothing_is_missing_for_what_is_no_request_to_an_api(ada, method, url):
    assert missing_right(ada, method, url) == ""
