from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from casting.models import Actor, Movie
from tests.casting.provider import Provider
from tests.support.factories import UserFactory


@pytest.fixture
def actor(db) -> Actor:
    return Actor.objects.create(name="Ada", age=36, gender="female")


@pytest.fixture
def movie(actor) -> Movie:
    movie = Movie.objects.create(title="Engine", release_date=date(1843, 10, 1))
    movie.actors.add(actor)
    return movie


@pytest.fixture
def client_in_role(db, client_of):
    """Return a function that makes a client of a user with a role."""

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


@pytest.fixture
def provider(settings) -> Iterator[Provider]:
    """An identity provider that the settings name, at a socket of its own."""
    with Provider.started() as provider:
        settings.OIDC_ISSUER = provider.issuer
        settings.OIDC_AUDIENCE = provider.audience
        settings.OIDC_JWKS_URL = provider.jwks_url
        yield provider
