from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from tests.factories import UserFactory


@pytest.fixture
def client_in_role(db, client_of):
    """A client of somebody in the named role."""

    def build(role: str) -> APIClient:
        user = UserFactory()
        user.groups.add(Group.objects.get(name=role))
        return client_of(user)

    return build


@pytest.fixture
def assistant(client_in_role) -> APIClient:
    return client_in_role("casting assistant")


@pytest.fixture
def director(client_in_role) -> APIClient:
    return client_in_role("casting director")


@pytest.fixture
def producer(client_in_role) -> APIClient:
    return client_in_role("executive producer")
